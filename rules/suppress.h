/*
 * Findings that are accepted.  They leave the verdict's findings for its `suppressed`, with the
 * reason: they neither show nor fail, and are counted.  What is accepted and never found, or whose
 * time has passed, is a finding of its own (PL002, PL003).
 */
#ifndef PL_RULES_SUPPRESS_H
#define PL_RULES_SUPPRESS_H

#include "rules/finding.h"

/* What became of each ignore of the project, by index. */
struct pl_suppression {
    bool *used;    /* it matched a finding */
    bool *expired; /* it matched one, and its day has passed */
};

PL_STATUS pl_suppression_init(struct pl_suppression *ret, struct pl_verdict *verdict,
                              const struct pl_survey *survey, struct pl_err *err);
/* Looks at the findings from `first` on. */
PL_STATUS pl_suppress(struct pl_suppression *suppression, struct pl_verdict *verdict, size_t first,
                      const struct pl_survey *survey, struct pl_err *err);
/* Moves a finding to `suppressed`; its place in `finding` is free then. */
PL_STATUS pl_suppress_one(struct pl_verdict *verdict, struct pl_finding *finding,
                          enum pl_silence by, struct pl_slice reason, struct pl_err *err);

#endif
