/*
 * New nodes in a document that is there: what another tool's file says is written anew in
 * CloudFormation's words, so that one reader serves all.  Every new node keeps the place of the one
 * that it came from.
 *
 * Failure is sticky: after the first one every call does nothing, and pl_graft_status tells.  Node
 * pointers do not outlive a call here.  Private to pkg/project.
 */
#ifndef PL_PKG_PROJECT_GRAFT_H
#define PL_PKG_PROJECT_GRAFT_H

#include "pkg/base/doc.h"

/* Tags of nodes for the template reader: a value as it stands, without intrinsic functions; and one
 * that is not known here. */
#define PL_GRAFT_LITERAL "!plimsoll:literal"
#define PL_GRAFT_UNKNOWN "!plimsoll:unknown"

struct pl_graft {
    struct pl_doc *doc;
    struct pl_arena *arena; /* of texts that are made */
    struct pl_err *err;
    size_t cap;
    bool failed;
};

/* A map or list that grows at its end. */
struct pl_graft_list {
    uint32_t node, last;
};

void pl_graft_begin(struct pl_graft *graft, struct pl_doc *doc, struct pl_arena *arena,
                    struct pl_err *err);
PL_STATUS pl_graft_status(const struct pl_graft *graft);

struct pl_graft_list pl_graft_map(struct pl_graft *graft, struct pl_pos at);
struct pl_graft_list pl_graft_seq(struct pl_graft *graft, struct pl_pos at);
/* `text` must live as long as the document. */
uint32_t pl_graft_text(struct pl_graft *graft, struct pl_slice text, struct pl_pos at);
uint32_t pl_graft_fmt(struct pl_graft *graft, struct pl_pos at, const char *fmt, ...)
    PL_PRINTF(3, 4);
/* Of a value that is not known here. */
uint32_t pl_graft_unknown(struct pl_graft *graft, struct pl_pos at);
/* The node once more, with the same children, to stand elsewhere; `tag` NULL keeps its own. */
uint32_t pl_graft_copy(struct pl_graft *graft, uint32_t node, const char *tag);
/* {name: value} */
uint32_t pl_graft_call(struct pl_graft *graft, const char *name, struct pl_slice text,
                       struct pl_pos at);

/* Appends; PL_NODE_NONE as the value leaves the pair out. */
void pl_graft_add(struct pl_graft *graft, struct pl_graft_list *seq, uint32_t value);
void pl_graft_put(struct pl_graft *graft, struct pl_graft_list *map, const char *key,
                  uint32_t value);
void pl_graft_put_at(struct pl_graft *graft, struct pl_graft_list *map, struct pl_slice key,
                     struct pl_pos at, uint32_t value);

#endif
