#include "pkg/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PL_BUF_FIRST = 64, PL_BUF_FMT = 512 };

void pl_buf_init(struct pl_buf *buf, size_t max)
{
    *buf = (struct pl_buf){.max = max};
}

void pl_buf_done(struct pl_buf *buf)
{
    if (buf) {
        free(buf->data);
        *buf = (struct pl_buf){.max = buf->max};
    }
}

void pl_buf_clear(struct pl_buf *buf)
{
    buf->len = 0;
    if (buf->data) {
        buf->data[0] = '\0';
    }
}

/* Bytes to allocate for `need` of content and the NUL: geometric, but never beyond the maximum. */
static size_t grown_cap(const struct pl_buf *buf, size_t need)
{
    size_t most = buf->max == SIZE_MAX ? SIZE_MAX : buf->max + 1;
    size_t cap = buf->cap > SIZE_MAX / 2 ? SIZE_MAX : buf->cap * 2;
    if (cap < PL_BUF_FIRST) {
        cap = PL_BUF_FIRST;
    }
    if (cap > most) {
        cap = most;
    }
    return cap < need + 1 ? need + 1 : cap;
}

enum pl_status pl_buf_reserve(struct pl_buf *buf, size_t n, struct pl_err *err)
{
    if (n > buf->max - buf->len) {
        return pl_err_set(err, PL_ERR_LIMIT, "more than the %zu bytes that are allowed here",
                          buf->max);
    }
    if (n == SIZE_MAX - buf->len) {
        return pl_err_nomem(err);
    }
    size_t need = buf->len + n;
    if (buf->data && need < buf->cap) {
        return PL_OK;
    }
    size_t cap = grown_cap(buf, need);
    char *data = realloc(buf->data, cap);
    if (!data) {
        return pl_err_nomem(err);
    }
    data[buf->len] = '\0';
    buf->data = data;
    buf->cap = cap;
    return PL_OK;
}

void pl_buf_grew(struct pl_buf *buf, size_t n)
{
    if (buf->data && n < buf->cap - buf->len) {
        buf->len += n;
        buf->data[buf->len] = '\0';
    }
}

enum pl_status pl_buf_append(struct pl_buf *buf, const void *bytes, size_t n, struct pl_err *err)
{
    /* A source inside the buffer moves with it.  As numbers: unrelated pointers have no order. */
    uintptr_t from = (uintptr_t)bytes;
    uintptr_t base = (uintptr_t)buf->data;
    bool inside = buf->data && n > 0 && from >= base && from - base < buf->cap;
    size_t offset = inside ? (size_t)(from - base) : 0;

    enum pl_status status = pl_buf_reserve(buf, n, err);
    if (status != PL_OK) {
        return status;
    }
    if (n > 0 && buf->data) {
        memmove(buf->data + buf->len, inside ? buf->data + offset : bytes, n);
    }
    pl_buf_grew(buf, n);
    return PL_OK;
}

enum pl_status pl_buf_slice(struct pl_buf *buf, struct pl_slice s, struct pl_err *err)
{
    return pl_buf_append(buf, s.ptr, s.len, err);
}

enum pl_status pl_buf_text(struct pl_buf *buf, const char *text, struct pl_err *err)
{
    return pl_buf_append(buf, text, strlen(text), err);
}

enum pl_status pl_buf_byte(struct pl_buf *buf, char byte, struct pl_err *err)
{
    return pl_buf_append(buf, &byte, 1, err);
}

/* Formats a long text beside the buffer first, because the arguments may point into it. */
static enum pl_status append_long(struct pl_buf *buf, size_t n, struct pl_err *err, const char *fmt,
                                  va_list args) PL_PRINTF(4, 0);
static enum pl_status append_long(struct pl_buf *buf, size_t n, struct pl_err *err, const char *fmt,
                                  va_list args)
{
    if (n > buf->max - buf->len) {
        return pl_buf_reserve(buf, n, err);
    }
    char *text = malloc(n + 1);
    if (!text) {
        return pl_err_nomem(err);
    }
    enum pl_status status;
    if (vsnprintf(text, n + 1, fmt, args) < 0) {
        status = pl_err_set(err, PL_ERR_INTERNAL, "a text could not be formatted");
    } else {
        status = pl_buf_append(buf, text, n, err);
    }
    free(text);
    return status;
}

enum pl_status pl_buf_vfmt(struct pl_buf *buf, struct pl_err *err, const char *fmt, va_list args)
{
    char text[PL_BUF_FMT];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    enum pl_status status;
    if (n < 0) {
        status = pl_err_set(err, PL_ERR_INTERNAL, "a text could not be formatted");
    } else if ((size_t)n < sizeof(text)) {
        status = pl_buf_append(buf, text, (size_t)n, err);
    } else {
        status = append_long(buf, (size_t)n, err, fmt, again);
    }
    va_end(again);
    return status;
}

enum pl_status pl_buf_fmt(struct pl_buf *buf, struct pl_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_buf_vfmt(buf, err, fmt, args);
    va_end(args);
    return status;
}

struct pl_slice pl_buf_view(const struct pl_buf *buf)
{
    return (struct pl_slice){buf->data ? buf->data : "", buf->len};
}

enum pl_status pl_buf_take(struct pl_buf *buf, char **ret, struct pl_err *err)
{
    enum pl_status status = pl_buf_reserve(buf, 0, err);
    if (status != PL_OK) {
        return status;
    }
    *ret = buf->data;
    *buf = (struct pl_buf){.max = buf->max};
    return PL_OK;
}
