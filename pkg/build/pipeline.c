#include "pkg/build/pipeline.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/base/pool.h"
#include "pkg/build/pipeline_job.h"
#include "pkg/build/planned.h"

#include <stdlib.h>
#include <string.h>

/* Files from here on are begun first. */
#define PL_LARGE_BYTES ((size_t)512 * 1024)
/* Files in work at the same time; one larger one may be alone. */
#define PL_RAW_BUDGET PL_MAX_WHOLE_ENTRY
/* Results in memory.  Large ones, which are early, leave some of it to the small ones. */
#define PL_HELD_BUDGET       PL_MB(24)
#define PL_HELD_LARGE_BUDGET PL_MB(16)
enum { PL_PIPELINE_WORKERS_MAX = 64 };

struct task {
    size_t item;
    uint64_t step; /* of a huge file */
    size_t cost;   /* in bytes of the first budget */
};

void pl_job_done(struct pl_job *job)
{
    free(job->out.data);
    job->out.data = NULL;
    if (job->huge) {
        pl_fd_close(&job->huge->fd);
        free(job->huge->piece);
        free(job->huge);
        job->huge = NULL;
    }
}

static uint64_t size_of(const struct pl_pipeline *p, size_t item)
{
    return p->plan->item[item].id.size;
}

static bool is_huge(const struct pl_pipeline *p, size_t item)
{
    return size_of(p, item) > PL_MAX_WHOLE_ENTRY;
}

static bool is_large(const struct pl_pipeline *p, size_t item)
{
    return size_of(p, item) >= PL_LARGE_BYTES;
}

/* ---- choosing what to do next; all with the lock held ---- */

/* Is there something of this item left to begin? */
static bool is_open(const struct pl_pipeline *p, size_t item)
{
    const struct pl_job *job = &p->job[item];
    return job->state == PL_JOB_TODO ||
           (job->state == PL_JOB_RUNNING && job->huge && job->huge->next <= job->huge->n);
}

static size_t cost_of(const struct pl_pipeline *p, size_t item)
{
    return is_huge(p, item) ? 2 * PL_BLOCK_BYTES : (size_t)size_of(p, item);
}

static bool fits(const struct pl_pipeline *p, size_t item)
{
    size_t cost = cost_of(p, item);
    return p->raw == 0 || (p->raw < PL_RAW_BUDGET && cost <= PL_RAW_BUDGET - p->raw);
}

static enum pl_status begin_huge(struct pl_pipeline *p, size_t item, struct pl_err *err)
{
    struct pl_huge *huge = pl_arr_zeroed(1, sizeof(*huge), err);
    if (!huge) {
        return err->code;
    }
    huge->fd = -1;
    huge->read_ns = p->seen ? pl_cache_now() : 0;
    huge->n = pl_block_count(size_of(p, item));
    if (huge->n > SIZE_MAX / sizeof(*huge->piece)) {
        free(huge);
        return pl_err_nomem(err);
    }
    huge->piece = pl_arr_zeroed((size_t)huge->n, sizeof(*huge->piece), err);
    if (!huge->piece || pl_planned_open(&p->plan->item[item], &huge->fd, err) != PL_OK) {
        free(huge->piece);
        free(huge);
        return err->code;
    }
    p->job[item].huge = huge;
    return PL_OK;
}

static enum pl_status claim(struct pl_pipeline *p, size_t item, struct task *ret,
                            struct pl_err *err)
{
    struct pl_job *job = &p->job[item];
    *ret = (struct task){.item = item, .cost = cost_of(p, item)};
    if (is_huge(p, item)) {
        if (!job->huge && begin_huge(p, item, err) != PL_OK) {
            return err->code;
        }
        ret->step = job->huge->next++;
    }
    job->state = PL_JOB_RUNNING;
    p->raw += ret->cost;
    return PL_OK;
}

/* Index of the largest file with something left to begin, or the number of items. */
static size_t next_large(struct pl_pipeline *p)
{
    while (p->next_large < p->n_large && !is_open(p, p->large[p->next_large])) {
        p->next_large++;
    }
    return p->next_large < p->n_large ? p->large[p->next_large] : p->plan->n;
}

static size_t next_small(struct pl_pipeline *p)
{
    while (p->next_small < p->plan->n &&
           (p->job[p->next_small].state != PL_JOB_TODO || is_large(p, p->next_small))) {
        p->next_small++;
    }
    return p->next_small;
}

/* The item to begin next, or the number of items when there is none now.  *ret_later says whether
 * there is one once others are done. */
static size_t choose(struct pl_pipeline *p, bool small_first, bool *ret_later)
{
    size_t none = p->plan->n;
    size_t large = next_large(p);
    size_t small = next_small(p);
    *ret_later = large < none;
    bool large_fits = large < none && fits(p, large);
    if (small < none && fits(p, small) && (small_first || !large_fits)) {
        return small;
    }
    return large_fits ? large : none;
}

/* ---- doing it; without the lock ---- */

static void note_failure(struct pl_pipeline *p, size_t item, const struct pl_err *err)
{
    (void)pthread_mutex_lock(&p->lock);
    if (!p->failed || item < p->failed_item) {
        p->failed = true;
        p->failed_item = item;
        p->err = *err;
    }
    p->stop = true;
    (void)pthread_cond_broadcast(&p->ready);
    (void)pthread_cond_broadcast(&p->room);
    (void)pthread_mutex_unlock(&p->lock);
}

/* May this result stay in memory?  Then it counts from now on. */
static bool hold(struct pl_pipeline *p, size_t item, size_t packed)
{
    size_t budget = is_large(p, item) ? PL_HELD_LARGE_BUDGET : PL_HELD_BUDGET;
    (void)pthread_mutex_lock(&p->lock);
    bool held = item == p->wanted || (p->held < budget && packed <= budget - p->held);
    if (held) {
        p->held += packed;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return held;
}

/* Keeps the hash of a file that was read and found to be the planned one. */
static void learn(const struct pl_pipeline *p, size_t item, int64_t read_ns,
                  const unsigned char *sha256)
{
    if (p->seen && !p->seen[item].known && !p->plan->item[item].content) {
        pl_cache_learn(p->options->cache, &p->plan->item[item].id, read_ns, sha256);
    }
}

static enum pl_status do_file(struct pl_pipeline *p, struct pl_deflater *deflater, size_t item,
                              struct pl_err *err)
{
    struct pl_deflated out = {0};
    struct pl_job *job = &p->job[item];
    const unsigned char *sha256 = p->seen && p->seen[item].known ? p->seen[item].sha256 : NULL;
    int64_t read_ns = p->seen ? pl_cache_now() : 0;
    if (pl_deflate_file(deflater, &p->plan->item[item], sha256, &out, err) != PL_OK) {
        return err->code;
    }
    learn(p, item, read_ns, out.sha256);
    if (out.data && !hold(p, item, out.packed)) {
        enum pl_status status = pl_spill_put(&p->spill, out.data, out.packed, &job->spill_at, err);
        free(out.data);
        out.data = NULL;
        job->spilled = true;
        if (status != PL_OK) {
            return status;
        }
    }
    job->out = out;
    return PL_OK;
}

/* The last block is done: what the whole file became. */
static enum pl_status end_huge(struct pl_pipeline *p, size_t item, struct pl_err *err)
{
    struct pl_job *job = &p->job[item];
    struct pl_huge *huge = job->huge;
    uint64_t size = size_of(p, item);
    uint32_t crc = 0;
    huge->packed = 0;
    for (uint64_t i = 0; i < huge->n; i++) {
        uint64_t left = size - i * PL_BLOCK_BYTES;
        crc = pl_crc_join(crc, huge->piece[i].crc, left > PL_BLOCK_BYTES ? PL_BLOCK_BYTES : left);
        huge->packed += huge->piece[i].packed;
    }
    job->out.crc = crc;
    job->out.method = huge->packed < size ? PL_METHOD_DEFLATE : PL_METHOD_STORE;
    enum pl_status status = pl_planned_verify(&p->plan->item[item], huge->fd, err);
    pl_fd_close(&huge->fd);
    if (status == PL_OK) {
        learn(p, item, huge->read_ns, job->out.sha256);
    }
    return status;
}

static enum pl_status do_block(struct pl_pipeline *p, struct pl_deflater *deflater,
                               const struct task *task, struct pl_err *err)
{
    struct pl_huge *huge = p->job[task->item].huge;
    struct pl_block block;
    struct pl_piece *piece = &huge->piece[task->step - 1];
    if (pl_deflate_block(deflater, &p->plan->item[task->item], huge->fd, task->step - 1, &block,
                         err) != PL_OK ||
        pl_spill_put(&p->spill, block.data, block.packed, &piece->at, err) != PL_OK) {
        return err->code;
    }
    piece->packed = (uint32_t)block.packed;
    piece->crc = block.crc;
    return PL_OK;
}

static enum pl_status do_step(struct pl_pipeline *p, struct pl_deflater *deflater,
                              const struct task *task, bool *ret_last, struct pl_err *err)
{
    struct pl_job *job = &p->job[task->item];
    struct pl_huge *huge = job->huge;
    enum pl_status status = task->step > 0 ? do_block(p, deflater, task, err)
                                           : pl_hash_planned(deflater, &p->plan->item[task->item],
                                                             huge->fd, job->out.sha256, err);
    if (status != PL_OK) {
        return status;
    }
    (void)pthread_mutex_lock(&p->lock);
    *ret_last = ++huge->done > huge->n;
    (void)pthread_mutex_unlock(&p->lock);
    return *ret_last ? end_huge(p, task->item, err) : PL_OK;
}

static uint64_t bytes_of(const struct pl_pipeline *p, const struct task *task)
{
    uint64_t size = size_of(p, task->item);
    if (!is_huge(p, task->item)) {
        return size;
    }
    if (task->step == 0) {
        return 0;
    }
    uint64_t left = size - (task->step - 1) * PL_BLOCK_BYTES;
    return left > PL_BLOCK_BYTES ? PL_BLOCK_BYTES : left;
}

static enum pl_status run(struct pl_pipeline *p, struct pl_deflater *deflater,
                          const struct task *task, struct pl_err *err)
{
    const struct pl_progress *progress = &p->options->progress;
    bool ready = true;
    enum pl_status status;
    if (progress->cancelled && progress->cancelled(progress->ctx)) {
        status = pl_err_set(err, PL_ERR_CANCELLED, "interrupted");
    } else if (is_huge(p, task->item)) {
        ready = false;
        status = do_step(p, deflater, task, &ready, err);
    } else {
        status = do_file(p, deflater, task->item, err);
    }
    if (status != PL_OK) {
        note_failure(p, task->item, err);
        return status;
    }
    (void)pthread_mutex_lock(&p->lock);
    p->raw -= task->cost;
    p->done_bytes += bytes_of(p, task);
    uint64_t done = p->done_bytes;
    if (ready) {
        p->job[task->item].state = PL_JOB_READY;
    }
    if (ready && p->asking_waits && task->item == p->wanted) {
        (void)pthread_cond_signal(&p->ready);
    }
    if (p->waiting > 0) {
        (void)pthread_cond_broadcast(&p->room);
    }
    (void)pthread_mutex_unlock(&p->lock);
    if (progress->step) {
        progress->step(progress->ctx, done, p->plan->bytes);
    }
    return PL_OK;
}

/* The next task of a thread of ours; false when there will be none. */
static bool next_task(struct pl_pipeline *p, struct task *ret)
{
    struct pl_err err = {.code = PL_OK};
    bool got = false;
    size_t item = p->plan->n;
    (void)pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        bool later = false;
        item = choose(p, false, &later);
        if (item < p->plan->n) {
            got = claim(p, item, ret, &err) == PL_OK;
            break;
        }
        if (!later) {
            break;
        }
        p->waiting++;
        (void)pthread_cond_wait(&p->room, &p->lock);
        p->waiting--;
    }
    (void)pthread_mutex_unlock(&p->lock);
    if (err.code != PL_OK) {
        note_failure(p, item, &err);
    }
    return got;
}

static void *work(void *arg)
{
    struct pl_pipeline *p = arg;
    struct task task;
    (void)pthread_mutex_lock(&p->lock);
    struct pl_deflater *deflater = &p->deflater[p->next_worker++];
    (void)pthread_mutex_unlock(&p->lock);
    while (next_task(p, &task)) {
        struct pl_err err = {.code = PL_OK};
        if (run(p, deflater, &task, &err) != PL_OK) {
            break;
        }
    }
    return NULL;
}

/* ---- the asking thread ---- */

/* One turn with the lock held (it is let go meanwhile): the wanted file if nobody has begun it,
 * else something else, else waiting. */
static enum pl_status help(struct pl_pipeline *p, size_t index, struct pl_err *err)
{
    struct task task;
    bool later = false;
    size_t item = is_open(p, index) ? index : choose(p, true, &later);
    if (item == p->plan->n) {
        p->asking_waits = true;
        (void)pthread_cond_wait(&p->ready, &p->lock);
        p->asking_waits = false;
        return PL_OK;
    }
    enum pl_status status = claim(p, item, &task, err);
    (void)pthread_mutex_unlock(&p->lock);
    if (status != PL_OK) {
        note_failure(p, item, err);
    } else {
        status = run(p, &p->deflater[0], &task, err);
    }
    (void)pthread_mutex_lock(&p->lock);
    return status;
}

static enum pl_status make_ready(struct pl_pipeline *p, size_t index, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    (void)pthread_mutex_lock(&p->lock);
    p->wanted = index;
    while (status == PL_OK && p->job[index].state != PL_JOB_READY) {
        if (p->failed) {
            *err = p->err;
            status = err->code;
        } else {
            status = help(p, index, err);
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    return status;
}

enum pl_status pl_pipeline_fetch(void *ctx, size_t index, struct pl_zip_packed *ret,
                                 struct pl_err *err)
{
    struct pl_pipeline *p = ctx;
    const struct pl_plan_item *item = &p->plan->item[index];
    p->feed = (struct pl_feed){.buf = p->feed.buf, .fd = -1};
    if (item->type == PL_ENTRY_LINK) {
        pl_hash_bytes(item->link.ptr, item->link.len, p->fact[index].sha256);
        p->fact[index].packed = item->link.len;
        *ret = (struct pl_zip_packed){.packed = item->link.len,
                                      .size = item->link.len,
                                      .crc = pl_crc(0, item->link.ptr, item->link.len),
                                      .method = PL_METHOD_STORE};
        return PL_OK;
    }
    if (make_ready(p, index, err) != PL_OK) {
        return err->code;
    }
    const struct pl_job *job = &p->job[index];
    *ret = (struct pl_zip_packed){.packed = job->huge ? job->huge->packed : job->out.packed,
                                  .size = item->id.size,
                                  .crc = job->out.crc,
                                  .method = job->out.method};
    if (ret->method == PL_METHOD_STORE) {
        ret->packed = ret->size;
    }
    p->fact[index].packed = ret->packed;
    memcpy(p->fact[index].sha256, job->out.sha256, PL_SHA256_SIZE);
    return PL_OK;
}

/* ---- beginning and end ---- */

struct sized {
    uint64_t size;
    uint32_t item;
};

static int compare_sized(const void *a, const void *b)
{
    const struct sized *x = a;
    const struct sized *y = b;
    if (x->size != y->size) {
        return x->size > y->size ? -1 : 1;
    }
    return (x->item > y->item) - (x->item < y->item);
}

static enum pl_status list_large(struct pl_pipeline *p, struct pl_err *err)
{
    struct sized *sized = pl_arr_zeroed(p->plan->n, sizeof(*sized), err);
    p->large = pl_arr_zeroed(p->plan->n, sizeof(*p->large), err);
    if (!sized || !p->large) {
        free(sized);
        return err->code;
    }
    for (size_t i = 0; i < p->plan->n; i++) {
        if (p->plan->item[i].type != PL_ENTRY_FILE) {
            p->job[i].state = PL_JOB_READY;
        } else if (is_large(p, i)) {
            sized[p->n_large++] = (struct sized){size_of(p, i), (uint32_t)i};
        }
    }
    qsort(sized, p->n_large, sizeof(*sized), compare_sized);
    for (size_t i = 0; i < p->n_large; i++) {
        p->large[i] = sized[i].item;
    }
    free(sized);
    return PL_OK;
}

static enum pl_status init_locks(struct pl_pipeline *p, struct pl_err *err)
{
    int failed = pthread_mutex_init(&p->lock, NULL);
    if (failed != 0) {
        return pl_err_sys(err, failed, "a lock cannot be made");
    }
    failed = pthread_cond_init(&p->ready, NULL);
    if (failed == 0) {
        failed = pthread_cond_init(&p->room, NULL);
        if (failed != 0) {
            (void)pthread_cond_destroy(&p->ready);
        }
    }
    if (failed != 0) {
        (void)pthread_mutex_destroy(&p->lock);
        return pl_err_sys(err, failed, "a lock cannot be made");
    }
    return PL_OK;
}

static void pipeline_free(struct pl_pipeline *p)
{
    for (size_t i = 0; p->job && i < p->plan->n; i++) {
        pl_job_done(&p->job[i]);
    }
    for (unsigned i = 0; p->deflater && i < p->n_worker; i++) {
        pl_deflater_done(&p->deflater[i]);
    }
    pl_fd_close(&p->feed.fd);
    free(p->feed.buf);
    free(p->job);
    free(p->large);
    free(p->deflater);
    free(p->thread);
    free(p);
}

static enum pl_status prepare(struct pl_pipeline *p, struct pl_err *err)
{
    p->job = pl_arr_zeroed(p->plan->n, sizeof(*p->job), err);
    p->deflater = pl_arr_zeroed(p->n_worker, sizeof(*p->deflater), err);
    p->thread = pl_arr_zeroed(p->n_worker, sizeof(*p->thread), err);
    if (!p->job || !p->deflater || !p->thread || list_large(p, err) != PL_OK) {
        return err->code;
    }
    for (unsigned i = 0; i < p->n_worker; i++) {
        pl_deflater_init(&p->deflater[i], p->options->level, p->options->cache);
    }
    return PL_OK;
}

enum pl_status pl_pipeline_start(struct pl_pipeline **ret, const struct pl_pipeline_input *input,
                                 struct pl_err *err)
{
    const struct pl_pack_options *options = input->options;
    struct pl_pipeline *p = pl_arr_zeroed(1, sizeof(*p), err);
    if (!p) {
        return err->code;
    }
    unsigned workers = options->workers > 0 ? options->workers : pl_os_cpus();
    p->plan = input->plan;
    p->options = options;
    p->fact = input->fact;
    p->seen = input->seen;
    p->n_worker = workers < PL_PIPELINE_WORKERS_MAX ? workers : PL_PIPELINE_WORKERS_MAX;
    p->next_worker = 1;
    p->wanted = p->plan->n;
    p->feed.fd = -1;
    if (prepare(p, err) != PL_OK || init_locks(p, err) != PL_OK) {
        pipeline_free(p);
        return err->code;
    }
    if (pl_spill_init(&p->spill, input->beside, err) != PL_OK) {
        (void)pthread_cond_destroy(&p->ready);
        (void)pthread_cond_destroy(&p->room);
        (void)pthread_mutex_destroy(&p->lock);
        pipeline_free(p);
        return err->code;
    }
    /* Fewer threads than asked for do the same work. */
    while (p->n_thread + 1 < p->n_worker &&
           pl_thread_start(&p->thread[p->n_thread], work, p) == 0) {
        p->n_thread++;
    }
    *ret = p;
    return PL_OK;
}

enum pl_status pl_pipeline_stop(struct pl_pipeline *p, enum pl_status status, struct pl_err *err)
{
    (void)pthread_mutex_lock(&p->lock);
    p->stop = true;
    (void)pthread_cond_broadcast(&p->room);
    (void)pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->n_thread; i++) {
        (void)pthread_join(p->thread[i], NULL);
    }
    if (status != PL_OK && p->failed) {
        *err = p->err;
        status = err->code;
    }
    pl_spill_done(&p->spill);
    (void)pthread_cond_destroy(&p->ready);
    (void)pthread_cond_destroy(&p->room);
    (void)pthread_mutex_destroy(&p->lock);
    pipeline_free(p);
    return status;
}
