/*
 * Errors: "I could not look".  (A finding, "I looked and it is wrong", is rules/finding.h.)
 *
 * A function that can fail returns PL_STATUS and takes a caller-owned `struct pl_err *err` last.
 * Reporting an error never allocates.  Out parameters named ret_... are untouched on failure.
 */
#ifndef PL_PKG_BASE_ERR_H
#define PL_PKG_BASE_ERR_H

#include "pkg/base/attr.h"

/* name, text, exit status of the program */
#define PL_ERR_LIST(X)                                \
    X(PL_OK, "ok", 0)                                 \
    X(PL_ERR_NOMEM, "out of memory", 3)               \
    X(PL_ERR_IO, "input or output failed", 3)         \
    X(PL_ERR_MISSING, "not found", 3)                 \
    X(PL_ERR_FORMAT, "not in the expected format", 3) \
    X(PL_ERR_LIMIT, "limit reached", 3)               \
    X(PL_ERR_CHANGED, "changed while it was read", 3) \
    X(PL_ERR_CANCELLED, "interrupted", 3)             \
    X(PL_ERR_UNBUILT, "not built yet", 3)             \
    X(PL_ERR_INTERNAL, "internal error", 3)           \
    X(PL_ERR_USAGE, "wrong usage", 2)                 \
    X(PL_ERR_CONFIG, "wrong configuration", 2)

enum pl_status {
#define PL_ERR_ENUM(name, text, exit_status) name,
    PL_ERR_LIST(PL_ERR_ENUM)
#undef PL_ERR_ENUM
};

/* Return type of everything that can fail. */
#define PL_STATUS PL_MUST_CHECK enum pl_status

enum { PL_ERR_MSG_MAX = 512 };

/* Caller's storage.  `sys` is the errno behind it, or 0.  A message that is too long ends in "...";
 * context is put in front, so the outermost file name always survives. */
struct pl_err {
    enum pl_status code;
    int sys;
    char msg[PL_ERR_MSG_MAX];
};

/* Fills *err and returns `code`. `code` must not be PL_OK (then PL_ERR_INTERNAL is set). */
enum pl_status pl_err_set(struct pl_err *err, enum pl_status code, const char *fmt, ...)
    PL_PRINTF(3, 4) PL_COLD;

/* As pl_err_set, with ": strerror(sys)" behind the message.  ENOMEM becomes PL_ERR_NOMEM and
 * ENOENT/ENOTDIR PL_ERR_MISSING; everything else is PL_ERR_IO. */
enum pl_status pl_err_sys(struct pl_err *err, int sys, const char *fmt, ...)
    PL_PRINTF(3, 4) PL_COLD;

/* "out of memory", without a format. */
enum pl_status pl_err_nomem(struct pl_err *err) PL_COLD;

/* Puts "context: " in front and returns err->code.  Wrapping an error that is not one is an
 * internal error, never success. */
enum pl_status pl_err_wrap(struct pl_err *err, const char *fmt, ...) PL_PRINTF(2, 3) PL_COLD;

/* The text of a code, static. */
const char *pl_status_text(enum pl_status code);

/* The program's exit status for a code. */
int pl_status_exit(enum pl_status code);

/* Drops a must-check result on purpose; `why` is for the reader. */
static inline void pl_ignore(enum pl_status status PL_UNUSED, const char *why PL_UNUSED)
{
}

#endif
