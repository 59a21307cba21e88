/*
 * plimsoll.yaml: the manifest (DESIGN.md, plimsoll.yaml(5)).  Every mistake is PL_ERR_CONFIG with
 * "file:line:col: message" and the nearest known word: unknown keys, wrong types, empty names,
 * names that are no file names, references to layers that do not exist, the same name twice.
 */
#ifndef PL_PKG_PROJECT_MANIFEST_H
#define PL_PKG_PROJECT_MANIFEST_H

#include "pkg/base/buf.h"
#include "pkg/project/project.h"

/* Cheap: is this YAML document (already parsed) one of ours? */
bool pl_manifest_recognise(const struct pl_doc *doc);

/* Reads `path`; relative paths in it start from its folder.  Our version is checked against
 * `requires`. */
PL_STATUS pl_manifest_read(struct pl_project *ret, const char *path, struct pl_err *err);

/* What is wrong with a manifest, in the order of its lines.  More than so many are not told. */
enum { PL_MANIFEST_MISTAKES = 20 };
struct pl_manifest_mistakes {
    struct pl_err at[PL_MANIFEST_MISTAKES];
    struct pl_pos pos[PL_MANIFEST_MISTAKES];
    size_t n;
    bool more;
    /* More to look for in what could be read, or NULL; adds with pl_manifest_mistake. */
    void (*also)(struct pl_manifest_mistakes *mistakes, const struct pl_project *project);
};
void pl_manifest_mistake(struct pl_manifest_mistakes *mistakes, struct pl_pos pos,
                         const struct pl_err *what);
/* As pl_manifest_read, and does not stop at the first mistake; that one is in *err, too.
 * `mistakes` holds nothing but `also` before; NULL: the first will do. */
PL_STATUS pl_manifest_read_all(struct pl_project *ret, const char *path,
                               struct pl_manifest_mistakes *mistakes, struct pl_err *err);
/* The same from a text that was read already; `path` names it, and its folder is where relative
 * paths start. */
PL_STATUS pl_manifest_parse(struct pl_project *ret, const char *path, struct pl_slice text,
                            struct pl_err *err);

/* The nearest plimsoll.yaml from the folder of `start` upwards, not above a folder that has a .git;
 * *ret is NULL when there is none, else owned. */
PL_STATUS pl_manifest_find(const char *start, char **ret, struct pl_err *err);

/* What keys there are: for the JSON Schema, the manual and completion. */
struct pl_manifest_key {
    const char *where; /* "", "defaults", "functions.*", "functions.*.layers.*", "layers.*",
                          "source", "source.text", "lint" */
    const char *key;
    const char *type; /* "string", "list of strings", ... */
    const char *help; /* one line, no final stop */
};
const struct pl_manifest_key *pl_manifest_keys(size_t *ret_n);
/* The part of plimsoll.yaml(5) that lists them. */
PL_STATUS pl_manifest_keys_mdoc(struct pl_buf *to, struct pl_err *err);

#endif
