/*
 * Where the bytes of planned files are when they are no files on disk (inside of pkg/build): each
 * kind is one set of readers.  A plan owns its contents; items name theirs, and what `at` means
 * belongs to the kind.  Reading is safe from several threads.
 */
#ifndef PL_PKG_BUILD_CONTENT_H
#define PL_PKG_BUILD_CONTENT_H

#include "pkg/build/plan.h"

struct pl_content_ops {
    /* The first n bytes of the item, n at most its size, into `to`. */
    PL_STATUS(*read)
    (const struct pl_plan_item *item, unsigned char *to, size_t n, struct pl_err *err);
    /* A descriptor, closed by the caller, in which the item begins at item->at.  NULL where there
     * is none; such a content has no item over PL_MAX_WHOLE_ENTRY. */
    PL_STATUS (*open)(const struct pl_plan_item *item, int *ret_fd, struct pl_err *err);
    /* Frees it; NULL when it is part of the plan's arena. */
    void (*done)(struct pl_content *content);
};

struct pl_content {
    const struct pl_content_ops *ops;
    struct pl_content *next; /* of the plan's */
};

/* Gives it to the plan, which frees it with the others. */
void pl_content_add(struct pl_plan *plan, struct pl_content *content);

/* A copy of `text`. */
PL_STATUS pl_content_text(struct pl_plan *plan, struct pl_slice text, struct pl_content **ret,
                          struct pl_err *err);

/* One file without a name in the folder `dir`, made when the first bytes come. */
PL_STATUS pl_content_spill(struct pl_plan *plan, struct pl_slice dir, struct pl_content **ret,
                           struct pl_err *err);
/* Appends to it; *ret_at is where. */
PL_STATUS pl_content_spill_put(const struct pl_content *content, const void *bytes, size_t n,
                               uint64_t *ret_at, struct pl_err *err);

#endif
