/* Quoting the line that a setting stands in, with a caret under the value. */
#ifndef PL_CMD_REPORT_SOURCE_H
#define PL_CMD_REPORT_SOURCE_H

#include "cmd/term.h"
#include "rules/finding.h"

/*
 * Appends nothing when the finding has no place in a file.  Of the line only "key: value" is shown,
 * and only where nothing else stands in it: a line of a flow map could hold an environment value.
 * For findings about the environment the value is never shown.  *ret_said: the words beside the
 * caret were the whole message.
 */
PL_STATUS pl_source_quote(struct pl_buf *to, const struct pl_project *project,
                          const struct pl_finding *finding, const struct pl_style *style,
                          bool *ret_said, struct pl_err *err);

#endif
