/*
 * Is a ZIP on disk what its sources give now?  Contents are compared (names, types, modes, links,
 * bytes), not compressed bytes; nothing is written and nothing is compressed.
 */
#ifndef PL_PKG_BUILD_CHECK_H
#define PL_PKG_BUILD_CHECK_H

#include "pkg/build/pack.h"

enum pl_diff_how {
    PL_DIFF_ADDED,   /* only in the sources */
    PL_DIFF_REMOVED, /* only in the ZIP, or there twice */
    PL_DIFF_CHANGED
};

struct pl_diff {
    struct pl_slice name;
    uint8_t how;      /* enum pl_diff_how */
    const char *what; /* CHANGED, static: "content", "mode", "type", "target", "damaged" */
};

struct pl_check {
    bool missing;         /* there is no ZIP */
    const char *no_zip;   /* static: why it cannot be taken for one; NULL when it can */
    struct pl_diff *diff; /* owned; sorted by name */
    size_t n, cap;
    struct pl_arena arena; /* names */
};

/* Compares the plan with the ZIP at `path`.  A source that cannot be read, or a ZIP that the system
 * would not give, is an error; one that is missing or damaged is a difference. */
PL_STATUS pl_pack_check(struct pl_check *ret, const struct pl_plan *plan, const char *path,
                        const struct pl_pack_options *options, struct pl_err *err);
void pl_check_done(struct pl_check *check); /* takes a zeroed one */
bool pl_check_is_current(const struct pl_check *check);

#endif
