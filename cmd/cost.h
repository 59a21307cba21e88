/*
 * What the functions of some inputs cost a month (inside of cmd): cmd_cost.c reads and counts,
 * cost_text.c and cost_json.c say it.
 */
#ifndef PL_CMD_COST_H
#define PL_CMD_COST_H

#include "cmd/lint_run.h"
#include "pkg/lambda/price.h"

/* One function with one choice of settings; a function whose settings depend on conditions has
 * several. */
struct pl_cost_row {
    const struct pl_project *project; /* borrowed from the run */
    const struct pl_function_decl *fn;
    uint64_t memory_mb, storage_mb; /* 0: not known */
    uint64_t ms;                    /* what a request takes: at most the timeout */
    enum pl_arch arch;
    const char *what, *why; /* what is not known, "memory", and why; NULL: all is known */
    bool is_cut;            /* the timeout ends each request */
    bool is_edge, is_provisioned;
    bool counts;         /* it is in the sums: the dearest of its function's rows */
    struct pl_bill bill; /* without what is free */
};

struct pl_cost {
    struct pl_lint lint; /* of which only the projects are used */
    uint64_t requests, ms;
    const struct pl_price *price;
    struct pl_slice region; /* that the inputs name; empty: none */
    bool is_mixed;          /* they name several */
    struct pl_cost_row *row;
    size_t n, cap;
    size_t n_function, n_unknown; /* functions, and those of which no row counts */
    struct pl_usage usage;
    struct pl_bill list;  /* without what is free */
    struct pl_bill month; /* with it, unless --no-free-tier */
};

/* Memory sizes for a table: usual ones and those of the rows, in order.  Returns how many. */
enum { PL_COST_SIZES = 64 };
size_t pl_cost_sizes(const struct pl_cost *cost, uint64_t ret[PL_COST_SIZES]);
/* One function of this size, called as the options say, without what is free.  False: it is more
 * than can be counted. */
bool pl_cost_of_size(const struct pl_cost *cost, uint64_t memory_mb, enum pl_arch arch,
                     uint64_t *ret);

PL_STATUS pl_cost_text(const struct pl_cost *cost, struct pl_buf *to, struct pl_err *err);
PL_STATUS pl_cost_json(const struct pl_cost *cost, struct pl_buf *to, struct pl_err *err);

#endif
