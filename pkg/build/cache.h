/*
 * What packing has done before, so that it is not done twice: deflated entries by the hash of their
 * content, and which files and ZIPs have not changed since they were last read.  It only ever saves
 * time: with a cache that is damaged, full, foreign or gone, the same bytes are packed.
 *
 * A folder with "*.pack" files (deflated entries; written once, under a name that appears when all
 * of it is there, never changed) and "*.index" files (identities of files and ZIPs; one per output
 * folder).  No file name, path or setting is stored in it, only hashes of them.  Safe for any
 * number of processes: each adds packs of its own, and only who removes old ones takes a lock.
 */
#ifndef PL_PKG_BUILD_CACHE_H
#define PL_PKG_BUILD_CACHE_H

#include "pkg/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a cache may hold, unless something else is asked for. */
#define PL_CACHE_MAX_BYTES (UINT64_C(2) * 1024 * 1024 * 1024)

struct pl_cache;

/* Makes the folder (for the user alone) when it is not there.  One that belongs to somebody else,
 * or that others may write to, is refused.  `project` is the folder of the ZIPs: one cache serves
 * many. Nothing is read yet. */
PL_STATUS pl_cache_open(struct pl_cache **ret, const char *dir, const char *project,
                        uint64_t max_bytes, struct pl_err *err);
/* Keeps what is new and lets the least recently used go.  Takes NULL. */
void pl_cache_close(struct pl_cache *cache);
/* Keeps what is new, without closing.  What went wrong with the cache so far, once: false and
 * nothing in *err when all is well. */
bool pl_cache_trouble(struct pl_cache *cache, struct pl_err *err);

/* What this run had to deflate, and what was there already: entries, and blocks of large ones. */
struct pl_cache_use {
    uint64_t made, found;
};
struct pl_cache_use pl_cache_use_of(struct pl_cache *cache);

struct pl_cache_info {
    uint64_t bytes, entries;
    size_t packs, indexes, damaged; /* damaged, or of another version of libdeflate */
};
/* A folder that is not there is an empty cache. */
PL_STATUS pl_cache_measure(struct pl_cache_info *ret, const char *dir, struct pl_err *err);
/* Removes the cache's own files and nothing else; *ret says what there was. */
PL_STATUS pl_cache_clear(struct pl_cache_info *ret, const char *dir, struct pl_err *err);

#endif
