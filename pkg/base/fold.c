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

PL_STATUS pl_text_fold(struct pl_buf *to, struct pl_slice s, bool no_case, struct pl_err *err)
{
    if (pl_text_is_ascii(s) || !pl_utf8_valid(s)) {
        return add_plain(to, s, no_case, err);
    }
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)s.ptr;
    const utf8proc_option_t how = UTF8PROC_DECOMPOSE | UTF8PROC_STABLE;
    utf8proc_ssize_t need = utf8proc_decompose(text, (utf8proc_ssize_t)s.len, NULL, 0, how);
    if (need < 0) {
        return add_plain(to, s, no_case, err);
    }
    utf8proc_int32_t *code = pl_arr_zeroed((size_t)need, sizeof *code, err);
    if (!code) {
        return err->code;
    }
    utf8proc_ssize_t n = utf8proc_decompose(text, (utf8proc_ssize_t)s.len, code, need, how);
    enum pl_status status =
        n == need ? add_codes(to, code, (size_t)n, no_case, err) : add_plain(to, s, no_case, err);
    free(code);
    return status;
}
