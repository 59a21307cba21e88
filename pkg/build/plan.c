#include "pkg/build/plan.h"

#include "pkg/archive/zip_write.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/content.h"
#include "pkg/build/links.h"
#include "pkg/build/place.h"
#include "pkg/build/planned.h"
#include "pkg/build/provided.h"
#include "pkg/build/prune.h"
#include "pkg/build/pyc.h"
#include "pkg/build/select.h"

#include <stdlib.h>
#include <string.h>

enum { PL_COMPARE_BYTES = 8 * 1024 };

static int compare_names(const struct pl_plan_item *a, const struct pl_plan_item *b)
{
    return pl_zip_name_cmp(a->name, a->type == PL_ENTRY_FOLDER, b->name,
                           b->type == PL_ENTRY_FOLDER);
}

static int compare_items(const void *a, const void *b)
{
    const struct pl_plan_item *x = a;
    const struct pl_plan_item *y = b;
    int order = compare_names(x, y);
    if (order == 0) {
        order = (x->source > y->source) - (x->source < y->source);
    }
    return order != 0 ? order : pl_slice_cmp(x->path, y->path);
}

/* The same for what cannot be read in parts. */
static enum pl_status same_whole(const struct pl_plan_item *a, const struct pl_plan_item *b,
                                 bool *ret_same, struct pl_err *err)
{
    size_t n = (size_t)a->id.size;
    unsigned char *bytes_a = malloc(n + 1);
    unsigned char *bytes_b = malloc(n + 1);
    enum pl_status status = bytes_a && bytes_b ? PL_OK : pl_err_nomem(err);
    status = status == PL_OK ? pl_planned_read(a, bytes_a, n, err) : status;
    status = status == PL_OK ? pl_planned_read(b, bytes_b, n, err) : status;
    if (status == PL_OK) {
        *ret_same = memcmp(bytes_a, bytes_b, n) == 0;
    }
    free(bytes_a);
    free(bytes_b);
    return status;
}

static enum pl_status same_bytes(const struct pl_plan_item *a, const struct pl_plan_item *b,
                                 bool *ret_same, struct pl_err *err)
{
    if (!pl_planned_can_open(a) || !pl_planned_can_open(b)) {
        return same_whole(a, b, ret_same, err);
    }
    unsigned char part_a[PL_COMPARE_BYTES];
    unsigned char part_b[PL_COMPARE_BYTES];
    int fd_a PL_CLEANUP(pl_fd_close) = -1;
    int fd_b PL_CLEANUP(pl_fd_close) = -1;
    if (pl_planned_open(a, &fd_a, err) != PL_OK || pl_planned_open(b, &fd_b, err) != PL_OK) {
        return err->code;
    }
    bool same = true;
    for (uint64_t at = 0; same && at < a->id.size;) {
        uint64_t left = a->id.size - at;
        size_t n = left > PL_COMPARE_BYTES ? PL_COMPARE_BYTES : (size_t)left;
        if (pl_planned_pread(a, fd_a, part_a, n, at, err) != PL_OK ||
            pl_planned_pread(b, fd_b, part_b, n, at, err) != PL_OK) {
            return err->code;
        }
        same = memcmp(part_a, part_b, n) == 0;
        at += n;
    }
    if (pl_planned_verify(a, fd_a, err) != PL_OK || pl_planned_verify(b, fd_b, err) != PL_OK) {
        return err->code;
    }
    *ret_same = same;
    return PL_OK;
}

static enum pl_status is_same(const struct pl_plan_item *a, const struct pl_plan_item *b,
                              bool *ret_same, struct pl_err *err)
{
    *ret_same = a->type == b->type;
    if (!*ret_same || a->type == PL_ENTRY_FOLDER) {
        return PL_OK;
    }
    if (a->type == PL_ENTRY_LINK) {
        *ret_same = pl_slice_eq(a->link, b->link);
        return PL_OK;
    }
    if (!a->content && !b->content && a->id.dev == b->id.dev && a->id.ino == b->id.ino) {
        return PL_OK;
    }
    *ret_same = a->id.size == b->id.size;
    return *ret_same && a->id.size > 0 ? same_bytes(a, b, ret_same, err) : PL_OK;
}

/* "src/app.py (of source src)"; what was made is named with its source already. */
static const char *shown(struct pl_select *select, const struct pl_plan_item *item)
{
    const struct pl_source *source = &select->request->source[item->source];
    const char *path = pl_select_safe(select, item->path.len > 0 ? item->path : item->name);
    struct pl_slice text;
    struct pl_err ignored;
    if (source->made.len > 0 || pl_arena_fmt(&select->scratch, &text, &ignored, "%s (of source %s)",
                                             path, pl_select_safe(select, source->path.text))) {
        return path;
    }
    return text.ptr;
}

static enum pl_status refuse_two(struct pl_select *select, const struct pl_plan_item *a,
                                 const struct pl_plan_item *b, struct pl_err *err)
{
    return pl_err_set(
        err, PL_ERR_CONFIG,
        "%s: two sources put different files there: %s and %s; leave one out with `exclude`, give "
        "one source another `to`, or say `replace: true` where the later one wins",
        pl_select_safe(select, a->name), shown(select, a), shown(select, b));
}

/* Executable in one of them is executable, unless a source says what its files are. */
static void join_modes(const struct pl_plan_request *request, struct pl_plan_item *before,
                       const struct pl_plan_item *item)
{
    if (item->type == PL_ENTRY_FILE && request->source[item->source].mode > 0) {
        before->mode = item->mode;
    } else if (before->type != PL_ENTRY_FILE || request->source[before->source].mode == 0) {
        before->mode |= item->mode;
    }
}

/* Puts equal entries together; entries that differ are an error. */
static enum pl_status merge(struct pl_select *select, struct pl_err *err)
{
    struct pl_plan *plan = select->plan;
    size_t kept = 0;
    for (size_t i = 0; i < plan->n; i++) {
        struct pl_plan_item *item = &plan->item[i];
        if (kept == 0 || compare_names(&plan->item[kept - 1], item) != 0) {
            plan->item[kept++] = *item;
            continue;
        }
        struct pl_plan_item *before = &plan->item[kept - 1];
        bool same = false;
        if (is_same(before, item, &same, err) != PL_OK) {
            return err->code;
        }
        if (!same && before->source != item->source &&
            select->request->source[item->source].replace) {
            *before = *item;
            continue;
        }
        if (!same) {
            return refuse_two(select, before, item, err);
        }
        join_modes(select->request, before, item);
    }
    plan->n = kept;
    return PL_OK;
}

size_t pl_plan_find(const struct pl_plan *plan, struct pl_slice name, bool is_folder)
{
    size_t from = 0;
    size_t to = plan->n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        const struct pl_plan_item *item = &plan->item[mid];
        if (pl_zip_name_cmp(item->name, item->type == PL_ENTRY_FOLDER, name, is_folder) < 0) {
            from = mid + 1;
        } else {
            to = mid;
        }
    }
    return from;
}

/* The file or link that stands at exactly this name, or NULL. */
static const struct pl_plan_item *find_leaf(const struct pl_plan *plan, struct pl_slice name)
{
    size_t i = pl_plan_find(plan, name, false);
    return i < plan->n && plan->item[i].type != PL_ENTRY_FOLDER &&
                   pl_slice_eq(plan->item[i].name, name)
               ? &plan->item[i]
               : NULL;
}

/* A file or link where another entry needs a folder. */
static enum pl_status check_folders(struct pl_select *select, struct pl_err *err)
{
    const struct pl_plan *plan = select->plan;
    struct pl_slice checked = PL_SLICE("");
    for (size_t i = 0; i < plan->n; i++) {
        const struct pl_plan_item *item = &plan->item[i];
        struct pl_slice folder =
            item->type == PL_ENTRY_FOLDER ? item->name : pl_slice_dirname(item->name);
        if (pl_slice_eq(folder, checked)) {
            continue;
        }
        checked = folder;
        for (; folder.len > 0; folder = pl_slice_dirname(folder)) {
            const struct pl_plan_item *leaf = find_leaf(plan, folder);
            if (leaf) {
                return pl_err_set(err, PL_ERR_CONFIG,
                                  "%s: %s is a file or link there, and %s needs a folder; leave "
                                  "one out with `exclude`, or give one source another `to`",
                                  pl_select_safe(select, leaf->name), shown(select, leaf),
                                  shown(select, item));
            }
        }
    }
    return PL_OK;
}

/* A folder that is empty in one source and has something from another needs no entry. */
static void drop_filled_folders(struct pl_plan *plan)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->n; i++) {
        struct pl_slice name = plan->item[i].name;
        bool filled = plan->item[i].type == PL_ENTRY_FOLDER && i + 1 < plan->n &&
                      pl_slice_starts(plan->item[i + 1].name, name) &&
                      plan->item[i + 1].name.len > name.len &&
                      plan->item[i + 1].name.ptr[name.len] == '/';
        if (!filled) {
            plan->item[kept++] = plan->item[i];
        }
    }
    plan->n = kept;
}

static void sum_bytes(struct pl_plan *plan)
{
    plan->bytes = 0;
    for (size_t i = 0; i < plan->n; i++) {
        plan->bytes +=
            plan->item[i].type == PL_ENTRY_FILE ? plan->item[i].id.size : plan->item[i].link.len;
    }
}

static enum pl_status assemble(struct pl_select *select, struct pl_err *err)
{
    struct pl_plan *plan = select->plan;
    if (pl_select_sources(select, err) != PL_OK || pl_links_settle(select, err) != PL_OK ||
        pl_select_note_patterns(select, err) != PL_OK) {
        return err->code;
    }
    if (plan->n == 0) {
        return pl_err_set(err, PL_ERR_MISSING,
                          "there is nothing to pack: its sources are empty, or `include`, "
                          "`exclude` and .lambdaignore leave everything out");
    }
    qsort(plan->item, plan->n, sizeof(*plan->item), compare_items);
    if (pl_prune_apply(select, err) != PL_OK || merge(select, err) != PL_OK ||
        check_folders(select, err) != PL_OK) {
        return err->code;
    }
    if (pl_place_check(select, err) != PL_OK) {
        return err->code;
    }
    drop_filled_folders(plan);
    if (pl_pyc_apply(select, err) != PL_OK || pl_provided_apply(select, err) != PL_OK) {
        return err->code;
    }
    sum_bytes(plan);
    return PL_OK;
}

enum pl_status pl_plan_make(struct pl_plan *ret, const struct pl_plan_request *request,
                            const struct pl_progress *progress, struct pl_err *err)
{
    struct pl_plan plan = {0};
    struct pl_select select = {.request = request, .progress = progress, .plan = &plan};
    pl_arena_init(&plan.arena, 2 * PL_MAX_NAMES_BYTES);
    pl_arena_init(&select.scratch, 2 * PL_MAX_NAMES_BYTES);
    enum pl_status status = assemble(&select, err);
    pl_select_done(&select);
    if (status != PL_OK) {
        pl_plan_done(&plan);
        return request->what.len > 0
                   ? pl_err_wrap(err, "%.*s", (int)request->what.len, request->what.ptr)
                   : status;
    }
    *ret = plan;
    return PL_OK;
}

void pl_plan_done(struct pl_plan *plan)
{
    if (plan) {
        free(plan->item);
        while (plan->content) {
            struct pl_content *content = plan->content;
            plan->content = content->next;
            if (content->ops->done) {
                content->ops->done(content);
            }
        }
        pl_arena_done(&plan->arena);
        *plan = (struct pl_plan){0};
    }
}
