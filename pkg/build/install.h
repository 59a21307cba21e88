/*
 * Sources that are made first.  Packages are installed for the target (`python` and `npm` sources):
 * by the user's own pip, uv and npm, found on PATH, for the runtime, architecture and C library
 * that Lambda has, not for this machine.  What was installed is kept below the cache's folder, by
 * the content of the files that say what to install, the target, and the tool's version; in
 * "installs", one folder each.
 *
 * Safe for processes side by side: a result is made in a folder of its own and appears whole, by a
 * rename.  What was changed since is noticed and installed anew.
 *
 * The environment is the caller's: this library does not read its own.
 */
#ifndef PL_PKG_BUILD_INSTALL_H
#define PL_PKG_BUILD_INSTALL_H

#include "pkg/project/project.h"

/* What is kept, unless it was used within the last hour. */
#define PL_INSTALLS_MAX_BYTES (UINT64_C(4) * 1024 * 1024 * 1024)

struct pl_installs_options {
    const char *const *env;    /* of the programs that are started; NULL at the end */
    const char *cache_dir;     /* NULL: nothing is kept */
    const char *temporary_dir; /* for what is not kept */
    bool stored_only;          /* start nothing: what is not there stays out */
    void *ctx;                 /* for the functions, each of which may be NULL */
    bool (*cancelled)(void *ctx);
    /* What is being done, and what people should know; one line. */
    void (*say)(void *ctx, bool is_warning, const char *text);
    /* Whole lines of what tools write, when they do; passwords of URLs are hidden. */
    void (*output)(void *ctx, struct pl_slice lines);
    /* The same of commands of `run` sources. */
    void (*command_output)(void *ctx, struct pl_slice lines);
    /* The last lines of a tool that failed. */
    void (*failed)(void *ctx, struct pl_slice lines);
};

struct pl_installs;
PL_STATUS pl_installs_open(struct pl_installs **ret, const struct pl_installs_options *options,
                           struct pl_err *err);
/* Removes what was not kept; takes NULL. */
void pl_installs_close(struct pl_installs *installs);

/* What messages call a source: its path, "python: requirements.txt", "run: the command's first
 * line"; safe to show, NUL behind. */
PL_STATUS pl_source_label(const struct pl_source *source, struct pl_arena *arena,
                          struct pl_slice *ret, struct pl_err *err);

/* Sets `made` of every source of a function (of a layer) that is to be installed, where there is a
 * result.  Without `stored_only` there is one, or an error. */
PL_STATUS pl_install_function(struct pl_installs *installs, struct pl_project *project,
                              uint32_t function, struct pl_err *err);
PL_STATUS pl_install_layer(struct pl_installs *installs, struct pl_project *project, uint32_t layer,
                           struct pl_err *err);

struct pl_installs_info {
    uint64_t bytes;
    size_t n;
};
/* A folder that is not there is an empty one. */
PL_STATUS pl_installs_measure(struct pl_installs_info *ret, const char *cache_dir,
                              struct pl_err *err);
PL_STATUS pl_installs_clear(struct pl_installs_info *ret, const char *cache_dir,
                            struct pl_err *err);

#endif
