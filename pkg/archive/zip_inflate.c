#include "pkg/archive/zip_inflate.h"

#include "pkg/base/limits.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

/* Buffers of the window; the produced one is also what a flood is noticed by. */
enum { WINDOW_IN = 256 * 1024, WINDOW_OUT = 256 * 1024 };
enum { ROUND_TO = 64 * 1024 };

void pl_zip_worker_done(struct pl_zip_worker *worker)
{
    if (worker->deflate) {
        libdeflate_free_decompressor(worker->deflate);
    }
    free(worker->in);
    free(worker->out);
    *worker = (struct pl_zip_worker){0};
}

void pl_zip_keep_done(struct pl_zip_keep *keep)
{
    pl_buf_done(&keep->start);
    pl_parts_done(&keep->parts);
}

static PL_STATUS need(unsigned char **data, size_t *cap, size_t n, struct pl_err *err)
{
    if (*data && n <= *cap) {
        return PL_OK;
    }
    /* The old content is not wanted: no realloc, which would copy it. */
    free(*data);
    *cap = 0;
    size_t round = n / ROUND_TO * ROUND_TO + ROUND_TO;
    *data = malloc(round);
    if (!*data) {
        return pl_err_nomem(err);
    }
    *cap = round;
    return PL_OK;
}

PL_STATUS pl_zip_need_in(struct pl_zip_worker *worker, size_t n, struct pl_err *err)
{
    return need(&worker->in, &worker->cap_in, n, err);
}

static bool is_empty(const struct pl_entry *entry)
{
    /* Some writers say "deflated" of nothing and write nothing. */
    return entry->size == 0 && entry->packed == 0;
}

enum pl_read_state pl_zip_prejudge(const struct pl_entry *entry, const struct pl_zip_place *place,
                                   uint8_t *ret_wrong)
{
    *ret_wrong = 0;
    if ((entry->flags & PL_ENTRY_ENCRYPTED) ||
        (place->method != PL_ZIP_STORE && place->method != PL_ZIP_DEFLATE)) {
        return PL_READ_UNSUPPORTED;
    }
    if (place->data == 0) {
        return PL_READ_CORRUPT;
    }
    bool possible = place->method == PL_ZIP_STORE
                        ? entry->size == entry->packed
                        : entry->size / PL_ZIP_DEFLATE_RATIO <= entry->packed;
    if (!possible) {
        *ret_wrong = PL_ZIP_SAID_SIZE;
        return PL_READ_CORRUPT;
    }
    return PL_READ_WHOLE;
}

static uint8_t judge_deflate(struct pl_zip_worker *worker, const struct pl_entry *entry,
                             const unsigned char *packed, size_t *ret_produced)
{
    size_t used = 0;
    switch (libdeflate_deflate_decompress_ex(worker->deflate, packed, (size_t)entry->packed,
                                             worker->out, (size_t)entry->size, &used,
                                             ret_produced)) {
    case LIBDEFLATE_SUCCESS:
        /* Bytes behind the stream's end are in no reader's view and in the entry's span. */
        return *ret_produced != entry->size || used != entry->packed ? PL_ZIP_SAID_SIZE : 0;
    case LIBDEFLATE_INSUFFICIENT_SPACE:
    case LIBDEFLATE_SHORT_OUTPUT:
        *ret_produced = (size_t)entry->size;
        return PL_ZIP_SAID_SIZE;
    case LIBDEFLATE_BAD_DATA:
    default:
        *ret_produced = 0;
        return PL_ZIP_SAID_STREAM;
    }
}

PL_STATUS pl_zip_whole(struct pl_zip_worker *worker, const struct pl_entry *entry,
                       const unsigned char *packed, struct pl_zip_got *ret, struct pl_err *err)
{
    struct pl_zip_got got = {.state = PL_READ_WHOLE};
    const unsigned char *bytes = packed;
    size_t n = (size_t)entry->packed;
    if (entry->method == PL_ZIP_DEFLATE && !is_empty(entry)) {
        if (!worker->deflate) {
            worker->deflate = libdeflate_alloc_decompressor();
        }
        if (!worker->deflate) {
            return pl_err_nomem(err);
        }
        enum pl_status status = need(&worker->out, &worker->cap_out, (size_t)entry->size, err);
        if (status != PL_OK) {
            return status;
        }
        got.wrong = judge_deflate(worker, entry, packed, &n);
        bytes = worker->out;
    }
    if (!got.wrong && libdeflate_crc32(0, bytes, n) != entry->crc) {
        got.wrong = PL_ZIP_SAID_CRC;
    }
    got.spent = n > entry->packed ? n : entry->packed;
    if (got.wrong) {
        got.state = PL_READ_CORRUPT;
    } else {
        got.bytes = (struct pl_slice){(const char *)bytes, n};
    }
    *ret = got;
    return PL_OK;
}

/* ---------------------------------------------------------------- the window */

struct flow {
    const struct pl_zip *zip;
    const struct pl_entry *entry;
    struct pl_zip_keep *keep;
    uint64_t at;   /* file offset of the next packed byte */
    uint64_t left; /* packed bytes to read */
    uint64_t produced;
    uint64_t limit;
    uint32_t crc;
    bool ended; /* the stream's last block is done */
    uint8_t wrong;
    unsigned char *in;
    unsigned char *out;
};

/* What is kept can be chosen by the start of the entry, and may lie in it. */
static PL_STATUS choose(struct pl_zip_keep *keep, struct pl_err *err)
{
    keep->chosen = true;
    if (!keep->sink || !keep->sink->choose) {
        return PL_OK;
    }
    struct pl_slice start = pl_buf_view(&keep->start);
    keep->sink->choose(keep->sink->ctx, keep->index, start, &keep->parts);
    return pl_parts_keep(&keep->parts, 0, start, err);
}

static PL_STATUS produce(struct flow *flow, const unsigned char *bytes, size_t n,
                         struct pl_err *err)
{
    struct pl_zip_keep *keep = flow->keep;
    struct pl_slice rest = pl_slice_make((const char *)bytes, n);
    uint64_t at = flow->produced;
    enum pl_status status = PL_OK;
    flow->produced += n;
    flow->crc = libdeflate_crc32(flow->crc, bytes, n);
    if (keep->start.len < keep->start.max) {
        size_t room = keep->start.max - keep->start.len;
        status = pl_buf_slice(&keep->start, pl_slice_sub(rest, 0, room), err);
        at += room < n ? room : n;
        rest = pl_slice_sub(rest, room, n);
    }
    if (status == PL_OK && !keep->chosen && keep->start.len == keep->start.max) {
        status = choose(keep, err);
    }
    return status == PL_OK && keep->chosen ? pl_parts_keep(&keep->parts, at, rest, err) : status;
}

static PL_STATUS fill(struct flow *flow, size_t *ret_n, struct pl_err *err)
{
    size_t n = flow->left < WINDOW_IN ? (size_t)flow->left : WINDOW_IN;
    enum pl_status status = pl_zip_pread(flow->zip, flow->in, n, flow->at, err);
    if (status == PL_OK) {
        flow->at += n;
        flow->left -= n;
        *ret_n = n;
    }
    return status;
}

static bool goes_on(const struct flow *flow)
{
    return !flow->wrong && !flow->ended && flow->produced <= flow->limit &&
           flow->produced <= flow->entry->size &&
           !(flow->keep->parts_only && pl_parts_full(&flow->keep->parts, flow->produced));
}

static PL_STATUS flow_stored(struct flow *flow, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    while (status == PL_OK && flow->left > 0 && goes_on(flow)) {
        size_t n = 0;
        status = fill(flow, &n, err);
        if (status == PL_OK) {
            status = produce(flow, flow->in, n, err);
        }
    }
    flow->ended = flow->left == 0;
    return status;
}

/* Everything that the input at hand gives. */
static PL_STATUS drain(struct flow *flow, z_stream *z, struct pl_err *err)
{
    do {
        z->next_out = flow->out;
        z->avail_out = WINDOW_OUT;
        int result = inflate(z, Z_NO_FLUSH);
        if (result == Z_MEM_ERROR) {
            return pl_err_nomem(err);
        }
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            flow->wrong = PL_ZIP_SAID_STREAM;
            return PL_OK;
        }
        flow->ended = result == Z_STREAM_END;
        enum pl_status status = produce(flow, flow->out, WINDOW_OUT - z->avail_out, err);
        if (status != PL_OK) {
            return status;
        }
    } while (z->avail_out == 0 && goes_on(flow));
    return PL_OK;
}

static PL_STATUS flow_deflated(struct flow *flow, struct pl_err *err)
{
    z_stream z = {0};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) {
        return pl_err_nomem(err);
    }
    enum pl_status status = PL_OK;
    while (status == PL_OK && flow->left > 0 && goes_on(flow)) {
        size_t n = 0;
        status = fill(flow, &n, err);
        if (status == PL_OK) {
            z.next_in = flow->in;
            z.avail_in = (unsigned)n;
            status = drain(flow, &z, err);
        }
    }
    if (flow->ended && (z.avail_in > 0 || flow->left > 0)) {
        flow->wrong = PL_ZIP_SAID_SIZE;
    }
    inflateEnd(&z);
    return status;
}

static uint8_t judge_flow(const struct flow *flow)
{
    if (flow->wrong) {
        return flow->wrong;
    }
    if (flow->produced <= flow->entry->size && !flow->ended) {
        return PL_ZIP_SAID_STREAM;
    }
    if (flow->produced != flow->entry->size) {
        return PL_ZIP_SAID_SIZE;
    }
    return flow->crc != flow->entry->crc ? PL_ZIP_SAID_CRC : 0;
}

static PL_STATUS run(struct flow *flow, struct pl_zip_got *ret, struct pl_err *err)
{
    const struct pl_entry *entry = flow->entry;
    struct pl_zip_got got = {.state = PL_READ_WHOLE};
    enum pl_status status = PL_OK;
    if (is_empty(entry)) {
        flow->ended = true;
    } else {
        status = entry->method == PL_ZIP_STORE ? flow_stored(flow, err) : flow_deflated(flow, err);
    }
    if (status != PL_OK) {
        return status;
    }
    got.spent = flow->produced > entry->packed ? flow->produced : entry->packed;
    got.over = !flow->wrong && flow->produced > flow->limit;
    got.wrong = judge_flow(flow);
    if (got.wrong) {
        got.state = PL_READ_CORRUPT;
    } else {
        got.bytes = pl_buf_view(&flow->keep->start);
        got.state = got.bytes.len < entry->size ? PL_READ_START : PL_READ_WHOLE;
    }
    *ret = got;
    return PL_OK;
}

PL_STATUS pl_zip_stream(const struct pl_zip *zip, const struct pl_entry *entry, uint64_t limit,
                        struct pl_zip_keep *keep, struct pl_zip_got *ret, struct pl_err *err)
{
    struct flow flow = {.zip = zip,
                        .entry = entry,
                        .keep = keep,
                        .at = zip->place[entry->stored].data,
                        .left = entry->packed,
                        .limit = limit,
                        .in = malloc(WINDOW_IN),
                        .out = malloc(WINDOW_OUT)};
    enum pl_status status = flow.in && flow.out ? run(&flow, ret, err) : pl_err_nomem(err);
    free(flow.in);
    free(flow.out);
    return status;
}
