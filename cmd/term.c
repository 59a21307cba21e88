#include "cmd/term.h"

#include "pkg/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_FILE = 100, COLUMNS_TERMINAL = 80, COLUMNS_MIN = 40, COLUMNS_MAX = 1000 };
enum { LINE_MAX_BYTES = 16384 };

static const struct pl_style style_none = {"", "", "", "", "", "", "", ""};
static const struct pl_style style_ansi = {
    .error = "\033[1;31m",
    .warning = "\033[1;33m",
    .info = "\033[1;36m",
    .bold = "\033[1m",
    .dim = "\033[2m",
    .caret = "\033[31m",
    .good = "\033[32m",
    .reset = "\033[0m",
};

static bool is_set(const char *value)
{
    return value && value[0] != '\0';
}

static bool wants_color(enum pl_color color, bool terminal)
{
    if (color != PL_COLOR_AUTO) {
        return color == PL_COLOR_ALWAYS;
    }
    /* https://no-color.org: any value that is not empty. */
    const char *term = getenv("TERM");
    return terminal && !is_set(getenv("NO_COLOR")) && is_set(term) && strcmp(term, "dumb") != 0;
}

static unsigned terminal_columns(void)
{
    uint64_t n = 0;
    if (pl_slice_u64(pl_slice_of(getenv("COLUMNS")), &n) && n >= COLUMNS_MIN && n <= COLUMNS_MAX) {
        return (unsigned)n;
    }
#ifdef TIOCGWINSZ
    struct winsize size = {.ws_col = 0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= COLUMNS_MIN &&
        size.ws_col <= COLUMNS_MAX) {
        return size.ws_col;
    }
#endif
    return COLUMNS_TERMINAL;
}

/* What setlocale would look at; the program itself stays in the C locale, so that no output depends
 * on it but line-drawing on a terminal. */
static bool locale_is_utf8(void)
{
    const char *locale = getenv("LC_ALL");
    if (!is_set(locale)) {
        locale = getenv("LC_CTYPE");
    }
    if (!is_set(locale)) {
        locale = getenv("LANG");
    }
    struct pl_slice s = pl_slice_of(locale);
    size_t dot = pl_slice_find(s, '.');
    struct pl_slice charset = pl_slice_sub(s, dot < s.len ? dot + 1 : s.len, s.len);
    charset = pl_slice_sub(charset, 0, pl_slice_find(charset, '@'));
    return pl_slice_eq_nocase(charset, PL_SLICE("UTF-8")) ||
           pl_slice_eq_nocase(charset, PL_SLICE("UTF8"));
}

/* There is no way to ask a terminal for OSC 8: those that are known to do it say who they are. */
static bool opens_links(void)
{
    static const char *const marks[] = {"KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION",
                                        "DOMTERM"};
    static const char *const programs[] = {"iTerm.app", "WezTerm", "vscode", "ghostty",
                                           "Hyper",     "rio",     "Tabby"};
    static const char *const terms[] = {"xterm-kitty", "xterm-ghostty", "alacritty", "foot"};
    struct pl_slice program = pl_slice_of(getenv("TERM_PROGRAM"));
    struct pl_slice term = pl_slice_of(getenv("TERM"));
    uint64_t vte = 0;
    bool is = pl_slice_u64(pl_slice_of(getenv("VTE_VERSION")), &vte) && vte >= 5000;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        is = is || is_set(getenv(marks[i]));
    }
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        is = is || pl_slice_is(program, programs[i]);
    }
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        is = is || pl_slice_is(term, terms[i]);
    }
    return is;
}

void pl_term_init(struct pl_term *term, enum pl_color color)
{
    *term = (struct pl_term){
        .out_is_terminal = isatty(STDOUT_FILENO) == 1,
        .err_is_terminal = isatty(STDERR_FILENO) == 1,
        .utf8 = locale_is_utf8(),
    };
    term->columns = term->out_is_terminal ? terminal_columns() : COLUMNS_FILE;
    bool is_colored = wants_color(color, term->out_is_terminal);
    term->style = is_colored ? style_ansi : style_none;
    term->links = is_colored && term->out_is_terminal && opens_links();
}

/* 0, or the errno of the write that failed. */
static int write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        if (done > 0) {
            text += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

bool pl_term_write(struct pl_term *term, struct pl_slice text)
{
    if (term->write_failed) {
        return false;
    }
    int sys = write_all(STDOUT_FILENO, text.ptr, text.len);
    if (sys == 0) {
        return true;
    }
    term->write_failed = true;
    if (sys != EPIPE) {
        struct pl_err err;
        pl_ignore(pl_err_sys(&err, sys, "standard output"), "it is reported here");
        pl_term_error(&err);
    }
    return false;
}

int pl_term_exit(const struct pl_term *term, int status)
{
    int failed = pl_status_exit(PL_ERR_IO);
    return term->write_failed && status < failed ? failed : status;
}

/* The line as one write, so that it stays whole beside other programs' lines.  When the message
 * cannot be made safe for lack of memory, the text of the code is all there is to say. */
static void say_line(struct pl_slice text)
{
    struct pl_buf line;
    struct pl_err err;
    pl_buf_init(&line, LINE_MAX_BYTES);
    if (pl_buf_text(&line, "plimsoll: ", &err) != PL_OK ||
        pl_text_escape(&line, text, &err) != PL_OK || pl_buf_byte(&line, '\n', &err) != PL_OK) {
        const char *what = pl_status_text(err.code);
        write_all(STDERR_FILENO, "plimsoll: ", strlen("plimsoll: "));
        write_all(STDERR_FILENO, what, strlen(what));
        write_all(STDERR_FILENO, "\n", 1);
    } else {
        write_all(STDERR_FILENO, line.data, line.len);
    }
    pl_buf_done(&line);
}

void pl_term_error(const struct pl_err *err)
{
    say_line(pl_slice_of(err->msg));
}

int pl_term_fail(const struct pl_err *err, const char *command)
{
    pl_term_error(err);
    if (err->code == PL_ERR_USAGE) {
        pl_term_say("try 'plimsoll help%s%s'", command ? " " : "", command ? command : "");
    }
    return pl_status_exit(err->code);
}

void pl_term_say(const char *fmt, ...)
{
    char text[PL_ERR_MSG_MAX * 2];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say_line(pl_slice_of(n < 0 ? pl_status_text(PL_ERR_INTERNAL) : text));
}
