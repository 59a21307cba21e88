/* `plimsoll explain PL905 --schedule EXPRESSION`: what a schedule means, and when it runs next. */
#ifndef PL_CMD_EXPLAIN_SCHEDULE_H
#define PL_CMD_EXPLAIN_SCHEDULE_H

#include "cmd/options.h"
#include "pkg/base/buf.h"

/* Appends the answer; *ret_refused: a service would not take the expression. */
PL_STATUS pl_explain_schedule(struct pl_buf *to, const struct pl_options *options,
                              bool *ret_refused, struct pl_err *err);

#endif
