/* What stands at a path, by its content. */
#ifndef PL_PKG_SURVEY_RECOGNISE_H
#define PL_PKG_SURVEY_RECOGNISE_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"

#include <stdbool.h>

/* Recognises a path by its content, never by extension alone. */
enum pl_path_kind {
    PL_PATH_ZIP,
    PL_PATH_FOLDER,
    PL_PATH_MANIFEST,
    PL_PATH_TEMPLATE,
    PL_PATH_SIDECAR, /* of a ZIP: it lists what is in it */
    PL_PATH_IMAGE,   /* a container image: an archive, or an OCI layout that is a folder */
    PL_PATH_OTHER,
    PL_PATH_UNREADABLE /* *err says why; PL_ERR_MISSING: nothing is there */
};
/* *ret_what, static, is set for OTHER: "HTML text", "a gzip file", "an empty file" ... */
enum pl_path_kind pl_survey_recognise(const char *path, const char **ret_what, struct pl_err *err);

/* The same for the bytes themselves: the start of a file that is neither a ZIP nor a manifest. */
const char *pl_survey_what(struct pl_slice start);

/* Is this ZIP what `terraform plan -out` writes? */
bool pl_survey_is_stored_plan(const char *path);
/* A layer by its content: nothing but folders that runtimes look for below /opt. */
struct pl_tree;
bool pl_survey_is_layer(const struct pl_tree *tree);

#endif
