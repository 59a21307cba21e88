/*
 * Is the ZIP that stands there what would be written?  (inside of pkg/build)  Its bytes and those
 * of its sidecar depend on what the digest here is of; the cache knows the digest that a ZIP was
 * made of, and by size, times and inode that it is still that ZIP.
 */
#ifndef PL_PKG_BUILD_CURRENT_H
#define PL_PKG_BUILD_CURRENT_H

#include "pkg/build/cache_store.h"
#include "pkg/build/pack.h"

/* What is known of an item's content before it is read, or without. */
struct pl_seen {
    unsigned char sha256[PL_SHA256_SIZE];
    bool known;
};

/* One per item of the plan, from the cache's index; owned by the caller, NULL with *err set. */
PL_MUST_CHECK struct pl_seen *pl_seen_new(struct pl_cache *cache, const struct pl_plan *plan,
                                          struct pl_err *err);

/* A ZIP and what it is made of. */
struct pl_current {
    const struct pl_plan *plan;
    const struct pl_pack_options *options; /* with a cache */
    const char *path;                      /* of the ZIP */
    struct pl_seen *seen;
};

/* True with *ret filled when the ZIP and its sidecar are proven current.  Files that are not known
 * are read for that when the ZIP is one that we wrote. */
bool pl_current_is(const struct pl_current *current, struct pl_pack_result *ret);
/* Keeps that the ZIP, which was written as inode `ino`, is made of this. */
void pl_current_keep(const struct pl_current *current, const struct pl_pack_result *result,
                     uint64_t ino);

#endif
