/* The cache: the same bytes with and without it, whatever happens to it. */
#include "pkg/base/file.h"
#include "pkg/base/pool.h"
#include "pkg/build/cache_store.h"
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void hash_of(const char *path, char ret[PL_SHA256_HEX])
{
    unsigned char sha256[PL_SHA256_SIZE];
    struct pl_err err = {.code = PL_OK};
    int fd PL_CLEANUP(pl_fd_close) = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ASSERT_OK(pl_sha256_fd(fd, path, sha256, &err));
    pl_sha256_hex(sha256, ret);
}

static struct pl_cache *open_cache(void)
{
    struct pl_cache *cache = NULL;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(pl_cache_open(&cache, "cache", "/project", PL_CACHE_MAX_BYTES, &err));
    return cache;
}

/* Packs src with the cache; *ret_hash is of the ZIP.  True when it was left alone. */
static bool pack(struct pl_cache *cache, const char *zip, char ret_hash[PL_SHA256_HEX])
{
    const struct case_pack what = {.source = {{.path = "src"}}};
    const struct pl_pack_options options = {.level = 6, .workers = 2, .cache = cache};
    struct pl_plan plan = {0};
    struct pl_pack_result result;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(case_plan(&plan, &what, &err));
    ASSERT_OK(pl_pack_write(&result, &plan, zip, &options, &err));
    pl_plan_done(&plan);
    hash_of(zip, ret_hash);
    char said[PL_SHA256_HEX];
    pl_sha256_hex(result.sha256, said);
    ck_assert_str_eq(said, ret_hash);
    return result.unchanged;
}

/* A run of its own; *ret_damaged (may be NULL) is what it noticed. */
static void pack_once(const char *zip, char ret_hash[PL_SHA256_HEX], size_t *ret_damaged)
{
    struct pl_cache *cache = open_cache();
    (void)pack(cache, zip, ret_hash);
    if (ret_damaged) {
        *ret_damaged = cache->damaged;
    }
    pl_cache_close(cache);
}

static void put_tree(void)
{
    char path[64];
    for (uint32_t i = 0; i < 12; i++) {
        (void)snprintf(path, sizeof path, "src/d%u/f%u", i % 3, i);
        put_noise(path, 40 + i * 60, i);
    }
    put("src/one", "1");
    put("src/empty.py", "");
    put_link("src/link", "one");
}

/* The only file of the cache with that suffix. */
static void find_file(const char *suffix, char ret[300])
{
    DIR *dir = opendir("cache");
    const struct dirent *entry;
    size_t n = 0;
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        const char *at = strstr(entry->d_name, suffix);
        if (at && strcmp(at, suffix) == 0) {
            (void)snprintf(ret, 300, "cache/%s", entry->d_name);
            n++;
        }
    }
    (void)closedir(dir);
    ck_assert_uint_eq(n, 1);
}

static size_t read_file(const char *path, unsigned char *to, size_t room)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t n = fread(to, 1, room, file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_lt(n, room);
    return n;
}

static void empty_cache(void)
{
    struct pl_cache_info info;
    struct pl_err err = {.code = PL_OK};
    ASSERT_OK(pl_cache_clear(&info, "cache", &err));
}

/* Too large for the buffers that the workers keep. */
START_TEST(cache_gives_large_files_back)
{
    char first[PL_SHA256_HEX], again[PL_SHA256_HEX];
    put_thin_noise("src/large", 4500000, 7, 20);
    pack_once("one.zip", first, NULL);
    struct pl_cache *cache = open_cache();
    (void)pack(cache, "two.zip", again);
    ck_assert_uint_eq(pl_cache_use_of(cache).made, 0);
    pl_cache_close(cache);
    ck_assert_str_eq(first, again);
}
END_TEST

START_TEST(cache_gives_the_same_bytes)
{
    char plain[PL_SHA256_HEX], hash[PL_SHA256_HEX];
    struct pl_err err = {.code = PL_OK};
    put_tree();
    put_noise("src/larger", 5 * 1024 * 1024, 9);
    put_thin_noise("src/huge", 34 * 1024 * 1024, 8, 40);
    ASSERT_OK(case_write("src", "plain.zip", 2, &err));
    hash_of("plain.zip", plain);
    pack_once("a.zip", hash, NULL);
    ck_assert_str_eq(plain, hash);
    struct pl_cache_info info;
    ASSERT_OK(pl_cache_measure(&info, "cache", &err));
    ck_assert_uint_eq(info.packs, 1);
    ck_assert_uint_eq(info.indexes, 1);
    ck_assert_uint_gt(info.entries, 30);
    /* Everything from the cache; and no second pack of it. */
    pack_once("b.zip", hash, NULL);
    ck_assert_str_eq(plain, hash);
    ASSERT_OK(pl_cache_measure(&info, "cache", &err));
    ck_assert_uint_eq(info.packs, 1);
}
END_TEST

START_TEST(cache_leaves_what_is_current_alone)
{
    char first[PL_SHA256_HEX], hash[PL_SHA256_HEX];
    struct pl_cache *cache = open_cache();
    put_tree();
    ck_assert(!pack(cache, "a.zip", first));
    ck_assert(pack(cache, "a.zip", hash));
    pl_cache_close(cache);
    cache = open_cache();
    ck_assert(pack(cache, "a.zip", hash));
    /* The same size, within the same moment. */
    put("src/one", "2");
    ck_assert(!pack(cache, "a.zip", hash));
    ck_assert_str_ne(first, hash);
    put("src/one", "1");
    ck_assert(!pack(cache, "a.zip", hash));
    ck_assert_str_eq(first, hash);
    /* A ZIP that somebody changed, with its times put back. */
    struct stat st;
    ck_assert_int_eq(stat("a.zip", &st), 0);
    int fd = open("a.zip", O_WRONLY);
    ck_assert_int_eq(pwrite(fd, "x", 1, 40), 1);
    (void)close(fd);
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    ck_assert_int_eq(utimensat(AT_FDCWD, "a.zip", times, 0), 0);
    ck_assert(!pack(cache, "a.zip", hash));
    ck_assert_str_eq(first, hash);
    ck_assert_int_eq(chmod("src/one", 0755), 0);
    ck_assert(!pack(cache, "a.zip", hash));
    ck_assert_str_ne(first, hash);
    pl_cache_close(cache);
}
END_TEST

struct taker {
    struct pl_cache *cache;
    struct pl_cache_key key;
    bool found;
};

static void *take(void *arg)
{
    struct taker *taker = arg;
    struct pl_deflated got = {0};
    taker->found = pl_cache_take(taker->cache, &taker->key, 100, &got);
    free(got.data);
    return NULL;
}

/* Whoever wants what another is making waits for it. */
START_TEST(cache_makes_equal_contents_once)
{
    struct taker taker[3];
    pthread_t thread[COUNT_OF(taker)];
    struct pl_cache *cache = open_cache();
    static const unsigned char bytes[60] = {1, 2, 3};
    const struct pl_deflated what = {.packed = sizeof bytes, .method = PL_METHOD_DEFLATE};
    struct taker first = {.cache = cache, .key = {{7}}};
    (void)take(&first);
    ck_assert(!first.found);
    for (size_t i = 0; i < COUNT_OF(taker); i++) {
        taker[i] = first;
        ck_assert_int_eq(pthread_create(&thread[i], NULL, take, &taker[i]), 0);
    }
    (void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    pl_cache_put(cache, &first.key, 100, &what, bytes);
    for (size_t i = 0; i < COUNT_OF(taker); i++) {
        ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
        ck_assert(taker[i].found);
    }
    pl_cache_close(cache);
}
END_TEST

struct side {
    struct pl_cache *cache;
    pthread_mutex_t turn;
    char hash[8][PL_SHA256_HEX];
};

static enum pl_status pack_side(void *ctx, unsigned worker, size_t i, struct pl_err *err)
{
    struct side *side = ctx;
    const struct case_pack what = {.source = {{.path = "src"}}};
    const struct pl_pack_options options = {
        .level = 6, .workers = 3, .cache = side->cache, .turn = &side->turn};
    struct pl_plan plan = {0};
    struct pl_pack_result result;
    char zip[16];
    (void)worker;
    (void)snprintf(zip, sizeof zip, "f%zu.zip", i);
    if (case_plan(&plan, &what, err) != PL_OK ||
        pl_pack_write(&result, &plan, zip, &options, err) != PL_OK) {
        return err->code;
    }
    pl_plan_done(&plan);
    pl_sha256_hex(result.sha256, side->hash[i]);
    return PL_OK;
}

/* Functions of one tree, packed side by side: each distinct content is deflated once. */
START_TEST(cache_serves_functions_side_by_side)
{
    struct side side;
    struct pl_err err = {.code = PL_OK};
    put_tree();
    for (uint32_t i = 0; i < 12; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "src/equal%u", i);
        put_noise(path, 300000, 77);
    }
    ck_assert_int_eq(pthread_mutex_init(&side.turn, NULL), 0);
    side.cache = open_cache();
    ASSERT_OK(pl_pool_for(4, COUNT_OF(side.hash), pack_side, &side, &err));
    for (size_t i = 1; i < COUNT_OF(side.hash); i++) {
        ck_assert_str_eq(side.hash[0], side.hash[i]);
    }
    struct pl_cache_use use = pl_cache_use_of(side.cache);
    /* 11 of the 12 noises are 64 bytes or more, and the equal ones are one. */
    ck_assert_uint_eq(use.made, 12);
    ck_assert_uint_eq(use.found, COUNT_OF(side.hash) * 23 - 12);
    pl_cache_close(side.cache);
    (void)pthread_mutex_destroy(&side.turn);
}
END_TEST

/* A ZIP that was made to fit says the same of itself when it is left alone. */
START_TEST(cache_knows_what_was_tried)
{
    const struct case_pack what = {.source = {{.path = "src"}}};
    struct pl_cache *cache = open_cache();
    struct pl_pack_options options = {.level = 6, .fit_below = 1, .workers = 2, .cache = cache};
    struct pl_pack_result first, again;
    struct pl_plan plan = {0};
    struct pl_err err = {.code = PL_OK};
    put_tree();
    ASSERT_OK(case_plan(&plan, &what, &err));
    ASSERT_OK(pl_pack_write(&first, &plan, "a.zip", &options, &err));
    ck_assert_uint_eq(first.n_tried, PL_PACK_TRIES);
    for (int run = 0; run < 2; run++) {
        ASSERT_OK(pl_pack_write(&again, &plan, "a.zip", &options, &err));
        ck_assert(again.unchanged);
        ck_assert_uint_eq(again.n_tried, PL_PACK_TRIES);
        for (size_t i = 0; i < PL_PACK_TRIES; i++) {
            ck_assert_int_eq(again.tried[i].level, first.tried[i].level);
            ck_assert_uint_eq(again.tried[i].bytes, first.tried[i].bytes);
        }
        /* From the file as from memory. */
        pl_cache_close(cache);
        cache = open_cache();
        options.cache = cache;
    }
    /* Another bound is another question. */
    options.fit_below = 0;
    ASSERT_OK(pl_pack_write(&again, &plan, "a.zip", &options, &err));
    ck_assert(!again.unchanged);
    ck_assert_uint_eq(again.n_tried, 1);
    pl_plan_done(&plan);
    pl_cache_close(cache);
}
END_TEST

START_TEST(cache_reads_no_file_that_is_known)
{
    char first[PL_SHA256_HEX], hash[PL_SHA256_HEX];
    unsigned char sha256[PL_SHA256_SIZE];
    const struct pl_file_id id = {.dev = 1, .ino = 2, .size = 3, .mtime_ns = 4, .ctime_ns = 5};
    struct pl_file_id other = id;
    struct pl_cache *cache = open_cache();
    memset(sha256, 7, sizeof sha256);
    ck_assert(!pl_cache_known(cache, &id, sha256));
    pl_cache_learn(cache, &id, pl_cache_now(), sha256);
    ck_assert(pl_cache_known(cache, &id, sha256));
    other.ctime_ns++;
    ck_assert(!pl_cache_known(cache, &other, sha256));
    /* As young as its reading. */
    other.ctime_ns = pl_cache_now();
    pl_cache_learn(cache, &other, pl_cache_now(), sha256);
    ck_assert(!pl_cache_known(cache, &other, sha256));
    pl_cache_close(cache);
    put_tree();
    pack_once("a.zip", first, NULL);
    pack_once("a.zip", hash, NULL);
    ck_assert_str_eq(first, hash);
}
END_TEST

static void flip_every_byte(const char *suffix)
{
    static unsigned char bytes[64 * 1024];
    char first[PL_SHA256_HEX], hash[PL_SHA256_HEX], path[300];
    size_t damaged = 0;
    put_noise("src/f", 100, 1);
    put_noise("src/g", 80, 2);
    pack_once("a.zip", first, NULL);
    find_file(suffix, path);
    size_t n = read_file(path, bytes, sizeof bytes);
    for (size_t i = 0; i < n; i++) {
        empty_cache();
        bytes[i] ^= 0x10;
        put_bytes(path, bytes, n);
        bytes[i] ^= 0x10;
        (void)unlink("b.zip");
        pack_once("b.zip", hash, &damaged);
        ck_assert_str_eq(first, hash);
        ck_assert_msg(damaged > 0, "byte %zu of %s: not noticed", i, suffix);
    }
    /* Made anew: the next run has nothing to complain of. */
    (void)unlink("b.zip");
    pack_once("b.zip", hash, &damaged);
    ck_assert_uint_eq(damaged, 0);
}

START_TEST(cache_notices_every_byte_of_a_pack)
{
    flip_every_byte(".pack");
}
END_TEST

START_TEST(cache_notices_every_byte_of_an_index)
{
    flip_every_byte(".index");
}
END_TEST

START_TEST(cache_survives_what_is_cut_off)
{
    static const char *const suffix[] = {".pack", ".index"};
    static unsigned char bytes[64 * 1024];
    char first[PL_SHA256_HEX], hash[PL_SHA256_HEX], path[300];
    size_t damaged = 0;
    put_tree();
    for (size_t k = 0; k < COUNT_OF(suffix); k++) {
        pack_once("a.zip", first, NULL);
        find_file(suffix[k], path);
        size_t n = read_file(path, bytes, sizeof bytes);
        for (size_t keep = 0; keep < n; keep += 1 + keep / 3) {
            empty_cache();
            put_bytes(path, bytes, keep);
            (void)unlink("b.zip");
            pack_once("b.zip", hash, &damaged);
            ck_assert_str_eq(first, hash);
            ck_assert_uint_gt(damaged, 0);
        }
        empty_cache();
    }
}
END_TEST

START_TEST(cache_is_shared_by_processes)
{
    enum { ROUNDS = 100 };
    char first[PL_SHA256_HEX], hash[PL_SHA256_HEX];
    struct pl_err err = {.code = PL_OK};
    size_t damaged = 0;
    put_tree();
    ASSERT_OK(case_write("src", "plain.zip", 2, &err));
    hash_of("plain.zip", first);
    for (int round = 0; round < ROUNDS; round++) {
        pid_t child[2];
        for (int i = 0; i < 2; i++) {
            child[i] = fork();
            ck_assert_int_ge(child[i], 0);
            if (child[i] == 0) {
                struct pl_cache *cache = NULL;
                bool ok = pl_cache_open(&cache, "cache", "/project", 16 * 1024, &err) == PL_OK;
                if (ok) {
                    (void)pack(cache, "same.zip", hash);
                    ok = strcmp(first, hash) == 0 && cache->damaged == 0;
                    pl_cache_close(cache);
                }
                _exit(ok ? 0 : 1);
            }
        }
        for (int i = 0; i < 2; i++) {
            int status = 0;
            ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
            ck_assert_int_eq(status, 0);
        }
        hash_of("same.zip", hash);
        ck_assert_str_eq(first, hash);
        if (round % 10 == 9) {
            empty_cache();
        }
    }
    pack_once("b.zip", hash, &damaged);
    ck_assert_str_eq(first, hash);
    ck_assert_uint_eq(damaged, 0);
}
END_TEST

START_TEST(cache_stays_below_its_bound)
{
    enum { MAX = 100 * 1024 };
    char hash[PL_SHA256_HEX];
    struct pl_cache_info info;
    struct pl_err err = {.code = PL_OK};
    for (uint32_t i = 0; i < 8; i++) {
        struct pl_cache *cache = NULL;
        put_noise("src/f", 40000, 100 + i);
        ASSERT_OK(pl_cache_open(&cache, "cache", "/project", MAX, &err));
        (void)pack(cache, "a.zip", hash);
        pl_cache_close(cache);
        ASSERT_OK(pl_cache_measure(&info, "cache", &err));
        ck_assert_uint_le(info.bytes, MAX);
        ck_assert_uint_ge(info.packs, 1);
    }
    ck_assert_uint_ge(info.packs, 2);
    put("cache/mine.txt", "not ours");
    empty_cache();
    ASSERT_OK(pl_cache_measure(&info, "cache", &err));
    ck_assert_uint_eq(info.packs + info.indexes, 0);
    ck_assert_int_eq(access("cache/mine.txt", F_OK), 0);
}
END_TEST

START_TEST(cache_of_somebody_else_is_refused)
{
    struct pl_cache *cache = NULL;
    struct pl_err err = {.code = PL_OK};
    put_folder("cache");
    ck_assert_int_eq(chmod("cache", 0777), 0);
    ASSERT_FAILS(pl_cache_open(&cache, "cache", "/project", 1, &err), PL_ERR_IO);
    put("file", "x");
    ASSERT_FAILS(pl_cache_open(&cache, "file/cache", "/project", 1, &err), PL_ERR_MISSING);
}
END_TEST

/* RLIMIT_FSIZE stands for a full disk: a write comes back short, then fails. */
START_TEST(cache_that_cannot_grow_is_left)
{
    char first[PL_SHA256_HEX], hash[PL_SHA256_HEX];
    struct pl_err err = {.code = PL_OK};
    struct rlimit limit, before;
    put("src/a", "1");
    put_noise("src/f", 60000, 1);
    put_noise("src/g", 60000, 2);
    ASSERT_OK(case_write("src", "plain.zip", 1, &err));
    hash_of("plain.zip", first);
    struct pl_cache *cache = open_cache();
    (void)signal(SIGXFSZ, SIG_IGN);
    /* The cache's pack is as large as the ZIP without its ends; so the pack is made larger. */
    struct pl_cache_key key = {{1}};
    static unsigned char filler[200000];
    const struct pl_deflated what = {.packed = sizeof filler, .method = PL_METHOD_DEFLATE};
    pl_cache_put(cache, &key, sizeof filler + 1, &what, filler);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 201000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)pack(cache, "a.zip", hash);
    ck_assert_str_eq(first, hash);
    ck_assert(pl_cache_trouble(cache, &err));
    ck_assert_int_eq(err.sys, EFBIG);
    ck_assert(!pl_cache_trouble(cache, &err));
    pl_cache_close(cache);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    size_t damaged = 0;
    pack_once("b.zip", hash, &damaged);
    ck_assert_str_eq(first, hash);
    ck_assert_uint_eq(damaged, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        cache_gives_large_files_back,         cache_gives_the_same_bytes,
        cache_leaves_what_is_current_alone,   cache_knows_what_was_tried,
        cache_makes_equal_contents_once,      cache_serves_functions_side_by_side,
        cache_reads_no_file_that_is_known,    cache_notices_every_byte_of_a_pack,
        cache_notices_every_byte_of_an_index, cache_survives_what_is_cut_off,
        cache_is_shared_by_processes,         cache_stays_below_its_bound,
        cache_of_somebody_else_is_refused,    cache_that_cannot_grow_is_left,
    };
    return run_tests_in("cache", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
