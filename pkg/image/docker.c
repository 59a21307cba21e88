/* `docker save`: manifest.json, a list of {Config, RepoTags, Layers} (moby
 * image/spec/spec.md v1.2 and v1.3); kaniko and podman write it too. */
#include "pkg/image/manifest.h"

#include <stdlib.h>

/* One candidate for each name, and one for an image without. */
static PL_STATUS add_item(struct pl_image_room *room, const struct pl_doc *doc, uint32_t item,
                          struct pl_candidates *list, struct pl_err *err)
{
    uint32_t tags = pl_doc_get(doc, item, "RepoTags");
    uint32_t tag = pl_doc_node(doc, tags)->child;
    struct pl_candidate c = {.item = item};
    if (pl_doc_node(doc, tags)->kind == PL_NODE_SEQ && tag != PL_NODE_NONE &&
        pl_arena_dup(&room->arena, pl_doc_node(doc, tag)->text, &c.name, err) != PL_OK) {
        return err->code;
    }
    return pl_candidates_add(list, &c, err);
}

/* A further name of the same image is as good as its first. */
static const char *first_name(const struct pl_doc *doc, const struct pl_candidates *list,
                              const char *want)
{
    for (size_t i = 0; want && i < list->n; i++) {
        uint32_t tags = pl_doc_get(doc, list->at[i].item, "RepoTags");
        uint32_t tag = pl_doc_node(doc, tags)->child;
        for (; tag != PL_NODE_NONE; tag = pl_doc_node(doc, tag)->next) {
            if (pl_image_is_named(pl_doc_node(doc, tag)->text, pl_slice_of(want))) {
                return list->at[i].name.ptr;
            }
        }
    }
    return want;
}

/* "<hex>.json" and "blobs/sha256/<hex>" name their own digest; kaniko says "sha256:<hex>". */
static PL_STATUS config_digest(struct pl_image_room *room, struct pl_slice name,
                               struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice base = pl_slice_basename(name);
    if (pl_slice_ends(base, PL_SLICE(".json"))) {
        base = pl_slice_sub(base, 0, base.len - 5);
    }
    if (pl_slice_starts(base, PL_SLICE("sha256:"))) {
        base = pl_slice_sub(base, 7, base.len);
    }
    return pl_arena_fmt(&room->arena, ret, err, "sha256:%.*s", (int)base.len, base.ptr);
}

static PL_STATUS read_layers(struct pl_image_room *room, const struct pl_doc *doc, uint32_t item,
                             struct pl_err *err)
{
    uint32_t list = pl_doc_get(doc, item, "Layers");
    uint32_t name = pl_doc_node(doc, list)->child;
    for (; name != PL_NODE_NONE; name = pl_doc_node(doc, name)->next) {
        struct pl_image_layer layer = {0};
        bool outside = false;
        if (pl_store_tidy(&room->arena, pl_doc_node(doc, name)->text, &layer.blob, &outside, err) ||
            pl_image_add_layer(room, &layer, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS read_item(struct pl_image_room *room, const struct pl_doc *doc,
                           const struct pl_candidate *c, struct pl_err *err)
{
    struct pl_slice config;
    struct pl_slice digest;
    room->image.name = c->name;
    if (pl_image_text(room, doc, c->item, "Config", &config, err) != PL_OK ||
        config_digest(room, config, &digest, err) != PL_OK ||
        pl_image_read_config(room, config, digest, err) != PL_OK) {
        return err->code;
    }
    return read_layers(room, doc, c->item, err);
}

PL_STATUS pl_image_choose_docker(struct pl_image_room *room, const struct pl_image_options *options,
                                 struct pl_err *err)
{
    struct pl_doc doc = {0};
    struct pl_candidates list = {0};
    struct pl_slice none = {0};
    const struct pl_candidate *chosen = NULL;
    enum pl_status status =
        pl_image_read_json(room, PL_SLICE("manifest.json"), none, &doc, NULL, err);
    if (status != PL_OK) {
        return pl_err_wrap(err, "%s: manifest.json", room->path);
    }
    uint32_t item = pl_doc_node(&doc, doc.root)->kind == PL_NODE_SEQ
                        ? pl_doc_node(&doc, doc.root)->child
                        : PL_NODE_NONE;
    for (; !status && item != PL_NODE_NONE; item = pl_doc_node(&doc, item)->next) {
        status = add_item(room, &doc, item, &list, err);
    }
    struct pl_image_options want = *options;
    want.name = first_name(&doc, &list, options->name);
    status = status ? status : pl_candidates_choose(room, &list, &want, &chosen, err);
    status = status ? status : read_item(room, &doc, chosen, err);
    pl_doc_done(&doc);
    free(list.at);
    return status;
}
