/* Packing: the same bytes, files that change, huge files, errors. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HUGE_BYTES = 70 * 1024 * 1024 + 12345 };

static void put_mixed_tree(void)
{
    char path[64];
    for (uint32_t i = 0; i < 120; i++) {
        (void)snprintf(path, sizeof(path), "src/d%u/f%u", i % 7, i);
        put_noise(path, i * i * 17 % 9000, i);
    }
    put_noise("src/large", 1024 * 1024, 1);
    put_thin_noise("src/larger", 9 * 1024 * 1024, 2, 40);
    put_noise("src/d3/large", 700 * 1024, 3);
    put("src/one", "1");
    put_link("src/link", "one");
    put_folder("src/empty");
}

static void hash_of(const char *path, char ret[PL_SHA256_HEX])
{
    unsigned char sha256[PL_SHA256_SIZE];
    struct pl_err err = {.code = PL_OK};
    int fd PL_CLEANUP(pl_fd_close) = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ASSERT_OK(pl_sha256_fd(fd, path, sha256, &err));
    pl_sha256_hex(sha256, ret);
}

/* Packs src as the environment is and returns the hash of the file. */
static void pack_and_hash(unsigned workers, char ret[PL_SHA256_HEX])
{
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(case_write("src", "t.zip", workers, &err));
    hash_of("t.zip", ret);
}

static void readers_accept(const char *zip)
{
    const char *const reader[][6] = {
        {"unzip", "-tqq", zip, NULL},
        {"python3", "-m", "zipfile", "-t", zip, NULL},
        {"7z", "t", "-bso0", zip, NULL},
        {"bsdtar", "-tf", zip, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(reader); i++) {
        int status = tool(reader[i], NULL);
        ck_assert_msg(status <= 0, "%s: exit status %d", reader[i][0], status);
    }
}

START_TEST(pack_same_bytes_whatever_the_environment)
{
    char first[PL_SHA256_HEX];
    char other[PL_SHA256_HEX];
    put_mixed_tree();
    pack_and_hash(1, first);
    readers_accept("t.zip");
    static const unsigned workers[] = {2, 4, 7, 0, 64};
    for (size_t i = 0; i < COUNT_OF(workers); i++) {
        pack_and_hash(workers[i], other);
        ck_assert_str_eq(first, other);
    }
    static const char *const environment[][3] = {
        {"TZ", "Asia/Kathmandu", "UTC"}, {"LC_ALL", "tr_TR.UTF-8", "C"}, {"HOME", "/nowhere", "/"}};
    for (size_t i = 0; i < COUNT_OF(environment); i++) {
        for (size_t k = 1; k < 3; k++) {
            ck_assert_int_eq(setenv(environment[i][0], environment[i][k], 1), 0);
            tzset();
            mode_t before = umask(k == 1 ? 077 : 0);
            pack_and_hash(2, other);
            (void)umask(before);
            ck_assert_str_eq(first, other);
        }
    }
    /* Other file times, and another order in the folder. */
    const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    ck_assert_int_eq(utimensat(AT_FDCWD, "src/one", old, 0), 0);
    ck_assert_int_eq(rename("src/d0", "src/away"), 0);
    put("src/filler", "x");
    ck_assert_int_eq(rename("src/away", "src/d0"), 0);
    ck_assert_int_eq(unlink("src/filler"), 0);
    pack_and_hash(3, other);
    ck_assert_str_eq(first, other);
    put("src/one", "2");
    pack_and_hash(3, other);
    ck_assert_str_ne(first, other);
}
END_TEST

START_TEST(pack_result_says_what_was_written)
{
    char hash[PL_SHA256_HEX];
    char said[PL_SHA256_HEX];
    put_mixed_tree();
    const struct case_pack pack = {.source = {{.path = "src"}}};
    const struct pl_pack_options options = {.level = 1, .workers = 2};
    struct pl_plan plan = {0};
    struct pl_pack_result result;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(case_plan(&plan, &pack, &err));
    ASSERT_OK(pl_pack_write(&result, &plan, "t.zip", &options, &err));
    hash_of("t.zip", hash);
    pl_sha256_hex(result.sha256, said);
    ck_assert_str_eq(hash, said);
    struct stat st;
    ck_assert_int_eq(stat("t.zip", &st), 0);
    ck_assert_uint_eq(result.zip_bytes, (uint64_t)st.st_size);
    ck_assert_uint_eq(result.unpacked_bytes, plan.bytes);
    ck_assert_uint_eq(result.entries, plan.n);
    /* Unpacked, it is what was there. */
    const char *const unpack[] = {"unzip", "-qq", "t.zip", "-d", "out", NULL};
    const char *const compare[] = {"diff", "-r", "--no-dereference", "src", "out", NULL};
    if (tool(unpack, NULL) == 0) {
        ck_assert_int_eq(tool(compare, NULL), 0);
    }
    struct pl_pack_options wrong = {.level = 13};
    ASSERT_FAILS(pl_pack_write(&result, &plan, "t.zip", &wrong, &err), PL_ERR_USAGE);
    wrong.level = 0;
    ASSERT_FAILS(pl_pack_write(&result, &plan, "t.zip", &wrong, &err), PL_ERR_USAGE);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(pack_level_and_time_make_a_difference)
{
    char hash[6][PL_SHA256_HEX];
    put_mixed_tree();
    static const struct pl_pack_options options[] = {
        {.level = 6, .workers = 2},
        {.level = 1, .workers = 2},
        {.level = 12, .workers = 2},
        {.level = 6, .workers = 2, .time = 315532800}, /* the first day there is */
        {.level = 6, .workers = 2, .time = 1700000000},
        {.level = 6, .workers = 1, .time = 1700000001}, /* within the same two seconds */
    };
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        const struct case_pack pack = {.source = {{.path = "src"}}};
        struct pl_plan plan = {0};
        struct pl_pack_result result;
        struct pl_err err = {.code = PL_OK};
        ASSERT_OK(case_plan(&plan, &pack, &err));
        ASSERT_OK(pl_pack_write(&result, &plan, "t.zip", &options[i], &err));
        hash_of("t.zip", hash[i]);
        pl_plan_done(&plan);
    }
    ck_assert_str_ne(hash[0], hash[1]);
    ck_assert_str_ne(hash[0], hash[2]);
    ck_assert_str_eq(hash[0], hash[3]);
    ck_assert_str_ne(hash[0], hash[4]);
    ck_assert_str_eq(hash[4], hash[5]);
}
END_TEST

/* ---- files that change ---- */

struct meddler {
    pthread_mutex_t lock;
    void (*change)(void);
    bool done;
};

/* Called behind each file: the first time, it changes one that comes later. */
static void meddle(void *ctx, uint64_t done PL_UNUSED, uint64_t all PL_UNUSED)
{
    struct meddler *m = ctx;
    ck_assert_int_eq(pthread_mutex_lock(&m->lock), 0);
    if (!m->done) {
        m->done = true;
        m->change();
    }
    ck_assert_int_eq(pthread_mutex_unlock(&m->lock), 0);
}

static void shrink(void)
{
    ck_assert_int_eq(truncate("src/victim", 10), 0);
}
static void grow(void)
{
    ck_assert_int_eq(truncate("src/victim", 5000), 0);
}
static void rewrite(void)
{
    put_noise("src/victim", 2000, 77);
}
static void vanish(void)
{
    ck_assert_int_eq(unlink("src/victim"), 0);
}
static void replace(void)
{
    put_noise("elsewhere", 2000, 5);
    ck_assert_int_eq(rename("elsewhere", "src/victim"), 0);
}
static void replace_by_fifo(void)
{
    vanish();
    ck_assert_int_eq(mkfifo("src/victim", 0600), 0);
}
static void replace_by_link(void)
{
    ck_assert_int_eq(rename("src/victim", "src/moved"), 0);
    put_link("src/victim", "moved");
}

static const struct {
    const char *name;
    void (*change)(void);
} changes[] = {
    {"shrink", shrink},        {"grow", grow},       {"rewrite", rewrite},
    {"vanish", vanish},        {"replace", replace}, {"fifo", replace_by_fifo},
    {"link", replace_by_link},
};

static void packing_fails(const struct pl_pack_options *options, enum pl_status want,
                          const char *text)
{
    const struct case_pack pack = {.source = {{.path = "src"}}};
    struct pl_plan plan = {0};
    struct pl_pack_result result = {.entries = 77};
    struct pl_err err = {.code = PL_OK};
    put("t.zip", "the old one");
    ASSERT_OK(case_plan(&plan, &pack, &err));
    ASSERT_FAILS(pl_pack_write(&result, &plan, "t.zip", options, &err), want);
    ck_assert_msg(strstr(err.msg, text) != NULL, "no \"%s\" in: %s", text, err.msg);
    ck_assert_uint_eq(result.entries, 77);
    pl_plan_done(&plan);
    struct pl_buf old;
    pl_buf_init(&old, 100);
    ASSERT_OK(pl_file_read("t.zip", &old, &err));
    ck_assert_str_eq(old.data, "the old one");
    pl_buf_done(&old);
}

START_TEST(pack_file_that_changes_is_named)
{
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        for (unsigned workers = 1; workers <= 3; workers += 2) {
            const char *const clean[] = {"rm", "-rf", "src", NULL};
            ck_assert_int_eq(tool(clean, NULL), 0);
            struct meddler m = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = changes[i].change};
            const struct pl_pack_options options = {
                .level = 6, .workers = workers, .progress = {.ctx = &m, .step = meddle}};
            put_noise("src/a", 100, 1);
            for (char name[] = "src/b0"; name[5] <= '9'; name[5]++) {
                put_noise(name, 300000, 2); /* work for the others meanwhile */
            }
            put_noise("src/victim", 2000, 5);
            packing_fails(&options, PL_ERR_CHANGED, "src/victim");
        }
    }
}
END_TEST

static void touch_huge(void)
{
    int fd = open("src/huge", O_WRONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, "!", 1, 60000000), 1);
    ck_assert_int_eq(close(fd), 0);
}
static void cut_huge(void)
{
    ck_assert_int_eq(truncate("src/huge", 50000000), 0);
}

START_TEST(pack_huge_file_that_changes_is_named)
{
    static void (*const change[])(void) = {touch_huge, cut_huge};
    for (size_t i = 0; i < COUNT_OF(change); i++) {
        struct meddler m = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = change[i]};
        const struct pl_pack_options options = {
            .level = 1, .workers = 2, .progress = {.ctx = &m, .step = meddle}};
        put("src/huge", "");
        ck_assert_int_eq(truncate("src/huge", HUGE_BYTES), 0);
        packing_fails(&options, PL_ERR_CHANGED, "src/huge");
    }
}
END_TEST

/* ---- huge files ---- */

START_TEST(pack_huge_files)
{
    char first[PL_SHA256_HEX];
    char other[PL_SHA256_HEX];
    put_thin_noise("src/huge", HUGE_BYTES, 9, 40);
    put("src/small", "s");
    /* Exactly at the bounds of blocks and of what is deflated whole. */
    put_thin_noise("src/whole", PL_MAX_WHOLE_ENTRY, 3, 40);
    put_thin_noise("src/over", PL_MAX_WHOLE_ENTRY + 1, 4, 40);
    pack_and_hash(1, first);
    pack_and_hash(3, other);
    ck_assert_str_eq(first, other);
    readers_accept("t.zip");
    const char *const unpack[] = {"unzip", "-qq", "t.zip", "-d", "out", NULL};
    const char *const compare[] = {"diff", "-r", "src", "out", NULL};
    if (tool(unpack, NULL) == 0) {
        ck_assert_int_eq(tool(compare, NULL), 0);
    }
}
END_TEST

START_TEST(pack_huge_file_that_is_compressed_already)
{
    size_t n = PL_MAX_WHOLE_ENTRY + PL_KB(1500);
    unsigned char *bytes = malloc(n);
    ck_assert_ptr_nonnull(bytes);
    uint64_t state = 88172645463325252u;
    for (size_t i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[i] = (unsigned char)(state >> 33);
    }
    put_bytes("src/random", bytes, n);
    put_bytes("src/small-random", bytes, 20000);
    put_bytes("src/z-random", bytes, 6000000);
    free(bytes);
    char first[PL_SHA256_HEX];
    char other[PL_SHA256_HEX];
    pack_and_hash(1, first);
    pack_and_hash(3, other);
    ck_assert_str_eq(first, other);
    readers_accept("t.zip");
    struct stat st;
    ck_assert_int_eq(stat("t.zip", &st), 0);
    ck_assert_int_lt(st.st_size, (off_t)(n + 20000 + 6000000 + 1000));
}
END_TEST

/* ---- memory, errors, interruption ---- */

/* More waits than may stay in memory: the first file of all is the slowest. */
START_TEST(pack_results_that_wait_go_to_a_file)
{
    char first[PL_SHA256_HEX];
    char other[PL_SHA256_HEX];
    put_noise("src/a", 20 * 1024 * 1024, 1);
    for (char name[] = "src/b"; name[4] <= 'f'; name[4]++) {
        put_noise(name, 10 * 1024 * 1024, (uint32_t)name[4]);
    }
    pack_and_hash(1, first);
    pack_and_hash(4, other);
    ck_assert_str_eq(first, other);
    readers_accept("t.zip");
}
END_TEST

static enum pl_status pack_src(struct pl_err *err)
{
    return case_write("src", "t.zip", 2, err);
}

/* Runs in a child: limits cannot be raised again.  0 when the error is as wanted. */
static int fails_at_size_limit(void)
{
    const struct rlimit small = {.rlim_cur = 100000, .rlim_max = 100000};
    struct pl_err err = {.code = PL_OK};
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &small) != 0) {
        return 98;
    }
    if (pack_src(&err) != PL_ERR_IO || err.sys != EFBIG || !strstr(err.msg, "t.zip")) {
        return 1;
    }
    return 0;
}

static int packs_with_few_descriptors(void)
{
    struct pl_err err = {.code = PL_OK};
    const struct rlimit few = {.rlim_cur = 16, .rlim_max = 16};
    return setrlimit(RLIMIT_NOFILE, &few) != 0 ? 98 : pack_src(&err) == PL_OK ? 0 : 1;
}

static int names_unreadable_file(void)
{
    struct pl_err err = {.code = PL_OK};
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 99;
    }
    return pack_src(&err) == PL_ERR_IO && err.sys == EACCES && strstr(err.msg, "src/closed") ? 0
                                                                                             : 1;
}

static int names_unwritable_folder(void)
{
    struct pl_err err = {.code = PL_OK};
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 99;
    }
    return case_write("src", "locked/t.zip", 2, &err) == PL_ERR_IO && strstr(err.msg, "locked") ? 0
                                                                                                : 1;
}

static void in_child(int (*check)(void))
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        _exit(check());
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static void folder_holds(const char *const *names)
{
    const char *const list[] = {"ls", "-A", NULL};
    struct pl_buf text;
    struct pl_err err = {.code = PL_OK};
    ck_assert_int_eq(tool(list, "../listing"), 0);
    pl_buf_init(&text, 10000);
    ASSERT_OK(pl_file_read("../listing", &text, &err));
    struct pl_slice rest = pl_buf_view(&text);
    struct pl_slice name;
    for (; *names; names++) {
        ck_assert(pl_slice_next(&rest, '\n', &name));
        ck_assert_msg(pl_slice_is(name, *names), "%.*s instead of %s", (int)name.len, name.ptr,
                      *names);
    }
    ck_assert_uint_eq(rest.len, 0);
    pl_buf_done(&text);
}

START_TEST(pack_errors_leave_the_old_zip_and_no_litter)
{
    put_folder("work");
    ck_assert_int_eq(chdir("work"), 0);
    put_noise("src/a", 500000, 1);
    put_noise("src/b", 500000, 2);
    put("t.zip", "the old one");
    in_child(fails_at_size_limit);
    struct pl_buf old;
    struct pl_err err = {.code = PL_OK};
    pl_buf_init(&old, 100);
    ASSERT_OK(pl_file_read("t.zip", &old, &err));
    ck_assert_str_eq(old.data, "the old one");
    pl_buf_done(&old);
    const char *const names[] = {"src", "t.zip", NULL};
    folder_holds(names);
    ASSERT_FAILS(case_write("src", "nowhere/t.zip", 2, &err), PL_ERR_MISSING);
    ASSERT_FAILS(case_write("src", "src", 2, &err), PL_ERR_IO);
    folder_holds(names);
    ck_assert_int_eq(chdir(".."), 0);
}
END_TEST

START_TEST(pack_without_permission)
{
    put("src/fine", "f");
    put("src/closed", "c");
    put_folder("locked");
    ck_assert_int_eq(chmod("src/closed", 0), 0);
    ck_assert_int_eq(chmod("locked", 0555), 0);
    ck_assert_int_eq(chmod(".", 0777), 0);
    in_child(names_unreadable_file);
    ck_assert_int_eq(chmod("src/closed", 0644), 0);
    in_child(names_unwritable_folder);
}
END_TEST

START_TEST(pack_with_few_descriptors)
{
    put_mixed_tree();
    in_child(packs_with_few_descriptors);
}
END_TEST

struct counter {
    pthread_mutex_t lock;
    unsigned asked, until;
    uint64_t done, all;
};

static bool cancelled(void *ctx)
{
    struct counter *c = ctx;
    ck_assert_int_eq(pthread_mutex_lock(&c->lock), 0);
    bool now = ++c->asked > c->until;
    ck_assert_int_eq(pthread_mutex_unlock(&c->lock), 0);
    return now;
}

static void count(void *ctx, uint64_t done, uint64_t all)
{
    struct counter *c = ctx;
    ck_assert_int_eq(pthread_mutex_lock(&c->lock), 0);
    c->done = done > c->done ? done : c->done;
    c->all = all;
    ck_assert_int_eq(pthread_mutex_unlock(&c->lock), 0);
}

START_TEST(pack_can_be_interrupted)
{
    put_mixed_tree();
    for (unsigned until = 0; until < 60; until += 11) {
        struct counter c = {.lock = PTHREAD_MUTEX_INITIALIZER, .until = until};
        const struct pl_pack_options options = {
            .level = 6, .workers = 1 + until % 3, .progress = {.ctx = &c, .cancelled = cancelled}};
        packing_fails(&options, PL_ERR_CANCELLED, "interrupted");
    }
}
END_TEST

START_TEST(pack_progress_ends_at_everything)
{
    put_mixed_tree();
    struct counter c = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const struct case_pack pack = {.source = {{.path = "src"}}, .exclude = {"link"}};
    const struct pl_pack_options options = {
        .level = 6, .workers = 2, .progress = {.ctx = &c, .step = count}};
    struct pl_plan plan = {0};
    struct pl_pack_result result;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(case_plan(&plan, &pack, &err));
    ASSERT_OK(pl_pack_write(&result, &plan, "t.zip", &options, &err));
    ck_assert_uint_eq(c.done, plan.bytes);
    ck_assert_uint_eq(c.all, plan.bytes);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(pack_fit_climbs_only_as_far_as_it_must)
{
    struct pl_err err = {.code = PL_OK};
    struct pl_plan plan;
    struct pl_pack_result by_level[2];
    struct pl_pack_result result;
    static const int level[] = {PL_LEVEL_DEFAULT, PL_LEVEL_BEST};
    for (int i = 0; i < 20000; i++) { /* text that more effort makes smaller */
        static char text[200000];
        text[(size_t)i * 10 % sizeof text] = (char)('a' + i * i % 7);
        if (i == 19999) {
            put_bytes("src/text", text, sizeof text);
        }
    }
    put_noise("src/noise", 100000, 7);
    ASSERT_OK(case_plan(&plan, &(struct case_pack){.source = {{.path = "src"}}}, &err));
    for (size_t i = 0; i < 2; i++) {
        const struct pl_pack_options options = {.level = level[i], .workers = 2};
        ASSERT_OK(pl_pack_write(&by_level[i], &plan, "l.zip", &options, &err));
        ck_assert_uint_eq(by_level[i].n_tried, 1);
    }
    ck_assert_uint_lt(by_level[1].zip_bytes, by_level[0].zip_bytes);
    struct pl_pack_options fit = {.level = PL_LEVEL_DEFAULT, .workers = 2};
    /* Large enough at once; after one step; never. */
    fit.fit_below = by_level[0].zip_bytes + 1;
    ASSERT_OK(pl_pack_write(&result, &plan, "f.zip", &fit, &err));
    ck_assert_uint_eq(result.n_tried, 1);
    ck_assert_mem_eq(result.sha256, by_level[0].sha256, PL_SHA256_SIZE);
    fit.fit_below = by_level[0].zip_bytes;
    ASSERT_OK(pl_pack_write(&result, &plan, "f.zip", &fit, &err));
    ck_assert_uint_eq(result.n_tried, 2);
    ck_assert_int_eq(result.tried[1].level, PL_LEVEL_BEST);
    ck_assert_uint_eq(result.tried[0].bytes, by_level[0].zip_bytes);
    ck_assert_mem_eq(result.sha256, by_level[1].sha256, PL_SHA256_SIZE);
    fit.fit_below = 1;
    ASSERT_OK(pl_pack_write(&result, &plan, "f.zip", &fit, &err));
    ck_assert_uint_eq(result.n_tried, 3);
    ck_assert_int_eq(result.tried[2].level, PL_LEVEL_MAX);
    ck_assert_uint_eq(result.zip_bytes, result.tried[2].bytes);
    pl_plan_done(&plan);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        pack_same_bytes_whatever_the_environment,
        pack_result_says_what_was_written,
        pack_level_and_time_make_a_difference,
        pack_file_that_changes_is_named,
        pack_huge_file_that_changes_is_named,
        pack_huge_files,
        pack_huge_file_that_is_compressed_already,
        pack_results_that_wait_go_to_a_file,
        pack_errors_leave_the_old_zip_and_no_litter,
        pack_without_permission,
        pack_with_few_descriptors,
        pack_can_be_interrupted,
        pack_progress_ends_at_everything,
        pack_fit_climbs_only_as_far_as_it_must,
    };
    return run_tests_in("pack", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
