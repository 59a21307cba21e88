/*
 * A container image as one flattened root file system, with what its manifest and configuration
 * say: archives of `docker save` and `podman save`, OCI layouts as a folder or a tar.
 *
 * Nothing is unpacked and nothing is run.  Layers are read once, side by side, with bounded memory;
 * a single file is read again from where it stands.  What is wrong with the image is an issue;
 * reading it is an error only where nothing more can be said.
 */
#ifndef PL_PKG_IMAGE_IMAGE_H
#define PL_PKG_IMAGE_IMAGE_H

#include "pkg/archive/tree.h"
#include "pkg/lambda/runtimes.h"

/* What was seen: kind, text for people.  Rules PL7 map them to findings. */
#define PL_IMAGE_ISSUE_LIST(X)                                                                 \
    X(PL_IMAGE_CONTAINER_DAMAGED, "the archive cannot be read to its end")                     \
    X(PL_IMAGE_BLOB_MISSING, "a blob that the image names is not there")                       \
    X(PL_IMAGE_BLOB_SIZE, "a blob has another size than the image says")                       \
    X(PL_IMAGE_BLOB_DIGEST, "a blob's contents do not match its digest")                       \
    X(PL_IMAGE_DIFF_ID, "a layer's contents do not match the digest in the configuration")     \
    X(PL_IMAGE_LAYER_COUNT, "the configuration counts other layers than the manifest")         \
    X(PL_IMAGE_LAYER_DAMAGED, "a layer cannot be read to its end")                             \
    X(PL_IMAGE_CONFIG_BAD, "the configuration cannot be read")                                 \
    X(PL_IMAGE_NAME_OUTSIDE, "a path leaves the image")                                        \
    X(PL_IMAGE_HARD_LINK, "a hard link to something that is not there")                        \
    X(PL_IMAGE_PARENT, "a file comes before the folder that it stands in")                     \
    X(PL_IMAGE_PARENT_FILE, "a file stands where another entry needs a folder")                \
    X(PL_IMAGE_WHITEOUT, "a whiteout without a name")                                          \
    X(PL_IMAGE_TYPE, "an entry of a kind that no image may have")                              \
    X(PL_IMAGE_PACKING, "a layer packed in a way that Lambda is not known to take")            \
    X(PL_IMAGE_PACKING_TYPE, "a layer that is packed in another way than its media type says") \
    X(PL_IMAGE_MEDIA_TYPE, "a media type that Lambda does not take")                           \
    X(PL_IMAGE_FOREIGN, "a layer that is not part of the image but is fetched from elsewhere") \
    X(PL_IMAGE_INDEX, "an index of several platforms")                                         \
    X(PL_IMAGE_ATTESTATION, "an index with an attestation beside the image")                   \
    X(PL_IMAGE_MANIFEST_LARGE, "a large manifest")                                             \
    X(PL_IMAGE_TOO_MUCH, "more comes out of the layers than we read")

enum pl_image_issue_kind {
#define PL_IMAGE_ISSUE_ENUM(kind, text) kind,
    PL_IMAGE_ISSUE_LIST(PL_IMAGE_ISSUE_ENUM)
#undef PL_IMAGE_ISSUE_ENUM
        PL_IMAGE_ISSUE_COUNT
};
const char *pl_image_issue_text(enum pl_image_issue_kind what);

#define PL_IMAGE_NO_LAYER UINT32_MAX
struct pl_image_issue {
    uint8_t what;           /* enum pl_image_issue_kind */
    uint32_t layer;         /* index, or PL_IMAGE_NO_LAYER */
    struct pl_slice name;   /* entry, blob or media type; raw bytes */
    struct pl_slice detail; /* a clause; may be empty */
    uint32_t more;          /* further ones of the kind that are not kept */
};

enum pl_image_packing { PL_IMAGE_TAR, PL_IMAGE_GZIP, PL_IMAGE_ZSTD };

struct pl_image_layer {
    struct pl_slice blob;       /* name in the container */
    struct pl_slice digest;     /* "sha256:..." as the manifest says; empty: it does not */
    struct pl_slice diff_id;    /* as the configuration says; empty: it does not */
    struct pl_slice media_type; /* empty: a docker archive, which has none */
    uint64_t declared;          /* bytes, as the manifest says; 0: it does not */
    uint64_t packed;            /* bytes of the blob */
    uint64_t unpacked;          /* bytes of the tar */
    uint64_t files;             /* bytes of the files in it */
    uint32_t n_entry;
    uint8_t packing; /* enum pl_image_packing */
    bool whole;      /* it was read to its end */
};

struct pl_image_texts {
    struct pl_slice *at;
    uint32_t n;
    bool there; /* false: the configuration does not have it at all */
};

/* Of the image's configuration, what decides how it runs (OCI image specification, config.md). */
struct pl_image_config {
    struct pl_slice os, architecture, variant;
    struct pl_slice user, workdir, stop_signal;
    struct pl_image_texts entrypoint, cmd, env; /* env: "KEY=VALUE", never to be printed */
    struct pl_image_texts diff_ids;
    uint32_t n_history; /* entries that made a layer */
    bool exposes, has_volumes, has_healthcheck;
    bool known; /* it was there and could be read */
};

enum pl_image_form { PL_IMAGE_DOCKER, PL_IMAGE_OCI, PL_IMAGE_HYBRID };

struct pl_image {
    uint8_t form;           /* enum pl_image_form */
    bool folder;            /* an OCI layout that is a folder */
    struct pl_slice name;   /* reference, or empty */
    struct pl_slice digest; /* of the manifest, or empty */
    struct pl_slice manifest_type, config_type;
    uint64_t manifest_bytes;
    uint32_t n_image; /* that the container holds, attestations left out */
    struct pl_image_config config;
    struct pl_image_layer *layer; /* bottom first */
    uint32_t n_layer;
    uint64_t packed_bytes;   /* of all layers */
    uint64_t unpacked_bytes; /* of all layers' tars: what counts for the limit of 10 GB */
    uint64_t squashed_bytes; /* of the files that are left at the end */
    bool whole;              /* every layer was read to its end */
    bool names_api;          /* some file, as it stands there, has AWS_LAMBDA_RUNTIME_API in it */
    struct pl_image_issue *issue;
    uint32_t n_issue;
};

struct pl_image_options {
    const char *name;   /* reference, platform ("linux/arm64") or digest; NULL: any */
    const char *prefer; /* reference, where several are there and none is named; NULL: none */
    enum pl_arch arch;  /* preferred where an index has several; UNKNOWN: x86_64 is */
    unsigned workers;
};

/* Is this tar or folder an image?  By its contents.  An error is a file that could not be looked
 * into, never one that is something else. */
PL_STATUS pl_image_recognise(const char *path, bool *ret, struct pl_err *err);

/*
 * Opens an image as a tree: names without a leading '/', links as they are, whiteouts applied.
 * *ret_image is borrowed from the tree.  PL_ERR_FORMAT: no image.  PL_ERR_USAGE: it holds several,
 * or not the one that was asked for; the message lists them.
 */
PL_STATUS pl_image_open(struct pl_tree *ret, const struct pl_image **ret_image, const char *path,
                        const struct pl_image_options *options, struct pl_err *err);

/* Owner and last layer of an entry of such a tree. */
struct pl_image_owner {
    uint64_t uid, gid;
    uint32_t layer;
};
struct pl_image_owner pl_image_owner_of(const struct pl_tree *tree, uint32_t entry);

/* Hands the bytes of a file to `take`, piece by piece. */
typedef PL_STATUS (*pl_image_take)(void *ctx, struct pl_slice bytes, struct pl_err *err);
PL_STATUS pl_image_read(const struct pl_tree *tree, uint32_t entry, pl_image_take take, void *ctx,
                        struct pl_err *err);

#endif
