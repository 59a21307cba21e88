/* What a PATH becomes in a run (inside of cmd): shared by operands and what a search finds. */
#ifndef PL_CMD_LINT_TARGET_H
#define PL_CMD_LINT_TARGET_H

#include "cmd/lint_run.h"

/* The unit of a manifest; read when it is met first.  `path` is a real path or owned by nobody. */
PL_STATUS pl_lint_manifest_unit(struct pl_lint *lint, const char *path, struct pl_lint_unit **ret,
                                struct pl_err *err);
/* Everything that the manifest declares is to be judged. */
PL_STATUS pl_lint_add_manifest(struct pl_lint *lint, const char *path, struct pl_err *err);
PL_STATUS pl_lint_add_template(struct pl_lint *lint, const char *path, struct pl_err *err);
/* What has to be done first. */
#define PL_LINT_RUN_SYNTH "is not synthesised: run `cdk synth`, then lint cdk.out"
#define PL_LINT_RUN_PACKAGE \
    "is a program, which is not run here: run `serverless package`, then lint .serverless"
/* What `cdk synth` made beside a cdk.json; PL_ERR_MISSING when it made nothing yet. */
PL_STATUS pl_lint_add_cdk(struct pl_lint *lint, const char *path, struct pl_err *err);
/* The same, where *ret_is is false when it made nothing yet. */
PL_STATUS pl_lint_add_made_cdk(struct pl_lint *lint, const char *path, bool *ret_is,
                               struct pl_err *err);
/* What `serverless package` made beside a serverless.ts, .js, .mjs or .cjs. */
PL_STATUS pl_lint_add_packaged(struct pl_lint *lint, const char *path, bool *ret_is,
                               struct pl_err *err);

/* A file of that name is meant as a manifest, however broken it is: then its mistake is said. */
bool pl_lint_is_manifest_name(struct pl_slice path);

/* Judges what stands below a folder that is no package itself: manifests and templates, or, where
 * there are neither, the ZIPs of a folder that holds nothing else.  *ret_found is false when there
 * is none. */
PL_STATUS pl_lint_search(struct pl_lint *lint, const char *folder, bool *ret_found,
                         struct pl_err *err);

#endif
