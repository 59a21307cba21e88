/* The bytes of layers: packings by their first bytes, members and frames to the end, digests, texts
 * across pieces, and reading that begins again in the middle; tars inside of them. */
#include "pkg/base/limits.h"
#include "pkg/image/tar.h"
#include "run.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { PLAIN_BYTES = 3000000, PACKED_MOST = 4000000, PIECE = 500000 };

static unsigned char plain[PLAIN_BYTES];
static unsigned char packed[PACKED_MOST];
static int fd = -1;

/* Bytes that compress a little, the same in every run. */
static void fill_plain(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof plain; i++) {
        state = state * 1664525u + 1013904223u;
        plain[i] = (unsigned char)(state >> 24 & 0x3f);
    }
    memcpy(plain + 131072 - 7, "AWS_LAMBDA_RUNTIME_API", 22); /* across two pieces */
}

static void write_file(const unsigned char *data, size_t n)
{
    char path[] = "/tmp/pl-stream-XXXXXX";
    if (fd >= 0) {
        close(fd);
    }
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    unlink(path);
    for (size_t at = 0; at < n;) {
        ssize_t done = write(fd, data + at, n - at);
        ck_assert_int_gt((int)(done > 0), 0);
        at += (size_t)done;
    }
}

static size_t gzip_member(unsigned char *to, size_t most, const unsigned char *data, size_t n)
{
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const unsigned char *)(uintptr_t)data;
    z.avail_in = (unsigned)n;
    z.next_out = to;
    z.avail_out = (unsigned)most;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t used = most - z.avail_out;
    deflateEnd(&z);
    return used;
}

/* PIECE bytes at a time, each a member or frame of its own. */
static size_t pack(enum pl_packing how)
{
    size_t n = 0;
    if (how == PL_PACKING_PLAIN) {
        memcpy(packed, plain, sizeof plain);
        return sizeof plain;
    }
    for (size_t at = 0; at < sizeof plain; at += PIECE) {
        if (how == PL_PACKING_GZIP) {
            n += gzip_member(packed + n, sizeof packed - n, plain + at, PIECE);
        } else {
            size_t done = ZSTD_compress(packed + n, sizeof packed - n, plain + at, PIECE, 3);
            ck_assert(!ZSTD_isError(done));
            n += done;
        }
    }
    return n;
}

static void expect_digest(const unsigned char *data, size_t n, const unsigned char *is)
{
    struct pl_sha256 sha;
    unsigned char want[PL_SHA256_SIZE];
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, data, n);
    pl_sha256_end(&sha, want);
    ck_assert_mem_eq(want, is, sizeof want);
}

static void read_again(struct pl_span span, const struct pl_marks *marks, uint64_t at)
{
    struct pl_stream *in = NULL;
    struct pl_err err;
    unsigned char got[1000];
    uint64_t passed = 0;
    size_t n = 0;
    ASSERT_OK(pl_stream_reopen(&in, span, "test", marks, at, &err));
    ck_assert_uint_le(pl_stream_at(in), at);
    ASSERT_OK(pl_stream_skip(in, at - pl_stream_at(in), &passed, &err));
    ASSERT_OK(pl_stream_read(in, got, sizeof got, &n, &err));
    ck_assert_uint_eq(n, at + sizeof got <= sizeof plain ? sizeof got : sizeof plain - at);
    ck_assert_mem_eq(got, plain + at, n);
    pl_stream_free(in);
}

START_TEST(stream_every_packing_is_read_whole_and_again)
{
    enum pl_packing how = (enum pl_packing)_i;
    struct pl_marks marks = {.max = 8, .every = 100000};
    struct pl_stream *in = NULL;
    struct pl_err err;
    unsigned char of_in[PL_SHA256_SIZE];
    unsigned char of_out[PL_SHA256_SIZE];
    fill_plain();
    size_t n = pack(how);
    write_file(packed, n);
    struct pl_span span = {fd, 0, n};
    const struct pl_stream_options options = {.marks = &marks,
                                              .name = "test",
                                              .digest = true,
                                              .seek = PL_SLICE("AWS_LAMBDA_RUNTIME_API")};
    ASSERT_OK(pl_stream_open(&in, span, &options, &err));
    ck_assert_int_eq((int)pl_stream_packing(in), (int)how);
    ASSERT_OK(pl_stream_drain(in, &err));
    ck_assert_uint_eq(pl_stream_at(in), sizeof plain);
    ck_assert(pl_stream_met(in));
    pl_stream_digests(in, of_in, of_out);
    expect_digest(packed, n, of_in);
    expect_digest(plain, sizeof plain, of_out);
    pl_stream_free(in);
    ck_assert(how == PL_PACKING_PLAIN || marks.n > 1);
    ck_assert_uint_le(marks.n, marks.max);
    for (uint64_t at = 0; at < sizeof plain; at += 333333) {
        read_again(span, &marks, at);
    }
    read_again(span, &marks, sizeof plain - 1);
    pl_marks_done(&marks);
}
END_TEST

/* What is cut anywhere is damage, never a shorter file. */
START_TEST(stream_cut_data_is_damage)
{
    enum pl_packing how = (enum pl_packing)_i;
    struct pl_err err;
    fill_plain();
    size_t n = pack(how);
    write_file(packed, n);
    for (size_t cut = 1; cut < n; cut += n / 7) {
        const struct pl_stream_options options = {.name = "test", .digest = true};
        struct pl_stream *in = NULL;
        ASSERT_OK(pl_stream_open(&in, (struct pl_span){fd, 0, n - cut}, &options, &err));
        ASSERT_FAILS(pl_stream_drain(in, &err), PL_ERR_FORMAT);
        pl_stream_free(in);
    }
}
END_TEST

/* One header block. */
static void put_header(unsigned char *block, const char *name, char type, unsigned size)
{
    unsigned sum = 0;
    memset(block, 0, PL_TAR_BLOCK_BYTES);
    snprintf((char *)block, 100, "%s", name);
    memcpy(block + 100,
           "0000640\0"
           "0000001\0"
           "0000002\0",
           24);
    snprintf((char *)block + 124, 12, "%011o", size);
    memcpy(block + 136,
           "00000000000\0"
           "        ",
           20);
    block[156] = (unsigned char)type;
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    for (size_t i = 0; i < PL_TAR_BLOCK_BYTES; i++) {
        sum += block[i];
    }
    snprintf((char *)block + 148, 8, "%06o", sum);
}

START_TEST(tar_entries_names_and_end)
{
    static const char record[] = "23 path=deep/long-name\n"
                                 "21 GNU.sparse.size=9\n"
                                 "22 GNU.sparse.map=0,1\n";
    struct pl_stream *in = NULL;
    struct pl_tar tar;
    struct pl_tar_entry e;
    struct pl_err err;
    bool more = false;
    memset(packed, 0, 8192);
    put_header(packed, "folder/", '5', 0);
    put_header(packed + 512, "x", 'x', sizeof record - 1);
    memcpy(packed + 1024, record, sizeof record - 1);
    put_header(packed + 1536, "short", '0', 1);
    packed[2048] = 'y';
    put_header(packed + 2560, "odd", 'V', 0);
    write_file(packed, 8192);
    const struct pl_stream_options options = {.name = "test"};
    ASSERT_OK(pl_stream_open(&in, (struct pl_span){fd, 0, 8192}, &options, &err));
    pl_tar_init(&tar, in);
    ASSERT_OK(pl_tar_next(&tar, &e, &more, &err));
    ck_assert(more && e.type == PL_TAR_FOLDER && pl_slice_is(e.name, "folder/"));
    ck_assert_int_eq(e.mode, 0640);
    ck_assert_uint_eq(e.uid, 1);
    ck_assert_uint_eq(e.gid, 2);
    ASSERT_OK(pl_tar_next(&tar, &e, &more, &err));
    ck_assert(more && e.type == PL_TAR_FILE && pl_slice_is(e.name, "deep/long-name"));
    ck_assert(e.sparse && e.n_run == 1);
    ck_assert_uint_eq(e.size, 9);
    ck_assert_uint_eq(e.stored, 1);
    ASSERT_OK(pl_tar_next(&tar, &e, &more, &err));
    ck_assert(more && e.type == PL_TAR_OTHER);
    ASSERT_OK(pl_tar_next(&tar, &e, &more, &err));
    ck_assert(!more && tar.ended);
    pl_tar_done(&tar);
    pl_stream_free(in);
}
END_TEST

START_TEST(tar_damage_is_said)
{
    struct pl_stream *in = NULL;
    struct pl_tar tar;
    struct pl_tar_entry e;
    struct pl_err err;
    bool more = false;
    memset(packed, 0, 8192);
    put_header(packed, "file", '0', 100000); /* longer than what follows */
    write_file(packed, 8192);
    const struct pl_stream_options options = {.name = "test"};
    ASSERT_OK(pl_stream_open(&in, (struct pl_span){fd, 0, 8192}, &options, &err));
    pl_tar_init(&tar, in);
    ASSERT_OK(pl_tar_next(&tar, &e, &more, &err));
    ASSERT_FAILS(pl_tar_next(&tar, &e, &more, &err), PL_ERR_FORMAT);
    pl_tar_done(&tar);
    pl_stream_free(in);
    packed[150] ^= 1; /* the sum */
    ck_assert(!pl_tar_is_header(packed));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image_stream");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, stream_every_packing_is_read_whole_and_again, PL_PACKING_PLAIN,
                        PL_PACKING_ZSTD + 1);
    tcase_add_loop_test(tests, stream_cut_data_is_damage, PL_PACKING_GZIP, PL_PACKING_ZSTD + 1);
    tcase_add_test(tests, tar_entries_names_and_end);
    tcase_add_test(tests, tar_damage_is_said);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
