#include "pkg/base/text.h"

#include "pkg/base/arena.h"

#include <stdio.h>

bool pl_text_is_unsafe(uint32_t code)
{
    static const struct {
        uint32_t from, to;
    } range[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x061c, 0x061c},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
        {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    if (code >= 0x20 && code < 0x7f) {
        return false;
    }
    for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
        if (code >= range[i].from && code <= range[i].to) {
            return true;
        }
    }
    return false;
}

static enum pl_status append_escaped(struct pl_buf *to, uint32_t code, bool is_byte,
                                     struct pl_err *err)
{
    if (is_byte || code <= 0x7f) {
        switch (code) {
        case '\n':
            return pl_buf_text(to, "\\n", err);
        case '\r':
            return pl_buf_text(to, "\\r", err);
        case '\t':
            return pl_buf_text(to, "\\t", err);
        default:
            return pl_buf_fmt(to, err, "\\x%02x", (unsigned)code);
        }
    }
    return pl_buf_fmt(to, err, "\\u{%x}", (unsigned)code);
}

enum pl_status pl_text_escape(struct pl_buf *to, struct pl_slice s, struct pl_err *err)
{
    size_t plain = 0; /* start of what can be copied as it is */
    for (size_t pos = 0; pos < s.len;) {
        size_t at = pos;
        uint32_t code = 0;
        if (s.ptr[pos] >= 0x20 && s.ptr[pos] < 0x7f) { /* most of all text */
            pos++;
            continue;
        }
        bool valid = pl_utf8_next(s, &pos, &code);
        if (valid && !pl_text_is_unsafe(code)) {
            continue;
        }
        enum pl_status status = pl_buf_slice(to, pl_slice_sub(s, plain, at), err);
        if (status == PL_OK) {
            status = append_escaped(to, code, !valid, err);
        }
        if (status != PL_OK) {
            return status;
        }
        plain = pos;
    }
    return pl_buf_slice(to, pl_slice_sub(s, plain, s.len), err);
}

enum pl_status pl_text_safe(struct pl_arena *arena, struct pl_slice s, struct pl_slice *ret,
                            struct pl_err *err)
{
    struct pl_buf buf PL_CLEANUP(pl_buf_done) = {.max = arena->max};
    enum pl_status status = pl_text_escape(&buf, s, err);
    if (status != PL_OK) {
        return status;
    }
    return pl_arena_dup(arena, pl_buf_view(&buf), ret, err);
}

const char *pl_count_text(uint64_t n, char ret[PL_COUNT_TEXT])
{
    char digit[PL_COUNT_TEXT];
    size_t len = 0;
    do {
        digit[len++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    size_t to = 0;
    for (size_t left = len; left > 0; left--) {
        ret[to++] = digit[left - 1];
        if (left > 1 && left % 3 == 1) {
            ret[to++] = ',';
        }
    }
    ret[to] = '\0';
    return ret;
}

const char *pl_size_text(uint64_t bytes, char ret[PL_COUNT_TEXT])
{
    static const char *const unit[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1024) {
        (void)snprintf(ret, PL_COUNT_TEXT, "%u byte%s", (unsigned)bytes, bytes == 1 ? "" : "s");
        return ret;
    }
    /* Tenths, rounded; 1,023.95 KB and more is said as 1.0 MB. */
    size_t at = 0;
    uint64_t one = 1024;
    uint64_t tenths = 0;
    for (;;) {
        uint64_t rest = bytes % one;
        tenths = bytes / one * 10 + (rest / (one / 1024) * 10 + 512) / 1024;
        if (tenths < 10240 || at + 1 == sizeof(unit) / sizeof(unit[0])) {
            break;
        }
        one *= 1024;
        at++;
    }
    (void)snprintf(ret, PL_COUNT_TEXT, "%u.%u %s", (unsigned)(tenths / 10), (unsigned)(tenths % 10),
                   unit[at]);
    return ret;
}
