/*
 * YAML and JSON documents as one kind of tree, every node with the place it came from.
 *
 * Bounds (pkg/base/limits.h): input size, depth, number of nodes, number and expansion of aliases.
 * Everything wrong with a document is PL_ERR_CONFIG with "name:line:column: message".
 */
#ifndef PL_PKG_BASE_DOC_H
#define PL_PKG_BASE_DOC_H

#include "pkg/base/arena.h"
#include "pkg/base/err.h"
#include "pkg/base/slice.h"

/* A place in a source file.  line and col count from 1, col in bytes; file 0 is an option on the
 * command line or a service default (then line is 0). */
struct pl_pos {
    uint32_t file, line, col, len;
};

enum pl_node_kind { PL_NODE_NULL, PL_NODE_SCALAR, PL_NODE_SEQ, PL_NODE_MAP };

enum { PL_NODE_NONE = 0 }; /* node 0 is a null node that nothing contains */

struct pl_node {
    uint8_t kind;         /* enum pl_node_kind; a plain YAML ~, null or empty value is NULL */
    uint8_t quoted;       /* a string on purpose: YAML quotes or block scalar, JSON string */
    struct pl_slice tag;  /* "!Sub" as written, or empty */
    struct pl_slice text; /* SCALAR: the value, unescaped */
    struct pl_pos at;
    uint32_t child; /* SEQ: first item; MAP: first key, whose next is its value, and so on */
    uint32_t next;  /* PL_NODE_NONE at the end */
};

/* Lines of one text, behind its first: a # in them begins no comment. */
struct pl_doc_lines {
    uint32_t first, last;
};

struct pl_doc {
    struct pl_node *node; /* [0] is the null node; owned */
    uint32_t n;
    uint32_t root;
    struct pl_doc_lines *text; /* YAML texts of several lines, ascending; owned */
    uint32_t n_text;
    struct pl_doc_big *big; /* maps of many keys, for pl_doc_find; owned */
    uint32_t n_big;
    struct pl_doc_key *key; /* theirs; owned */
    struct pl_arena arena;  /* texts */
};

/* `text` need not outlive the call; `name` is what messages call the file.  Refuses duplicate keys,
 * several documents, tabs as indentation, cycles of aliases, invalid UTF-8, keys that are no
 * scalars.  An empty YAML document is a null root; empty JSON is refused.  Keys are always SCALAR,
 * whatever they look like.  An alias is a copy that keeps the places of its anchor; what a YAML
 * merge key (<<) brings stands behind the map's own keys. */
PL_STATUS pl_yaml_parse(struct pl_doc *ret, struct pl_slice text, uint32_t file, const char *name,
                        struct pl_err *err);
PL_STATUS pl_json_parse(struct pl_doc *ret, struct pl_slice text, uint32_t file, const char *name,
                        struct pl_err *err);
void pl_doc_done(struct pl_doc *doc);

/* The node; index 0 or out of range is the null node. */
const struct pl_node *pl_doc_node(const struct pl_doc *doc, uint32_t node);
/* Value of `key` in a map, PL_NODE_NONE when it is no map or has no such key. */
uint32_t pl_doc_get(const struct pl_doc *doc, uint32_t map, const char *key);
uint32_t pl_doc_find(const struct pl_doc *doc, uint32_t map, struct pl_slice key);
/* Items of a SEQ, pairs of a MAP. */
uint32_t pl_doc_count(const struct pl_doc *doc, uint32_t node);

/* Does the line belong to a text of several lines? */
bool pl_doc_is_text(const struct pl_doc *doc, uint32_t line);

/* Plain (unquoted) true/false in any of YAML 1.2's spellings (true, True, TRUE). */
bool pl_node_bool(const struct pl_node *node, bool *ret);
/* Plain decimal integer with optional sign. */
bool pl_node_int(const struct pl_node *node, int64_t *ret);

#endif
