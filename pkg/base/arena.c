#include "pkg/base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PL_ARENA_BLOCK = 512, PL_ARENA_BLOCK_MAX = 256 * 1024 };

struct pl_arena_block {
    struct pl_arena_block *next;
    size_t cap;
    size_t used;
    alignas(max_align_t) char bytes[];
};

void pl_arena_init(struct pl_arena *arena, size_t max)
{
    *arena = (struct pl_arena){.max = max};
}

void pl_arena_done(struct pl_arena *arena)
{
    if (!arena) {
        return;
    }
    while (arena->head) {
        struct pl_arena_block *next = arena->head->next;
        free(arena->head);
        arena->head = next;
    }
    arena->used = 0;
}

/* Puts a block with room for n bytes at the front; or, when n is large, behind the front, so that
 * what is left of the front block stays in use. */
static struct pl_arena_block *add_block(struct pl_arena *arena, size_t n)
{
    size_t cap = PL_ARENA_BLOCK;
    if (arena->head) {
        cap =
            arena->head->cap >= PL_ARENA_BLOCK_MAX / 2 ? PL_ARENA_BLOCK_MAX : arena->head->cap * 2;
    }
    bool large = n > cap / 4;
    if (large) {
        cap = n;
    }
    if (cap > SIZE_MAX - sizeof(struct pl_arena_block)) {
        return NULL;
    }
    struct pl_arena_block *block = malloc(sizeof(*block) + cap);
    if (!block) {
        return NULL;
    }
    block->cap = cap;
    block->used = 0;
    if (large && arena->head) {
        block->next = arena->head->next;
        arena->head->next = block;
    } else {
        block->next = arena->head;
        arena->head = block;
    }
    return block;
}

/* n bytes at a multiple of `align` (a power of two), not zeroed.  Padding counts as handed out, so
 * that the maximum bounds the real memory. */
static char *take(struct pl_arena *arena, size_t n, size_t align, struct pl_err *err)
{
    struct pl_arena_block *block = arena->head;
    size_t pad = block ? (align - block->used % align) % align : 0;
    bool fits = block && pad <= block->cap - block->used && n <= block->cap - block->used - pad;
    if (!fits) {
        pad = 0;
    }
    size_t left = arena->max > arena->used ? arena->max - arena->used : 0;
    if (n > left || pad > left - n) {
        pl_ignore(pl_err_set(err, PL_ERR_LIMIT, "more than the %zu bytes that are allowed here",
                             arena->max),
                  "NULL is the failure");
        return NULL;
    }
    if (!fits) {
        block = add_block(arena, n);
        if (!block) {
            pl_ignore(pl_err_nomem(err), "NULL is the failure");
            return NULL;
        }
    }
    char *at = block->bytes + block->used + pad;
    block->used += pad + n;
    arena->used += pad + n;
    return at;
}

void *pl_arena_new(struct pl_arena *arena, size_t n, size_t elem, struct pl_err *err)
{
    if (elem > 0 && n > SIZE_MAX / elem) {
        pl_ignore(pl_err_nomem(err), "NULL is the failure");
        return NULL;
    }
    char *at = take(arena, n * elem, alignof(max_align_t), err);
    if (at) {
        memset(at, 0, n * elem);
    }
    return at;
}

enum pl_status pl_arena_dup(struct pl_arena *arena, struct pl_slice s, struct pl_slice *ret,
                            struct pl_err *err)
{
    if (s.len == SIZE_MAX) {
        return pl_err_nomem(err);
    }
    char *at = take(arena, s.len + 1, 1, err);
    if (!at) {
        return err->code;
    }
    if (s.len > 0) {
        memcpy(at, s.ptr, s.len);
    }
    at[s.len] = '\0';
    *ret = (struct pl_slice){at, s.len};
    return PL_OK;
}

enum pl_status pl_arena_vfmt(struct pl_arena *arena, struct pl_slice *ret, struct pl_err *err,
                             const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *at = n < 0 ? NULL : take(arena, (size_t)n + 1, 1, err);
    enum pl_status status = PL_OK;
    if (n < 0 || (at && vsnprintf(at, (size_t)n + 1, fmt, again) != n)) {
        status = pl_err_set(err, PL_ERR_INTERNAL, "a text could not be formatted");
    } else if (!at) {
        status = err->code;
    } else {
        *ret = (struct pl_slice){at, (size_t)n};
    }
    va_end(again);
    return status;
}

enum pl_status pl_arena_fmt(struct pl_arena *arena, struct pl_slice *ret, struct pl_err *err,
                            const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_arena_vfmt(arena, ret, err, fmt, args);
    va_end(args);
    return status;
}

void pl_arena_adopt(struct pl_arena *to, struct pl_arena *from)
{
    if (!from->head) {
        return;
    }
    struct pl_arena_block **tail = to->head ? &to->head->next : &to->head;
    struct pl_arena_block *rest = *tail;
    *tail = from->head;
    while (*tail) {
        tail = &(*tail)->next;
    }
    *tail = rest;
    to->used = from->used > SIZE_MAX - to->used ? SIZE_MAX : to->used + from->used;
    from->head = NULL;
    from->used = 0;
}
