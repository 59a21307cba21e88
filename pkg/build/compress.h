/*
 * One planned file, read and deflated whole (inside of pkg/build).  Each worker has one compressor
 * and its buffers, and uses them for every file.
 */
#ifndef PL_PKG_BUILD_COMPRESS_H
#define PL_PKG_BUILD_COMPRESS_H

#include "pkg/base/digest.h"
#include "pkg/build/plan.h"

/* Huge files go in blocks of this size, each with the window before it as dictionary. */
#define PL_BLOCK_BYTES  ((size_t)1024 * 1024)
#define PL_BLOCK_WINDOW ((size_t)32 * 1024)
/* PKWARE's method numbers (APPNOTE 4.4.5). */
enum { PL_METHOD_STORE = 0, PL_METHOD_DEFLATE = 8 };

struct libdeflate_compressor;
struct z_stream_s;
struct pl_cache;

struct pl_deflater {
    int level;
    struct pl_cache *cache;              /* borrowed; may be NULL */
    struct libdeflate_compressor *whole; /* owned; made when it is first needed, as the next one */
    struct z_stream_s *block;            /* owned */
    unsigned char *in, *out;             /* owned; for files up to a bound, and for blocks */
    size_t in_cap, out_cap;
};

/* What a file became. */
struct pl_deflated {
    unsigned char *data; /* owned; NULL when `packed` is 0 */
    size_t packed;
    uint32_t crc;
    uint8_t method;
    unsigned char sha256[PL_SHA256_SIZE]; /* of what was deflated */
};

void pl_deflater_init(struct pl_deflater *ret, int level, struct pl_cache *cache);
void pl_deflater_done(struct pl_deflater *deflater);

/* A file of at most PL_MAX_WHOLE_ENTRY bytes; stored when deflating does not make it smaller.
 * `sha256` is of its content when that is known before it is read, else NULL. */
PL_STATUS pl_deflate_file(struct pl_deflater *deflater, const struct pl_plan_item *item,
                          const unsigned char *sha256, struct pl_deflated *ret, struct pl_err *err);

/* Was the file with this content deflated before, as far as the cache knows? */
bool pl_deflated_before(struct pl_cache *cache, const struct pl_plan_item *item,
                        const unsigned char sha256[PL_SHA256_SIZE], int level);

/* One block of a huge file as a piece of its deflate stream; the last one closes the stream.  The
 * bytes are borrowed until the next call.  What they are depends on the block and the window before
 * it only. */
struct pl_block {
    const unsigned char *data;
    size_t packed;
    size_t size;
    uint32_t crc; /* of the block alone */
};
PL_STATUS pl_deflate_block(struct pl_deflater *deflater, const struct pl_plan_item *item, int fd,
                           uint64_t index, struct pl_block *ret, struct pl_err *err);
uint64_t pl_block_count(uint64_t size);
void pl_hash_bytes(const void *bytes, size_t n, unsigned char ret[PL_SHA256_SIZE]);
/* SHA-256 of a huge file. */
PL_STATUS pl_hash_planned(struct pl_deflater *deflater, const struct pl_plan_item *item, int fd,
                          unsigned char ret[PL_SHA256_SIZE], struct pl_err *err);
/* CRC-32 of two runs of bytes behind each other. */
uint32_t pl_crc_join(uint32_t first, uint32_t second, uint64_t second_bytes);
uint32_t pl_crc(uint32_t crc, const void *bytes, size_t n);

#endif
