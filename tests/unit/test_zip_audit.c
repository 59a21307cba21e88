/*
 * Every recipe of fixtures/archive: exactly the issues that it names, from the open and the walk,
 * for one worker and for several.
 */
#include "fixtures/zt.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/digest.h"
#include "pkg/base/file.h"
#include "run.h"

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_EXPECTED = 64, MAX_RECIPES = 1000, MAX_LINE = 4096 };

extern char **environ;

static struct pl_err err;
static char folder[64];

struct expected {
    char kind[32];
    struct zt_bytes entry; /* at is NULL when none is named */
    uint64_t offset;
    bool met;
};

struct recipe {
    char name[128];
    struct expected expected[MAX_EXPECTED];
    size_t n;
    bool none;
};

static void make_all(void)
{
    char mkfixture[] = PL_MKFIXTURE;
    char all[] = "--all";
    char from[] = PL_FIXTURES "/archive";
    char *args[] = {mkfixture, all, from, folder, NULL};
    pid_t pid;
    int status = -1;
    ck_assert_int_eq(posix_spawn(&pid, PL_MKFIXTURE, NULL, NULL, args, environ), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

static void remove_all(void)
{
    DIR *stream = opendir(folder);
    for (struct dirent *item; stream && (item = readdir(stream));) {
        unlinkat(dirfd(stream), item->d_name, 0);
    }
    if (stream) {
        closedir(stream);
    }
    rmdir(folder);
}

static void before(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/pl-audit-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    make_all();
}

/* ---------------------------------------------------------------- recipes */

static void take_issue(struct recipe *recipe, const char *text)
{
    struct zt_place place = {.file = recipe->name};
    struct zt_word word;
    ck_assert_uint_lt(recipe->n, MAX_EXPECTED);
    struct expected *at = &recipe->expected[recipe->n];
    ck_assert(zt_next_word(&place, &text, &word));
    snprintf(at->kind, sizeof at->kind, "%s", (const char *)word.value.at);
    zt_free(&word.value);
    if (strcmp(at->kind, "none") == 0) {
        recipe->none = true;
        return;
    }
    recipe->n++;
    bool has_offset = false;
    while (zt_next_word(&place, &text, &word)) {
        if (strcmp(word.key, "at") == 0) {
            at->offset = zt_to_number(&place, &word, 10);
            has_offset = true;
            zt_free(&word.value);
            continue;
        }
        ck_assert_str_eq(word.key, "entry");
        at->entry = word.value;
    }
    ck_assert_msg(has_offset, "%s: an issue without at=OFFSET", recipe->name);
}

static void read_recipe(struct recipe *recipe, const char *name)
{
    char path[512];
    char line[MAX_LINE];
    *recipe = (struct recipe){0};
    snprintf(recipe->name, sizeof recipe->name, "%s", name);
    snprintf(path, sizeof path, "%s/archive/%s", PL_FIXTURES, name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "issue:", 6) == 0) {
            take_issue(recipe, line + 6);
        }
    }
    fclose(file);
    ck_assert_msg(recipe->none ? recipe->n == 0 : recipe->n > 0, "%s names no issue", name);
}

static void recipe_done(struct recipe *recipe)
{
    for (size_t i = 0; i < recipe->n; i++) {
        zt_free(&recipe->expected[i].entry);
    }
}

static size_t list_recipes(char (*ret)[128])
{
    struct dirent **item = NULL;
    int n = scandir(PL_FIXTURES "/archive", &item, NULL, alphasort);
    size_t found = 0;
    for (int i = 0; i < n; i++) {
        size_t len = strlen(item[i]->d_name);
        if (len > 3 && strcmp(item[i]->d_name + len - 3, ".zt") == 0) {
            ck_assert_uint_lt(found, MAX_RECIPES);
            snprintf(ret[found++], 128, "%.127s", item[i]->d_name);
        }
        free(item[i]);
    }
    free(item);
    ck_assert_uint_gt(found, 50);
    return found;
}

static void archive_of(const char *recipe, char ret[512])
{
    snprintf(ret, 512, "%s/%.*s.zip", folder, (int)(strlen(recipe) - 3), recipe);
}

/* ---------------------------------------------------------------- the audit */

static enum pl_look want_whole(void *ctx PL_UNUSED, const struct pl_entry *entry PL_UNUSED)
{
    return PL_LOOK_WHOLE;
}

static enum pl_status take_nothing(void *ctx PL_UNUSED, unsigned worker PL_UNUSED,
                                   uint32_t index PL_UNUSED, enum pl_read_state state PL_UNUSED,
                                   struct pl_slice bytes PL_UNUSED, struct pl_err *e PL_UNUSED)
{
    return PL_OK;
}

static void open_and_walk(struct pl_tree *tree, const char *path, unsigned workers)
{
    struct pl_sink sink = {
        .ctx = NULL, .want = want_whole, .entry = take_nothing, .workers = workers};
    ASSERT_OK(pl_zip_open(tree, path, &err));
    ASSERT_OK(tree->ops->walk(tree, &sink, &err));
}

static bool is_same(const struct pl_tree *tree, const struct pl_issue *issue,
                    const struct expected *expected)
{
    if (strcmp(pl_issue_name(issue->what), expected->kind) != 0 ||
        issue->offset != expected->offset) {
        return false;
    }
    if (!expected->entry.at) {
        return issue->entry == PL_ENTRY_NONE;
    }
    struct pl_slice name = {(const char *)expected->entry.at, expected->entry.n};
    return issue->entry < tree->n && pl_slice_eq(tree->entry[issue->entry].name, name);
}

static void compare(const struct pl_tree *tree, struct recipe *recipe)
{
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        const struct pl_issue *issue = &tree->issue[i];
        size_t e = 0;
        while (e < recipe->n &&
               (recipe->expected[e].met || !is_same(tree, issue, &recipe->expected[e]))) {
            e++;
        }
        ck_assert_msg(e < recipe->n, "%s: %s of entry %u at %llu is not in the recipe",
                      recipe->name, pl_issue_name(issue->what), issue->entry,
                      (unsigned long long)issue->offset);
        recipe->expected[e].met = true;
    }
    for (size_t e = 0; e < recipe->n; e++) {
        ck_assert_msg(recipe->expected[e].met, "%s: %s was not found", recipe->name,
                      recipe->expected[e].kind);
    }
}

START_TEST(audit_says_what_each_recipe_names)
{
    static char name[MAX_RECIPES][128];
    bool covered[PL_ISSUE_COUNT] = {false};
    size_t n = list_recipes(name);
    for (size_t i = 0; i < n; i++) {
        struct recipe recipe;
        struct pl_tree tree;
        char path[512];
        read_recipe(&recipe, name[i]);
        archive_of(name[i], path);
        open_and_walk(&tree, path, 1);
        compare(&tree, &recipe);
        for (uint32_t k = 0; k < tree.n_issue; k++) {
            covered[tree.issue[k].what] = true;
        }
        pl_tree_done(&tree);
        recipe_done(&recipe);
    }
    for (size_t i = 0; i < PL_ISSUE_COUNT; i++) {
        ck_assert_msg(covered[i], "no recipe shows %s", pl_issue_name((enum pl_issue_kind)i));
    }
}
END_TEST

START_TEST(audit_says_the_same_for_any_number_of_workers)
{
    static char name[MAX_RECIPES][128];
    size_t n = list_recipes(name);
    for (size_t i = 0; i < n; i++) {
        struct pl_tree one;
        struct pl_tree many;
        char path[512];
        archive_of(name[i], path);
        open_and_walk(&one, path, 1);
        open_and_walk(&many, path, 7);
        ck_assert_uint_eq(one.n_issue, many.n_issue);
        for (uint32_t k = 0; k < one.n_issue; k++) {
            ck_assert_uint_eq(one.issue[k].what, many.issue[k].what);
            ck_assert_uint_eq(one.issue[k].entry, many.issue[k].entry);
            ck_assert_uint_eq(one.issue[k].offset, many.issue[k].offset);
            ck_assert_uint_eq(one.issue[k].count, many.issue[k].count);
        }
        ck_assert_int_eq(one.walk_complete, many.walk_complete);
        pl_tree_done(&one);
        pl_tree_done(&many);
    }
}
END_TEST

START_TEST(audit_says_each_thing_once_when_it_walks_again)
{
    static const char *const name[] = {"crc", "size-impossible", "stream"};
    for (size_t i = 0; i < COUNT_OF(name); i++) {
        struct pl_tree tree;
        char path[512];
        snprintf(path, sizeof path, "%s/%s.zip", folder, name[i]);
        open_and_walk(&tree, path, 2);
        ck_assert_uint_eq(tree.n_issue, 1);
        struct pl_sink sink = {
            .ctx = NULL, .want = want_whole, .entry = take_nothing, .workers = 2};
        ASSERT_OK(tree.ops->walk(&tree, &sink, &err));
        ck_assert_uint_eq(tree.n_issue, 1);
        pl_tree_done(&tree);
    }
}
END_TEST

/* Each archive cut short everywhere: an answer, and one that says something, for every length. */
START_TEST(audit_takes_every_truncation)
{
    static const char *const name[] = {"pass-plain", "pass-zip64-small", "pass-descriptors",
                                       "before-zip64"};
    char cut[512];
    snprintf(cut, sizeof cut, "%s/cut.zip", folder);
    for (size_t i = 0; i < COUNT_OF(name); i++) {
        char path[512];
        struct pl_buf bytes;
        pl_buf_init(&bytes, 1 << 20);
        snprintf(path, sizeof path, "%s/%s.zip", folder, name[i]);
        ASSERT_OK(pl_file_read(path, &bytes, &err));
        for (size_t n = 0; n < bytes.len; n++) {
            struct pl_tree tree;
            FILE *file = fopen(cut, "wb");
            ck_assert_ptr_nonnull(file);
            ck_assert_uint_eq(fwrite(bytes.data, 1, n, file), n);
            fclose(file);
            open_and_walk(&tree, cut, 1);
            ck_assert_msg(tree.n_issue > 0, "%s cut to %zu bytes passes", name[i], n);
            pl_tree_done(&tree);
        }
        pl_buf_done(&bytes);
    }
}
END_TEST

/* Ends that point where nothing can be: a locator without room for its record, and a directory
 * behind the end. */
START_TEST(audit_of_ends_that_point_nowhere)
{
    static const unsigned char locator[42] = {
        'P',  'K',  6,    7,    [16] = 1, [20] = 'P', 'K',  5,    6,    0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff,     0xff,       0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const unsigned char behind[22] = {'P', 'K', 5, 6, [16] = 100};
    const struct {
        const unsigned char *bytes;
        size_t n;
    } ends[] = {{locator, sizeof locator}, {behind, sizeof behind}};
    char path[512];
    snprintf(path, sizeof path, "%s/end.zip", folder);
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct pl_tree tree;
        FILE *file = fopen(path, "wb");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(ends[i].bytes, 1, ends[i].n, file), ends[i].n);
        fclose(file);
        open_and_walk(&tree, path, 1);
        ck_assert_uint_eq(tree.n, 0);
        ck_assert_uint_gt(tree.n_issue, 0);
        pl_tree_done(&tree);
    }
}
END_TEST

/* ---------------------------------------------------------------- the generator */

static void hash_of(const char *path, char ret[PL_SHA256_HEX])
{
    unsigned char digest[PL_SHA256_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ASSERT_OK(pl_sha256_fd(fd, path, digest, &err));
    close(fd);
    pl_sha256_hex(digest, ret);
}

START_TEST(generator_makes_the_same_bytes_as_ever)
{
    static char name[MAX_RECIPES][128];
    char line[MAX_LINE];
    bool renew = getenv("PL_UPDATE") != NULL;
    size_t n = list_recipes(name);
    FILE *sums = fopen(PL_FIXTURES "/archive/SHA256SUMS", renew ? "w" : "r");
    ck_assert_ptr_nonnull(sums);
    for (size_t i = 0; i < n; i++) {
        char path[512];
        char hex[PL_SHA256_HEX];
        char now[256];
        archive_of(name[i], path);
        hash_of(path, hex);
        snprintf(now, sizeof now, "%s  %s\n", hex, name[i]);
        if (renew) {
            fputs(now, sums);
        } else {
            ck_assert_ptr_nonnull(fgets(line, sizeof line, sums));
            ck_assert_str_eq(line, now);
        }
    }
    ck_assert(renew || !fgets(line, sizeof line, sums));
    fclose(sums);
}
END_TEST

START_TEST(test_of_the_tests_a_missing_issue_is_seen)
{
    struct recipe recipe = {.name = "none", .n = 1};
    struct pl_tree tree = {0};
    snprintf(recipe.expected[0].kind, sizeof recipe.expected[0].kind, "CRC");
    struct pl_issue issue = {.what = PL_ISSUE_CRC, .entry = PL_ENTRY_NONE};
    ck_assert(is_same(&tree, &issue, &recipe.expected[0]));
    issue.what = PL_ISSUE_SIZE;
    ck_assert(!is_same(&tree, &issue, &recipe.expected[0]));
    issue = (struct pl_issue){.what = PL_ISSUE_CRC, .entry = 0};
    ck_assert(!is_same(&tree, &issue, &recipe.expected[0]));
}
END_TEST

int main(void)
{
    const TTest *const test[] = {
        audit_says_what_each_recipe_names,
        audit_says_the_same_for_any_number_of_workers,
        audit_says_each_thing_once_when_it_walks_again,
        audit_takes_every_truncation,
        audit_of_ends_that_point_nowhere,
        generator_makes_the_same_bytes_as_ever,
        test_of_the_tests_a_missing_issue_is_seen,
    };
    return run_tests_in("zip_audit", test, COUNT_OF(test), before, remove_all);
}
