/* The low-level SHA-256 functions are deprecated in OpenSSL 3, and wanted here: unlike EVP they
 * allocate nothing and read no configuration file. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "pkg/base/digest.h"

#include "pkg/base/os.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdalign.h>
#include <string.h>
#include <unistd.h>

enum { PL_SHA256_READ = 16 * 1024 }; /* on a stack that may be small */

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct pl_sha256), "room for libcrypto's state");
_Static_assert(alignof(SHA256_CTX) <= alignof(struct pl_sha256), "alignment of that state");

/* Copied in and out, so that no object is seen under two types; it is 112 bytes. */
static SHA256_CTX load(const struct pl_sha256 *sha)
{
    SHA256_CTX ctx;
    memcpy(&ctx, sha->state, sizeof(ctx));
    return ctx;
}

void pl_sha256_init(struct pl_sha256 *sha)
{
    SHA256_CTX ctx;
    memset(&ctx, 0, sizeof(ctx));
    (void)SHA256_Init(&ctx);
    memset(sha, 0, sizeof(*sha));
    memcpy(sha->state, &ctx, sizeof(ctx));
}

void pl_sha256_add(struct pl_sha256 *sha, const void *bytes, size_t n)
{
    if (n == 0) {
        return;
    }
    SHA256_CTX ctx = load(sha);
    (void)SHA256_Update(&ctx, bytes, n);
    memcpy(sha->state, &ctx, sizeof(ctx));
}

void pl_sha256_end(struct pl_sha256 *sha, unsigned char ret[PL_SHA256_SIZE])
{
    SHA256_CTX ctx = load(sha);
    (void)SHA256_Final(ret, &ctx);
    memset(sha, 0, sizeof(*sha));
}

void pl_sha256_hex(const unsigned char digest[PL_SHA256_SIZE], char ret[PL_SHA256_HEX])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < PL_SHA256_SIZE; i++) {
        ret[2 * i] = hex[digest[i] >> 4];
        ret[2 * i + 1] = hex[digest[i] & 15u];
    }
    ret[PL_SHA256_HEX - 1] = '\0';
}

void pl_sha256_base64(const unsigned char digest[PL_SHA256_SIZE], char ret[PL_SHA256_BASE64])
{
    static const char code[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t to = 0;
    for (size_t i = 0; i < PL_SHA256_SIZE; i += 3) {
        size_t left = PL_SHA256_SIZE - i;
        uint32_t group = (uint32_t)digest[i] << 16;
        group |= left > 1 ? (uint32_t)digest[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)digest[i + 2] : 0;
        ret[to++] = code[group >> 18];
        ret[to++] = code[group >> 12 & 63u];
        ret[to++] = (char)(left > 1 ? code[group >> 6 & 63u] : '=');
        ret[to++] = (char)(left > 2 ? code[group & 63u] : '=');
    }
    ret[to] = '\0';
}

enum pl_status pl_sha256_fd(int fd, const char *name, unsigned char ret[PL_SHA256_SIZE],
                            struct pl_err *err)
{
    char bytes[PL_SHA256_READ];
    SHA256_CTX ctx;
    (void)SHA256_Init(&ctx);
    pl_os_will_read(fd);
    for (off_t offset = 0;;) {
        ssize_t n = pread(fd, bytes, sizeof(bytes), offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return pl_err_sys(err, errno, "%s: cannot be read", name);
        }
        if (n == 0) {
            break;
        }
        (void)SHA256_Update(&ctx, bytes, (size_t)n);
        offset += n;
    }
    (void)SHA256_Final(ret, &ctx);
    return PL_OK;
}
