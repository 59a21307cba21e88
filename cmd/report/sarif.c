/*
 * SARIF 2.1.0 (OASIS), as GitHub's code scanning takes it: paths relative to the repository, every
 * result with a line.  A member of a ZIP is no file of the repository: the setting or the package
 * comes first, the member is a related location and an artifact whose parent is the package.
 */
#include "cmd/report/place.h"
#include "cmd/report/report.h"
#include "cmd/report/sarif_parts.h"
#include "pkg/base/limits.h"
#include "pkg/base/version.h"

static void put_driver(struct pl_jsonw *w, const struct pl_sarif *s)
{
    pl_jsonw_object(w, "tool");
    pl_jsonw_object(w, "driver");
    pl_jsonw_text(w, "name", "plimsoll");
    pl_jsonw_text(w, "semanticVersion", PL_VERSION);
    pl_jsonw_array(w, "rules");
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        if (s->rule_index[i] != PL_SARIF_NONE) {
            pl_sarif_rule(w, pl_rule_at((enum pl_rule_id)i));
        }
    }
    pl_jsonw_close_array(w);
    pl_jsonw_close_object(w);
    pl_jsonw_close_object(w);
}

static void put_location(struct pl_jsonw *w, struct pl_sarif *s, const struct pl_item *item)
{
    const struct pl_place place = pl_place_of(item);
    const struct pl_finding *f = item->finding;
    uint32_t index = pl_sarif_artifact(s, place.file, PL_SARIF_NONE);
    pl_jsonw_object(w, NULL);
    pl_jsonw_object(w, "physicalLocation");
    pl_sarif_uri(w, s, "artifactLocation", index);
    pl_jsonw_object(w, "region");
    pl_jsonw_u64(w, "startLine", place.line);
    if (place.col > 0) {
        pl_jsonw_u64(w, "startColumn", place.col);
    }
    if (place.end_col > 0) {
        pl_jsonw_u64(w, "endColumn", place.end_col);
    }
    pl_jsonw_close_object(w);
    pl_jsonw_close_object(w);
    if (f->n_function > 0) {
        pl_jsonw_array(w, "logicalLocations");
        for (uint32_t i = 0; i < f->n_function && i < PL_SARIF_MOST; i++) {
            pl_jsonw_object(w, NULL);
            pl_jsonw_slice(w, "fullyQualifiedName",
                           item->unit->project.function[f->function[i]].id);
            pl_jsonw_close_object(w);
        }
        pl_jsonw_close_array(w);
    }
    pl_jsonw_close_object(w);
}

static void put_member(struct pl_jsonw *w, struct pl_sarif *s, const struct pl_finding *f)
{
    uint32_t parent = pl_sarif_artifact(s, f->input, PL_SARIF_NONE);
    uint32_t index = pl_sarif_artifact(s, f->member, parent);
    pl_jsonw_array(w, "relatedLocations");
    pl_jsonw_object(w, NULL);
    pl_jsonw_u64(w, "id", 1);
    pl_jsonw_object(w, "physicalLocation");
    pl_sarif_uri(w, s, "artifactLocation", index);
    if (f->member_line > 0) {
        pl_jsonw_object(w, "region");
        pl_jsonw_u64(w, "startLine", f->member_line);
        pl_jsonw_close_object(w);
    }
    pl_jsonw_close_object(w);
    pl_jsonw_object(w, "message");
    pl_jsonw_text(w, "text", "in the package");
    pl_jsonw_close_object(w);
    pl_jsonw_close_object(w);
    pl_jsonw_close_array(w);
}

static void put_suppression(struct pl_jsonw *w, const struct pl_finding *f)
{
    pl_jsonw_array(w, "suppressions");
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "kind", f->silence == PL_SILENCE_TEMPLATE ? "inSource" : "external");
    pl_jsonw_text(w, "status", "accepted");
    pl_jsonw_slice(w, "justification", f->reason);
    pl_jsonw_close_object(w);
    pl_jsonw_close_array(w);
}

static void put_message(struct pl_jsonw *w, struct pl_sarif *s, const struct pl_item *item)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    struct pl_writer inner = {&text, s->err, s->status};
    pl_put_message(&inner, item);
    s->status = inner.status;
    pl_jsonw_slice(w, "text", pl_buf_view(&text));
}

static void put_result(struct pl_jsonw *w, struct pl_sarif *s, const struct pl_item *item,
                       bool has_baseline)
{
    const struct pl_finding *f = item->finding;
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "ruleId", pl_rule_at(f->rule)->id);
    pl_jsonw_u64(w, "ruleIndex", s->rule_index[f->rule]);
    pl_jsonw_text(w, "level", pl_sarif_level(f->severity));
    pl_jsonw_object(w, "message");
    put_message(w, s, item);
    pl_jsonw_close_object(w);
    pl_jsonw_array(w, "locations");
    put_location(w, s, item);
    pl_jsonw_close_array(w);
    if (f->member.len > 0) {
        put_member(w, s, f);
    }
    pl_jsonw_object(w, "partialFingerprints");
    pl_jsonw_text(w, "plimsollFingerprint/v1", f->fingerprint);
    pl_jsonw_close_object(w);
    if (has_baseline) {
        pl_jsonw_text(w, "baselineState", f->silence == PL_SILENCE_BASELINE ? "unchanged" : "new");
    }
    if (f->silence != PL_SILENCE_NONE) {
        put_suppression(w, f);
    }
    pl_jsonw_object(w, "properties");
    pl_jsonw_slice(w, "mend", pl_item_mend(f));
    if (f->says.len > 0) {
        pl_jsonw_slice(w, "lambdaSays", f->says);
    }
    pl_jsonw_close_object(w);
    pl_jsonw_close_object(w);
}

static void put_results(struct pl_jsonw *w, struct pl_sarif *s, const struct pl_lint *lint)
{
    bool has_baseline = lint->options->baseline != NULL;
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_lint_unit *unit = lint->unit[i];
        for (size_t k = 0; k < unit->verdict.n_finding; k++) {
            put_result(w, s, &(struct pl_item){unit, &unit->verdict.finding[k], 0}, has_baseline);
        }
        for (size_t k = 0; k < unit->verdict.n_suppressed; k++) {
            put_result(w, s, &(struct pl_item){unit, &unit->verdict.suppressed[k], 0},
                       has_baseline);
        }
    }
}

/* Rules with a result get a number, in the order of their ids. */
static void number_rules(struct pl_sarif *s, const struct pl_lint *lint)
{
    bool used[PL_RULE_COUNT] = {false};
    uint32_t n = 0;
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_verdict *verdict = &lint->unit[i]->verdict;
        for (size_t k = 0; k < verdict->n_finding; k++) {
            used[verdict->finding[k].rule] = true;
        }
        for (size_t k = 0; k < verdict->n_suppressed; k++) {
            used[verdict->suppressed[k].rule] = true;
        }
    }
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        s->rule_index[i] = used[i] ? n++ : PL_SARIF_NONE;
    }
}

PL_STATUS pl_report_sarif(struct pl_buf *to, const struct pl_lint *lint,
                          const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    struct pl_sarif s PL_CLEANUP(pl_sarif_done) = {.err = err};
    struct pl_jsonw w;
    int exit_status = pl_lint_exit(lint);
    if (pl_sarif_init(&s, err)) {
        return err->code;
    }
    number_rules(&s, lint);
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "version", "2.1.0");
    pl_jsonw_text(&w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    pl_jsonw_array(&w, "runs");
    pl_jsonw_object(&w, NULL);
    put_driver(&w, &s);
    pl_jsonw_text(&w, "columnKind", "unicodeCodePoints");
    pl_jsonw_array(&w, "invocations");
    pl_jsonw_object(&w, NULL);
    pl_jsonw_bool(&w, "executionSuccessful", exit_status < 2);
    pl_jsonw_u64(&w, "exitCode", (uint64_t)exit_status);
    pl_jsonw_close_object(&w);
    pl_jsonw_close_array(&w);
    pl_jsonw_array(&w, "results");
    put_results(&w, &s, lint);
    pl_jsonw_close_array(&w);
    pl_sarif_artifacts(&w, &s);
    pl_jsonw_close_object(&w);
    pl_jsonw_close_array(&w);
    pl_jsonw_close_object(&w);
    enum pl_status status = s.status ? s.status : pl_jsonw_end(&w);
    return status ? status : pl_buf_byte(to, '\n', err);
}
