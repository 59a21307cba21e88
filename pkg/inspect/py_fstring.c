/* F-strings as Python 3.12 reads them: any string may stand inside a replacement field. */
#include "pkg/inspect/py_lex.h"

#include <string.h>

enum { MAX_DEPTH = 150, MAX_SCAN = 1 << 20 };

enum mode { TEXT, FIELD, FORMAT };

/* One open f-string, or one open replacement field or its format text. */
struct level {
    uint8_t mode;
    char quote;
    bool triple, raw;
    uint16_t brackets; /* FIELD: open brackets inside it */
};

struct scan {
    struct pl_slice text;
    size_t at;
    size_t n;
    struct py_fstring *how;
    struct level level[MAX_DEPTH];
};

static char peek(const struct scan *scan, size_t ahead)
{
    size_t at = scan->at + ahead;
    return at < scan->text.len ? scan->text.ptr[at] : '\0';
}

static bool push(struct scan *scan, struct level level)
{
    if (scan->n == MAX_DEPTH) {
        return false;
    }
    scan->level[scan->n++] = level;
    return true;
}

static bool at_quote(const struct scan *scan, const struct level *top)
{
    return peek(scan, 0) == top->quote &&
           (!top->triple || (peek(scan, 1) == top->quote && peek(scan, 2) == top->quote));
}

/* A plain string inside a field. */
static bool skip_string(struct scan *scan, bool triple)
{
    char quote = peek(scan, 0);
    scan->at += triple ? 3 : 1;
    for (; scan->at < scan->text.len; scan->at++) {
        char c = peek(scan, 0);
        if (c == '\\') {
            scan->how->backslash = true;
            scan->at++;
        } else if (c == quote && (!triple || (peek(scan, 1) == quote && peek(scan, 2) == quote))) {
            scan->at += triple ? 3 : 1;
            return true;
        } else if (!triple && (c == '\n' || c == '\r')) {
            return false;
        }
    }
    return false;
}

/* A quote inside a field: a plain string, or one more level. */
static bool open_string(struct scan *scan)
{
    bool formatted = false;
    bool raw = false;
    for (size_t i = scan->at; i > 0 && scan->at - i < 2; i--) {
        char c = scan->text.ptr[i - 1];
        if (!strchr("rRbBuUfFtT", c)) {
            break;
        }
        formatted = formatted || strchr("fFtT", c);
        raw = raw || strchr("rR", c);
    }
    char quote = peek(scan, 0);
    bool triple = peek(scan, 1) == quote && peek(scan, 2) == quote;
    if (!formatted) {
        return skip_string(scan, triple);
    }
    scan->at += triple ? 3 : 1;
    return push(scan, (struct level){TEXT, quote, triple, raw, 0});
}

/* One step in literal or format text. */
static bool step_text(struct scan *scan)
{
    struct level *top = &scan->level[scan->n - 1];
    char c = peek(scan, 0);
    if (c == '\\') {
        /* Format text may have one, whatever the version. */
        scan->how->backslash |= scan->n > 1 && top->mode == TEXT;
        bool named = !top->raw && peek(scan, 1) == 'N' && peek(scan, 2) == '{';
        if (named) {
            while (scan->at < scan->text.len && peek(scan, 0) != '}') {
                scan->at++;
            }
            scan->at++;
        } else {
            /* A brace behind a backslash still opens a field. */
            scan->at += peek(scan, 1) == '{' || peek(scan, 1) == '}' ? 1 : 2;
        }
        return true;
    }
    if (c == '{') {
        if (top->mode == TEXT && peek(scan, 1) == '{') {
            scan->at += 2;
            return true;
        }
        scan->at++;
        return push(scan, (struct level){FIELD, top->quote, top->triple, top->raw, 0});
    }
    if (c == '}') {
        if (top->mode == FORMAT) {
            scan->n--;
            scan->at++;
            return true;
        }
        bool doubled = peek(scan, 1) == '}';
        scan->at += 2;
        return doubled;
    }
    if (at_quote(scan, top)) {
        if (top->mode == FORMAT) {
            return false;
        }
        scan->at += top->triple ? 3 : 1;
        scan->n--;
        return true;
    }
    if ((c == '\n' || c == '\r') && !top->triple) {
        return false;
    }
    scan->at++;
    return true;
}

static bool step_field(struct scan *scan)
{
    struct level *top = &scan->level[scan->n - 1];
    char c = peek(scan, 0);
    switch (c) {
    case '"':
    case '\'':
        return open_string(scan);
    case '\\':
        scan->how->backslash = true;
        break;
    case '#':
        scan->how->comment = true;
        while (scan->at < scan->text.len && peek(scan, 0) != '\n' && peek(scan, 0) != '\r') {
            scan->at++;
        }
        return true;
    case '(':
    case '[':
    case '{':
        top->brackets++;
        break;
    case ')':
    case ']':
    case '}':
        if (top->brackets > 0) {
            top->brackets--;
        } else if (c == '}') {
            scan->n--;
        } else {
            return false;
        }
        break;
    case '!':
        scan->at += peek(scan, 1) == '=' ? 1 : 0;
        break;
    case ':':
        if (top->brackets == 0) {
            top->mode = FORMAT;
        }
        break;
    default:
        break;
    }
    scan->at++;
    return top->brackets < UINT16_MAX;
}

size_t py_fstring_end(struct pl_slice text, size_t from, struct py_fstring *how)
{
    struct scan scan = {.text = text, .at = from, .how = how};
    if (text.len - from > MAX_SCAN) {
        scan.text.len = from + MAX_SCAN;
    }
    scan.n = 1;
    scan.level[0] = (struct level){TEXT, how->quote, how->triple, how->raw, 0};
    while (scan.at < scan.text.len) {
        bool text_mode = scan.level[scan.n - 1].mode != FIELD;
        if (!(text_mode ? step_text(&scan) : step_field(&scan))) {
            return 0;
        }
        if (scan.n == 0) {
            return scan.at;
        }
    }
    return 0;
}
