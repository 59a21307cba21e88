/* Byte strings to numbers, with a hash seeded per process: names are hostile. */
#ifndef PL_PKG_BASE_MAP_H
#define PL_PKG_BASE_MAP_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"

struct pl_map_item;
struct pl_map {
    struct pl_map_item *items; /* owned; keys are borrowed and must outlive the map */
    size_t n;
    size_t max;
};

void pl_map_init(struct pl_map *map, size_t max);
void pl_map_done(struct pl_map *map);
/* False when the key is not there. */
bool pl_map_get(const struct pl_map *map, struct pl_slice key, uint64_t *ret);
/* Adds the key, or, when it is there already, leaves its value and sets *ret_old to it.
 * *ret_added says which. */
PL_STATUS pl_map_add(struct pl_map *map, struct pl_slice key, uint64_t value, bool *ret_added,
                     uint64_t *ret_old, struct pl_err *err);

#endif
