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

enum pl_format { PL_FORMAT_TEXT, PL_FORMAT_JSON, PL_FORMAT_MARKDOWN };
enum pl_color { PL_COLOR_AUTO, PL_COLOR_ALWAYS, PL_COLOR_NEVER };

/* Values of all options of all commands; each command reads those that its rows name. */
struct pl_options {
    /* common */
    bool help, quiet, verbose, version;
    uint8_t color;   /* enum pl_color */
    uint8_t format;  /* enum pl_format */
    uint32_t jobs;   /* 0: one per CPU */
    /* lint */
    const char *runtime, *handler, *arch, *upload, *as_of, *fail_on, *type;
    const char *env_file;
    struct pl_list layer, env, select, ignore, severity;
    bool pedantic, show_all, allow_empty, require_built;
    /* pack */
    const char *manifest, *output_dir, *level;
    bool dry_run, no_lint;
    /* what is not an option */
    struct pl_list operand;
};

struct pl_command {
    const char *name;
    const char *summary;  /* one line, no final stop */
    const char *operands; /* "PATH...", for usage */
    int (*run)(const struct pl_options *options); /* returns the exit status */
};

const struct pl_command *pl_command_find(const char *name);
const struct pl_command *pl_command_at(size_t index); /* NULL behind the last */

#endif
