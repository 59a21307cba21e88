/* All that is wrong with a plimsoll.yaml, said at once. */
#ifndef PL_CMD_MISTAKES_H
#define PL_CMD_MISTAKES_H

#include "pkg/project/manifest.h"

/* As pl_term_fail; when the error is the first of `mistakes` (NULL: none are known), the others
 * follow. */
int pl_cmd_fail(const struct pl_err *err, const struct pl_manifest_mistakes *mistakes,
                const char *command);

#endif
