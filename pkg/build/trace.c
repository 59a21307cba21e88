#include "pkg/build/trace.h"

/* What one list says; true when that settles it. */
static bool ask(const struct pl_ignore *list, struct pl_slice path, struct pl_trace *ret)
{
    const struct pl_ignore_rule *rule = NULL;
    enum pl_ignore_verdict verdict = list->n > 0 && path.len > 0
                                         ? pl_ignore_match(list, path, ret->is_folder, &rule)
                                         : PL_IGNORE_SILENT;
    if (verdict != PL_IGNORE_SILENT) {
        ret->rule = rule;
    }
    ret->taken = verdict != PL_IGNORE_OUT;
    return verdict == PL_IGNORE_OUT;
}

/* An allow-list: its last match, or its silence. */
static bool refuses(const struct pl_filter *filter, pl_filter_hit hit, struct pl_trace *ret)
{
    if (filter->include.n == 0) {
        return false;
    }
    if (hit > 0) {
        ret->rule = &filter->include.rule[hit - 1];
    }
    if (pl_filter_takes(filter, hit) || ret->is_folder) {
        return false;
    }
    ret->taken = false;
    ret->why = hit > 0 ? NULL : "no pattern of `include` matches it";
    return true;
}

void pl_trace_child(const struct pl_select *select, struct pl_slice folder, struct pl_slice name,
                    const struct pl_place *place, bool is_folder, const char *why)
{
    const struct pl_tracer *tracer = select->request->tracer;
    if (!tracer) {
        return;
    }
    const struct pl_scope *scope = &select->scope[select->source];
    struct pl_trace trace = {
        .folder = folder, .child = name, .source = select->source, .taken = !why, .why = why};
    if (place) {
        trace.is_folder = is_folder;
        trace.name = place->name;
        if (!ask(&scope->own.exclude, place->rel, &trace) &&
            !ask(&select->whole.exclude, place->name, &trace) &&
            !ask(&scope->files, place->rel, &trace) && !refuses(&scope->own, place->own, &trace)) {
            (void)refuses(&select->whole, place->whole, &trace);
        }
    }
    tracer->step(tracer->ctx, &trace);
}
