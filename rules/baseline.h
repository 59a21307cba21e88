/*
 * A baseline: the findings that were there when somebody began to look, so that only new ones fail.
 * Its keys are fingerprints: no line numbers, absolute paths, dates or sizes.  One entry per line,
 * sorted, so that a change of the file is a small difference.
 */
#ifndef PL_RULES_BASELINE_H
#define PL_RULES_BASELINE_H

#include "pkg/base/map.h"
#include "rules/engine.h"

struct pl_baseline_entry {
    struct pl_slice key, subject; /* the function's or package's name */
    struct pl_slice rule;
    uint32_t count; /* findings with this key */
    uint32_t left;  /* of them not met in this run yet */
};

struct pl_baseline {
    struct pl_baseline_entry *entry; /* of the arena */
    size_t n;
    struct pl_map keys;
    struct pl_arena arena;
};

/* PL_ERR_CONFIG with file:line:col for what is no baseline. */
PL_STATUS pl_baseline_parse(struct pl_baseline *ret, const char *name, struct pl_slice text,
                            struct pl_err *err);
void pl_baseline_done(struct pl_baseline *baseline);

/* Moves the findings that it holds to `suppressed`. */
PL_STATUS pl_baseline_apply(struct pl_baseline *baseline, struct pl_verdict *verdict,
                            const struct pl_project *project, struct pl_err *err);
/* After all verdicts: entries of this survey's subjects that matched nothing are PL002. */
PL_STATUS pl_baseline_stale(struct pl_baseline *baseline, const char *name,
                            struct pl_verdict *verdict, const struct pl_survey *survey,
                            const struct pl_rules_options *options, struct pl_err *err);

/* The text of a baseline with the findings of these verdicts, those of an older one included. */
struct pl_baseline_source {
    const struct pl_verdict *verdict;
    const struct pl_project *project;
};
PL_STATUS pl_baseline_write(struct pl_buf *to, const struct pl_baseline_source *source, size_t n,
                            struct pl_err *err);

#endif
