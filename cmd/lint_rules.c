/* What the options say about rules: selection, severities, and what fails. */
#include "cmd/lint_run.h"
#include "pkg/base/limits.h"

#include <string.h>

static PL_STATUS select_rules(bool *on, const struct pl_list *list, bool value, struct pl_err *err)
{
    for (size_t i = 0; i < list->n; i++) {
        struct pl_slice rest = pl_slice_of(list->at[i]);
        struct pl_slice word;
        while (rest.ptr && pl_slice_next(&rest, ',', &word)) {
            bool is_any = false;
            for (size_t k = 0; k < PL_RULE_COUNT; k++) {
                if (pl_rule_selected(pl_rule_at((enum pl_rule_id)k), word)) {
                    on[k] = value;
                    is_any = true;
                }
            }
            if (!is_any) {
                const char *nearest = pl_rule_nearest(word);
                return pl_err_set(err, PL_ERR_USAGE, "no rule is called '%.*s'%s%s%s",
                                  (int)word.len, word.ptr, nearest ? "; did you mean '" : "",
                                  nearest ? nearest : "", nearest ? "'?" : "");
            }
        }
    }
    return PL_OK;
}

/* RULE=LEVEL, where RULE may be a prefix. */
static PL_STATUS set_severity(struct pl_rules_options *rules, const char *text, struct pl_err *err)
{
    struct pl_slice word = pl_slice_of(text);
    size_t equals = pl_slice_find(word, '=');
    enum pl_severity level = PL_SEV_OFF;
    if (equals == word.len ||
        !pl_severity_parse(pl_slice_sub(word, equals + 1, word.len), &level)) {
        return pl_err_set(err, PL_ERR_USAGE,
                          "--severity takes RULE=error, warning, info, pedantic or off, not '%s'",
                          text);
    }
    bool hit[PL_RULE_COUNT] = {false};
    struct pl_buf name PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    enum pl_status status = pl_buf_slice(&name, pl_slice_sub(word, 0, equals), err);
    if (status) {
        return status;
    }
    const char *at[1] = {name.data ? name.data : ""};
    status = select_rules(hit, &(struct pl_list){at, 1, 1}, true, err);
    for (size_t i = 0; !status && i < PL_RULE_COUNT; i++) {
        if (hit[i] && level == PL_SEV_OFF) {
            rules->on[i] = false;
        } else if (hit[i]) {
            rules->severity[i] = (uint8_t)level;
        }
    }
    return status;
}

PL_STATUS pl_lint_init(struct pl_lint *lint, const struct pl_options *options, struct pl_err *err)
{
    memset(lint, 0, sizeof *lint);
    lint->options = options;
    lint->as_of = pl_options_as_of(options);
    lint->fail_on = PL_SEV_ERROR;
    if (options->fail_on && strcmp(options->fail_on, "never") == 0) {
        lint->fail_on = PL_SEV_OFF;
    } else if (options->fail_on &&
               !pl_severity_parse(pl_slice_of(options->fail_on), &lint->fail_on)) {
        return pl_err_set(err, PL_ERR_USAGE, "--fail-on: unknown severity '%s'", options->fail_on);
    }
    pl_rules_options_init(&lint->rules);
    lint->rules.pedantic = options->pedantic;
    if (options->select.n > 0) {
        memset(lint->rules.on, 0, sizeof lint->rules.on);
    }
    enum pl_status status = select_rules(lint->rules.on, &options->select, true, err);
    if (!status) {
        status = select_rules(lint->rules.on, &options->ignore, false, err);
    }
    for (size_t i = 0; !status && i < options->severity.n; i++) {
        status = set_severity(&lint->rules, options->severity.at[i], err);
    }
    return status;
}
