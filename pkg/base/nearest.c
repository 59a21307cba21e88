#include "pkg/base/text.h"

#include <string.h>

enum { WORD_MAX = 64, DISTANCE_MAX = 3 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, and swap of neighbours cost one each. */
static size_t distance(struct pl_slice a, struct pl_slice b)
{
    size_t rows[3][WORD_MAX + DISTANCE_MAX + 1];
    size_t *before = rows[0]; /* two lines up */
    size_t *above = rows[1];
    size_t *line = rows[2];
    for (size_t j = 0; j <= b.len; j++) {
        above[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        line[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = a.ptr[i - 1] != b.ptr[j - 1];
            size_t best = least(least(above[j] + 1, line[j - 1] + 1), above[j - 1] + cost);
            bool swapped =
                i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            line[j] = swapped ? least(best, before[j - 2] + 1) : best;
        }
        size_t *oldest = before;
        before = above;
        above = line;
        line = oldest;
    }
    return above[b.len];
}

const char *pl_text_nearest(struct pl_slice word, const char *const *candidate, size_t n)
{
    if (word.len == 0 || word.len > WORD_MAX) {
        return NULL;
    }
    size_t allowed = least(word.len / 3, DISTANCE_MAX);
    const char *nearest = NULL;
    size_t nearest_at = allowed + 1;
    for (size_t i = 0; i < n; i++) {
        struct pl_slice other = pl_slice_of(candidate[i]);
        size_t apart = word.len > other.len ? word.len - other.len : other.len - word.len;
        if (apart > allowed) {
            continue;
        }
        size_t at = distance(word, other);
        if (at < nearest_at) {
            nearest_at = at;
            nearest = candidate[i];
        }
    }
    return nearest;
}
