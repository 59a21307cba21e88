/*
 * Commands and options are rows (commands.def, opts.def).  The parser, --help, the OPTIONS lists of
 * the manual, and shell completion all come from those rows: no row, no option.
 */
#ifndef PL_CMD_OPTIONS_H
#define PL_CMD_OPTIONS_H

#include "pkg/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_list { /* a repeatable option's values; borrowed from argv */
    const char **at;
    size_t n, cap;
};

enum pl_format {
    PL_FORMAT_TEXT,
    PL_FORMAT_JSON,
    PL_FORMAT_MARKDOWN,
    PL_FORMAT_MDOC,
    PL_FORMAT_GCC,
    PL_FORMAT_JSONL,
    PL_FORMAT_SARIF,
    PL_FORMAT_JUNIT,
    PL_FORMAT_GITHUB,
    PL_FORMAT_GITLAB,
    PL_FORMAT_CHECKSTYLE
};
enum pl_color { PL_COLOR_AUTO, PL_COLOR_ALWAYS, PL_COLOR_NEVER };

enum { PL_MAX_JOBS = 256 };
#define PL_MAX_NUMBER UINT64_C(1000000000000000)

/* Values of all options of all commands; each command reads those that its rows name.  What the
 * rows call CHOICE and DATE is checked already: such a text is one of the choices, or a date. */
struct pl_options {
    /* common */
    bool help, quiet, verbose, version;
    uint8_t color;  /* enum pl_color */
    uint8_t format; /* enum pl_format */
    uint32_t jobs;  /* 0: one per CPU */
    /* lint */
    const char *runtime, *handler, *arch, *upload, *as_of, *fail_on, *type;
    const char *env_file, *image, *root;
    const char *schedule; /* explain */
    /* cost; 0: not said */
    uint64_t requests, duration, memory;
    const char *region;
    bool no_free_tier;
    const char *baseline, *config, *data;
    struct pl_list layer, env, select, ignore, severity, outputs;
    bool pedantic, show_all, allow_empty, require_built, update_baseline, no_config, time_report;
    /* pack */
    const char *manifest, *output_dir, *level, *source, *output, *explain, *cache_dir;
    bool check, dry_run, no_lint, no_cache, presets;
    /* what is not an option */
    struct pl_list operand;
};

/* How an option's argument is read and completed, and the size of the field it goes into. */
#define PL_OPTION_KIND_LIST(X)                                                  \
    X(FLAG, sizeof(bool)) /* no argument */                                     \
    X(TEXT, sizeof(const char *))                                               \
    X(FILE, sizeof(const char *))                                               \
    X(FOLDER, sizeof(const char *))                                             \
    X(RUNTIME, sizeof(const char *))                                            \
    X(DATE, sizeof(const char *))   /* YYYY-MM-DD */                            \
    X(CHOICE, sizeof(const char *)) /* one of the words in `arg` */             \
    X(LIST, sizeof(struct pl_list)) /* repeatable */                            \
    X(FILES, sizeof(struct pl_list))                                            \
    X(RULES, sizeof(struct pl_list))   /* selectors with commas between them */ \
    X(OUTPUTS, sizeof(struct pl_list)) /* FORMAT=FILE, repeatable */            \
    X(COUNT, sizeof(uint32_t))         /* 1 .. PL_MAX_JOBS */                   \
    X(NUMBER, sizeof(uint64_t))        /* 1 .. PL_MAX_NUMBER */                 \
    X(FORMAT, sizeof(uint8_t))         /* enum pl_format */                     \
    X(COLOR, sizeof(uint8_t))          /* enum pl_color */

enum pl_option_kind {
#define PL_OPTION_KIND_ENUM(kind, size) PL_OPTION_##kind,
    PL_OPTION_KIND_LIST(PL_OPTION_KIND_ENUM)
#undef PL_OPTION_KIND_ENUM
};

enum pl_command_id {
#define PL_CMD(name, summary, operands, fn) PL_COMMAND_##name,
#include "cmd/commands.def"
#undef PL_CMD
    PL_COMMAND_COUNT
};

struct pl_command {
    enum pl_command_id id;
    const char *name;
    const char *summary;                          /* one line, no final stop */
    const char *operands;                         /* "PATH...", for usage; see commands.def */
    int (*run)(const struct pl_options *options); /* returns the exit status */
};

struct pl_option {
    const char *name; /* without the two dashes */
    const char *arg;  /* NULL for a FLAG */
    const char *help;
    size_t offset;     /* of the field in struct pl_options */
    uint32_t commands; /* bit per enum pl_command_id, and PL_OPTION_ALONE */
    enum pl_option_kind kind;
    char letter; /* 0: none */
};
/* The option stands without a command. */
#define PL_OPTION_ALONE (1u << 31)

const struct pl_command *pl_command_find(const char *name);
const struct pl_command *pl_command_at(size_t index); /* NULL behind the last */
const struct pl_option *pl_option_at(size_t index);   /* NULL behind the last */
/* Does the command have this option?  NULL stands for the program without a command. */
bool pl_option_of(const struct pl_option *option, const struct pl_command *command);

/*
 * Reads what stands behind the command's name (or, for NULL, behind the program's).  Everything
 * wrong is PL_ERR_USAGE with what to write instead.  Stops at --help.  Release with
 * pl_options_done, also after a failure.
 */
PL_STATUS pl_options_parse(struct pl_options *options, const struct pl_command *command, int argc,
                           char *const *argv, struct pl_err *err);
void pl_options_done(struct pl_options *options);

/* The two halves of an --output; PL_ERR_USAGE when it is not FORMAT=FILE.  *ret_path stands in
 * `text`. */
PL_STATUS pl_options_output(const char *text, enum pl_format *ret_format, const char **ret_path,
                            struct pl_err *err);
/* Is this format asked for, on stdout or in a file? */
bool pl_options_writes(const struct pl_options *options, enum pl_format format);

/* The day of --as-of, else today in UTC: days since 1970. */
/* Judges by the facts of --data from here on; those that are older than ours are not used, which is
 * said.  pl_runtime_data_done at the end. */
struct pl_runtime_data;
PL_STATUS pl_options_use_data(const struct pl_options *options, struct pl_runtime_data *data,
                              struct pl_err *err);
int32_t pl_options_as_of(const struct pl_options *options);

/* Calls `fn` for each of the words in "a|b|c". */
void pl_option_words(const char *arg, void (*fn)(void *ctx, const char *word, int len), void *ctx);

/* The commands' functions, one file each. */
#define PL_CMD(name, summary, operands, fn) int fn(const struct pl_options *options);
#include "cmd/commands.def"
#undef PL_CMD

#endif
