/* Where things go in a layer, so that nobody has to know the paths (inside of pkg/build). */
#ifndef PL_PKG_BUILD_PLACE_H
#define PL_PKG_BUILD_PLACE_H

#include "pkg/build/select.h"

/* The folder of a source that says none and knows its kind: wheels and jars in a layer; else "". */
struct pl_slice pl_place_default(const struct pl_plan_request *request,
                                 const struct pl_source *source);
/* The folder of node_modules for what is built, or empty when that is not for Node.js alone. */
struct pl_slice pl_place_of_npm(const struct pl_plan_request *request);
/* Refuses a file of a layer that none of its compatible runtimes would find, unless its source says
 * where it goes.  Layers that name no runtime, or one that looks wherever it likes, pass. */
PL_STATUS pl_place_check(struct pl_select *select, struct pl_err *err);

#endif
