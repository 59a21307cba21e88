/* Which list decides about a path of a source (inside of pkg/build). */
#ifndef PL_PKG_BUILD_TRACE_H
#define PL_PKG_BUILD_TRACE_H

#include "pkg/build/select.h"

/* Tells the request's tracer, if there is one.  With `why` that is the reason and it is left out;
 * else the lists are asked in the walk's order. */
void pl_trace_child(const struct pl_select *select, struct pl_slice folder, struct pl_slice name,
                    const struct pl_place *place, bool is_folder, const char *why);

#endif
