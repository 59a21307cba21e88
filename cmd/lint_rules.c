/* What the options say about rules is checked before anything is read. */
#include "cmd/lint_config.h"
#include "cmd/lint_run.h"
#include "pkg/base/arr.h"
#include "rules/select.h"

#include <string.h>

static PL_STATUS check_words(const struct pl_list *list, bool silences, struct pl_err *err)
{
    for (size_t i = 0; i < list->n; i++) {
        struct pl_slice rest = pl_slice_of(list->at[i]);
        struct pl_slice word;
        while (rest.ptr && pl_slice_next(&rest, ',', &word)) {
            enum pl_status status = pl_rules_check_word(word, silences, PL_ERR_USAGE, "", err);
            if (status) {
                return status;
            }
        }
    }
    return PL_OK;
}

/* RULE=LEVEL, where RULE may be a prefix. */
static PL_STATUS check_severity(const char *text, struct pl_err *err)
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
    return pl_rules_check_word(pl_slice_sub(word, 0, equals), true, PL_ERR_USAGE, "", err);
}

PL_STATUS pl_lint_init(struct pl_lint *lint, const struct pl_options *options, struct pl_err *err)
{
    memset(lint, 0, sizeof *lint);
    lint->options = options;
    lint->as_of = pl_options_as_of(options);
    pl_project_init(&lint->config);
    lint->mistakes = pl_arr_zeroed(1, sizeof *lint->mistakes, err);
    enum pl_status status = lint->mistakes ? check_words(&options->select, false, err) : err->code;
    if (!status) {
        status = check_words(&options->ignore, true, err);
    }
    for (size_t i = 0; !status && i < options->severity.n; i++) {
        status = check_severity(options->severity.at[i], err);
    }
    if (!status) {
        status = pl_options_use_data(options, &lint->data, err);
    }
    return status ? status : pl_lint_read_files(lint, err);
}
