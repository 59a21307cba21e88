#include "pkg/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message with its context in front, before it is cut to size. */
enum { PL_ERR_JOINED = 2 * PL_ERR_MSG_MAX + 2 };

/* A text that has to be cut ends in "..." and is never cut inside a UTF-8 sequence. */
static void cut_copy(char to[PL_ERR_MSG_MAX], const char *from)
{
    size_t len = strlen(from);
    if (len < PL_ERR_MSG_MAX) {
        memcpy(to, from, len + 1);
        return;
    }
    size_t keep = PL_ERR_MSG_MAX - 4;
    while (keep > 0 && ((unsigned char)from[keep] & 0xC0u) == 0x80u) {
        keep--;
    }
    memcpy(to, from, keep);
    memcpy(to + keep, "...", 4);
}

/* Formats into `to`; the arguments may point into the error that is about to be overwritten, so
 * this is never its own message. */
static void format_cut(char to[PL_ERR_MSG_MAX], const char *fmt, va_list args) PL_PRINTF(2, 0);
static void format_cut(char to[PL_ERR_MSG_MAX], const char *fmt, va_list args)
{
    char raw[PL_ERR_MSG_MAX + 8];
    int n = vsnprintf(raw, sizeof(raw), fmt, args);
    if (n < 0) {
        memcpy(to, "(message lost)", sizeof("(message lost)"));
        return;
    }
    cut_copy(to, raw);
}

static void join_cut(char to[PL_ERR_MSG_MAX], const char *front, const char *back)
{
    char joined[PL_ERR_JOINED];
    (void)snprintf(joined, sizeof(joined), "%s: %s", front, back);
    cut_copy(to, joined);
}

enum pl_status pl_err_set(struct pl_err *err, enum pl_status code, const char *fmt, ...)
{
    char msg[PL_ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    format_cut(msg, fmt, args);
    va_end(args);
    memcpy(err->msg, msg, strlen(msg) + 1);
    err->code = code == PL_OK ? PL_ERR_INTERNAL : code;
    err->sys = 0;
    return err->code;
}

static enum pl_status code_of_sys(int sys)
{
    if (sys == ENOMEM) {
        return PL_ERR_NOMEM;
    }
    if (sys == ENOENT || sys == ENOTDIR) {
        return PL_ERR_MISSING;
    }
    return PL_ERR_IO;
}

enum pl_status pl_err_sys(struct pl_err *err, int sys, const char *fmt, ...)
{
    char msg[PL_ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    format_cut(msg, fmt, args);
    va_end(args);

    char text[128];
    if (sys == 0) {
        memcpy(text, "unknown error", sizeof("unknown error"));
    } else if (strerror_r(sys, text, sizeof(text)) != 0) {
        (void)snprintf(text, sizeof(text), "system error %d", sys);
    }
    join_cut(err->msg, msg, text);
    err->code = code_of_sys(sys);
    err->sys = sys;
    return err->code;
}

enum pl_status pl_err_nomem(struct pl_err *err)
{
    static const char text[] = "out of memory";
    err->code = PL_ERR_NOMEM;
    err->sys = ENOMEM;
    memcpy(err->msg, text, sizeof(text));
    return PL_ERR_NOMEM;
}

enum pl_status pl_err_wrap(struct pl_err *err, const char *fmt, ...)
{
    char context[PL_ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    format_cut(context, fmt, args);
    va_end(args);

    if (err->code == PL_OK) {
        err->code = PL_ERR_INTERNAL;
        err->sys = 0;
        join_cut(err->msg, context, "a failure without an error");
        return err->code;
    }
    char cause[PL_ERR_MSG_MAX];
    memcpy(cause, err->msg, sizeof(cause));
    cause[sizeof(cause) - 1] = '\0';
    join_cut(err->msg, context, cause);
    return err->code;
}

const char *pl_status_text(enum pl_status code)
{
    switch (code) {
#define PL_ERR_TEXT(name, text, exit_status) \
    case name:                               \
        return text;
        PL_ERR_LIST(PL_ERR_TEXT)
#undef PL_ERR_TEXT
    }
    return "unknown status";
}

int pl_status_exit(enum pl_status code)
{
    static const int exit_of[] = {
#define PL_ERR_EXIT(name, text, exit_status) [name] = (exit_status),
        PL_ERR_LIST(PL_ERR_EXIT)
#undef PL_ERR_EXIT
    };
    size_t at = (size_t)code;
    return at < sizeof(exit_of) / sizeof(exit_of[0]) ? exit_of[at] : 3;
}
