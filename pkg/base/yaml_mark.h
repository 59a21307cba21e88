/* From libyaml's marks, which count characters, to places in bytes; and its errors in our words.
 * Private to pkg/base. */
#ifndef PL_PKG_BASE_YAML_MARK_H
#define PL_PKG_BASE_YAML_MARK_H

#include "pkg/base/doc_build.h"

#include <yaml.h>

/* A position that walks with the events: they come almost in order, so the whole document costs
 * one pass, even when it is a single line. */
struct pl_yaml_mark {
    struct pl_slice text;
    size_t index;      /* characters before it */
    size_t offset;     /* bytes before it */
    size_t line_start; /* byte */
    uint32_t line;
};

void pl_yaml_mark_init(struct pl_yaml_mark *mark, struct pl_slice text);
/* The place of character `from`; its length reaches to `to` or the end of the line. */
struct pl_pos pl_yaml_mark_range(struct pl_yaml_mark *mark, size_t from, size_t to);
/* What the parser has to say after it failed. */
PL_STATUS pl_yaml_mark_fail(struct pl_yaml_mark *mark, struct pl_doc_build *build,
                            const yaml_parser_t *parser);

#endif
