/* The head of a report on folders that were searched. */
#ifndef PL_CMD_REPORT_SEARCHED_H
#define PL_CMD_REPORT_SEARCHED_H

#include "cmd/lint_run.h"
#include "cmd/report/writer.h"

/* "services: judging 2 of 5 inputs (1 manifest, 1 template); left: 3 ZIPs beside projects". */
void pl_put_searched(struct pl_writer *w, const struct pl_lint *lint);

#endif
