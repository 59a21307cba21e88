/* Projects for `lint`: from options alone, from a manifest, and what options override in it. */
#ifndef PL_CMD_LINT_PROJECT_H
#define PL_CMD_LINT_PROJECT_H

#include "cmd/options.h"
#include "pkg/project/project.h"

/* Adds a function whose package is `path`; its settings come from the options. */
PL_STATUS pl_lint_bare_function(struct pl_project *project, const char *path, struct pl_err *err);
/* Adds a layer whose package is `path`. */
PL_STATUS pl_lint_bare_layer(struct pl_project *project, const char *path, struct pl_err *err);
/* --runtime, --handler, --arch, --layer, --env, --env-file and --upload, over what stands in every
 * function of the project. */
PL_STATUS pl_lint_apply_options(struct pl_project *project, const struct pl_options *options,
                                struct pl_err *err);
/* Leaves the functions and layers that are named, and the layers that those use. */
PL_STATUS pl_lint_prune(struct pl_project *project, const bool *function_named,
                        const bool *layer_named, struct pl_err *err);

#endif
