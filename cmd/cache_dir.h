/* Where the cache is: --cache-dir, else in the user's folder for such things. */
#ifndef PL_CMD_CACHE_DIR_H
#define PL_CMD_CACHE_DIR_H

#include "cmd/options.h"
#include "pkg/base/buf.h"

/* Appends nothing when there is no such folder. */
PL_STATUS pl_cache_dir(const struct pl_options *options, struct pl_buf *to, struct pl_err *err);

#endif
