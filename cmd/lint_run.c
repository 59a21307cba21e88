#include "cmd/lint_run.h"

#include "cmd/installs.h"
#include "cmd/lint_broken.h"
#include "cmd/lint_config.h"
#include "cmd/lint_project.h"
#include "cmd/term.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/survey/survey.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void unit_free(struct pl_lint_unit *unit)
{
    if (!unit) {
        return;
    }
    if (unit->judged) {
        pl_verdict_done(&unit->verdict);
    }
    if (unit->surveyed) {
        pl_survey_done(&unit->survey);
    }
    for (uint32_t i = 0; unit->plan && i < unit->project.n_function + unit->project.n_layer; i++) {
        pl_plan_done(&unit->plan[i]);
    }
    free(unit->plan);
    free(unit->odd);
    free(unit->function_named);
    free(unit->layer_named);
    free(unit->manifest);
    free(unit->config);
    pl_arena_done(&unit->arena);
    pl_project_done(&unit->project);
    free(unit);
}

void pl_lint_done(struct pl_lint *lint)
{
    for (size_t i = 0; i < lint->n; i++) {
        unit_free(lint->unit[i]);
    }
    free(lint->unit);
    for (size_t i = 0; i < lint->n_search; i++) {
        free(lint->search[i].folder);
    }
    free(lint->search);
    free(lint->mistakes);
    pl_project_done(&lint->config);
    pl_baseline_done(&lint->baseline);
    pl_runtime_data_use(NULL);
    pl_runtime_data_done(&lint->data);
    memset(lint, 0, sizeof *lint);
}

PL_STATUS pl_lint_unit_new(struct pl_lint *lint, struct pl_lint_unit **ret, struct pl_err *err)
{
    struct pl_lint_unit **list = pl_arr_grow(lint->unit, &lint->cap, lint->n + 1, sizeof(*list),
                                             PL_LINT_MAX_UNITS, "inputs", err);
    if (!list) {
        return err->code;
    }
    lint->unit = list;
    struct pl_lint_unit *unit = pl_arr_zeroed(1, sizeof *unit, err);
    if (!unit) {
        return err->code;
    }
    pl_project_init(&unit->project);
    pl_arena_init(&unit->arena, PL_MAX_DOC_BYTES);
    list[lint->n++] = unit;
    *ret = unit;
    return PL_OK;
}

PL_STATUS pl_lint_add_project(struct pl_lint *lint, struct pl_project *project, struct pl_err *err)
{
    struct pl_lint_unit *unit;
    enum pl_status status = pl_lint_unit_new(lint, &unit, err);
    if (!status) {
        pl_project_done(&unit->project);
        unit->project = *project;
        unit->asked = true;
        pl_project_init(project);
    }
    return status;
}

PL_STATUS pl_lint_note_search(struct pl_lint *lint, const char *folder,
                              const struct pl_lint_search *found, struct pl_err *err)
{
    struct pl_lint_search *list = pl_arr_grow(lint->search, &lint->cap_search, lint->n_search + 1,
                                              sizeof *list, PL_LINT_MAX_UNITS, "folders", err);
    if (!list) {
        return err->code;
    }
    lint->search = list;
    struct pl_buf name PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    list[lint->n_search] = *found;
    enum pl_status status = pl_buf_text(&name, folder, err);
    if (!status) {
        status = pl_buf_take(&name, &list[lint->n_search].folder, err);
    }
    lint->n_search += !status;
    return status;
}

static bool is_cancelled(void *ctx)
{
    (void)ctx;
    return pl_signals_cancelled();
}

/* What pack would put together, for functions and layers that are built from sources. */
static PL_STATUS plan_tree(void *ctx, uint32_t function, uint32_t layer, struct pl_tree *ret,
                           struct pl_err *err)
{
    struct pl_lint_unit *unit = ctx;
    const struct pl_project *project = &unit->project;
    bool is_layer = function == PL_NO_INDEX;
    struct pl_buf output PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    enum pl_status status =
        pl_buf_fmt(&output, err, "%.*s/dist", (int)project->root.len, project->root.ptr);
    if (status) {
        return status;
    }
    const struct pl_plan_subject subject = {.index = is_layer ? layer : function,
                                            .is_layer = is_layer,
                                            .output_dir = pl_buf_view(&output),
                                            .work_dir = pl_slice_of(getenv("TMPDIR")),
                                            .what = is_layer ? project->layer[layer].id
                                                             : project->function[function].id};
    const struct pl_plan_request request = pl_plan_request_of(project, &subject);
    const struct pl_progress progress = {.cancelled = is_cancelled};
    struct pl_plan *plan = &unit->plan[is_layer ? project->n_function + layer : function];
    status = pl_plan_make(plan, &request, &progress, err);
    return status ? status : pl_plan_tree(ret, plan, err);
}

/* What is nothing we know, or could not be looked at, is an input that was not judged, not a broken
 * package. */
static void mark_odd(struct pl_lint_unit *unit)
{
    for (size_t i = 0; i < unit->n_odd; i++) {
        struct pl_package *package = unit->survey.function[unit->odd[i].function].code;
        if (package && (!package->failed || unit->broken)) {
            package->failed = true;
            package->kind = PL_KIND_NONE;
            package->why = unit->odd[i].why;
        }
    }
}

static uint64_t now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static PL_STATUS judge_unit(struct pl_lint *lint, struct pl_lint_unit *unit, struct pl_err *err)
{
    enum pl_status status = pl_lint_configure(lint, unit, err);
    if (status && lint->n > 1 && !lint->has_config) {
        status = pl_lint_break(unit, err);
        status = status ? status : pl_lint_configure(lint, unit, err);
    }
    if (!status && unit->function_named) {
        status = pl_lint_prune(&unit->project, unit->function_named, unit->layer_named, err);
    }
    if (!status) {
        status = pl_lint_apply_options(&unit->project, lint->options, err);
    }
    if (status) {
        return status;
    }
    if (pl_cmd_find_installed(&unit->project, lint->options, err) != PL_OK) {
        return err->code;
    }
    size_t n = (size_t)unit->project.n_function + unit->project.n_layer;
    unit->plan = pl_arr_zeroed(n, sizeof *unit->plan, err);
    if (!unit->plan) {
        return err->code;
    }
    const struct pl_survey_options options = {
        .workers = lint->options->jobs ? lint->options->jobs : pl_os_cpus(),
        .as_of = lint->as_of,
        .plan_tree = plan_tree,
        .ctx = unit,
        .hash = pl_options_writes(lint->options, PL_FORMAT_JSON) ||
                pl_options_writes(lint->options, PL_FORMAT_JSONL),
        .image_name = lint->options->image,
        .image_arch = lint->options->arch ? pl_arch_parse(pl_slice_of(lint->options->arch))
                                          : PL_ARCH_UNKNOWN};
    status = pl_survey_make(&unit->survey, &unit->project, &options, err);
    if (status) {
        return status;
    }
    unit->surveyed = true;
    mark_odd(unit);
    unit->rules.workers = options.workers;
    if (lint->options->time_report) {
        unit->rules.now_ns = now_ns;
        unit->rules.spent_ns = lint->spent_ns;
    }
    status = pl_rules_run(&unit->verdict, &unit->survey, &unit->rules, err);
    unit->judged = !status;
    return status;
}

/* A manifest that was only looked at for settings, in vain, is no input: its ignores would seem
 * unused and what the options add would be judged there once more. */
static void drop_not_asked(struct pl_lint *lint)
{
    size_t n = 0;
    for (size_t i = 0; i < lint->n; i++) {
        if (lint->unit[i]->asked) {
            lint->unit[n++] = lint->unit[i];
        } else {
            unit_free(lint->unit[i]);
        }
    }
    lint->n = n;
}

PL_STATUS pl_lint_judge(struct pl_lint *lint, struct pl_err *err)
{
    drop_not_asked(lint);
    for (size_t i = 0; i < lint->n; i++) {
        enum pl_status status = judge_unit(lint, lint->unit[i], err);
        if (status) {
            return status;
        }
        if (pl_signals_cancelled()) {
            return pl_err_set(err, PL_ERR_CANCELLED, "interrupted");
        }
    }
    return pl_lint_use_baseline(lint, err);
}

/* Is the package of this layer that of an earlier one, named twice? */
static bool is_again(const struct pl_survey *survey, uint32_t layer)
{
    const struct pl_package *package = survey->layer[layer].package;
    for (uint32_t i = 0; package && i < layer; i++) {
        if (survey->layer[i].package == package) {
            return true;
        }
    }
    return false;
}

static bool is_judged(const struct pl_package *package)
{
    return package && !package->failed && package->state == PL_PACKAGE_ARTIFACT;
}

void pl_lint_count(const struct pl_lint *lint, size_t *ret_judged, size_t *ret_all)
{
    *ret_judged = 0;
    *ret_all = 0;
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_survey *survey = &lint->unit[i]->survey;
        for (uint32_t k = 0; k < survey->n_function; k++) {
            bool is_first = survey->function[k].decl->branch == 0;
            *ret_judged += is_first && is_judged(survey->function[k].code);
            *ret_all += is_first;
        }
        for (uint32_t k = 0; survey->n_function == 0 && k < survey->n_layer; k++) {
            bool is_first = !is_again(survey, k);
            *ret_judged += is_first && is_judged(survey->layer[k].package);
            *ret_all += is_first;
        }
    }
}

/* `lint: rules_as_of` in the manifest: rules that came later report, and never fail the gate. */
static bool is_late_rule(const struct pl_lint_unit *unit, enum pl_rule_id rule)
{
    const struct pl_value *as_of = &unit->project.lint.rules_as_of;
    return pl_value_has(as_of) &&
           pl_version_is_later(pl_slice_of(pl_rule_at(rule)->since), as_of->text);
}

bool pl_lint_fails(const struct pl_lint_unit *unit, const struct pl_finding *finding)
{
    return finding->rule == PL_RULE_PL001 ||
           (unit->fail_on != PL_SEV_OFF && finding->severity >= unit->fail_on &&
            !is_late_rule(unit, finding->rule));
}

const struct pl_package *pl_lint_empty_folder(const struct pl_lint *lint)
{
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_survey *survey = &lint->unit[i]->survey;
        for (uint32_t k = 0; k < survey->n_package; k++) {
            const struct pl_package *package = &survey->package[k];
            if (package->kind == PL_KIND_FOLDER && !package->failed && package->tree.n == 0) {
                return package;
            }
        }
    }
    return NULL;
}

int pl_lint_exit(const struct pl_lint *lint)
{
    int status = 0;
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_lint_unit *unit = lint->unit[i];
        for (size_t k = 0; k < unit->verdict.n_finding; k++) {
            const struct pl_finding *f = &unit->verdict.finding[k];
            int own = f->rule != PL_RULE_PL001 ? pl_lint_fails(unit, f)
                      : unit->broken           ? unit->broken
                                               : 3;
            status = own > status ? own : status;
        }
    }
    size_t judged;
    size_t all;
    pl_lint_count(lint, &judged, &all);
    bool is_empty = all == 0 || pl_lint_empty_folder(lint) != NULL;
    if ((is_empty && !lint->options->allow_empty) ||
        (lint->options->require_built && (judged < all || lint->n_absent > 0))) {
        return 3;
    }
    return status;
}
