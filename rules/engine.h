/*
 * Runs the rules over a survey and gathers findings and skips, sorted, whatever the threads were.
 */
#ifndef PL_RULES_ENGINE_H
#define PL_RULES_ENGINE_H

#include "pkg/survey/survey.h"
#include "rules/finding.h"
#include "rules/rule.h"

struct pl_rules_options {
    bool on[PL_RULE_COUNT];    /* selected */
    bool named[PL_RULE_COUNT]; /* by its own id or name: then a matter of style is judged, too */
    uint8_t
        severity[PL_RULE_COUNT]; /* enum pl_severity asked for, or PL_SEV_OFF for the row's own */
    bool pedantic;
    unsigned workers;         /* threads; 0 counts as 1 */
    uint64_t (*now_ns)(void); /* NULL: nobody wants to know how long the rules take */
    uint64_t *spent_ns;       /* by rule, added to */
    bool
        is_part; /* not all of the project is judged: an ignore that matches nothing says nothing */
};

/* Everything on, nothing overridden. */
void pl_rules_options_init(struct pl_rules_options *options);

/* Judges.  *ret owns its texts; it points into the survey's project for positions. */
PL_STATUS pl_rules_run(struct pl_verdict *ret, const struct pl_survey *survey,
                       const struct pl_rules_options *options, struct pl_err *err);

#endif
