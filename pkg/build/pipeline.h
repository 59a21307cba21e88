/*
 * Deflates the files of a plan on several threads and hands them over in the plan's order (inside
 * of pkg/build).
 *
 * The thread that asks for the next file works too: what it needs and nobody has begun it deflates
 * itself, and while what it needs is under way elsewhere it does something else.  The other threads
 * begin with the large files, so that none is left for the end.  Memory is bounded by two budgets:
 * the files that are in work at the same time, and the results that wait for their turn; a result
 * over the second goes into a file without a name.
 */
#ifndef PL_PKG_BUILD_PIPELINE_H
#define PL_PKG_BUILD_PIPELINE_H

#include "pkg/archive/zip_write.h"
#include "pkg/build/current.h"
#include "pkg/build/pack.h"

struct pl_pipeline;

/* What became of one item: known once it was fetched; all zero for a folder. */
struct pl_packed_fact {
    uint64_t packed;
    unsigned char sha256[PL_SHA256_SIZE]; /* of the content; a link's is its target */
};

/* What goes into a pipeline; all of it must outlive it. */
struct pl_pipeline_input {
    const struct pl_plan *plan;
    const struct pl_pack_options *options;
    const char *beside;          /* the path of the output */
    struct pl_packed_fact *fact; /* one per item, filled by pl_pipeline_fetch */
    const struct pl_seen *seen;  /* one per item, what is known of it; NULL without a cache */
};

/* Starts the threads. */
PL_STATUS pl_pipeline_start(struct pl_pipeline **ret, const struct pl_pipeline_input *input,
                            struct pl_err *err);
/* Stops and joins the threads.  If a file failed, *err becomes the error of the first one in the
 * plan's order among those that failed, and `status` its code. */
enum pl_status pl_pipeline_stop(struct pl_pipeline *pipeline, enum pl_status status,
                                struct pl_err *err);

/* For struct pl_zip_source; ctx is the pipeline. */
PL_STATUS pl_pipeline_fetch(void *ctx, size_t index, struct pl_zip_packed *ret, struct pl_err *err);
PL_STATUS pl_pipeline_read(void *ctx, size_t index, void *to, size_t n, size_t *ret_n,
                           struct pl_err *err);
void pl_pipeline_release(void *ctx, size_t index);

#endif
