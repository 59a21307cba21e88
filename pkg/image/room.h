/* What the files of pkg/image share: an image while it is read, and after.  Private to pkg/image.
 */
#ifndef PL_PKG_IMAGE_ROOM_H
#define PL_PKG_IMAGE_ROOM_H

#include "pkg/base/doc.h"
#include "pkg/image/image.h"
#include "pkg/image/store.h"
#include "pkg/image/tar.h"

#define IMAGE_MAX_LAYERS    2000u
#define IMAGE_MAX_MANIFESTS 1000u
#define IMAGE_MAX_ISSUES    1000u
/* Names and links of one layer, and of the flattened tree. */
#define IMAGE_ARENA_BYTES PL_MAX_NAMES_BYTES
/* Lambda takes 10 GB; what unpacks to more than this is not read on. */
#define IMAGE_MAX_UNPACKED (UINT64_C(64) << 30)
/* Kept of one kind of issue. */
enum { IMAGE_ISSUES_OF_KIND = 20, IMAGE_MAX_INDEX_DEPTH = 4 };

/* An entry of a layer. */
struct pl_layer_entry {
    struct pl_slice name, link; /* tidy; a hard link's `link` is tidy too */
    uint64_t size, data, stored, uid, gid;
    int64_t mtime;
    const struct pl_tar_run *run;
    uint32_t n_run;
    uint32_t layer;
    int32_t mode;
    uint8_t type; /* enum pl_tar_type */
    bool sparse, outside;
};

/* A layer while it is read: entries, and marks for the second look. */
struct pl_layer_state {
    struct pl_layer_entry *entry; /* owned */
    size_t n, cap;
    struct pl_marks marks;
    struct pl_arena arena;
    struct pl_image_issue found[4]; /* of the reading itself */
    uint32_t n_found;
    struct pl_slice type_name; /* the first entry of an odd type */
    uint32_t n_type;
    bool names_api;
};

/* pl_tree.self of an image. */
struct pl_image_room {
    struct pl_image image;
    struct pl_store store;
    struct pl_layer_state *state;       /* owned; by layer */
    const struct pl_layer_entry **side; /* owned; by pl_entry.stored; NULL: implied */
    uint32_t n_side;
    uint32_t of_kind[PL_IMAGE_ISSUE_COUNT];
    size_t cap_issue, cap_layer;
    char *path; /* owned */
    struct pl_arena arena;
};

/* Sizes are what a hostile tar declares: they add up without wrapping. */
static inline uint64_t pl_image_sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

PL_STATUS pl_image_say(struct pl_image_room *room, const struct pl_image_issue *issue,
                       struct pl_err *err);
PL_STATUS pl_image_say_fmt(struct pl_image_room *room, enum pl_image_issue_kind what,
                           uint32_t layer, struct pl_slice name, struct pl_err *err,
                           const char *fmt, ...) PL_PRINTF(6, 7);

/* manifest.c: chooses the image and fills name, config and layers. */
PL_STATUS pl_image_choose(struct pl_image_room *room, const struct pl_image_options *options,
                          struct pl_err *err);
/* docker.c: the manifest.json of `docker save`. */
PL_STATUS pl_image_choose_docker(struct pl_image_room *room, const struct pl_image_options *options,
                                 struct pl_err *err);
/* config.c */
PL_STATUS pl_image_read_config(struct pl_image_room *room, struct pl_slice name,
                               struct pl_slice digest, struct pl_err *err);
PL_STATUS pl_image_add_layer(struct pl_image_room *room, const struct pl_image_layer *layer,
                             struct pl_err *err);
/* A JSON document of the container, held against `digest` (empty: none is known); *ret_bytes is its
 * size, NULL: nobody asks.  PL_ERR_MISSING, PL_ERR_LIMIT, PL_ERR_FORMAT. */
PL_STATUS pl_image_read_json(struct pl_image_room *room, struct pl_slice name,
                             struct pl_slice digest, struct pl_doc *ret, uint64_t *ret_bytes,
                             struct pl_err *err);
/* "blobs/sha256/HEX" in the arena; empty when the digest is none that names a blob. */
PL_STATUS pl_image_blob_name(struct pl_image_room *room, struct pl_slice digest,
                             struct pl_slice *ret, struct pl_err *err);
/* The text of a string member, copied into the room's arena; empty when there is none. */
PL_STATUS pl_image_text(struct pl_image_room *room, const struct pl_doc *doc, uint32_t map,
                        const char *key, struct pl_slice *ret, struct pl_err *err);
/* "name:tag" and its like: does the wanted text mean this reference? */
bool pl_image_is_named(struct pl_slice reference, struct pl_slice want);
/* "sha256:<64 hex digits>": the hex part; empty otherwise. */
struct pl_slice pl_image_hex(struct pl_slice digest);

/* layer.c: reads every layer, in parallel. */
PL_STATUS pl_image_read_layers(struct pl_image_room *room, unsigned workers, struct pl_err *err);
/* flatten.c: lays them over each other. */
PL_STATUS pl_image_flatten(struct pl_image_room *room, struct pl_tree *tree, struct pl_err *err);

#endif
