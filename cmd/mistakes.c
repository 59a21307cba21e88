#include "cmd/mistakes.h"

#include "cmd/term.h"

#include <string.h>

int pl_cmd_fail(const struct pl_err *err, const struct pl_manifest_mistakes *mistakes,
                const char *command)
{
    int status = pl_term_fail(err, command);
    bool is_first =
        err->code == PL_ERR_CONFIG && mistakes->n > 0 && strcmp(err->msg, mistakes->at[0].msg) == 0;
    for (size_t i = 1; is_first && i < mistakes->n; i++) {
        pl_term_error(&mistakes->at[i]);
    }
    if (is_first && mistakes->more) {
        pl_term_say("and more; these are the first %d mistakes", PL_MANIFEST_MISTAKES);
    }
    return status;
}
