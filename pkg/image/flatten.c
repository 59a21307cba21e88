/*
 * Layers laid over each other (OCI image specification, layer.md): a later entry takes the place of
 * an earlier one, whiteouts hide what lower layers have, parents that are links are followed inside
 * the root.
 */
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/image/room.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
enum { ROOT = 0, KEY_HEAD = 4 };
static const struct pl_slice WHITEOUT = PL_SLICE_INIT(".wh.");
static const struct pl_slice AUFS = PL_SLICE_INIT(".wh..wh.");
static const struct pl_slice OPAQUE = PL_SLICE_INIT(".wh..wh..opq");

struct node {
    struct pl_slice name;
    const struct pl_layer_entry *entry; /* NULL: a folder that only its contents prove */
    uint32_t parent, first, next, before;
    uint32_t layer;   /* that put it there last */
    uint32_t cleared; /* layer + 1 whose whiteout was applied to it */
    bool alive;
};

struct flat {
    struct pl_image_room *room;
    struct node *node; /* owned */
    size_t n, cap;
    struct pl_map names; /* parent's number and name to node */
    struct pl_arena keys;
    struct pl_buf key, todo;
    uint32_t layer; /* that is being laid */
};

/* ---------------------------------------------------------------- nodes */

static bool is_folder(const struct node *node)
{
    return !node->entry || node->entry->type == PL_TAR_FOLDER;
}

static bool is_link(const struct node *node)
{
    return node->entry && node->entry->type == PL_TAR_LINK;
}

static PL_STATUS make_key(struct flat *f, uint32_t parent, struct pl_slice name, struct pl_err *err)
{
    pl_buf_clear(&f->key);
    enum pl_status status = pl_buf_append(&f->key, &parent, KEY_HEAD, err);
    return status ? status : pl_buf_slice(&f->key, name, err);
}

/* The living child of that name, or NONE. */
static PL_STATUS find_child(struct flat *f, uint32_t parent, struct pl_slice name, uint32_t *ret,
                            struct pl_err *err)
{
    uint64_t index = 0;
    if (make_key(f, parent, name, err) != PL_OK) {
        return err->code;
    }
    bool there = pl_map_get(&f->names, pl_buf_view(&f->key), &index) && f->node[index].alive;
    *ret = there ? (uint32_t)index : NONE;
    return PL_OK;
}

static void link_in(struct flat *f, uint32_t index)
{
    struct node *node = &f->node[index];
    struct node *parent = &f->node[node->parent];
    node->next = parent->first;
    node->before = NONE;
    if (parent->first != NONE) {
        f->node[parent->first].before = index;
    }
    parent->first = index;
}

static void unlink_one(struct flat *f, uint32_t index)
{
    struct node *node = &f->node[index];
    if (node->before == NONE) {
        f->node[node->parent].first = node->next;
    } else {
        f->node[node->before].next = node->next;
    }
    if (node->next != NONE) {
        f->node[node->next].before = node->before;
    }
    node->alive = false;
    node->entry = NULL;
    node->cleared = 0;
}

static PL_STATUS new_node(struct flat *f, uint32_t parent, struct pl_slice name, uint32_t *ret,
                          struct pl_err *err)
{
    struct node *list = pl_arr_grow(f->node, &f->cap, f->n + 1, sizeof *list, PL_MAX_ENTRIES,
                                    "entries in the image", err);
    if (!list) {
        return err->code;
    }
    f->node = list;
    list[f->n] =
        (struct node){.name = name, .parent = parent, .first = NONE, .next = NONE, .before = NONE};
    *ret = (uint32_t)f->n++;
    return PL_OK;
}

/* A child that is not alive: one that was there before comes back, so that its key stays. */
static PL_STATUS add_child(struct flat *f, uint32_t parent, struct pl_slice name, uint32_t *ret,
                           struct pl_err *err)
{
    struct pl_slice key;
    uint64_t old = 0;
    bool added = false;
    if (make_key(f, parent, name, err) != PL_OK) {
        return err->code;
    }
    if (pl_map_get(&f->names, pl_buf_view(&f->key), &old)) {
        *ret = (uint32_t)old;
    } else if (pl_arena_dup(&f->keys, pl_buf_view(&f->key), &key, err) != PL_OK ||
               pl_map_add(&f->names, key, f->n, &added, &old, err) != PL_OK ||
               new_node(f, parent, pl_slice_sub(key, KEY_HEAD, key.len), ret, err) != PL_OK) {
        return err->code;
    }
    f->node[*ret].alive = true;
    f->node[*ret].layer = f->layer;
    link_in(f, *ret);
    return PL_OK;
}

/*
 * Takes away what stands at and below `top`, or, with `lower`, what lower layers put there; what
 * holds something of this layer stays as its folder.  Each node that goes leaves the lists, so that
 * all removals together cost no more than all entries.
 */
static void take_away(struct flat *f, uint32_t top, bool lower, bool with_top)
{
    uint32_t at = top;
    for (;;) {
        while (f->node[at].first != NONE) {
            at = f->node[at].first;
        }
        /* `at` has no children left to look at: it goes or stays, and its neighbour is next. */
        for (;;) {
            struct node *node = &f->node[at];
            uint32_t next = node->next;
            uint32_t parent = node->parent;
            bool stays = (at == top && !with_top) || (lower && node->layer == f->layer) ||
                         (lower && node->first != NONE);
            if (!stays) {
                unlink_one(f, at);
            }
            if (at == top) {
                return;
            }
            if (next != NONE) {
                at = next;
                break;
            }
            at = parent;
        }
    }
}

/* ---------------------------------------------------------------- paths */

static PL_STATUS put_first(struct flat *f, struct pl_slice text, struct pl_slice rest,
                           struct pl_err *err)
{
    struct pl_buf joined = {.max = PL_MAX_PATH};
    enum pl_status status = pl_buf_slice(&joined, text, err);
    status = status ? status : pl_buf_byte(&joined, '/', err);
    status = status ? status : pl_buf_slice(&joined, rest, err);
    if (status) {
        pl_buf_done(&joined);
        return status;
    }
    pl_buf_done(&f->todo);
    f->todo = joined;
    return PL_OK;
}

/* The folder `path`, links followed inside the root.  *ret is NONE when it is not there (with
 * `make`: when something else is in the way); what is missing is made with `make`. */
static PL_STATUS find_folder(struct flat *f, struct pl_slice path, bool make, uint32_t *ret,
                             struct pl_err *err)
{
    struct pl_slice rest = path;
    struct pl_slice part;
    uint32_t at = ROOT;
    unsigned links = 0;
    *ret = NONE;
    while (pl_slice_next(&rest, '/', &part)) {
        uint32_t child = NONE;
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        if (pl_slice_is(part, "..")) {
            at = f->node[at].parent;
            continue;
        }
        enum pl_status status = find_child(f, at, part, &child, err);
        if (!status && child == NONE && make) {
            status = add_child(f, at, part, &child, err);
        }
        if (status) {
            return status;
        }
        if (child == NONE || (!is_folder(&f->node[child]) && !is_link(&f->node[child]))) {
            return PL_OK;
        }
        if (!is_link(&f->node[child])) {
            at = child;
            continue;
        }
        struct pl_slice target = f->node[child].entry->link;
        at = pl_slice_starts(target, PL_SLICE("/")) ? (uint32_t)ROOT : at;
        if (++links > PL_MAX_LINKS) {
            return PL_OK;
        }
        status = put_first(f, target, rest, err);
        if (status) {
            return status == PL_ERR_LIMIT ? PL_OK : status; /* as ENAMETOOLONG */
        }
        rest = pl_buf_view(&f->todo);
    }
    *ret = at;
    return PL_OK;
}

/* ---------------------------------------------------------------- entries */

static PL_STATUS say(struct flat *f, enum pl_image_issue_kind what, const struct pl_layer_entry *e,
                     struct pl_err *err)
{
    return pl_image_say_fmt(f->room, what, f->layer, e->name, err, "%.*s",
                            (int)(e->type == PL_TAR_HARD_LINK ? e->link.len : 0), e->link.ptr);
}

static PL_STATUS apply_whiteout(struct flat *f, const struct pl_layer_entry *e,
                                struct pl_slice base, struct pl_err *err)
{
    uint32_t parent = NONE;
    uint32_t child = NONE;
    bool opaque = pl_slice_eq(base, OPAQUE);
    if (base.len == WHITEOUT.len) {
        return say(f, PL_IMAGE_WHITEOUT, e, err);
    }
    if (!opaque && pl_slice_starts(base, AUFS)) {
        return PL_OK; /* the bookkeeping of aufs */
    }
    if (find_folder(f, pl_slice_dirname(e->name), false, &parent, err) != PL_OK) {
        return err->code;
    }
    if (parent == NONE) {
        return PL_OK;
    }
    if (!opaque &&
        find_child(f, parent, pl_slice_sub(base, WHITEOUT.len, base.len), &child, err) != PL_OK) {
        return err->code;
    }
    uint32_t top = opaque ? parent : child;
    if (top != NONE && f->node[top].cleared != f->layer + 1) {
        f->node[top].cleared = f->layer + 1;
        take_away(f, top, true, !opaque);
    }
    return PL_OK;
}

/* What a hard link shares with its target: the target's own entry. */
static PL_STATUS find_target(struct flat *f, const struct pl_layer_entry *e,
                             const struct pl_layer_entry **ret, struct pl_err *err)
{
    uint32_t folder = NONE;
    uint32_t child = NONE;
    *ret = NULL;
    if (pl_slice_eq(e->link, e->name)) {
        return PL_OK;
    }
    if (find_folder(f, pl_slice_dirname(e->link), false, &folder, err) != PL_OK ||
        (folder != NONE &&
         find_child(f, folder, pl_slice_basename(e->link), &child, err) != PL_OK)) {
        return err->code;
    }
    if (child != NONE && !is_folder(&f->node[child])) {
        *ret = f->node[child].entry;
    }
    return PL_OK;
}

static PL_STATUS place(struct flat *f, uint32_t parent, struct pl_slice base,
                       const struct pl_layer_entry *e, struct pl_err *err)
{
    uint32_t child = NONE;
    if (find_child(f, parent, base, &child, err) != PL_OK) {
        return err->code;
    }
    if (child != NONE && !(is_folder(&f->node[child]) && e->type == PL_TAR_FOLDER)) {
        take_away(f, child, false, true);
        child = NONE;
    }
    if (child == NONE && add_child(f, parent, base, &child, err) != PL_OK) {
        return err->code;
    }
    f->node[child].entry = e;
    f->node[child].layer = f->layer;
    return PL_OK;
}

static PL_STATUS apply_entry(struct flat *f, const struct pl_layer_entry *e, struct pl_err *err)
{
    struct pl_slice base = pl_slice_basename(e->name);
    uint32_t parent = NONE;
    const struct pl_layer_entry *what = e;
    if (e->outside) {
        return say(f, PL_IMAGE_NAME_OUTSIDE, e, err);
    }
    if (e->name.len == 0) {
        f->node[ROOT].entry = e->type == PL_TAR_FOLDER ? e : f->node[ROOT].entry;
        return PL_OK;
    }
    if (pl_slice_starts(base, WHITEOUT)) {
        return apply_whiteout(f, e, base, err);
    }
    if (e->type == PL_TAR_HARD_LINK && find_target(f, e, &what, err) != PL_OK) {
        return err->code;
    }
    if (!what) {
        return say(f, PL_IMAGE_HARD_LINK, e, err);
    }
    if (find_folder(f, pl_slice_dirname(e->name), true, &parent, err) != PL_OK) {
        return err->code;
    }
    if (parent == NONE) {
        return say(f, PL_IMAGE_PARENT_FILE, e, err);
    }
    if (parent != ROOT && !f->node[parent].entry && say(f, PL_IMAGE_PARENT, e, err) != PL_OK) {
        return err->code;
    }
    return place(f, parent, base, what, err);
}

static PL_STATUS lay(struct flat *f, struct pl_err *err)
{
    struct pl_image_room *room = f->room;
    uint32_t root = 0;
    if (new_node(f, ROOT, (struct pl_slice){0}, &root, err) != PL_OK) {
        return err->code;
    }
    f->node[ROOT].alive = true;
    for (uint32_t i = 0; i < room->image.n_layer; i++) {
        f->layer = i;
        f->node[ROOT].layer = i; /* the root is nobody's to take away */
        for (size_t k = 0; k < room->state[i].n; k++) {
            if (apply_entry(f, &room->state[i].entry[k], err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- the tree */

static uint8_t entry_type(const struct node *node)
{
    if (is_folder(node)) {
        return PL_ENTRY_FOLDER;
    }
    switch (node->entry->type) {
    case PL_TAR_FILE:
        return PL_ENTRY_FILE;
    case PL_TAR_LINK:
        return PL_ENTRY_LINK;
    default:
        return PL_ENTRY_SPECIAL;
    }
}

/* A folder that no entry made has the mode that engines give it. */
static PL_STATUS emit(struct flat *f, struct pl_tree *tree, const struct node *node,
                      struct pl_slice name, struct pl_err *err)
{
    const struct pl_layer_entry *e = node->entry;
    struct pl_entry *to = &tree->entry[tree->n];
    struct pl_slice copy;
    if (pl_arena_dup(&tree->arena, name, &copy, err) != PL_OK) {
        return err->code;
    }
    *to = (struct pl_entry){.name = copy, .mode = 0755, .type = entry_type(node), .host = 3};
    if (e) {
        to->link = e->type == PL_TAR_LINK ? e->link : (struct pl_slice){0};
        to->size = e->size;
        to->packed = e->stored;
        to->offset = e->data;
        to->mtime = e->mtime;
        to->mode = e->mode;
    } else {
        to->flags = PL_ENTRY_IMPLIED;
    }
    f->room->side[tree->n++] = e;
    uint64_t *total = &f->room->image.squashed_bytes;
    *total = pl_image_sum(*total, to->size);
    return PL_OK;
}

static PL_STATUS gather(struct flat *f, struct pl_tree *tree, struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    uint32_t at = f->node[ROOT].first;
    while (at != NONE) {
        const struct node *node = &f->node[at];
        enum pl_status status = path.len > 0 ? pl_buf_byte(&path, '/', err) : PL_OK;
        status = status ? status : pl_buf_slice(&path, node->name, err);
        status = status ? status : emit(f, tree, node, pl_buf_view(&path), err);
        if (status) {
            return pl_err_wrap(err, "%s: a path in it", f->room->path);
        }
        if (node->first != NONE) {
            at = node->first;
            continue;
        }
        while (at != ROOT && f->node[at].next == NONE) {
            at = f->node[at].parent;
            path.len = pl_slice_dirname(pl_buf_view(&path)).len;
        }
        if (at == ROOT) {
            return PL_OK;
        }
        path.len = pl_slice_dirname(pl_buf_view(&path)).len;
        at = f->node[at].next;
    }
    return PL_OK;
}

static PL_STATUS make_tree(struct flat *f, struct pl_tree *tree, struct pl_err *err)
{
    tree->entry = pl_arr_zeroed(f->n, sizeof *tree->entry, err);
    f->room->side = pl_arr_zeroed(f->n, sizeof *f->room->side, err);
    if (!tree->entry || !f->room->side || gather(f, tree, err) != PL_OK) {
        return err->code;
    }
    f->room->n_side = tree->n;
    return PL_OK;
}

PL_STATUS pl_image_flatten(struct pl_image_room *room, struct pl_tree *tree, struct pl_err *err)
{
    struct flat f = {.room = room};
    pl_map_init(&f.names, PL_MAX_ENTRIES);
    pl_arena_init(&f.keys, IMAGE_ARENA_BYTES);
    pl_buf_init(&f.key, (size_t)PL_MAX_PATH + KEY_HEAD);
    pl_buf_init(&f.todo, PL_MAX_PATH);
    enum pl_status status = lay(&f, err);
    status = status ? status : make_tree(&f, tree, err);
    free(f.node);
    pl_map_done(&f.names);
    pl_arena_done(&f.keys);
    pl_buf_done(&f.key);
    pl_buf_done(&f.todo);
    return status ? status : pl_tree_finish(tree, err);
}
