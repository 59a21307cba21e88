/* Which of a container's images is meant.  Private to pkg/image. */
#ifndef PL_PKG_IMAGE_MANIFEST_H
#define PL_PKG_IMAGE_MANIFEST_H

#include "pkg/image/room.h"

/* An image that the container holds. */
struct pl_candidate {
    struct pl_slice name;     /* reference; empty: none */
    struct pl_slice digest;   /* OCI */
    struct pl_slice type;     /* media type of its manifest */
    struct pl_slice os, arch; /* empty: not said */
    uint64_t size;            /* of the manifest, as said; 0: not said */
    uint32_t index;           /* the index that names it; 0: index.json itself */
    uint32_t item;            /* DOCKER: place in manifest.json */
    bool attestation;
};

struct pl_candidates {
    struct pl_candidate *at; /* owned */
    size_t n, cap;
    uint32_t n_index; /* indexes met below index.json */
};

PL_STATUS pl_candidates_add(struct pl_candidates *list, const struct pl_candidate *candidate,
                            struct pl_err *err);
/* The one that the options mean. PL_ERR_USAGE lists what there is to choose from. */
PL_STATUS pl_candidates_choose(struct pl_image_room *room, const struct pl_candidates *list,
                               const struct pl_image_options *options,
                               const struct pl_candidate **ret, struct pl_err *err);

#endif
