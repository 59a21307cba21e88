/* Code of a layer that lies where no runtime looks by itself: likely mistakes, for PL402. */
#ifndef PL_RULES_MISPLACED_H
#define PL_RULES_MISPLACED_H

#include "pkg/archive/tree.h"

struct pl_misplaced {
    uint32_t entry;
    const char *what; /* static */
    const char *mend;
};

/* False for layers of tools, agents and data, which are started or read by their paths. */
bool pl_layer_misplaced(const struct pl_tree *tree, struct pl_misplaced *ret);

#endif
