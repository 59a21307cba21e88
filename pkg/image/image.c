#include "pkg/image/image.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/image/room.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Texts of manifests, configuration and issues. */
#define ROOM_ARENA_BYTES PL_MB(64)
enum { PIECE_BYTES = 64 * 1024 };

const char *pl_image_issue_text(enum pl_image_issue_kind what)
{
    static const char *const texts[] = {
#define PL_IMAGE_ISSUE_TEXT(kind, text) text,
        PL_IMAGE_ISSUE_LIST(PL_IMAGE_ISSUE_TEXT)
#undef PL_IMAGE_ISSUE_TEXT
    };
    return what < PL_IMAGE_ISSUE_COUNT ? texts[what] : "";
}

/* ---------------------------------------------------------------- issues */

PL_STATUS pl_image_say(struct pl_image_room *room, const struct pl_image_issue *issue,
                       struct pl_err *err)
{
    struct pl_image *image = &room->image;
    if (++room->of_kind[issue->what] > IMAGE_ISSUES_OF_KIND) {
        for (uint32_t i = image->n_issue; i > 0; i--) {
            if (image->issue[i - 1].what == issue->what) {
                image->issue[i - 1].more++;
                break;
            }
        }
        return PL_OK;
    }
    struct pl_image_issue *list =
        pl_arr_grow(image->issue, &room->cap_issue, (size_t)image->n_issue + 1, sizeof *list,
                    IMAGE_MAX_ISSUES, "issues of an image", err);
    if (!list) {
        return err->code;
    }
    image->issue = list;
    list[image->n_issue++] = *issue;
    return PL_OK;
}

PL_STATUS pl_image_say_fmt(struct pl_image_room *room, enum pl_image_issue_kind what,
                           uint32_t layer, struct pl_slice name, struct pl_err *err,
                           const char *fmt, ...)
{
    struct pl_image_issue issue = {.what = (uint8_t)what, .layer = layer};
    va_list args;
    if (room->of_kind[what] >= IMAGE_ISSUES_OF_KIND) {
        return pl_image_say(room, &issue, err);
    }
    va_start(args, fmt);
    enum pl_status status = pl_arena_vfmt(&room->arena, &issue.detail, err, fmt, args);
    va_end(args);
    status = status ? status : pl_arena_dup(&room->arena, name, &issue.name, err);
    return status ? status : pl_image_say(room, &issue, err);
}

/* ---------------------------------------------------------------- reading files */

static struct pl_image_room *room_of(const struct pl_tree *tree)
{
    return tree->self;
}

static const struct pl_layer_entry *side_of(const struct pl_tree *tree, uint32_t entry)
{
    const struct pl_image_room *room = room_of(tree);
    uint32_t stored = entry < tree->n ? tree->entry[entry].stored : PL_ENTRY_NONE;
    return stored < room->n_side ? room->side[stored] : NULL;
}

struct pl_image_owner pl_image_owner_of(const struct pl_tree *tree, uint32_t entry)
{
    const struct pl_layer_entry *e = side_of(tree, entry);
    return e ? (struct pl_image_owner){e->uid, e->gid, e->layer}
             : (struct pl_image_owner){0, 0, PL_IMAGE_NO_LAYER};
}

/* The pieces of one file on their way out. */
struct copy {
    struct pl_stream *in;
    pl_image_take take;
    void *ctx;
    unsigned char *piece; /* PIECE_BYTES */
};

static PL_STATUS copy_stored(struct copy *c, uint64_t n, struct pl_err *err)
{
    while (n > 0) {
        size_t want = n < PIECE_BYTES ? (size_t)n : PIECE_BYTES;
        size_t got = 0;
        if (pl_stream_read(c->in, c->piece, want, &got, err) != PL_OK) {
            return err->code;
        }
        if (got < want) {
            return pl_err_set(err, PL_ERR_FORMAT, "its layer ends too early");
        }
        if (c->take(c->ctx, pl_slice_make((const char *)c->piece, got), err) != PL_OK) {
            return err->code;
        }
        n -= got;
    }
    return PL_OK;
}

static PL_STATUS copy_hole(struct copy *c, uint64_t n, struct pl_err *err)
{
    memset(c->piece, 0, PIECE_BYTES);
    while (n > 0) {
        size_t more = n < PIECE_BYTES ? (size_t)n : PIECE_BYTES;
        if (c->take(c->ctx, pl_slice_make((const char *)c->piece, more), err) != PL_OK) {
            return err->code;
        }
        n -= more;
    }
    return PL_OK;
}

static PL_STATUS copy_file(struct copy *c, const struct pl_layer_entry *e, struct pl_err *err)
{
    uint64_t at = 0;
    if (!e->sparse) {
        return copy_stored(c, e->size, err);
    }
    for (uint32_t i = 0; i < e->n_run; i++) {
        if (copy_hole(c, e->run[i].at - at, err) != PL_OK ||
            copy_stored(c, e->run[i].len, err) != PL_OK) {
            return err->code;
        }
        at = e->run[i].at + e->run[i].len;
    }
    return copy_hole(c, e->size - at, err);
}

static PL_STATUS read_file(const struct pl_image_room *room, const struct pl_layer_entry *e,
                           struct copy *c, struct pl_err *err)
{
    const struct pl_image_layer *layer = &room->image.layer[e->layer];
    struct pl_span span;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    uint64_t passed = 0;
    if (pl_store_find(&room->store, layer->blob, &span, &fd, err) != PL_OK ||
        pl_stream_reopen(&c->in, span, room->path, &room->state[e->layer].marks, e->data, err) !=
            PL_OK) {
        return err->code;
    }
    enum pl_status status = pl_stream_skip(c->in, e->data - pl_stream_at(c->in), &passed, err);
    status = status ? status : copy_file(c, e, err);
    pl_stream_free(c->in);
    return status;
}

PL_STATUS pl_image_read(const struct pl_tree *tree, uint32_t entry, pl_image_take take, void *ctx,
                        struct pl_err *err)
{
    const struct pl_layer_entry *e = side_of(tree, entry);
    struct copy c = {.take = take, .ctx = ctx};
    if (!e || e->type != PL_TAR_FILE || e->size == 0) {
        return PL_OK;
    }
    c.piece = malloc(PIECE_BYTES);
    enum pl_status status = c.piece ? read_file(room_of(tree), e, &c, err) : pl_err_nomem(err);
    free(c.piece);
    return status;
}

/* ---------------------------------------------------------------- the tree's operations */

static PL_STATUS put_in_buf(void *ctx, struct pl_slice bytes, struct pl_err *err)
{
    return pl_buf_slice(ctx, bytes, err);
}

static PL_STATUS tree_read(const struct pl_tree *tree, uint32_t entry, size_t max,
                           struct pl_buf *to, struct pl_err *err)
{
    if (entry >= tree->n) {
        return pl_err_set(err, PL_ERR_INTERNAL, "no such entry");
    }
    const struct pl_entry *e = &tree->entry[entry];
    if (e->size > max) {
        return pl_err_set(err, PL_ERR_LIMIT, "%.*s is larger than %zu bytes", (int)e->name.len,
                          e->name.ptr, max);
    }
    return e->type == PL_ENTRY_LINK ? pl_buf_slice(to, e->link, err)
                                    : pl_image_read(tree, entry, put_in_buf, to, err);
}

/* One entry for a sink; what is too large to be handed over comes with its start only. */
struct start {
    struct pl_buf bytes;
    size_t most;
};

static PL_STATUS take_start(void *ctx, struct pl_slice bytes, struct pl_err *err)
{
    struct start *s = ctx;
    return pl_buf_slice(&s->bytes, pl_slice_sub(bytes, 0, s->most - s->bytes.len), err);
}

static PL_STATUS walk_entry(struct pl_tree *tree, uint32_t index, const struct pl_sink *to,
                            struct start *s, struct pl_err *err)
{
    const struct pl_entry *e = &tree->entry[index];
    enum pl_look look = to->want(to->ctx, e);
    if (look == PL_LOOK_SKIP) {
        return PL_OK;
    }
    bool whole = look == PL_LOOK_WHOLE && e->size <= PL_MAX_WHOLE_ENTRY;
    pl_buf_clear(&s->bytes);
    s->most = whole ? PL_MAX_WHOLE_ENTRY : look == PL_LOOK_CHECK ? 0 : PL_LOOK_START_BYTES;
    enum pl_read_state state = whole || e->size <= s->most ? PL_READ_WHOLE : PL_READ_START;
    enum pl_status status = PL_OK;
    if (e->type == PL_ENTRY_LINK) {
        status = pl_buf_slice(&s->bytes, pl_slice_sub(e->link, 0, s->most), err);
    } else {
        status = pl_image_read(tree, index, take_start, s, err);
    }
    if (status == PL_ERR_FORMAT || status == PL_ERR_MISSING) {
        state = PL_READ_CORRUPT;
        pl_buf_clear(&s->bytes);
    } else if (status) {
        return status;
    }
    return to->entry(to->ctx, 0, index, state, pl_buf_view(&s->bytes), err);
}

static PL_STATUS tree_walk(struct pl_tree *tree, const struct pl_sink *to, struct pl_err *err)
{
    struct start s = {.bytes = {.max = PL_MAX_WHOLE_ENTRY}};
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; !status && i < tree->n; i++) {
        bool has_bytes =
            tree->entry[i].type == PL_ENTRY_FILE || tree->entry[i].type == PL_ENTRY_LINK;
        status = has_bytes ? walk_entry(tree, i, to, &s, err) : PL_OK;
    }
    pl_buf_done(&s.bytes);
    tree->walk_complete = !status;
    return status;
}

static void room_free(struct pl_image_room *room)
{
    for (uint32_t i = 0; room->state && i < room->image.n_layer; i++) {
        free(room->state[i].entry);
        pl_marks_done(&room->state[i].marks);
        pl_arena_done(&room->state[i].arena);
    }
    free(room->state);
    free(room->side);
    free(room->image.layer);
    free(room->image.issue);
    pl_store_done(&room->store);
    pl_arena_done(&room->arena);
    free(room->path);
    free(room);
}

static void tree_done(struct pl_tree *tree)
{
    if (tree->self) {
        room_free(tree->self);
        tree->self = NULL;
    }
}

static const struct pl_tree_ops image_ops = {tree_walk, tree_read, tree_done, NULL};

/* ---------------------------------------------------------------- opening */

/* NULL with *err set. */
static struct pl_image_room *open_room(const char *path, struct pl_err *err)
{
    struct pl_image_room *room = pl_arr_zeroed(1, sizeof *room, err);
    if (!room) {
        return NULL;
    }
    size_t n = strlen(path) + 1;
    pl_arena_init(&room->arena, ROOM_ARENA_BYTES);
    room->store.fd = -1;
    room->path = malloc(n);
    enum pl_status status = room->path ? PL_OK : pl_err_nomem(err);
    if (!status) {
        memcpy(room->path, path, n);
        status = pl_store_open(&room->store, room->path, err);
    }
    if (status) {
        room_free(room);
        return NULL;
    }
    return room;
}

/* LAMBDA 1: AWS recommends less than 25,400 bytes. */
enum { MANIFEST_BYTES = 25400 };

static PL_STATUS read_room(struct pl_image_room *room, struct pl_tree *tree,
                           const struct pl_image_options *options, struct pl_err *err)
{
    struct pl_image *image = &room->image;
    struct pl_slice none = {0};
    image->folder = room->store.folder;
    bool is_image = false;
    if (pl_store_is_image(&room->store, &is_image, err) != PL_OK) {
        return err->code;
    }
    if (!is_image) {
        return pl_err_set(err, PL_ERR_FORMAT,
                          "%s: it is no container image: it has neither oci-layout nor "
                          "manifest.json",
                          room->path);
    }
    if (pl_image_choose(room, options, err) != PL_OK) {
        return err->code;
    }
    if (room->store.damaged && pl_image_say_fmt(room, PL_IMAGE_CONTAINER_DAMAGED, PL_IMAGE_NO_LAYER,
                                                none, err, "%s", room->store.why.msg) != PL_OK) {
        return err->code;
    }
    if (image->manifest_bytes >= MANIFEST_BYTES &&
        pl_image_say_fmt(room, PL_IMAGE_MANIFEST_LARGE, PL_IMAGE_NO_LAYER, none, err, "%llu bytes",
                         (unsigned long long)image->manifest_bytes) != PL_OK) {
        return err->code;
    }
    if (pl_image_read_layers(room, options->workers, err) != PL_OK ||
        pl_image_flatten(room, tree, err) != PL_OK) {
        return err->code;
    }
    return pl_store_check_same(&room->store, err);
}

PL_STATUS pl_image_open(struct pl_tree *ret, const struct pl_image **ret_image, const char *path,
                        const struct pl_image_options *options, struct pl_err *err)
{
    struct pl_tree tree = {0};
    struct pl_image_room *room = open_room(path, err);
    if (!room) {
        return err->code;
    }
    pl_arena_init(&tree.arena, PL_MAX_NAMES_BYTES);
    tree.ops = &image_ops;
    tree.self = room;
    tree.container_bytes = room->store.size;
    if (read_room(room, &tree, options, err) != PL_OK) {
        pl_tree_done(&tree);
        return err->code;
    }
    *ret_image = &room->image;
    *ret = tree;
    return PL_OK;
}

PL_STATUS pl_image_recognise(const char *path, bool *ret, struct pl_err *err)
{
    struct pl_store store;
    enum pl_status status = pl_store_open(&store, path, err);
    if (status == PL_ERR_FORMAT || status == PL_ERR_LIMIT) {
        *ret = false; /* no tar, or more than any image has: another reader's matter */
        return PL_OK;
    }
    if (status != PL_OK) {
        return status;
    }
    status = pl_store_is_image(&store, ret, err);
    pl_store_done(&store);
    return status;
}
