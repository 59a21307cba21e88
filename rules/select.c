/* Which rules are applied, and as what: from words on the command line and from `lint:`. */
#include "rules/select.h"

#include <stdio.h>
#include <string.h>

bool pl_rules_mark(bool on[PL_RULE_COUNT], struct pl_slice word, bool value)
{
    bool is_any = false;
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        if (pl_rule_selected(pl_rule_at((enum pl_rule_id)i), word)) {
            on[i] = value;
            is_any = true;
        }
    }
    return is_any;
}

PL_STATUS pl_rules_check_word(struct pl_slice word, bool silences, enum pl_status code,
                              const char *where, struct pl_err *err)
{
    bool hit[PL_RULE_COUNT] = {false};
    int len = (int)(word.len > 100 ? 100 : word.len);
    if (!pl_rules_mark(hit, word, true)) {
        const char *nearest = pl_rule_nearest(word);
        return pl_err_set(err, code, "%sno rule is called '%.*s'%s%s%s", where, len, word.ptr,
                          nearest ? "; did you mean '" : "", nearest ? nearest : "",
                          nearest ? "'?" : "");
    }
    const struct pl_rule *rule = pl_rule_find(word);
    if (silences && rule && (rule->flags & PL_RULE_FIXED)) {
        return pl_err_set(err, code, "%s%s %s cannot be silenced: %s", where, rule->id, rule->name,
                          "what could not be looked at must not pass");
    }
    return PL_OK;
}

/* "plimsoll.yaml:3:9: " */
static void place(const struct pl_project *project, struct pl_pos at, char *ret, size_t size)
{
    ret[0] = '\0';
    if (at.file > 0 && at.file <= project->n_file) {
        struct pl_slice path = project->file[at.file - 1].path;
        (void)snprintf(ret, size, "%.*s:%u:%u: ", (int)(path.len > 300 ? 300 : path.len), path.ptr,
                       at.line, at.col);
    }
}

static PL_STATUS check_value(const struct pl_project *project, const struct pl_value *word,
                             bool silences, struct pl_err *err)
{
    char where[360];
    place(project, word->at, where, sizeof where);
    return pl_rules_check_word(word->text, silences, PL_ERR_CONFIG, where, err);
}

/* A word of the lint section; NULL behind the last one. */
static const struct pl_value *word_at(const struct pl_lint_config *lint, size_t i,
                                      bool *ret_silences)
{
    *ret_silences = i >= lint->select.n;
    if (i < lint->select.n) {
        return &lint->select.at[i];
    }
    i -= lint->select.n;
    if (i < lint->n_level) {
        return &lint->level[i].rule;
    }
    i -= lint->n_level;
    return i < lint->n_ignore ? &lint->ignore[i].rule : NULL;
}

PL_STATUS pl_rules_check_config(const struct pl_project *project, struct pl_err *err)
{
    bool silences = false;
    const struct pl_value *word;
    for (size_t i = 0; (word = word_at(&project->lint, i, &silences)) != NULL; i++) {
        if (check_value(project, word, silences, err)) {
            return err->code;
        }
    }
    return PL_OK;
}

void pl_rules_note_mistakes(struct pl_manifest_mistakes *mistakes, const struct pl_project *project)
{
    bool silences = false;
    struct pl_err err;
    const struct pl_value *word;
    for (size_t i = 0; (word = word_at(&project->lint, i, &silences)) != NULL; i++) {
        /* A word that could not be read is a mistake that was noted already. */
        if (pl_value_has(word) && check_value(project, word, silences, &err)) {
            pl_manifest_mistake(mistakes, word->at, &err);
        }
    }
}

static void name(struct pl_rules_options *options, struct pl_slice word)
{
    const struct pl_rule *rule = pl_rule_find(word);
    if (rule) {
        options->named[rule->rule] = true;
    }
}

void pl_rules_select(struct pl_rules_options *options, struct pl_slice word)
{
    (void)pl_rules_mark(options->on, word, true);
    name(options, word);
}

void pl_rules_level(struct pl_rules_options *options, struct pl_slice word, enum pl_severity level)
{
    bool hit[PL_RULE_COUNT] = {false};
    (void)pl_rules_mark(hit, word, true);
    if (level > PL_SEV_PEDANTIC) {
        name(options, word);
    }
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        if (hit[i] && level == PL_SEV_OFF) {
            options->on[i] = false;
        } else if (hit[i]) {
            options->severity[i] = (uint8_t)level;
        }
    }
}

void pl_rules_configure(struct pl_rules_options *options, const struct pl_lint_config *lint)
{
    if (lint->select.n > 0) {
        memset(options->on, 0, sizeof options->on);
    }
    for (uint32_t i = 0; i < lint->select.n; i++) {
        pl_rules_select(options, lint->select.at[i].text);
    }
    for (uint32_t i = 0; i < lint->n_level; i++) {
        enum pl_severity level = PL_SEV_OFF;
        if (pl_severity_parse(lint->level[i].level.text, &level)) {
            pl_rules_level(options, lint->level[i].rule.text, level);
        }
    }
    options->pedantic = options->pedantic || lint->pedantic;
}
