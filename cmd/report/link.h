/* Links to files on terminals that open them when they are clicked (OSC 8). */
#ifndef PL_CMD_REPORT_LINK_H
#define PL_CMD_REPORT_LINK_H

#include "cmd/term.h"
#include "pkg/base/buf.h"

/* What follows, up to pl_link_close, leads to this file.  Nothing is written where the terminal
 * does not do it, or where there is no such file. */
PL_STATUS pl_link_open(struct pl_buf *to, const struct pl_term *term, struct pl_slice path,
                       bool *ret_open, struct pl_err *err);
PL_STATUS pl_link_close(struct pl_buf *to, bool is_open, struct pl_err *err);

#endif
