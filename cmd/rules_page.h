/* What the table of rules says, as pages: Markdown, plimsoll-rules(7), one rule for `explain`. */
#ifndef PL_CMD_RULES_PAGE_H
#define PL_CMD_RULES_PAGE_H

#include "pkg/base/buf.h"
#include "rules/rule.h"

/* A sentence's end: "AWS refuses the deployment". */
const char *pl_effect_says(enum pl_effect effect);

PL_STATUS pl_rules_markdown(struct pl_buf *to, struct pl_err *err);
PL_STATUS pl_rules_mdoc(struct pl_buf *to, struct pl_err *err);
/* Everything about one rule, for a terminal of `width` columns. */
PL_STATUS pl_rule_text(struct pl_buf *to, const struct pl_rule *rule, unsigned width,
                       struct pl_err *err);
/* "PL301  error    handler-module-missing  summary" */
PL_STATUS pl_rule_line(struct pl_buf *to, const struct pl_rule *rule, unsigned width,
                       struct pl_err *err);

#endif
