/* A plan as a tree: what lint looks at before anything is packed. */
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/pool.h"
#include "pkg/build/plan.h"
#include "pkg/build/planned.h"

#include <errno.h>
#include <stdlib.h>

struct view {
    const struct pl_plan *plan;
    uint8_t *said;  /* owned; by tree index: an issue says that it cannot be read */
    bool said_bomb; /* and one that there is too much */
};

struct worker_buf {
    unsigned char *bytes; /* owned */
    size_t cap;
};

struct walk {
    struct pl_tree *tree;
    const struct pl_sink *to;
    uint32_t *pick; /* owned; tree indices */
    uint8_t *look;  /* owned; enum pl_look of each */
    size_t n_pick;
    uint8_t *failed; /* owned; of each pick */
    struct worker_buf *buf;
    unsigned n_worker;
    uint32_t bomb;
};

static const struct pl_plan_item *item_of(const struct pl_tree *tree, uint32_t index)
{
    const struct view *view = tree->self;
    const struct pl_entry *entry = &tree->entry[index];
    return entry->stored < view->plan->n ? &view->plan->item[entry->stored] : NULL;
}

/* Bytes that a look hands over. */
static size_t look_bytes(const struct pl_entry *entry, enum pl_look look)
{
    if (look == PL_LOOK_CHECK || look == PL_LOOK_SKIP) {
        return 0;
    }
    bool start = look == PL_LOOK_START || entry->size > PL_MAX_WHOLE_ENTRY;
    return start && entry->size > PL_LOOK_START_BYTES ? PL_LOOK_START_BYTES : (size_t)entry->size;
}

static enum pl_status grow(struct worker_buf *buf, size_t need, struct pl_err *err)
{
    if (need > buf->cap) {
        size_t cap = need < PL_LOOK_START_BYTES ? PL_LOOK_START_BYTES + 1 : need + need / 2;
        free(buf->bytes);
        buf->cap = 0;
        buf->bytes = malloc(cap);
        if (!buf->bytes) {
            return pl_err_nomem(err);
        }
        buf->cap = cap;
    }
    return PL_OK;
}

/* Without memory or descriptors every file fails, and that is no fact about this one. */
static bool is_of_file(const struct pl_err *err)
{
    return err->code != PL_ERR_NOMEM && err->sys != EMFILE && err->sys != ENFILE;
}

static enum pl_status walk_one(void *ctx, unsigned worker, size_t at, struct pl_err *err)
{
    struct walk *walk = ctx;
    uint32_t index = walk->pick[at];
    const struct pl_entry *entry = &walk->tree->entry[index];
    size_t n = look_bytes(entry, walk->look[at]);
    struct pl_slice bytes = {"", 0};
    enum pl_read_state state = n < entry->size ? PL_READ_START : PL_READ_WHOLE;
    if (entry->type == PL_ENTRY_LINK) {
        bytes = pl_slice_sub(entry->link, 0, n);
    } else {
        struct worker_buf *buf = &walk->buf[worker];
        if (grow(buf, n + 1, err) != PL_OK) {
            return err->code;
        }
        enum pl_status status = pl_planned_read(item_of(walk->tree, index), buf->bytes, n, err);
        if (status != PL_OK && !is_of_file(err)) {
            return status;
        }
        if (status != PL_OK) {
            state = PL_READ_FAILED;
            walk->failed[at] = 1;
        } else {
            bytes = (struct pl_slice){(const char *)buf->bytes, n};
        }
    }
    return walk->to->entry(walk->to->ctx, worker, index, state, bytes, err);
}

static enum pl_status pick_entries(struct walk *walk, struct pl_err *err)
{
    struct pl_tree *tree = walk->tree;
    uint64_t budget = (uint64_t)PL_MAX_PRODUCED;
    walk->pick = pl_arr_zeroed(tree->n, sizeof(*walk->pick), err);
    walk->look = pl_arr_zeroed(tree->n, sizeof(*walk->look), err);
    walk->failed = pl_arr_zeroed(tree->n, sizeof(*walk->failed), err);
    walk->buf = pl_arr_zeroed(walk->n_worker, sizeof(*walk->buf), err);
    if (!walk->pick || !walk->look || !walk->failed || !walk->buf) {
        return err->code;
    }
    for (uint32_t i = 0; i < tree->n && walk->bomb == PL_ENTRY_NONE; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if ((entry->type != PL_ENTRY_FILE && entry->type != PL_ENTRY_LINK) || !item_of(tree, i)) {
            continue;
        }
        enum pl_look look = walk->to->want(walk->to->ctx, entry);
        if (look == PL_LOOK_SKIP) {
            continue;
        }
        size_t n = look_bytes(entry, look);
        if (n > budget) {
            walk->bomb = i;
            continue;
        }
        budget -= n;
        walk->look[walk->n_pick] = (uint8_t)look;
        walk->pick[walk->n_pick++] = i;
    }
    return PL_OK;
}

/* Each is said once, whatever number of walks there is. */
static enum pl_status say_issues(const struct walk *walk, struct pl_err *err)
{
    struct view *view = walk->tree->self;
    for (size_t i = 0; i < walk->n_pick; i++) {
        struct pl_issue issue = {.what = PL_ISSUE_UNREADABLE, .entry = walk->pick[i]};
        if (!walk->failed[i] || view->said[issue.entry]) {
            continue;
        }
        view->said[issue.entry] = 1;
        if (pl_tree_issue(walk->tree, issue, err) != PL_OK) {
            return err->code;
        }
    }
    if (walk->bomb == PL_ENTRY_NONE || view->said_bomb) {
        return PL_OK;
    }
    view->said_bomb = true;
    struct pl_issue issue = {
        .what = PL_ISSUE_BOMB, .entry = walk->bomb, .count = (uint64_t)PL_MAX_PRODUCED};
    return pl_tree_issue(walk->tree, issue, err);
}

static enum pl_status tree_walk(struct pl_tree *tree, const struct pl_sink *to, struct pl_err *err)
{
    struct walk walk = {.tree = tree,
                        .to = to,
                        .n_worker = to->workers > 0 ? to->workers : 1,
                        .bomb = PL_ENTRY_NONE};
    enum pl_status status = pick_entries(&walk, err);
    if (status == PL_OK) {
        status = pl_pool_for(walk.n_worker, walk.n_pick, walk_one, &walk, err);
    }
    if (status == PL_OK) {
        status = say_issues(&walk, err);
    }
    tree->walk_complete = status == PL_OK && walk.bomb == PL_ENTRY_NONE;
    pl_tree_sort_issues(tree);
    for (unsigned i = 0; walk.buf && i < walk.n_worker; i++) {
        free(walk.buf[i].bytes);
    }
    free(walk.buf);
    free(walk.pick);
    free(walk.look);
    free(walk.failed);
    return status;
}

static enum pl_status tree_read(const struct pl_tree *tree, uint32_t index, size_t max,
                                struct pl_buf *to, struct pl_err *err)
{
    const struct pl_plan_item *item = index < tree->n ? item_of(tree, index) : NULL;
    if (!item || item->type == PL_ENTRY_FOLDER) {
        return pl_err_set(err, PL_ERR_FORMAT, "entry %u of the plan is no file", index);
    }
    if (item->type == PL_ENTRY_LINK) {
        return item->link.len > max
                   ? pl_err_set(err, PL_ERR_LIMIT, "%s: the link is too long", item->path.ptr)
                   : pl_buf_slice(to, item->link, err);
    }
    if (item->id.size > max) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: is larger than %zu bytes", item->path.ptr, max);
    }
    size_t size = (size_t)item->id.size;
    /* One byte more to see the end; the buffer keeps a NUL behind its content anyway. */
    unsigned char *bytes = malloc(size + 1);
    if (!bytes) {
        return pl_err_nomem(err);
    }
    enum pl_status status = pl_planned_read(item, bytes, size, err);
    if (status == PL_OK) {
        status = pl_buf_append(to, bytes, size, err);
    }
    free(bytes);
    return status;
}

static enum pl_status tree_parts(const struct pl_tree *tree, uint32_t index, struct pl_parts *parts,
                                 struct pl_err *err)
{
    const struct pl_plan_item *item = index < tree->n ? item_of(tree, index) : NULL;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    if (!item || item->type != PL_ENTRY_FILE || !pl_planned_can_open(item)) {
        return PL_OK;
    }
    if (pl_planned_open(item, &fd, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < parts->n; i++) {
        struct pl_part *part = &parts->part[i];
        uint64_t left = item->id.size > part->at ? item->id.size - part->at : 0;
        size_t n = left < part->bytes.max ? (size_t)left : part->bytes.max;
        if (pl_buf_reserve(&part->bytes, n, err) != PL_OK ||
            (n > 0 && pl_planned_pread(item, fd, (unsigned char *)part->bytes.data, n, part->at,
                                       err) != PL_OK)) {
            return err->code;
        }
        pl_buf_grew(&part->bytes, n);
    }
    return pl_planned_verify(item, fd, err);
}

static void tree_done(struct pl_tree *tree)
{
    struct view *view = tree->self;
    free(view->said);
    free(view);
}

static const struct pl_tree_ops plan_tree_ops = {
    .walk = tree_walk, .read = tree_read, .done = tree_done, .parts = tree_parts};

enum pl_status pl_plan_tree(struct pl_tree *ret, const struct pl_plan *plan, struct pl_err *err)
{
    struct pl_tree tree = {.ops = &plan_tree_ops};
    pl_arena_init(&tree.arena, PL_MAX_NAMES_BYTES);
    struct view *view = pl_arr_zeroed(1, sizeof(*view), err);
    tree.entry = view ? pl_arr_zeroed(plan->n, sizeof(*tree.entry), err) : NULL;
    if (!tree.entry) {
        free(view);
        return err->code;
    }
    view->plan = plan;
    tree.self = view;
    tree.n = (uint32_t)plan->n;
    for (uint32_t i = 0; i < tree.n; i++) {
        const struct pl_plan_item *item = &plan->item[i];
        tree.entry[i] = (struct pl_entry){
            .name = item->name,
            .link = item->link,
            .size = item->type == PL_ENTRY_FILE ? item->id.size : item->link.len,
            .mode = item->mode,
            .type = item->type,
            .host = 3,
        };
    }
    enum pl_status status = pl_tree_finish(&tree, err);
    if (status == PL_OK) {
        view->said = pl_arr_zeroed(tree.n, sizeof(*view->said), err);
        status = view->said ? PL_OK : err->code;
    }
    if (status != PL_OK) {
        pl_tree_done(&tree);
        return status;
    }
    *ret = tree;
    return PL_OK;
}
