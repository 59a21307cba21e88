/* Presets of what a package can do without at run time: `prune:` of a function or layer. */
#ifndef PL_PKG_BUILD_PRUNE_H
#define PL_PKG_BUILD_PRUNE_H

#include "pkg/project/project.h"

struct pl_select;

/* A preset as it is told: for `plimsoll pack --presets` and the manual. */
struct pl_preset {
    enum pl_prune id;
    const char *name, *help;
};
/* Where a pattern holds; presets.def says what each means. */
enum pl_prune_where { PL_PRUNE_ANY, PL_PRUNE_PYTHON, PL_PRUNE_DATA, PL_PRUNE_NODE };
enum { PL_PRUNE_WHERES = PL_PRUNE_NODE + 1 };
struct pl_prune_pattern {
    enum pl_prune_where where;
    const char *text;
};

const struct pl_preset *pl_preset_at(size_t index); /* NULL behind the last */
/* The index-th pattern of a preset; NULL behind the last. */
const struct pl_prune_pattern *pl_preset_pattern(enum pl_prune preset, size_t index);
/* "in installed Python packages" */
const char *pl_prune_where_text(enum pl_prune_where where);

/* Inside of pkg/build: takes out of the plan, whose items are sorted, what the request's presets
 * take, and counts it in plan->pruned.  What a link names stays; a link of which the presets took
 * all it led to goes too. */
PL_STATUS pl_prune_apply(struct pl_select *select, struct pl_err *err);

#endif
