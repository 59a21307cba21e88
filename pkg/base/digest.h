/* SHA-256 (libcrypto, low-level interface: no allocation, no configuration file) and its texts. */
#ifndef PL_PKG_BASE_DIGEST_H
#define PL_PKG_BASE_DIGEST_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"

enum { PL_SHA256_SIZE = 32, PL_SHA256_HEX = 65, PL_SHA256_BASE64 = 45 };

struct pl_sha256 {
    uint64_t state[16]; /* room and alignment for libcrypto's SHA256_CTX */
};
void pl_sha256_init(struct pl_sha256 *sha);
void pl_sha256_add(struct pl_sha256 *sha, const void *bytes, size_t n);
void pl_sha256_end(struct pl_sha256 *sha, unsigned char ret[PL_SHA256_SIZE]);

void pl_sha256_hex(const unsigned char digest[PL_SHA256_SIZE], char ret[PL_SHA256_HEX]);
/* As Lambda prints CodeSha256. */
void pl_sha256_base64(const unsigned char digest[PL_SHA256_SIZE], char ret[PL_SHA256_BASE64]);

/* Of everything from the file's start; reads with pread and leaves the position alone. */
PL_STATUS pl_sha256_fd(int fd, const char *name, unsigned char ret[PL_SHA256_SIZE],
                       struct pl_err *err);

#endif
