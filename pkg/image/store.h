/*
 * The container of an image, a tar or a folder, as named ranges of bytes.  Private to pkg/image.
 *
 * A tar's members are listed once and read where they stand; links between members are followed,
 * as `docker save` once wrote a layer that two images share.
 */
#ifndef PL_PKG_IMAGE_STORE_H
#define PL_PKG_IMAGE_STORE_H

#include "pkg/base/arena.h"
#include "pkg/base/buf.h"
#include "pkg/base/map.h"
#include "pkg/image/stream.h"

struct pl_store_member {
    struct pl_slice name, link; /* tidy; `link` as stored, empty: a file */
    uint64_t offset, size;
    bool hard;
};

struct pl_store {
    const char *path; /* borrowed */
    int fd;           /* owned */
    bool folder;
    int64_t mtime_ns; /* of a tar when it was opened */
    uint64_t size;
    struct pl_store_member *member; /* owned; tar only */
    size_t n, cap;
    struct pl_map names;
    struct pl_arena arena;
    bool damaged; /* the tar could not be read to its end: `why` */
    struct pl_err why;
};

/* Opens a tar or folder and lists a tar's members.  What is no tar at all is PL_ERR_FORMAT. */
PL_STATUS pl_store_open(struct pl_store *ret, const char *path, struct pl_err *err);
void pl_store_done(struct pl_store *store);
/* Where `name` stands.  *ret_fd is owned by the caller when it is not -1.  PL_ERR_MISSING when
 * there is no such file. */
PL_STATUS pl_store_find(const struct pl_store *store, struct pl_slice name, struct pl_span *ret,
                        int *ret_fd, struct pl_err *err);
/* Reads the whole of a small file; PL_ERR_LIMIT above to->max. */
PL_STATUS pl_store_read(const struct pl_store *store, struct pl_slice name, struct pl_buf *to,
                        struct pl_err *err);
PL_STATUS pl_store_has(const struct pl_store *store, struct pl_slice name, bool *ret,
                       struct pl_err *err);
/* Does the container look like an image, whether or not it can be read to the end? */
PL_STATUS pl_store_is_image(const struct pl_store *store, bool *ret, struct pl_err *err);
/* PL_ERR_CHANGED when the tar is not what it was when it was opened. */
PL_STATUS pl_store_check_same(const struct pl_store *store, struct pl_err *err);

/* A name without "." and empty components, in the arena; *ret_outside: it has ".." components. */
PL_STATUS pl_store_tidy(struct pl_arena *arena, struct pl_slice name, struct pl_slice *ret,
                        bool *ret_outside, struct pl_err *err);

#endif
