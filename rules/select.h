/* Which rules are applied, and as what: from words on the command line and from `lint:`. */
#ifndef PL_RULES_SELECT_H
#define PL_RULES_SELECT_H

#include "pkg/project/manifest.h"
#include "rules/engine.h"

/* Sets `value` for every rule that the word selects; false when that is none. */
bool pl_rules_mark(bool on[PL_RULE_COUNT], struct pl_slice word, bool value);
/* Refuses, with `code` and behind `where`, a word that selects nothing; and, when it `silences`,
 * the name of a rule that may not be. */
PL_STATUS pl_rules_check_word(struct pl_slice word, bool silences, enum pl_status code,
                              const char *where, struct pl_err *err);
/* Every rule that a project's lint section names, with the place of a wrong one. */
PL_STATUS pl_rules_check_config(const struct pl_project *project, struct pl_err *err);
/* The same for all of them: the `also` of those who read a manifest to judge by it. */
void pl_rules_note_mistakes(struct pl_manifest_mistakes *mistakes,
                            const struct pl_project *project);

/* Applies the rules of a checked word; a rule that it names is applied even when it is pedantic. */
void pl_rules_select(struct pl_rules_options *options, struct pl_slice word);
/* Reports the rules of a checked word at this level; likewise. */
void pl_rules_level(struct pl_rules_options *options, struct pl_slice word, enum pl_severity level);
/* Applies a checked lint section to options that say nothing yet. */
void pl_rules_configure(struct pl_rules_options *options, const struct pl_lint_config *lint);

#endif
