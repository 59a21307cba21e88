/*
 * The one place that prints.  Human text and reports go to stdout, progress and diagnostics to
 * stderr.  A failed write to stdout is remembered and becomes exit status 3.
 */
#ifndef PL_CMD_TERM_H
#define PL_CMD_TERM_H

#include "cmd/options.h"
#include "pkg/base/buf.h"
#include "pkg/base/err.h"

/* Styles for text on a terminal; all empty strings when colour is off. */
struct pl_style {
    const char *error, *warning, *info, *bold, *dim, *caret, *good, *reset;
};

struct pl_term {
    bool out_is_terminal, err_is_terminal;
    unsigned columns; /* of stdout when a terminal, else 100 */
    bool utf8;        /* the locale can show more than ASCII */
    bool links;       /* stdout is a terminal that opens links, and shows colours */
    struct pl_style style;
    bool write_failed;
};

/* Reads NO_COLOR, TERM, COLUMNS, what terminals call themselves, and the ttys. */
void pl_term_init(struct pl_term *term, enum pl_color color);
/* Writes all of the buffer to stdout; false after any failure, which is said once on stderr (a
 * closed pipe is not: whoever closed it knows). */
bool pl_term_write(struct pl_term *term, struct pl_slice text);
/* `status`, or 3 when something could not be written. */
int pl_term_exit(const struct pl_term *term, int status);
/* "plimsoll: message" on stderr, made safe for a terminal. */
void pl_term_error(const struct pl_err *err);
/* As pl_term_error, and for PL_ERR_USAGE a second line "try 'plimsoll help COMMAND'" (`command` may
 * be NULL).  Returns the exit status of err->code. */
int pl_term_fail(const struct pl_err *err, const char *command);
/* One line on stderr, made safe, with "plimsoll: " before it and a line end behind it. */
void pl_term_say(const char *fmt, ...) PL_PRINTF(1, 2);

/* A progress line on stderr, only on a terminal and only after 300 ms; wiped at the end.  NULL is a
 * meter that shows nothing.  For one thread at a time. */
struct pl_meter;
struct pl_meter_state {
    const char *what;
    size_t index, n; /* it is the index-th (from 1) of n */
    uint64_t done_bytes, all_bytes;
};
struct pl_meter *pl_meter_start(struct pl_term *term, bool quiet);
void pl_meter_step(struct pl_meter *meter, const struct pl_meter_state *state);
/* Before something else is written; the next step shows it again. */
void pl_meter_hide(struct pl_meter *meter);
void pl_meter_stop(struct pl_meter *meter);

/* SIGINT, SIGTERM and SIGHUP set a flag, are remembered, and end the program (by the same signal)
 * once what was begun is undone.  SIGPIPE is ignored: the failed write tells. */
void pl_signals_init(void);
bool pl_signals_cancelled(void);
void pl_signals_raise(void); /* dies by the signal that came; returns when none did */

#endif
