/*
 * A growing byte buffer with a mandatory maximum: everything we read is hostile, so nothing grows
 * without a bound.  The content survives a failed append.  Always followed by a NUL byte that does
 * not count, so `data` is a string when the content has no NUL of its own.
 */
#ifndef PL_PKG_BASE_BUF_H
#define PL_PKG_BASE_BUF_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"

#include <stdarg.h>

struct pl_buf {
    char *data; /* owned; NULL until the first append */
    size_t len;
    size_t cap;
    size_t max; /* bytes, without the closing NUL */
};

/* An empty buffer that may hold `max` bytes.  Allocates nothing. */
void pl_buf_init(struct pl_buf *buf, size_t max);
/* Frees; the buffer may be used again with the same maximum.  Takes NULL. */
void pl_buf_done(struct pl_buf *buf);
/* Forgets the content, keeps the memory. */
void pl_buf_clear(struct pl_buf *buf);

/* PL_ERR_LIMIT above the maximum, PL_ERR_NOMEM; the content stays as it was.
 * `bytes` may point into the buffer itself. */
PL_STATUS pl_buf_append(struct pl_buf *buf, const void *bytes, size_t n, struct pl_err *err);
PL_STATUS pl_buf_slice(struct pl_buf *buf, struct pl_slice s, struct pl_err *err);
PL_STATUS pl_buf_text(struct pl_buf *buf, const char *text, struct pl_err *err);
PL_STATUS pl_buf_byte(struct pl_buf *buf, char byte, struct pl_err *err);
PL_STATUS pl_buf_fmt(struct pl_buf *buf, struct pl_err *err, const char *fmt, ...) PL_PRINTF(3, 4);
PL_STATUS pl_buf_vfmt(struct pl_buf *buf, struct pl_err *err, const char *fmt, va_list args)
    PL_PRINTF(3, 0);

/* Room for `n` more bytes behind the content; they are written by the caller, then pl_buf_grew. */
PL_STATUS pl_buf_reserve(struct pl_buf *buf, size_t n, struct pl_err *err);
void pl_buf_grew(struct pl_buf *buf, size_t n);

/* Borrowed until the next change. */
struct pl_slice pl_buf_view(const struct pl_buf *buf);
/* The content as an owned, NUL-terminated string (free it); the buffer is empty afterwards.
 * Never NULL on PL_OK. */
PL_STATUS pl_buf_take(struct pl_buf *buf, char **ret, struct pl_err *err);

#endif
