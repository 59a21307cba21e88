/*
 * What `cdk synth` writes: a cloud assembly, usually cdk.out, with the templates of its stacks, of
 * stacks that those nest, and of stages, which are assemblies below it.  What a folder holds
 * besides (assets of an earlier run) is not part of it. The format: aws-cdk's
 * cloud-assembly-schema, read 2026-11.
 */
#ifndef PL_PKG_PROJECT_ASSEMBLY_H
#define PL_PKG_PROJECT_ASSEMBLY_H

#include "pkg/base/arena.h"
#include "pkg/base/err.h"
#include "pkg/base/slice.h"

#include <stdbool.h>

/* A file that the CDK uploads. */
struct pl_asset {
    struct pl_slice key;  /* in S3, without what stands behind the last dot: its hash; or a tag */
    struct pl_slice path; /* from the assembly's folder, NUL behind */
};

struct pl_assembly_seen {
    uint64_t dev, ino;
};

struct pl_assembly {
    struct pl_slice *template_; /* paths from the current folder, NUL behind */
    size_t n_template, cap_template;
    struct pl_asset *asset; /* of this folder's stacks */
    size_t n_asset, cap_asset;
    struct pl_asset *image; /* archives of container images, by the tag that they will have */
    size_t n_image, cap_image;
    struct pl_arena arena;         /* texts */
    struct pl_assembly_seen *seen; /* owned; manifests that were read */
    size_t n_seen, cap_seen;
    uint64_t read_bytes; /* of them */
};

/* Is the folder an assembly, by its manifest.json? */
PL_STATUS pl_assembly_recognise(const char *folder, bool *ret, struct pl_err *err);
/* `deep`: stages too, and the templates; else the assets alone. */
PL_STATUS pl_assembly_read(struct pl_assembly *ret, const char *folder, bool deep,
                           struct pl_err *err);
void pl_assembly_done(struct pl_assembly *assembly);

#endif
