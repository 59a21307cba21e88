/*
 * Which names are bound, along the branches of a Python module.  A level is a body of statements; a
 * chain is a compound statement with its branches.  Each change of a name is logged, so that the
 * end of a branch can take it back and the end of a chain can join what its branches did: time is
 * linear in the number of changes times the depth of indentation, which CPython bounds.
 */
#ifndef PL_PKG_INSPECT_PY_FLOW_H
#define PL_PKG_INSPECT_PY_FLOW_H

#include "pkg/base/map.h"
#include "pkg/inspect/py_lex.h"

enum py_scope { PY_MODULE, PY_CLASS, PY_FUNCTION };

/* How a branch is joined. */
enum py_branch {
    PY_RUNS,   /* may run */
    PY_RARELY, /* does not run on Lambda, or ends by raise: at most MAYBE comes from it */
    PY_NEVER   /* does not run */
};

enum py_chain_kind {
    PY_CHAIN_NONE,
    PY_CHAIN_IF,
    PY_CHAIN_LOOP,
    PY_CHAIN_TRY,
    PY_CHAIN_PLAIN,
    PY_CHAIN_CASE
};

struct py_bound {
    struct pl_slice name;
    struct pl_spot at;
    uint8_t state;  /* enum pl_sure, now */
    bool elsewhere; /* `global` in a function: may be bound by a call */
    /* scratch of a join */
    uint32_t mark, n_seen, n_yes, n_no;
    bool dropped;
};

struct py_change {
    uint32_t name;
    uint8_t old;
};

struct py_outcome {
    uint32_t name;
    uint8_t state;
    uint8_t branch; /* enum py_branch; PY_NEVER when a later branch took its place */
};

struct py_chain {
    uint8_t kind;
    bool implicit;  /* no branch at all may run */
    bool settled;   /* an earlier branch always runs */
    bool body_done; /* TRY: the body has ended */
    bool any_runs;  /* a branch ran through to its end, or may have */
    uint32_t n_paths;
    size_t outcome_base;
    size_t body_end; /* TRY: outcomes of the body end here */
    size_t import_base;
};

struct py_level {
    uint8_t scope;    /* enum py_scope */
    uint8_t branch;   /* enum py_branch */
    bool ended;       /* raise or sys.exit before */
    bool capped;      /* ... or in a level around it */
    bool guarded;     /* an import here may fail or not run */
    bool optional;    /* ... and not only because it is in a function */
    bool is_inline;   /* a suite on the line of its header */
    bool is_match;    /* holds `case` blocks */
    uint32_t unbinds; /* `except ... as e`: name index + 1, unbound at the end */
    size_t log_base;
    struct py_chain chain;
};

enum { PY_MAX_LEVELS = PY_MAX_INDENTS + 4, PY_MAX_NAMES = 1000000 };

struct py_flow {
    struct pl_map map;
    struct py_bound *name; /* owned */
    size_t n_name, cap_name;
    struct py_change *log; /* owned */
    size_t n_log, cap_log;
    struct py_outcome *outcome; /* owned */
    size_t n_outcome, cap_outcome;
    uint32_t mark;
    uint32_t n_level;
    struct py_level level[PY_MAX_LEVELS];
};

void py_flow_init(struct py_flow *flow);
void py_flow_done(struct py_flow *flow);

static inline struct py_level *py_flow_top(struct py_flow *flow)
{
    return &flow->level[flow->n_level - 1];
}

PL_STATUS py_flow_find(struct py_flow *flow, struct pl_slice name, uint32_t *ret,
                       struct pl_err *err);
/* Sets a name's state in the current branch.  Only in the module's scope. */
PL_STATUS py_flow_bind(struct py_flow *flow, struct pl_slice name, enum pl_sure state,
                       struct pl_spot at, struct pl_err *err);

/* Starts a compound statement in the current level; the one before must be closed. */
void py_flow_open(struct py_flow *flow, enum py_chain_kind kind, bool implicit);
/* Starts and ends a branch of the current level's chain. */
void py_flow_push(struct py_flow *flow, enum py_scope scope, enum py_branch branch);
PL_STATUS py_flow_pop(struct py_flow *flow, struct pl_err *err);
/* After the push of an except branch: what the body did may or may not have happened. */
PL_STATUS py_flow_enter_except(struct py_flow *flow, struct pl_err *err);
/* After the push of a try's else branch: the body did happen. */
PL_STATUS py_flow_enter_else(struct py_flow *flow, struct pl_err *err);
PL_STATUS py_flow_close(struct py_flow *flow, struct pl_err *err);

#endif
