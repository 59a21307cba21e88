#include "pkg/archive/tree.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

/* Kept of one kind at most, and of each kind in any case. */
enum { ISSUES_OF_KIND = PL_MAX_ISSUES / 10, ISSUES_ALWAYS = 10 };

/* A folder that has no entry of its own: the first `len` bytes of entry `at`, before which it
 * sorts. */
struct implied {
    uint32_t at;
    uint32_t len;
};

/* What goes through the sorted names remembers: entries and runs that share a prefix with the
 * current name. */
struct descent {
    uint32_t *prefix; /* entries whose whole name is a prefix of the current one, shortest first */
    uint32_t n_prefix;
    struct run {
        uint32_t first; /* the first entry that shares `len` bytes with the current one */
        uint32_t len;
    } * run;
    uint32_t n_run;
    struct implied *implied;
    size_t n_implied;
    size_t cap_implied;
};

/* ---------------------------------------------------------------- issues */

PL_STATUS pl_tree_issue(struct pl_tree *tree, struct pl_issue issue, struct pl_err *err)
{
    if (issue.what >= PL_ISSUE_COUNT) {
        return pl_err_set(err, PL_ERR_INTERNAL, "issue of unknown kind %u", issue.what);
    }
    uint32_t *of_kind = &tree->issues_of[issue.what];
    bool full = tree->n_issue >= PL_MAX_ISSUES || *of_kind >= ISSUES_OF_KIND;
    if (full && *of_kind >= ISSUES_ALWAYS) {
        if (tree->issues_dropped < UINT32_MAX) {
            tree->issues_dropped++;
        }
        return PL_OK;
    }
    struct pl_issue *at =
        pl_arr_grow(tree->issue, &tree->cap_issue, (size_t)tree->n_issue + 1, sizeof *at,
                    PL_MAX_ISSUES + (size_t)PL_ISSUE_COUNT * ISSUES_ALWAYS, "issues", err);
    if (!at) {
        return err->code;
    }
    tree->issue = at;
    at[tree->n_issue++] = issue;
    (*of_kind)++;
    return PL_OK;
}

static int compare_issues(const void *left, const void *right)
{
    const struct pl_issue *a = left;
    const struct pl_issue *b = right;
    if (a->offset != b->offset) {
        return a->offset < b->offset ? -1 : 1;
    }
    if (a->entry != b->entry) {
        return a->entry < b->entry ? -1 : 1;
    }
    if (a->what != b->what) {
        return a->what < b->what ? -1 : 1;
    }
    return (a->count > b->count) - (a->count < b->count);
}

void pl_tree_sort_issues(struct pl_tree *tree)
{
    if (tree->n_issue > 1) {
        qsort(tree->issue, tree->n_issue, sizeof *tree->issue, compare_issues);
    }
}

/* ---------------------------------------------------------------- finish */

static int compare_entries(const void *left, const void *right)
{
    const struct pl_entry *a = left;
    const struct pl_entry *b = right;
    int order = pl_slice_cmp(a->name, b->name);
    return order != 0 ? order : (a->stored > b->stored) - (a->stored < b->stored);
}

static PL_STATUS sort_entries(struct pl_tree *tree, struct pl_err *err)
{
    uint32_t *place = pl_arr_zeroed(tree->n, sizeof *place, err);
    if (!place) {
        return err->code;
    }
    bool sorted = true;
    for (uint32_t i = 0; i < tree->n; i++) {
        tree->entry[i].stored = i;
        sorted = sorted && (i == 0 || compare_entries(&tree->entry[i - 1], &tree->entry[i]) < 0);
    }
    if (!sorted) {
        qsort(tree->entry, tree->n, sizeof *tree->entry, compare_entries);
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        place[tree->entry[i].stored] = i;
    }
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        if (tree->issue[i].entry < tree->n) {
            tree->issue[i].entry = place[tree->issue[i].entry];
        }
    }
    free(place);
    return PL_OK;
}

static uint32_t common_prefix(struct pl_slice a, struct pl_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    size_t i = 0;
    while (i < n && a.ptr[i] == b.ptr[i]) {
        i++;
    }
    return (uint32_t)i;
}

static PL_STATUS add_implied(struct pl_tree *tree, struct descent *way, uint32_t at, uint32_t len,
                             struct pl_err *err)
{
    struct implied *more =
        pl_arr_grow(way->implied, &way->cap_implied, way->n_implied + 1, sizeof *more,
                    PL_MAX_ENTRIES - (size_t)tree->n, "folders of entries", err);
    if (!more) {
        return err->code;
    }
    way->implied = more;
    more[way->n_implied++] = (struct implied){at, len};
    return PL_OK;
}

/* The folder of `len` bytes is met for the first time.  Only an entry whose whole name is the
 * common prefix with the name before can be that folder's own: every other prefix is newer than it.
 */
static PL_STATUS meet_folder(struct pl_tree *tree, struct descent *way, uint32_t current,
                             uint32_t len, uint32_t common, struct pl_err *err)
{
    if (len > common) {
        return add_implied(tree, way, current, len, err);
    }
    if (way->n_prefix > 0) {
        uint32_t own = way->prefix[way->n_prefix - 1];
        const struct pl_entry *entry = &tree->entry[own];
        if (entry->name.len == len) {
            return entry->type == PL_ENTRY_FOLDER
                       ? PL_OK
                       : pl_tree_issue(tree,
                                       (struct pl_issue){.what = PL_ISSUE_FILE_AS_FOLDER,
                                                         .entry = own,
                                                         .offset = entry->offset},
                                       err);
        }
    }
    /* It sorts before all that share its bytes: "a" before "a-b" before "a/b". */
    uint32_t first = current;
    for (uint32_t r = way->n_run; r > 0 && way->run[r - 1].len >= len; r--) {
        first = way->run[r - 1].first;
    }
    return add_implied(tree, way, first, len, err);
}

static PL_STATUS meet_folders(struct pl_tree *tree, struct descent *way, uint32_t current,
                              uint32_t common, struct pl_err *err)
{
    struct pl_slice name = tree->entry[current].name;
    for (size_t i = common > 0 ? common : 1; i < name.len; i++) {
        if (name.ptr[i] == '/' && name.ptr[i - 1] != '/') {
            enum pl_status status = meet_folder(tree, way, current, (uint32_t)i, common, err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    return PL_OK;
}

/* Keeps prefix[] and run[] true for entry `current`, which shares `common` bytes with the one
 * before. */
static void descend(const struct pl_tree *tree, struct descent *way, uint32_t current,
                    uint32_t common)
{
    while (way->n_prefix > 0 && tree->entry[way->prefix[way->n_prefix - 1]].name.len > common) {
        way->n_prefix--;
    }
    uint32_t first = current;
    while (way->n_run > 0 && way->run[way->n_run - 1].len >= common) {
        first = way->run[--way->n_run].first;
    }
    if (current > 0 && common > 0) {
        first = first == current ? current - 1 : first;
        way->run[way->n_run++] = (struct run){first, common};
    }
}

static int compare_implied(const void *left, const void *right)
{
    const struct implied *a = left;
    const struct implied *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    return (a->len > b->len) - (a->len < b->len);
}

static PL_STATUS merge_implied(struct pl_tree *tree, struct descent *way, struct pl_err *err)
{
    if (way->n_implied == 0) {
        return PL_OK;
    }
    uint32_t extra = (uint32_t)way->n_implied;
    size_t cap = tree->n;
    struct pl_entry *entry = pl_arr_grow(tree->entry, &cap, (size_t)tree->n + extra, sizeof *entry,
                                         PL_MAX_ENTRIES, "entries", err);
    if (!entry) {
        return err->code;
    }
    tree->entry = entry;
    uint32_t *place = pl_arr_zeroed(tree->n, sizeof *place, err);
    if (!place) {
        return err->code;
    }
    qsort(way->implied, way->n_implied, sizeof *way->implied, compare_implied);
    /* From the back, so that every entry moves once. */
    uint32_t to = tree->n + extra;
    for (uint32_t i = tree->n; i > 0; i--) {
        struct pl_slice name = entry[i - 1].name;
        place[i - 1] = --to;
        entry[to] = entry[i - 1];
        while (extra > 0 && way->implied[extra - 1].at == i - 1) {
            extra--;
            entry[--to] = (struct pl_entry){.name = {name.ptr, way->implied[extra].len},
                                            .flags = PL_ENTRY_IMPLIED,
                                            .mode = PL_MODE_NONE,
                                            .type = PL_ENTRY_FOLDER,
                                            .stored = PL_ENTRY_NONE};
        }
    }
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        if (tree->issue[i].entry < tree->n) {
            tree->issue[i].entry = place[tree->issue[i].entry];
        }
    }
    free(place);
    tree->n += (uint32_t)way->n_implied;
    return PL_OK;
}

static PL_STATUS shadow(struct pl_tree *tree, uint32_t earlier, uint32_t later, struct pl_err *err)
{
    struct pl_entry *hidden = &tree->entry[earlier];
    const struct pl_entry *shown = &tree->entry[later];
    hidden->flags |= PL_ENTRY_SHADOWED;
    if (hidden->type == PL_ENTRY_FOLDER && shown->type == PL_ENTRY_FOLDER) {
        return PL_OK;
    }
    return pl_tree_issue(
        tree,
        (struct pl_issue){.what = PL_ISSUE_DUPLICATE, .entry = later, .offset = shown->offset},
        err);
}

static PL_STATUS go_through(struct pl_tree *tree, struct descent *way, struct pl_err *err)
{
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        uint32_t common = i == 0 ? 0 : common_prefix(tree->entry[i - 1].name, name);
        descend(tree, way, i, common);
        enum pl_status status = meet_folders(tree, way, i, common, err);
        if (status == PL_OK && i > 0 && pl_slice_eq(tree->entry[i - 1].name, name)) {
            status = shadow(tree, i - 1, i, err);
            /* The last of duplicates is the one that counts as the folder. */
            way->n_prefix -= status == PL_OK && way->n_prefix > 0 ? 1u : 0u;
        }
        if (status != PL_OK) {
            return status;
        }
        way->prefix[way->n_prefix++] = i;
    }
    return PL_OK;
}

static void sum_sizes(struct pl_tree *tree)
{
    tree->unpacked_bytes = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (entry->type == PL_ENTRY_FILE || entry->type == PL_ENTRY_LINK) {
            uint64_t left = UINT64_MAX - tree->unpacked_bytes;
            tree->unpacked_bytes += entry->size < left ? entry->size : left;
        }
    }
}

PL_STATUS pl_tree_finish(struct pl_tree *tree, struct pl_err *err)
{
    struct descent way = {0};
    tree->n_stored = tree->n;
    enum pl_status status = sort_entries(tree, err);
    if (status == PL_OK) {
        way.prefix = pl_arr_zeroed(tree->n, sizeof *way.prefix, err);
        way.run = pl_arr_zeroed((size_t)tree->n + 1, sizeof *way.run, err);
        status = way.prefix && way.run ? go_through(tree, &way, err) : err->code;
    }
    if (status == PL_OK) {
        status = merge_implied(tree, &way, err);
    }
    free(way.prefix);
    free(way.run);
    free(way.implied);
    if (status == PL_OK) {
        sum_sizes(tree);
        pl_tree_sort_issues(tree);
    }
    return status;
}

/* ---------------------------------------------------------------- look-up */

/* Compares a name with `folder` followed by the byte `next`. */
static int compare_child(struct pl_slice name, struct pl_slice folder, unsigned char next)
{
    size_t n = name.len < folder.len ? name.len : folder.len;
    int order = n > 0 ? memcmp(name.ptr, folder.ptr, n) : 0;
    if (order != 0) {
        return order;
    }
    if (name.len <= folder.len) {
        return -1;
    }
    unsigned char c = (unsigned char)name.ptr[folder.len];
    if (c != next) {
        return c < next ? -1 : 1;
    }
    return name.len > folder.len + 1 ? 1 : 0;
}

static uint32_t first_at_or_after(const struct pl_tree *tree, struct pl_slice folder,
                                  unsigned char next)
{
    uint32_t low = 0;
    uint32_t high = tree->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (compare_child(tree->entry[mid].name, folder, next) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

uint32_t pl_tree_find(const struct pl_tree *tree, struct pl_slice name)
{
    uint32_t low = 0;
    uint32_t high = tree->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (pl_slice_cmp(tree->entry[mid].name, name) <= 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    bool found = low > 0 && pl_slice_eq(tree->entry[low - 1].name, name);
    return found ? low - 1 : PL_ENTRY_NONE;
}

void pl_tree_range(const struct pl_tree *tree, struct pl_slice folder, uint32_t *ret_first,
                   uint32_t *ret_end)
{
    if (folder.len == 0) {
        *ret_first = 0;
        *ret_end = tree->n;
        return;
    }
    *ret_first = first_at_or_after(tree, folder, '/');
    *ret_end = first_at_or_after(tree, folder, '/' + 1);
}

void pl_tree_done(struct pl_tree *tree)
{
    if (!tree) {
        return;
    }
    if (tree->ops) {
        tree->ops->done(tree);
    }
    free(tree->entry);
    free(tree->issue);
    pl_arena_done(&tree->arena);
    *tree = (struct pl_tree){0};
}
