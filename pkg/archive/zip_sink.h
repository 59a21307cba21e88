/*
 * Where a ZIP's bytes go: large writes into a descriptor, with the short steps back that libzip
 * takes to complete each local header, and the SHA-256 of what stands there in the end.
 */
#ifndef PL_PKG_ARCHIVE_ZIP_SINK_H
#define PL_PKG_ARCHIVE_ZIP_SINK_H

#include "pkg/base/digest.h"
#include "pkg/base/err.h"

#include <stdbool.h>

/* The bytes [base, base + len) wait in memory; all before `base` is in the file.  A part that is
 * rewritten may stand on either side or across. */
struct pl_zip_sink {
    int fd;           /* borrowed */
    const char *name; /* borrowed, for messages */
    unsigned char *buf;
    size_t len;
    uint64_t base;
    uint64_t pos;     /* of the next write; at most base + len */
    uint64_t settled; /* nothing before this place will be rewritten */
    uint64_t hashed;  /* at most settled */
    struct pl_sha256 sha;
};

PL_STATUS pl_zip_sink_init(struct pl_zip_sink *ret, int fd, const char *name, struct pl_err *err);
void pl_zip_sink_done(struct pl_zip_sink *sink); /* takes a zeroed sink */

PL_STATUS pl_zip_sink_write(struct pl_zip_sink *sink, const void *bytes, size_t n,
                            struct pl_err *err);
/* Where the next write goes; at most the end of what was written. */
PL_STATUS pl_zip_sink_seek(struct pl_zip_sink *sink, uint64_t pos, struct pl_err *err);
/* Nothing before the current position will be rewritten. */
void pl_zip_sink_settle(struct pl_zip_sink *sink);
/* Everything into the file; *ret_bytes is its size. */
PL_STATUS pl_zip_sink_end(struct pl_zip_sink *sink, uint64_t *ret_bytes,
                          unsigned char ret_sha256[PL_SHA256_SIZE], struct pl_err *err);

#endif
