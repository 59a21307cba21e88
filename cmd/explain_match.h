/* Finds the rules that an AWS error message, or a few words, are about. */
#ifndef PL_CMD_EXPLAIN_MATCH_H
#define PL_CMD_EXPLAIN_MATCH_H

#include "pkg/base/buf.h"
#include "rules/rule.h"

enum pl_match {
    PL_MATCH_NONE,
    PL_MATCH_PART, /* a telling piece of what AWS says stands in the text */
    PL_MATCH_WHOLE /* the text is, or holds, what AWS says, or words of the rule's summary */
};

struct pl_explain_hit {
    enum pl_match match;
    size_t len; /* of what AWS says there: among equal matches, the longest says most */
};

enum { PL_EXPLAIN_MAX_BYTES = 64 * 1024 };

/* Lower case, single blanks, and every quoted word or <placeholder> as "<>". */
PL_STATUS pl_explain_normalise(struct pl_buf *to, struct pl_slice text, struct pl_err *err);
/* `text` is normalised. */
PL_STATUS pl_explain_match(struct pl_explain_hit *ret, const struct pl_rule *rule,
                           struct pl_slice text, struct pl_err *err);

/* The same for one sentence that AWS says; *best stays when it is better. */
PL_STATUS pl_explain_match_line(struct pl_explain_hit *best, struct pl_slice line,
                                struct pl_slice text, struct pl_err *err);

#endif
