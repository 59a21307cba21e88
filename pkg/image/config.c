/* The image's configuration, and what manifests of either kind need. */
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/image/room.h"

#include <string.h>

PL_STATUS pl_image_text(struct pl_image_room *room, const struct pl_doc *doc, uint32_t map,
                        const char *key, struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_node *node = pl_doc_node(doc, pl_doc_get(doc, map, key));
    if (node->kind != PL_NODE_SCALAR || !node->quoted) {
        *ret = (struct pl_slice){0};
        return PL_OK;
    }
    return pl_arena_dup(&room->arena, node->text, ret, err);
}

struct pl_slice pl_image_hex(struct pl_slice digest)
{
    static const struct pl_slice algorithm = PL_SLICE_INIT("sha256:");
    struct pl_slice hex = pl_slice_sub(digest, algorithm.len, digest.len);
    if (!pl_slice_starts(digest, algorithm) || hex.len != PL_SHA256_HEX - 1) {
        return (struct pl_slice){0};
    }
    for (size_t i = 0; i < hex.len; i++) {
        char c = hex.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return (struct pl_slice){0};
        }
    }
    return hex;
}

PL_STATUS pl_image_blob_name(struct pl_image_room *room, struct pl_slice digest,
                             struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice hex = pl_image_hex(digest);
    *ret = (struct pl_slice){0};
    return hex.len > 0
               ? pl_arena_fmt(&room->arena, ret, err, "blobs/sha256/%.*s", (int)hex.len, hex.ptr)
               : PL_OK;
}

/* Compares a blob's bytes with its digest. */
static PL_STATUS check_blob(struct pl_image_room *room, struct pl_slice digest,
                            struct pl_slice bytes, struct pl_err *err)
{
    struct pl_sha256 sha;
    unsigned char is[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX];
    struct pl_slice want = pl_image_hex(digest);
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, bytes.ptr, bytes.len);
    pl_sha256_end(&sha, is);
    pl_sha256_hex(is, hex);
    return want.len == 0 || pl_slice_is(want, hex)
               ? PL_OK
               : pl_image_say_fmt(room, PL_IMAGE_BLOB_DIGEST, PL_IMAGE_NO_LAYER, digest, err,
                                  "its contents have sha256:%s", hex);
}

PL_STATUS pl_image_read_json(struct pl_image_room *room, struct pl_slice name,
                             struct pl_slice digest, struct pl_doc *ret, uint64_t *ret_bytes,
                             struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    if (pl_store_read(&room->store, name, &text, err) != PL_OK ||
        check_blob(room, digest, pl_buf_view(&text), err) != PL_OK) {
        return err->code;
    }
    if (ret_bytes) {
        *ret_bytes = text.len;
    }
    enum pl_status status = pl_json_parse(ret, pl_buf_view(&text), 0, "JSON", err);
    if (status == PL_ERR_CONFIG) {
        err->code = PL_ERR_FORMAT; /* the image's text, not the user's settings */
    }
    return status == PL_OK ? PL_OK : err->code;
}

PL_STATUS pl_image_add_layer(struct pl_image_room *room, const struct pl_image_layer *layer,
                             struct pl_err *err)
{
    struct pl_image *image = &room->image;
    struct pl_image_layer *list =
        pl_arr_grow(image->layer, &room->cap_layer, (size_t)image->n_layer + 1, sizeof *list,
                    IMAGE_MAX_LAYERS, "layers", err);
    if (!list) {
        return err->code;
    }
    image->layer = list;
    list[image->n_layer++] = *layer;
    return PL_OK;
}

/* A list of strings, or a single one, as old builders wrote. */
static PL_STATUS read_texts(struct pl_image_room *room, const struct pl_doc *doc, uint32_t node,
                            struct pl_image_texts *ret, struct pl_err *err)
{
    const struct pl_node *list = pl_doc_node(doc, node);
    bool single = list->kind == PL_NODE_SCALAR && list->quoted;
    uint32_t n = single ? 1 : list->kind == PL_NODE_SEQ ? pl_doc_count(doc, node) : 0;
    *ret = (struct pl_image_texts){.there = single || list->kind == PL_NODE_SEQ};
    ret->at = pl_arena_new(&room->arena, n, sizeof *ret->at, err);
    if (!ret->at) {
        return err->code;
    }
    uint32_t item = single ? node : list->child;
    for (uint32_t i = 0; i < n; i++, item = pl_doc_node(doc, item)->next) {
        if (pl_arena_dup(&room->arena, pl_doc_node(doc, item)->text, &ret->at[i], err) != PL_OK) {
            return err->code;
        }
    }
    ret->n = n;
    return PL_OK;
}

static bool is_there(const struct pl_doc *doc, uint32_t map, const char *key)
{
    return pl_doc_count(doc, pl_doc_get(doc, map, key)) > 0;
}

static uint32_t count_history(const struct pl_doc *doc)
{
    uint32_t n = 0;
    uint32_t item = pl_doc_node(doc, pl_doc_get(doc, doc->root, "history"))->child;
    for (; item != PL_NODE_NONE; item = pl_doc_node(doc, item)->next) {
        bool empty = false;
        const struct pl_node *mark = pl_doc_node(doc, pl_doc_get(doc, item, "empty_layer"));
        n += pl_node_bool(mark, &empty) && empty ? 0 : 1;
    }
    return n;
}

static PL_STATUS read_fields(struct pl_image_room *room, const struct pl_doc *doc,
                             struct pl_err *err)
{
    struct pl_image_config *c = &room->image.config;
    uint32_t root = doc->root;
    uint32_t run = pl_doc_get(doc, root, "config");
    uint32_t rootfs = pl_doc_get(doc, root, "rootfs");
    c->n_history = count_history(doc);
    c->exposes = is_there(doc, run, "ExposedPorts");
    c->has_volumes = is_there(doc, run, "Volumes");
    c->has_healthcheck = is_there(doc, run, "Healthcheck");
    enum pl_status status = pl_image_text(room, doc, root, "os", &c->os, err);
    status =
        status ? status : pl_image_text(room, doc, root, "architecture", &c->architecture, err);
    status = status ? status : pl_image_text(room, doc, root, "variant", &c->variant, err);
    status = status ? status : pl_image_text(room, doc, run, "User", &c->user, err);
    status = status ? status : pl_image_text(room, doc, run, "WorkingDir", &c->workdir, err);
    status = status ? status : pl_image_text(room, doc, run, "StopSignal", &c->stop_signal, err);
    status = status
                 ? status
                 : read_texts(room, doc, pl_doc_get(doc, run, "Entrypoint"), &c->entrypoint, err);
    status = status ? status : read_texts(room, doc, pl_doc_get(doc, run, "Cmd"), &c->cmd, err);
    status = status ? status : read_texts(room, doc, pl_doc_get(doc, run, "Env"), &c->env, err);
    status = status ? status
                    : read_texts(room, doc, pl_doc_get(doc, rootfs, "diff_ids"), &c->diff_ids, err);
    c->known = status == PL_OK;
    return status;
}

PL_STATUS pl_image_read_config(struct pl_image_room *room, struct pl_slice name,
                               struct pl_slice digest, struct pl_err *err)
{
    struct pl_doc doc = {0};
    enum pl_status status = pl_image_read_json(room, name, digest, &doc, NULL, err);
    if (status == PL_OK) {
        status = read_fields(room, &doc, err);
        pl_doc_done(&doc);
        return status;
    }
    if (status == PL_ERR_MISSING) {
        return pl_image_say_fmt(room, PL_IMAGE_BLOB_MISSING, PL_IMAGE_NO_LAYER, name, err,
                                "it is the image's configuration");
    }
    if (status != PL_ERR_FORMAT && status != PL_ERR_LIMIT) {
        return status;
    }
    struct pl_err why = *err;
    return pl_image_say_fmt(room, PL_IMAGE_CONFIG_BAD, PL_IMAGE_NO_LAYER, name, err, "%s", why.msg);
}

/* "docker.io/library/app:1" is also meant by "library/app:1", "app:1", "1" and the same without a
 * tag. */
bool pl_image_is_named(struct pl_slice reference, struct pl_slice want)
{
    if (want.len == 0 || reference.len < want.len) {
        return false;
    }
    struct pl_slice untagged = pl_slice_sub(reference, 0, pl_slice_rfind(reference, ':'));
    if (pl_slice_find(untagged, '/') == untagged.len && untagged.len < reference.len &&
        pl_slice_eq(pl_slice_sub(reference, untagged.len + 1, reference.len), want)) {
        return true;
    }
    const struct pl_slice forms[] = {reference, untagged};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!pl_slice_ends(forms[i], want)) {
            continue;
        }
        size_t before = forms[i].len - want.len;
        if (before == 0 || forms[i].ptr[before - 1] == '/' || forms[i].ptr[before - 1] == ':') {
            return true;
        }
    }
    return false;
}
