/* The check functions that rules.def names, and what they share. */
#ifndef PL_RULES_CHECKS_H
#define PL_RULES_CHECKS_H

#include "rules/engine.h"

/* A row may share its function with others: declaring one twice is harmless. */
#define PL_RULE(id, name, check, ...) PL_STATUS check(struct pl_rule_ctx *ctx, struct pl_err *err);
#include "rules/rules.def"
#undef PL_RULE

/* Slices of a formatted text in the verdict's arena, for the members of struct pl_emit. */
PL_STATUS pl_say(struct pl_rule_ctx *ctx, struct pl_slice *ret, struct pl_err *err, const char *fmt,
                 ...) PL_PRINTF(4, 5);
/* `s` made safe for printing. */
PL_STATUS pl_safe(struct pl_rule_ctx *ctx, struct pl_slice s, struct pl_slice *ret,
                  struct pl_err *err);
/* What the audit saw: says its words, the byte, and how many they are where that says something. */
PL_STATUS pl_emit_issue(struct pl_rule_ctx *ctx, const struct pl_issue *issue, struct pl_emit *what,
                        struct pl_err *err);
/* How to install a package for Lambda, in words of the language's own tool; empty where it has
 * none.
 */
PL_STATUS pl_install_for(struct pl_rule_ctx *ctx, struct pl_slice package, struct pl_slice *ret,
                         struct pl_err *err);
/* Where a function's layers stand: the first one, for a list may begin with a mere dash. */
struct pl_pos pl_layers_at(const struct pl_function_decl *decl);
/* Is the function that is judged a container image? */
bool pl_is_image(const struct pl_rule_ctx *ctx);
/* What the project's own format calls a setting, for a mend that can be pasted. */
const char *pl_key_name(const struct pl_rule_ctx *ctx, const char *manifest,
                        const char *cloudformation);

#endif
