/* Patterns of `include` and `exclude` that match nothing are slips more often than not. */
#include "pkg/build/select.h"

static size_t count(const struct pl_filter *filter)
{
    return filter->include.n + filter->exclude.n;
}

static void note(struct pl_plan *plan, const struct pl_filter_use *use, size_t n, bool is_include)
{
    for (size_t i = 0; i < n; i++) {
        /* Of a source that is optional and absent nothing can be said. */
        if (use[i].asked && use[i].value->at.line > 0) {
            plan->pattern[plan->n_pattern++] = (struct pl_plan_pattern){
                use[i].value->at, use[i].value->text, is_include, use[i].matched};
        }
    }
}

static void note_filter(struct pl_plan *plan, const struct pl_filter *filter)
{
    note(plan, filter->include_use, filter->include.n, true);
    note(plan, filter->exclude_use, filter->exclude.n, false);
}

enum pl_status pl_select_note_patterns(struct pl_select *select, struct pl_err *err)
{
    struct pl_plan *plan = select->plan;
    size_t n = count(&select->whole);
    for (uint32_t i = 0; i < select->request->n_source; i++) {
        n += count(&select->scope[i].own);
    }
    plan->pattern = pl_arena_new(&plan->arena, n, sizeof *plan->pattern, err);
    if (!plan->pattern) {
        return err->code;
    }
    note_filter(plan, &select->whole);
    for (uint32_t i = 0; i < select->request->n_source; i++) {
        note_filter(plan, &select->scope[i].own);
    }
    return PL_OK;
}
