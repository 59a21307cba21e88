/* Which paths of a tree weigh most: the culprits when a package is too large. */
#ifndef PL_PKG_ARCHIVE_WEIGHT_H
#define PL_PKG_ARCHIVE_WEIGHT_H

#include "pkg/archive/tree.h"

struct pl_weight {
    struct pl_slice path; /* borrowed from the tree's names */
    uint64_t bytes;       /* unpacked, with everything below */
    uint32_t files;
};

/* The heaviest siblings, largest first, at most n; returns how many.  Folders that only wrap nearly
 * everything (python/lib/python3.13/site-packages, node_modules) are looked through. */
size_t pl_tree_heaviest(const struct pl_tree *tree, struct pl_weight *ret, size_t n);

#endif
