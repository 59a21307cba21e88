#include "cmd/installs.h"

#include "cmd/cache_dir.h"
#include "cmd/term.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <unistd.h>

extern char **environ; /* POSIX; no header declares it */

static bool is_cancelled(void *ctx PL_UNUSED)
{
    return pl_signals_cancelled();
}

static void say(void *ctx, bool is_warning, const char *text)
{
    const struct pl_options *options = ctx;
    if (!options->quiet) {
        pl_term_say("%s%s", is_warning ? "warning: " : "", text);
    }
}

static void say_lines(struct pl_slice lines)
{
    struct pl_slice line;
    while (lines.ptr && pl_slice_next(&lines, '\n', &line)) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
            line.len--;
        }
        if (line.len > 0) {
            pl_term_say("  | %.*s", (int)line.len, line.ptr);
        }
    }
}

static void output(void *ctx PL_UNUSED, struct pl_slice lines)
{
    say_lines(lines);
}

static void failed(void *ctx, struct pl_slice lines)
{
    const struct pl_options *options = ctx;
    if (!options->verbose) { /* else it was shown when it came */
        say_lines(lines);
    }
}

enum pl_status pl_cmd_installs_open(struct pl_installs **ret, const struct pl_options *options,
                                    bool stored_only, struct pl_err *err)
{
    struct pl_buf dir PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    if (!options->no_cache && pl_cache_dir(options, &dir, err) != PL_OK) {
        return err->code;
    }
    union { /* the functions take it as not to be changed, and the callbacks as theirs */
        const struct pl_options *from;
        void *to;
    } ctx = {.from = options};
    const struct pl_installs_options how = {.env = (const char *const *)environ,
                                            .cache_dir = dir.data,
                                            .temporary_dir = getenv("TMPDIR"),
                                            .stored_only = stored_only,
                                            .ctx = ctx.to,
                                            .cancelled = is_cancelled,
                                            .say = stored_only ? NULL : say,
                                            .output = options->verbose ? output : NULL,
                                            .command_output = options->quiet ? NULL : output,
                                            .failed = failed};
    return pl_installs_open(ret, &how, err);
}

enum pl_status pl_cmd_install_function(struct pl_installs *installs, struct pl_project *project,
                                       uint32_t function, bool layers, struct pl_err *err)
{
    const struct pl_function_decl *fn = &project->function[function];
    for (uint32_t i = 0; layers && i < fn->n_layer; i++) {
        if (fn->layer[i].layer != PL_NO_INDEX &&
            pl_install_layer(installs, project, fn->layer[i].layer, err) != PL_OK) {
            return err->code;
        }
    }
    return pl_install_function(installs, project, function, err);
}

enum pl_status pl_cmd_find_installed(struct pl_project *project, const struct pl_options *options,
                                     struct pl_err *err)
{
    struct pl_installs *installs = NULL;
    enum pl_status status = pl_cmd_installs_open(&installs, options, true, err);
    for (uint32_t i = 0; i < project->n_function && status == PL_OK; i++) {
        status = pl_install_function(installs, project, i, err);
    }
    for (uint32_t i = 0; i < project->n_layer && status == PL_OK; i++) {
        status = pl_install_layer(installs, project, i, err);
    }
    pl_installs_close(installs);
    return status;
}
