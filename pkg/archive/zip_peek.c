#include "pkg/archive/zip_peek.h"

#include <string.h>
#include <zlib.h>

/* APPNOTE 6.3: 4.3.16, 4.3.12, 4.3.7. */
enum { END_BYTES = 22, END_FAR = 65535 + END_BYTES, CENTRAL_BYTES = 46, LOCAL_BYTES = 30 };
enum { STORED = 0, DEFLATED = 8 };
/* Tables of a deflated block take some 300 bytes; what begins behind them is a beginning. */
enum { IN_BYTES = 1024 };

static uint32_t number(struct pl_slice s, size_t at, size_t n)
{
    uint32_t value = 0;
    for (size_t i = n; i > 0; i--) {
        value = value << 8 | (unsigned char)s.ptr[at + i - 1];
    }
    return value;
}

void pl_zip_peek_init(struct pl_zip_peek *peek, struct pl_slice bytes)
{
    static const struct pl_slice mark = PL_SLICE_INIT("PK\005\006");
    size_t far = bytes.len > END_FAR ? bytes.len - END_FAR : 0;
    *peek = (struct pl_zip_peek){.bytes = bytes};
    for (size_t at = bytes.len >= END_BYTES ? bytes.len - END_BYTES + 1 : 0; at > far; at--) {
        struct pl_slice rest = pl_slice_sub(bytes, at - 1, bytes.len);
        if (pl_slice_starts(rest, mark)) {
            /* The whole of it when the directory is not where the record says. */
            uint32_t from = number(rest, 16, 4);
            peek->directory = pl_slice_sub(bytes, from < at ? from : 0, at - 1);
            peek->rest = peek->directory;
            return;
        }
    }
}

bool pl_zip_peek_next(struct pl_zip_peek *peek, struct pl_zip_peeked *ret)
{
    struct pl_slice s = peek->rest;
    if (s.len < CENTRAL_BYTES || !pl_slice_starts(s, PL_SLICE("PK\001\002"))) {
        return false;
    }
    size_t name = number(s, 28, 2);
    size_t behind = name + number(s, 30, 2) + number(s, 32, 2);
    if (behind > s.len - CENTRAL_BYTES) {
        return false;
    }
    *ret = (struct pl_zip_peeked){.name = pl_slice_sub(s, CENTRAL_BYTES, CENTRAL_BYTES + name),
                                  .method = (uint16_t)number(s, 10, 2),
                                  .packed = number(s, 20, 4),
                                  .local = number(s, 42, 4)};
    peek->rest = pl_slice_sub(s, CENTRAL_BYTES + behind, s.len);
    return true;
}

static PL_STATUS inflate_start(struct pl_slice packed, unsigned char *to, size_t n, size_t *ret_n,
                               struct pl_err *err)
{
    z_stream z = {0};
    unsigned char in[IN_BYTES]; /* zlib wants bytes that it might write to */
    size_t n_in = packed.len < sizeof in ? packed.len : sizeof in;
    memcpy(in, packed.ptr, n_in);
    z.next_in = in;
    z.avail_in = (uInt)n_in;
    z.next_out = to;
    z.avail_out = n > UINT32_MAX ? UINT32_MAX : (uInt)n;
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) {
        return pl_err_nomem(err);
    }
    int status = inflate(&z, Z_SYNC_FLUSH);
    size_t got = n - z.avail_out;
    inflateEnd(&z);
    if (status == Z_MEM_ERROR) {
        return pl_err_nomem(err);
    }
    *ret_n = got;
    return PL_OK;
}

PL_STATUS pl_zip_peek_start(const struct pl_zip_peek *peek, const struct pl_zip_peeked *entry,
                            unsigned char *to, size_t n, size_t *ret_n, struct pl_err *err)
{
    struct pl_slice local = pl_slice_sub(peek->bytes, entry->local, peek->bytes.len);
    *ret_n = 0;
    if (local.len < LOCAL_BYTES || !pl_slice_starts(local, PL_SLICE("PK\003\004"))) {
        return PL_OK;
    }
    size_t from = LOCAL_BYTES + number(local, 26, 2) + number(local, 28, 2);
    struct pl_slice data = pl_slice_sub(local, from, local.len);
    data = pl_slice_sub(data, 0, entry->packed);
    if (entry->method == DEFLATED && data.len > 0) {
        return inflate_start(data, to, n, ret_n, err);
    }
    if (entry->method == STORED && data.len > 0) {
        *ret_n = data.len < n ? data.len : n;
        memcpy(to, data.ptr, *ret_n);
    }
    return PL_OK;
}
