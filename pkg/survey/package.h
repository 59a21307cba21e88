/* A package (a function's code or a layer), opened once, whoever uses it. */
#ifndef PL_PKG_SURVEY_PACKAGE_H
#define PL_PKG_SURVEY_PACKAGE_H

#include "pkg/archive/tree.h"
#include "pkg/base/digest.h"
#include "pkg/project/project.h"

enum pl_package_kind {
    PL_KIND_NONE,    /* could not be recognised: an issue or error says why */
    PL_KIND_ZIP,
    PL_KIND_FOLDER,
    PL_KIND_PLAN,    /* what pack would build */
    PL_KIND_NOT_ZIP  /* a file that is said to be a package and is none */
};

struct pl_package {
    struct pl_slice path;     /* as given; for reports */
    uint8_t kind;             /* enum pl_package_kind */
    uint8_t state;            /* enum pl_package_state */
    const char *state_why;    /* static: "not built: run plimsoll pack" */
    struct pl_tree tree;
    uint8_t *read_state;      /* enum pl_read_state by entry, after the first look */
    uint64_t zipped_bytes;    /* 0 and zipped_known false for folders and plans */
    bool zipped_known;
    uint64_t unpacked_bytes;
    unsigned char sha256[PL_SHA256_SIZE]; /* of the ZIP file */
    bool sha256_known;
    bool failed;              /* it could not be read or analysed to the end: PL001, exit 3 */
    struct pl_err why;        /* then: the reason */
    const char *what_is_it;   /* NOT_ZIP, static: "HTML text", "a gzip file", "an empty file" ... */
    struct pl_arena arena;
};

#endif
