#include "pkg/archive/zip_sink.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/os.h"

#include <stdlib.h>
#include <string.h>

enum { PL_ZIP_SINK_BYTES = 4 * 1024 * 1024, PL_ZIP_SINK_REREAD = 8 * 1024 };

enum pl_status pl_zip_sink_init(struct pl_zip_sink *ret, int fd, const char *name,
                                struct pl_err *err)
{
    unsigned char *buf = malloc(PL_ZIP_SINK_BYTES);
    if (!buf) {
        return pl_err_nomem(err);
    }
    *ret = (struct pl_zip_sink){.fd = fd, .name = name, .buf = buf};
    pl_sha256_init(&ret->sha);
    return PL_OK;
}

void pl_zip_sink_done(struct pl_zip_sink *sink)
{
    free(sink->buf);
    sink->buf = NULL;
}

/* What was written out before it was settled comes back from the page cache: the inside of entries
 * that are larger than the buffer. */
static enum pl_status hash_written(struct pl_zip_sink *sink, struct pl_err *err)
{
    unsigned char part[PL_ZIP_SINK_REREAD];
    while (sink->hashed < sink->base && sink->hashed < sink->settled) {
        uint64_t to = sink->settled < sink->base ? sink->settled : sink->base;
        size_t n = to - sink->hashed > sizeof(part) ? sizeof(part) : (size_t)(to - sink->hashed);
        if (pl_file_pread(sink->fd, sink->name, part, n, sink->hashed, err) != PL_OK) {
            return err->code;
        }
        pl_sha256_add(&sink->sha, part, n);
        sink->hashed += n;
    }
    return PL_OK;
}

static enum pl_status hash_settled(struct pl_zip_sink *sink, struct pl_err *err)
{
    if (hash_written(sink, err) != PL_OK) {
        return err->code;
    }
    uint64_t end = sink->base + sink->len;
    uint64_t to = sink->settled < end ? sink->settled : end;
    if (sink->hashed >= sink->base && sink->hashed < to) {
        pl_sha256_add(&sink->sha, sink->buf + (sink->hashed - sink->base),
                      (size_t)(to - sink->hashed));
        sink->hashed = to;
    }
    return PL_OK;
}

static enum pl_status flush(struct pl_zip_sink *sink, struct pl_err *err)
{
    if (hash_settled(sink, err) != PL_OK ||
        pl_file_pwrite(sink->fd, sink->name, sink->buf, sink->len, sink->base, err) != PL_OK) {
        return err->code;
    }
    pl_os_write_soon(sink->fd, sink->base, sink->len);
    sink->base += sink->len;
    sink->len = 0;
    return PL_OK;
}

enum pl_status pl_zip_sink_write(struct pl_zip_sink *sink, const void *bytes, size_t n,
                                 struct pl_err *err)
{
    const unsigned char *from = bytes;
    if (sink->pos < sink->base) {
        size_t before = sink->base - sink->pos < n ? (size_t)(sink->base - sink->pos) : n;
        if (pl_file_pwrite(sink->fd, sink->name, from, before, sink->pos, err) != PL_OK) {
            return err->code;
        }
        sink->pos += before;
        from += before;
        n -= before;
    }
    while (n > 0) {
        size_t at = (size_t)(sink->pos - sink->base);
        size_t part = PL_ZIP_SINK_BYTES - at < n ? PL_ZIP_SINK_BYTES - at : n;
        memcpy(sink->buf + at, from, part);
        sink->len = at + part > sink->len ? at + part : sink->len;
        sink->pos += part;
        from += part;
        n -= part;
        if (sink->len == PL_ZIP_SINK_BYTES && sink->pos == sink->base + sink->len &&
            flush(sink, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

enum pl_status pl_zip_sink_seek(struct pl_zip_sink *sink, uint64_t pos, struct pl_err *err)
{
    if (pos > sink->base + sink->len) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: a step beyond the end", sink->name);
    }
    if (pos < sink->settled) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: a step back over what is final", sink->name);
    }
    sink->pos = pos;
    return PL_OK;
}

void pl_zip_sink_settle(struct pl_zip_sink *sink)
{
    sink->settled = sink->pos;
}

enum pl_status pl_zip_sink_end(struct pl_zip_sink *sink, uint64_t *ret_bytes,
                               unsigned char ret_sha256[PL_SHA256_SIZE], struct pl_err *err)
{
    uint64_t end = sink->base + sink->len;
    sink->settled = end;
    if (hash_written(sink, err) != PL_OK || flush(sink, err) != PL_OK) {
        return err->code;
    }
    pl_sha256_end(&sink->sha, ret_sha256);
    *ret_bytes = end;
    return PL_OK;
}
