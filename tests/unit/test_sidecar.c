/* What stands beside a ZIP: hashes that hold, the same bytes every time, always the pair. */
#include "pkg/archive/sidecar.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/doc.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/check.h"
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HUGE_BYTES = 33 * 1024 * 1024 + 4711, WRITERS = 8, ROUNDS = 100 };

static const struct pl_sidecar ABOUT = {.name = PL_SLICE_INIT("f")};

/* Packs src; 0 or an exit status. */
static enum pl_status pack(const char *zip, int level, unsigned workers, struct pl_err *err)
{
    const struct case_pack wanted = {.source = {{.path = "src"}}};
    const struct pl_pack_options options = {.level = level, .workers = workers, .about = &ABOUT};
    struct pl_plan plan = {0};
    struct pl_pack_result result;
    enum pl_status status = case_plan(&plan, &wanted, err);
    if (status == PL_OK) {
        status = pl_pack_write(&result, &plan, zip, &options, err);
    }
    pl_plan_done(&plan);
    return status;
}

static void read_text(const char *path, struct pl_buf *to)
{
    struct pl_err err = {.code = PL_OK};
    pl_buf_clear(to);
    ASSERT_OK(pl_file_read(path, to, &err));
}

/* The text of a key at the top of a sidecar. */
static void said(const char *path, const char *key, char *ret, size_t n)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_doc doc = {0};
    struct pl_err err = {.code = PL_OK};
    read_text(path, &text);
    ASSERT_OK(pl_json_parse(&doc, pl_buf_view(&text), 0, path, &err));
    struct pl_slice value = pl_doc_node(&doc, pl_doc_get(&doc, doc.root, key))->text;
    ck_assert_msg(value.len > 0 && value.len < n, "%s: no %s", path, key);
    memcpy(ret, value.ptr, value.len);
    ret[value.len] = '\0';
    pl_doc_done(&doc);
}

static void code_hash(const char *path, char ret[PL_SHA256_BASE64])
{
    unsigned char sha256[PL_SHA256_SIZE];
    struct pl_err err = {.code = PL_OK};
    int fd PL_CLEANUP(pl_fd_close) = -1;
    ASSERT_OK(pl_file_open(path, &fd, &err));
    ASSERT_OK(pl_sha256_fd(fd, path, sha256, &err));
    pl_sha256_base64(sha256, ret);
}

static void check_pair(const char *zip, const char *sidecar)
{
    char is[PL_SHA256_BASE64];
    char says[PL_SHA256_BASE64];
    code_hash(zip, is);
    said(sidecar, "code_sha256", says, sizeof says);
    ck_assert_str_eq(is, says);
}

START_TEST(sidecar_same_bytes_whatever_the_threads)
{
    struct pl_buf first PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_buf other PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    char hash[2][PL_SHA256_HEX];
    struct pl_err err = {.code = PL_OK};
    put_noise("src/noise", 700000, 1);
    put_thin_noise("src/huge", HUGE_BYTES, 2, 50);
    put("src/a-b", "x");
    put("src/a/b", "y");
    put_folder("src/a0");
    put_link("src/link", "a/b");
    ASSERT_OK(pack("f.zip", 1, 1, &err));
    check_pair("f.zip", "f.zip.json");
    said("f.zip.json", "content_sha256", hash[0], sizeof hash[0]);
    read_text("f.zip.json", &first);
    for (unsigned workers = 2; workers < 5; workers++) {
        ASSERT_OK(pack("f.zip", 1, workers, &err));
        read_text("f.zip.json", &other);
        ck_assert(pl_slice_eq(pl_buf_view(&first), pl_buf_view(&other)));
    }
    /* Another level is another ZIP with the same content. */
    ASSERT_OK(pack("g.zip", 6, 2, &err));
    said("g.zip.json", "content_sha256", hash[1], sizeof hash[1]);
    ck_assert_str_eq(hash[0], hash[1]);
    put("src/a-b", "z");
    ASSERT_OK(pack("g.zip", 6, 2, &err));
    said("g.zip.json", "content_sha256", hash[1], sizeof hash[1]);
    ck_assert_str_ne(hash[0], hash[1]);
}
END_TEST

/* What reading the ZIP finds is what packing knew, the huge file's hash included. */
START_TEST(sidecar_entries_of_a_zip)
{
    struct pl_tree tree = {0};
    struct pl_sidecar_entry *entry = NULL;
    size_t n = 0;
    unsigned char content[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX];
    char says[PL_SHA256_HEX];
    struct pl_err err = {.code = PL_OK};
    put_thin_noise("src/huge", HUGE_BYTES, 3, 50);
    put("src/a-b", "x");
    put("src/a/b", "y");
    put_folder("src/empty");
    put_link("src/link", "a/b");
    ASSERT_OK(pack("f.zip", 1, 2, &err));
    ASSERT_OK(pl_zip_open(&tree, "f.zip", &err));
    ASSERT_OK(pl_sidecar_entries(&tree, "f.zip", 2, &entry, &n, &err));
    ck_assert_uint_eq(n, 5);
    ck_assert(pl_slice_is(entry[0].name, "a-b"));
    ck_assert(pl_slice_is(entry[1].name, "a/b"));
    pl_sidecar_content_hash(entry, n, content);
    pl_sha256_hex(content, hex);
    said("f.zip.json", "content_sha256", says, sizeof says);
    ck_assert_str_eq(hex, says);
    free(entry);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(sidecar_refuses_a_damaged_zip)
{
    struct pl_tree tree = {0};
    struct pl_sidecar_entry *entry = NULL;
    size_t n = 0;
    struct pl_err err = {.code = PL_OK};
    put("src/app.py", "def handler(event, context):\n    return 1\n");
    ASSERT_OK(pack("f.zip", 6, 1, &err));
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    read_text("f.zip", &text);
    text.data[45] = (char)(text.data[45] ^ 1);
    put_bytes("bad.zip", text.data, text.len);
    ASSERT_OK(pl_zip_open(&tree, "bad.zip", &err));
    ASSERT_FAILS(pl_sidecar_entries(&tree, "bad.zip", 1, &entry, &n, &err), PL_ERR_FORMAT);
    ck_assert_ptr_null(entry);
    pl_tree_done(&tree);
}
END_TEST

/* One of several processes that write the same pair, each with contents of its own. */
static void write_as(int writer)
{
    char text[32];
    char path[32];
    struct pl_err err = {.code = PL_OK};
    (void)snprintf(text, sizeof text, "%d", writer);
    (void)snprintf(path, sizeof path, "w%d", writer);
    if (mkdir(path, 0755) != 0 || chdir(path) != 0) {
        _exit(2);
    }
    put("src/who", text);
    _exit(pack("../f.zip", 6, 1, &err) == PL_OK ? 0 : 1);
}

START_TEST(sidecar_is_that_of_its_zip_whoever_writes)
{
    for (int round = 0; round < ROUNDS; round++) {
        char name[32];
        (void)snprintf(name, sizeof name, "r%d", round);
        put_folder(name);
        ck_assert_int_eq(chdir(name), 0);
        pid_t child[WRITERS];
        for (int i = 0; i < WRITERS; i++) {
            child[i] = fork();
            ck_assert_int_ge(child[i], 0);
            if (child[i] == 0) {
                write_as(i);
            }
        }
        for (int i = 0; i < WRITERS; i++) {
            int status = -1;
            ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
            ck_assert_int_eq(status, 0);
        }
        check_pair("f.zip", "f.zip.json");
        ck_assert_int_eq(chdir(".."), 0);
    }
}
END_TEST

/* The ZIP stays what it was when its sidecar has no place. */
START_TEST(sidecar_without_a_place_leaves_the_zip)
{
    struct pl_err err = {.code = PL_OK};
    put("src/app.py", "1");
    put("f.zip", "old");
    put_folder("f.zip.json");
    ASSERT_FAILS(pack("f.zip", 6, 1, &err), PL_ERR_IO);
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = 100};
    read_text("f.zip", &text);
    ck_assert(pl_slice_is(pl_buf_view(&text), "old"));
}
END_TEST

/* A sidecar of one entry, with the text in it that is to be wrong. */
static void refuses(const char *zipped, const char *entries, const char *word)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = 4096};
    struct pl_tree tree;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(pl_buf_fmt(&text, &err,
                         "{\"schema\": \"" PL_SIDECAR_SCHEMA "\", \"kind\": \"layer\", "
                         "\"name\": \"l\", \"zipped_bytes\": %s, \"entries\": %s}\n",
                         zipped, entries));
    put("l.zip.json", text.data);
    ASSERT_FAILS(pl_sidecar_open(&tree, "l.zip.json", &err), PL_ERR_CONFIG);
    ck_assert_msg(strstr(err.msg, word) != NULL, "%s", err.msg);
}

#define ENTRY(name, mode, bytes, sha)                                          \
    "[{\"name\":" name ",\"type\":\"file\",\"mode\":" mode ",\"bytes\":" bytes \
    ",\"zipped_bytes\":1,\"sha256\":\"" sha "\"}]"
#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Somebody else wrote it, or half of it: each mistake is told, none is passed over. */
START_TEST(sidecar_tells_each_mistake)
{
    refuses("1", "{}", "entries");
    refuses("null", "[]", "zipped_bytes");
    refuses("1.5", "[]", "zipped_bytes");
    refuses("1", ENTRY("\"\"", "\"0644\"", "1", SHA), "name");
    refuses("1", ENTRY("\"a\"", "\"0844\"", "1", SHA), "mode");
    refuses("1", ENTRY("\"a\"", "\"644\"", "1", SHA), "mode");
    refuses("1", ENTRY("\"a\"", "[]", "1", SHA), "mode");
    refuses("1", ENTRY("\"a\"", "\"0644\"", "\"1\"", SHA), "bytes");
    refuses("1", ENTRY("\"a\"", "\"0644\"", "-1", SHA), "bytes");
    /* A hash of another length is none: the file is compared by its bytes. */
    struct pl_tree tree;
    struct pl_err err = {.code = PL_OK};
    put("l.zip.json", "{\"schema\": \"" PL_SIDECAR_SCHEMA
                      "\", \"kind\": \"layer\", \"name\": \"l\", \"zipped_bytes\": 1, "
                      "\"entries\": " ENTRY("\"a\"", "\"0644\"", "1", "e3b0") "}\n");
    ASSERT_OK(pl_sidecar_open(&tree, "l.zip.json", &err));
    ck_assert_ptr_null(pl_sidecar_hash(&tree, 0));
    pl_tree_done(&tree);
}
END_TEST

static void check_says(const char *zip, size_t differences, const char *first)
{
    const struct case_pack wanted = {.source = {{.path = "src"}}};
    const struct pl_pack_options options = {.workers = 2};
    struct pl_plan plan = {0};
    struct pl_check check;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(case_plan(&plan, &wanted, &err));
    ASSERT_OK(pl_pack_check(&check, &plan, zip, &options, &err));
    ck_assert_uint_eq(check.n, differences);
    ck_assert(pl_check_is_current(&check) == (differences == 0 && !check.missing));
    if (differences > 0) {
        ck_assert_msg(pl_slice_is(check.diff[0].name, first), "%s", check.diff[0].name.ptr);
    }
    pl_check_done(&check);
    pl_plan_done(&plan);
}

/* A file that is too large to be looked at whole, too. */
START_TEST(check_compares_contents)
{
    struct pl_err err = {.code = PL_OK};
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = 10000};
    put("src/a-b", "x");
    /* Bytes in front of a ZIP are no damage: its entries are compared. */
    ASSERT_OK(pack("small.zip", 1, 2, &err));
    ASSERT_OK(pl_buf_text(&bytes, "#!/bin/sh\n", &err));
    ASSERT_OK(pl_file_read("small.zip", &bytes, &err));
    put_bytes("shell.zip", bytes.data, bytes.len);
    check_says("shell.zip", 0, "");
    put_thin_noise("src/huge", HUGE_BYTES, 3, 50);
    put("src/a/b", "y");
    put_folder("src/a0");
    ASSERT_OK(pack("f.zip", 1, 2, &err));
    check_says("f.zip", 0, "");
    check_says("none.zip", 0, "");
    int fd PL_CLEANUP(pl_fd_close) = open("src/huge", O_WRONLY);
    ck_assert_int_ge(fd, 0);
    ASSERT_OK(pl_file_pwrite(fd, "src/huge", "?", 1, HUGE_BYTES - 1, &err));
    check_says("f.zip", 1, "huge");
    put("src/a0/x", "");
    /* a0 is no entry any more, a0/x is one. */
    check_says("f.zip", 3, "a0");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sidecar_same_bytes_whatever_the_threads,
        sidecar_entries_of_a_zip,
        sidecar_refuses_a_damaged_zip,
        sidecar_is_that_of_its_zip_whoever_writes,
        sidecar_without_a_place_leaves_the_zip,
        check_compares_contents,
        sidecar_tells_each_mistake,
    };
    return run_tests_in("sidecar", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
