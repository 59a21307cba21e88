/* Which lint section a unit is judged by, and what it and the options make of the rules. */
#ifndef PL_CMD_LINT_CONFIG_H
#define PL_CMD_LINT_CONFIG_H

#include "cmd/lint_run.h"

/* The real path of the plimsoll.yaml above `path`; NULL for none, or when options say not to look.
 * Owned. */
PL_STATUS pl_lint_find_config(const struct pl_lint *lint, const char *path, char **ret,
                              struct pl_err *err);
/* Reads a plimsoll.yaml and notes all that is wrong with it; rules that it names in vain, too,
 * unless another lint section counts. */
PL_STATUS pl_lint_read_manifest(struct pl_lint *lint, const char *path, struct pl_project *ret,
                                struct pl_err *err);
/* Gives the unit its lint section and its rules. */
PL_STATUS pl_lint_configure(struct pl_lint *lint, struct pl_lint_unit *unit, struct pl_err *err);

/* Reads --baseline and --config. */
PL_STATUS pl_lint_read_files(struct pl_lint *lint, struct pl_err *err);
/* After all units are judged: takes out what the baseline holds, or writes it anew. */
PL_STATUS pl_lint_use_baseline(struct pl_lint *lint, struct pl_err *err);

#endif
