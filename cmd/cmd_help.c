#include "cmd/help.h"
#include "cmd/layout.h"
#include "cmd/term.h"
#include "pkg/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { HELP_COLUMN = 30, HELP_WIDTH = 80 };
static const struct pl_column help_column = {HELP_COLUMN, HELP_WIDTH};

/* "-j, --jobs N" into a buffer of HELP_COLUMN * 2. */
static int spell_option(char *to, size_t size, const struct pl_option *option)
{
    char letter[] = {'-', option->letter, ',', ' ', '\0'};
    return snprintf(to, size, "  %s--%s%s%s", option->letter ? letter : "    ", option->name,
                    option->arg ? " " : "", option->arg ? option->arg : "");
}

struct listing {
    struct pl_buf *to;
    struct pl_err *err;
    enum pl_status status;
    const char *between;
};

static void list_word(void *ctx, const char *word, int len)
{
    struct listing *list = ctx;
    if (list->status == PL_OK) {
        list->status = pl_buf_fmt(list->to, list->err, "%s%.*s", list->between, len, word);
    }
    list->between = ", ";
}

/* More words than a line holds stand in the help text. */
static enum pl_status append_choice(struct pl_buf *to, const struct pl_option *option,
                                    struct pl_err *err)
{
    char spelled[HELP_WIDTH];
    struct pl_buf help PL_CLEANUP(pl_buf_done) = {.max = PL_HELP_MAX_BYTES};
    struct pl_option brief = *option;
    brief.arg = "WORD";
    int n = spell_option(spelled, sizeof spelled, &brief);
    if (n < 0 || n + 2 > HELP_COLUMN) {
        return pl_err_set(err, PL_ERR_INTERNAL, "the row of --%s is too long", option->name);
    }
    struct listing list = {&help, err, pl_buf_text(&help, option->help, err), "; WORD: "};
    pl_option_words(option->arg, list_word, &list);
    enum pl_status status =
        list.status == PL_OK ? pl_buf_fmt(to, err, "%-*s", HELP_COLUMN, spelled) : list.status;
    return status == PL_OK ? pl_layout_words(to, &help_column, help.data, err) : status;
}

static enum pl_status append_option(struct pl_buf *to, const struct pl_option *option,
                                    struct pl_err *err)
{
    char spelled[HELP_WIDTH];
    int n = spell_option(spelled, sizeof spelled, option);
    if (n < 0 || (size_t)n >= sizeof spelled) {
        return append_choice(to, option, err);
    }
    enum pl_status status = n + 2 <= HELP_COLUMN
                                ? pl_buf_fmt(to, err, "%-*s", HELP_COLUMN, spelled)
                                : pl_buf_fmt(to, err, "%s\n%*s", spelled, HELP_COLUMN, "");
    return status == PL_OK ? pl_layout_words(to, &help_column, option->help, err) : status;
}

static enum pl_status append_options(struct pl_buf *to, const struct pl_command *command,
                                     struct pl_err *err)
{
    const struct pl_option *option = NULL;
    for (size_t i = 0; (option = pl_option_at(i)) != NULL; i++) {
        if (pl_option_of(option, command) && append_option(to, option, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static enum pl_status append_program(struct pl_buf *to, struct pl_err *err)
{
    if (pl_buf_text(to,
                    "plimsoll: the load line for AWS Lambda packages\n\n"
                    "Usage: plimsoll COMMAND [OPTIONS] [OPERANDS]\n\nCommands:\n",
                    err) != PL_OK) {
        return err->code;
    }
    const struct pl_command *command = NULL;
    for (size_t i = 0; (command = pl_command_at(i)) != NULL; i++) {
        if (pl_buf_fmt(to, err, "  %-12s%s\n", command->name, command->summary) != PL_OK) {
            return err->code;
        }
    }
    if (pl_buf_text(to, "\nOptions:\n", err) != PL_OK || append_options(to, NULL, err) != PL_OK) {
        return err->code;
    }
    return pl_buf_text(to,
                       "\nExit status: 0 clean, 1 findings, 2 wrong usage or configuration,\n"
                       "3 an input could not be read or the work not be done.\n"
                       "'plimsoll help COMMAND' shows the options of a command.\n",
                       err);
}

static enum pl_status append_command(struct pl_buf *to, const struct pl_command *command,
                                     struct pl_err *err)
{
    if (pl_buf_fmt(to, err, "plimsoll %s: %s\n\nUsage: plimsoll %s [OPTIONS]%s%s\n\nOptions:\n",
                   command->name, command->summary, command->name, command->operands[0] ? " " : "",
                   command->operands) != PL_OK) {
        return err->code;
    }
    return append_options(to, command, err);
}

/* mdoc(7): a backslash and a leading dot or quote would be requests. */
static enum pl_status append_mdoc_option(struct pl_buf *to, const struct pl_option *option,
                                         struct pl_err *err)
{
    enum pl_status status = pl_buf_text(to, ".It ", err);
    if (status == PL_OK && option->letter) {
        status = option->arg ? pl_buf_fmt(to, err, "Fl %c Ar %s , ", option->letter, option->arg)
                             : pl_buf_fmt(to, err, "Fl %c , ", option->letter);
    }
    if (status == PL_OK) {
        status = option->arg
                     ? pl_buf_fmt(to, err, "Fl -%s Ns = Ns Ar %s\n", option->name, option->arg)
                     : pl_buf_fmt(to, err, "Fl -%s\n", option->name);
    }
    return status == PL_OK ? pl_buf_fmt(to, err, "%c%s.\n", toupper((unsigned char)option->help[0]),
                                        option->help + 1)
                           : status;
}

static enum pl_status append_mdoc(struct pl_buf *to, const struct pl_command *command,
                                  struct pl_err *err)
{
    const struct pl_option *option = NULL;
    if (pl_buf_text(to, ".Bl -tag -width Ds\n", err) != PL_OK) {
        return err->code;
    }
    for (size_t i = 0; (option = pl_option_at(i)) != NULL; i++) {
        if (pl_option_of(option, command) && append_mdoc_option(to, option, err) != PL_OK) {
            return err->code;
        }
    }
    return pl_buf_text(to, ".El\n", err);
}

enum pl_status pl_help_append(struct pl_buf *to, const struct pl_command *command,
                              enum pl_format format, struct pl_err *err)
{
    if (format == PL_FORMAT_MDOC) {
        return append_mdoc(to, command, err);
    }
    return command ? append_command(to, command, err) : append_program(to, err);
}

int pl_help_show(const struct pl_command *command, enum pl_format format)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_HELP_MAX_BYTES};
    pl_term_init(&term, PL_COLOR_NEVER);
    if (pl_help_append(&out, command, format, &err) != PL_OK) {
        return pl_term_fail(&err, NULL);
    }
    pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, 0);
}

enum pl_status pl_help_unknown(const char *name, struct pl_err *err)
{
    const char *candidate[PL_COMMAND_COUNT];
    for (size_t i = 0; i < PL_COMMAND_COUNT; i++) {
        candidate[i] = pl_command_at(i)->name;
    }
    const char *near = pl_text_nearest(pl_slice_of(name), candidate, PL_COMMAND_COUNT);
    return near ? pl_err_set(err, PL_ERR_USAGE, "unknown command '%s'; did you mean '%s'?", name,
                             near)
                : pl_err_set(err, PL_ERR_USAGE, "unknown command '%s'", name);
}

int pl_cmd_help(const struct pl_options *options)
{
    struct pl_err err;
    if (options->operand.n == 0) {
        return pl_help_show(NULL, options->format);
    }
    const struct pl_command *command = pl_command_find(options->operand.at[0]);
    if (!command) {
        pl_ignore(pl_help_unknown(options->operand.at[0], &err), "it is reported here");
        return pl_term_fail(&err, NULL);
    }
    return pl_help_show(command, options->format);
}
