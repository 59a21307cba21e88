/* OCI layouts: index.json, the indexes below it, the manifest of one image (OCI image
 * specification 1.1, image-layout.md, image-index.md, manifest.md). */
#include "pkg/image/manifest.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

static bool is_one_of(struct pl_slice text, const char *const *list)
{
    for (; *list; list++) {
        if (pl_slice_is(text, *list)) {
            return true;
        }
    }
    return false;
}

static const char *const INDEX_TYPES[] = {
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json", NULL};
static const char *const MANIFEST_TYPES[] = {"application/vnd.oci.image.manifest.v1+json",
                                             "application/vnd.docker.distribution.manifest.v2+json",
                                             NULL};
static const char *const CONFIG_TYPES[] = {"application/vnd.oci.image.config.v1+json",
                                           "application/vnd.docker.container.image.v1+json", NULL};
/* LAMBDA 6.1: what is known to work. */
static const char *const LAYER_TYPES[] = {
    "application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip", NULL};
/* No source says that Lambda takes these; the layer's own bytes decide what is said of them. */
static const char *const DOUBTFUL_TYPES[] = {
    "application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.zstd", NULL};
static const char *const FOREIGN_TYPES[] = {
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    NULL};

/* ---------------------------------------------------------------- descriptors */

static uint64_t size_of(const struct pl_doc *doc, uint32_t map)
{
    int64_t size = 0;
    return pl_node_int(pl_doc_node(doc, pl_doc_get(doc, map, "size")), &size) && size > 0
               ? (uint64_t)size
               : 0;
}

static PL_STATUS read_name(struct pl_image_room *room, const struct pl_doc *doc, uint32_t item,
                           struct pl_slice *ret, struct pl_err *err)
{
    uint32_t notes = pl_doc_get(doc, item, "annotations");
    enum pl_status status = pl_image_text(room, doc, notes, "io.containerd.image.name", ret, err);
    return status || ret->len > 0
               ? status
               : pl_image_text(room, doc, notes, "org.opencontainers.image.ref.name", ret, err);
}

static bool is_attestation(const struct pl_doc *doc, uint32_t item)
{
    uint32_t notes = pl_doc_get(doc, item, "annotations");
    uint32_t platform = pl_doc_get(doc, item, "platform");
    const struct pl_node *kind =
        pl_doc_node(doc, pl_doc_get(doc, notes, "vnd.docker.reference.type"));
    const struct pl_node *os = pl_doc_node(doc, pl_doc_get(doc, platform, "os"));
    const struct pl_node *artifact = pl_doc_node(doc, pl_doc_get(doc, item, "artifactType"));
    return pl_slice_is(kind->text, "attestation-manifest") || pl_slice_is(os->text, "unknown") ||
           pl_slice_is(artifact->text, "application/vnd.docker.attestation.manifest.v1+json");
}

static PL_STATUS read_candidate(struct pl_image_room *room, const struct pl_doc *doc, uint32_t item,
                                struct pl_candidate *c, struct pl_err *err)
{
    uint32_t platform = pl_doc_get(doc, item, "platform");
    struct pl_slice own = {0};
    c->size = size_of(doc, item);
    c->attestation = is_attestation(doc, item);
    enum pl_status status = read_name(room, doc, item, &own, err);
    c->name = own.len > 0 ? own : c->name;
    status = status ? status : pl_image_text(room, doc, item, "digest", &c->digest, err);
    status = status ? status : pl_image_text(room, doc, item, "mediaType", &c->type, err);
    status = status ? status : pl_image_text(room, doc, platform, "os", &c->os, err);
    return status ? status : pl_image_text(room, doc, platform, "architecture", &c->arch, err);
}

/* ---------------------------------------------------------------- indexes */

struct index_walk {
    struct pl_image_room *room;
    struct pl_candidates *list;
};

static PL_STATUS walk_index(struct index_walk *w, const struct pl_doc *doc,
                            const struct pl_candidate *above, unsigned depth, struct pl_err *err);

static PL_STATUS missing_blob(struct pl_image_room *room, struct pl_slice digest, const char *what,
                              struct pl_err *err)
{
    return pl_image_say_fmt(room, PL_IMAGE_BLOB_MISSING, PL_IMAGE_NO_LAYER, digest, err, "it is %s",
                            what);
}

/* An index below an index: what it names is as good as named by the one above. */
static PL_STATUS enter_index(struct index_walk *w, const struct pl_candidate *c, unsigned depth,
                             struct pl_err *err)
{
    struct pl_doc doc = {0};
    struct pl_slice name;
    struct pl_candidate above = *c;
    if (depth >= IMAGE_MAX_INDEX_DEPTH || w->list->n_index >= IMAGE_MAX_MANIFESTS) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: indexes within indexes, deeper than %d",
                          w->room->path, IMAGE_MAX_INDEX_DEPTH);
    }
    if (pl_image_blob_name(w->room, c->digest, &name, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = pl_image_read_json(w->room, name, c->digest, &doc, NULL, err);
    if (status == PL_ERR_MISSING) {
        return missing_blob(w->room, c->digest, "an index", err);
    }
    if (status != PL_OK) {
        return pl_err_wrap(err, "%s: the index %.*s", w->room->path, (int)c->digest.len,
                           c->digest.ptr);
    }
    above.index = ++w->list->n_index;
    status = walk_index(w, &doc, &above, depth + 1, err);
    pl_doc_done(&doc);
    return status;
}

static PL_STATUS walk_index(struct index_walk *w, const struct pl_doc *doc,
                            const struct pl_candidate *above, unsigned depth, struct pl_err *err)
{
    uint32_t list = pl_doc_get(doc, doc->root, "manifests");
    uint32_t item = pl_doc_node(doc, list)->child;
    for (; item != PL_NODE_NONE; item = pl_doc_node(doc, item)->next) {
        struct pl_candidate c = {.name = above->name, .index = above->index};
        enum pl_status status = read_candidate(w->room, doc, item, &c, err);
        if (!status) {
            status = is_one_of(c.type, INDEX_TYPES) ? enter_index(w, &c, depth, err)
                                                    : pl_candidates_add(w->list, &c, err);
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* Lambda refuses an index, and every index is one, however little it holds. */
static PL_STATUS judge_index(struct pl_image_room *room, const struct pl_candidates *list,
                             const struct pl_candidate *chosen, struct pl_err *err)
{
    uint32_t platforms = 0;
    uint32_t attestations = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct pl_candidate *c = &list->at[i];
        bool beside =
            c->index == chosen->index && (chosen->index > 0 || pl_slice_eq(c->name, chosen->name) ||
                                          (c->attestation && c->name.len == 0));
        attestations += beside && c->attestation ? 1 : 0;
        platforms += beside && !c->attestation ? 1 : 0;
    }
    struct pl_slice none = {0};
    if (attestations > 0 && pl_image_say_fmt(room, PL_IMAGE_ATTESTATION, PL_IMAGE_NO_LAYER, none,
                                             err, "%u beside the image", attestations) != PL_OK) {
        return err->code;
    }
    bool is_index = platforms > 1 || (chosen->index > 0 && attestations == 0);
    return is_index ? pl_image_say_fmt(room, PL_IMAGE_INDEX, PL_IMAGE_NO_LAYER, none, err,
                                       "%u platform%s", platforms, platforms == 1 ? "" : "s")
                    : PL_OK;
}

/* ---------------------------------------------------------------- one image */

static PL_STATUS say_type(struct pl_image_room *room, struct pl_slice type, const char *of,
                          uint32_t layer, struct pl_err *err)
{
    return pl_image_say_fmt(room, PL_IMAGE_MEDIA_TYPE, layer, type, err, "of the %s", of);
}

static PL_STATUS judge_layer_type(struct pl_image_room *room, struct pl_slice type, uint32_t layer,
                                  struct pl_err *err)
{
    if (is_one_of(type, FOREIGN_TYPES)) {
        return pl_image_say_fmt(room, PL_IMAGE_FOREIGN, layer, type, err, "of a layer");
    }
    if (is_one_of(type, LAYER_TYPES) || is_one_of(type, DOUBTFUL_TYPES)) {
        return PL_OK;
    }
    return say_type(room, type, "layer", layer, err);
}

static PL_STATUS read_layer(struct pl_image_room *room, const struct pl_doc *doc, uint32_t item,
                            struct pl_err *err)
{
    struct pl_image_layer layer = {.declared = size_of(doc, item)};
    enum pl_status status = pl_image_text(room, doc, item, "digest", &layer.digest, err);
    status = status ? status : pl_image_text(room, doc, item, "mediaType", &layer.media_type, err);
    status = status ? status : pl_image_blob_name(room, layer.digest, &layer.blob, err);
    status = status ? status : judge_layer_type(room, layer.media_type, room->image.n_layer, err);
    return status ? status : pl_image_add_layer(room, &layer, err);
}

static PL_STATUS read_layers(struct pl_image_room *room, const struct pl_doc *doc,
                             struct pl_err *err)
{
    uint32_t list = pl_doc_get(doc, doc->root, "layers");
    uint32_t item = pl_doc_node(doc, list)->child;
    for (; item != PL_NODE_NONE; item = pl_doc_node(doc, item)->next) {
        if (read_layer(room, doc, item, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS read_parts(struct pl_image_room *room, const struct pl_doc *doc,
                            struct pl_err *err)
{
    struct pl_image *image = &room->image;
    struct pl_slice digest;
    struct pl_slice blob;
    uint32_t config = pl_doc_get(doc, doc->root, "config");
    enum pl_status status = pl_image_text(room, doc, config, "digest", &digest, err);
    status =
        status ? status : pl_image_text(room, doc, config, "mediaType", &image->config_type, err);
    status = status ? status : pl_image_blob_name(room, digest, &blob, err);
    if (!status && !is_one_of(image->config_type, CONFIG_TYPES)) {
        status = say_type(room, image->config_type, "configuration", PL_IMAGE_NO_LAYER, err);
    }
    status = status ? status : pl_image_read_config(room, blob, digest, err);
    return status ? status : read_layers(room, doc, err);
}

static PL_STATUS read_manifest(struct pl_image_room *room, const struct pl_candidate *c,
                               struct pl_err *err)
{
    struct pl_image *image = &room->image;
    struct pl_doc doc = {0};
    struct pl_slice blob;
    image->name = c->name;
    image->digest = c->digest;
    image->manifest_type = c->type;
    if (pl_image_blob_name(room, c->digest, &blob, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status =
        pl_image_read_json(room, blob, c->digest, &doc, &image->manifest_bytes, err);
    if (status == PL_ERR_MISSING) {
        return missing_blob(room, c->digest, "the image's manifest", err);
    }
    if (status != PL_OK) {
        return pl_err_wrap(err, "%s: the manifest %.*s", room->path, (int)c->digest.len,
                           c->digest.ptr);
    }
    if (c->size > 0 && c->size != image->manifest_bytes) {
        status = pl_image_say_fmt(room, PL_IMAGE_BLOB_SIZE, PL_IMAGE_NO_LAYER, c->digest, err,
                                  "the manifest has %llu bytes, not %llu",
                                  (unsigned long long)image->manifest_bytes,
                                  (unsigned long long)c->size);
    }
    if (!status && !is_one_of(c->type, MANIFEST_TYPES)) {
        status = say_type(room, c->type, "manifest", PL_IMAGE_NO_LAYER, err);
    }
    status = status ? status : read_parts(room, &doc, err);
    pl_doc_done(&doc);
    return status;
}

static PL_STATUS choose_oci(struct pl_image_room *room, const struct pl_doc *index,
                            const struct pl_image_options *options, struct pl_err *err)
{
    struct pl_candidates list = {0};
    struct index_walk walk = {room, &list};
    const struct pl_candidate top = {0};
    const struct pl_candidate *chosen = NULL;
    enum pl_status status = walk_index(&walk, index, &top, 0, err);
    status = status ? status : pl_candidates_choose(room, &list, options, &chosen, err);
    status = status ? status : judge_index(room, &list, chosen, err);
    status = status ? status : read_manifest(room, chosen, err);
    free(list.at);
    return status;
}

PL_STATUS pl_image_choose(struct pl_image_room *room, const struct pl_image_options *options,
                          struct pl_err *err)
{
    struct pl_doc index = {0};
    bool docker = false;
    bool oci = false;
    if (pl_store_has(&room->store, PL_SLICE("manifest.json"), &docker, err) != PL_OK ||
        pl_store_has(&room->store, PL_SLICE("index.json"), &oci, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice none = {0};
    if (!docker && !oci) {
        return pl_err_set(
            err, PL_ERR_FORMAT, "%s: neither index.json nor manifest.json is in it%s%s", room->path,
            room->store.damaged ? ": " : "", room->store.damaged ? room->store.why.msg : "");
    }
    if (oci) {
        if (pl_image_read_json(room, PL_SLICE("index.json"), none, &index, NULL, err) != PL_OK) {
            return pl_err_wrap(err, "%s: index.json", room->path);
        }
        bool empty = pl_doc_count(&index, pl_doc_get(&index, index.root, "manifests")) == 0;
        if (!empty || !docker) {
            room->image.form = docker ? PL_IMAGE_HYBRID : PL_IMAGE_OCI;
            enum pl_status status = choose_oci(room, &index, options, err);
            pl_doc_done(&index);
            return status;
        }
        pl_doc_done(&index);
    }
    room->image.form = PL_IMAGE_DOCKER;
    return pl_image_choose_docker(room, options, err);
}
