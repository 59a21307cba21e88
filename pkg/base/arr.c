#include "pkg/base/arr.h"

#include <stdint.h>
#include <stdlib.h>

enum { PL_ARR_FIRST = 8 };

/* NOLINTNEXTLINE(readability-function-size): one parameter more saves a struct at every caller */
void *pl_arr_grow(void *data, size_t *cap, size_t need, size_t elem, size_t max, const char *what,
                  struct pl_err *err)
{
    if (need > max) {
        pl_ignore(pl_err_set(err, PL_ERR_LIMIT, "more than %zu %s", max, what),
                  "NULL is the failure");
        return NULL;
    }
    if (data && need <= *cap) {
        return data;
    }
    size_t want = *cap > max / 2 ? max : *cap * 2;
    if (want < PL_ARR_FIRST) {
        want = PL_ARR_FIRST < max ? PL_ARR_FIRST : max;
    }
    if (want < need) {
        want = need;
    }
    size_t room = want > 0 ? want : 1; /* realloc of nothing would free */
    void *moved = elem > 0 && room <= SIZE_MAX / elem ? realloc(data, room * elem) : NULL;
    if (!moved) {
        pl_ignore(pl_err_nomem(err), "NULL is the failure");
        return NULL;
    }
    *cap = want;
    return moved;
}

void *pl_arr_zeroed(size_t n, size_t elem, struct pl_err *err)
{
    size_t room = n > 0 ? n : 1;
    void *data = elem > 0 && room <= SIZE_MAX / elem ? calloc(room, elem) : NULL;
    if (!data) {
        pl_ignore(pl_err_nomem(err), "NULL is the failure");
    }
    return data;
}
