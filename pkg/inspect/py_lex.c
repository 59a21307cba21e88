#include "pkg/inspect/py_lex.h"

#include "pkg/base/text.h"

#include <string.h>

/* F-strings that do not end by the rules of 3.12 are scanned at most this often. */
enum { FSTRING_BUDGET = 64 };

static bool is_name_start(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(unsigned char c)
{
    return is_name_start(c) || is_digit(c);
}

bool py_token_is(const struct py_token *token, const char *name)
{
    size_t len = strlen(name);
    return token->kind == PY_NAME && token->len == len && memcmp(token->ptr, name, len) == 0;
}

void py_lex_init(struct py_lex *lex, struct pl_slice text, bool utf8)
{
    memset(lex, 0, sizeof *lex);
    lex->p = text.len > 0 ? text.ptr : "";
    lex->end = lex->p + text.len;
    lex->line_start = lex->p;
    lex->line = 1;
    lex->line_begins = true;
    lex->line_empty = true;
    lex->utf8 = utf8;
    lex->n_indent = 1;
    lex->fstring_budget = FSTRING_BUDGET;
}

static struct pl_spot spot_at(const struct py_lex *lex, const char *p)
{
    return (struct pl_spot){lex->line, (uint32_t)(p - lex->line_start) + 1};
}

void py_lex_fail(struct py_lex *lex, struct pl_spot at, const char *what)
{
    if (!lex->broken && !lex->doubt) {
        lex->error = (struct pl_syntax_error){true, at, what};
    }
    lex->broken = true;
}

/* Steps over "\n", "\r\n" or a lone "\r", all of which CPython takes as line ends. */
static void step_line(struct py_lex *lex)
{
    if (*lex->p == '\r' && lex->end - lex->p > 1 && lex->p[1] == '\n') {
        lex->p++;
    }
    lex->p++;
    lex->line++;
    lex->line_start = lex->p;
}

static bool at_line_end(const struct py_lex *lex)
{
    return lex->p < lex->end && (*lex->p == '\n' || *lex->p == '\r');
}

static void skip_comment(struct py_lex *lex)
{
    while (lex->p < lex->end && *lex->p != '\n' && *lex->p != '\r') {
        lex->p++;
    }
}

/* The marks that git leaves: seven equal characters at the start of a line. */
static bool is_conflict_mark(const struct py_lex *lex)
{
    if (lex->end - lex->p < 7 || !strchr("<=>", *lex->p)) {
        return false;
    }
    for (int i = 1; i < 7; i++) {
        if (lex->p[i] != *lex->p) {
            return false;
        }
    }
    char after = lex->end - lex->p > 7 ? lex->p[7] : '\n';
    return after == ' ' || after == '\n' || after == '\r';
}

/* Reads the blanks that start a line.  False when the line holds nothing else. */
static bool measure_indent(struct py_lex *lex, uint32_t *ret_col, uint32_t *ret_alt)
{
    uint32_t col = 0;
    uint32_t alt = 0;
    for (; lex->p < lex->end; lex->p++) {
        if (*lex->p == ' ') {
            col++;
            alt++;
        } else if (*lex->p == '\t') {
            col = (col / 8 + 1) * 8;
            alt++;
        } else if (*lex->p == '\f') {
            col = 0;
            alt = 0;
        } else {
            break;
        }
    }
    *ret_col = col;
    *ret_alt = alt;
    if (lex->p == lex->end) {
        return false;
    }
    return *lex->p != '#' && *lex->p != '\n' && *lex->p != '\r';
}

static void change_indent(struct py_lex *lex, uint32_t col, uint32_t alt)
{
    static const char tabs[] = "inconsistent use of tabs and spaces in indentation";
    struct pl_spot at = spot_at(lex, lex->p);
    uint32_t top = lex->indent[lex->n_indent - 1].col;
    uint32_t top_alt = lex->indent[lex->n_indent - 1].alt;
    if (col == top) {
        if (alt != top_alt) {
            py_lex_fail(lex, at, tabs);
        }
        return;
    }
    if (col > top) {
        if (lex->n_indent == PY_MAX_INDENTS) {
            py_lex_fail(lex, at, "too many levels of indentation");
        } else if (alt <= top_alt) {
            py_lex_fail(lex, at, tabs);
        } else {
            lex->indent[lex->n_indent].col = col;
            lex->indent[lex->n_indent++].alt = alt;
        }
        return;
    }
    while (lex->n_indent > 1 && col < lex->indent[lex->n_indent - 1].col) {
        lex->n_indent--;
        lex->n_dedent++;
    }
    if (col != lex->indent[lex->n_indent - 1].col) {
        py_lex_fail(lex, at, "unindent does not match any outer indentation level");
    } else if (alt != lex->indent[lex->n_indent - 1].alt) {
        py_lex_fail(lex, at, tabs);
    }
}

/* Reads indentation up to the first line that holds a token.  True when a level was opened. */
static bool begin_line(struct py_lex *lex)
{
    while (lex->p < lex->end) {
        if (is_conflict_mark(lex)) {
            py_lex_fail(lex, spot_at(lex, lex->p), "a merge conflict marker");
            return false;
        }
        uint32_t col = 0;
        uint32_t alt = 0;
        if (measure_indent(lex, &col, &alt)) {
            lex->line_begins = false;
            if (*lex->p == '\\') {
                /* Versions differ in which of the joined lines counts. */
                lex->doubt = true;
            }
            uint16_t before = lex->n_indent;
            change_indent(lex, col, alt);
            return lex->n_indent > before;
        }
        skip_comment(lex);
        if (lex->p < lex->end) {
            step_line(lex);
        }
    }
    return false;
}

/* The end of a string by the rules every version shares: the next fitting quote.  NULL when it is
 * not terminated.  `p` stands behind the opening quotes. */
static const char *plain_end(const char *p, const char *end, char quote, bool triple)
{
    for (; p < end; p++) {
        if (*p == '\\') {
            if (end - p > 2 && p[1] == '\r' && p[2] == '\n') {
                p++;
            }
            p++;
        } else if (*p == quote) {
            if (!triple) {
                return p + 1;
            }
            if (end - p >= 3 && p[1] == quote && p[2] == quote) {
                return p + 3;
            }
        } else if (!triple && (*p == '\n' || *p == '\r')) {
            return NULL;
        }
    }
    return NULL;
}

static void count_lines(struct py_lex *lex, const char *to)
{
    while (lex->p < to) {
        if (*lex->p == '\n' || *lex->p == '\r') {
            step_line(lex);
        } else {
            lex->p++;
        }
    }
}

/* `p` stands at the opening quote. */
static const char *fstring_end(struct py_lex *lex, const char *content, struct py_fstring *how)
{
    const char *plain = plain_end(content, lex->end, how->quote, how->triple);
    if (lex->fstring_budget == 0) {
        lex->doubt = true;
        return plain;
    }
    struct pl_slice rest = pl_slice_make(content, (size_t)(lex->end - content));
    size_t end = py_fstring_end(rest, 0, how);
    const char *nested = end > 0 ? content + end : NULL;
    if (nested == plain) {
        if (plain && (how->backslash || how->comment)) {
            py_lex_note(lex, how->backslash ? PY_NEWER_FSTRING_BACKSLASH : PY_NEWER_FSTRING_COMMENT,
                        spot_at(lex, lex->p));
        }
        return plain;
    }
    if (nested) {
        /* What ends there before 3.12 has a field that is still open. */
        py_lex_note(lex, plain ? PY_NEWER_FSTRING_QUOTE : PY_NEWER_FSTRING_LINE,
                    spot_at(lex, lex->p));
    }
    /* Valid for 3.12 only, or before 3.12 only: nothing after it is certain. */
    lex->doubt = true;
    if (!nested) {
        lex->fstring_budget--;
    }
    return nested ? nested : plain;
}

/* A string whose prefix is [start, p); p stands at the opening quote. */
static void read_string(struct py_lex *lex, const char *start, struct py_token *ret)
{
    bool template = false;
    bool formatted = false;
    struct py_fstring how = {.quote = *lex->p};
    for (const char *c = start; c < lex->p; c++) {
        template = template || *c == 't' || *c == 'T';
        formatted = formatted || template || *c == 'f' || *c == 'F';
        how.raw = how.raw || *c == 'r' || *c == 'R';
    }
    bool triple = lex->end - lex->p >= 3 && lex->p[1] == how.quote && lex->p[2] == how.quote;
    how.triple = triple;
    if (template) {
        py_lex_note(lex, PY_NEWER_TSTRING, spot_at(lex, start));
    }
    const char *content = lex->p + (triple ? 3 : 1);
    const char *end = formatted ? fstring_end(lex, content, &how)
                                : plain_end(content, lex->end, how.quote, triple);
    if (!end) {
        py_lex_fail(lex, spot_at(lex, start),
                    triple ? "unterminated triple-quoted string literal"
                           : "unterminated string literal");
        return;
    }
    ret->kind = formatted ? PY_FSTRING : PY_STRING;
    count_lines(lex, end);
}

/* r, b, u, f, t and their pairs, in any case. */
static bool is_string_prefix(const char *p, size_t len)
{
    if (len > 2) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!strchr("rRbBuUfFtT", p[i])) {
            return false;
        }
    }
    return true;
}

/* Characters that people paste from word processors and web pages; none may stand in a name. */
static const char *bad_character(const struct py_lex *lex)
{
    static const struct {
        const char *bytes, *what;
    } bad[] = {
        {"\xc2\xa0", "invalid non-printable character U+00A0"},
        {"\xe2\x80\x8b", "invalid non-printable character U+200B"},
        {"\xe2\x80\x93", "invalid character '\xe2\x80\x93' (U+2013)"},
        {"\xe2\x80\x94", "invalid character '\xe2\x80\x94' (U+2014)"},
        {"\xe2\x80\x98", "invalid character '\xe2\x80\x98' (U+2018)"},
        {"\xe2\x80\x99", "invalid character '\xe2\x80\x99' (U+2019)"},
        {"\xe2\x80\x9c", "invalid character '\xe2\x80\x9c' (U+201C)"},
        {"\xe2\x80\x9d", "invalid character '\xe2\x80\x9d' (U+201D)"},
        {"\xef\xbb\xbf", "invalid non-printable character U+FEFF"},
    };
    struct pl_slice rest = pl_slice_make(lex->p, (size_t)(lex->end - lex->p));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (pl_slice_starts(rest, pl_slice_of(bad[i].bytes))) {
            return bad[i].what;
        }
    }
    return NULL;
}

static void read_name(struct py_lex *lex, struct py_token *ret)
{
    const char *start = lex->p;
    while (lex->p < lex->end && is_name((unsigned char)*lex->p)) {
        if ((unsigned char)*lex->p >= 0x80 && lex->utf8) {
            const char *what = bad_character(lex);
            if (what) {
                py_lex_fail(lex, spot_at(lex, lex->p), what);
                return;
            }
        }
        lex->p++;
    }
    if (lex->p < lex->end && (*lex->p == '"' || *lex->p == '\'') &&
        is_string_prefix(start, (size_t)(lex->p - start))) {
        read_string(lex, start, ret);
        return;
    }
    ret->kind = PY_NAME;
}

/* Letters directly behind a number (1if x) are taken with it; nothing here asks for them. */
static void read_number(struct py_lex *lex, struct py_token *ret)
{
    const char *start = lex->p;
    bool hex = lex->end - start > 1 && start[0] == '0' && (start[1] == 'x' || start[1] == 'X');
    while (lex->p < lex->end) {
        unsigned char c = (unsigned char)*lex->p;
        bool sign = (c == '+' || c == '-') && !hex && (lex->p[-1] == 'e' || lex->p[-1] == 'E');
        if (!sign && c != '.' && (!is_name(c) || c >= 0x80)) {
            break;
        }
        lex->p++;
    }
    ret->kind = PY_NUMBER;
}

static void open_bracket(struct py_lex *lex)
{
    if (lex->n_bracket == PY_MAX_BRACKETS) {
        py_lex_fail(lex, spot_at(lex, lex->p), "too many nested parentheses");
        return;
    }
    lex->bracket[lex->n_bracket].open = *lex->p;
    lex->bracket[lex->n_bracket++].at = spot_at(lex, lex->p);
}

static const char *mismatch_text(char open, char shut)
{
    static const char *const text[3][3] = {
        {"", "closing parenthesis ']' does not match opening parenthesis '('",
         "closing parenthesis '}' does not match opening parenthesis '('"},
        {"closing parenthesis ')' does not match opening parenthesis '['", "",
         "closing parenthesis '}' does not match opening parenthesis '['"},
        {"closing parenthesis ')' does not match opening parenthesis '{'",
         "closing parenthesis ']' does not match opening parenthesis '{'", ""},
    };
    return text[strchr("([{", open) - "([{"][strchr(")]}", shut) - ")]}"];
}

static void shut_bracket(struct py_lex *lex)
{
    char shut = *lex->p;
    if (lex->n_bracket == 0) {
        py_lex_fail(lex, spot_at(lex, lex->p),
                    shut == ')'   ? "unmatched ')'"
                    : shut == ']' ? "unmatched ']'"
                                  : "unmatched '}'");
        return;
    }
    char open = lex->bracket[lex->n_bracket - 1].open;
    if (strchr("([{", open) - "([{" != strchr(")]}", shut) - ")]}") {
        py_lex_fail(lex, spot_at(lex, lex->p), mismatch_text(open, shut));
        return;
    }
    lex->n_bracket--;
}

static void read_operator(struct py_lex *lex, struct py_token *ret)
{
    char c = *lex->p;
    char c1 = lex->end - lex->p > 1 ? lex->p[1] : '\0';
    char c2 = lex->end - lex->p > 2 ? lex->p[2] : '\0';
    ret->kind = PY_OP;
    ret->op = (uint8_t)c;
    size_t len = 1;
    if (strchr("([{", c)) {
        open_bracket(lex);
    } else if (strchr(")]}", c)) {
        shut_bracket(lex);
    } else if (strchr("*/<>", c) && c1 == c) {
        len = c2 == '=' ? 3 : 2;
        ret->op = c2 == '=' ? PY_OP_AUGMENT : c == '*' ? PY_OP_POWER : PY_OP_OTHER;
    } else if (c == ':' && c1 == '=') {
        len = 2;
        ret->op = PY_OP_WALRUS;
    } else if (strchr("+-*/%&|^@", c) && c1 == '=') {
        len = 2;
        ret->op = PY_OP_AUGMENT;
    } else if ((strchr("<>=!", c) && c1 == '=') || (c == '-' && c1 == '>') ||
               (c == '<' && c1 == '>')) {
        len = 2;
        ret->op = PY_OP_OTHER;
    } else if (c == '.' && c1 == '.' && c2 == '.') {
        /* An ellipsis, or the dots of a relative import: read one by one. */
        len = 1;
    } else if (c == '$' || c == '?' || c == '`') {
        py_lex_fail(lex, spot_at(lex, lex->p),
                    c == '$'   ? "invalid character '$'"
                    : c == '?' ? "invalid character '?'"
                               : "invalid character '`'");
    }
    lex->p += len;
}

/* Blanks, comments, joined lines and the line ends inside brackets.  False at the end of a logical
 * line or of the file, or after an error. */
static bool skip_blanks(struct py_lex *lex)
{
    while (lex->p < lex->end) {
        char c = *lex->p;
        if (c == ' ' || c == '\t' || c == '\f') {
            lex->p++;
        } else if (c == '#') {
            skip_comment(lex);
        } else if (c == '\\') {
            lex->p++;
            if (lex->p == lex->end) {
                /* A backslash at the very end is an error in most versions only. */
                return false;
            }
            if (!at_line_end(lex)) {
                py_lex_fail(lex, spot_at(lex, lex->p),
                            "unexpected character after line continuation character");
                return false;
            }
            step_line(lex);
        } else if (c == '\n' || c == '\r') {
            if (lex->n_bracket == 0) {
                return false;
            }
            step_line(lex);
        } else {
            if (lex->p == lex->line_start && is_conflict_mark(lex)) {
                py_lex_fail(lex, spot_at(lex, lex->p), "a merge conflict marker");
                return false;
            }
            return true;
        }
    }
    return false;
}

static void read_end(struct py_lex *lex, struct py_token *ret)
{
    if (lex->n_bracket > 0) {
        static const char *const never[] = {"'(' was never closed", "'[' was never closed",
                                            "'{' was never closed"};
        char open = lex->bracket[lex->n_bracket - 1].open;
        py_lex_fail(lex, lex->bracket[lex->n_bracket - 1].at, never[strchr("([{", open) - "([{"]);
        return;
    }
    if (!lex->line_empty) {
        lex->line_empty = true;
        ret->kind = PY_NEWLINE;
    } else if (lex->n_indent > 1) {
        lex->n_indent--;
        ret->kind = PY_DEDENT;
    }
}

static void read_token(struct py_lex *lex, struct py_token *ret)
{
    bool deeper = lex->line_begins && begin_line(lex);
    ret->line = lex->line;
    ret->col = spot_at(lex, lex->p).col;
    if (deeper) {
        ret->kind = PY_INDENT;
        return;
    }
    if (lex->broken) {
        return;
    }
    if (lex->n_dedent > 0) {
        lex->n_dedent--;
        ret->kind = PY_DEDENT;
        return;
    }
    bool more = skip_blanks(lex);
    ret->ptr = lex->p;
    ret->line = lex->line;
    ret->col = spot_at(lex, lex->p).col;
    if (lex->broken) {
        return;
    }
    if (!more) {
        if (lex->p >= lex->end) {
            read_end(lex, ret);
            return;
        }
        step_line(lex);
        lex->line_begins = true;
        lex->line_empty = true;
        ret->kind = PY_NEWLINE;
        return;
    }
    lex->line_empty = false;
    unsigned char c = (unsigned char)*lex->p;
    unsigned char c1 = lex->end - lex->p > 1 ? (unsigned char)lex->p[1] : 0;
    if (is_name_start(c)) {
        read_name(lex, ret);
    } else if (is_digit(c) || (c == '.' && is_digit(c1))) {
        read_number(lex, ret);
    } else if (c == '"' || c == '\'') {
        read_string(lex, lex->p, ret);
    } else {
        read_operator(lex, ret);
    }
    ret->len = (uint32_t)(lex->p - ret->ptr);
}

void py_lex_next(struct py_lex *lex, struct py_token *ret)
{
    *ret = (struct py_token){.ptr = lex->p, .line = lex->line, .col = 1};
    if (!lex->broken) {
        read_token(lex, ret);
    }
    if (lex->broken) {
        ret->kind = PY_END;
    }
}
