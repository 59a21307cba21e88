#include "pkg/base/digest.h"
#include "run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* FIPS 180-4 examples, and the values that `openssl dgst -sha256 -binary | base64` gives. */
static const struct {
    const char *text, *hex, *base64;
} vector[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
     "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE="},
};

START_TEST(known_answers)
{
    for (size_t i = 0; i < COUNT_OF(vector); i++) {
        for (size_t step = 1; step <= 64; step *= 4) {
            struct pl_sha256 sha;
            unsigned char digest[PL_SHA256_SIZE];
            char hex[PL_SHA256_HEX];
            char base64[PL_SHA256_BASE64];
            pl_sha256_init(&sha);
            pl_sha256_add(&sha, NULL, 0);
            size_t len = strlen(vector[i].text);
            for (size_t at = 0; at < len; at += step) {
                pl_sha256_add(&sha, vector[i].text + at, at + step > len ? len - at : step);
            }
            pl_sha256_end(&sha, digest);
            pl_sha256_hex(digest, hex);
            pl_sha256_base64(digest, base64);
            ck_assert_str_eq(hex, vector[i].hex);
            ck_assert_str_eq(base64, vector[i].base64);
        }
    }
}
END_TEST

START_TEST(of_a_file_whatever_its_size)
{
    static const size_t size[] = {0, 1, 65535, 65536, 65537, 200001};
    for (size_t i = 0; i < COUNT_OF(size); i++) {
        char path[] = "/tmp/plimsoll-digest-XXXXXX";
        int fd = mkstemp(path);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(unlink(path), 0);
        struct pl_sha256 sha;
        pl_sha256_init(&sha);
        for (size_t n = 0; n < size[i];) {
            char bytes[1000];
            memset(bytes, (int)(n % 251), sizeof(bytes));
            size_t part = size[i] - n < sizeof(bytes) ? size[i] - n : sizeof(bytes);
            ck_assert_int_eq(write(fd, bytes, part), (ssize_t)part);
            pl_sha256_add(&sha, bytes, part);
            n += part;
        }
        unsigned char expected[PL_SHA256_SIZE];
        unsigned char digest[PL_SHA256_SIZE];
        struct pl_err err;
        pl_sha256_end(&sha, expected);
        ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
        ASSERT_OK(pl_sha256_fd(fd, path, digest, &err));
        ck_assert_int_eq(memcmp(digest, expected, sizeof(digest)), 0);
        ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0); /* the position is left alone */
        ck_assert_int_eq(close(fd), 0);
    }
}
END_TEST

START_TEST(what_cannot_be_read_is_an_error)
{
    struct pl_err err;
    unsigned char digest[PL_SHA256_SIZE];
    memset(digest, 0xaa, sizeof(digest));
    ASSERT_FAILS(pl_sha256_fd(-1, "gone", digest, &err), PL_ERR_IO);
    ck_assert_int_eq(err.sys, EBADF);
    ck_assert_int_eq(strncmp(err.msg, "gone: ", 6), 0);
    ck_assert_uint_eq(digest[0], 0xaa);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        known_answers,
        of_a_file_whatever_its_size,
        what_cannot_be_read_is_an_error,
    };
    return run_tests("digest", tests, COUNT_OF(tests));
}
