#include "pkg/base/slice.h"

#include "pkg/base/os.h"

#include <string.h>

struct pl_slice pl_slice_of(const char *text)
{
    return text ? (struct pl_slice){text, strlen(text)} : (struct pl_slice){"", 0};
}

struct pl_slice pl_slice_make(const char *ptr, size_t len)
{
    return (struct pl_slice){ptr, len};
}

bool pl_slice_eq(struct pl_slice a, struct pl_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool pl_slice_is(struct pl_slice a, const char *text)
{
    return pl_slice_eq(a, pl_slice_of(text));
}

int pl_slice_cmp(struct pl_slice a, struct pl_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool pl_slice_eq_nocase(struct pl_slice a, struct pl_slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool pl_slice_starts(struct pl_slice s, struct pl_slice prefix)
{
    return prefix.len <= s.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool pl_slice_ends(struct pl_slice s, struct pl_slice suffix)
{
    return suffix.len <= s.len &&
           (suffix.len == 0 || memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0);
}

size_t pl_slice_find(struct pl_slice s, char byte)
{
    const char *at = s.len > 0 ? memchr(s.ptr, (unsigned char)byte, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

size_t pl_slice_rfind(struct pl_slice s, char byte)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == byte) {
            return i - 1;
        }
    }
    return s.len;
}

size_t pl_slice_find_text(struct pl_slice s, struct pl_slice needle)
{
    if (needle.len == 0) {
        return 0;
    }
    if (needle.len > s.len) {
        return s.len;
    }
    const char *at = pl_os_memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? (size_t)(at - s.ptr) : s.len;
}

struct pl_slice pl_slice_sub(struct pl_slice s, size_t from, size_t to)
{
    if (to > s.len) {
        to = s.len;
    }
    if (from > to) {
        from = to;
    }
    return (struct pl_slice){from > 0 ? s.ptr + from : s.ptr, to - from};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct pl_slice pl_slice_trim(struct pl_slice s)
{
    size_t from = 0;
    size_t to = s.len;
    while (from < to && is_space(s.ptr[from])) {
        from++;
    }
    while (to > from && is_space(s.ptr[to - 1])) {
        to--;
    }
    return pl_slice_sub(s, from, to);
}

bool pl_slice_next(struct pl_slice *rest, char byte, struct pl_slice *ret_part)
{
    if (!rest->ptr) {
        return false;
    }
    size_t at = pl_slice_find(*rest, byte);
    *ret_part = (struct pl_slice){rest->ptr, at};
    if (at == rest->len) {
        *rest = (struct pl_slice){NULL, 0};
    } else {
        *rest = (struct pl_slice){rest->ptr + at + 1, rest->len - at - 1};
    }
    return true;
}

bool pl_slice_u64(struct pl_slice s, uint64_t *ret)
{
    if (s.len == 0) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

struct pl_slice pl_slice_basename(struct pl_slice path)
{
    size_t at = pl_slice_rfind(path, '/');
    return at == path.len ? path : pl_slice_sub(path, at + 1, path.len);
}

struct pl_slice pl_slice_dirname(struct pl_slice path)
{
    size_t at = pl_slice_rfind(path, '/');
    return at == path.len ? (struct pl_slice){"", 0} : pl_slice_sub(path, 0, at);
}
