/* A package (a function's code or a layer), opened once, whoever uses it. */
#ifndef PL_PKG_SURVEY_PACKAGE_H
#define PL_PKG_SURVEY_PACKAGE_H

#include "pkg/archive/tree.h"
#include "pkg/base/digest.h"
#include "pkg/image/image.h"
#include "pkg/inspect/marks.h"
#include "pkg/project/project.h"
#include "pkg/survey/native.h"

enum pl_package_kind {
    PL_KIND_NONE, /* could not be recognised: an issue or error says why */
    PL_KIND_ZIP,
    PL_KIND_FOLDER,
    PL_KIND_PLAN,   /* what pack would build */
    PL_KIND_LIST,   /* a sidecar: what is in it is known, but not what is in its files */
    PL_KIND_IMAGE,  /* a container image, as one root file system */
    PL_KIND_NOT_ZIP /* a file that is said to be a package and is none */
};

struct pl_package {
    struct pl_slice path;  /* as given; for reports */
    uint8_t kind;          /* enum pl_package_kind */
    uint8_t state;         /* enum pl_package_state */
    const char *state_why; /* borrowed: "not built: run plimsoll pack" */
    bool is_plain;         /* SOURCE: a build adds files, and leaves the handler's where it is */
    struct pl_tree tree;
    uint8_t *read_state;    /* enum pl_read_state by entry, after the first look */
    struct pl_marks *marks; /* by entry: what the start of each file gives away */
    bool *installed;        /* by entry: a RECORD lists it; NULL: asked for no entry.  See below */
    struct pl_native *native; /* native code, sorted by entry, after the first look */
    uint32_t n_native;
    struct pl_dist_file *dist; /* RECORD and WHEEL files, sorted by entry, after the first look */
    uint32_t n_dist;
    struct pl_jar_native *jar; /* native libraries inside jars, sorted by the jars' entries */
    uint32_t n_jar;
    struct pl_class_version *newer; /* class files newer than Java 8, sorted by entry */
    uint32_t n_newer;
    uint32_t n_class;      /* class files in the package itself */
    uint64_t zipped_bytes; /* 0 and zipped_known false for folders and plans */
    bool zipped_known;
    uint64_t unpacked_bytes;
    unsigned char sha256[PL_SHA256_SIZE]; /* of the ZIP file */
    bool sha256_known;
    const struct pl_image *image; /* IMAGE: borrowed from the tree */
    bool deferred;                /* pl_package_complete has still to read it */
    bool failed;                  /* it could not be read or analysed to the end: PL001, exit 3 */
    struct pl_err why;            /* then: the reason */
    const char *what_is_it; /* NOT_ZIP, static: "HTML text", "a gzip file", "an empty file" ... */
    struct pl_arena arena;
};

struct pl_package_options {
    unsigned workers;
    bool hash;                /* sha256 of a ZIP file */
    const char *image_name;   /* which image of several; NULL: any */
    const char *image_prefer; /* which, when none is named */
    enum pl_arch arch;        /* which platform of several */
    uint64_t defer_bytes;     /* what unpacks to more is not read yet, nor are images; 0: all is */
};

/*
 * Opens what stands at `path` (NUL-terminated) and takes the first look: every entry of a ZIP is
 * read once and verified.  What is wrong with the package, or why it could not be looked at, is in
 * *ret; the call itself fails only for lack of memory or when interrupted.
 */
PL_STATUS pl_package_open(struct pl_package *ret, const char *path,
                          const struct pl_package_options *options, struct pl_err *err);
/* Reads what was deferred. */
PL_STATUS pl_package_complete(struct pl_package *package, const struct pl_package_options *options,
                              struct pl_err *err);
/* Takes a plan's tree over, in every case, and takes the first look; `path` names it in reports. */
PL_STATUS pl_package_from_plan(struct pl_package *ret, struct pl_slice path, struct pl_tree *tree,
                               unsigned workers, struct pl_err *err);
/* A package of which only the state is known. */
PL_STATUS pl_package_unbuilt(struct pl_package *ret, struct pl_slice path, const char *state_why,
                             struct pl_err *err);
/* Marks the package as failed. */
void pl_package_fail(struct pl_package *package, const struct pl_err *why);
void pl_package_done(struct pl_package *package);

/* What the first look found of an entry's native code, or NULL. */
const struct pl_native *pl_package_native(const struct pl_package *package, uint32_t entry);
/* Are its entries there to be looked at, as far as the package itself goes? */
bool pl_package_usable(const struct pl_package *package);
/* Was the entry put there by an installer (npm, pip, bundler), not written by the project?  For
 * Python it is known of entries with marks only: what a distribution's RECORD lists. */
bool pl_package_is_installed(const struct pl_package *package, uint32_t entry);

#endif
