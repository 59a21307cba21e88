/* Handing a file's bytes over, wherever they wait. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/pipeline_job.h"
#include "pkg/build/planned.h"

#include <stdlib.h>
#include <string.h>

/* libzip asks for 8 KB at a time. */
#define PL_FEED_BYTES ((size_t)256 * 1024)

/* The next bytes of a huge file's deflate stream: block after block. */
static enum pl_status fill_pieces(struct pl_pipeline *p, const struct pl_huge *huge, size_t room,
                                  struct pl_err *err)
{
    struct pl_feed *feed = &p->feed;
    const struct pl_piece *piece = &huge->piece[feed->piece];
    uint64_t left = piece->packed - feed->piece_pos;
    size_t n = left > room ? room : (size_t)left;
    if (pl_spill_get(&p->spill, feed->buf, n, piece->at + feed->piece_pos, err) != PL_OK) {
        return err->code;
    }
    feed->piece_pos += n;
    if (feed->piece_pos == piece->packed) {
        feed->piece++;
        feed->piece_pos = 0;
    }
    feed->have = n;
    return PL_OK;
}

/* The next bytes of a huge file that goes in as it is: read a second time, so that what is stored
 * is compared with the CRC of what was read first. */
static enum pl_status fill_raw(struct pl_pipeline *p, const struct pl_plan_item *item,
                               const struct pl_job *job, size_t room, struct pl_err *err)
{
    struct pl_feed *feed = &p->feed;
    if (feed->fd < 0 && pl_planned_open(item, &feed->fd, err) != PL_OK) {
        return err->code;
    }
    uint64_t left = item->id.size - feed->pos;
    size_t n = left > room ? room : (size_t)left;
    if (pl_planned_pread(item, feed->fd, feed->buf, n, feed->pos, err) != PL_OK) {
        return err->code;
    }
    feed->crc = pl_crc(feed->crc, feed->buf, n);
    if (n == left) {
        if (pl_planned_verify(item, feed->fd, err) != PL_OK) {
            return err->code;
        }
        if (feed->crc != job->out.crc) {
            return pl_err_set(err, PL_ERR_CHANGED,
                              "%s: changed while it was packed; pack again when nothing writes to "
                              "it",
                              item->path.ptr);
        }
    }
    feed->have = n;
    return PL_OK;
}

static enum pl_status fill(struct pl_pipeline *p, size_t index, struct pl_err *err)
{
    struct pl_feed *feed = &p->feed;
    const struct pl_job *job = &p->job[index];
    if (!feed->buf) {
        feed->buf = malloc(PL_FEED_BYTES);
        if (!feed->buf) {
            return pl_err_nomem(err);
        }
    }
    feed->used = 0;
    feed->have = 0;
    enum pl_status status;
    if (job->huge && job->out.method == PL_METHOD_STORE) {
        status = fill_raw(p, &p->plan->item[index], job, PL_FEED_BYTES, err);
    } else if (job->huge) {
        status = fill_pieces(p, job->huge, PL_FEED_BYTES, err);
    } else {
        uint64_t left = job->out.packed - feed->pos;
        feed->have = left > PL_FEED_BYTES ? PL_FEED_BYTES : (size_t)left;
        status = pl_spill_get(&p->spill, feed->buf, feed->have, job->spill_at + feed->pos, err);
    }
    if (status == PL_OK) {
        feed->pos += feed->have;
    }
    return status;
}

static size_t take(void *to, size_t n, const void *from, size_t have)
{
    n = n < have ? n : have;
    if (n > 0) {
        memcpy(to, from, n);
    }
    return n;
}

static uint64_t packed_bytes(const struct pl_pipeline *p, size_t index)
{
    const struct pl_job *job = &p->job[index];
    if (!job->huge) {
        return job->out.packed;
    }
    return job->out.method == PL_METHOD_STORE ? p->plan->item[index].id.size : job->huge->packed;
}

enum pl_status pl_pipeline_read(void *ctx, size_t index, void *to, size_t n, size_t *ret_n,
                                struct pl_err *err)
{
    struct pl_pipeline *p = ctx;
    struct pl_feed *feed = &p->feed;
    const struct pl_job *job = &p->job[index];
    const struct pl_plan_item *item = &p->plan->item[index];
    if (item->type == PL_ENTRY_LINK) {
        *ret_n = take(to, n, item->link.ptr + feed->pos, item->link.len - (size_t)feed->pos);
        feed->pos += *ret_n;
        return PL_OK;
    }
    if (!job->huge && !job->spilled) {
        size_t at = (size_t)feed->pos;
        *ret_n = job->out.data ? take(to, n, job->out.data + at, job->out.packed - at) : 0;
        feed->pos += *ret_n;
        return PL_OK;
    }
    if (feed->used == feed->have && feed->pos < packed_bytes(p, index) &&
        fill(p, index, err) != PL_OK) {
        return err->code;
    }
    *ret_n = take(to, n, feed->buf + feed->used, feed->have - feed->used);
    feed->used += *ret_n;
    return PL_OK;
}

void pl_pipeline_release(void *ctx, size_t index)
{
    struct pl_pipeline *p = ctx;
    struct pl_job *job = &p->job[index];
    size_t held = job->out.data ? job->out.packed : 0;
    pl_job_done(job);
    pl_fd_close(&p->feed.fd);
    if (held > 0) {
        (void)pthread_mutex_lock(&p->lock);
        p->held -= held;
        (void)pthread_mutex_unlock(&p->lock);
    }
}
