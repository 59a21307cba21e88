/* Typed arrays with checked growth.  No hand-written size arithmetic anywhere else. */
#ifndef PL_PKG_BASE_ARR_H
#define PL_PKG_BASE_ARR_H

#include "pkg/base/err.h"

#include <stddef.h>

/*
 * Makes room for `need` elements of `elem` bytes.  Returns the (possibly moved) array and updates
 * *cap, or returns NULL with *err set and leaves `data` as it was.  More than `max` elements is
 * PL_ERR_LIMIT naming `what` ("entries").  Growth is geometric.
 *
 *     struct pl_thing *at = pl_arr_grow(list->at, &list->cap, list->n + 1, sizeof *at,
 *                                       PL_MAX_THINGS, "things", err);
 *     if (!at) {
 *         return err->code;
 *     }
 *     list->at = at;
 */
PL_MUST_CHECK void *pl_arr_grow(void *data, size_t *cap, size_t need, size_t elem, size_t max,
                                const char *what, struct pl_err *err);

/* n zeroed elements, or NULL with *err set.  n == 0 gives a pointer that may be freed. */
PL_MUST_CHECK void *pl_arr_zeroed(size_t n, size_t elem, struct pl_err *err);

#endif
