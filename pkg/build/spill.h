/*
 * One file without a name for deflated bytes that wait longer than memory can hold them (inside of
 * pkg/build).  Made when the first bytes come; safe from several threads.
 */
#ifndef PL_PKG_BUILD_SPILL_H
#define PL_PKG_BUILD_SPILL_H

#include "pkg/base/err.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct pl_spill {
    pthread_mutex_t lock;
    const char *beside; /* the file goes into this one's folder; borrowed */
    int fd;             /* -1 until the first bytes */
    uint64_t end;
};

PL_STATUS pl_spill_init(struct pl_spill *ret, const char *beside, struct pl_err *err);
void pl_spill_done(struct pl_spill *spill);
/* Appends; *ret_offset is where. */
PL_STATUS pl_spill_put(struct pl_spill *spill, const void *bytes, size_t n, uint64_t *ret_offset,
                       struct pl_err *err);
PL_STATUS pl_spill_get(struct pl_spill *spill, void *to, size_t n, uint64_t offset,
                       struct pl_err *err);

#endif
