/*
 * Programs of the user's that we start: npm, pip, uv, the shell of a build step.
 *
 * A program is started directly, never through a shell; it reads nothing (its standard input is
 * empty), has no terminal to ask questions on, and a session of its own, so that what it started is
 * ended with it.  Whether it failed is the caller's to judge: only what keeps us from knowing how
 * it ended is an error.
 *
 * The environment is the caller's: this library does not read its own.
 */
#ifndef PL_PKG_BASE_RUN_H
#define PL_PKG_BASE_RUN_H

#include "pkg/base/arena.h"
#include "pkg/base/buf.h"
#include "pkg/base/err.h"

/* What is kept of a program's output, if the caller says nothing else. */
enum { PL_RUN_KEPT_BYTES = 256 * 1024 };

/* What a program wrote.  Of too much the end is kept: it is where tools say what went wrong. */
struct pl_run_text {
    struct pl_buf text; /* owned */
    uint64_t all;       /* bytes that were written; more than text.len: the start is lost */
};

struct pl_run_request {
    const char *const *argv; /* NULL at the end; [0] is an absolute path (pl_run_find) */
    const char *const *env;  /* the whole environment, "NAME=VALUE"; NULL at the end */
    const char *folder;      /* where it starts; NULL: the current folder */
    bool joined;             /* its standard error goes where its standard output goes, in order */
    unsigned timeout_s;      /* 0: none */
    size_t kept_bytes;       /* of each stream; 0: PL_RUN_KEPT_BYTES */
    void *ctx;               /* for the functions, each of which may be NULL */
    bool (*cancelled)(void *ctx);                     /* asked several times a second */
    void (*output)(void *ctx, struct pl_slice bytes); /* what it writes, when it does */
};

struct pl_run_result {
    int status; /* its exit status; 128 + the signal's number when a signal ended it */
    int signal; /* 0: it ended by itself */
    struct pl_run_text out, err;
};

/*
 * Runs it and waits for its end.  PL_ERR_MISSING: there is no such program or folder (or the
 * interpreter that its first line names is missing); PL_ERR_LIMIT: it took longer than the timeout;
 * PL_ERR_CANCELLED.  After the last two neither it nor what it started in its session is running.
 * The result needs pl_run_result_done.
 */
PL_STATUS pl_run(struct pl_run_result *ret, const struct pl_run_request *request,
                 struct pl_err *err);
void pl_run_result_done(struct pl_run_result *result);

/* The program `name` in the absolute folders of `path` ("/usr/bin:/bin"); PL_ERR_MISSING when there
 * is none.  A name with a slash is no name. */
PL_STATUS pl_run_find(struct pl_arena *arena, const char *name, const char *path,
                      struct pl_slice *ret, struct pl_err *err);

/* The value in an environment, or NULL. */
const char *pl_run_env_get(const char *const *env, const char *name);
/* `base` with changes: each of `change` (NULL at the end) is "NAME=VALUE", which replaces or adds,
 * or "NAME", which takes away.  The result borrows from both; the list itself lives in the arena.
 */
PL_STATUS pl_run_env_with(struct pl_arena *arena, const char *const *base,
                          const char *const *change, const char *const **ret, struct pl_err *err);

/* The last `lines` lines of a text, without white space at its end: what a message shows of a tool
 * that failed. */
struct pl_slice pl_run_last_lines(struct pl_slice text, unsigned lines);

#endif
