/* What pack has just built goes through the same lint as everything else. */
#include "cmd/pack.h"
#include "cmd/report/report.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

/* The declarations now name their ZIPs. */
static void point_at_zips(struct pl_pack_run *run)
{
    for (size_t i = 0; i < run->n_target; i++) {
        const struct pl_pack_target *target = &run->target[i];
        if (target->is_layer) {
            struct pl_layer_decl *layer = &run->project.layer[target->index];
            layer->package = pl_value_given(target->path, (struct pl_pos){.file = 0});
            layer->state = PL_PACKAGE_ARTIFACT;
        } else {
            struct pl_function_decl *fn = &run->project.function[target->index];
            fn->package = pl_value_given(target->path, (struct pl_pos){.file = 0});
            fn->state = PL_PACKAGE_ARTIFACT;
        }
    }
}

/* With operands, only what they name is judged. */
static enum pl_status name_targets(const struct pl_pack_run *run, struct pl_lint_unit *unit,
                                   struct pl_err *err)
{
    if (run->options->operand.n == 0) {
        return PL_OK;
    }
    unit->function_named = pl_arr_zeroed(unit->project.n_function, sizeof(bool), err);
    if (!unit->function_named) {
        return err->code;
    }
    unit->layer_named = pl_arr_zeroed(unit->project.n_layer, sizeof(bool), err);
    if (!unit->layer_named) {
        return err->code;
    }
    for (size_t i = 0; i < run->n_target; i++) {
        const struct pl_pack_target *target = &run->target[i];
        bool *named = target->is_layer ? unit->layer_named : unit->function_named;
        named[target->index] = true;
    }
    return PL_OK;
}

static void count(const struct pl_lint *lint, struct pl_pack_lint *ret)
{
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_verdict *verdict = &lint->unit[i]->verdict;
        ret->errors += pl_verdict_count(verdict, PL_SEV_ERROR);
        ret->warnings += pl_verdict_count(verdict, PL_SEV_WARNING);
        ret->infos += pl_verdict_count(verdict, PL_SEV_INFO);
    }
}

static enum pl_status write_report(struct pl_pack_run *run, const struct pl_lint *lint,
                                   struct pl_pack_lint *ret, struct pl_err *err)
{
    if (run->options->format == PL_FORMAT_JSON) {
        return pl_report_json(&ret->report, lint, &run->term, err);
    }
    bool clean = ret->status == 0 && ret->errors + ret->warnings + ret->infos == 0;
    if (clean && !run->options->verbose) {
        return PL_OK;
    }
    enum pl_status status = run->options->quiet ? PL_OK : pl_buf_byte(&ret->report, '\n', err);
    return status == PL_OK ? pl_report_text(&ret->report, lint, &run->term, err) : status;
}

enum pl_status pl_pack_lint(struct pl_pack_run *run, struct pl_pack_lint *ret, struct pl_err *err)
{
    struct pl_lint *lint = &ret->lint;
    point_at_zips(run);
    enum pl_status status = pl_lint_init(lint, run->options, err);
    if (status == PL_OK) {
        status = pl_lint_add_project(lint, &run->project, err);
    }
    if (status == PL_OK) {
        status = name_targets(run, lint->unit[lint->n - 1], err);
    }
    status = status == PL_OK ? pl_lint_judge(lint, err) : status;
    if (status != PL_OK) {
        return status;
    }
    count(lint, ret);
    ret->ran = true;
    ret->status = pl_lint_exit(lint);
    return write_report(run, lint, ret, err);
}

void pl_pack_lint_done(struct pl_pack_lint *lint)
{
    pl_lint_done(&lint->lint);
    pl_buf_done(&lint->report);
}
