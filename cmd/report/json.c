/* The JSON of `lint`: schema plimsoll-lint/1. */
#include "cmd/report/report.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/text.h"
#include "pkg/base/version.h"

static const char *kind_name(const struct pl_package *package)
{
    static const char *const names[] = {[PL_KIND_NONE] = "unknown",
                                        [PL_KIND_ZIP] = "zip",
                                        [PL_KIND_FOLDER] = "folder",
                                        [PL_KIND_PLAN] = "plan",
                                        [PL_KIND_NOT_ZIP] = "not-zip"};
    return names[package->kind];
}

static bool is_layer_of(const struct pl_survey *survey, const struct pl_function *fn,
                        const struct pl_package *package)
{
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        if (fn->layer[i] != PL_NO_INDEX && survey->layer[fn->layer[i]].package == package) {
            return true;
        }
    }
    return false;
}

/* The largest sum of a function of this package with its layers. */
static void put_total(struct pl_jsonw *w, const struct pl_survey *survey,
                      const struct pl_package *package)
{
    uint64_t most = package->unpacked_bytes;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        bool is_complete;
        if (survey->function[i].code == package) {
            uint64_t total = pl_function_total_bytes(survey, &survey->function[i], &is_complete);
            most = total > most ? total : most;
        }
    }
    pl_jsonw_u64(w, "unzipped_with_layers_bytes", most);
}

static void put_sizes(struct pl_jsonw *w, const struct pl_survey *survey,
                      const struct pl_package *package)
{
    if (package->failed || package->kind == PL_KIND_NOT_ZIP || package->kind == PL_KIND_NONE) {
        return;
    }
    pl_jsonw_u64(w, "entries", package->tree.n_stored);
    if (package->zipped_known) {
        pl_jsonw_u64(w, "zipped_bytes", package->zipped_bytes);
    }
    pl_jsonw_u64(w, "unzipped_bytes", package->unpacked_bytes);
    put_total(w, survey, package);
    if (package->sha256_known) {
        char hash[PL_SHA256_BASE64];
        pl_sha256_base64(package->sha256, hash);
        pl_jsonw_text(w, "code_sha256", hash);
    }
}

static void put_input(struct pl_jsonw *w, const struct pl_survey *survey,
                      const struct pl_package *package)
{
    pl_jsonw_object(w, NULL);
    pl_jsonw_slice(w, "path", package->path);
    pl_jsonw_text(w, "kind", kind_name(package));
    pl_jsonw_array(w, "functions");
    for (uint32_t i = 0; i < survey->n_function; i++) {
        if (survey->function[i].code == package ||
            is_layer_of(survey, &survey->function[i], package)) {
            pl_jsonw_slice(w, NULL, survey->function[i].decl->id);
        }
    }
    pl_jsonw_close_array(w);
    put_sizes(w, survey, package);
    pl_jsonw_close_object(w);
}

static void put_location(struct pl_jsonw *w, const struct pl_project *project, struct pl_pos at)
{
    if (at.file == 0 || at.file > project->n_file) {
        return;
    }
    pl_jsonw_object(w, "location");
    pl_jsonw_slice(w, "file", project->file[at.file - 1].path);
    pl_jsonw_u64(w, "line", at.line);
    pl_jsonw_u64(w, "column", at.col);
    pl_jsonw_close_object(w);
}

static void put_functions(struct pl_jsonw *w, const struct pl_project *project,
                          const struct pl_finding *f)
{
    pl_jsonw_array(w, "functions");
    for (uint32_t i = 0; i < f->n_function; i++) {
        pl_jsonw_slice(w, NULL, project->function[f->function[i]].id);
    }
    pl_jsonw_close_array(w);
}

static void put_finding(struct pl_jsonw *w, const struct pl_project *project,
                        const struct pl_finding *f)
{
    const struct pl_rule *rule = pl_rule_at(f->rule);
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "rule", rule->id);
    pl_jsonw_text(w, "name", rule->name);
    pl_jsonw_text(w, "severity", pl_severity_name(f->severity));
    pl_jsonw_text(w, "confidence", pl_confidence_name(f->confidence));
    pl_jsonw_slice(w, "input", f->input);
    put_functions(w, project, f);
    if (f->member.len > 0) {
        pl_jsonw_slice(w, "member", f->member);
    }
    if (f->member_line > 0) {
        pl_jsonw_u64(w, "member_line", f->member_line);
    }
    if (f->offset != PL_NO_OFFSET) {
        pl_jsonw_u64(w, "offset", f->offset);
    }
    put_location(w, project, f->at);
    pl_jsonw_slice(w, "message", f->message);
    if (f->detail.len > 0) {
        pl_jsonw_slice(w, "detail", f->detail);
    }
    if (f->says.len > 0) {
        pl_jsonw_slice(w, "lambda_says", f->says);
    }
    pl_jsonw_slice(w, "fix", f->mend.len > 0 ? f->mend : pl_slice_of(rule->remedy));
    pl_jsonw_text(w, "effect", pl_effect_name(rule->effect));
    pl_jsonw_text(w, "fingerprint", f->fingerprint);
    pl_jsonw_close_object(w);
}

static void put_skip(struct pl_jsonw *w, const struct pl_project *project,
                     const struct pl_skip *skip)
{
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "rule", pl_rule_at(skip->rule)->id);
    pl_jsonw_slice(w, "input", skip->input);
    pl_jsonw_array(w, "functions");
    if (skip->function != PL_NO_INDEX) {
        pl_jsonw_slice(w, NULL, project->function[skip->function].id);
    }
    pl_jsonw_close_array(w);
    pl_jsonw_slice(w, "reason", skip->reason);
    pl_jsonw_close_object(w);
}

static void put_tool(struct pl_jsonw *w, const struct pl_lint *lint)
{
    char as_of[PL_DATE_TEXT];
    pl_date_text(lint->as_of, as_of);
    pl_jsonw_object(w, "tool");
    pl_jsonw_text(w, "name", "plimsoll");
    pl_jsonw_text(w, "version", PL_VERSION);
    pl_jsonw_text(w, "data", PL_LAMBDA_DATA_DATE);
    pl_jsonw_text(w, "as_of", as_of);
    pl_jsonw_close_object(w);
}

static size_t count(const struct pl_lint *lint, enum pl_severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < lint->n; i++) {
        n += pl_verdict_count(&lint->unit[i]->verdict, severity);
    }
    return n;
}

static void put_summary(struct pl_jsonw *w, const struct pl_lint *lint)
{
    size_t skipped = 0;
    size_t judged = 0;
    size_t all = 0;
    for (size_t i = 0; i < lint->n; i++) {
        skipped += lint->unit[i]->verdict.n_skip;
    }
    pl_lint_count(lint, &judged, &all);
    pl_jsonw_object(w, "summary");
    pl_jsonw_u64(w, "errors", count(lint, PL_SEV_ERROR));
    pl_jsonw_u64(w, "warnings", count(lint, PL_SEV_WARNING));
    pl_jsonw_u64(w, "infos", count(lint, PL_SEV_INFO) + count(lint, PL_SEV_PEDANTIC));
    pl_jsonw_u64(w, "suppressed", 0);
    pl_jsonw_u64(w, "skipped", skipped);
    pl_jsonw_u64(w, "judged", judged);
    pl_jsonw_u64(w, "functions", all);
    pl_jsonw_close_object(w);
}

PL_STATUS pl_report_json(struct pl_buf *to, const struct pl_lint *lint, struct pl_err *err)
{
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "schema", "plimsoll-lint/1");
    put_tool(&w, lint);
    pl_jsonw_array(&w, "inputs");
    for (size_t i = 0; i < lint->n; i++) {
        for (uint32_t k = 0; k < lint->unit[i]->survey.n_package; k++) {
            put_input(&w, &lint->unit[i]->survey, &lint->unit[i]->survey.package[k]);
        }
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_array(&w, "findings");
    for (size_t i = 0; i < lint->n; i++) {
        for (size_t k = 0; k < lint->unit[i]->verdict.n_finding; k++) {
            put_finding(&w, &lint->unit[i]->project, &lint->unit[i]->verdict.finding[k]);
        }
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_array(&w, "suppressed");
    pl_jsonw_close_array(&w);
    pl_jsonw_array(&w, "skipped");
    for (size_t i = 0; i < lint->n; i++) {
        for (size_t k = 0; k < lint->unit[i]->verdict.n_skip; k++) {
            put_skip(&w, &lint->unit[i]->project, &lint->unit[i]->verdict.skip[k]);
        }
    }
    pl_jsonw_close_array(&w);
    put_summary(&w, lint);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status ? status : pl_buf_byte(to, '\n', err);
}
