/* An input that could not be read because of a mistake in it, among others that are judged. */
#ifndef PL_CMD_LINT_BROKEN_H
#define PL_CMD_LINT_BROKEN_H

#include "cmd/lint_run.h"

/* `err` says why `path` is no input: notes that as PL001, at the place that the message names, so
 * that the others can be judged.  Returns err->code when the run cannot go on. */
PL_STATUS pl_lint_add_broken(struct pl_lint *lint, const char *path, struct pl_err *err);
/* The same for a unit that was added before. */
PL_STATUS pl_lint_break(struct pl_lint_unit *unit, struct pl_err *err);

#endif
