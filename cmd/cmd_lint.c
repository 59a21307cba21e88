#include "cmd/lint_broken.h"
#include "cmd/lint_run.h"
#include "cmd/mistakes.h"
#include "cmd/report/report.h"
#include "cmd/term.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"

#include <stdlib.h>

static PL_STATUS judge(struct pl_lint *lint, struct pl_err *err)
{
    const struct pl_list *paths = &lint->options->operand;
    for (size_t i = 0; i < paths->n; i++) {
        enum pl_status status = pl_lint_add_path(lint, paths->at[i], err);
        if (status && paths->n > 1) {
            status = pl_lint_add_broken(lint, paths->at[i], err);
        }
        if (status) {
            return status;
        }
    }
    return pl_lint_judge(lint, err);
}

static PL_STATUS report(const struct pl_lint *lint, struct pl_term *term, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    enum pl_status status =
        pl_report((enum pl_format)lint->options->format, &text, lint, term, err);
    if (!status) {
        pl_term_write(term, pl_buf_view(&text));
    }
    return status ? status : pl_report_outputs(lint, err);
}

/* Why a function or layer was not judged; NULL: it was. */
static const char *why_not(const struct pl_package *package, const char *state_why)
{
    if (!package) {
        return state_why ? state_why : "no package is known";
    }
    if (package->failed) {
        return package->why.msg;
    }
    const char *why = package->state_why ? package->state_why : pl_why_text(PL_WHY_NOT_BUILT);
    return package->state == PL_PACKAGE_ARTIFACT ? NULL : why;
}

/* "template.yaml: Api: not built: run sam build"; nothing where `why` is NULL. */
static void say_one(const struct pl_project *project, struct pl_slice id, const char *why)
{
    if (why && project->n_file > 0) {
        pl_term_say("%.*s: %.*s: %s", PL_TEXT(project->file[0].path), PL_TEXT(id), why);
    } else if (why) {
        pl_term_say("%.*s: %s", PL_TEXT(id), why);
    }
}

/* --require-built fails for what is not a finding, so no report says which function it was. */
static void say_unbuilt(const struct pl_lint *lint)
{
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_survey *survey = &lint->unit[i]->survey;
        const struct pl_project *project = &lint->unit[i]->project;
        for (uint32_t k = 0; k < survey->n_function; k++) {
            const struct pl_function *fn = &survey->function[k];
            if (fn->decl->branch == 0) {
                say_one(project, fn->decl->id, why_not(fn->code, fn->decl->state_why));
            }
        }
        for (uint32_t k = 0; survey->n_function == 0 && k < survey->n_layer; k++) {
            const struct pl_layer *layer = &survey->layer[k];
            say_one(project, layer->decl->id, why_not(layer->package, layer->decl->state_why));
        }
    }
}

struct spent {
    const struct pl_rule *rule;
    uint64_t ns;
};

static int compare_spent(const void *left, const void *right)
{
    const struct spent *a = left;
    const struct spent *b = right;
    int order = (a->ns < b->ns) - (a->ns > b->ns);
    return order ? order : (a->rule->rule > b->rule->rule) - (a->rule->rule < b->rule->rule);
}

/* On standard error: no clock in a report. */
static void time_report(const struct pl_lint *lint)
{
    struct spent list[PL_RULE_COUNT];
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        list[i] = (struct spent){pl_rule_at((enum pl_rule_id)i), lint->spent_ns[i]};
    }
    qsort(list, PL_RULE_COUNT, sizeof *list, compare_spent);
    for (size_t i = 0; i < PL_RULE_COUNT && list[i].ns >= 1000; i++) {
        pl_term_say("%s %s: %.3f ms", list[i].rule->id, list[i].rule->name,
                    (double)list[i].ns / 1e6);
    }
}

int pl_cmd_lint(const struct pl_options *options)
{
    struct pl_err err;
    struct pl_term term;
    struct pl_lint lint;
    pl_term_init(&term, (enum pl_color)options->color);
    pl_os_more_files();
    enum pl_status status = pl_lint_init(&lint, options, &err);
    if (!status) {
        status = judge(&lint, &err);
    }
    if (!status) {
        status = report(&lint, &term, &err);
    }
    if (!status && lint.baseline_kept) {
        pl_term_say("%s: not written, as not everything could be judged: what it "
                    "accepts of that would be forgotten",
                    options->baseline);
    }
    if (!status && options->require_built) {
        say_unbuilt(&lint);
    }
    if (!status && options->time_report) {
        time_report(&lint);
    }
    int exit_status = status ? pl_cmd_fail(&err, lint.mistakes, "lint") : pl_lint_exit(&lint);
    pl_lint_done(&lint);
    return pl_term_exit(&term, exit_status);
}
