#include "pkg/inspect/py_flow.h"

#include "pkg/base/arr.h"

#include <stdlib.h>
#include <string.h>

/* More changes than a source of the largest size we read can hold. */
enum { MAX_CHANGES = 64 * 1024 * 1024 };

void py_flow_init(struct py_flow *flow)
{
    memset(flow, 0, sizeof *flow);
    pl_map_init(&flow->map, PY_MAX_NAMES);
    flow->n_level = 1;
}

void py_flow_done(struct py_flow *flow)
{
    pl_map_done(&flow->map);
    free(flow->name);
    free(flow->log);
    free(flow->outcome);
}

PL_STATUS py_flow_find(struct py_flow *flow, struct pl_slice name, uint32_t *ret,
                       struct pl_err *err)
{
    uint64_t old = 0;
    bool added = false;
    enum pl_status status = pl_map_add(&flow->map, name, flow->n_name, &added, &old, err);
    if (status != PL_OK) {
        return status;
    }
    if (!added) {
        *ret = (uint32_t)old;
        return PL_OK;
    }
    struct py_bound *grown = pl_arr_grow(flow->name, &flow->cap_name, flow->n_name + 1,
                                         sizeof *grown, PY_MAX_NAMES, "names", err);
    if (!grown) {
        return err->code;
    }
    flow->name = grown;
    grown[flow->n_name] = (struct py_bound){.name = name};
    *ret = (uint32_t)flow->n_name++;
    return PL_OK;
}

static PL_STATUS set_state(struct py_flow *flow, uint32_t name, uint8_t state, struct pl_err *err)
{
    struct py_bound *bound = &flow->name[name];
    if (bound->state == state) {
        return PL_OK;
    }
    struct py_change *grown = pl_arr_grow(flow->log, &flow->cap_log, flow->n_log + 1, sizeof *grown,
                                          MAX_CHANGES, "bindings", err);
    if (!grown) {
        return err->code;
    }
    flow->log = grown;
    grown[flow->n_log++] = (struct py_change){name, bound->state};
    bound->state = state;
    return PL_OK;
}

PL_STATUS py_flow_bind(struct py_flow *flow, struct pl_slice name, enum pl_sure state,
                       struct pl_spot at, struct pl_err *err)
{
    struct py_level *top = py_flow_top(flow);
    if (top->scope != PY_MODULE) {
        return PL_OK;
    }
    uint32_t i = 0;
    enum pl_status status = py_flow_find(flow, name, &i, err);
    if (status != PL_OK) {
        return status;
    }
    if (state == PL_SURE_YES && (top->capped || top->ended) && flow->name[i].state != PL_SURE_YES) {
        state = PL_SURE_MAYBE;
    }
    if (state != PL_SURE_NO) {
        flow->name[i].at = at;
    }
    return set_state(flow, i, (uint8_t)state, err);
}

void py_flow_open(struct py_flow *flow, enum py_chain_kind kind, bool implicit)
{
    struct py_chain *chain = &py_flow_top(flow)->chain;
    *chain = (struct py_chain){
        .kind = (uint8_t)kind, .implicit = implicit, .outcome_base = flow->n_outcome};
    chain->body_end = flow->n_outcome;
}

void py_flow_push(struct py_flow *flow, enum py_scope scope, enum py_branch branch)
{
    if (flow->n_level == PY_MAX_LEVELS) {
        return; /* the tokenizer stops before: PY_MAX_INDENTS */
    }
    const struct py_level *outer = py_flow_top(flow);
    flow->level[flow->n_level++] = (struct py_level){
        .scope = (uint8_t)(outer->scope > scope ? outer->scope : scope),
        .branch = (uint8_t)branch,
        .capped = outer->capped || outer->ended,
        .guarded = outer->guarded || outer->ended || branch != PY_RUNS || scope == PY_FUNCTION ||
                   outer->chain.kind == PY_CHAIN_CASE,
        .optional = outer->optional || outer->chain.kind == PY_CHAIN_CASE,
        .log_base = flow->n_log,
    };
}

/* Takes the changes of a level back and keeps each name's last state as an outcome. */
static PL_STATUS take_back(struct py_flow *flow, size_t base, uint8_t branch, struct pl_err *err)
{
    uint32_t mark = ++flow->mark;
    while (flow->n_log > base) {
        struct py_change change = flow->log[flow->n_log - 1];
        struct py_bound *bound = &flow->name[change.name];
        if (bound->mark != mark && branch != PY_NEVER) {
            struct py_outcome *grown =
                pl_arr_grow(flow->outcome, &flow->cap_outcome, flow->n_outcome + 1, sizeof *grown,
                            MAX_CHANGES, "bindings", err);
            if (!grown) {
                return err->code;
            }
            flow->outcome = grown;
            grown[flow->n_outcome++] = (struct py_outcome){change.name, bound->state, branch};
        }
        bound->mark = mark;
        bound->state = change.old;
        flow->n_log--;
    }
    return PL_OK;
}

PL_STATUS py_flow_pop(struct py_flow *flow, struct pl_err *err)
{
    if (flow->n_level < 2) {
        return PL_OK;
    }
    enum pl_status status = py_flow_close(flow, err);
    if (status != PL_OK) {
        return status;
    }
    struct py_level *top = py_flow_top(flow);
    if (top->unbinds > 0) {
        status = set_state(flow, top->unbinds - 1, PL_SURE_NO, err);
        if (status != PL_OK) {
            return status;
        }
    }
    uint8_t branch = top->branch == PY_RUNS && top->ended ? PY_RARELY : top->branch;
    bool was_class_or_module = top->scope != PY_FUNCTION;
    status = take_back(flow, top->log_base, branch, err);
    flow->n_level--;
    struct py_chain *chain = &py_flow_top(flow)->chain;
    if (branch == PY_RUNS) {
        chain->n_paths++;
    }
    chain->any_runs = chain->any_runs || branch == PY_RUNS || !was_class_or_module;
    if (chain->kind == PY_CHAIN_TRY && !chain->body_done) {
        chain->body_done = true;
        chain->body_end = flow->n_outcome;
    }
    return status;
}

PL_STATUS py_flow_enter_except(struct py_flow *flow, struct pl_err *err)
{
    const struct py_chain *chain = &flow->level[flow->n_level - 2].chain;
    for (size_t i = chain->outcome_base; i < chain->body_end; i++) {
        enum pl_status status = set_state(flow, flow->outcome[i].name, PL_SURE_MAYBE, err);
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS py_flow_enter_else(struct py_flow *flow, struct pl_err *err)
{
    struct py_chain *chain = &flow->level[flow->n_level - 2].chain;
    for (size_t i = chain->outcome_base; i < chain->body_end; i++) {
        enum pl_status status = set_state(flow, flow->outcome[i].name, flow->outcome[i].state, err);
        if (status != PL_OK) {
            return status;
        }
        /* The else branch goes on where the body ended, and stands for it. */
        if (flow->outcome[i].branch == PY_RUNS) {
            flow->outcome[i].branch = PY_RARELY;
        }
    }
    if (chain->n_paths > 0) {
        chain->n_paths--;
    }
    return PL_OK;
}

static void count_outcomes(struct py_flow *flow, size_t base)
{
    for (size_t i = base; i < flow->n_outcome; i++) {
        struct py_bound *bound = &flow->name[flow->outcome[i].name];
        bound->n_seen = bound->n_yes = bound->n_no = 0;
        bound->dropped = false;
    }
    for (size_t i = base; i < flow->n_outcome; i++) {
        const struct py_outcome *outcome = &flow->outcome[i];
        struct py_bound *bound = &flow->name[outcome->name];
        if (outcome->branch == PY_RUNS) {
            bound->n_seen++;
            bound->n_yes += outcome->state == PL_SURE_YES;
            bound->n_no += outcome->state == PL_SURE_NO;
        } else {
            bound->dropped = bound->dropped || outcome->state != PL_SURE_NO;
        }
    }
}

/* What all paths together say about a name. */
static uint8_t join(const struct py_bound *bound, uint32_t n_paths)
{
    uint32_t untouched = n_paths > bound->n_seen ? n_paths - bound->n_seen : 0;
    uint32_t yes = bound->n_yes + (bound->state == PL_SURE_YES ? untouched : 0);
    uint32_t no = bound->n_no + (bound->state == PL_SURE_NO ? untouched : 0);
    uint32_t all = untouched + bound->n_seen;
    if (all > 0 && yes == all) {
        return PL_SURE_YES;
    }
    if (no == all && !bound->dropped) {
        return all > 0 ? PL_SURE_NO : bound->state;
    }
    return PL_SURE_MAYBE;
}

PL_STATUS py_flow_close(struct py_flow *flow, struct pl_err *err)
{
    struct py_level *top = py_flow_top(flow);
    struct py_chain chain = top->chain;
    if (chain.kind == PY_CHAIN_NONE) {
        return PL_OK;
    }
    top->chain.kind = PY_CHAIN_NONE;
    uint32_t n_paths = chain.n_paths + (chain.implicit ? 1 : 0);
    count_outcomes(flow, chain.outcome_base);
    uint32_t mark = ++flow->mark;
    for (size_t i = chain.outcome_base; i < flow->n_outcome; i++) {
        struct py_bound *bound = &flow->name[flow->outcome[i].name];
        if (bound->mark != mark) {
            bound->mark = mark;
            enum pl_status status =
                set_state(flow, flow->outcome[i].name, join(bound, n_paths), err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    flow->n_outcome = chain.outcome_base;
    top->ended = top->ended || (n_paths == 0 && !chain.any_runs);
    return PL_OK;
}
