#include "pkg/build/check.h"

#include "pkg/archive/zip_read.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/build/planned.h"

#include <stdlib.h>
#include <string.h>

#define CHECK_PART ((size_t)16 * 1024)

struct comparing {
    struct pl_check *check;
    const struct pl_plan *plan;
    const struct pl_pack_options *options;
    struct pl_tree *tree;
    uint32_t *item;    /* owned; by tree index: the plan's item, counted from 1; 0: none */
    const char **what; /* owned; by plan index: what differs, static */
};

static enum pl_status add(struct pl_check *check, struct pl_slice name, enum pl_diff_how how,
                          const char *what, struct pl_err *err)
{
    struct pl_diff *list = pl_arr_grow(check->diff, &check->cap, check->n + 1, sizeof *list,
                                       2 * PL_MAX_ENTRIES, "differences", err);
    if (!list) {
        return err->code;
    }
    check->diff = list;
    struct pl_diff diff = {.how = (uint8_t)how, .what = what};
    if (pl_arena_dup(&check->arena, name, &diff.name, err) != PL_OK) {
        return err->code;
    }
    check->diff[check->n++] = diff;
    return PL_OK;
}

static int compare_diffs(const void *a, const void *b)
{
    const struct pl_diff *x = a;
    const struct pl_diff *y = b;
    int order = pl_slice_cmp(x->name, y->name);
    return order != 0 ? order : (x->how > y->how) - (x->how < y->how);
}

/* What can be said without reading; NULL when nothing differs so far. */
static const char *differs_outside(const struct pl_plan_item *item, const struct pl_entry *entry)
{
    if (item->type != entry->type) {
        return "type";
    }
    if (item->mode != entry->mode) {
        return "mode";
    }
    if (item->type == PL_ENTRY_LINK && !pl_slice_eq(item->link, entry->link)) {
        return "target";
    }
    return item->type == PL_ENTRY_FILE && item->id.size != entry->size ? "content" : NULL;
}

static enum pl_status join(struct comparing *c, struct pl_err *err)
{
    for (size_t i = 0; i < c->plan->n; i++) {
        const struct pl_plan_item *item = &c->plan->item[i];
        uint32_t at = pl_tree_find(c->tree, item->name);
        bool there = at != PL_ENTRY_NONE && !(c->tree->entry[at].flags & PL_ENTRY_IMPLIED);
        if (!there) {
            if (add(c->check, item->name, PL_DIFF_ADDED, NULL, err) != PL_OK) {
                return err->code;
            }
            continue;
        }
        c->item[at] = (uint32_t)i + 1;
        c->what[i] = differs_outside(item, &c->tree->entry[at]);
    }
    for (uint32_t i = 0; i < c->tree->n; i++) {
        const struct pl_entry *entry = &c->tree->entry[i];
        if (c->item[i] == 0 && !(entry->flags & PL_ENTRY_IMPLIED) &&
            add(c->check, entry->name, PL_DIFF_REMOVED, NULL, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Only what is equal so far has to be read. */
static enum pl_look want(void *ctx, const struct pl_entry *entry)
{
    const struct comparing *c = ctx;
    uint32_t item = c->item[entry - c->tree->entry];
    bool open = item > 0 && entry->type == PL_ENTRY_FILE && !c->what[item - 1];
    return open ? PL_LOOK_WHOLE : PL_LOOK_SKIP;
}

static enum pl_status same_as_file(const struct pl_plan_item *item, struct pl_slice bytes,
                                   bool *ret_same, struct pl_err *err)
{
    unsigned char part[CHECK_PART];
    int fd PL_CLEANUP(pl_fd_close) = -1;
    bool same = true;
    if (pl_planned_open(item, &fd, err) != PL_OK) {
        return err->code;
    }
    for (size_t at = 0; same && at < bytes.len;) {
        size_t n = bytes.len - at > CHECK_PART ? CHECK_PART : bytes.len - at;
        if (pl_planned_pread(item, fd, part, n, at, err) != PL_OK) {
            return err->code;
        }
        same = memcmp(part, bytes.ptr + at, n) == 0;
        at += n;
    }
    *ret_same = same;
    return pl_planned_verify(item, fd, err);
}

static enum pl_status same_as_bytes(const struct pl_plan_item *item, struct pl_slice bytes,
                                    bool *ret_same, struct pl_err *err)
{
    unsigned char *is = malloc(bytes.len + 1);
    if (!is) {
        return pl_err_nomem(err);
    }
    enum pl_status status = pl_planned_read(item, is, bytes.len, err);
    if (status == PL_OK) {
        *ret_same = bytes.len == 0 || memcmp(is, bytes.ptr, bytes.len) == 0;
    }
    free(is);
    return status;
}

static enum pl_status compare_entry(void *ctx, unsigned worker PL_UNUSED, uint32_t index,
                                    enum pl_read_state state, struct pl_slice bytes,
                                    struct pl_err *err)
{
    struct comparing *c = ctx;
    const struct pl_plan_item *item = &c->plan->item[c->item[index] - 1];
    const char **what = &c->what[c->item[index] - 1];
    const struct pl_progress *progress = &c->options->progress;
    struct pl_buf large PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PRODUCED};
    bool same = false;
    if (progress->cancelled && progress->cancelled(progress->ctx)) {
        return pl_err_set(err, PL_ERR_CANCELLED, "interrupted");
    }
    if (state != PL_READ_WHOLE && state != PL_READ_START) {
        *what = "damaged";
        return PL_OK;
    }
    if (state == PL_READ_START) {
        if (c->tree->ops->read(c->tree, index, PL_MAX_PRODUCED, &large, err) != PL_OK) {
            return err->code;
        }
        bytes = pl_buf_view(&large);
    }
    enum pl_status status = bytes.len != item->id.size  ? PL_OK
                            : pl_planned_can_open(item) ? same_as_file(item, bytes, &same, err)
                                                        : same_as_bytes(item, bytes, &same, err);
    *what = same ? NULL : "content";
    return status;
}

static enum pl_status walk(struct comparing *c, const char *path, struct pl_err *err)
{
    unsigned workers = c->options->workers > 0 ? c->options->workers : pl_os_cpus();
    const struct pl_sink sink = {
        .ctx = c, .want = want, .entry = compare_entry, .workers = workers};
    if (join(c, err) != PL_OK || c->tree->ops->walk(c->tree, &sink, err) != PL_OK) {
        return err->code;
    }
    if (!c->tree->walk_complete) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: it unpacks to more than twice Lambda's limit",
                          path);
    }
    for (size_t i = 0; i < c->plan->n; i++) {
        if (c->what[i] && add(c->check, c->plan->item[i].name, PL_DIFF_CHANGED, c->what[i], err)) {
            return err->code;
        }
    }
    if (c->check->n > 0) {
        qsort(c->check->diff, c->check->n, sizeof *c->check->diff, compare_diffs);
    }
    return PL_OK;
}

/* NULL when its entries can be trusted to be what readers see. */
static const char *why_no_zip(const struct pl_tree *tree)
{
    for (uint32_t i = 0; i < tree->n_issue; i++) {
        enum pl_issue_kind what = (enum pl_issue_kind)tree->issue[i].what;
        if (pl_issue_class(what) == PL_ISSUES_BROKEN) {
            return pl_issue_text(what);
        }
    }
    return NULL;
}

static enum pl_status compare(struct pl_check *check, const struct pl_plan *plan, const char *path,
                              const struct pl_pack_options *options, struct pl_err *err)
{
    struct pl_tree tree;
    enum pl_status status = pl_zip_open(&tree, path, err);
    if (status != PL_OK) {
        check->missing = status == PL_ERR_MISSING;
        return check->missing ? PL_OK : status;
    }
    struct comparing c = {.check = check, .plan = plan, .options = options, .tree = &tree};
    check->no_zip = why_no_zip(&tree);
    if (!check->no_zip) {
        c.item = pl_arr_zeroed(tree.n, sizeof *c.item, err);
        c.what = pl_arr_zeroed(plan->n, sizeof *c.what, err);
        status = c.item && c.what ? walk(&c, path, err) : err->code;
    }
    free(c.item);
    free(c.what);
    pl_tree_done(&tree);
    return status;
}

enum pl_status pl_pack_check(struct pl_check *ret, const struct pl_plan *plan, const char *path,
                             const struct pl_pack_options *options, struct pl_err *err)
{
    struct pl_check check = {.n = 0};
    pl_arena_init(&check.arena, 2 * PL_MAX_NAMES_BYTES);
    enum pl_status status = compare(&check, plan, path, options, err);
    if (status != PL_OK) {
        pl_check_done(&check);
        return status;
    }
    *ret = check;
    return PL_OK;
}

void pl_check_done(struct pl_check *check)
{
    free(check->diff);
    pl_arena_done(&check->arena);
    *check = (struct pl_check){.n = 0};
}

bool pl_check_is_current(const struct pl_check *check)
{
    return !check->missing && !check->no_zip && check->n == 0;
}
