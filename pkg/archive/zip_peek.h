/*
 * A ZIP in memory, looked at in passing: the names of its directory, and how an entry begins.
 * Nothing is judged and nothing is allocated but for inflation: what comes out is a hint about a
 * jar that another reader may open in earnest, never a verdict.
 */
#ifndef PL_PKG_ARCHIVE_ZIP_PEEK_H
#define PL_PKG_ARCHIVE_ZIP_PEEK_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"

#include <stdint.h>

struct pl_zip_peek {
    struct pl_slice bytes;     /* borrowed: the whole file */
    struct pl_slice directory; /* of it: from the first header of the directory to the end record */
    struct pl_slice rest;      /* of the directory: what is still to come */
};

struct pl_zip_peeked {
    struct pl_slice name; /* its bytes, as they stand there */
    uint16_t method;
    uint32_t packed, local; /* as declared */
};

/* An empty directory when there is no end record. */
void pl_zip_peek_init(struct pl_zip_peek *peek, struct pl_slice bytes);
/* The next header of the directory; false behind the last one. */
bool pl_zip_peek_next(struct pl_zip_peek *peek, struct pl_zip_peeked *ret);
/* The first `n` bytes of an entry, or as many as come out; *ret_n says how many. */
PL_STATUS pl_zip_peek_start(const struct pl_zip_peek *peek, const struct pl_zip_peeked *entry,
                            unsigned char *to, size_t n, size_t *ret_n, struct pl_err *err);

#endif
