/*
 * Findings that are accepted by a comment of a YAML file: `# plimsoll: ignore=RULE,... REASON`,
 * alone on its line, optionally with `expires=YYYY-MM-DD` before the reason.  Private to
 * pkg/project.
 *
 * A comment is about the function or layer that the next line with content stands in, be that its
 * name or any line below it; in a template it may be another resource, and then it is about what is
 * said of its lines.
 */
#ifndef PL_PKG_PROJECT_COMMENT_H
#define PL_PKG_PROJECT_COMMENT_H

#include "pkg/project/project.h"

struct pl_comment {
    struct pl_lint_ignore ignore; /* of one rule; its function or layer is not set */
    uint32_t line;                /* the next one with content; 0: none follows */
    uint32_t node;                /* what it is about, for the reader's use */
    bool is_used;                 /* a function or layer has taken it */
};

struct pl_comments {
    struct pl_comment *at; /* of the project's arena */
    uint32_t n;
    size_t cap;
};

/* All of file number `file`, in order.  One that names no rule or no reason is PL_ERR_CONFIG. */
PL_STATUS pl_comments_read(struct pl_comments *ret, struct pl_project *project,
                           const struct pl_doc *doc, uint32_t file, struct pl_err *err);
/* The key in `map` that a line stands at or below, when the line is in the section `name` of the
 * document; PL_NODE_NONE: in none. */
uint32_t pl_comment_section(const struct pl_doc *doc, const char *name, uint32_t line);
/* The last key of a map that begins at or before the line; of several on it the first. */
uint32_t pl_comment_key(const struct pl_doc *doc, uint32_t map, uint32_t line);
/* Adds the ignore for one function or layer (`is_layer`). */
PL_STATUS pl_comment_take(struct pl_comment *comment, struct pl_project *project,
                          struct pl_slice id, bool is_layer, struct pl_err *err);
/* Adds those that nothing has taken as ignores of their lines; without any they match nothing,
 * which is said of them. */
PL_STATUS pl_comments_leave(const struct pl_comments *comments, struct pl_project *project,
                            struct pl_err *err);

#endif
