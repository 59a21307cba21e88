/* A layer that is ready on disk, whoever made it (inside of pkg/build, and for reports of it). */
#ifndef PL_PKG_BUILD_READY_H
#define PL_PKG_BUILD_READY_H

#include "pkg/archive/tree.h"

/* Opens a folder, a ZIP, or the sidecar of one, which lists and hashes what is not here.  What is
 * not there is PL_ERR_MISSING; a pipe or a device PL_ERR_IO. */
PL_STATUS pl_ready_open(struct pl_tree *ret, const char *path, struct pl_err *err);

#endif
