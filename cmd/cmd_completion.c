#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/text.h"
#include "pkg/lambda/runtimes.h"
#include "pkg/project/manifest.h"
#include "rules/rule.h"

#include <stdlib.h>
#include <string.h>

/* The scripts take everything from the tables. */

enum { COMPLETION_MAX_BYTES = 256 * 1024 };

struct writer {
    struct pl_buf *to;
    struct pl_err *err;
    enum pl_status status; /* the first failure sticks */
};

static void put(struct writer *w, const char *text)
{
    if (w->status == PL_OK) {
        w->status = pl_buf_text(w->to, text, w->err);
    }
}

static void put_n(struct writer *w, const char *text, int len)
{
    if (w->status == PL_OK) {
        w->status = pl_buf_append(w->to, text, (size_t)len, w->err);
    }
}

static void put_word(void *ctx, const char *word, int len)
{
    put_n(ctx, word, len);
    put(ctx, " ");
}

static void put_runtimes(struct writer *w)
{
    for (size_t i = 0; i < pl_runtime_count(); i++) {
        if (!(pl_runtime_at(i)->flags & PL_RUNTIME_IMAGE_ONLY)) {
            put(w, pl_runtime_at(i)->id);
            put(w, " ");
        }
    }
}

static void put_rules(struct writer *w)
{
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        put(w, pl_rule_at((enum pl_rule_id)i)->id);
        put(w, " ");
        put(w, pl_rule_at((enum pl_rule_id)i)->name);
        put(w, " ");
    }
}

/* The words an option's argument may be, separated by blanks. */
static void put_values(struct writer *w, const struct pl_option *option)
{
    switch (option->kind) {
    case PL_OPTION_CHOICE:
    case PL_OPTION_FORMAT:
    case PL_OPTION_COLOR:
        pl_option_words(option->arg, put_word, w);
        break;
    case PL_OPTION_RUNTIME:
        put_runtimes(w);
        break;
    case PL_OPTION_RULES:
        put_rules(w);
        break;
    case PL_OPTION_FLAG:
    case PL_OPTION_TEXT:
    case PL_OPTION_FILE:
    case PL_OPTION_FOLDER:
    case PL_OPTION_DATE:
    case PL_OPTION_LIST:
    case PL_OPTION_FILES:
    case PL_OPTION_COUNT:
    case PL_OPTION_NUMBER:
    case PL_OPTION_OUTPUTS:
        break;
    }
}

static bool takes_files(const struct pl_option *option)
{
    return option->kind == PL_OPTION_FILE || option->kind == PL_OPTION_FILES ||
           option->kind == PL_OPTION_FOLDER;
}

/* Asked anew each time: the manifest changes, the script does not. */
#define ASK_NAMES "$(plimsoll completion names 2>/dev/null)"

/* Are the operands functions and layers of the manifest? */
static bool operands_are_names(const struct pl_command *command)
{
    return command->id == PL_COMMAND_pack;
}

/* What stands where no option does: words, or files when there are none. */
static void put_operands(struct writer *w, const struct pl_command *command)
{
    if (command->id == PL_COMMAND_completion || command->id == PL_COMMAND_cache ||
        command->id == PL_COMMAND_hook) {
        pl_option_words(command->operands, put_word, w);
    } else if (command->id == PL_COMMAND_explain) {
        put_rules(w);
    } else if (command->id == PL_COMMAND_help) {
        for (size_t i = 0; pl_command_at(i); i++) {
            put(w, pl_command_at(i)->name);
            put(w, " ");
        }
    }
}

static bool operands_are_files(const struct pl_command *command)
{
    return strstr(command->operands, "PATH") != NULL;
}

static void put_option_names(struct writer *w, const struct pl_command *command)
{
    const struct pl_option *option = NULL;
    for (size_t i = 0; (option = pl_option_at(i)) != NULL; i++) {
        if (pl_option_of(option, command)) {
            put(w, "--");
            put(w, option->name);
            put(w, " ");
        }
    }
}

/* --- bash --- */

static void bash_values(struct writer *w, const struct pl_command *command)
{
    const struct pl_option *option = NULL;
    for (size_t i = 0; (option = pl_option_at(i)) != NULL; i++) {
        if (!pl_option_of(option, command) || !option->arg) {
            continue;
        }
        put(w, "        ");
        put(w, command->name);
        put(w, ":--");
        put(w, option->name);
        if (option->letter) {
            put(w, "|");
            put(w, command->name);
            put(w, ":-");
            put_n(w, &option->letter, 1);
        }
        put(w, takes_files(option) ? ") files=1" : ") words='");
        if (!takes_files(option)) {
            put_values(w, option);
            put(w, "'");
        }
        put(w, ";;\n");
    }
}

static void bash_operands(struct writer *w, const struct pl_command *command)
{
    put(w, "            ");
    put(w, command->name);
    put(w, operands_are_names(command) ? ") words=\"" ASK_NAMES "\"; options='" : ") words='");
    put_operands(w, command);
    put(w, operands_are_files(command)   ? "'; files=1; options='"
           : operands_are_names(command) ? ""
                                         : "'; options='");
    put_option_names(w, command);
    put(w, "';;\n");
}

static void bash_script(struct writer *w)
{
    put(w,
        "# bash completion for plimsoll; printed by: plimsoll completion bash\n"
        "_plimsoll()\n{\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local command=${COMP_WORDS[1]} words='' options='' files=''\n"
        "    if [[ $cur == = ]]; then cur=''; fi\n"
        "    if [[ $prev == = && COMP_CWORD -gt 2 ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
        "    COMPREPLY=()\n"
        "    if [[ $COMP_CWORD -eq 1 ]]; then\n        words='");
    for (size_t i = 0; pl_command_at(i); i++) {
        put(w, pl_command_at(i)->name);
        put(w, " ");
    }
    put_option_names(w, NULL);
    put(w, "'\n    else\n        case $command:$prev in\n");
    for (size_t i = 0; pl_command_at(i); i++) {
        bash_values(w, pl_command_at(i));
    }
    put(w, "        *)\n            case $command in\n");
    for (size_t i = 0; pl_command_at(i); i++) {
        bash_operands(w, pl_command_at(i));
    }
    put(w, "            esac\n"
           "            if [[ $cur == -* ]]; then words=$options files=''; fi\n"
           "            ;;\n"
           "        esac\n"
           "    fi\n"
           "    local IFS=$' \\t\\n'\n"
           "    if [[ -n $words ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); fi\n"
           "    if [[ -n $files ]]; then\n"
           "        IFS=$'\\n'\n"
           "        COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
           "        compopt -o filenames 2>/dev/null\n"
           "    fi\n"
           "}\n"
           "complete -F _plimsoll plimsoll\n");
}

/* --- zsh --- */

/* _arguments takes brackets and colons in its own way. */
static void zsh_text(struct writer *w, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text)) {
            put(w, "\\");
        }
        if (*text == '\'') {
            put(w, "'\\''");
        } else {
            put_n(w, text, 1);
        }
    }
}

static void zsh_option(struct writer *w, const struct pl_option *option, const char *spelled)
{
    bool repeats = option->kind == PL_OPTION_LIST || option->kind == PL_OPTION_FILES ||
                   option->kind == PL_OPTION_RULES || option->kind == PL_OPTION_OUTPUTS;
    put(w, repeats ? "            '*" : "            '");
    put(w, spelled);
    put(w, option->arg && spelled[1] == '-' ? "=[" : option->arg ? "+[" : "[");
    zsh_text(w, option->help);
    put(w, "]");
    if (option->arg) {
        put(w, ":");
        zsh_text(w, option->name);
        put(w, takes_files(option) ? ":_files" : ":(");
        if (!takes_files(option)) {
            put_values(w, option);
            put(w, ")");
        }
    }
    put(w, "' \\\n");
}

static void zsh_options(struct writer *w, const struct pl_command *command)
{
    const struct pl_option *option = NULL;
    for (size_t i = 0; (option = pl_option_at(i)) != NULL; i++) {
        char spelled[64] = "--";
        char letter[] = {'-', option->letter, '\0'};
        if (!pl_option_of(option, command) || strlen(option->name) + 3 > sizeof spelled) {
            continue;
        }
        memcpy(spelled + 2, option->name, strlen(option->name) + 1);
        zsh_option(w, option, spelled);
        if (option->letter) {
            zsh_option(w, option, letter);
        }
    }
}

static void zsh_operands(struct writer *w, const struct pl_command *command)
{
    if (operands_are_files(command)) {
        put(w, "            '*:path:_files'\n");
        return;
    }
    if (operands_are_names(command)) {
        put(w, "            '*:name:{compadd -- " ASK_NAMES "}'\n");
        return;
    }
    put(w, "            '*:operand:(");
    put_operands(w, command);
    put(w, ")'\n");
}

static void zsh_script(struct writer *w)
{
    put(w, "#compdef plimsoll\n# printed by: plimsoll completion zsh\n"
           "_plimsoll()\n{\n"
           "    if (( CURRENT == 2 )); then\n"
           "        local -a commands\n        commands=(\n");
    for (size_t i = 0; pl_command_at(i); i++) {
        put(w, "            '");
        put(w, pl_command_at(i)->name);
        put(w, ":");
        zsh_text(w, pl_command_at(i)->summary);
        put(w, "'\n");
    }
    put(w, "        )\n        _describe command commands\n        return\n    fi\n"
           "    local command=$words[2]\n"
           "    shift words\n    (( CURRENT-- ))\n"
           "    case $command in\n");
    for (size_t i = 0; pl_command_at(i); i++) {
        const struct pl_command *command = pl_command_at(i);
        put(w, "    ");
        put(w, command->name);
        put(w, ")\n        _arguments -s -S \\\n");
        zsh_options(w, command);
        zsh_operands(w, command);
        put(w, "        ;;\n");
    }
    put(w, "    esac\n}\n"
           "if [[ $funcstack[1] == _plimsoll ]]; then\n    _plimsoll \"$@\"\nelse\n"
           "    compdef _plimsoll plimsoll\nfi\n");
}

/* --- fish --- */

static void fish_quoted(struct writer *w, const char *text)
{
    put(w, "'");
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') {
            put(w, "\\");
        }
        put_n(w, text, 1);
    }
    put(w, "'");
}

static void fish_option(struct writer *w, const struct pl_command *command,
                        const struct pl_option *option)
{
    put(w, "complete -c plimsoll -n '__fish_seen_subcommand_from ");
    put(w, command->name);
    put(w, "' -l ");
    put(w, option->name);
    if (option->letter) {
        put(w, " -s ");
        put_n(w, &option->letter, 1);
    }
    if (option->arg) {
        put(w, takes_files(option) ? " -r -F" : " -x -a '");
        if (!takes_files(option)) {
            put_values(w, option);
            put(w, "'");
        }
    }
    put(w, " -d ");
    fish_quoted(w, option->help);
    put(w, "\n");
}

static void fish_command(struct writer *w, const struct pl_command *command)
{
    const struct pl_option *option = NULL;
    put(w, "complete -c plimsoll -n __fish_use_subcommand -f -a ");
    put(w, command->name);
    put(w, " -d ");
    fish_quoted(w, command->summary);
    put(w, "\ncomplete -c plimsoll -n '__fish_seen_subcommand_from ");
    put(w, command->name);
    put(w, operands_are_files(command) ? "' -F\n" : "' -f -a '");
    if (operands_are_names(command)) {
        put(w, "(plimsoll completion names 2>/dev/null)'\n");
    } else if (!operands_are_files(command)) {
        put_operands(w, command);
        put(w, "'\n");
    }
    for (size_t i = 0; (option = pl_option_at(i)) != NULL; i++) {
        if (pl_option_of(option, command)) {
            fish_option(w, command, option);
        }
    }
}

static void fish_script(struct writer *w)
{
    put(w, "# fish completion for plimsoll; printed by: plimsoll completion fish\n"
           "complete -c plimsoll -f\n");
    for (size_t i = 0; pl_command_at(i); i++) {
        fish_command(w, pl_command_at(i));
    }
}

/* --- the manifest's names --- */

/* The shells split at blanks and expand what they are given. */
static bool is_plain(struct pl_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '_' && c != '.' && (c != '-' || i == 0)) {
            return false;
        }
    }
    return true;
}

static void put_name(struct writer *w, struct pl_slice name, uint32_t n_source)
{
    if (n_source > 0 && is_plain(name)) {
        put_n(w, name.ptr, (int)name.len);
        put(w, "\n");
    }
}

/* What `pack` could be asked for here; nothing where the manifest has to be mended first. */
static void names_here(struct writer *w)
{
    struct pl_project project;
    struct pl_err ignored;
    char *path = NULL;
    if (pl_manifest_find(".", &path, &ignored) != PL_OK || !path) {
        return;
    }
    pl_project_init(&project);
    if (pl_manifest_read(&project, path, &ignored) == PL_OK) {
        for (uint32_t i = 0; i < project.n_function; i++) {
            put_name(w, project.function[i].id, project.function[i].n_source);
        }
        for (uint32_t i = 0; i < project.n_layer; i++) {
            put_name(w, project.layer[i].id, project.layer[i].n_source);
        }
    }
    pl_project_done(&project);
    free(path);
}

/* The scripts' names, as in the operands of commands.def. */
static const struct {
    const char *name;
    void (*script)(struct writer *w);
} shells[] = {
    {"bash", bash_script},
    {"zsh", zsh_script},
    {"fish", fish_script},
    {"names", names_here},
};
enum { SHELL_COUNT = sizeof shells / sizeof *shells };

int pl_cmd_completion(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = COMPLETION_MAX_BYTES};
    struct writer w = {.to = &out, .err = &err, .status = PL_OK};
    const char *name = options->operand.at[0];
    size_t i = 0;
    pl_term_init(&term, PL_COLOR_NEVER);
    while (i < SHELL_COUNT && strcmp(shells[i].name, name) != 0) {
        i++;
    }
    if (i == SHELL_COUNT) {
        w.status = pl_err_set(&err, PL_ERR_USAGE,
                              "completion takes bash, zsh, fish or names, not '%s'", name);
    } else {
        shells[i].script(&w);
    }
    if (w.status != PL_OK) {
        return pl_term_fail(&err, "completion");
    }
    pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, 0);
}
