/*
 * AWS_LAMBDA_EXEC_WRAPPER: the runtime's own start script runs this file in place of the
 * interpreter (LAMBDA 4.4).  Custom runtimes do not know it.
 */
#include "pkg/survey/load.h"
#include "pkg/survey/start.h"

const struct pl_value *pl_wrapper_value(const struct pl_function *fn)
{
    for (uint32_t i = 0; i < fn->decl->n_env; i++) {
        if (pl_slice_is(fn->decl->env[i].key, "AWS_LAMBDA_EXEC_WRAPPER")) {
            return &fn->decl->env[i].value;
        }
    }
    return NULL;
}

/* Only paths below /opt and /var/task can be judged; the rest is the runtime's own. */
static bool judgeable(struct pl_slice path)
{
    return pl_slice_starts(path, PL_SLICE("/opt/")) ||
           pl_slice_starts(path, PL_SLICE("/var/task/"));
}

static PL_STATUS judge(struct pl_looker *l, struct pl_slice path, struct pl_load *load,
                       struct pl_err *err)
{
    struct pl_hit hit = pl_view_find(l->view, PL_SLICE("/"), path);
    switch ((enum pl_how)hit.how) {
    case PL_HOW_OPAQUE:
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER);
        return PL_OK;
    case PL_HOW_OUTSIDE:
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_OUTSIDE);
        return PL_OK;
    case PL_HOW_FILE:
        break;
    case PL_HOW_MISSING:
    case PL_HOW_FOLDER:
    case PL_HOW_SPECIAL:
    case PL_HOW_LOOP:
        pl_load_fail(load, PL_WHY_WRAPPER_MISSING, PL_SURE_YES);
        return pl_load_says(l, load, err, "%.*s: does not exist", PL_ARG(path));
    }
    load->at = hit.at;
    enum pl_sure allowed = pl_start_allowed(pl_ref_entry(hit.at));
    if (allowed == PL_SURE_YES) {
        pl_load_set(load, PL_LOADS, PL_WHY_NONE);
        return PL_OK;
    }
    pl_load_fail(load, PL_WHY_WRAPPER_MODE, allowed == PL_SURE_NO ? PL_SURE_YES : PL_SURE_MAYBE);
    return pl_load_says(l, load, err, "%.*s: is not an executable", PL_ARG(path));
}

PL_STATUS pl_load_wrapper(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    const struct pl_value *value = pl_wrapper_value(function);
    struct pl_load load = {.outcome = PL_NOT_JUDGED};
    bool asked = value && pl_value_has(value) && function->runtime &&
                 function->runtime->language != PL_LANG_CUSTOM &&
                 function->runtime->language != PL_LANG_GO && judgeable(value->text);
    if (asked) {
        struct pl_looker l;
        pl_looker_init(&l, function, arena);
        enum pl_status status = judge(&l, value->text, &load, err);
        pl_looker_done(&l);
        if (status != PL_OK) {
            return status;
        }
    }
    function->wrapper = load;
    return PL_OK;
}
