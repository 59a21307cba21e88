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
    struct pl_style style;
    bool write_failed;
};

/* Reads NO_COLOR, TERM, COLUMNS and the ttys. */
void pl_term_init(struct pl_term *term, enum pl_color color);
/* Writes all of the buffer to stdout; false after any failure. */
bool pl_term_write(struct pl_term *term, struct pl_slice text);
/* "plimsoll: message" on stderr; the text must be safe already or goes through the escaper. */
void pl_term_error(const struct pl_err *err);
void pl_term_say(const char *fmt, ...) PL_PRINTF(1, 2);

/* A progress line on stderr, only on a terminal and only after 300 ms; wiped at the end. */
struct pl_progress;
struct pl_meter;
struct pl_meter *pl_meter_start(struct pl_term *term, const char *what, bool quiet);
void pl_meter_step(struct pl_meter *meter, uint64_t done_bytes, uint64_t all_bytes);
void pl_meter_stop(struct pl_meter *meter);

/* SIGINT, SIGTERM and SIGHUP set a flag, are remembered, and end the program (by the same signal) once
 * what was begun is undone. */
void pl_signals_init(void);
bool pl_signals_cancelled(void);
void pl_signals_raise(void); /* dies by the signal that came; returns when none did */

#endif
