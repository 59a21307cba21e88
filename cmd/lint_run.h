/*
 * A run of the linter: the paths that were asked for become units (a project, the survey of its
 * packages, the verdict of the rules), which are judged and then reported together.
 * Used by `lint`, and by `pack` for what it has just built.
 */
#ifndef PL_CMD_LINT_RUN_H
#define PL_CMD_LINT_RUN_H

#include "cmd/options.h"
#include "pkg/build/plan.h"
#include "pkg/lambda/data.h"
#include "pkg/project/manifest.h"
#include "rules/baseline.h"
#include "rules/engine.h"

/* A path that is nothing we lint: said by PL001, as an input that was not judged. */
struct pl_lint_odd {
    uint32_t function; /* index in the project */
    struct pl_err why;
};

struct pl_lint_unit {
    struct pl_project project;
    char *manifest; /* owned; real path, NULL for bare packages */
    char *config;   /* owned; the plimsoll.yaml whose lint section counts; NULL: its own */
    struct pl_rules_options rules;
    enum pl_severity fail_on; /* PL_SEV_OFF: never */
    int broken;               /* the exit status of one that could not be read; 0: it could */
    bool asked;               /* an operand asked for it, or for something that it makes */
    bool *function_named;     /* by function: an operand asked for it; NULL: all */
    bool *layer_named;        /* by layer */
    struct pl_lint_odd *odd;
    size_t n_odd, cap_odd;
    struct pl_plan *plan; /* functions, then layers; zeroed where nothing was planned */
    struct pl_survey survey;
    struct pl_verdict verdict;
    bool surveyed, judged;
    struct pl_nested nested; /* of a stack that another template nests: what that one gives it */
    struct pl_arena arena;   /* its texts */
    size_t outer;            /* index of the unit that nests it */
    unsigned depth;          /* 0: nobody does */
    bool again;              /* it was read once more, for what another use gives it */
};

/* A folder that was searched: what was chosen, and what was left. */
struct pl_lint_search {
    char *folder; /* owned */
    size_t n_manifest, n_template, n_zip;
    size_t n_zip_left; /* beside projects, which say themselves what they are made of */
    size_t n_covered;  /* templates that a manifest or another template reads */
    size_t n_broken;   /* could not be read; they are counted nowhere else */
    size_t n_excluded; /* by lint.exclude */
    size_t n_deep;     /* folders that are too deep */
    size_t n_empty;    /* templates without a function */
    size_t n_unread;   /* files that were not looked at: enough had been read */
    size_t n_cdk;      /* apps of the CDK that are not synthesised */
    size_t n_program;  /* serverless.ts and its like, not packaged */
};

struct pl_lint {
    const struct pl_options *options; /* borrowed */
    int32_t as_of;
    struct pl_project config;              /* of --config */
    struct pl_manifest_mistakes *mistakes; /* owned; of the plimsoll.yaml that was read last */
    struct pl_baseline baseline;
    struct pl_runtime_data data; /* of --data */
    bool has_config, has_baseline;
    bool baseline_kept;               /* not written anew, as not everything could be judged */
    uint64_t spent_ns[PL_RULE_COUNT]; /* by rule, for --time-report */
    struct pl_lint_unit **unit;       /* owned */
    size_t n, cap;
    struct pl_lint_search *search; /* owned */
    size_t n_search, cap_search;
    size_t n_absent; /* templates of nested stacks that are not there */
    size_t n_nested; /* how often one was read */
};

/* Reads what the options say about rules; PL_ERR_USAGE names the nearest rule. */
PL_STATUS pl_lint_init(struct pl_lint *lint, const struct pl_options *options, struct pl_err *err);
void pl_lint_done(struct pl_lint *lint);

enum { PL_LINT_MAX_UNITS = 100000 };
/* An empty unit, owned by the run. */
PL_STATUS pl_lint_unit_new(struct pl_lint *lint, struct pl_lint_unit **ret, struct pl_err *err);
/* An operand of `lint`.  Errors are configuration errors of a manifest; a path that cannot be read
 * becomes a finding. */
PL_STATUS pl_lint_add_path(struct pl_lint *lint, const char *path, struct pl_err *err);
/* Adds the stacks that the template of unit `index` nests, and those that they nest: a template is
 * judged once, however often it is nested, and what its parameters are given counts where all
 * agree. */
PL_STATUS pl_lint_add_nested(struct pl_lint *lint, size_t index, struct pl_err *err);
/* Takes over a project whose declarations name the packages to judge; *project is empty after. */
PL_STATUS pl_lint_add_project(struct pl_lint *lint, struct pl_project *project, struct pl_err *err);

/* Notes what a search came to; `folder` is copied. */
PL_STATUS pl_lint_note_search(struct pl_lint *lint, const char *folder,
                              const struct pl_lint_search *found, struct pl_err *err);

/* Opens, reads and judges everything that was added. */
PL_STATUS pl_lint_judge(struct pl_lint *lint, struct pl_err *err);

/* Does this finding make the exit status 1 (or 3, when it says that something was not judged)? */
bool pl_lint_fails(const struct pl_lint_unit *unit, const struct pl_finding *finding);
/* The first folder with nothing in it to judge, or NULL. */
const struct pl_package *pl_lint_empty_folder(const struct pl_lint *lint);
/* 3 over 1 over 0, as DESIGN's table of exits has it. */
int pl_lint_exit(const struct pl_lint *lint);
/* Functions that were judged, and all of them; packages without a function count as one. */
void pl_lint_count(const struct pl_lint *lint, size_t *ret_judged, size_t *ret_all);

#endif
