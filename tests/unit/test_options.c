#include "cmd/help.h"
#include "cmd/options.h"
#include "oom.h"
#include "pkg/base/text.h"

#include <ctype.h>
#include <string.h>

/* Parses the words behind the command. */
static enum pl_status parse(struct pl_options *options, const char *command,
                            const char *const *words, size_t n, struct pl_err *err)
{
    char *argv[16] = {NULL};
    static char text[16][128]; /* values point into it */
    ck_assert_uint_le(n, COUNT_OF(argv));
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_lt(strlen(words[i]), sizeof text[i]);
        memcpy(text[i], words[i], strlen(words[i]) + 1);
        argv[i] = text[i];
    }
    return pl_options_parse(options, command ? pl_command_find(command) : NULL, (int)n, argv, err);
}

#define PARSE(command, ...)                                      \
    parse(&options, command, (const char *const[]){__VA_ARGS__}, \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), &err)

/* A refusal whose message holds `expected`. */
static void refuses(const char *expected, const char *command, const char *const *words, size_t n)
{
    struct pl_options options;
    struct pl_err err;
    ASSERT_FAILS(parse(&options, command, words, n, &err), PL_ERR_USAGE);
    ck_assert_msg(strstr(err.msg, expected) != NULL, "'%s' does not say '%s'", err.msg, expected);
    pl_options_done(&options);
}

#define REFUSES(expected, command, ...)                            \
    refuses(expected, command, (const char *const[]){__VA_ARGS__}, \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

START_TEST(reads_long_and_short_forms)
{
    struct pl_options options;
    struct pl_err err;
    static const char *const form[][3] = {
        {"--jobs=7", "a", "b"}, {"-j7", "a", "b"},      {"-qj7", "a", "b"},
        {"a", "-j7", "b"},      {"a", "b", "--jobs=7"},
    };
    for (size_t i = 0; i < COUNT_OF(form); i++) {
        ASSERT_OK(parse(&options, "lint", form[i], 3, &err));
        ck_assert_uint_eq(options.jobs, 7);
        ck_assert_uint_eq(options.operand.n, 2);
        ck_assert_int_eq(options.quiet, i == 2);
        pl_options_done(&options);
    }
    ASSERT_OK(PARSE("lint", "--jobs", "256", "-qv", "-j", "9", "a"));
    ck_assert_uint_eq(options.jobs, 9);
    ck_assert(options.quiet && options.verbose && !options.pedantic);
    pl_options_done(&options);
    pl_options_done(&options);
}
END_TEST

START_TEST(values_are_borrowed_and_kept_in_order)
{
    struct pl_options options;
    struct pl_err err;
    char layer_a[] = "--layer=a.zip";
    char layer_flag[] = "--layer";
    char layer_b[] = "-b.zip";
    char path[] = "f.zip";
    char handler[] = "--handler=app.handler=x";
    char *argv[] = {layer_a, layer_flag, layer_b, handler, path};
    ASSERT_OK(pl_options_parse(&options, pl_command_find("lint"), 5, argv, &err));
    ck_assert_uint_eq(options.layer.n, 2);
    ck_assert_ptr_eq(options.layer.at[0], layer_a + strlen("--layer="));
    ck_assert_ptr_eq(options.layer.at[1], layer_b);
    ck_assert_str_eq(options.handler, "app.handler=x");
    ck_assert_ptr_eq(options.operand.at[0], path);
    pl_options_done(&options);
}
END_TEST

START_TEST(everything_behind_two_dashes_is_an_operand)
{
    struct pl_options options;
    struct pl_err err;
    ASSERT_OK(PARSE("hash", "--", "--help", "-", "--"));
    ck_assert_uint_eq(options.operand.n, 3);
    ck_assert(!options.help);
    pl_options_done(&options);
    ASSERT_OK(PARSE("hash", "-"));
    ck_assert_uint_eq(options.operand.n, 1);
    pl_options_done(&options);
}
END_TEST

START_TEST(choices_and_enums_take_their_words_only)
{
    struct pl_options options;
    struct pl_err err;
    ASSERT_OK(PARSE("rules", "--format=markdown"));
    ck_assert_uint_eq(options.format, PL_FORMAT_MARKDOWN);
    pl_options_done(&options);
    ASSERT_OK(PARSE("rules", "--format", "mdoc"));
    ck_assert_uint_eq(options.format, PL_FORMAT_MDOC);
    pl_options_done(&options);
    ASSERT_OK(PARSE("lint", "--color", "never", "--format=json", "p"));
    ck_assert_uint_eq(options.color, PL_COLOR_NEVER);
    ck_assert_uint_eq(options.format, PL_FORMAT_JSON);
    pl_options_done(&options);
    REFUSES("--format takes text|json, not 'markdown'", "pack", "--format=markdown");
    REFUSES("'sarfi' looks like 'sarif'", "lint", "--format=sarfi", "p");
    REFUSES("'jnuit' looks like 'junit'", "lint", "--output=jnuit=x.xml", "p");
    REFUSES("--output takes FORMAT=FILE", "lint", "--output=x.xml", "p");
    REFUSES("--output takes FORMAT=FILE", "lint", "--output=json=", "p");
    REFUSES("looks like 'direct'", "lint", "--upload=dirct", "p");
    REFUSES("takes x86_64|arm64, not 'ppc'", "lint", "--arch=ppc", "p");
    REFUSES("not ''", "lint", "--arch=", "p");
}
END_TEST

START_TEST(numbers_and_dates_are_checked)
{
    static const char *const bad[] = {"0", "257", "-1", "1x", "", "99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const char *const words[] = {"--jobs", bad[i], "p"};
        refuses("from 1 to 256", "lint", words, 3);
    }
    struct pl_options options;
    struct pl_err err;
    char argument[] = "--as-of=2024-02-29";
    char *argv[] = {argument};
    int32_t days = 0;
    ASSERT_OK(pl_options_parse(&options, pl_command_find("runtimes"), 1, argv, &err));
    ck_assert(pl_date_parse(PL_SLICE("2024-02-29"), &days));
    ck_assert_int_eq(pl_options_as_of(&options), days);
    pl_options_done(&options);
    ASSERT_OK(pl_options_parse(&options, pl_command_find("runtimes"), 0, NULL, &err));
    ck_assert(pl_date_parse(PL_SLICE("2026-01-01"), &days));
    ck_assert_int_gt(pl_options_as_of(&options), days);
    pl_options_done(&options);
    REFUSES("takes a date", "runtimes", "--as-of=2025-02-29");
    REFUSES("takes a date", "runtimes", "--as-of", "today");
}
END_TEST

START_TEST(unknown_options_name_the_nearest)
{
    REFUSES("did you mean '--runtime'?", "lint", "--runtme=x", "p");
    REFUSES("unknown option '--zzzzzzzzzzzz'", "lint", "--zzzzzzzzzzzz", "p");
    REFUSES("unknown option '-Z'", "lint", "-qZ", "p");
    REFUSES("unknown option '--=x'", "lint", "--=x", "p");
    /* A prefix is no option: what it means would change with the next option. */
    REFUSES("unknown option '--run'", "lint", "--run=x", "p");
}
END_TEST

START_TEST(options_of_other_commands_say_whose_they_are)
{
    REFUSES("'--env' is not an option of 'pack'; 'lint' has it", "pack", "--env=A=b");
    REFUSES("'-f' is not an option of 'lint'; 'pack' has it", "lint", "-f", "x", "p");
    REFUSES("plimsoll lint --runtime", NULL, "--runtime=x");
}
END_TEST

START_TEST(arguments_are_neither_missing_nor_extra)
{
    REFUSES("--runtime needs an argument: ID", "lint", "p", "--runtime");
    REFUSES("-j needs an argument: N", "lint", "p", "-j");
    REFUSES("--pedantic takes no argument", "lint", "--pedantic=yes", "p");
    REFUSES("may not be empty", "lint", "--runtime=", "p");
}
END_TEST

START_TEST(operands_are_counted)
{
    struct pl_options options;
    struct pl_err err;
    REFUSES("lint needs an operand: plimsoll lint PATH...", "lint", "-q");
    REFUSES("'x' is one operand too many", "rules", "x");
    REFUSES("'y' is one operand too many for 'completion'", "completion", "bash", "y");
    REFUSES("'z' is one operand too many for 'help'", "help", "lint", "z");
    REFUSES("'x' is one operand too many", NULL, "--version", "x");
    ASSERT_OK(PARSE("pack", "-q"));
    ck_assert_uint_eq(options.operand.n, 0);
    pl_options_done(&options);
}
END_TEST

START_TEST(help_ends_the_reading)
{
    struct pl_options options;
    struct pl_err err;
    ASSERT_OK(PARSE("lint", "--help", "--no-such-option"));
    ck_assert(options.help);
    pl_options_done(&options);
    ASSERT_OK(PARSE(NULL, "-h"));
    ck_assert(options.help);
    pl_options_done(&options);
}
END_TEST

/* --- the tables --- */

START_TEST(rows_are_sorted_and_unique)
{
    const struct pl_option *a = NULL;
    size_t n = 0;
    for (; (a = pl_option_at(n)) != NULL; n++) {
        const struct pl_option *b = n > 0 ? pl_option_at(n - 1) : NULL;
        ck_assert_msg(!b || strcmp(b->name, a->name) <= 0, "--%s stands before --%s", b->name,
                      a->name);
        for (size_t i = 0; i < n; i++) {
            b = pl_option_at(i);
            bool same_name = strcmp(a->name, b->name) == 0;
            bool same_letter = a->letter && a->letter == b->letter;
            ck_assert_msg(!(same_name || same_letter) || !(a->commands & b->commands),
                          "--%s and --%s clash", a->name, b->name);
        }
    }
    ck_assert_uint_gt(n, 20);
}
END_TEST

START_TEST(rows_are_well_formed)
{
    const struct pl_option *o = NULL;
    for (size_t i = 0; (o = pl_option_at(i)) != NULL; i++) {
        ck_assert_msg(o->commands != 0, "--%s belongs to nothing", o->name);
        ck_assert_uint_eq(strspn(o->name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                          strlen(o->name));
        ck_assert_msg((o->arg == NULL) == (o->kind == PL_OPTION_FLAG), "--%s", o->name);
        ck_assert_uint_le(strlen(o->help), 80);
        ck_assert_msg(islower((unsigned char)o->help[0]), "--%s: help", o->name);
        ck_assert_msg(o->help[strlen(o->help) - 1] != '.', "--%s: help ends in a stop", o->name);
        /* Completion and mdoc take help nearly as it is. */
        ck_assert_msg(!strpbrk(o->help, "\"\\`$\n"), "--%s: help needs quoting", o->name);
    }
    const struct pl_command *c = NULL;
    size_t n = 0;
    for (; (c = pl_command_at(n)) != NULL; n++) {
        ck_assert_ptr_eq(pl_command_find(c->name), c);
        ck_assert_msg(!strpbrk(c->summary, "\"\\`$\n"), "%s: summary", c->name);
        ck_assert(c->run != NULL);
    }
    ck_assert_uint_gt(n, 5);
    ck_assert_ptr_null(pl_command_find("lin"));
    ck_assert_ptr_null(pl_command_find(""));
}
END_TEST

/* Is there a line in the help that starts with the option? */
static void help_names_all(const struct pl_command *command)
{
    struct pl_err err;
    struct pl_buf text;
    struct pl_buf mdoc;
    const struct pl_option *o = NULL;
    size_t named = 0;
    pl_buf_init(&text, PL_HELP_MAX_BYTES);
    pl_buf_init(&mdoc, PL_HELP_MAX_BYTES);
    ASSERT_OK(pl_help_append(&text, command, PL_FORMAT_TEXT, &err));
    ASSERT_OK(pl_help_append(&mdoc, command, PL_FORMAT_MDOC, &err));
    for (size_t i = 0; (o = pl_option_at(i)) != NULL; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "--%s%s", o->name, o->arg ? " " : "");
        bool in_text = strstr(text.data, name) != NULL;
        (void)snprintf(name, sizeof name, "Fl -%s%s", o->name, o->arg ? " Ns" : "\n");
        bool in_mdoc = strstr(mdoc.data, name) != NULL;
        if (pl_option_of(o, command)) {
            ck_assert_msg(in_text && in_mdoc, "%s", o->name);
            named++;
        }
    }
    ck_assert_uint_gt(named, 0);
    for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1) {
        ck_assert_msg(strcspn(line, "\n") <= 80, "%.*s", (int)strcspn(line, "\n"), line);
        ck_assert_msg(line[strcspn(line, "\n")] == '\n', "no line end");
    }
    pl_buf_done(&text);
    pl_buf_done(&mdoc);
}

START_TEST(help_shows_every_option_within_80_columns)
{
    const struct pl_command *command = NULL;
    help_names_all(NULL);
    for (size_t i = 0; (command = pl_command_at(i)) != NULL; i++) {
        help_names_all(command);
    }
}
END_TEST

START_TEST(help_that_does_not_fit_is_an_error)
{
    struct pl_err err;
    struct pl_buf text;
    pl_buf_init(&text, 40);
    ASSERT_FAILS(pl_help_append(&text, pl_command_find("lint"), PL_FORMAT_TEXT, &err),
                 PL_ERR_LIMIT);
    pl_buf_done(&text);
}
END_TEST

static void count_word(void *ctx, const char *word, int len)
{
    size_t *n = ctx;
    ck_assert_int_gt(len, 0);
    ck_assert(word != NULL);
    (*n)++;
}

START_TEST(words_are_cut_at_bars)
{
    size_t n = 0;
    pl_option_words("a|bc|d", count_word, &n);
    ck_assert_uint_eq(n, 3);
    pl_option_words("one", count_word, &n);
    ck_assert_uint_eq(n, 4);
    pl_option_words(NULL, count_word, &n);
    ck_assert_uint_eq(n, 4);
}
END_TEST

static enum pl_status parse_and_help(struct pl_err *err)
{
    struct pl_options options;
    struct pl_buf help;
    char layer[] = "--layer=a";
    char env[] = "--env=K=V";
    char select[] = "--select=PL3";
    char path[] = "p";
    char *argv[] = {layer, env, select, path};
    /* No ck_assert in here: Check's own allocations come through oom.h as well. */
    enum pl_status status = pl_options_parse(&options, pl_command_find("lint"), 4, argv, err);
    pl_buf_init(&help, PL_HELP_MAX_BYTES);
    if (status == PL_OK) {
        status = pl_help_append(&help, options.quiet ? NULL : pl_command_find("lint"),
                                PL_FORMAT_TEXT, err);
    }
    pl_buf_done(&help);
    pl_options_done(&options);
    return status;
}

START_TEST(parsing_survives_every_failed_allocation)
{
    ck_assert_int_gt(oom_exhaust(parse_and_help), 4);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        reads_long_and_short_forms,
        values_are_borrowed_and_kept_in_order,
        everything_behind_two_dashes_is_an_operand,
        choices_and_enums_take_their_words_only,
        numbers_and_dates_are_checked,
        unknown_options_name_the_nearest,
        options_of_other_commands_say_whose_they_are,
        arguments_are_neither_missing_nor_extra,
        operands_are_counted,
        help_ends_the_reading,
        rows_are_sorted_and_unique,
        rows_are_well_formed,
        help_shows_every_option_within_80_columns,
        help_that_does_not_fit_is_an_error,
        words_are_cut_at_bars,
        parsing_survives_every_failed_allocation,
    };
    return run_tests("options", tests, COUNT_OF(tests));
}
