/* How the commands have packages installed (pkg/build/install.h): where results are kept, and what
 * is said about it. */
#ifndef PL_CMD_INSTALLS_H
#define PL_CMD_INSTALLS_H

#include "cmd/options.h"
#include "pkg/build/install.h"

/* With `stored_only` nothing is started: what was installed before is found, or not. */
PL_STATUS pl_cmd_installs_open(struct pl_installs **ret, const struct pl_options *options,
                               bool stored_only, struct pl_err *err);
/* A function, and with `layers` the layers that it names. */
PL_STATUS pl_cmd_install_function(struct pl_installs *installs, struct pl_project *project,
                                  uint32_t function, bool layers, struct pl_err *err);
/* Everything that was installed before. */
PL_STATUS pl_cmd_find_installed(struct pl_project *project, const struct pl_options *options,
                                struct pl_err *err);

#endif
