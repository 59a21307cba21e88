/* Appends text to a buffer; the first failure sticks, so that a reporter looks once, at its end. */
#ifndef PL_CMD_REPORT_WRITER_H
#define PL_CMD_REPORT_WRITER_H

#include "pkg/base/buf.h"

struct pl_writer {
    struct pl_buf *to; /* borrowed */
    struct pl_err *err;
    enum pl_status status;
};

void pl_put(struct pl_writer *w, const char *text);
void pl_put_slice(struct pl_writer *w, struct pl_slice text);
void pl_put_fmt(struct pl_writer *w, const char *fmt, ...) PL_PRINTF(2, 3);
/* Made safe for a terminal (pl_text_escape): for names as they stand in an archive. */
void pl_put_safe(struct pl_writer *w, struct pl_slice text);

/* Text for XML 1.0, in an element or an attribute.  Control characters, which XML cannot carry even
 * as references, and what is no UTF-8 appear as \x1b. */
void pl_put_xml(struct pl_writer *w, struct pl_slice raw);
/* ` name="value"` */
void pl_put_attr(struct pl_writer *w, const char *name, struct pl_slice value);
/* A value with every byte that a relative URI reference may not hold as %XX; slashes stay, but for
 * leading ones, which would make it absolute. */
void pl_put_uri(struct pl_writer *w, struct pl_slice path);

/*
 * GitHub's runner obeys lines of any step's output that begin with "::" (behind blanks), and
 * "##[...]" anywhere.  Names from archives must give no orders: what was appended from `from` on
 * gets the first sign of each as \x3a or \x23.
 */
void pl_put_defused(struct pl_writer *w, size_t from);

#endif
