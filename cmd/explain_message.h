/* Messages of Lambda that are known beside those of the rules (messages.def). */
#ifndef PL_CMD_EXPLAIN_MESSAGE_H
#define PL_CMD_EXPLAIN_MESSAGE_H

#include "pkg/base/buf.h"

struct pl_message {
    const char *pattern;
    const char *rules; /* ids, separated by blanks; "": no packaging failure */
    const char *cause, *mend;
};

/* The message that a text holds, the longest when there are several; *ret is NULL for none. */
PL_STATUS pl_message_find(struct pl_slice text, const struct pl_message **ret, struct pl_err *err);
/* Its rules, cause and mend, indented. */
PL_STATUS pl_message_text(struct pl_buf *to, const struct pl_message *message, unsigned width,
                          struct pl_err *err);
/*
 * What a log says, one known message after the other, each once: the text of every line, and of the
 * error in a line of JSON.  *ret_found counts the messages.
 */
PL_STATUS pl_message_log(struct pl_buf *to, struct pl_slice log, unsigned width, size_t *ret_found,
                         struct pl_err *err);

#endif
