#include "pkg/project/project.h"

#include <string.h>

struct pl_value pl_value_given(struct pl_slice text, struct pl_pos at)
{
    return (struct pl_value){.known = PL_GIVEN, .text = text, .at = at};
}

struct pl_value pl_value_default(const char *text)
{
    return (struct pl_value){.known = PL_DEFAULT, .text = pl_slice_of(text)};
}

bool pl_value_has(const struct pl_value *value)
{
    return value->known == PL_GIVEN || value->known == PL_DEFAULT;
}

bool pl_value_int(const struct pl_value *value, int64_t *ret)
{
    if (!pl_value_has(value) || value->text.len == 0) {
        return false;
    }
    bool negative = value->text.ptr[0] == '-';
    bool sign = negative || value->text.ptr[0] == '+';
    uint64_t n = 0;
    if (!pl_slice_u64(pl_slice_sub(value->text, sign ? 1 : 0, value->text.len), &n)) {
        return false;
    }
    uint64_t max = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    if (n > max) {
        return false;
    }
    if (negative) {
        /* -(n - 1) - 1: INT64_MIN has no positive counterpart. */
        *ret = n == 0 ? 0 : -(int64_t)(n - 1) - 1;
    } else {
        *ret = (int64_t)n;
    }
    return true;
}

bool pl_version_parse(struct pl_slice text, uint64_t ret[3])
{
    uint64_t number[3] = {0, 0, 0};
    struct pl_slice part;
    size_t n = 0;
    while (pl_slice_next(&text, '.', &part)) {
        if (n == 3 || !pl_slice_u64(part, &number[n])) {
            return false;
        }
        n++;
    }
    if (n < 2) {
        return false;
    }
    memcpy(ret, number, sizeof number);
    return true;
}

bool pl_version_is_later(struct pl_slice a, struct pl_slice b)
{
    uint64_t left[3];
    uint64_t right[3];
    if (!pl_version_parse(a, left) || !pl_version_parse(b, right)) {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        if (left[i] != right[i]) {
            return left[i] > right[i];
        }
    }
    return false;
}
