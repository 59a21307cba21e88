/* What the pipeline knows of its files: shared by its scheduling and its handing over. */
#ifndef PL_PKG_BUILD_PIPELINE_JOB_H
#define PL_PKG_BUILD_PIPELINE_JOB_H

#include "pkg/build/compress.h"
#include "pkg/build/pipeline.h"
#include "pkg/build/spill.h"

#include <pthread.h>

enum pl_job_state { PL_JOB_TODO, PL_JOB_RUNNING, PL_JOB_READY };

/* A block of a huge file: where its deflated bytes are in the spill file. */
struct pl_piece {
    uint64_t at;
    uint32_t packed, crc;
};

/* A file over PL_MAX_WHOLE_ENTRY, deflated in blocks.  Its steps: the first hashes it, while others
 * deflate, the next n are the blocks. */
struct pl_huge {
    int fd;                 /* -1 unless steps are in work */
    uint64_t n;             /* blocks */
    uint64_t next, done;    /* steps */
    struct pl_piece *piece; /* owned */
    uint64_t packed;
    int64_t read_ns; /* when reading it began */
};

/* One item of the plan. */
struct pl_job {
    struct pl_deflated out; /* out.data is NULL when it was spilled or for a huge file */
    uint64_t spill_at;
    struct pl_huge *huge; /* owned; NULL for others and before it is begun */
    uint8_t state;        /* enum pl_job_state */
    bool spilled;
};

/* The file that is being handed over. */
struct pl_feed {
    unsigned char *buf; /* owned; for what does not come from memory */
    size_t have, used;
    uint64_t pos; /* bytes that were taken from their place so far */
    uint64_t piece, piece_pos;
    int fd;       /* of a huge file that is stored, else -1 */
    uint32_t crc; /* of what was read of it */
};

struct pl_pipeline {
    const struct pl_plan *plan;
    const struct pl_pack_options *options;
    struct pl_packed_fact *fact; /* one per item */
    const struct pl_seen *seen;  /* one per item; NULL without a cache */
    struct pl_spill spill;
    struct pl_feed feed; /* of the asking thread alone, as release */
    struct pl_job *job;  /* owned; one per item */
    uint32_t *large;     /* owned; the largest first */
    size_t n_large;
    struct pl_deflater *deflater; /* owned; [0] is the asking thread's */
    pthread_t *thread;            /* owned */
    unsigned n_thread;
    unsigned n_worker; /* deflaters, one of them handed out to each thread */

    pthread_mutex_t lock; /* of all that follows, and of job states */
    pthread_cond_t ready; /* the asking thread waits: its file is ready, or something failed */
    pthread_cond_t room;  /* the others wait for their budget */
    unsigned next_worker;
    unsigned waiting; /* for room */
    bool asking_waits;
    size_t wanted; /* item that is asked for */
    size_t next_large, next_small;
    size_t raw;  /* bytes of files in work */
    size_t held; /* bytes of results in memory */
    uint64_t done_bytes;
    bool stop;
    bool failed;
    size_t failed_item;
    struct pl_err err; /* of failed_item */
};

/* Frees what a job holds. */
void pl_job_done(struct pl_job *job);

#endif
