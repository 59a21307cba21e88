/* A parallel for-loop over a fixed number of items. */
#ifndef PL_PKG_BASE_POOL_H
#define PL_PKG_BASE_POOL_H

#include "pkg/base/err.h"

#include <stddef.h>

/* Does item `index`; `worker` is below the number of workers and never runs twice at once. */
typedef PL_STATUS (*pl_pool_fn)(void *ctx, unsigned worker, size_t index, struct pl_err *err);

/*
 * Runs fn for 0 .. n-1 on `workers` threads (the caller's is one of them; 0 counts as 1).  Items
 * are taken in order.  After a failure no further item is begun, and the error of the lowest
 * failing index is returned, so that the message does not depend on timing among those that ran.
 * If threads cannot be made, fewer do the work.
 */
PL_STATUS pl_pool_for(unsigned workers, size_t n, pl_pool_fn fn, void *ctx, struct pl_err *err);

/* The stack of every thread we start: it does not follow `ulimit -s`.  Enough for
 * PL_MAX_FOLDER_DEPTH folders inside each other. */
enum { PL_POOL_STACK = 2 * 1024 * 1024 };

/* As pthread_create with that stack size; 0 or an errno. */
#include <pthread.h>
int pl_thread_start(pthread_t *ret, void *(*fn)(void *), void *arg);

#endif
