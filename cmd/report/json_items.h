/* The objects of the JSON reports (schema plimsoll-lint/1), one by one. */
#ifndef PL_CMD_REPORT_JSON_ITEMS_H
#define PL_CMD_REPORT_JSON_ITEMS_H

#include "cmd/lint_run.h"
#include "pkg/base/jsonw.h"

/* Each writes the members of an object that the caller opens and closes. */
void pl_json_input(struct pl_jsonw *w, const struct pl_survey *survey,
                   const struct pl_package *package);
void pl_json_finding(struct pl_jsonw *w, const struct pl_project *project,
                     const struct pl_finding *f);
void pl_json_skip(struct pl_jsonw *w, const struct pl_project *project, const struct pl_skip *skip);
void pl_json_tool(struct pl_jsonw *w, const struct pl_lint *lint);
void pl_json_summary(struct pl_jsonw *w, const struct pl_lint *lint);

#endif
