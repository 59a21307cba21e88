/* Files of a searched folder that only their content tells. */
#ifndef PL_CMD_SEARCH_LOOK_H
#define PL_CMD_SEARCH_LOOK_H

#include "pkg/base/err.h"

#include <stddef.h>
#include <stdint.h>

/* What one search has read so far. */
struct pl_search_budget {
    size_t files;
    uint64_t bytes;
};

enum pl_looked {
    PL_LOOKED_OTHER,
    PL_LOOKED_TEMPLATE,
    PL_LOOKED_EMPTY, /* a template in which nothing would be judged */
    PL_LOOKED_NOT    /* the search has read enough */
};
PL_STATUS pl_search_look(struct pl_search_budget *budget, const char *path, enum pl_looked *ret,
                         struct pl_err *err);

#endif
