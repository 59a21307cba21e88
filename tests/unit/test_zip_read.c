/* What the reader hands over, to whom and when it refuses.  The archives are made from recipes. */
#include "fixtures/zt.h"
#include "oom.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct pl_err err;
static char folder[64];
static char archive[128];

static void before(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/pl-read-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(archive, sizeof archive, "%s/a.zip", folder);
}

static void after(void)
{
    char recipe[128];
    snprintf(recipe, sizeof recipe, "%s/a.zt", folder);
    unlink(recipe);
    unlink(archive);
    rmdir(folder);
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void make(const char *lines)
{
    char recipe[128];
    char text[8192];
    char mkfixture[] = PL_MKFIXTURE;
    snprintf(recipe, sizeof recipe, "%s/a.zt", folder);
    int n = snprintf(text, sizeof text, "# for one test only\n%s", lines);
    ck_assert(n > 0 && (size_t)n < sizeof text);
    write_file(recipe, text, (size_t)n);
    char *args[] = {mkfixture, recipe, archive, NULL};
    pid_t pid;
    int status = -1;
    ck_assert_int_eq(posix_spawn(&pid, PL_MKFIXTURE, NULL, NULL, args, environ), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

static void open_made(struct pl_tree *tree, const char *lines)
{
    make(lines);
    ASSERT_OK(pl_zip_open(tree, archive, &err));
}

/* ---------------------------------------------------------------- a sink that remembers */

enum { MAX_SEEN = 2048 };

struct seen {
    enum pl_look look;
    pthread_mutex_t lock;
    unsigned calls[MAX_SEEN];
    enum pl_read_state state[MAX_SEEN];
    size_t bytes[MAX_SEEN];
    char first[MAX_SEEN];
    size_t wanted;
    bool refuses;
};

static enum pl_look seen_want(void *ctx, const struct pl_entry *entry)
{
    struct seen *seen = ctx;
    seen->wanted++;
    ck_assert(entry->type == PL_ENTRY_FILE || entry->type == PL_ENTRY_LINK);
    return pl_slice_starts(entry->name, PL_SLICE("skip")) ? PL_LOOK_SKIP : seen->look;
}

static enum pl_status seen_entry(void *ctx, unsigned worker, uint32_t index,
                                 enum pl_read_state state, struct pl_slice bytes, struct pl_err *e)
{
    struct seen *seen = ctx;
    if (worker >= 16 || index >= MAX_SEEN) {
        return pl_err_set(e, PL_ERR_INTERNAL, "worker %u index %u", worker, index);
    }
    pthread_mutex_lock(&seen->lock);
    seen->calls[index]++;
    seen->state[index] = state;
    seen->bytes[index] = bytes.len;
    seen->first[index] = bytes.len > 0 ? bytes.ptr[0] : '\0';
    pthread_mutex_unlock(&seen->lock);
    return seen->refuses ? pl_err_set(e, PL_ERR_CANCELLED, "the sink has enough") : PL_OK;
}

static void walk(struct pl_tree *tree, struct seen *seen, enum pl_look look, unsigned workers)
{
    *seen = (struct seen){.look = look};
    pthread_mutex_init(&seen->lock, NULL);
    struct pl_sink sink = {.ctx = seen, .want = seen_want, .entry = seen_entry, .workers = workers};
    ASSERT_OK(tree->ops->walk(tree, &sink, &err));
    pthread_mutex_destroy(&seen->lock);
}

static uint32_t find(const struct pl_tree *tree, const char *name)
{
    uint32_t index = pl_tree_find(tree, pl_slice_of(name));
    ck_assert_msg(index != PL_ENTRY_NONE, "%s is not there", name);
    return index;
}

/* ---------------------------------------------------------------- entries */

START_TEST(open_takes_types_modes_and_targets)
{
    struct pl_tree tree;
    open_made(&tree, "entry: name=bin/run data=\"#!/bin/sh\\n\" mode=0755 date=2024-02-29\n"
                     "entry: name=lib/ mode=0700\n"
                     "entry: name=lib/l data=\"../bin/run\" type=link mode=0777 method=deflate\n"
                     "entry: name=win data=x host=0\n"
                     "entry: name=mac data=x host=19 attributes=0x81a40000\n"
                     "entry: name=zero data=x attributes=0\n"
                     "entry: name=s type=socket\n");
    const struct pl_entry *e = &tree.entry[find(&tree, "bin/run")];
    ck_assert_uint_eq(e->type, PL_ENTRY_FILE);
    ck_assert_int_eq(e->mode, 0755);
    ck_assert_int_eq(e->mtime, 1709164800);
    ck_assert_uint_eq(e->host, 3);
    ck_assert_uint_eq(e->size, 10);
    e = &tree.entry[find(&tree, "lib")];
    ck_assert_uint_eq(e->type, PL_ENTRY_FOLDER);
    ck_assert_int_eq(e->mode, 0700);
    e = &tree.entry[find(&tree, "lib/l")];
    ck_assert_uint_eq(e->type, PL_ENTRY_LINK);
    ck_assert(pl_slice_is(e->link, "../bin/run"));
    ck_assert_int_eq(tree.entry[find(&tree, "win")].mode, PL_MODE_NONE);
    ck_assert_int_eq(tree.entry[find(&tree, "mac")].mode, 0644);
    ck_assert_int_eq(tree.entry[find(&tree, "zero")].mode, 0);
    ck_assert_uint_eq(tree.entry[find(&tree, "s")].type, PL_ENTRY_SPECIAL);
    ck_assert_uint_eq(tree.n_stored, 7);
    ck_assert_uint_eq(tree.unpacked_bytes, 10 + 10 + 1 + 1 + 1);
    struct stat st;
    ck_assert_int_eq(stat(archive, &st), 0);
    ck_assert_uint_eq(tree.container_bytes, (uint64_t)st.st_size);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(open_refuses_what_is_no_file)
{
    struct pl_tree tree;
    ASSERT_FAILS(pl_zip_open(&tree, "/nonexistent/x.zip", &err), PL_ERR_MISSING);
    ASSERT_FAILS(pl_zip_open(&tree, folder, &err), PL_ERR_FORMAT);
    ck_assert_int_eq(mkfifo(archive, 0600), 0);
    ASSERT_FAILS(pl_zip_open(&tree, archive, &err), PL_ERR_FORMAT);
}
END_TEST

START_TEST(recognise_goes_by_content)
{
    static const struct {
        const char *lines;
        bool is;
    } row[] = {
        {"entry: name=a data=x", true},
        {"end: comment=\"none\"", true},
        {"before: \"#!/bin/sh\\n\"\nentry: name=a data=x", true},
        {"before: \"<html>not found, sorry, nothing here</html>\"\nend: none", false},
        {"end: none", false},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct stat st;
        make(row[i].lines);
        int fd = open(archive, O_RDONLY | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(fstat(fd, &st), 0);
        bool is = !row[i].is;
        ck_assert_int_eq(pl_zip_recognise(fd, "f", (uint64_t)st.st_size, &is, &err), PL_OK);
        ck_assert_int_eq(is, row[i].is);
        close(fd);
    }
}
END_TEST

/* ---------------------------------------------------------------- the walk */

static const char mixed[] =
    "entry: name=small data=\"s\"\n"
    "entry: name=mid method=deflate data=\"m\" repeat=100000\n"
    "entry: name=skip data=\"never\"\n"
    "entry: name=empty\n"
    "entry: name=large data=\"L\" repeat=40000000\n"
    "entry: name=larger method=deflate pack=run data=\"\\0\" repeat=50000000\n"
    "entry: name=bad data=\"good\"\n"
    "entry: name=bz data=\"x\" method=12\n"
    "entry: name=dir/\n"
    "entry: name=link data=\"small\" type=link\n"
    "patch: data[6] = \"evil\"\n";

START_TEST(walk_hands_over_what_is_wanted)
{
    static struct seen seen;
    struct pl_tree tree;
    open_made(&tree, mixed);
    for (unsigned workers = 0; workers <= 4; workers += 2) {
        walk(&tree, &seen, PL_LOOK_WHOLE, workers);
        ck_assert_uint_eq(seen.wanted, 9);
        static const struct {
            const char *name;
            unsigned calls;
            enum pl_read_state state;
            size_t bytes;
            char first;
        } row[] = {
            {"small", 1, PL_READ_WHOLE, 1, 's'},
            {"mid", 1, PL_READ_WHOLE, 100000, 'm'},
            {"skip", 0, PL_READ_NOT_LOOKED, 0, 0},
            {"empty", 1, PL_READ_WHOLE, 0, 0},
            {"large", 1, PL_READ_START, PL_LOOK_START_BYTES, 'L'},
            {"larger", 1, PL_READ_START, PL_LOOK_START_BYTES, 0},
            {"bad", 1, PL_READ_CORRUPT, 0, 0},
            {"bz", 1, PL_READ_UNSUPPORTED, 0, 0},
            {"dir", 0, PL_READ_NOT_LOOKED, 0, 0},
            {"link", 1, PL_READ_WHOLE, 5, 's'},
        };
        for (size_t i = 0; i < COUNT_OF(row); i++) {
            uint32_t at = find(&tree, row[i].name);
            ck_assert_msg(seen.calls[at] == row[i].calls, "%s", row[i].name);
            ck_assert_msg(seen.state[at] == row[i].state, "%s: %u", row[i].name,
                          (unsigned)seen.state[at]);
            ck_assert_msg(seen.bytes[at] == row[i].bytes, "%s", row[i].name);
            ck_assert_msg(seen.first[at] == row[i].first, "%s", row[i].name);
        }
        ck_assert(tree.walk_complete);
        ck_assert_uint_eq(tree.issues_of[PL_ISSUE_CRC], 1);
    }
    pl_tree_done(&tree);
}
END_TEST

START_TEST(walk_looks_at_starts_and_checks)
{
    static struct seen seen;
    struct pl_tree tree;
    open_made(&tree, mixed);
    walk(&tree, &seen, PL_LOOK_START, 2);
    ck_assert_uint_eq(seen.bytes[find(&tree, "mid")], PL_LOOK_START_BYTES);
    ck_assert_int_eq(seen.state[find(&tree, "mid")], PL_READ_START);
    ck_assert_int_eq(seen.state[find(&tree, "small")], PL_READ_WHOLE);
    ck_assert_int_eq(seen.state[find(&tree, "bad")], PL_READ_CORRUPT);
    walk(&tree, &seen, PL_LOOK_CHECK, 2);
    ck_assert_uint_eq(seen.bytes[find(&tree, "mid")], 0);
    ck_assert_int_eq(seen.state[find(&tree, "mid")], PL_READ_START);
    ck_assert_int_eq(seen.state[find(&tree, "large")], PL_READ_START);
    ck_assert_int_eq(seen.state[find(&tree, "empty")], PL_READ_WHOLE);
    ck_assert_int_eq(seen.state[find(&tree, "bad")], PL_READ_CORRUPT);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(walk_reads_many_small_and_some_big_ones)
{
    static struct seen seen;
    struct pl_tree tree;
    open_made(&tree,
              "entry: name=n/%d data=\"abc\" count=1500 method=deflate\n"
              "entry: name=b/%d data=\"big\" repeat=900000 count=4\n"
              "entry: name=h/%d method=deflate data=\"\\0\" pack=run repeat=30000000 count=3\n"
              "entry: name=m/%d data=\"abc\" count=100\n");
    for (unsigned workers = 1; workers <= 5; workers += 2) {
        walk(&tree, &seen, PL_LOOK_WHOLE, workers);
        unsigned whole = 0;
        for (uint32_t i = 0; i < tree.n; i++) {
            bool file = tree.entry[i].type == PL_ENTRY_FILE;
            ck_assert_uint_eq(seen.calls[i], file ? 1 : 0);
            whole += file && seen.state[i] == PL_READ_WHOLE && seen.bytes[i] == tree.entry[i].size;
        }
        ck_assert_uint_eq(whole, 1607);
        ck_assert_uint_eq(tree.n_issue, 0);
    }
    pl_tree_done(&tree);
}
END_TEST

START_TEST(walk_passes_the_sinks_error_on)
{
    static struct seen seen;
    struct pl_tree tree;
    open_made(&tree, mixed);
    seen = (struct seen){.look = PL_LOOK_WHOLE, .refuses = true};
    pthread_mutex_init(&seen.lock, NULL);
    struct pl_sink sink = {.ctx = &seen, .want = seen_want, .entry = seen_entry, .workers = 2};
    ASSERT_FAILS(tree.ops->walk(&tree, &sink, &err), PL_ERR_CANCELLED);
    ck_assert(!tree.walk_complete);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(walk_stops_at_the_limit_and_says_so)
{
    static struct seen seen;
    struct pl_tree tree;
    open_made(&tree,
              "entry: name=b%d method=deflate data=\"\\0\" pack=run repeat=30000000 count=20\n"
              "entry: name=z data=\"x\"\n");
    for (unsigned workers = 1; workers <= 3; workers += 2) {
        walk(&tree, &seen, PL_LOOK_CHECK, workers);
        ck_assert(!tree.walk_complete);
        ck_assert_uint_eq(tree.issues_of[PL_ISSUE_BOMB], 1);
        ck_assert_uint_eq(tree.n_issue, 1);
        ck_assert(pl_slice_is(tree.entry[tree.issue[0].entry].name, "b8"));
        ck_assert_uint_eq(seen.calls[find(&tree, "z")], 0);
        ck_assert_uint_eq(seen.calls[find(&tree, "b7")], 1);
        ck_assert_uint_eq(seen.calls[find(&tree, "b8")], 0);
    }
    pl_tree_done(&tree);
}
END_TEST

/* Declares a gigabyte and has a few bytes: damaged, and no reason to give up on the rest. */
START_TEST(walk_looks_behind_a_liar)
{
    static struct seen seen;
    struct pl_tree tree;
    open_made(&tree, "entry: name=liar method=deflate data=\"x\" repeat=2000000\n"
                     "entry: name=z data=\"x\"\n"
                     "patch: central[0].size = 0x40000000\n"
                     "patch: local[0].size = 0x40000000\n");
    walk(&tree, &seen, PL_LOOK_WHOLE, 2);
    ck_assert(tree.walk_complete);
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_SIZE], 1);
    ck_assert_int_eq(seen.state[find(&tree, "liar")], PL_READ_CORRUPT);
    ck_assert_int_eq(seen.state[find(&tree, "z")], PL_READ_WHOLE);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(walk_fails_when_the_file_shrinks)
{
    static struct seen seen;
    struct pl_tree tree;
    open_made(&tree, "entry: name=a data=\"abc\" repeat=1000\n");
    ck_assert_int_eq(truncate(archive, 100), 0);
    seen = (struct seen){.look = PL_LOOK_WHOLE};
    pthread_mutex_init(&seen.lock, NULL);
    struct pl_sink sink = {.ctx = &seen, .want = seen_want, .entry = seen_entry, .workers = 2};
    ASSERT_FAILS(tree.ops->walk(&tree, &sink, &err), PL_ERR_CHANGED);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(walk_of_nothing_is_complete)
{
    static struct seen seen;
    struct pl_tree tree;
    open_made(&tree, "end: none\n");
    walk(&tree, &seen, PL_LOOK_WHOLE, 2);
    ck_assert(tree.walk_complete);
    ck_assert_uint_eq(seen.wanted, 0);
    pl_tree_done(&tree);
}
END_TEST

/* ---------------------------------------------------------------- the second look */

START_TEST(read_gives_whole_entries_within_the_limit)
{
    struct pl_tree tree;
    struct pl_buf buf;
    open_made(&tree, mixed);
    pl_buf_init(&buf, PL_MB(64));
    ASSERT_OK(tree.ops->read(&tree, find(&tree, "mid"), 100000, &buf, &err));
    ck_assert_uint_eq(buf.len, 100000);
    ck_assert_int_eq(buf.data[99999], 'm');
    /* Appends, as every reader of the house does. */
    ASSERT_OK(tree.ops->read(&tree, find(&tree, "small"), 10, &buf, &err));
    ck_assert_uint_eq(buf.len, 100001);
    pl_buf_clear(&buf);
    ASSERT_OK(tree.ops->read(&tree, find(&tree, "large"), PL_MB(64), &buf, &err));
    ck_assert_uint_eq(buf.len, 40000000);
    pl_buf_clear(&buf);
    ASSERT_OK(tree.ops->read(&tree, find(&tree, "larger"), PL_MB(64), &buf, &err));
    ck_assert_uint_eq(buf.len, 50000000);
    pl_buf_clear(&buf);
    ASSERT_OK(tree.ops->read(&tree, find(&tree, "empty"), 0, &buf, &err));
    ck_assert_uint_eq(buf.len, 0);
    pl_buf_done(&buf);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(read_refuses_and_leaves_the_buffer_alone)
{
    static const struct {
        const char *name;
        size_t max;
        enum pl_status status;
    } row[] = {{"mid", 99999, PL_ERR_LIMIT},
               {"bad", 100, PL_ERR_FORMAT},
               {"bz", 100, PL_ERR_FORMAT},
               {"large", 1000, PL_ERR_LIMIT}};
    struct pl_tree tree;
    struct pl_buf buf;
    open_made(&tree, mixed);
    pl_buf_init(&buf, 1000);
    ASSERT_OK(pl_buf_text(&buf, "before", &err));
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        ASSERT_FAILS(tree.ops->read(&tree, find(&tree, row[i].name), row[i].max, &buf, &err),
                     row[i].status);
        ck_assert(pl_slice_is(pl_buf_view(&buf), "before"));
    }
    ASSERT_FAILS(tree.ops->read(&tree, tree.n, 10, &buf, &err), PL_ERR_INTERNAL);
    pl_buf_done(&buf);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(read_finds_damage_in_large_entries)
{
    struct pl_tree tree;
    struct pl_buf buf;
    open_made(&tree, "entry: name=l data=\"L\" repeat=40000000\n"
                     "patch: local[0].crc += 1\n"
                     "patch: central[0].crc += 1\n");
    pl_buf_init(&buf, PL_MB(64));
    ASSERT_FAILS(tree.ops->read(&tree, find(&tree, "l"), PL_MB(64), &buf, &err), PL_ERR_FORMAT);
    ck_assert_uint_eq(buf.len, 0);
    pl_buf_done(&buf);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(read_takes_an_archive_in_memory)
{
    static char bytes[4096];
    struct pl_tree tree;
    struct pl_buf buf;
    make("entry: name=a.txt data=\"hello\"\nentry: name=b/c.txt data=\"there\" method=deflate\n");
    FILE *file = fopen(archive, "rb");
    ck_assert_ptr_nonnull(file);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ASSERT_OK(pl_zip_open_memory(&tree, "inner.jar", pl_slice_make(bytes, n), &err));
    ck_assert_uint_eq(tree.container_bytes, n);
    ck_assert_uint_eq(tree.n_issue, 0);
    uint32_t at = pl_tree_find(&tree, PL_SLICE("b/c.txt"));
    ck_assert_uint_ne(at, PL_ENTRY_NONE);
    pl_buf_init(&buf, 100);
    ASSERT_OK(tree.ops->read(&tree, at, 100, &buf, &err));
    ck_assert(pl_slice_is(pl_buf_view(&buf), "there"));
    pl_buf_done(&buf);
    pl_tree_done(&tree);
    ASSERT_OK(pl_zip_open_memory(&tree, "cut.jar", pl_slice_make(bytes, n - 30), &err));
    ck_assert_uint_gt(tree.n_issue, 0);
    pl_tree_done(&tree);
    ASSERT_OK(pl_zip_open_memory(&tree, "empty.jar", (struct pl_slice){0}, &err));
    ck_assert_uint_gt(tree.issues_of[PL_ISSUE_NO_END_RECORD], 0);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(read_works_with_bytes_in_front)
{
    static const char *const offsets[] = {"archive", "file"};
    for (size_t i = 0; i < COUNT_OF(offsets); i++) {
        struct pl_tree tree;
        struct pl_buf buf;
        char lines[256];
        snprintf(lines, sizeof lines,
                 "before: \"stub\\n\" repeat=100 offsets=%s\nentry: name=a data=\"right\"\n",
                 offsets[i]);
        open_made(&tree, lines);
        pl_buf_init(&buf, 100);
        ASSERT_OK(tree.ops->read(&tree, find(&tree, "a"), 100, &buf, &err));
        ck_assert(pl_slice_is(pl_buf_view(&buf), "right"));
        ck_assert_uint_eq(tree.entry[find(&tree, "a")].offset, 500);
        ck_assert_uint_eq(tree.issue[0].count, 500);
        pl_buf_done(&buf);
        pl_tree_done(&tree);
    }
}
END_TEST

/* ---------------------------------------------------------------- out of memory, and noise */

static enum pl_status no_entry(void *ctx PL_UNUSED, unsigned worker PL_UNUSED,
                               uint32_t index PL_UNUSED, enum pl_read_state state PL_UNUSED,
                               struct pl_slice bytes PL_UNUSED, struct pl_err *e PL_UNUSED)
{
    return PL_OK;
}

static enum pl_look whole(void *ctx PL_UNUSED, const struct pl_entry *entry PL_UNUSED)
{
    return PL_LOOK_WHOLE;
}

static enum pl_status use_once(struct pl_err *e)
{
    struct pl_tree tree;
    struct pl_sink sink = {.ctx = NULL, .want = whole, .entry = no_entry, .workers = 1};
    struct pl_buf buf;
    enum pl_status status = pl_zip_open(&tree, archive, e);
    if (status != PL_OK) {
        return status;
    }
    pl_buf_init(&buf, 1000);
    status = tree.ops->walk(&tree, &sink, e);
    if (status == PL_OK) {
        status = tree.ops->read(&tree, pl_tree_find(&tree, PL_SLICE("d/a")), 1000, &buf, e);
    }
    pl_buf_done(&buf);
    pl_tree_done(&tree);
    return status;
}

START_TEST(reader_survives_every_failed_allocation)
{
    make("entry: name=d/a data=\"abc\" method=deflate\n"
         "entry: name=l data=\"d/a\" type=link\n"
         "entry: name=bad data=\"abc\"\n"
         "entry: name=large method=deflate data=\"\\0\" pack=run repeat=40000000\n"
         "patch: data[2] = \"xyz\"\n");
    ck_assert_int_gt(oom_exhaust(use_once), 10);
}
END_TEST

/* Every byte of a small archive changed to every other kind of byte: an answer each time. */
START_TEST(reader_takes_every_changed_byte)
{
    static const unsigned char change[] = {0x01, 0x80, 0xff, 0x40};
    struct pl_buf bytes;
    make("entry: name=d/a data=\"abc\" method=deflate descriptor=sig32\n"
         "entry: name=l data=\"d/a\" type=link zip64=yes\n"
         "end: zip64=yes\n");
    pl_buf_init(&bytes, 1 << 16);
    ASSERT_OK(pl_file_read(archive, &bytes, &err));
    for (size_t i = 0; i < bytes.len * sizeof change; i++) {
        struct pl_tree tree;
        struct pl_sink sink = {.ctx = NULL, .want = whole, .entry = no_entry, .workers = 1};
        bytes.data[i / sizeof change] ^= (char)change[i % sizeof change];
        write_file(archive, bytes.data, bytes.len);
        ASSERT_OK(pl_zip_open(&tree, archive, &err));
        ASSERT_OK(tree.ops->walk(&tree, &sink, &err));
        pl_tree_done(&tree);
        bytes.data[i / sizeof change] ^= (char)change[i % sizeof change];
    }
    pl_buf_done(&bytes);
}
END_TEST

/* 70,000 entries: linear, so within the test's time even with sanitizers. */
START_TEST(reader_takes_very_many_entries)
{
    struct pl_tree tree;
    struct pl_sink sink = {.ctx = NULL, .want = whole, .entry = no_entry, .workers = 2};
    open_made(&tree, "entry: name=node_modules/p%d/index.js data=\"x\" count=70000\n"
                     "end: zip64=yes\n");
    ASSERT_OK(tree.ops->walk(&tree, &sink, &err));
    ck_assert_uint_eq(tree.n_stored, 70000);
    ck_assert_uint_eq(tree.n, 140001);
    ck_assert_uint_eq(tree.n_issue, 0);
    ck_assert(tree.walk_complete);
    pl_tree_done(&tree);
}
END_TEST

int main(void)
{
    const TTest *const test[] = {
        open_takes_types_modes_and_targets,
        open_refuses_what_is_no_file,
        recognise_goes_by_content,
        walk_hands_over_what_is_wanted,
        walk_looks_at_starts_and_checks,
        walk_reads_many_small_and_some_big_ones,
        walk_passes_the_sinks_error_on,
        walk_stops_at_the_limit_and_says_so,
        walk_looks_behind_a_liar,
        walk_fails_when_the_file_shrinks,
        walk_of_nothing_is_complete,
        read_gives_whole_entries_within_the_limit,
        read_refuses_and_leaves_the_buffer_alone,
        read_finds_damage_in_large_entries,
        read_takes_an_archive_in_memory,
        read_works_with_bytes_in_front,
        reader_survives_every_failed_allocation,
        reader_takes_every_changed_byte,
        reader_takes_very_many_entries,
    };
    return run_tests_in("zip_read", test, COUNT_OF(test), before, after);
}
