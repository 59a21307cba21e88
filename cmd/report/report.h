/* One file per output format; each appends a whole report to a buffer. */
#ifndef PL_CMD_REPORT_REPORT_H
#define PL_CMD_REPORT_REPORT_H

#include "cmd/lint_run.h"
#include "cmd/term.h"

PL_STATUS pl_report_text(struct pl_buf *to, const struct pl_lint *lint, const struct pl_term *term,
                         struct pl_err *err);
/* "plimsoll-lint/1", pure JSON. */
PL_STATUS pl_report_json(struct pl_buf *to, const struct pl_lint *lint, struct pl_err *err);

#endif
