/* Help, printed from the rows of commands.def and opts.def. */
#ifndef PL_CMD_HELP_H
#define PL_CMD_HELP_H

#include "cmd/options.h"
#include "pkg/base/buf.h"

enum { PL_HELP_MAX_BYTES = 64 * 1024 };

/* Help for a command, or for the program when it is NULL.  MDOC gives the list of options as it
 * stands in the manual page, everything else gives text. */
PL_STATUS pl_help_append(struct pl_buf *to, const struct pl_command *command, enum pl_format format,
                         struct pl_err *err);
/* The same on stdout; returns the exit status. */
int pl_help_show(const struct pl_command *command, enum pl_format format);
/* "unknown command 'lnit'; did you mean 'lint'?" */
enum pl_status pl_help_unknown(const char *name, struct pl_err *err);
/* `plimsoll --version`; returns the exit status. */
int pl_version_show(void);

#endif
