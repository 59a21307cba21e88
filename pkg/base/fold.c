/* Keys for names that look the same: canonical decomposition, and small letters. */
#include "pkg/base/arr.h"
#include "pkg/base/text.h"

#include <stdlib.h>
#include <utf8proc.h>

bool pl_text_is_ascii(struct pl_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static PL_STATUS add_plain(struct pl_buf *to, struct pl_slice s, bool no_case, struct pl_err *err)
{
    size_t start = to->len;
    enum pl_status status = pl_buf_slice(to, s, err);
    for (size_t i = start; !status && no_case && i < to->len; i++) {
        char c = to->data[i];
        to->data[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return status;
}

static PL_STATUS add_codes(struct pl_buf *to, const utf8proc_int32_t *code, size_t n, bool no_case,
                           struct pl_err *err)
{
    for (size_t i = 0; i < n; i++) {
        utf8proc_uint8_t bytes[4];
        utf8proc_int32_t one = no_case ? utf8proc_tolower(code[i]) : code[i];
        utf8proc_ssize_t len = utf8proc_encode_char(one, bytes);
        if (pl_buf_append(to, bytes, len > 0 ? (size_t)len : 0, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* ---- the canonical order of marks (UAX #15, D108) ----
 * utf8proc_decompose() orders by exchanging neighbours: 60 KB of marks in one name take a second.
 */

enum { CODE_BITS = 21 };

static uint64_t class_of(utf8proc_int32_t code)
{
    return (uint64_t)utf8proc_get_property(code)->combining_class;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Marks behind a letter go by their class, those of one class stay as they are.  key: room for n.
 */
static void order_marks(utf8proc_int32_t *code, size_t n, uint64_t *key)
{
    for (size_t from = 0; from < n; from++) {
        size_t to = from;
        bool ordered = true;
        for (uint64_t last = 0, class; to < n && (class = class_of(code[to])) > 0; to++) {
            ordered = ordered && class >= last;
            last = class;
            key[to - from] =
                (class << 56) | ((uint64_t)(to - from) << CODE_BITS) | (uint64_t)(uint32_t)code[to];
        }
        if (!ordered) {
            qsort(key, to - from, sizeof *key, by_key);
            for (size_t i = from; i < to; i++) {
                code[i] = (utf8proc_int32_t)(key[i - from] & ((1u << CODE_BITS) - 1));
            }
        }
        from = to;
    }
}

/* -1: utf8proc does not take it. */
static utf8proc_ssize_t decompose(const utf8proc_uint8_t *text, utf8proc_ssize_t len,
                                  utf8proc_int32_t *code, utf8proc_ssize_t room)
{
    utf8proc_ssize_t n = 0;
    int last = 0;
    for (utf8proc_ssize_t at = 0; at < len;) {
        utf8proc_int32_t one;
        utf8proc_ssize_t bytes = utf8proc_iterate(text + at, len - at, &one);
        utf8proc_ssize_t more =
            bytes <= 0 ? -1
                       : utf8proc_decompose_char(one, code + n, room - n,
                                                 UTF8PROC_DECOMPOSE | UTF8PROC_STABLE, &last);
        if (more < 0 || more > room - n) {
            return -1;
        }
        n += more;
        at += bytes;
    }
    return n;
}

PL_STATUS pl_text_fold(struct pl_buf *to, struct pl_slice s, bool no_case, struct pl_err *err)
{
    if (pl_text_is_ascii(s) || !pl_utf8_valid(s)) {
        return add_plain(to, s, no_case, err);
    }
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)s.ptr;
    /* Without a buffer it counts, and orders nothing. */
    utf8proc_ssize_t need = utf8proc_decompose(text, (utf8proc_ssize_t)s.len, NULL, 0,
                                               UTF8PROC_DECOMPOSE | UTF8PROC_STABLE);
    if (need < 0) {
        return add_plain(to, s, no_case, err);
    }
    utf8proc_int32_t *code = pl_arr_zeroed((size_t)need, sizeof *code, err);
    uint64_t *key = code ? pl_arr_zeroed((size_t)need, sizeof *key, err) : NULL;
    enum pl_status status = key ? PL_OK : err->code;
    if (key && decompose(text, (utf8proc_ssize_t)s.len, code, need) == need) {
        order_marks(code, (size_t)need, key);
        status = add_codes(to, code, (size_t)need, no_case, err);
    } else if (key) {
        status = add_plain(to, s, no_case, err);
    }
    free(key);
    free(code);
    return status;
}
