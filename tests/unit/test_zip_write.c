/* The container: what other readers say, many entries, errors of callbacks. */
#include "pkg/archive/zip_read.h"
#include "pkg/archive/zip_sink.h"
#include "pkg/archive/zip_write.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "tests/unit/run.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 70000 };

static char dir[512];
static char zip[600];

static void enter(void)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(dir, sizeof(dir), "%s/pl-zip-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(zip, sizeof(zip), "%s/t.zip", dir);
}

static void leave(void)
{
    (void)unlink(zip);
    ck_assert_int_eq(rmdir(dir), 0);
}

/* What the test's source gives: item i has `size_of(i)` bytes that follow from i. */
struct given {
    size_t n, fail_fetch, fail_read, at;
    size_t fetched, released;
    bool large, like_headers;
    int64_t time;
    unsigned char *bytes; /* of the item fetched last */
    size_t packed, size;
};

static size_t size_of(const struct given *g, size_t index)
{
    if (g->large && index % 3 == 1) {
        return 5 * 1024 * 1024 + index;
    }
    if (g->like_headers) {
        return 46;
    }
    return index % 7 == 0 ? 0 : 20 + index % 90;
}

static enum pl_status fetch(void *ctx, size_t index, struct pl_zip_packed *ret, struct pl_err *err)
{
    struct given *g = ctx;
    ck_assert_uint_eq(g->fetched, g->released);
    g->fetched++;
    if (index == g->fail_fetch) {
        return pl_err_set(err, PL_ERR_CHANGED, "item %zu changed", index);
    }
    g->size = size_of(g, index);
    g->at = 0;
    unsigned char *raw = calloc(1, g->size + 1);
    g->bytes = calloc(1, g->size + 1);
    ck_assert(raw && g->bytes);
    for (size_t i = 0; i < g->size; i++) {
        raw[i] = (unsigned char)(index % 2 == 0 ? i * 131 * (i >> 7) : i >> 5);
    }
    if (g->like_headers) {
        memcpy(raw, index == 0 ? "PK\1\2" : "PK\3\4", 4);
    }
    uint32_t crc = libdeflate_crc32(0, raw, g->size);
    static struct libdeflate_compressor *c; /* for the whole run */
    c = c ? c : libdeflate_alloc_compressor(1);
    g->packed = g->size > 1 && !g->like_headers
                    ? libdeflate_deflate_compress(c, raw, g->size, g->bytes, g->size - 1)
                    : 0;
    uint8_t method = g->packed > 0 ? 8 : 0;
    if (g->packed == 0) {
        g->packed = g->size;
        memcpy(g->bytes, raw, g->size);
    }
    free(raw);
    *ret =
        (struct pl_zip_packed){.packed = g->packed, .size = g->size, .crc = crc, .method = method};
    return PL_OK;
}

static enum pl_status give(void *ctx, size_t index, void *to, size_t n, size_t *ret_n,
                           struct pl_err *err)
{
    struct given *g = ctx;
    if (index == g->fail_read) {
        return pl_err_sys(err, EIO, "item %zu", index);
    }
    *ret_n = g->packed - g->at < n ? g->packed - g->at : n;
    memcpy(to, g->bytes + g->at, *ret_n);
    g->at += *ret_n;
    return PL_OK;
}

static void release(void *ctx, size_t index PL_UNUSED)
{
    struct given *g = ctx;
    g->released++;
    free(g->bytes);
    g->bytes = NULL;
}

static struct given all_of(size_t n)
{
    return (struct given){.n = n, .fail_fetch = SIZE_MAX, .fail_read = SIZE_MAX};
}

static enum pl_status write_items(struct given *g, const struct pl_zip_item *item,
                                  struct pl_zip_result *ret, struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = open(zip, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    struct pl_zip_target to = {.fd = fd, .name = zip};
    pl_zip_dos_time(g->time, &to.dos_time, &to.dos_date);
    const struct pl_zip_source from = {.ctx = g, .fetch = fetch, .read = give, .release = release};
    return pl_zip_write(ret, &to, item, g->n, &from, err);
}

/* n files "dNNN/fNNNNNN". */
static struct pl_zip_item *make_items(size_t n, char (**ret_names)[48])
{
    struct pl_zip_item *item = calloc(n, sizeof(*item));
    char(*name)[48] = calloc(n, sizeof(*name));
    ck_assert(item && name);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(name[i], sizeof(name[i]), "d%03zu/f%06zu", i / 1000, i);
        item[i] = (struct pl_zip_item){
            .name = pl_slice_of(name[i]), .type = PL_ENTRY_FILE, .mode = i % 5 ? 0644 : 0755};
    }
    *ret_names = name;
    return item;
}

/* -1 when the program is missing: said, and a failure under CI=true. */
static int tool(const char *const *argv)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        char *args[10] = {NULL};
        for (int i = 0; argv[i] && i < 9; i++) {
            args[i] = strdup(argv[i]);
        }
        int nowhere = open("/dev/null", O_RDWR);
        if (nowhere < 0 || dup2(nowhere, 0) < 0 || dup2(nowhere, 1) < 0) {
            _exit(126);
        }
        (void)execvp(args[0], args);
        _exit(127);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    if (code == 127) {
        const char *ci = getenv("CI");
        ck_assert_msg(!ci || strcmp(ci, "true") != 0, "%s is missing", argv[0]);
        (void)fprintf(stderr, "SKIPPED: %s is missing, it does not read the ZIP\n", argv[0]);
    }
    return code == 127 ? -1 : code;
}

static void all_readers_accept(void)
{
    const char *const reader[][6] = {
        {"unzip", "-tqq", zip, NULL},
        {"python3", "-m", "zipfile", "-t", zip, NULL},
        {"7z", "t", "-bso0", zip, NULL},
        {"bsdtar", "-tf", zip, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(reader); i++) {
        int status = tool(reader[i]);
        ck_assert_msg(status <= 0, "%s: exit status %d", reader[i][0], status);
    }
}

/* Our own audit finds nothing, and the tree has what went in. */
static void audit_is_clean(size_t n, const struct pl_zip_result *result)
{
    struct pl_tree tree;
    struct pl_err err = {.code = PL_OK};
    unsigned char sha256[PL_SHA256_SIZE];
    ASSERT_OK(pl_zip_open(&tree, zip, &err));
    ck_assert_msg(tree.n_issue == 0, "%s",
                  tree.n_issue > 0 ? pl_issue_text(tree.issue[0].what) : "");
    ck_assert_uint_eq(tree.n_stored, n);
    ck_assert_uint_eq(tree.container_bytes, result->bytes);
    pl_tree_done(&tree);
    int fd PL_CLEANUP(pl_fd_close) = open(zip, O_RDONLY);
    ASSERT_OK(pl_sha256_fd(fd, zip, sha256, &err));
    ck_assert_mem_eq(sha256, result->sha256, PL_SHA256_SIZE);
}

START_TEST(zip_write_all_types)
{
    const struct pl_zip_item item[] = {
        {.name = PL_SLICE("a.py"), .type = PL_ENTRY_FILE, .mode = 0644},
        {.name = PL_SLICE("bin/run"), .type = PL_ENTRY_FILE, .mode = 0755},
        {.name = PL_SLICE("caf\xc3\xa9"), .type = PL_ENTRY_FILE, .mode = 0644},
        {.name = PL_SLICE("empty-x"), .type = PL_ENTRY_FILE, .mode = 0644},
        {.name = PL_SLICE("empty"), .type = PL_ENTRY_FOLDER, .mode = 0755},
        {.name = PL_SLICE("link"), .type = PL_ENTRY_LINK, .mode = 0777},
    };
    struct given g = all_of(COUNT_OF(item));
    struct pl_zip_result result;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(write_items(&g, item, &result, &err));
    ck_assert_uint_eq(g.fetched, 5);
    ck_assert_uint_eq(g.released, 5);
    audit_is_clean(COUNT_OF(item), &result);
    struct pl_tree tree;
    ASSERT_OK(pl_zip_open(&tree, zip, &err));
    static const struct {
        const char *name;
        uint8_t type;
        int32_t mode;
        bool utf8;
    } want[] = {
        {"a.py", PL_ENTRY_FILE, 0644, false},       {"bin/run", PL_ENTRY_FILE, 0755, false},
        {"caf\xc3\xa9", PL_ENTRY_FILE, 0644, true}, {"empty", PL_ENTRY_FOLDER, 0755, false},
        {"link", PL_ENTRY_LINK, 0777, false},
    };
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        uint32_t at = pl_tree_find(&tree, pl_slice_of(want[i].name));
        ck_assert_uint_ne(at, PL_ENTRY_NONE);
        const struct pl_entry *entry = &tree.entry[at];
        ck_assert_int_eq(entry->type, want[i].type);
        ck_assert_int_eq(entry->mode & 07777, want[i].mode);
        ck_assert_int_eq((entry->flags & PL_ENTRY_UTF8) != 0, want[i].utf8);
        ck_assert_int_eq(entry->host, 3);
        ck_assert_int_eq(entry->flags & PL_ENTRY_DESCRIPTOR, 0);
    }
    pl_tree_done(&tree);
    all_readers_accept();
}
END_TEST

START_TEST(zip_write_more_entries_than_16_bits_count)
{
    char(*name)[48];
    struct pl_zip_item *item = make_items(MANY, &name);
    struct given g = all_of(MANY);
    struct pl_zip_result result;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(write_items(&g, item, &result, &err));
    audit_is_clean(MANY, &result);
    all_readers_accept();
    free(item);
    free(name);
}
END_TEST

/* Entries larger than the sink's buffer: their headers are rewritten when they are in the file. */
START_TEST(zip_write_entries_across_flushes)
{
    char(*name)[48];
    struct pl_zip_item *item = make_items(20, &name);
    struct given g = all_of(20);
    g.large = true;
    struct pl_zip_result result;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(write_items(&g, item, &result, &err));
    audit_is_clean(20, &result);
    all_readers_accept();
    free(item);
    free(name);
}
END_TEST

START_TEST(zip_write_errors_of_callbacks_come_out_whole)
{
    char(*name)[48];
    struct pl_zip_item *item = make_items(10, &name);
    struct pl_zip_result result = {.bytes = 7};
    struct pl_err err;
    struct given g = all_of(10);
    g.fail_fetch = 4;
    ASSERT_FAILS(write_items(&g, item, &result, &err), PL_ERR_CHANGED);
    ck_assert_str_eq(err.msg, "item 4 changed");
    g = all_of(10);
    g.fail_read = 5;
    ASSERT_FAILS(write_items(&g, item, &result, &err), PL_ERR_IO);
    ck_assert_int_eq(err.sys, EIO);
    ck_assert_ptr_nonnull(strstr(err.msg, "item 5"));
    ck_assert_uint_eq(g.fetched, g.released);
    ck_assert_uint_eq(result.bytes, 7);
    free(item);
    free(name);
}
END_TEST

START_TEST(zip_write_refuses_bad_items)
{
    static const struct {
        const char *first, *second;
        enum pl_status want;
    } table[] = {
        {"a", "a", PL_ERR_INTERNAL},   {"b", "a", PL_ERR_INTERNAL}, {"a", "", PL_ERR_LIMIT},
        {"a", "b\xff", PL_ERR_FORMAT}, {"a", "b\n", PL_ERR_FORMAT},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct pl_zip_item item[] = {
            {.name = pl_slice_of(table[i].first), .type = PL_ENTRY_FILE, .mode = 0644},
            {.name = pl_slice_of(table[i].second), .type = PL_ENTRY_FILE, .mode = 0644},
        };
        struct given g = all_of(2);
        struct pl_zip_result result;
        struct pl_err err;
        ASSERT_FAILS(write_items(&g, item, &result, &err), table[i].want);
        ck_assert_uint_eq(g.fetched, 0);
    }
    struct given none = all_of(0);
    struct pl_zip_result result;
    struct pl_err err;
    ASSERT_FAILS(write_items(&none, NULL, &result, &err), PL_ERR_MISSING);
    enum { TOO_LONG = 65536 };
    char *name = malloc(TOO_LONG + 1);
    ck_assert_ptr_nonnull(name);
    memset(name, 'n', TOO_LONG);
    name[TOO_LONG] = '\0';
    const struct pl_zip_item item = {.name = {name, TOO_LONG}, .type = PL_ENTRY_FILE};
    struct given one = all_of(1);
    ASSERT_FAILS(write_items(&one, &item, &result, &err), PL_ERR_LIMIT);
    free(name);
}
END_TEST

START_TEST(zip_write_full_disk)
{
    if (access("/dev/full", W_OK) != 0) {
        (void)fprintf(stderr, "SKIPPED: there is no /dev/full\n");
        return;
    }
    char(*name)[48];
    struct pl_zip_item *item = make_items(10, &name);
    struct given g = all_of(10);
    struct pl_zip_result result;
    struct pl_err err;
    int fd PL_CLEANUP(pl_fd_close) = open("/dev/full", O_RDWR);
    const struct pl_zip_target to = {.fd = fd, .name = "full.zip", .dos_date = 33};
    const struct pl_zip_source from = {.ctx = &g, .fetch = fetch, .read = give, .release = release};
    ASSERT_FAILS(pl_zip_write(&result, &to, item, g.n, &from, &err), PL_ERR_IO);
    ck_assert_int_eq(err.sys, ENOSPC);
    ck_assert_ptr_nonnull(strstr(err.msg, "full.zip"));
    free(item);
    free(name);
}
END_TEST

/* Random writes and steps back, compared with a plain array, across flushes of the real size. */
START_TEST(zip_sink_against_a_model)
{
    enum { ALL = 9 * 1024 * 1024 };
    unsigned char *model = calloc(1, ALL);
    ck_assert_ptr_nonnull(model);
    struct pl_err err = {.code = PL_OK};
    struct pl_zip_sink sink;
    int fd PL_CLEANUP(pl_fd_close) = open(zip, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ASSERT_OK(pl_zip_sink_init(&sink, fd, zip, &err));
    uint32_t seed = 5;
    size_t end = 0;
    while (end < ALL - 700000) {
        unsigned char part[40000];
        size_t start = end;
        pl_zip_sink_settle(&sink);
        seed = seed * 1664525u + 1013904223u;
        size_t pieces = 1 + (seed >> 16) % 16;
        for (size_t i = 0; i < pieces; i++) {
            seed = seed * 1664525u + 1013904223u;
            size_t n = 1 + (seed >> 8) % sizeof(part);
            memset(part, (int)(seed >> 24), n);
            memcpy(model + end, part, n);
            end += n;
            ASSERT_OK(pl_zip_sink_write(&sink, part, n, &err));
        }
        /* A header of 30 bytes and a name, written again. */
        size_t header = end - start < 90 ? end - start : 90;
        memset(part, (int)(seed >> 20), header);
        memcpy(model + start, part, header);
        ASSERT_OK(pl_zip_sink_seek(&sink, start, &err));
        ASSERT_OK(pl_zip_sink_write(&sink, part, header, &err));
        ASSERT_OK(pl_zip_sink_seek(&sink, end, &err));
    }
    ASSERT_FAILS(pl_zip_sink_seek(&sink, end + 1, &err), PL_ERR_INTERNAL);
    pl_zip_sink_settle(&sink);
    ASSERT_FAILS(pl_zip_sink_seek(&sink, end - 1, &err), PL_ERR_INTERNAL);
    uint64_t bytes = 0;
    unsigned char sha256[PL_SHA256_SIZE];
    unsigned char want[PL_SHA256_SIZE];
    ASSERT_OK(pl_zip_sink_end(&sink, &bytes, sha256, &err));
    ck_assert_uint_eq(bytes, end);
    struct pl_sha256 sha;
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, model, end);
    pl_sha256_end(&sha, want);
    ck_assert_mem_eq(sha256, want, PL_SHA256_SIZE);
    unsigned char *back = malloc(end);
    ck_assert_ptr_nonnull(back);
    ASSERT_OK(pl_file_pread(fd, zip, back, end, 0, &err));
    ck_assert_int_eq(memcmp(back, model, end), 0);
    free(back);
    free(model);
    pl_zip_sink_done(&sink);
}
END_TEST

START_TEST(zip_write_dos_times)
{
    static const struct {
        int64_t seconds;
        unsigned year, month, day, hour, minute, second;
    } table[] = {
        {-5, 1980, 1, 1, 0, 0, 0},
        {0, 1980, 1, 1, 0, 0, 0},
        {315532800, 1980, 1, 1, 0, 0, 0},
        {315532803, 1980, 1, 1, 0, 0, 2},
        {951782399, 2000, 2, 28, 23, 59, 58},
        {951782400, 2000, 2, 29, 0, 0, 0},
        {951868800, 2000, 3, 1, 0, 0, 0},
        {1795392000 + 3661, 2026, 11, 23, 1, 1, 0},
        {1798761599, 2026, 12, 31, 23, 59, 58},
        {4107542400, 2100, 3, 1, 0, 0, 0},
        {INT64_MAX, 2107, 12, 31, 23, 59, 58},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        uint16_t time = 0;
        uint16_t date = 0;
        pl_zip_dos_time(table[i].seconds, &time, &date);
        ck_assert_uint_eq(date >> 9, table[i].year - 1980);
        ck_assert_uint_eq(date >> 5 & 15, table[i].month);
        ck_assert_uint_eq(date & 31, table[i].day);
        ck_assert_uint_eq(time >> 11, table[i].hour);
        ck_assert_uint_eq(time >> 5 & 63, table[i].minute);
        ck_assert_uint_eq((time & 31) * 2, table[i].second);
    }
}
END_TEST

/* An hour that summer time skips there, and data that looks like headers. */
START_TEST(zip_write_time_zone_makes_no_difference)
{
    static const char *const zone[] = {"UTC", "America/New_York", "Asia/Kathmandu",
                                       "XYZ-1ABC-2,M3.2.0/2,M11.1.0"};
    const struct pl_zip_item item[] = {
        {.name = PL_SLICE("a"), .type = PL_ENTRY_FILE, .mode = 0644},
        {.name = PL_SLICE("f"), .type = PL_ENTRY_FOLDER, .mode = 0755},
    };
    for (size_t i = 0; i < COUNT_OF(zone); i++) {
        ck_assert_int_eq(setenv("TZ", zone[i], 1), 0);
        tzset();
        struct given g = all_of(2);
        g.time = 1678588200; /* 2023-03-12T02:30:00 */
        struct pl_zip_result result;
        struct pl_err err = {.code = PL_OK};
        ASSERT_OK(write_items(&g, item, &result, &err));
        struct pl_tree tree;
        ASSERT_OK(pl_zip_open(&tree, zip, &err));
        ck_assert_uint_eq(tree.n_issue, 0);
        ck_assert_int_eq(tree.entry[0].mtime, g.time);
        ck_assert_int_eq(tree.entry[1].mtime, g.time);
        pl_tree_done(&tree);
    }
}
END_TEST

START_TEST(zip_write_data_like_headers_stays)
{
    const struct pl_zip_item item[] = {
        {.name = PL_SLICE("a"), .type = PL_ENTRY_FILE, .mode = 0644},
        {.name = PL_SLICE("b"), .type = PL_ENTRY_LINK, .mode = 0777},
    };
    struct given g = all_of(2);
    g.like_headers = true;
    struct pl_zip_result result;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(write_items(&g, item, &result, &err));
    const char *const reader[] = {"unzip", "-tqq", zip, NULL};
    ck_assert_int_le(tool(reader), 0);
}
END_TEST

START_TEST(zip_write_order_of_names)
{
    ck_assert_int_lt(pl_zip_name_cmp(PL_SLICE("a"), false, PL_SLICE("a"), true), 0);
    ck_assert_int_lt(pl_zip_name_cmp(PL_SLICE("a-b"), false, PL_SLICE("a"), true), 0);
    ck_assert_int_gt(pl_zip_name_cmp(PL_SLICE("a0"), false, PL_SLICE("a"), true), 0);
    ck_assert_int_eq(pl_zip_name_cmp(PL_SLICE("a"), true, PL_SLICE("a"), true), 0);
    ck_assert_int_lt(pl_zip_name_cmp(PL_SLICE("a"), true, PL_SLICE("a/b"), false), 0);
    ck_assert_int_gt(pl_zip_name_cmp(PL_SLICE("\xc3"), false, PL_SLICE("z"), false), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        zip_write_all_types,
        zip_write_more_entries_than_16_bits_count,
        zip_write_entries_across_flushes,
        zip_write_errors_of_callbacks_come_out_whole,
        zip_write_refuses_bad_items,
        zip_write_full_disk,
        zip_sink_against_a_model,
        zip_write_dos_times,
        zip_write_time_zone_makes_no_difference,
        zip_write_data_like_headers_stays,
        zip_write_order_of_names,
    };
    return run_tests_in("zip_write", tests, COUNT_OF(tests), enter, leave);
}
