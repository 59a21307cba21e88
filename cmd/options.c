#include "cmd/options.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Enumerators, so that a name that no command has does not compile. */
#define IN(command) (1u << PL_COMMAND_##command)
#define ALONE       PL_OPTION_ALONE
#define ALL         ((1u << PL_COMMAND_COUNT) - 1u)

/* The field of every row has the size that its kind writes. */
enum {
#define PL_OPTION_KIND_SIZE(kind, size) PL_SIZE_##kind = (int)(size),
    PL_OPTION_KIND_LIST(PL_OPTION_KIND_SIZE)
#undef PL_OPTION_KIND_SIZE
};
#define PL_OPT(commands, name, letter, arg, kind, field, help)                           \
    _Static_assert(sizeof(((struct pl_options *)NULL)->field) == (size_t)PL_SIZE_##kind, \
                   "the field of --" name " does not fit " #kind);
#include "cmd/opts.def"
#undef PL_OPT

static const struct pl_option options_table[] = {
#define PL_OPT(set, long_name, short_name, argument, option_kind, field, text) \
    {.name = (long_name),                                                      \
     .arg = (argument),                                                        \
     .help = (text),                                                           \
     .offset = offsetof(struct pl_options, field),                             \
     .commands = (set),                                                        \
     .kind = PL_OPTION_##option_kind,                                          \
     .letter = (short_name)},
#include "cmd/opts.def"
#undef PL_OPT
};
enum { OPTION_COUNT = sizeof(options_table) / sizeof(options_table[0]) };

static const struct pl_command commands_table[] = {
#define PL_CMD(name, summary, operands, fn) {PL_COMMAND_##name, #name, summary, operands, fn},
#include "cmd/commands.def"
#undef PL_CMD
};

const struct pl_command *pl_command_at(size_t index)
{
    return index < PL_COMMAND_COUNT ? &commands_table[index] : NULL;
}

const struct pl_command *pl_command_find(const char *name)
{
    for (size_t i = 0; i < PL_COMMAND_COUNT; i++) {
        if (strcmp(commands_table[i].name, name) == 0) {
            return &commands_table[i];
        }
    }
    return NULL;
}

const struct pl_option *pl_option_at(size_t index)
{
    return index < OPTION_COUNT ? &options_table[index] : NULL;
}

bool pl_option_of(const struct pl_option *option, const struct pl_command *command)
{
    uint32_t bit = command ? 1u << command->id : PL_OPTION_ALONE;
    return (option->commands & bit) != 0;
}

void pl_option_words(const char *arg, void (*fn)(void *ctx, const char *word, int len), void *ctx)
{
    for (const char *word = arg; word;) {
        const char *bar = strchr(word, '|');
        fn(ctx, word, bar ? (int)(bar - word) : (int)strlen(word));
        word = bar ? bar + 1 : NULL;
    }
}

struct parse {
    struct pl_options *to;
    const struct pl_command *command;
    int argc;
    char *const *argv;
    int at; /* index of the argument that is read */
};

/* How an option was written, for messages: "--env" or "-j". */
struct written {
    char text[64];
};

static struct written written_long(struct pl_slice name)
{
    struct written ret = {"--"};
    size_t n = name.len < sizeof ret.text - 3 ? name.len : sizeof ret.text - 3;
    memcpy(ret.text + 2, name.ptr, n);
    ret.text[n + 2] = '\0';
    return ret;
}

static struct written written_short(char letter)
{
    return (struct written){{'-', letter, '\0'}};
}

static const struct pl_option *find_long(struct pl_slice name, const struct pl_command *command)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (pl_option_of(&options_table[i], command) && pl_slice_is(name, options_table[i].name)) {
            return &options_table[i];
        }
    }
    return NULL;
}

static const struct pl_option *find_short(char letter, const struct pl_command *command)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (pl_option_of(&options_table[i], command) && options_table[i].letter == letter) {
            return &options_table[i];
        }
    }
    return NULL;
}

/* The first command that does have such an option. */
static const struct pl_command *owner_of(struct pl_slice name, char letter)
{
    for (size_t c = 0; c < PL_COMMAND_COUNT; c++) {
        const struct pl_command *command = &commands_table[c];
        if (name.len > 0 ? find_long(name, command) : find_short(letter, command)) {
            return command;
        }
    }
    return NULL;
}

static enum pl_status unknown_option(const struct pl_command *command, struct pl_slice name,
                                     char letter, struct pl_err *err)
{
    struct written as = name.len > 0 ? written_long(name) : written_short(letter);
    const struct pl_command *owner = owner_of(name, letter);
    if (owner && command) {
        return pl_err_set(err, PL_ERR_USAGE, "'%s' is not an option of '%s'; '%s' has it", as.text,
                          command->name, owner->name);
    }
    if (owner) {
        return pl_err_set(err, PL_ERR_USAGE, "'%s' stands behind the command: plimsoll %s %s",
                          as.text, owner->name, as.text);
    }
    const char *candidate[OPTION_COUNT];
    size_t n = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (pl_option_of(&options_table[i], command)) {
            candidate[n++] = options_table[i].name;
        }
    }
    const char *near = name.len > 0 ? pl_text_nearest(name, candidate, n) : NULL;
    if (near) {
        return pl_err_set(err, PL_ERR_USAGE, "unknown option '%s'; did you mean '--%s'?", as.text,
                          near);
    }
    return pl_err_set(err, PL_ERR_USAGE, "unknown option '%s'", as.text);
}

static enum pl_status list_add(struct pl_list *list, const char *value, struct pl_err *err)
{
    const char **at =
        pl_arr_grow(list->at, &list->cap, list->n + 1, sizeof *at, PL_MAX_ENTRIES, "values", err);
    if (!at) {
        return err->code;
    }
    list->at = at;
    list->at[list->n++] = value;
    return PL_OK;
}

/* The words of a CHOICE, FORMAT or COLOR: copies, for the option's `const char *` and for the
 * nearest word. */
enum { WORDS_MAX = 16, WORD_SIZE = 16 };
struct words {
    size_t n;
    char text[WORDS_MAX][WORD_SIZE];
};

static void words_add(void *ctx, const char *word, int len)
{
    struct words *words = ctx;
    if (words->n < WORDS_MAX && len < WORD_SIZE) {
        memcpy(words->text[words->n], word, (size_t)len);
        words->text[words->n][len] = '\0';
        words->n++;
    }
}

static enum pl_status check_word(const struct pl_option *option, const char *value,
                                 const struct written *as, struct pl_err *err)
{
    struct words words = {.n = 0};
    const char *candidate[WORDS_MAX];
    pl_option_words(option->arg, words_add, &words);
    for (size_t i = 0; i < words.n; i++) {
        if (strcmp(words.text[i], value) == 0) {
            return PL_OK;
        }
        candidate[i] = words.text[i];
    }
    const char *near = pl_text_nearest(pl_slice_of(value), candidate, words.n);
    if (near) {
        return pl_err_set(err, PL_ERR_USAGE, "%s takes %s; '%s' looks like '%s'", as->text,
                          option->arg, value, near);
    }
    return pl_err_set(err, PL_ERR_USAGE, "%s takes %s, not '%s'", as->text, option->arg, value);
}

/* The order of enum pl_format. */
static const char *const formats[] = {"text",  "json",  "markdown", "mdoc",   "gcc",       "jsonl",
                                      "sarif", "junit", "github",   "gitlab", "checkstyle"};

static uint8_t word_index(const char *const *word, size_t n, const char *value)
{
    size_t i = 0;
    while (i + 1 < n && strcmp(word[i], value) != 0) {
        i++;
    }
    return (uint8_t)i;
}

static enum pl_status store_count(uint32_t *to, const char *value, const struct written *as,
                                  struct pl_err *err)
{
    uint64_t n = 0;
    if (!pl_slice_u64(pl_slice_of(value), &n) || n < 1 || n > PL_MAX_JOBS) {
        return pl_err_set(err, PL_ERR_USAGE, "%s takes a number from 1 to %d, not '%s'", as->text,
                          PL_MAX_JOBS, value);
    }
    *to = (uint32_t)n;
    return PL_OK;
}

static enum pl_status store_number(uint64_t *to, const char *value, const struct written *as,
                                   struct pl_err *err)
{
    uint64_t n = 0;
    if (!pl_slice_u64(pl_slice_of(value), &n) || n < 1 || n > PL_MAX_NUMBER) {
        return pl_err_set(err, PL_ERR_USAGE, "%s takes a whole number from 1 on, not '%s'",
                          as->text, value);
    }
    *to = n;
    return PL_OK;
}

static enum pl_status store_text(const struct pl_option *option, const char **to, const char *value,
                                 const struct written *as, struct pl_err *err)
{
    int32_t days = 0;
    if (value[0] == '\0') {
        return pl_err_set(err, PL_ERR_USAGE, "%s takes %s, which may not be empty", as->text,
                          option->arg);
    }
    if (option->kind == PL_OPTION_DATE && !pl_date_parse(pl_slice_of(value), &days)) {
        return pl_err_set(err, PL_ERR_USAGE, "%s takes a date such as 2026-11-23, not '%s'",
                          as->text, value);
    }
    *to = value;
    return PL_OK;
}

enum pl_status pl_options_output(const char *text, enum pl_format *ret_format,
                                 const char **ret_path, struct pl_err *err)
{
    const struct pl_option *option = find_long(PL_SLICE("format"), pl_command_find("lint"));
    const char *equals = strchr(text, '=');
    char word[WORD_SIZE] = "";
    size_t len = equals ? (size_t)(equals - text) : 0;
    if (!option) {
        return pl_err_set(err, PL_ERR_INTERNAL, "lint has no --format");
    }
    if (!equals || equals[1] == '\0') {
        return pl_err_set(err, PL_ERR_USAGE,
                          "--output takes FORMAT=FILE, such as sarif=plimsoll.sarif, not '%s'",
                          text);
    }
    memcpy(word, text, len < sizeof word - 1 ? len : sizeof word - 1);
    struct written as = {"the format of --output"};
    enum pl_status status = check_word(option, word, &as, err);
    if (status == PL_OK) {
        *ret_format = (enum pl_format)word_index(formats, sizeof formats / sizeof *formats, word);
        *ret_path = equals + 1;
    }
    return status;
}

static enum pl_status check_output(const char *text, struct pl_err *err)
{
    enum pl_format format = PL_FORMAT_TEXT;
    const char *path = NULL;
    return pl_options_output(text, &format, &path, err);
}

bool pl_options_writes(const struct pl_options *options, enum pl_format format)
{
    bool is = options->format == format;
    for (size_t i = 0; i < options->outputs.n && !is; i++) {
        enum pl_format at = PL_FORMAT_TEXT;
        const char *path = NULL;
        struct pl_err err;
        is = pl_options_output(options->outputs.at[i], &at, &path, &err) == PL_OK && at == format;
    }
    return is;
}

static void store_flag(struct pl_options *options, const struct pl_option *option)
{
    void *field = (char *)options + option->offset;
    *(bool *)field = true;
}

/* The argument of any option that takes one. */
static enum pl_status store(struct pl_options *options, const struct pl_option *option,
                            const char *value, const struct written *as, struct pl_err *err)
{
    /* The order of enum pl_color. */
    static const char *const colors[] = {"auto", "always", "never"};
    void *field = (char *)options + option->offset;
    enum pl_status status = PL_OK;

    switch (option->kind) {
    case PL_OPTION_FLAG:
        break;
    case PL_OPTION_TEXT:
    case PL_OPTION_FILE:
    case PL_OPTION_FOLDER:
    case PL_OPTION_RUNTIME:
    case PL_OPTION_DATE:
        return store_text(option, field, value, as, err);
    case PL_OPTION_LIST:
    case PL_OPTION_FILES:
    case PL_OPTION_RULES:
        return list_add(field, value, err);
    case PL_OPTION_OUTPUTS:
        status = check_output(value, err);
        return status ? status : list_add(field, value, err);
    case PL_OPTION_COUNT:
        return store_count(field, value, as, err);
    case PL_OPTION_NUMBER:
        return store_number(field, value, as, err);
    case PL_OPTION_CHOICE:
        status = check_word(option, value, as, err);
        if (status == PL_OK) {
            *(const char **)field = value;
        }
        return status;
    case PL_OPTION_FORMAT:
    case PL_OPTION_COLOR:
        status = check_word(option, value, as, err);
        if (status == PL_OK) {
            *(uint8_t *)field = option->kind == PL_OPTION_FORMAT
                                    ? word_index(formats, sizeof formats / sizeof *formats, value)
                                    : word_index(colors, sizeof colors / sizeof *colors, value);
        }
        return status;
    }
    return pl_err_set(err, PL_ERR_INTERNAL, "option %s has no such argument", as->text);
}

/* The argument of an option that did not bring it in the same word; NULL with *err set. */
static const char *next_value(struct parse *p, const struct pl_option *option,
                              const struct written *as, struct pl_err *err)
{
    if (p->at + 1 >= p->argc) {
        pl_ignore(pl_err_set(err, PL_ERR_USAGE, "%s needs an argument: %s", as->text, option->arg),
                  "the caller returns it");
        return NULL;
    }
    p->at++;
    return p->argv[p->at];
}

static enum pl_status read_long(struct parse *p, const char *text, struct pl_err *err)
{
    struct pl_slice name = pl_slice_of(text);
    const char *equals = strchr(text, '=');
    if (equals) {
        name.len = (size_t)(equals - text);
    }
    struct written as = written_long(name);
    const struct pl_option *option = name.len > 0 ? find_long(name, p->command) : NULL;
    if (!option) {
        return name.len > 0 ? unknown_option(p->command, name, '\0', err)
                            : pl_err_set(err, PL_ERR_USAGE, "unknown option '--%s'", text);
    }
    if (!option->arg) {
        if (equals) {
            return pl_err_set(err, PL_ERR_USAGE, "%s takes no argument", as.text);
        }
        store_flag(p->to, option);
        return PL_OK;
    }
    const char *value = equals ? equals + 1 : NULL;
    if (!value) {
        value = next_value(p, option, &as, err);
    }
    if (!value) {
        return err->code;
    }
    return store(p->to, option, value, &as, err);
}

/* "-qv", "-j4", "-j 4" */
static enum pl_status read_short(struct parse *p, const char *text, struct pl_err *err)
{
    for (; *text; text++) {
        struct written as = written_short(*text);
        const struct pl_option *option = find_short(*text, p->command);
        if (!option) {
            return unknown_option(p->command, pl_slice_of(NULL), *text, err);
        }
        if (!option->arg) {
            store_flag(p->to, option);
            continue;
        }
        const char *value = text[1] ? text + 1 : NULL;
        if (!value) {
            value = next_value(p, option, &as, err);
        }
        if (!value) {
            return err->code;
        }
        return store(p->to, option, value, &as, err);
    }
    return PL_OK;
}

static enum pl_status check_operands(const struct parse *p, struct pl_err *err)
{
    const char *wanted = p->command ? p->command->operands : "";
    size_t n = p->to->operand.n;
    bool many = strstr(wanted, "...") != NULL;
    bool optional = wanted[0] == '[' || wanted[0] == '\0';
    if (n == 0 && !optional) {
        return pl_err_set(err, PL_ERR_USAGE, "%s needs an operand: plimsoll %s %s",
                          p->command->name, p->command->name, wanted);
    }
    size_t most = wanted[0] == '\0' ? 0 : 1;
    if (!many && n > most) {
        const char *extra = p->to->operand.at[most];
        return p->command ? pl_err_set(err, PL_ERR_USAGE, "'%s' is one operand too many for '%s'",
                                       extra, p->command->name)
                          : pl_err_set(err, PL_ERR_USAGE, "'%s' is one operand too many", extra);
    }
    return PL_OK;
}

enum pl_status pl_options_parse(struct pl_options *options, const struct pl_command *command,
                                int argc, char *const *argv, struct pl_err *err)
{
    struct parse p = {.to = options, .command = command, .argc = argc, .argv = argv};
    bool only_operands = false;
    *options = (struct pl_options){.help = false};
    for (p.at = 0; p.at < argc && !options->help; p.at++) {
        const char *arg = argv[p.at];
        enum pl_status status = PL_OK;
        if (only_operands || arg[0] != '-' || arg[1] == '\0') {
            status = list_add(&options->operand, arg, err);
        } else if (strcmp(arg, "--") == 0) {
            only_operands = true;
        } else if (arg[1] == '-') {
            status = read_long(&p, arg + 2, err);
        } else {
            status = read_short(&p, arg + 1, err);
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return options->help ? PL_OK : check_operands(&p, err);
}

void pl_options_done(struct pl_options *options)
{
    struct pl_list *const list[] = {
        &options->layer,    &options->env,     &options->select,  &options->ignore,
        &options->severity, &options->outputs, &options->operand, NULL};
    for (size_t i = 0; list[i]; i++) {
        free(list[i]->at);
        *list[i] = (struct pl_list){.n = 0};
    }
}

int32_t pl_options_as_of(const struct pl_options *options)
{
    int32_t days = 0;
    if (options->as_of && pl_date_parse(pl_slice_of(options->as_of), &days)) {
        return days;
    }
    return (int32_t)(time(NULL) / 86400);
}
