/* One source that is installed, between the files that do it (inside of pkg/build). */
#ifndef PL_PKG_BUILD_INSTALL_JOB_H
#define PL_PKG_BUILD_INSTALL_JOB_H

#include "pkg/base/digest.h"
#include "pkg/base/run.h"
#include "pkg/build/install.h"

#include <sys/stat.h>

/* A program that installs. */
struct pl_tool {
    struct pl_slice path;    /* absolute; of pip as a module, Python's */
    struct pl_slice version; /* "uv 0.13.9" */
    bool is_module;          /* PATH -m pip */
    bool looked_for, found;
    uint64_t python_minor; /* of pip: the Python 3 that runs it; 0: not known */
};

struct pl_installs {
    struct pl_installs_options options;
    struct pl_slice dir;       /* CACHE/installs, NUL behind; empty: nothing is kept */
    struct pl_slice temporary; /* of this process; made when it is needed first */
    unsigned number;           /* of the next folder in it */
    struct pl_tool uv, pip, npm, shell;
    uint64_t pip_minor; /* the target's Python that `pip` was looked for */
    struct pl_arena arena;
};

/* What is installed, and for what. */
struct pl_install_job {
    struct pl_installs *in;
    const struct pl_project *project;
    const struct pl_source *source;
    const struct pl_runtime *runtime; /* of the source's language; of a command: may be NULL */
    enum pl_arch arch;                /* known */
    struct pl_slice root;             /* the manifest's folder, absolute; NUL behind */
    struct pl_slice label;            /* "python: requirements.txt" */
    struct pl_slice file;             /* absolute: of requirements, a lock, or the folder of npm */
    struct pl_slice work;             /* absolute: a folder to work in */
    struct pl_slice tree;             /* absolute: the folder to fill, in `work` */
    struct pl_slice inputs;           /* hash of what is to be installed, and for what */
    bool loose; /* depends on what is not in that hash: a local folder, somebody's server */
};

/* ---- install_inputs.c ---- */

/* Reads everything that says what is to be installed: sets `inputs` and `loose`. */
PL_STATUS pl_install_inputs(struct pl_install_job *job, struct pl_err *err);

/* ---- install_tool.c ---- */

/* Looks for it on PATH and asks for its version, once.  PL_ERR_MISSING says how to get it. */
PL_STATUS pl_install_find(struct pl_install_job *job, struct pl_tool **ret, struct pl_err *err);
PL_STATUS pl_install_find_uv(struct pl_installs *in, struct pl_err *err);
/* Runs a tool in `folder`; a status that is not 0 is PL_ERR_IO, and its last lines were shown.
 * With ret_failed, such a status is PL_OK, true, and nothing is shown: *ret_text has what it wrote.
 */
struct pl_install_run {
    const char *const *argv;
    const char *const *change; /* of the environment, as pl_run_env_with; NULL: nothing */
    const char *folder;
    bool is_shown; /* its output is given on whatever the options say: it is the user's own */
    bool *ret_failed;
    int *ret_status;           /* the exit status, 128 + N for signal N; may be NULL */
    struct pl_slice *ret_text; /* in the arena */
};
PL_STATUS pl_install_run(struct pl_install_job *job, const struct pl_install_run *run,
                         struct pl_err *err);
/* Shows a text that pl_install_run gave, and returns its error. */
enum pl_status pl_install_failed(struct pl_install_job *job, const char *name, struct pl_slice text,
                                 struct pl_err *err);
void pl_install_say(struct pl_install_job *job, bool is_warning, const char *fmt, ...)
    PL_PRINTF(3, 4);

/* ---- install_python.c, install_npm.c: fill job->tree ---- */

PL_STATUS pl_install_python(struct pl_install_job *job, struct pl_tool *tool, struct pl_err *err);
PL_STATUS pl_install_npm(struct pl_install_job *job, struct pl_tool *tool, struct pl_err *err);

/* ---- install_command.c ---- */

/* A hash of what a command reads, the command, and the target. */
PL_STATUS pl_install_command_inputs(struct pl_install_job *job, struct pl_slice *ret,
                                    struct pl_err *err);
/* Runs it: fills job->tree; sets `loose` when its inputs changed meanwhile. */
PL_STATUS pl_install_command(struct pl_install_job *job, struct pl_err *err);
/* "plimsoll.yaml:9:14: ", or "". */
const char *pl_install_where(struct pl_install_job *job, struct pl_pos at);

/* ---- install_tidy.c ---- */

/* Takes away what belongs to this machine, and refuses what the target cannot load. */
PL_STATUS pl_install_tidy_python(struct pl_install_job *job, struct pl_err *err);
PL_STATUS pl_install_tidy_npm(struct pl_install_job *job, struct pl_err *err);

/* ---- install_folder.c ---- */

/* Calls `fn` for everything below a folder, names sorted, a folder after what is in it. */
struct pl_install_entry {
    struct pl_slice path; /* absolute, NUL behind */
    struct pl_slice rel;  /* from the folder */
    const struct stat *st;
};
typedef PL_STATUS (*pl_install_entry_fn)(void *ctx, const struct pl_install_entry *entry,
                                         struct pl_err *err);
PL_STATUS pl_install_walk(struct pl_slice folder, pl_install_entry_fn fn, void *ctx,
                          struct pl_err *err);
/* As rm -r; what is not there is gone. */
PL_STATUS pl_install_remove(struct pl_slice folder, struct pl_err *err);
/* A new folder to work in, removed at the end at the latest. */
PL_STATUS pl_install_work_folder(struct pl_installs *in, struct pl_slice *ret, struct pl_err *err);
/* Is the result in this folder whole and unchanged?  Then it counts as used now. */
bool pl_install_is_whole(struct pl_slice folder);
/* Marks the result in a folder as whole. */
PL_STATUS pl_install_seal(struct pl_slice folder, struct pl_err *err);
/* The newest whole result of a name that begins so; false: there is none. */
PL_STATUS pl_install_newest(struct pl_installs *in, struct pl_slice start, struct pl_slice *ret,
                            bool *ret_found, struct pl_err *err);
/* Lets the least recently used go while there is more than PL_INSTALLS_MAX_BYTES. */
void pl_install_evict(struct pl_installs *in);

#endif
