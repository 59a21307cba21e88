/*
 * Memory that is freed together: names, nodes, facts, messages.  Not safe for several threads;
 * give each worker its own.  Has a mandatory maximum, like every buffer here.
 */
#ifndef PL_PKG_BASE_ARENA_H
#define PL_PKG_BASE_ARENA_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"

#include <stdarg.h>

struct pl_arena_block;
struct pl_arena {
    struct pl_arena_block *head; /* owned */
    size_t used;                 /* bytes handed out */
    size_t max;
};

void pl_arena_init(struct pl_arena *arena, size_t max);
void pl_arena_done(struct pl_arena *arena); /* takes NULL and a zeroed arena */

/* n zeroed elements aligned for any type, or NULL with *err set. */
PL_MUST_CHECK void *pl_arena_new(struct pl_arena *arena, size_t n, size_t elem, struct pl_err *err);
/* A copy with a closing NUL that does not count.  Borrowed until pl_arena_done. */
PL_STATUS pl_arena_dup(struct pl_arena *arena, struct pl_slice s, struct pl_slice *ret,
                       struct pl_err *err);
PL_STATUS pl_arena_fmt(struct pl_arena *arena, struct pl_slice *ret, struct pl_err *err,
                       const char *fmt, ...) PL_PRINTF(4, 5);
PL_STATUS pl_arena_vfmt(struct pl_arena *arena, struct pl_slice *ret, struct pl_err *err,
                        const char *fmt, va_list args) PL_PRINTF(4, 0);
/* Moves all of `from` into `to`; slices into `from` stay valid until `to` is done. */
void pl_arena_adopt(struct pl_arena *to, struct pl_arena *from);

#endif
