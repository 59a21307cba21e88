#include "cmd/layout.h"

#include <string.h>

static enum pl_status new_line(struct pl_buf *to, const struct pl_column *column,
                               struct pl_err *err)
{
    return pl_buf_fmt(to, err, "\n%*s", (int)column->from, "");
}

enum pl_status pl_layout_words(struct pl_buf *to, const struct pl_column *column, const char *text,
                               struct pl_err *err)
{
    size_t at = column->from;
    while (*text) {
        size_t blanks = strspn(text, " ");
        size_t len = strcspn(text + blanks, " \n");
        bool fits = at == column->from || at + blanks + len <= column->width;
        enum pl_status status = PL_OK;
        if (!fits) {
            status = new_line(to, column, err);
            at = column->from;
            blanks = 0;
        }
        if (status == PL_OK) {
            /* Blanks inside a line are the author's: examples are aligned with them. */
            status =
                pl_buf_fmt(to, err, "%*s%.*s", (int)blanks, "", (int)len, text + strspn(text, " "));
        }
        at += blanks + len;
        text += strspn(text, " ");
        text += len;
        if (status == PL_OK && *text == '\n') {
            status = new_line(to, column, err);
            at = column->from;
            text++;
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return pl_buf_byte(to, '\n', err);
}

enum pl_status pl_layout_item(struct pl_buf *to, const struct pl_column *column, const char *label,
                              const char *text, struct pl_err *err)
{
    enum pl_status status = pl_buf_fmt(to, err, "%-*s", (int)column->from, label);
    return status == PL_OK ? pl_layout_words(to, column, text, err) : status;
}
