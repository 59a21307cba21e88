/* A plan becomes a ZIP, whole or not at all. */
#ifndef PL_PKG_BUILD_PACK_H
#define PL_PKG_BUILD_PACK_H

#include "pkg/archive/sidecar.h"
#include "pkg/base/digest.h"
#include "pkg/build/plan.h"

#include <pthread.h>

struct pl_cache;

enum pl_level { PL_LEVEL_FAST = 1, PL_LEVEL_DEFAULT = 6, PL_LEVEL_BEST = 9, PL_LEVEL_MAX = 12 };

struct pl_pack_options {
    int level; /* of libdeflate */
    /* When over 0, the level is raised, to 9 and to 12, for as long as the ZIP has this many bytes
     * or more. */
    uint64_t fit_below;
    unsigned workers; /* 0: one per CPU */
    int64_t time;     /* of every entry, seconds since 1970; below 1980-01-01: that day */
    struct pl_progress progress;
    /* What its sidecar says besides what packing knows (kind, name, settings); NULL: none is
     * written. */
    const struct pl_sidecar *about;
    struct pl_cache *cache; /* NULL: nothing is remembered */
    /* Of packings that run side by side, NULL when this is the only one.  It is held while files
     * are read or deflated that nobody has yet: that needs every core and much memory, and the next
     * one finds what this one did.  Without it at most `side_workers` are used (0 counts as 1). */
    pthread_mutex_t *turn;
    unsigned side_workers;
};

/* A level, and the size of the ZIP that it gave. */
struct pl_pack_try {
    int level;
    uint64_t bytes;
};
enum { PL_PACK_TRIES = 3 };

struct pl_pack_result {
    struct pl_pack_try tried[PL_PACK_TRIES]; /* the last one is what was written */
    size_t n_tried;
    uint64_t zip_bytes;
    uint64_t unpacked_bytes;
    size_t entries;
    bool unchanged; /* the ZIP that stood there was current, and was left alone */
    unsigned char sha256[PL_SHA256_SIZE]; /* of the file */
};

/*
 * Compresses the plan's files in parallel and writes `path`, which appears whole, on the disk, or
 * not at all; what stood there stays until then.  The bytes depend on the plan's names, modes,
 * links and contents, the level, the time and the version of libdeflate, on nothing else.  A file
 * that is not the planned one any more, or changes while it is read, is PL_ERR_CHANGED with its
 * path.  Memory is bounded by a window, whatever the size of the tree.  With a cache, what was read
 * or deflated before is not again, and a ZIP that is proven current is left alone; the bytes are
 * the same.
 *
 * The sidecar is `path` with ".json" behind it.  Both are put in place under the lock of their
 * folder, the ZIP first: a sidecar whose size or hash is not that of its ZIP counts as absent.
 */
PL_STATUS pl_pack_write(struct pl_pack_result *ret, const struct pl_plan *plan, const char *path,
                        const struct pl_pack_options *options, struct pl_err *err);

/* "1.14": what the bytes depend on. */
const char *pl_pack_deflate_version(void);
/* "3.6.2": what reads archives as sources. */
const char *pl_pack_archive_version(void);

#endif
