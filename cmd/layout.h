/* Paragraphs for people: words set between two columns. */
#ifndef PL_CMD_LAYOUT_H
#define PL_CMD_LAYOUT_H

#include "pkg/base/buf.h"

/* Where words go. */
struct pl_column {
    unsigned from;  /* blanks before every line but the first */
    unsigned width; /* no line is longer, unless one word is */
};

/* Appends the words of `text`, the first one right where the line stands (which must be
 * column->from), then a line end.  A newline in `text` stays one. */
PL_STATUS pl_layout_words(struct pl_buf *to, const struct pl_column *column, const char *text,
                          struct pl_err *err);

/* "Label     words", the words from column->from on. */
PL_STATUS pl_layout_item(struct pl_buf *to, const struct pl_column *column, const char *label,
                         const char *text, struct pl_err *err);

#endif
