#include "fakezip.h"
#include "pkg/base/file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES(text) (text), sizeof(text) - 1

static const struct fake_file FILES[FAKE_FILES] = {{"app.py", "def handler(e, c): pass\n", 0},
                                                   {"lib/x.txt", "some text", 0600}};
static const struct pl_package_options ONE = {.workers = 1, .hash = true};
static const struct pl_package_options FOUR = {.workers = 4, .hash = true};

static void begin(void)
{
    fake_dir();
}

static void end(void)
{
    fake_dir_done();
}

static void open_ok(struct pl_package *package, const char *path,
                    const struct pl_package_options *options)
{
    struct pl_err err;
    ck_assert_int_eq(pl_package_open(package, path, options, &err), PL_OK);
}

START_TEST(package_zip_is_read_and_hashed)
{
    const struct pl_package_options *options = _i == 0 ? &ONE : &FOUR;
    struct pl_package package;
    struct pl_err err;
    unsigned char want[PL_SHA256_SIZE];
    int fd PL_CLEANUP(pl_fd_close) = -1;
    fake_zip(fake_path("f.zip"), FILES);
    open_ok(&package, fake_path("f.zip"), options);
    ck_assert_int_eq(package.kind, PL_KIND_ZIP);
    ck_assert(!package.failed && pl_package_usable(&package) && package.zipped_known);
    ck_assert_uint_eq(package.unpacked_bytes, 24 + 9);
    uint32_t entry = pl_tree_find(&package.tree, PL_SLICE("app.py"));
    ck_assert_uint_ne(entry, PL_ENTRY_NONE);
    ck_assert_int_ne(package.read_state[entry], PL_READ_NOT_LOOKED);
    ck_assert_int_ne(package.read_state[entry], PL_READ_CORRUPT);
    ck_assert_int_eq(pl_file_open(fake_path("f.zip"), &fd, &err), PL_OK);
    ck_assert_int_eq(pl_sha256_fd(fd, "f.zip", want, &err), PL_OK);
    ck_assert(package.sha256_known && memcmp(want, package.sha256, sizeof want) == 0);
    pl_package_done(&package);
}
END_TEST

START_TEST(package_hash_only_when_asked)
{
    struct pl_package package;
    fake_zip(fake_path("f.zip"), FILES);
    open_ok(&package, fake_path("f.zip"), &(struct pl_package_options){.workers = 1});
    ck_assert(!package.sha256_known && !package.failed);
    pl_package_done(&package);
}
END_TEST

/* A damaged entry is a fact about the package, not a failure to look. */
START_TEST(package_damaged_entry_is_marked)
{
    struct pl_package package;
    struct pl_err err;
    struct pl_buf bytes;
    pl_buf_init(&bytes, 4096);
    fake_zip(fake_path("f.zip"), FILES);
    ck_assert_int_eq(pl_file_read(fake_path("f.zip"), &bytes, &err), PL_OK);
    size_t at = pl_slice_find_text(pl_buf_view(&bytes), PL_SLICE("some text"));
    ck_assert_uint_lt(at, bytes.len);
    bytes.data[at] = 'S';
    fake_write(fake_path("f.zip"), bytes.data, bytes.len);
    open_ok(&package, fake_path("f.zip"), &ONE);
    uint32_t entry = pl_tree_find(&package.tree, PL_SLICE("lib/x.txt"));
    ck_assert(!package.failed && pl_package_usable(&package));
    ck_assert_int_eq(package.read_state[entry], PL_READ_CORRUPT);
    pl_package_done(&package);
    pl_buf_done(&bytes);
}
END_TEST

START_TEST(package_truncated_zip_is_no_failure_and_not_usable)
{
    struct pl_package package;
    static const char cut[64] = "PK\x03\x04\x14";
    fake_write(fake_path("f.zip"), cut, sizeof cut);
    open_ok(&package, fake_path("f.zip"), &ONE);
    ck_assert_int_eq(package.kind, PL_KIND_ZIP);
    ck_assert(!package.failed);
    ck_assert(!pl_package_usable(&package));
    pl_package_done(&package);
}
END_TEST

START_TEST(package_folder)
{
    struct pl_package package;
    ck_assert_int_eq(mkdir(fake_path("d"), 0755), 0);
    fake_write(fake_path("d/app.py"), BYTES("x = 1\n"));
    open_ok(&package, fake_path("d"), &ONE);
    ck_assert_int_eq(package.kind, PL_KIND_FOLDER);
    ck_assert(pl_package_usable(&package) && !package.zipped_known && !package.sha256_known);
    ck_assert_uint_eq(package.unpacked_bytes, 6);
    pl_package_done(&package);
}
END_TEST

START_TEST(package_missing_path_is_absent)
{
    struct pl_package package;
    open_ok(&package, fake_path("none.zip"), &ONE);
    ck_assert(package.failed && !pl_package_usable(&package));
    ck_assert_int_eq(package.state, PL_PACKAGE_ABSENT);
    ck_assert_int_eq(package.why.code, PL_ERR_MISSING);
    ck_assert_ptr_nonnull(strstr(package.why.msg, "none.zip"));
    pl_package_done(&package);
}
END_TEST

/* It must not hang, either. */
START_TEST(package_fifo_is_refused)
{
    struct pl_package package;
    ck_assert_int_eq(mkfifo(fake_path("f.zip"), 0666), 0);
    open_ok(&package, fake_path("f.zip"), &ONE);
    ck_assert(package.failed);
    ck_assert_int_eq(package.kind, PL_KIND_NONE);
    pl_package_done(&package);
}
END_TEST

START_TEST(package_that_is_none_says_what_it_is)
{
    struct pl_package package;
    fake_write(fake_path("f.zip"), BYTES("<!DOCTYPE html><p>404"));
    open_ok(&package, fake_path("f.zip"), &ONE);
    ck_assert(!package.failed && !pl_package_usable(&package));
    ck_assert_int_eq(package.kind, PL_KIND_NOT_ZIP);
    ck_assert_str_eq(package.what_is_it, "HTML text");
    pl_package_done(&package);
}
END_TEST

static const struct {
    const char *name;
    const char *bytes;
    size_t n;
    enum pl_path_kind kind;
    const char *what;
} KINDS[] = {
    {"f", BYTES(""), PL_PATH_OTHER, "an empty file"},
    {"f.zip", BYTES("\x1f\x8b\x08"), PL_PATH_OTHER, "a gzip file"},
    {"f",
     BYTES("\x7f"
           "ELF\x02"),
     PL_PATH_OTHER, "an ELF file"},
    {"f", BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), PL_PATH_OTHER,
     "a git-LFS pointer"},
    {"f", BYTES("  <html>\n"), PL_PATH_OTHER, "HTML text"},
    {"f", BYTES("\xef\xbb\xbf<!doctype HTML>"), PL_PATH_OTHER, "HTML text"},
    {"f.zip", BYTES("<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>"),
     PL_PATH_OTHER, "S3 error XML"},
    {"f", BYTES("<?xml version=\"1.0\"?><a/>"), PL_PATH_OTHER, "XML text"},
    {"f", BYTES("{\"a\": 1}"), PL_PATH_OTHER, "JSON text"},
    {"f", BYTES("UEsDBBQAAAAIAA=="), PL_PATH_OTHER, "base64 text (of a ZIP)"},
    {"f", BYTES("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx"),
     PL_PATH_OTHER, "base64 text"},
    {"f", BYTES("hello there\n"), PL_PATH_OTHER, "text"},
    {"f", BYTES("caf\xc3\xa9\n"), PL_PATH_OTHER, "text"},
    {"f", BYTES("a\0b"), PL_PATH_OTHER, "binary data"},
    {"f", BYTES("\xff\xff\xff\xff\xff\xff"), PL_PATH_OTHER, "binary data"},
    {"f", BYTES("\xff\xfev\0e\0"), PL_PATH_OTHER, "text in UTF-16 (save it as UTF-8)"},
    {"f", BYTES("\xfe\xff\0v\0e"), PL_PATH_OTHER, "text in UTF-16 (save it as UTF-8)"},
    {"f", BYTES("version: 1\nfunctions:\n  a:\n    handler: app.h\n    runtime: python3.13\n"),
     PL_PATH_MANIFEST, NULL},
    /* What does not parse and was meant as a manifest is for its reader to refuse, with a place. */
    {"plimsoll.yaml", BYTES("version: 1\nfunctions:\n\t- x\n"), PL_PATH_MANIFEST, NULL},
    {"other.yaml", BYTES("version: 1\nfunctions:\n\t- x\n"), PL_PATH_MANIFEST, NULL},
    {"other.yaml", BYTES("a: [\n"), PL_PATH_OTHER, "text"},
    {"f.txt", BYTES("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), PL_PATH_ZIP, NULL},
};

START_TEST(recognise_by_content)
{
    const char *what = NULL;
    struct pl_err err;
    const char *path = fake_path(KINDS[_i].name);
    fake_write(path, KINDS[_i].bytes, KINDS[_i].n);
    ck_assert_int_eq(pl_survey_recognise(path, &what, &err), KINDS[_i].kind);
    if (KINDS[_i].what) {
        ck_assert_str_eq(what, KINDS[_i].what);
    }
}
END_TEST

START_TEST(recognise_folder_and_missing)
{
    const char *what = NULL;
    struct pl_err err;
    ck_assert_int_eq(pl_survey_recognise(fake_path(""), &what, &err), PL_PATH_FOLDER);
    ck_assert_int_eq(pl_survey_recognise(fake_path("none"), &what, &err), PL_PATH_UNREADABLE);
    ck_assert_int_eq(err.code, PL_ERR_MISSING);
    ck_assert_ptr_null(what);
}
END_TEST

START_TEST(package_done_takes_what_there_is)
{
    struct pl_package package = {.kind = PL_KIND_NONE};
    pl_package_done(NULL);
    pl_package_done(&package);
    pl_package_done(&package);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("package");
    TCase *tests = tcase_create("package");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, package_zip_is_read_and_hashed, 0, 2);
    tcase_add_test(tests, package_hash_only_when_asked);
    tcase_add_test(tests, package_damaged_entry_is_marked);
    tcase_add_test(tests, package_truncated_zip_is_no_failure_and_not_usable);
    tcase_add_test(tests, package_folder);
    tcase_add_test(tests, package_missing_path_is_absent);
    tcase_add_test(tests, package_fifo_is_refused);
    tcase_add_test(tests, package_that_is_none_says_what_it_is);
    tcase_add_loop_test(tests, recognise_by_content, 0, (int)(sizeof KINDS / sizeof KINDS[0]));
    tcase_add_test(tests, recognise_folder_and_missing);
    tcase_add_test(tests, package_done_takes_what_there_is);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
