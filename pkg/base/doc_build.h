/* What the YAML and the JSON reader share while they build a document.  Private to pkg/base. */
#ifndef PL_PKG_BASE_DOC_BUILD_H
#define PL_PKG_BASE_DOC_BUILD_H

#include "pkg/base/doc.h"

struct pl_doc_build {
    struct pl_doc doc;    /* owned until it is handed out */
    size_t cap;           /* of doc.node */
    size_t cap_text;      /* of doc.text */
    struct pl_slice text; /* the source without its byte order mark */
    size_t max_bytes;     /* of the source; 0: PL_MAX_DOC_BYTES */
    uint32_t file;
    const char *name;
    struct pl_err *err;
};

/* Bounds the size, takes the byte order mark off, refuses UTF-16 and what is not UTF-8, makes the
 * null node.  pl_doc_build_done in any case. */
PL_STATUS pl_doc_build_begin(struct pl_doc_build *build, struct pl_slice text);
/* Hands the document out, with what pl_doc_find needs. */
PL_STATUS pl_doc_build_end(struct pl_doc_build *build, uint32_t root, struct pl_doc *ret);
/* Sorts the keys of maps that have many. */
PL_STATUS pl_doc_index(struct pl_doc *doc, struct pl_err *err);
void pl_doc_build_done(struct pl_doc_build *build);

/* PL_ERR_CONFIG with "name:line:col: " in front. */
PL_STATUS pl_doc_fail(struct pl_doc_build *build, struct pl_pos at, const char *fmt, ...)
    PL_PRINTF(3, 4);
/* The place of a byte of the source; counts from its start, so for messages only. */
struct pl_pos pl_doc_place(const struct pl_doc_build *build, size_t offset);

PL_STATUS pl_doc_add(struct pl_doc_build *build, const struct pl_node *node, uint32_t *ret);
/* A copy in the document's arena. */
PL_STATUS pl_doc_text(struct pl_doc_build *build, struct pl_pos at, struct pl_slice text,
                      struct pl_slice *ret);
/* Puts `item` behind `last` in `parent`, or first when `last` is PL_NODE_NONE. */
void pl_doc_link(struct pl_doc_build *build, uint32_t parent, uint32_t last, uint32_t item);
/* Refuses a key that stands twice, naming both places. */
PL_STATUS pl_doc_check_keys(struct pl_doc_build *build, uint32_t map);

#endif
