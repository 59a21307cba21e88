/*
 * The bytes of a layer, decompressed as they go by: plain, gzip (any number of members) or zstd
 * (any number of frames), decided by the first bytes.  Private to pkg/image.
 *
 * Nothing is kept but a few marks from which reading can begin again in the middle, so that a
 * single file of a large layer costs little (the idea of zlib's examples/zran.c).
 */
#ifndef PL_PKG_IMAGE_STREAM_H
#define PL_PKG_IMAGE_STREAM_H

#include "pkg/base/digest.h"
#include "pkg/base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A range of a file. */
struct pl_span {
    int fd; /* borrowed */
    uint64_t offset, size;
};

enum pl_packing { PL_PACKING_PLAIN, PL_PACKING_GZIP, PL_PACKING_ZSTD };

struct pl_mark; /* where reading can begin again */
struct pl_marks {
    struct pl_mark *at; /* owned */
    size_t n, cap;
    size_t max;     /* no more are kept; every second one goes when there would be */
    uint64_t every; /* bytes that come out between two of them */
};
void pl_marks_done(struct pl_marks *marks);

struct pl_stream;

/* Starts at the beginning.  `marks` may be NULL: then none are kept, and plain bytes that are
 * passed over are not even read.  `digest`: both SHA-256 are computed, so everything is read. */
struct pl_stream_options {
    struct pl_marks *marks;
    const char *name; /* for messages; borrowed */
    bool digest;
    struct pl_slice seek; /* a text of at most PL_STREAM_SEEK bytes to look for; borrowed */
};
enum { PL_STREAM_SEEK = 64 };
PL_STATUS pl_stream_open(struct pl_stream **ret, struct pl_span span,
                         const struct pl_stream_options *options, struct pl_err *err);
/* Starts at the mark nearest to `out`, which need not be reached exactly: the stream stands at or
 * before `out`; pl_stream_at says where. */
PL_STATUS pl_stream_reopen(struct pl_stream **ret, struct pl_span span, const char *name,
                           const struct pl_marks *marks, uint64_t out, struct pl_err *err);
void pl_stream_free(struct pl_stream *stream);

/* Exactly n bytes; fewer only at the end of the stream.  Damage is PL_ERR_FORMAT. */
PL_STATUS pl_stream_read(struct pl_stream *stream, void *to, size_t n, size_t *ret_n,
                         struct pl_err *err);
/* Passes over n bytes; *ret_n is less only at the end. */
PL_STATUS pl_stream_skip(struct pl_stream *stream, uint64_t n, uint64_t *ret_n, struct pl_err *err);
/* Everything to the end, so that the digests are those of the whole. */
PL_STATUS pl_stream_drain(struct pl_stream *stream, struct pl_err *err);

/* Was the text met in what came out so far? */
bool pl_stream_met(const struct pl_stream *stream);
uint64_t pl_stream_at(const struct pl_stream *stream); /* bytes that were taken out */
enum pl_packing pl_stream_packing(const struct pl_stream *stream);
/* Of what went in, and of what came out; after pl_stream_drain. */
void pl_stream_digests(struct pl_stream *stream, unsigned char ret_in[PL_SHA256_SIZE],
                       unsigned char ret_out[PL_SHA256_SIZE]);

/* A zstd frame with a larger window is refused: RFC 8878 asks for 8 MB, `zstd --long` writes
 * 128 MB. */
enum { PL_STREAM_WINDOW_LOG = 27 };

#endif
