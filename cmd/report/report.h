/* One file per output format; each appends a whole report to a buffer. */
#ifndef PL_CMD_REPORT_REPORT_H
#define PL_CMD_REPORT_REPORT_H

#include "cmd/lint_run.h"
#include "cmd/term.h"

#define PL_REPORTER(name)                                                                     \
    PL_STATUS name(struct pl_buf *to, const struct pl_lint *lint, const struct pl_term *term, \
                   struct pl_err *err)
PL_REPORTER(pl_report_text);
PL_REPORTER(pl_report_gcc);
PL_REPORTER(pl_report_json);
PL_REPORTER(pl_report_jsonl);
PL_REPORTER(pl_report_sarif);
PL_REPORTER(pl_report_junit);
PL_REPORTER(pl_report_github);
PL_REPORTER(pl_report_gitlab);
PL_REPORTER(pl_report_checkstyle);
PL_REPORTER(pl_report_markdown);

/* The report in any format of `lint --format`. */
PL_STATUS pl_report(enum pl_format format, struct pl_buf *to, const struct pl_lint *lint,
                    const struct pl_term *term, struct pl_err *err);
/* Every --output FORMAT=FILE: each file appears whole or not at all. */
PL_STATUS pl_report_outputs(const struct pl_lint *lint, struct pl_err *err);

#endif
