#include "oom.h"
#include "pkg/archive/tree.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <string.h>

static struct pl_err err;

struct given {
    const char *name;
    enum pl_entry_type type;
};

static void add(struct pl_tree *tree, size_t *cap, struct pl_slice name, enum pl_entry_type type)
{
    struct pl_entry *entry = pl_arr_grow(tree->entry, cap, (size_t)tree->n + 1, sizeof *entry,
                                         PL_MAX_ENTRIES, "entries", &err);
    ck_assert_ptr_nonnull(entry);
    tree->entry = entry;
    entry[tree->n] = (struct pl_entry){.name = name,
                                       .type = (uint8_t)type,
                                       .size = type == PL_ENTRY_FILE ? 10 : 0,
                                       .mode = 0644,
                                       .offset = tree->n * 100u,
                                       .stored = tree->n};
    tree->n++;
}

static void make(struct pl_tree *tree, const struct given *given, size_t n)
{
    size_t cap = 0;
    *tree = (struct pl_tree){0};
    pl_arena_init(&tree->arena, 1 << 20);
    for (size_t i = 0; i < n; i++) {
        add(tree, &cap, pl_slice_of(given[i].name), given[i].type);
    }
    ASSERT_OK(pl_tree_finish(tree, &err));
}

static void names_are(const struct pl_tree *tree, const char *const *name, size_t n)
{
    ck_assert_uint_eq(tree->n, n);
    for (uint32_t i = 0; i < tree->n; i++) {
        ck_assert_msg(pl_slice_is(tree->entry[i].name, name[i]), "%u: %.*s, wanted %s", i,
                      (int)tree->entry[i].name.len, tree->entry[i].name.ptr, name[i]);
    }
}

START_TEST(finish_sorts_by_bytes_and_adds_implied_folders)
{
    static const struct given given[] = {
        {"b/c/d", PL_ENTRY_FILE}, {"a-b", PL_ENTRY_FILE}, {"a/b", PL_ENTRY_FILE}, {"a.x/y", 0}};
    static const char *const wanted[] = {"a", "a-b", "a.x", "a.x/y", "a/b", "b", "b/c", "b/c/d"};
    struct pl_tree tree;
    make(&tree, given, COUNT_OF(given));
    names_are(&tree, wanted, COUNT_OF(wanted));
    for (uint32_t i = 0; i < tree.n; i++) {
        bool implied = i == 0 || i == 2 || i == 5 || i == 6;
        ck_assert_int_eq((tree.entry[i].flags & PL_ENTRY_IMPLIED) != 0, implied);
        if (implied) {
            ck_assert_uint_eq(tree.entry[i].type, PL_ENTRY_FOLDER);
            ck_assert_int_eq(tree.entry[i].mode, PL_MODE_NONE);
            ck_assert_uint_eq(tree.entry[i].stored, PL_ENTRY_NONE);
        }
    }
    ck_assert_uint_eq(tree.n_stored, 4);
    ck_assert_uint_eq(tree.unpacked_bytes, 40);
    ck_assert_uint_eq(tree.n_issue, 0);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(finish_keeps_folders_that_have_an_entry)
{
    static const struct given given[] = {
        {"a/b", PL_ENTRY_FILE}, {"a-b", PL_ENTRY_FILE}, {"a", PL_ENTRY_FOLDER}};
    static const char *const wanted[] = {"a", "a-b", "a/b"};
    struct pl_tree tree;
    make(&tree, given, COUNT_OF(given));
    names_are(&tree, wanted, COUNT_OF(wanted));
    ck_assert_uint_eq(tree.entry[0].flags & PL_ENTRY_IMPLIED, 0);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(finish_finds_duplicates_and_the_last_one_counts)
{
    static const struct given given[] = {
        {"a", PL_ENTRY_FILE}, {"b", PL_ENTRY_FILE}, {"a", PL_ENTRY_FOLDER}, {"a", PL_ENTRY_FILE}};
    struct pl_tree tree;
    make(&tree, given, COUNT_OF(given));
    uint32_t found = pl_tree_find(&tree, PL_SLICE("a"));
    ck_assert_uint_eq(tree.entry[found].stored, 3);
    ck_assert_uint_eq(tree.entry[found].flags & PL_ENTRY_SHADOWED, 0);
    ck_assert_uint_ne(tree.entry[found - 1].flags & PL_ENTRY_SHADOWED, 0);
    ck_assert_uint_ne(tree.entry[found - 2].flags & PL_ENTRY_SHADOWED, 0);
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_DUPLICATE], 2);
    ck_assert_uint_eq(tree.n_issue, 2);
    ck_assert_uint_eq(tree.entry[tree.issue[0].entry].stored, 2);
    ck_assert_uint_eq(tree.entry[tree.issue[1].entry].stored, 3);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(finish_takes_the_last_duplicate_for_the_folder)
{
    static const struct given folder_last[] = {
        {"a", PL_ENTRY_FILE}, {"a", PL_ENTRY_FOLDER}, {"a/b", PL_ENTRY_FILE}};
    static const struct given file_last[] = {
        {"a", PL_ENTRY_FOLDER}, {"a", PL_ENTRY_FILE}, {"a/b", PL_ENTRY_FILE}};
    struct pl_tree tree;
    make(&tree, folder_last, COUNT_OF(folder_last));
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_FILE_AS_FOLDER], 0);
    pl_tree_done(&tree);
    make(&tree, file_last, COUNT_OF(file_last));
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_FILE_AS_FOLDER], 1);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(finish_takes_issues_along)
{
    struct pl_tree tree = {0};
    size_t cap = 0;
    pl_arena_init(&tree.arena, 1 << 20);
    add(&tree, &cap, PL_SLICE("z/file"), PL_ENTRY_FILE);
    add(&tree, &cap, PL_SLICE("b"), PL_ENTRY_FILE);
    ASSERT_OK(pl_tree_issue(&tree, (struct pl_issue){.what = PL_ISSUE_CRC, .entry = 0}, &err));
    ASSERT_OK(pl_tree_issue(
        &tree, (struct pl_issue){.what = PL_ISSUE_EMPTY, .entry = PL_ENTRY_NONE, .offset = 9},
        &err));
    ASSERT_OK(pl_tree_finish(&tree, &err));
    ck_assert(pl_slice_is(tree.entry[tree.issue[0].entry].name, "z/file"));
    ck_assert_uint_eq(tree.issue[1].entry, PL_ENTRY_NONE);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(find_and_range_take_whole_names)
{
    static const struct given given[] = {{"lib/a", PL_ENTRY_FILE},
                                         {"lib/b/c", PL_ENTRY_FILE},
                                         {"lib-old", PL_ENTRY_FILE},
                                         {"lib0", PL_ENTRY_FILE},
                                         {"x", PL_ENTRY_FILE}};
    struct pl_tree tree;
    uint32_t first;
    uint32_t end;
    make(&tree, given, COUNT_OF(given));
    ck_assert_uint_eq(pl_tree_find(&tree, PL_SLICE("li")), PL_ENTRY_NONE);
    ck_assert_uint_eq(pl_tree_find(&tree, PL_SLICE("lib/")), PL_ENTRY_NONE);
    ck_assert_uint_eq(pl_tree_find(&tree, PL_SLICE("")), PL_ENTRY_NONE);
    ck_assert_uint_eq(pl_tree_find(&tree, PL_SLICE("zz")), PL_ENTRY_NONE);
    ck_assert_uint_ne(pl_tree_find(&tree, PL_SLICE("lib")), PL_ENTRY_NONE);
    pl_tree_range(&tree, PL_SLICE("lib"), &first, &end);
    ck_assert_uint_eq(end - first, 3);
    ck_assert(pl_slice_is(tree.entry[first].name, "lib/a"));
    ck_assert(pl_slice_is(tree.entry[end - 1].name, "lib/b/c"));
    pl_tree_range(&tree, PL_SLICE("lib/b"), &first, &end);
    ck_assert_uint_eq(end - first, 1);
    pl_tree_range(&tree, PL_SLICE("nothing"), &first, &end);
    ck_assert_uint_eq(first, end);
    pl_tree_range(&tree, PL_SLICE(""), &first, &end);
    ck_assert_uint_eq(end - first, tree.n);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(empty_tree_finds_nothing)
{
    struct pl_tree tree;
    uint32_t first;
    uint32_t end;
    make(&tree, NULL, 0);
    ck_assert_uint_eq(pl_tree_find(&tree, PL_SLICE("a")), PL_ENTRY_NONE);
    pl_tree_range(&tree, PL_SLICE("a"), &first, &end);
    ck_assert_uint_eq(first, end);
    pl_tree_done(&tree);
    pl_tree_done(&tree);
    pl_tree_done(NULL);
}
END_TEST

/* ---------------------------------------------------------------- against a naive model */

enum { MODEL_NAMES = 24, MODEL_LEN = 12 };

struct model {
    char name[MODEL_NAMES * MODEL_LEN][MODEL_LEN + 1];
    size_t n;
};

static bool model_has(const struct model *model, const char *name, size_t len)
{
    for (size_t i = 0; i < model->n; i++) {
        if (strlen(model->name[i]) == len && memcmp(model->name[i], name, len) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Components of a, -, ., 0 and b: all around the slash in byte order. */
static void random_name(uint32_t *state, char *ret)
{
    static const char letter[] = "a-.0b/";
    size_t n = 1 + next_random(state) % MODEL_LEN;
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char c = letter[next_random(state) % 6];
        if (c == '/' && (len == 0 || ret[len - 1] == '/' || i + 1 == n)) {
            c = 'a';
        }
        ret[len++] = c;
    }
    ret[len] = '\0';
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The distinct names and all their folders, sorted. */
static void model_of(struct model *model, char (*name)[MODEL_LEN + 1], size_t n)
{
    model->n = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(name[i]);
        for (size_t k = 1; k <= len; k++) {
            if ((k == len || name[i][k] == '/') && !model_has(model, name[i], k)) {
                memcpy(model->name[model->n], name[i], k);
                model->name[model->n++][k] = '\0';
            }
        }
    }
    qsort(model->name, model->n, sizeof model->name[0], compare_names);
}

static size_t model_files_as_folders(char (*name)[MODEL_LEN + 1], size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(name[i]);
        bool first = true;
        bool below = false;
        for (size_t k = 0; k < n; k++) {
            first = first && !(k < i && strcmp(name[k], name[i]) == 0);
            below = below || (strncmp(name[k], name[i], len) == 0 && name[k][len] == '/');
        }
        found += first && below ? 1u : 0u;
    }
    return found;
}

static void check_against_model(const struct pl_tree *tree, const struct model *model)
{
    size_t distinct = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        bool shadowed = (tree->entry[i].flags & PL_ENTRY_SHADOWED) != 0;
        if (!shadowed) {
            ck_assert(distinct < model->n);
            ck_assert(pl_slice_is(tree->entry[i].name, model->name[distinct]));
            ck_assert_uint_eq(pl_tree_find(tree, tree->entry[i].name), i);
            distinct++;
        }
    }
    ck_assert_uint_eq(distinct, model->n);
}

START_TEST(finish_agrees_with_a_naive_model)
{
    static char name[MODEL_NAMES][MODEL_LEN + 1];
    static struct model model;
    uint32_t state = 7;
    for (int round = 0; round < 3000; round++) {
        size_t n = 1 + next_random(&state) % MODEL_NAMES;
        struct given given[MODEL_NAMES];
        for (size_t i = 0; i < n; i++) {
            random_name(&state, name[i]);
            given[i] = (struct given){name[i], PL_ENTRY_FILE};
        }
        struct pl_tree tree;
        make(&tree, given, n);
        model_of(&model, name, n);
        check_against_model(&tree, &model);
        ck_assert_uint_eq(tree.issues_of[PL_ISSUE_FILE_AS_FOLDER], model_files_as_folders(name, n));
        pl_tree_done(&tree);
    }
}
END_TEST

/* ---------------------------------------------------------------- limits */

START_TEST(issues_of_one_kind_do_not_hide_another)
{
    struct pl_tree tree = {0};
    struct pl_issue flood = {.what = PL_ISSUE_NAME_ENCODING, .entry = PL_ENTRY_NONE};
    for (uint32_t i = 0; i < 3 * PL_MAX_ISSUES; i++) {
        ASSERT_OK(pl_tree_issue(&tree, flood, &err));
    }
    ck_assert_uint_le(tree.n_issue, PL_MAX_ISSUES / 10);
    ck_assert_uint_eq(tree.n_issue + tree.issues_dropped, 3 * PL_MAX_ISSUES);
    ASSERT_OK(pl_tree_issue(&tree, (struct pl_issue){.what = PL_ISSUE_CRC, .entry = PL_ENTRY_NONE},
                            &err));
    ck_assert_uint_eq(tree.issues_of[PL_ISSUE_CRC], 1);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(issues_of_every_kind_find_a_place_when_it_is_full)
{
    struct pl_tree tree = {0};
    for (uint32_t what = 0; what < PL_ISSUE_COUNT; what++) {
        for (uint32_t i = 0; i < PL_MAX_ISSUES / 10 + 50; i++) {
            ASSERT_OK(pl_tree_issue(
                &tree, (struct pl_issue){.what = (uint16_t)what, .entry = PL_ENTRY_NONE}, &err));
        }
        ck_assert_uint_gt(tree.issues_of[what], 0);
    }
    ck_assert_uint_lt(tree.n_issue, PL_MAX_ISSUES + 1000);
    ck_assert_uint_gt(tree.issues_dropped, 0);
    pl_tree_done(&tree);
    ASSERT_FAILS(pl_tree_issue(&tree, (struct pl_issue){.what = PL_ISSUE_COUNT}, &err),
                 PL_ERR_INTERNAL);
}
END_TEST

START_TEST(implied_folders_count_against_the_limit)
{
    /* One name alone may imply half its length in folders; many of them, more than we keep. */
    enum { NAMES = 40, LEN = 60000 };
    struct pl_tree tree = {0};
    size_t cap = 0;
    pl_arena_init(&tree.arena, (size_t)NAMES * (LEN + 64));
    for (unsigned i = 0; i < NAMES; i++) {
        char *text = pl_arena_new(&tree.arena, LEN, 1, &err);
        ck_assert_ptr_nonnull(text);
        for (size_t k = 0; k < LEN; k++) {
            text[k] = k % 2 == 0 ? (char)('A' + i) : '/';
        }
        text[LEN - 1] = 'x';
        add(&tree, &cap, (struct pl_slice){text, LEN}, PL_ENTRY_FILE);
    }
    ASSERT_FAILS(pl_tree_finish(&tree, &err), PL_ERR_LIMIT);
    pl_tree_done(&tree);
}
END_TEST

START_TEST(issue_rows_have_words)
{
    for (unsigned i = 0; i < PL_ISSUE_COUNT; i++) {
        ck_assert_uint_gt(strlen(pl_issue_text((enum pl_issue_kind)i)), 5);
        ck_assert_uint_gt(strlen(pl_issue_name((enum pl_issue_kind)i)), 2);
    }
    ck_assert_str_eq(pl_issue_name(PL_ISSUE_LOCAL_NAME), "LOCAL_NAME");
    ck_assert_int_eq(pl_issue_class(PL_ISSUE_CRC), PL_ISSUES_ENTRY);
}
END_TEST

/* ---------------------------------------------------------------- names */

START_TEST(names_are_checked)
{
    static const struct {
        struct pl_slice name;
        bool marked;
        int what; /* -1: none */
    } row[] = {
        {PL_SLICE_INIT("app.py"), false, -1},
        {PL_SLICE_INIT("lib/"), false, -1},
        {PL_SLICE_INIT(".hidden"), false, -1},
        {PL_SLICE_INIT("a..b/...c"), false, -1},
        {PL_SLICE_INIT("a:b"), false, -1},
        {PL_SLICE_INIT("\xc3\xa9"), true, -1},
        {PL_SLICE_INIT(""), false, PL_ISSUE_NAME_EMPTY},
        {PL_SLICE_INIT("/"), false, PL_ISSUE_NAME_ABSOLUTE},
        {PL_SLICE_INIT("/x"), false, PL_ISSUE_NAME_ABSOLUTE},
        {PL_SLICE_INIT(".."), false, PL_ISSUE_NAME_PARENT},
        {PL_SLICE_INIT("a/../b"), false, PL_ISSUE_NAME_PARENT},
        {PL_SLICE_INIT("a/.."), false, PL_ISSUE_NAME_PARENT},
        {PL_SLICE_INIT("c:/x"), false, PL_ISSUE_NAME_DRIVE},
        {PL_SLICE_INIT("a\x7f"), false, PL_ISSUE_NAME_CONTROL},
        {PL_SLICE_INIT("a\0b"), false, PL_ISSUE_NAME_CONTROL},
        {PL_SLICE_INIT("./a"), false, PL_ISSUE_NAME_DOT},
        {PL_SLICE_INIT("a//b"), false, PL_ISSUE_NAME_DOT},
        {PL_SLICE_INIT("a//"), false, PL_ISSUE_NAME_DOT},
        {PL_SLICE_INIT("a\\b"), false, PL_ISSUE_NAME_BACKSLASH},
        {PL_SLICE_INIT("\xc3\xa9"), false, PL_ISSUE_NAME_ENCODING},
        {PL_SLICE_INIT("\xe9"), true, PL_ISSUE_NAME_ENCODING},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_tree tree = {0};
        struct pl_issue at = {.entry = 0, .offset = 5};
        ASSERT_OK(pl_tree_check_name(&tree, row[i].name, row[i].marked, at, &err));
        ck_assert_msg(tree.n_issue == (row[i].what < 0 ? 0 : 1), "row %zu: %u issues", i,
                      tree.n_issue);
        if (row[i].what >= 0) {
            ck_assert_int_eq(tree.issue[0].what, row[i].what);
            ck_assert_uint_eq(tree.issue[0].offset, 5);
        }
        pl_tree_done(&tree);
    }
}
END_TEST

START_TEST(names_lose_what_readers_drop)
{
    static const char *const row[][2] = {
        {"a/b", "a/b"}, {"./a", "a"}, {"a//b", "a/b"},       {"a/./b", "a/b"}, {".", "."},
        {"./.", "."},   {"a/.", "a"}, {"a/", "a"},           {"", ""},         {"/a//b", "/a//b"},
        {".a", ".a"},   {"..", ".."}, {"a//../b", "a//../b"}};
    struct pl_tree tree = {0};
    pl_arena_init(&tree.arena, 4096);
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_slice tidy;
        ASSERT_OK(pl_tree_tidy_name(&tree, pl_slice_of(row[i][0]), &tidy, &err));
        ck_assert_msg(pl_slice_is(tidy, row[i][1]), "%s gives %.*s", row[i][0], (int)tidy.len,
                      tidy.ptr);
    }
    pl_tree_done(&tree);
}
END_TEST

/* ---------------------------------------------------------------- out of memory */

static enum pl_status finish_once(struct pl_err *e)
{
    struct pl_tree tree = {0};
    size_t cap = 0;
    pl_arena_init(&tree.arena, 4096);
    static const char *const name[] = {"b/c/d", "a", "a/b", "a"};
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < COUNT_OF(name) && status == PL_OK; i++) {
        struct pl_entry *entry =
            pl_arr_grow(tree.entry, &cap, (size_t)tree.n + 1, sizeof *entry, 100, "entries", e);
        if (!entry) {
            status = e->code;
        } else {
            tree.entry = entry;
            entry[tree.n] = (struct pl_entry){.name = pl_slice_of(name[i])};
            tree.n++;
        }
    }
    if (status == PL_OK) {
        status = pl_tree_finish(&tree, e);
    }
    pl_tree_done(&tree);
    return status;
}

START_TEST(finish_survives_every_failed_allocation)
{
    ck_assert_int_gt(oom_exhaust(finish_once), 4);
}
END_TEST

int main(void)
{
    const TTest *const test[] = {
        finish_sorts_by_bytes_and_adds_implied_folders,
        finish_keeps_folders_that_have_an_entry,
        finish_finds_duplicates_and_the_last_one_counts,
        finish_takes_the_last_duplicate_for_the_folder,
        finish_takes_issues_along,
        find_and_range_take_whole_names,
        empty_tree_finds_nothing,
        finish_agrees_with_a_naive_model,
        issues_of_one_kind_do_not_hide_another,
        issues_of_every_kind_find_a_place_when_it_is_full,
        implied_folders_count_against_the_limit,
        issue_rows_have_words,
        names_are_checked,
        names_lose_what_readers_drop,
        finish_survives_every_failed_allocation,
    };
    return run_tests("tree", test, COUNT_OF(test));
}
