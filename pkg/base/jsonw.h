/*
 * Writes JSON into a buffer.  Text that is no UTF-8 gets U+FFFD; control characters are escaped, so
 * the output is always valid.  The first failure sticks: check once, at pl_jsonw_end.
 */
#ifndef PL_PKG_BASE_JSONW_H
#define PL_PKG_BASE_JSONW_H

#include "pkg/base/buf.h"

enum { PL_JSONW_DEPTH = 32 };

struct pl_jsonw {
    struct pl_buf *to; /* borrowed */
    struct pl_err *err;
    enum pl_status status;
    unsigned depth;
    bool indent;                   /* two blanks per level and line ends, or no blank at all */
    bool has_item[PL_JSONW_DEPTH]; /* by level */
};

void pl_jsonw_begin(struct pl_jsonw *w, struct pl_buf *to, bool indent, struct pl_err *err);
/* `key` is NULL inside arrays and at the top. */
void pl_jsonw_object(struct pl_jsonw *w, const char *key);
void pl_jsonw_array(struct pl_jsonw *w, const char *key);
void pl_jsonw_close_object(struct pl_jsonw *w);
void pl_jsonw_close_array(struct pl_jsonw *w);
void pl_jsonw_slice(struct pl_jsonw *w, const char *key, struct pl_slice value);
void pl_jsonw_text(struct pl_jsonw *w, const char *key, const char *value); /* NULL gives null */
void pl_jsonw_u64(struct pl_jsonw *w, const char *key, uint64_t value);
void pl_jsonw_i64(struct pl_jsonw *w, const char *key, int64_t value);
/* `value` units of 10^-decimals: 1500 with 3 decimals is 1.5.  At most 18 decimals. */
void pl_jsonw_decimal(struct pl_jsonw *w, const char *key, uint64_t value, unsigned decimals);
void pl_jsonw_bool(struct pl_jsonw *w, const char *key, bool value);
void pl_jsonw_null(struct pl_jsonw *w, const char *key);
/* The status of the whole writing; PL_ERR_INTERNAL when something is still open.  No line end is
 * put behind the last bracket. */
PL_STATUS pl_jsonw_end(struct pl_jsonw *w);

#endif
