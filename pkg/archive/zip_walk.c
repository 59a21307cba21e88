/*
 * Every entry once, in parallel.
 *
 * Entries are picked in the order of the file.  Small neighbours are one job with one read; a large
 * entry is a job of its own, and large ones start first so that no worker is left with one at the
 * end.  Of those whose buffers are huge only one is in work at a time: memory stays bounded
 * whatever the number of workers.
 *
 * What is read never depends on timing: the budget of produced bytes is dealt out by declared sizes
 * before a round, entries cannot produce more than they declare, and what lies beyond is looked at
 * one after the other.
 */
#include "pkg/archive/zip_inflate.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/base/pool.h"

#include <pthread.h>
#include <stdlib.h>

#define CHUNK_PACKED_BYTES PL_MB(1)
#define CHUNK_SIZE_BYTES   PL_MB(4)
#define CHUNK_GAP_BYTES    PL_KB(64)
#define HUGE_BYTES         PL_MB(24)
#define MAX_PRODUCED       ((uint64_t)(PL_MAX_PRODUCED))
enum { CHUNK_ENTRIES = 512 };

struct pick {
    uint32_t index; /* in the tree */
    uint8_t look;
};

/* picks [first, end) that are read together */
struct job {
    uint32_t first;
    uint32_t end;
    uint64_t cost;
};

struct walk {
    struct pl_tree *tree;
    struct pl_zip *zip;
    const struct pl_sink *to;
    struct pick *pick; /* owned */
    uint32_t n_pick;
    struct job *job; /* owned; huge ones from the front, the others from `rest` on */
    uint32_t n_huge;
    uint32_t rest;
    uint32_t n_job;
    struct pl_zip_worker *worker; /* owned */
    unsigned n_worker;
    struct pl_zip_worker huge; /* used under huge_busy */
    pthread_mutex_t lock;
    pthread_cond_t huge_free;
    uint32_t next_huge; /* these three under lock */
    uint32_t next_rest;
    bool huge_busy;
};

/* ---------------------------------------------------------------- one entry */

static struct pl_zip_place *place_of(const struct walk *walk, uint32_t index)
{
    return &walk->zip->place[walk->tree->entry[index].stored];
}

static PL_STATUS hand_over(struct walk *walk, unsigned worker, const struct pick *pick,
                           struct pl_zip_got *got, struct pl_err *err)
{
    size_t keep = SIZE_MAX;
    if (pick->look == PL_LOOK_CHECK) {
        keep = 0;
    } else if (pick->look == PL_LOOK_START) {
        keep = PL_LOOK_START_BYTES;
    }
    if (got->state == PL_READ_WHOLE && got->bytes.len > keep) {
        got->state = PL_READ_START;
        got->bytes = pl_slice_sub(got->bytes, 0, keep);
    }
    place_of(walk, pick->index)->wrong |= got->wrong;
    return walk->to->entry(walk->to->ctx, worker, pick->index, got->state, got->bytes, err);
}

static bool is_over_window(const struct pl_entry *entry)
{
    return entry->size > PL_MAX_WHOLE_ENTRY || entry->packed > PL_MAX_WHOLE_ENTRY;
}

/* An entry that is too large for memory: its start is kept. */
static PL_STATUS do_stream(struct walk *walk, unsigned worker, const struct pick *pick,
                           uint64_t limit, struct pl_zip_got *got, struct pl_err *err)
{
    struct pl_zip_keep PL_CLEANUP(pl_zip_keep_done) keep = {.index = pick->index};
    keep.start.max = pick->look == PL_LOOK_CHECK ? 0 : PL_LOOK_START_BYTES;
    keep.sink = pick->look == PL_LOOK_WHOLE ? walk->to : NULL;
    enum pl_status status =
        pl_zip_stream(walk->zip, &walk->tree->entry[pick->index], limit, &keep, got, err);
    if (status == PL_OK && !got->over && got->state == PL_READ_START && keep.parts.n > 0) {
        walk->to->parts(walk->to->ctx, worker, pick->index, &keep.parts);
    }
    if (status == PL_OK && !got->over) {
        status = hand_over(walk, worker, pick, got, err);
    }
    return status;
}

/* `packed` is the entry's bytes in memory. */
static PL_STATUS do_packed(struct walk *walk, unsigned worker, struct pl_zip_worker *tools,
                           const struct pick *pick, const unsigned char *packed, struct pl_err *err)
{
    struct pl_zip_got got = {0};
    const struct pl_entry *entry = &walk->tree->entry[pick->index];
    got.state = pl_zip_prejudge(entry, place_of(walk, pick->index), &got.wrong);
    enum pl_status status = PL_OK;
    if (got.state == PL_READ_WHOLE) {
        status = pl_zip_whole(tools, entry, packed, &got, err);
    }
    if (status == PL_OK) {
        tools->spent += got.spent;
        status = hand_over(walk, worker, pick, &got, err);
    }
    return status;
}

/* ---------------------------------------------------------------- one job */

static bool is_readable(const struct walk *walk, uint32_t index)
{
    uint8_t wrong;
    return pl_zip_prejudge(&walk->tree->entry[index], place_of(walk, index), &wrong) ==
           PL_READ_WHOLE;
}

/* The bytes of the file that a job needs. */
static void range_of(const struct walk *walk, const struct job *job, uint64_t *ret_at,
                     uint64_t *ret_end)
{
    *ret_at = UINT64_MAX;
    *ret_end = 0;
    for (uint32_t i = job->first; i < job->end; i++) {
        uint32_t index = walk->pick[i].index;
        if (is_readable(walk, index)) {
            uint64_t at = place_of(walk, index)->data;
            uint64_t end = at + walk->tree->entry[index].packed;
            *ret_at = at < *ret_at ? at : *ret_at;
            *ret_end = end > *ret_end ? end : *ret_end;
        }
    }
}

static PL_STATUS do_job(struct walk *walk, unsigned worker, struct pl_zip_worker *tools,
                        const struct job *job, struct pl_err *err)
{
    const struct pick *first = &walk->pick[job->first];
    if (is_readable(walk, first->index) && is_over_window(&walk->tree->entry[first->index])) {
        struct pl_zip_got got = {0};
        enum pl_status status = do_stream(walk, worker, first, UINT64_MAX, &got, err);
        tools->spent += got.spent;
        return status;
    }
    uint64_t at = 0;
    uint64_t end = 0;
    range_of(walk, job, &at, &end);
    size_t n = end > at ? (size_t)(end - at) : 0;
    enum pl_status status = pl_zip_need_in(tools, n, err);
    if (status == PL_OK && n > 0) {
        status = pl_zip_pread(walk->zip, tools->in, n, at, err);
    }
    for (uint32_t i = job->first; status == PL_OK && i < job->end; i++) {
        const struct pick *pick = &walk->pick[i];
        uint64_t data = place_of(walk, pick->index)->data;
        const unsigned char *packed = data >= at && data - at <= n ? tools->in + (data - at) : NULL;
        status = do_packed(walk, worker, tools, pick, packed, err);
    }
    return status;
}

/* ---------------------------------------------------------------- who does what */

/* A ticket is not bound to a job: who comes takes the first one that memory allows. */
static const struct job *take_job(struct walk *walk, bool *ret_huge)
{
    const struct job *job = NULL;
    pthread_mutex_lock(&walk->lock);
    while (!job) {
        if (walk->next_huge < walk->n_huge && !walk->huge_busy) {
            walk->huge_busy = true;
            *ret_huge = true;
            job = &walk->job[walk->next_huge++];
        } else if (walk->next_rest < walk->n_job) {
            *ret_huge = false;
            job = &walk->job[walk->next_rest++];
        } else {
            pthread_cond_wait(&walk->huge_free, &walk->lock);
        }
    }
    pthread_mutex_unlock(&walk->lock);
    return job;
}

static PL_STATUS run_ticket(void *ctx, unsigned worker, size_t index PL_UNUSED, struct pl_err *err)
{
    struct walk *walk = ctx;
    bool huge = false;
    const struct job *job = take_job(walk, &huge);
    struct pl_zip_worker *tools = huge ? &walk->huge : &walk->worker[worker];
    enum pl_status status = do_job(walk, worker, tools, job, err);
    if (huge) {
        pthread_mutex_lock(&walk->lock);
        walk->huge_busy = false;
        pthread_cond_broadcast(&walk->huge_free);
        pthread_mutex_unlock(&walk->lock);
    }
    return status;
}

static uint64_t cost_of(const struct walk *walk, uint32_t index)
{
    if (!is_readable(walk, index)) {
        return 0;
    }
    const struct pl_entry *entry = &walk->tree->entry[index];
    return entry->size > entry->packed ? entry->size : entry->packed;
}

static int compare_jobs(const void *left, const void *right)
{
    const struct job *a = left;
    const struct job *b = right;
    if (a->cost != b->cost) {
        return a->cost > b->cost ? -1 : 1;
    }
    return (a->first > b->first) - (a->first < b->first);
}

static bool is_big(const struct walk *walk, uint32_t index)
{
    const struct pl_entry *entry = &walk->tree->entry[index];
    return is_readable(walk, index) &&
           (entry->packed > CHUNK_PACKED_BYTES || entry->size > CHUNK_SIZE_BYTES);
}

static bool is_huge(const struct walk *walk, uint32_t index)
{
    const struct pl_entry *entry = &walk->tree->entry[index];
    return is_big(walk, index) && !is_over_window(entry) &&
           entry->packed + (entry->method == PL_ZIP_STORE ? 0 : entry->size) > HUGE_BYTES;
}

/* A read that grows over neighbours. */
struct chunk {
    uint64_t from;
    uint64_t last;
    uint64_t cost;
    bool begun;
};

static bool add_to_chunk(const struct walk *walk, struct chunk *chunk, uint32_t index)
{
    if (!is_readable(walk, index)) {
        return true;
    }
    uint64_t at = place_of(walk, index)->data;
    uint64_t end = at + walk->tree->entry[index].packed;
    uint64_t cost = cost_of(walk, index);
    if (!chunk->begun) {
        *chunk = (struct chunk){at, end, cost, true};
        return true;
    }
    bool near = at <= chunk->last || at - chunk->last <= CHUNK_GAP_BYTES;
    if (at < chunk->from || !near || end - chunk->from > CHUNK_PACKED_BYTES ||
        cost > CHUNK_SIZE_BYTES - chunk->cost) {
        return false;
    }
    chunk->last = end > chunk->last ? end : chunk->last;
    chunk->cost += cost;
    return true;
}

/* Where the job that begins with the small entry `first` ends. */
static uint32_t end_of_chunk(const struct walk *walk, uint32_t first, uint32_t end, uint64_t *cost)
{
    struct chunk chunk = {0};
    uint32_t i = first;
    while (i < end && i - first < CHUNK_ENTRIES && !is_big(walk, walk->pick[i].index) &&
           add_to_chunk(walk, &chunk, walk->pick[i].index)) {
        i++;
    }
    *cost = chunk.cost;
    return i;
}

/* Cuts picks [first, end) into jobs. */
static void plan(struct walk *walk, uint32_t first, uint32_t end)
{
    walk->n_huge = 0;
    for (uint32_t i = first; i < end; i++) {
        if (is_huge(walk, walk->pick[i].index)) {
            walk->job[walk->n_huge++] = (struct job){i, i + 1, cost_of(walk, walk->pick[i].index)};
        }
    }
    walk->rest = walk->n_huge;
    walk->n_job = walk->rest;
    for (uint32_t i = first; i < end; i++) {
        uint32_t index = walk->pick[i].index;
        if (is_big(walk, index) && !is_huge(walk, index)) {
            walk->job[walk->n_job++] = (struct job){i, i + 1, cost_of(walk, index)};
        }
    }
    qsort(walk->job, walk->n_huge, sizeof *walk->job, compare_jobs);
    qsort(walk->job + walk->rest, walk->n_job - walk->rest, sizeof *walk->job, compare_jobs);
    for (uint32_t i = first; i < end;) {
        if (is_big(walk, walk->pick[i].index)) {
            i++;
            continue;
        }
        uint64_t cost = 0;
        uint32_t stop = end_of_chunk(walk, i, end, &cost);
        walk->job[walk->n_job++] = (struct job){i, stop, cost};
        i = stop;
    }
}

static PL_STATUS run_round(struct walk *walk, uint32_t first, uint32_t end, uint64_t *spent,
                           struct pl_err *err)
{
    plan(walk, first, end);
    walk->next_huge = 0;
    walk->next_rest = walk->rest;
    enum pl_status status = pl_pool_for(walk->n_worker, walk->n_job, run_ticket, walk, err);
    *spent += walk->huge.spent;
    walk->huge.spent = 0;
    for (unsigned i = 0; i < walk->n_worker; i++) {
        *spent += walk->worker[i].spent;
        walk->worker[i].spent = 0;
    }
    return status;
}

/* ---------------------------------------------------------------- the whole walk */

static PL_STATUS say_bomb(struct walk *walk, uint32_t index, struct pl_err *err)
{
    if (walk->tree->issues_of[PL_ISSUE_BOMB] > 0) {
        return PL_OK;
    }
    return pl_tree_issue(walk->tree,
                         (struct pl_issue){.what = PL_ISSUE_BOMB,
                                           .entry = index,
                                           .offset = walk->tree->entry[index].offset,
                                           .count = MAX_PRODUCED},
                         err);
}

/* How much may come out.  What declares more than we would ever read is a bomb or a liar: Lambda's
 * own limit, half of ours, is enough to tell which. */
static uint64_t most_produced(const struct walk *walk)
{
    uint64_t declared = 0;
    for (uint32_t i = 0; i < walk->n_pick && declared <= MAX_PRODUCED; i++) {
        uint64_t cost = cost_of(walk, walk->pick[i].index);
        declared = cost > MAX_PRODUCED ? cost : declared + cost;
    }
    return declared > MAX_PRODUCED ? MAX_PRODUCED / 2 : MAX_PRODUCED;
}

static PL_STATUS run_rounds(struct walk *walk, struct pl_err *err)
{
    uint64_t most = most_produced(walk);
    uint64_t spent = 0;
    uint32_t at = 0;
    while (at < walk->n_pick) {
        uint64_t budget = spent < most ? most - spent : 0;
        uint64_t dealt = 0;
        uint32_t end = at;
        while (end < walk->n_pick && cost_of(walk, walk->pick[end].index) <= budget - dealt) {
            dealt += cost_of(walk, walk->pick[end].index);
            end++;
        }
        enum pl_status status = PL_OK;
        if (end > at) {
            status = run_round(walk, at, end, &spent, err);
            at = end;
        } else {
            /* It declares more than is left: a liar, or a bomb.  Only its bytes can tell. */
            struct pl_zip_got got = {0};
            status = do_stream(walk, 0, &walk->pick[at], budget, &got, err);
            if (status == PL_OK && got.over) {
                walk->tree->walk_complete = false;
                return say_bomb(walk, walk->pick[at].index, err);
            }
            spent += got.spent;
            at++;
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

/* Asks the sink what it wants of each file and link. */
static PL_STATUS pick_entries(struct walk *walk, struct pl_err *err)
{
    walk->pick = pl_arr_zeroed(walk->zip->n, sizeof *walk->pick, err);
    walk->job = pl_arr_zeroed(walk->zip->n, sizeof *walk->job, err);
    walk->worker = pl_arr_zeroed(walk->n_worker, sizeof *walk->worker, err);
    if (!walk->pick || !walk->job || !walk->worker) {
        return err->code;
    }
    for (uint32_t i = 0; i < walk->zip->n; i++) {
        uint32_t index = walk->zip->index[walk->zip->span[i].stored];
        const struct pl_entry *entry = &walk->tree->entry[index];
        if (entry->type != PL_ENTRY_FILE && entry->type != PL_ENTRY_LINK) {
            continue;
        }
        enum pl_look look = walk->to->want(walk->to->ctx, entry);
        if (look != PL_LOOK_SKIP) {
            walk->pick[walk->n_pick++] = (struct pick){index, (uint8_t)look};
        }
    }
    return PL_OK;
}

/* What the workers found becomes issues, in container order and each once. */
static PL_STATUS say_wrong(struct walk *walk, struct pl_err *err)
{
    static const struct {
        uint8_t bit;
        enum pl_issue_kind what;
    } row[] = {{PL_ZIP_SAID_CRC, PL_ISSUE_CRC},
               {PL_ZIP_SAID_SIZE, PL_ISSUE_SIZE},
               {PL_ZIP_SAID_STREAM, PL_ISSUE_STREAM}};
    for (uint32_t i = 0; i < walk->zip->n; i++) {
        struct pl_zip_place *place = &walk->zip->place[i];
        uint32_t index = walk->zip->index[i];
        for (size_t r = 0; r < sizeof row / sizeof row[0]; r++) {
            if (!(place->wrong & ~place->said & row[r].bit)) {
                continue;
            }
            place->said |= row[r].bit;
            enum pl_status status =
                pl_tree_issue(walk->tree,
                              (struct pl_issue){.what = (uint16_t)row[r].what,
                                                .entry = index,
                                                .offset = walk->tree->entry[index].offset},
                              err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    return PL_OK;
}

static void walk_done(struct walk *walk)
{
    for (unsigned i = 0; walk->worker && i < walk->n_worker; i++) {
        pl_zip_worker_done(&walk->worker[i]);
    }
    pl_zip_worker_done(&walk->huge);
    free(walk->worker);
    free(walk->pick);
    free(walk->job);
    pthread_cond_destroy(&walk->huge_free);
    pthread_mutex_destroy(&walk->lock);
}

PL_STATUS pl_zip_walk(struct pl_tree *tree, const struct pl_sink *to, struct pl_err *err)
{
    struct walk walk = {
        .tree = tree, .zip = tree->self, .to = to, .n_worker = to->workers > 0 ? to->workers : 1};
    if (pthread_mutex_init(&walk.lock, NULL) != 0) {
        return pl_err_nomem(err);
    }
    if (pthread_cond_init(&walk.huge_free, NULL) != 0) {
        pthread_mutex_destroy(&walk.lock);
        return pl_err_nomem(err);
    }
    tree->walk_complete = true;
    if (!walk.zip->bytes) {
        pl_os_will_read(walk.zip->fd);
    }
    enum pl_status status = pick_entries(&walk, err);
    if (status == PL_OK) {
        status = run_rounds(&walk, err);
    }
    if (status == PL_OK) {
        status = say_wrong(&walk, err);
    }
    if (status != PL_OK) {
        tree->walk_complete = false;
    }
    pl_tree_sort_issues(tree);
    walk_done(&walk);
    return status;
}
