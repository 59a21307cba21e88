#include "pkg/image/stream.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    IN_BYTES = 128 * 1024,
    OUT_BYTES = 128 * 1024,
    WINDOW_BYTES = 32 * 1024, /* RFC 1951, 2 */
    GZIP_BITS = 15 + 16,      /* zlib.h, inflateInit2: a gzip header and trailer */
    RAW_BITS = -15,
    TRAILER_BYTES = 8 /* RFC 1952, 2.3.1: CRC-32 and length */
};

struct pl_mark {
    uint64_t in, out;
    unsigned char *window; /* owned; NULL: a member or frame begins here */
    uint16_t n_window;
    uint8_t bits; /* of the byte before `in` that are still to be read */
};

struct pl_stream {
    struct pl_span span;
    const char *name;
    struct pl_marks *marks; /* borrowed; NULL: none are kept */
    struct pl_sha256 sha_in, sha_out;
    uint64_t in_at;    /* of the span: where the input buffer ends */
    uint64_t out_at;   /* bytes taken out */
    uint64_t produced; /* bytes that came out of the decompressor */
    unsigned char *in, *out;
    size_t in_pos, in_len, out_pos, out_len;
    z_stream z;
    ZSTD_DCtx *zstd;
    struct pl_slice seek;
    unsigned char tail[2 * PL_STREAM_SEEK]; /* what came out last, for texts across pieces */
    size_t n_tail;
    uint8_t packing; /* enum pl_packing */
    bool met;
    bool digest, z_on, raw, ended, between; /* between: no member or frame has begun */
};

void pl_marks_done(struct pl_marks *marks)
{
    for (size_t i = 0; i < marks->n; i++) {
        free(marks->at[i].window);
    }
    free(marks->at);
    *marks = (struct pl_marks){0};
}

void pl_stream_free(struct pl_stream *s)
{
    if (!s) {
        return;
    }
    if (s->z_on) {
        (void)inflateEnd(&s->z);
    }
    if (s->zstd) {
        (void)ZSTD_freeDCtx(s->zstd);
    }
    free(s->in);
    free(s->out);
    free(s);
}

/* ---------------------------------------------------------------- input */

static PL_STATUS fill_in(struct pl_stream *s, struct pl_err *err)
{
    uint64_t left = s->span.size - s->in_at;
    size_t n = left < IN_BYTES ? (size_t)left : IN_BYTES;
    if (s->in_pos < s->in_len || n == 0) {
        return PL_OK;
    }
    if (pl_file_pread(s->span.fd, s->name, s->in, n, s->span.offset + s->in_at, err) != PL_OK) {
        return err->code;
    }
    s->in_pos = 0;
    s->in_len = n;
    s->in_at += n;
    if (s->digest) {
        pl_sha256_add(&s->sha_in, s->in, n);
    }
    return PL_OK;
}

static bool is_used_up(const struct pl_stream *s)
{
    return s->in_pos == s->in_len && s->in_at == s->span.size;
}

static enum pl_status too_short(const struct pl_stream *s, struct pl_err *err)
{
    return pl_err_set(err, PL_ERR_FORMAT, "the compressed data ends too early, after %llu bytes",
                      (unsigned long long)s->in_at);
}

/* ---------------------------------------------------------------- marks */

static void thin_out(struct pl_marks *marks)
{
    size_t kept = 0;
    for (size_t i = 0; i < marks->n; i++) {
        if (i % 2 == 0) {
            marks->at[kept++] = marks->at[i];
        } else {
            free(marks->at[i].window);
        }
    }
    marks->n = kept;
    marks->every *= 2;
}

static bool wants_mark(const struct pl_stream *s)
{
    const struct pl_marks *marks = s->marks;
    return marks && marks->max > 1 &&
           s->produced >= (marks->n > 0 ? marks->at[marks->n - 1].out : 0) + marks->every;
}

static PL_STATUS add_mark(struct pl_stream *s, bool between, struct pl_err *err)
{
    struct pl_marks *marks = s->marks;
    struct pl_mark mark = {.in = s->in_at - (s->in_len - s->in_pos), .out = s->produced};
    if (!between) {
        unsigned n = 0;
        mark.bits = (uint8_t)(s->z.data_type & 7);
        mark.window = malloc(WINDOW_BYTES);
        if (!mark.window || inflateGetDictionary(&s->z, mark.window, &n) != Z_OK) {
            free(mark.window);
            return pl_err_nomem(err);
        }
        mark.n_window = (uint16_t)n;
    }
    if (marks->n == marks->max) {
        thin_out(marks);
    }
    struct pl_mark *at =
        pl_arr_grow(marks->at, &marks->cap, marks->n + 1, sizeof *at, marks->max, "marks", err);
    if (!at) {
        free(mark.window);
        return err->code;
    }
    marks->at = at;
    at[marks->n++] = mark;
    return PL_OK;
}

/* ---------------------------------------------------------------- gzip */

/* What follows a member: another one, or zeros to fill up, as tapes have them. */
static PL_STATUS next_member(struct pl_stream *s, struct pl_err *err)
{
    if (fill_in(s, err) != PL_OK) {
        return err->code;
    }
    if (is_used_up(s) || s->in[s->in_pos] == 0) {
        s->in_pos = s->in_len;
        s->ended = true;
        return PL_OK;
    }
    if (inflateReset2(&s->z, GZIP_BITS) != Z_OK) {
        return pl_err_nomem(err);
    }
    s->raw = false;
    s->between = false;
    return PL_OK;
}

/* A member that was entered in its middle has its trailer still to come. */
static PL_STATUS skip_trailer(struct pl_stream *s, struct pl_err *err)
{
    for (unsigned n = 0; n < TRAILER_BYTES; n++) {
        if (fill_in(s, err) != PL_OK) {
            return err->code;
        }
        if (is_used_up(s)) {
            return too_short(s, err);
        }
        s->in_pos++;
    }
    return PL_OK;
}

static PL_STATUS inflate_some(struct pl_stream *s, struct pl_err *err)
{
    s->z.next_in = s->in + s->in_pos;
    s->z.avail_in = (unsigned)(s->in_len - s->in_pos);
    s->z.next_out = s->out + s->out_len;
    s->z.avail_out = (unsigned)(OUT_BYTES - s->out_len);
    int code = inflate(&s->z, s->marks ? Z_BLOCK : Z_NO_FLUSH);
    size_t out = OUT_BYTES - s->z.avail_out;
    s->in_pos = s->in_len - s->z.avail_in;
    s->produced += out - s->out_len;
    s->out_len = out;
    if (code == Z_STREAM_END) {
        s->between = true;
        return s->raw ? skip_trailer(s, err) : PL_OK;
    }
    if (code == Z_MEM_ERROR) {
        return pl_err_nomem(err);
    }
    if (code != Z_OK && code != Z_BUF_ERROR) {
        return pl_err_set(err, PL_ERR_FORMAT, "the gzip data is damaged before byte %llu",
                          (unsigned long long)(s->in_at - (s->in_len - s->in_pos)));
    }
    /* zlib.h, inflate: 128 says the end of a block, 64 the last one. */
    bool at_block = (s->z.data_type & 128) != 0 && (s->z.data_type & 64) == 0;
    return s->marks && at_block && wants_mark(s) ? add_mark(s, false, err) : PL_OK;
}

static PL_STATUS fill_gzip(struct pl_stream *s, struct pl_err *err)
{
    while (s->out_len < OUT_BYTES && !s->ended) {
        enum pl_status status = PL_OK;
        if (s->between) {
            status = wants_mark(s) ? add_mark(s, true, err) : PL_OK;
            status = status ? status : next_member(s, err);
        } else if (fill_in(s, err) != PL_OK) {
            return err->code;
        } else if (is_used_up(s)) {
            return too_short(s, err);
        } else {
            status = inflate_some(s, err);
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- zstd */

static PL_STATUS fill_zstd(struct pl_stream *s, struct pl_err *err)
{
    while (s->out_len < OUT_BYTES && !s->ended) {
        if (fill_in(s, err) != PL_OK) {
            return err->code;
        }
        if (s->between && wants_mark(s) && add_mark(s, true, err) != PL_OK) {
            return err->code;
        }
        if (is_used_up(s) && s->between) {
            s->ended = true;
            break;
        }
        ZSTD_inBuffer in = {s->in, s->in_len, s->in_pos};
        ZSTD_outBuffer out = {s->out, OUT_BYTES, s->out_len};
        size_t left = ZSTD_decompressStream(s->zstd, &out, &in);
        bool moved = in.pos > s->in_pos || out.pos > s->out_len;
        s->in_pos = in.pos;
        s->produced += out.pos - s->out_len;
        s->out_len = out.pos;
        if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation) {
            return pl_err_nomem(err); /* no damage: it could not be looked at */
        }
        if (ZSTD_isError(left)) {
            return pl_err_set(err, PL_ERR_FORMAT,
                              "the zstd data cannot be read before byte %llu: %s",
                              (unsigned long long)s->in_at, ZSTD_getErrorName(left));
        }
        s->between = left == 0;
        if (!moved && is_used_up(s)) {
            return too_short(s, err);
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- output */

static PL_STATUS fill_plain(struct pl_stream *s, struct pl_err *err)
{
    uint64_t left = s->span.size - s->in_at;
    size_t n = left < OUT_BYTES ? (size_t)left : OUT_BYTES;
    s->ended = n == 0;
    if (n == 0) {
        return PL_OK;
    }
    if (pl_file_pread(s->span.fd, s->name, s->out, n, s->span.offset + s->in_at, err) != PL_OK) {
        return err->code;
    }
    s->in_at += n;
    s->produced += n;
    s->out_len = n;
    return PL_OK;
}

static void look_for_text(struct pl_stream *s)
{
    size_t overlap = s->seek.len > 0 ? s->seek.len - 1 : 0;
    if (overlap == 0 || s->met || s->out_len == 0) {
        return;
    }
    size_t head = s->out_len < overlap ? s->out_len : overlap;
    memcpy(s->tail + s->n_tail, s->out, head);
    s->met = pl_os_memmem(s->tail, s->n_tail + head, s->seek.ptr, s->seek.len) != NULL ||
             pl_os_memmem(s->out, s->out_len, s->seek.ptr, s->seek.len) != NULL;
    s->n_tail = head;
    memcpy(s->tail, s->out + s->out_len - head, head);
}

bool pl_stream_met(const struct pl_stream *s)
{
    return s->met;
}

/* More output, when all was taken out; none only at the end. */
static PL_STATUS fill(struct pl_stream *s, struct pl_err *err)
{
    if (s->out_pos < s->out_len || s->ended) {
        return PL_OK;
    }
    s->out_pos = s->out_len = 0;
    enum pl_status status = s->packing == PL_PACKING_GZIP   ? fill_gzip(s, err)
                            : s->packing == PL_PACKING_ZSTD ? fill_zstd(s, err)
                                                            : fill_plain(s, err);
    if (!status && s->digest && s->out_len > 0) {
        pl_sha256_add(&s->sha_out, s->out, s->out_len);
    }
    if (!status) {
        look_for_text(s);
    }
    return status;
}

PL_STATUS pl_stream_read(struct pl_stream *s, void *to, size_t n, size_t *ret_n, struct pl_err *err)
{
    size_t done = 0;
    while (done < n) {
        if (fill(s, err) != PL_OK) {
            return err->code;
        }
        size_t more = s->out_len - s->out_pos;
        more = more < n - done ? more : n - done;
        if (more == 0) {
            break;
        }
        memcpy((char *)to + done, s->out + s->out_pos, more);
        s->out_pos += more;
        s->out_at += more;
        done += more;
    }
    *ret_n = done;
    return PL_OK;
}

/* Plain bytes that nobody wants to see are passed over without reading them. */
static uint64_t jump(struct pl_stream *s, uint64_t n)
{
    uint64_t left = s->span.size - s->in_at;
    uint64_t more = n < left ? n : left;
    if (s->packing != PL_PACKING_PLAIN || s->digest || s->out_pos < s->out_len) {
        return 0;
    }
    s->in_at += more;
    s->produced += more;
    s->out_at += more;
    return more;
}

PL_STATUS pl_stream_skip(struct pl_stream *s, uint64_t n, uint64_t *ret_n, struct pl_err *err)
{
    uint64_t done = 0;
    while (done < n) {
        done += jump(s, n - done);
        if (done == n) {
            break;
        }
        if (fill(s, err) != PL_OK) {
            return err->code;
        }
        uint64_t more = s->out_len - s->out_pos;
        more = more < n - done ? more : n - done;
        if (more == 0) {
            break;
        }
        s->out_pos += (size_t)more;
        s->out_at += more;
        done += more;
    }
    *ret_n = done;
    return PL_OK;
}

PL_STATUS pl_stream_drain(struct pl_stream *s, struct pl_err *err)
{
    uint64_t n = 0;
    if (pl_stream_skip(s, UINT64_MAX, &n, err) != PL_OK) {
        return err->code;
    }
    /* Padding behind the compressed data belongs to the blob. */
    while (s->digest && !is_used_up(s)) {
        s->in_pos = s->in_len;
        if (fill_in(s, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

uint64_t pl_stream_at(const struct pl_stream *s)
{
    return s->out_at;
}

enum pl_packing pl_stream_packing(const struct pl_stream *s)
{
    return (enum pl_packing)s->packing;
}

void pl_stream_digests(struct pl_stream *s, unsigned char ret_in[PL_SHA256_SIZE],
                       unsigned char ret_out[PL_SHA256_SIZE])
{
    pl_sha256_end(&s->sha_out, ret_out);
    if (s->packing == PL_PACKING_PLAIN) {
        memcpy(ret_in, ret_out, PL_SHA256_SIZE);
    } else {
        pl_sha256_end(&s->sha_in, ret_in);
    }
}

/* ---------------------------------------------------------------- opening */

static PL_STATUS recognise(struct pl_stream *s, struct pl_err *err)
{
    unsigned char head[4] = {0};
    size_t n = s->span.size < sizeof head ? (size_t)s->span.size : sizeof head;
    if (n > 0 && pl_file_pread(s->span.fd, s->name, head, n, s->span.offset, err) != PL_OK) {
        return err->code;
    }
    if (memcmp(head, "\x1f\x8b", 2) == 0) { /* RFC 1952, 2.3.1 */
        s->packing = PL_PACKING_GZIP;
    } else if (memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0 || /* RFC 8878, 3.1.1 */
               (n == 4 && (head[0] & 0xf0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0)) {
        s->packing = PL_PACKING_ZSTD;
    }
    return PL_OK;
}

static PL_STATUS start(struct pl_stream *s, struct pl_err *err)
{
    s->out = malloc(OUT_BYTES);
    if (!s->out || recognise(s, err) != PL_OK) {
        return s->out ? err->code : pl_err_nomem(err);
    }
    s->between = true;
    if (s->packing == PL_PACKING_PLAIN) {
        return PL_OK;
    }
    s->in = malloc(IN_BYTES);
    if (s->packing == PL_PACKING_GZIP) {
        s->z_on = s->in && inflateInit2(&s->z, GZIP_BITS) == Z_OK;
        return s->z_on ? PL_OK : pl_err_nomem(err);
    }
    s->zstd = s->in ? ZSTD_createDCtx() : NULL;
    if (!s->zstd) {
        return pl_err_nomem(err);
    }
    size_t code = ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, PL_STREAM_WINDOW_LOG);
    return ZSTD_isError(code) ? pl_err_set(err, PL_ERR_INTERNAL, "%s", ZSTD_getErrorName(code))
                              : PL_OK;
}

PL_STATUS pl_stream_open(struct pl_stream **ret, struct pl_span span,
                         const struct pl_stream_options *options, struct pl_err *err)
{
    struct pl_stream *s = pl_arr_zeroed(1, sizeof *s, err);
    if (!s) {
        return err->code;
    }
    s->span = span;
    s->name = options->name;
    s->digest = options->digest;
    s->marks = options->marks;
    s->seek = pl_slice_sub(options->seek, 0, PL_STREAM_SEEK);
    pl_sha256_init(&s->sha_in);
    pl_sha256_init(&s->sha_out);
    if (start(s, err) != PL_OK) {
        pl_stream_free(s);
        return err->code;
    }
    *ret = s;
    return PL_OK;
}

static PL_STATUS go_to(struct pl_stream *s, const struct pl_mark *mark, struct pl_err *err)
{
    s->in_at = mark->in;
    s->out_at = s->produced = mark->out;
    if (!mark->window) {
        return PL_OK;
    }
    unsigned char byte = 0;
    if (mark->bits > 0 &&
        pl_file_pread(s->span.fd, s->name, &byte, 1, s->span.offset + mark->in - 1, err) != PL_OK) {
        return err->code;
    }
    if (inflateReset2(&s->z, RAW_BITS) != Z_OK ||
        (mark->bits > 0 && inflatePrime(&s->z, mark->bits, byte >> (8 - mark->bits)) != Z_OK) ||
        inflateSetDictionary(&s->z, mark->window, mark->n_window) != Z_OK) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: reading cannot begin in the middle", s->name);
    }
    s->raw = true;
    s->between = false;
    return PL_OK;
}

PL_STATUS pl_stream_reopen(struct pl_stream **ret, struct pl_span span, const char *name,
                           const struct pl_marks *marks, uint64_t out, struct pl_err *err)
{
    struct pl_stream *s = NULL;
    const struct pl_stream_options options = {.name = name};
    const struct pl_mark *best = NULL;
    if (pl_stream_open(&s, span, &options, err) != PL_OK) {
        return err->code;
    }
    for (size_t i = 0; i < marks->n && marks->at[i].out <= out; i++) {
        best = &marks->at[i];
    }
    if (best && s->packing != PL_PACKING_PLAIN && go_to(s, best, err) != PL_OK) {
        pl_stream_free(s);
        return err->code;
    }
    *ret = s;
    return PL_OK;
}
