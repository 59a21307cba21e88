/* Archives as sources: what is taken of them, and what makes them refused. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Members of a tar in the ustar format (POSIX.1-2017, pax). */
struct member {
    const char *name;
    char type;        /* '0' file, '1' hard link, '2' link, '3' device, '5' folder */
    const char *text; /* content, or the link's target */
    unsigned mode;    /* 0: 0644 */
};

enum { RECORD = 512 };

static size_t add_member(unsigned char *to, const struct member *member)
{
    char *head = (char *)to;
    bool is_file = member->type == '0';
    size_t size = is_file && member->text ? strlen(member->text) : 0;
    unsigned sum = 0;
    memset(to, 0, RECORD);
    (void)snprintf(head, 100, "%s", member->name);
    (void)snprintf(head + 100, 8, "%07o", member->mode > 0 ? member->mode & 07777u : 0644u);
    (void)snprintf(head + 108, 8, "%07o", 0u);
    (void)snprintf(head + 116, 8, "%07o", 0u);
    (void)snprintf(head + 124, 12, "%011o", (unsigned)size & 0xffffffu);
    (void)snprintf(head + 136, 12, "%011o", 0u);
    memset(head + 148, ' ', 8);
    head[156] = member->type;
    if (!is_file && member->text) {
        (void)snprintf(head + 157, 100, "%s", member->text);
    }
    memcpy(head + 257, "ustar\00000", 8);
    for (size_t i = 0; i < RECORD; i++) {
        sum += to[i];
    }
    (void)snprintf(head + 148, 8, "%06o", sum & 0777777u);
    memset(to + RECORD, 0, RECORD);
    if (size > 0) {
        memcpy(to + RECORD, member->text, size);
    }
    return RECORD + (size + RECORD - 1) / RECORD * RECORD;
}

/* Writes the members up to the first without a name; `short_by` bytes are missing at the end. */
static void put_tar(const char *path, const struct member *member, size_t short_by)
{
    static unsigned char bytes[64 * RECORD];
    size_t n = 0;
    for (; member->name; member++) {
        ck_assert_uint_lt(n, sizeof(bytes) - 8 * RECORD);
        n += add_member(bytes + n, member);
    }
    memset(bytes + n, 0, 2 * RECORD);
    put_bytes(path, bytes, n + 2 * RECORD - short_by);
}

#define TAR(...) put_tar("a.tar", (const struct member[]){__VA_ARGS__, {NULL, 0, NULL, 0}}, 0)
#define FROM(...)         \
    (&(struct case_pack){ \
        .source = {{.path = "a.tar", .how = {.kind = PL_SOURCE_ARCHIVE}, __VA_ARGS__}}})
#define REFUSED(code, ...) CASE_FAILS(FROM(.to = NULL), code, "a.tar", __VA_ARGS__)

START_TEST(unpack_tar_with_all_that_a_source_can_say)
{
    TAR({"./", '5', NULL, 0755}, {"./pkg/", '5', NULL, 0}, {"./pkg/a.txt", '0', "hello", 0},
        {"./pkg/run", '0', "#!", 0700}, {"./pkg/l", '2', "sub/../a.txt", 0},
        {"./pkg/hard", '1', "./pkg/a.txt", 0}, {"./pkg/none/", '5', NULL, 0},
        {"./pkg/sub/zero", '0', NULL, 0}, {"./pkg/opt", '2', "/opt/lib", 0});
    case_is(FROM(.to = NULL), "pkg/a.txt pkg/hard pkg/l->sub/../a.txt pkg/none/:755 "
                              "pkg/opt->/opt/lib pkg/run:755 pkg/sub/zero");
    case_is(FROM(.to = "x", .include = {"*.txt", "sub"}), "x/pkg/a.txt x/pkg/sub/zero");
    case_is(FROM(.exclude = {"/pkg/*", "!/pkg/run"}), "pkg/run:755");
    case_is((&(struct case_pack){
                .source = {{.path = "a.tar",
                            .how = {.kind = PL_SOURCE_ARCHIVE, .strip = 1, .mode = 0555}}},
                .exclude = {"/hard", "opt", "l"}}),
            "a.txt:555 none/:755 run:555 sub/zero:555");
    case_is((&(struct case_pack){
                .source = {{.path = "a.tar", .to = "to", .how = {.kind = PL_SOURCE_ARCHIVE}}},
                .include = {"/to/pkg/sub"}}),
            "to/pkg/sub/zero");
    CASE_FAILS(FROM(.include = {"hard"}), PL_ERR_FORMAT, "a.tar!./pkg/hard", "left out");
    CASE_FAILS(
        (&(struct case_pack){.source = {{.path = "none.tar", .how = {.kind = PL_SOURCE_ARCHIVE}}}}),
        PL_ERR_MISSING, "none.tar");
}
END_TEST

START_TEST(unpack_tar_that_leaves_its_place_is_refused)
{
    TAR({"a", '0', "x", 0}, {"../x", '0', "x", 0});
    REFUSED(PL_ERR_FORMAT, "!../x", "leave its place");
    TAR({"a/b/../../../x", '0', "x", 0});
    REFUSED(PL_ERR_FORMAT, "leave its place");
    TAR({"/etc/x", '0', "x", 0});
    REFUSED(PL_ERR_FORMAT, "!/etc/x", "absolute");
    TAR({"C:/x", '0', "x", 0});
    REFUSED(PL_ERR_FORMAT, "drive");
    TAR({"a/l", '2', "../../x", 0});
    REFUSED(PL_ERR_FORMAT, "!a/l", "leave its place");
    TAR({"l", '2', "/etc/passwd", 0});
    REFUSED(PL_ERR_FORMAT, "leave its place");
    TAR({"l", '2', "/opt/../etc/passwd", 0});
    REFUSED(PL_ERR_FORMAT, "leave its place");
    TAR({"l", '1', "/etc/passwd", 0});
    REFUSED(PL_ERR_FORMAT, "hard link");
    TAR({"l", '1', "l", 0});
    REFUSED(PL_ERR_FORMAT, "hard link");
    TAR({"d", '3', NULL, 0});
    REFUSED(PL_ERR_FORMAT, "device");
    /* Whatever is taken of it. */
    TAR({"a", '0', "x", 0}, {"../x", '0', "x", 0});
    CASE_FAILS(FROM(.include = {"/a"}), PL_ERR_FORMAT, "leave its place");
    /* A link that stripping would let out. */
    TAR({"a/l", '2', "../b", 0}, {"b", '0', "x", 0});
    case_is(FROM(.to = NULL), "a/l->../b b");
    CASE_FAILS((&(struct case_pack){.source = {{.path = "a.tar",
                                                .to = "deep/er",
                                                .how = {.kind = PL_SOURCE_ARCHIVE, .strip = 1}}}}),
               PL_ERR_FORMAT, "leave its place");
}
END_TEST

START_TEST(unpack_tar_with_names_or_links_that_cannot_be)
{
    TAR({"", '0', "x", 0});
    REFUSED(PL_ERR_FORMAT, "without a name");
    TAR({"a\x01", '0', "x", 0});
    REFUSED(PL_ERR_FORMAT, "control");
    TAR({"a\\b", '0', "x", 0});
    REFUSED(PL_ERR_FORMAT, "backslash");
    TAR({"gr\xfc", '0', "x", 0});
    REFUSED(PL_ERR_FORMAT, "UTF-8");
    TAR({"gr\xc3\xbc", '0', "x", 0});
    case_is(FROM(.to = NULL), "gr\xc3\xbc");
    TAR({"a", '0', "1", 0}, {"./a", '0', "2", 0});
    REFUSED(PL_ERR_FORMAT, "twice");
    TAR({"a", '0', "1", 0}, {"l", '2', "nowhere", 0});
    REFUSED(PL_ERR_MISSING, "!l", "nowhere");
    CASE_FAILS(FROM(.exclude = {"a"}), PL_ERR_MISSING, "!l");
    case_is(FROM(.exclude = {"l"}), "a");
    TAR({"a", '0', "1", 0}, {"a/b", '0', "2", 0});
    REFUSED(PL_ERR_CONFIG, "a");
}
END_TEST

START_TEST(unpack_what_is_no_archive)
{
    put("a.tar", "<html>no</html>");
    REFUSED(PL_ERR_FORMAT, "a.tar");
    put("a.tar", "");
    REFUSED(PL_ERR_FORMAT, "a.tar");
    const struct member one[] = {{"a", '0', "hello", 0}, {NULL, 0, NULL, 0}};
    put_tar("a.tar", one, 2 * RECORD + RECORD);
    REFUSED(PL_ERR_FORMAT, "a.tar");
    put_bytes("a.tar", "\x1f\x8b\x08\x00\x00\x00\x00\x00", 8);
    REFUSED(PL_ERR_FORMAT, "a.tar");
    put_bytes("a.tar", "\x28\xb5\x2f\xfd\x00\x00\x00\x00", 8);
    REFUSED(PL_ERR_FORMAT, "a.tar");
    put_folder("b.tar");
    CASE_FAILS(
        (&(struct case_pack){.source = {{.path = "b.tar", .how = {.kind = PL_SOURCE_ARCHIVE}}}}),
        PL_ERR_FORMAT, "b.tar");
}
END_TEST

START_TEST(unpack_merges_with_files_and_archives)
{
    struct pl_plan plan = {0};
    struct pl_err err = {.code = PL_OK};
    put("src/a", "same");
    TAR({"a", '0', "same", 0}, {"b", '0', NULL, 0});
    const struct case_pack both = {
        .source = {{.path = "src"}, {.path = "a.tar", .how = {.kind = PL_SOURCE_ARCHIVE}}}};
    case_is(&both, "a b");
    put("src/a", "else");
    CASE_FAILS(&both, PL_ERR_CONFIG, "src/a", "a.tar!a");
    const struct case_pack replaced = {
        .source = {{.path = "a.tar", .how = {.kind = PL_SOURCE_ARCHIVE}},
                   {.path = "src", .how = {.replace = true}}}};
    ASSERT_OK(case_plan(&plan, &replaced, &err));
    ck_assert_str_eq(plan.item[0].path.ptr, "src/a");
    ck_assert_str_eq(plan.item[1].path.ptr, "a.tar!b");
    pl_plan_done(&plan);
}
END_TEST

/* Files that are deflated whole, in blocks, and stored, from both kinds of archives. */
START_TEST(unpack_packs_the_same_bytes)
{
    put("src/small", "s");
    put_thin_noise("src/large", 3 * 1024 * 1024, 1, 16);
    put_thin_noise("src/huge", PL_MAX_WHOLE_ENTRY + 12345, 2, 64);
    const char *const tar[] = {"tar", "-cf", "all.tar", "-C", "src", ".", NULL};
    const char *const zip[] = {"sh", "-c", "cd src && zip -1qr ../all.zip .", NULL};
    if (tool(tar, NULL) != 0 || tool(zip, NULL) != 0) {
        return;
    }
    const char *const from[] = {"src", "all.tar", "all.zip"};
    unsigned char hash[PL_SHA256_SIZE] = {0};
    for (size_t i = 0; i < COUNT_OF(from); i++) {
        struct pl_plan plan = {0};
        struct pl_pack_result result;
        struct pl_err err = {.code = PL_OK};
        const struct case_pack pack = {
            .source = {
                {.path = from[i], .how = {.kind = i == 0 ? PL_SOURCE_PATH : PL_SOURCE_ARCHIVE}}}};
        const struct pl_pack_options options = {.level = PL_LEVEL_FAST, .workers = 1 + (unsigned)i};
        ASSERT_OK(case_plan(&plan, &pack, &err));
        ASSERT_OK(pl_pack_write(&result, &plan, "f.zip", &options, &err));
        ck_assert(i == 0 || memcmp(hash, result.sha256, sizeof(hash)) == 0);
        memcpy(hash, result.sha256, sizeof(hash));
        pl_plan_done(&plan);
    }
}
END_TEST

/* A ZIP of ours, with a link, behind a script that unpacks it. */
START_TEST(unpack_zip_with_links_and_bytes_in_front)
{
    const struct case_pack what = {.source = {{.path = "src"}}};
    const struct pl_pack_options options = {.level = PL_LEVEL_DEFAULT, .workers = 1};
    struct pl_plan plan = {0};
    struct pl_pack_result result;
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = 100000};
    struct pl_err err = {.code = PL_OK};
    put("src/a", "one");
    put_link("src/l", "a");
    ASSERT_OK(case_plan(&plan, &what, &err));
    ASSERT_OK(pl_pack_write(&result, &plan, "a.tar", &options, &err));
    pl_plan_done(&plan);
    case_is(FROM(.to = "x"), "x/a x/l->a");
    ASSERT_OK(pl_buf_text(&bytes, "#!/bin/sh\nexit\n", &err));
    ASSERT_OK(pl_file_read("a.tar", &bytes, &err));
    put_bytes("a.tar", bytes.data, bytes.len);
    case_is(FROM(.to = "x"), "x/a x/l->a");
}
END_TEST

START_TEST(unpack_zip_that_changes_is_noticed)
{
    put("src/a", "one");
    put("src/b", "other");
    const char *const zip[] = {"sh", "-c", "cd src && zip -q0 ../a.tar a && zip -q0 ../b.zip b",
                               NULL};
    if (tool(zip, NULL) != 0) {
        return;
    }
    struct pl_plan plan = {0};
    struct pl_pack_result result;
    struct pl_err err = {.code = PL_OK};
    const struct pl_pack_options options = {.level = PL_LEVEL_FAST, .workers = 1};
    const char *const copy[] = {"cp", "b.zip", "a.tar", NULL};
    ASSERT_OK(case_plan(&plan, FROM(.to = NULL), &err));
    ck_assert_int_eq(tool(copy, NULL), 0);
    ASSERT_FAILS(pl_pack_write(&result, &plan, "f.zip", &options, &err), PL_ERR_CHANGED);
    pl_plan_done(&plan);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        unpack_tar_with_all_that_a_source_can_say,     unpack_tar_that_leaves_its_place_is_refused,
        unpack_tar_with_names_or_links_that_cannot_be, unpack_what_is_no_archive,
        unpack_merges_with_files_and_archives,         unpack_packs_the_same_bytes,
        unpack_zip_with_links_and_bytes_in_front,      unpack_zip_that_changes_is_noticed,
    };
    return run_tests_in("unpack", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
