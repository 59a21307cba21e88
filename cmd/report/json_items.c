/* What the JSON reports hold: inputs, findings, skips, the summary. */
#include "cmd/report/json_items.h"

#include "pkg/base/text.h"
#include "pkg/base/version.h"

static const char *kind_name(const struct pl_package *package)
{
    static const char *const names[] = {
        [PL_KIND_NONE] = "unknown",   [PL_KIND_ZIP] = "zip",      [PL_KIND_FOLDER] = "folder",
        [PL_KIND_PLAN] = "plan",      [PL_KIND_LIST] = "sidecar", [PL_KIND_IMAGE] = "image",
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

void pl_json_input(struct pl_jsonw *w, const struct pl_survey *survey,
                   const struct pl_package *package)
{
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

void pl_json_finding(struct pl_jsonw *w, const struct pl_project *project,
                     const struct pl_finding *f)
{
    const struct pl_rule *rule = pl_rule_at(f->rule);
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
    if (f->silence != PL_SILENCE_NONE) {
        pl_jsonw_text(w, "suppressed_by", pl_silence_name((enum pl_silence)f->silence));
        pl_jsonw_slice(w, "reason", f->reason);
    }
}

void pl_json_skip(struct pl_jsonw *w, const struct pl_project *project, const struct pl_skip *skip)
{
    pl_jsonw_text(w, "rule", pl_rule_at(skip->rule)->id);
    pl_jsonw_slice(w, "input", skip->input);
    pl_jsonw_array(w, "functions");
    if (skip->function != PL_NO_INDEX) {
        pl_jsonw_slice(w, NULL, project->function[skip->function].id);
    }
    pl_jsonw_close_array(w);
    pl_jsonw_slice(w, "reason", skip->reason);
}

void pl_json_tool(struct pl_jsonw *w, const struct pl_lint *lint)
{
    char as_of[PL_DATE_TEXT];
    pl_date_text(lint->as_of, as_of);
    pl_jsonw_text(w, "name", "plimsoll");
    pl_jsonw_text(w, "version", PL_VERSION);
    pl_jsonw_text(w, "data", pl_runtime_data_date());
    pl_jsonw_text(w, "as_of", as_of);
}

static size_t count(const struct pl_lint *lint, enum pl_severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < lint->n; i++) {
        n += pl_verdict_count(&lint->unit[i]->verdict, severity);
    }
    return n;
}

void pl_json_summary(struct pl_jsonw *w, const struct pl_lint *lint)
{
    size_t skipped = 0;
    size_t suppressed = 0;
    size_t judged = 0;
    size_t all = 0;
    for (size_t i = 0; i < lint->n; i++) {
        skipped += lint->unit[i]->verdict.n_skip;
        suppressed += lint->unit[i]->verdict.n_suppressed;
    }
    pl_lint_count(lint, &judged, &all);
    pl_jsonw_u64(w, "errors", count(lint, PL_SEV_ERROR));
    pl_jsonw_u64(w, "warnings", count(lint, PL_SEV_WARNING));
    pl_jsonw_u64(w, "infos", count(lint, PL_SEV_INFO) + count(lint, PL_SEV_PEDANTIC));
    pl_jsonw_u64(w, "suppressed", suppressed);
    pl_jsonw_u64(w, "skipped", skipped);
    pl_jsonw_u64(w, "judged", judged);
    pl_jsonw_u64(w, "functions", all);
}
