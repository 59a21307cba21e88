#include "pkg/inspect/js_lex.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_MISSES = 64 };

/* What a character is at the start of a token.  Up to C_SLASH it may be blank or start a comment;
 * from C_NAME on it goes on with a name. */
enum {
    C_OTHER, /* an operator, or outside ASCII */
    C_SPACE,
    C_LINE,
    C_SLASH,
    C_QUOTE,
    C_TICK,
    C_DOT,
    C_SINGLE, /* a punctuator that is never more than this character */
    C_OPEN,
    C_SHUT,
    C_SHUT_BRACE,
    C_ESCAPE,
    C_NAME,
    C_DIGIT
};

static const uint8_t char_class[256] = {
    ['\t'] = C_SPACE,  ['\v'] = C_SPACE,     ['\f'] = C_SPACE, [' '] = C_SPACE,  ['\n'] = C_LINE,
    ['\r'] = C_LINE,   ['$'] = C_NAME,       ['_'] = C_NAME,   ['a'] = C_NAME,   ['b'] = C_NAME,
    ['c'] = C_NAME,    ['d'] = C_NAME,       ['e'] = C_NAME,   ['f'] = C_NAME,   ['g'] = C_NAME,
    ['h'] = C_NAME,    ['i'] = C_NAME,       ['j'] = C_NAME,   ['k'] = C_NAME,   ['l'] = C_NAME,
    ['m'] = C_NAME,    ['n'] = C_NAME,       ['o'] = C_NAME,   ['p'] = C_NAME,   ['q'] = C_NAME,
    ['r'] = C_NAME,    ['s'] = C_NAME,       ['t'] = C_NAME,   ['u'] = C_NAME,   ['v'] = C_NAME,
    ['w'] = C_NAME,    ['x'] = C_NAME,       ['y'] = C_NAME,   ['z'] = C_NAME,   ['A'] = C_NAME,
    ['B'] = C_NAME,    ['C'] = C_NAME,       ['D'] = C_NAME,   ['E'] = C_NAME,   ['F'] = C_NAME,
    ['G'] = C_NAME,    ['H'] = C_NAME,       ['I'] = C_NAME,   ['J'] = C_NAME,   ['K'] = C_NAME,
    ['L'] = C_NAME,    ['M'] = C_NAME,       ['N'] = C_NAME,   ['O'] = C_NAME,   ['P'] = C_NAME,
    ['Q'] = C_NAME,    ['R'] = C_NAME,       ['S'] = C_NAME,   ['T'] = C_NAME,   ['U'] = C_NAME,
    ['V'] = C_NAME,    ['W'] = C_NAME,       ['X'] = C_NAME,   ['Y'] = C_NAME,   ['Z'] = C_NAME,
    ['0'] = C_DIGIT,   ['1'] = C_DIGIT,      ['2'] = C_DIGIT,  ['3'] = C_DIGIT,  ['4'] = C_DIGIT,
    ['5'] = C_DIGIT,   ['6'] = C_DIGIT,      ['7'] = C_DIGIT,  ['8'] = C_DIGIT,  ['9'] = C_DIGIT,
    ['\\'] = C_ESCAPE, ['"'] = C_QUOTE,      ['\''] = C_QUOTE, ['`'] = C_TICK,   ['/'] = C_SLASH,
    ['.'] = C_DOT,     [';'] = C_SINGLE,     [','] = C_SINGLE, [':'] = C_SINGLE, ['#'] = C_SINGLE,
    ['@'] = C_SINGLE,  ['('] = C_OPEN,       ['['] = C_OPEN,   ['{'] = C_OPEN,   [')'] = C_SHUT,
    [']'] = C_SHUT,    ['}'] = C_SHUT_BRACE,
};

void js_lex_init(struct js_lex *lex, struct pl_slice text, uint32_t at, struct pl_err *err)
{
    memset(lex, 0, sizeof *lex);
    lex->text = text.len > 0 ? text.ptr : "";
    lex->len = (uint32_t)text.len;
    lex->at = at;
    lex->err = err;
}

void js_lex_done(struct js_lex *lex)
{
    free(lex->open);
    lex->open = NULL;
}

void js_lex_fail(struct js_lex *lex, uint32_t at, const char *what)
{
    if (!lex->broken && !lex->doubt) {
        lex->error.found = true;
        lex->error.what = what;
        lex->error_at = at;
    }
    lex->broken = true;
}

struct pl_spot js_spot(struct pl_slice text, uint32_t at)
{
    struct pl_spot spot = {1, 1};
    uint32_t line = 0;
    const char *p = text.ptr;
    const char *stop = p + (at < text.len ? at : text.len);
    while (p && p < stop) {
        p = memchr(p, '\n', (size_t)(stop - p));
        if (p) {
            p++;
            line = (uint32_t)(p - text.ptr);
            spot.line++;
        }
    }
    spot.col = at - line + 1;
    return spot;
}

static unsigned char peek(const struct js_lex *lex, uint32_t ahead)
{
    return ahead < lex->len - lex->at ? (unsigned char)lex->text[lex->at + ahead] : 0;
}

/* U+2028 and U+2029 */
static bool wide_line(const struct js_lex *lex)
{
    return peek(lex, 0) == 0xe2 && peek(lex, 1) == 0x80 && (peek(lex, 2) | 1) == 0xa9;
}

/* White space outside ASCII: its length in bytes, or 0. */
static uint32_t wide_space(const struct js_lex *lex)
{
    unsigned char a = peek(lex, 0);
    unsigned char b = peek(lex, 1);
    unsigned char c = peek(lex, 2);
    if (a == 0xc2 && b == 0xa0) {
        return 2;
    }
    bool space = wide_line(lex) || (a == 0xef && b == 0xbb && c == 0xbf) ||
                 (a == 0xe3 && b == 0x80 && c == 0x80) ||
                 (a == 0xe2 && b == 0x80 && ((c >= 0x80 && c <= 0x8a) || c == 0xaf));
    return space ? 3 : 0;
}

static uint8_t class_at(const char *text, uint32_t at)
{
    return char_class[(unsigned char)text[at]];
}

static void skip_line(struct js_lex *lex)
{
    while (lex->at < lex->len && char_class[(unsigned char)lex->text[lex->at]] != C_LINE) {
        lex->at++;
    }
}

/* True when it has a line end. */
static bool skip_comment(struct js_lex *lex)
{
    uint32_t start = lex->at;
    for (lex->at += 2; lex->at < lex->len; lex->at++) {
        const char *star = memchr(lex->text + lex->at, '*', lex->len - lex->at);
        if (!star) {
            break;
        }
        lex->at = (uint32_t)(star - lex->text);
        if (peek(lex, 1) == '/') {
            lex->at += 2;
            return memchr(lex->text + start, '\n', lex->at - start) != NULL;
        }
    }
    lex->at = lex->len;
    js_lex_fail(lex, start, "unterminated comment");
    return false;
}

static bool is_conflict_mark(const struct js_lex *lex)
{
    unsigned char c = peek(lex, 0);
    if (c != '<' && c != '=' && c != '>') {
        return false;
    }
    for (uint32_t i = 1; i < 7; i++) {
        if (peek(lex, i) != c) {
            return false;
        }
    }
    return lex->at == 0 || lex->text[lex->at - 1] == '\n';
}

/* Steps over one blank or comment.  False when there is none; *line becomes true at a line end. */
static bool skip_blank(struct js_lex *lex, bool *line)
{
    unsigned char c = (unsigned char)lex->text[lex->at];
    unsigned char next = peek(lex, 1);
    uint32_t wide = c >= 0x80 ? wide_space(lex) : 0;
    if (char_class[c] == C_SPACE) {
        lex->at++;
    } else if (char_class[c] == C_LINE) {
        *line = true;
        lex->at++;
    } else if (c == '/' && next == '/') {
        skip_line(lex);
    } else if (c == '/' && next == '*') {
        *line = skip_comment(lex) || *line;
    } else {
        *line = *line || (wide > 0 && wide_line(lex));
        lex->at += wide;
        return wide > 0;
    }
    return true;
}

/* Steps over blanks and comments.  True when there was a line end. */
static bool skip_blanks(struct js_lex *lex)
{
    bool line = false;
    while (lex->at < lex->len && skip_blank(lex, &line)) {
    }
    if (line && is_conflict_mark(lex)) {
        js_lex_fail(lex, lex->at, "a merge conflict marker");
    }
    return line;
}

/* ---- tokens ---- */

static uint8_t read_string(struct js_lex *lex)
{
    uint32_t start = lex->at;
    char quote = lex->text[lex->at];
    const char *p = lex->text + lex->at + 1;
    const char *end = lex->text + lex->len;
    for (; p < end; p++) {
        if (*p == quote) {
            lex->at = (uint32_t)(p - lex->text) + 1;
            return JS_STRING;
        }
        if (*p == '\\') {
            if (end - p > 2 && p[1] == '\r' && p[2] == '\n') {
                p++;
            }
            p++;
        } else if (*p == '\n' || *p == '\r') {
            break;
        }
    }
    lex->at = p < end ? (uint32_t)(p - lex->text) : lex->len;
    js_lex_fail(lex, start, "unterminated string");
    return JS_STRING;
}

/* The text of a template from lex->at up to its end or to the next ${. */
static uint8_t read_template(struct js_lex *lex, uint32_t start)
{
    for (; lex->at < lex->len; lex->at++) {
        char c = lex->text[lex->at];
        if (c == '`') {
            lex->at++;
            return JS_TEMPLATE;
        }
        if (c == '\\') {
            lex->at++;
        } else if (c == '$' && peek(lex, 1) == '{') {
            js_lex_open(lex, JS_SUBSTITUTION, lex->at);
            lex->at += 2;
            return JS_TEMPLATE_HEAD;
        }
    }
    lex->at = lex->len;
    js_lex_fail(lex, start, "unterminated template");
    return JS_TEMPLATE;
}

/* May a regular expression start here, as far as the token before tells? */
static bool regex_may_start(struct js_lex *lex)
{
    static const struct pl_slice unsure[] = {PL_SLICE_INIT("yield"),   PL_SLICE_INIT("await"),
                                             PL_SLICE_INIT("of"),      PL_SLICE_INIT("extends"),
                                             PL_SLICE_INIT("default"), {NULL, 0}};
    switch (js_last(lex, 1)->kind) {
    case JS_NAME:
        if (!js_starts_expression(lex)) {
            return false;
        }
        lex->doubt = lex->doubt || js_one_of(lex, js_last(lex, 1), unsure);
        return true;
    case ')':
        return lex->shut == JS_PAREN_KEYWORD;
    case '}':
        lex->doubt = lex->doubt || lex->shut == JS_BODY || lex->shut == JS_BLOCK_OR_OBJECT;
        return lex->shut != JS_OBJECT;
    case ']':
    case JS_NUMBER:
    case JS_STRING:
    case JS_TEMPLATE:
    case JS_REGEX:
    case JS_STEP:
        return false;
    default:
        return true;
    }
}

/* True when lex->at stood on a regular expression; it is behind it then. */
static bool read_regex(struct js_lex *lex)
{
    bool class = false;
    for (uint32_t at = lex->at + 1; at < lex->len; at++) {
        char c = lex->text[at];
        if (c == '\n' || c == '\r') {
            break;
        }
        if (c == '\\') {
            at++;
        } else if (c == '[') {
            class = true;
        } else if (c == ']') {
            class = false;
        } else if (c == '/' && !class) {
            lex->at = at + 1;
            while (lex->at < lex->len && char_class[(unsigned char)lex->text[lex->at]] == C_NAME) {
                lex->at++;
            }
            return true;
        }
    }
    lex->doubt = true;
    /* Each miss reads up to the end of the line, which may be the whole file. */
    lex->broken = ++lex->misses == MAX_MISSES;
    return false;
}

static bool in_name(char c)
{
    return char_class[(unsigned char)c] >= C_NAME;
}

/* Four characters at a time, without a branch for each: names of minified code are short, and no
 * processor foresees where the next one ends. */
static const char *skip_name(const char *p, const char *end)
{
    for (; end - p >= 4; p += 4) {
        unsigned one = in_name(p[0]);
        unsigned two = one & in_name(p[1]);
        unsigned three = two & in_name(p[2]);
        if (!(three & in_name(p[3]))) {
            return p + one + two + three;
        }
    }
    while (p < end && in_name(*p)) {
        p++;
    }
    return p;
}

/* May a name go on with this character, which is not in_name()? */
static bool goes_on(char c)
{
    return c == '\\' || (unsigned char)c >= 0x80;
}

static uint8_t read_name(struct js_lex *lex)
{
    const char *p = lex->text + lex->at;
    const char *end = lex->text + lex->len;
    for (;;) {
        p = skip_name(p, end);
        if (p < end && *p == '\\') { /* an escape: the name is not what it looks like */
            lex->escaped = true;
            p++;
            continue;
        }
        lex->at = (uint32_t)(p - lex->text);
        if (p == end || (unsigned char)*p < 0x80 || wide_space(lex) > 0) {
            return JS_NAME;
        }
        p++;
    }
}

static uint8_t read_number(struct js_lex *lex)
{
    bool hex = peek(lex, 0) == '0' && (peek(lex, 1) | 0x20) == 'x';
    while (lex->at < lex->len) {
        unsigned char c = (unsigned char)lex->text[lex->at];
        unsigned char before = lex->at > 0 ? (unsigned char)lex->text[lex->at - 1] : 0;
        bool sign = (c == '+' || c == '-') && !hex && (before | 0x20) == 'e';
        if (char_class[c] < C_NAME && c != '.' && !sign) {
            break;
        }
        lex->at++;
    }
    return JS_NUMBER;
}

static uint8_t read_assign(struct js_lex *lex, unsigned char next)
{
    lex->at += next == '>' ? 2 : 1;
    return next == '>' ? JS_ARROW : JS_ASSIGN;
}

/* The second character is the same as the first, and lex->at stands on it. */
static uint8_t read_doubled(struct js_lex *lex, unsigned char c)
{
    lex->at++;
    switch (c) {
    case '+':
    case '-':
        return JS_STEP;
    case '&':
    case '|':
    case '?':
        return JS_LOGICAL;
    case '>':
    case '=':
        lex->at += peek(lex, 0) == c;
        return JS_OP;
    default:
        return JS_OP;
    }
}

static uint8_t read_operator(struct js_lex *lex)
{
    unsigned char c = peek(lex, 0);
    unsigned char next = peek(lex, 1);
    if (c == '=' && next != '=') {
        return read_assign(lex, next);
    }
    if (c == '<' && next == '!' && peek(lex, 2) == '-' && peek(lex, 3) == '-') {
        lex->doubt = true; /* in scripts this starts a comment, in modules it does not */
    }
    lex->at++;
    if (c == '?' && next == '.' && char_class[peek(lex, 1)] != C_DIGIT) {
        lex->at++;
        return '.';
    }
    uint8_t kind = c == '?' ? '?' : JS_OP;
    if (next == c && c != '!' && c != '~') {
        kind = read_doubled(lex, c);
    }
    if (kind == JS_STEP || c == '=' || c == '~' || peek(lex, 0) != '=') {
        return kind;
    }
    lex->at += c == '!' && peek(lex, 1) == '=' ? 2 : 1;
    return kind == JS_LOGICAL ? JS_LOGICAL_ASSIGN : JS_OP;
}

static uint8_t read_open(struct js_lex *lex, char c)
{
    enum js_bracket kind = c == '('   ? js_kind_of_paren(lex)
                           : c == '[' ? JS_SQUARE
                                      : js_kind_of_brace(lex);
    js_lex_open(lex, kind, lex->at++);
    return (uint8_t)c;
}

static uint8_t read_shut(struct js_lex *lex, char c)
{
    js_lex_shut(lex, c);
    lex->at++;
    return (uint8_t)c;
}

static uint8_t read_shut_brace(struct js_lex *lex)
{
    if (lex->depth > 0 && lex->open[lex->depth - 1].kind == JS_SUBSTITUTION) {
        uint32_t start = lex->open[lex->depth - 1].at;
        js_lex_shut(lex, '}');
        lex->at++;
        return read_template(lex, start);
    }
    return read_shut(lex, '}');
}

static uint8_t read_dot(struct js_lex *lex)
{
    if (char_class[peek(lex, 1)] == C_DIGIT) {
        return read_number(lex);
    }
    bool spread = peek(lex, 1) == '.' && peek(lex, 2) == '.';
    lex->at += spread ? 3 : 1;
    return spread ? JS_SPREAD : '.';
}

/* The token that starts with `c` at lex->at; neither a plain name nor a C_SINGLE. */
static uint8_t read_token(struct js_lex *lex, unsigned char c)
{
    uint8_t class = char_class[c];
    switch (class) {
    case C_ESCAPE:
        return read_name(lex);
    case C_DIGIT:
        return read_number(lex);
    case C_QUOTE:
        return read_string(lex);
    case C_TICK:
        return read_template(lex, lex->at++);
    case C_DOT:
        return read_dot(lex);
    case C_OPEN:
        return read_open(lex, (char)c);
    case C_SHUT:
        return read_shut(lex, (char)c);
    case C_SHUT_BRACE:
        return read_shut_brace(lex);
    case C_SLASH:
        return regex_may_start(lex) && read_regex(lex) ? JS_REGEX : read_operator(lex);
    default:
        return c >= 0x80 || class == C_NAME ? read_name(lex) : read_operator(lex);
    }
}

static void never_closed(struct js_lex *lex)
{
    static const char *const never[] = {
        "'(' is never closed", "'(' is never closed", "'[' is never closed",
        "'{' is never closed", "'{' is never closed", "'{' is never closed",
        "'{' is never closed", "'{' is never closed", "unterminated template"};
    const struct js_open *top = &lex->open[lex->depth - 1];
    js_lex_fail(lex, top->at, never[top->kind]);
}

/* Half of all tokens are plain names, a sixth is one character: these stay in registers, as half
 * the time of inspecting a bundle is spent here. */
void js_lex_next(struct js_lex *lex, struct js_token *ret)
{
    const char *text = lex->text;
    uint32_t at = lex->at;
    bool line = false;
    if (at < lex->len && class_at(text, at) <= C_SLASH) {
        line = skip_blanks(lex);
        at = lex->at;
    }
    const uint32_t from = at;
    uint8_t kind = JS_END;
    if (at < lex->len && !lex->broken && !lex->ended) {
        uint8_t class = class_at(text, at);
        if (class == C_NAME) {
            at = (uint32_t)(skip_name(text + at, text + lex->len) - text);
            kind = JS_NAME;
        } else if (class == C_SINGLE) {
            kind = (uint8_t)text[at++];
        }
        if (kind == JS_END || (kind == JS_NAME && at < lex->len && goes_on(text[at]))) {
            kind = read_token(lex, (unsigned char)text[from]);
            at = lex->at;
        }
        lex->at = at;
    } else if (!lex->broken && !lex->ended && lex->depth > 0) {
        never_closed(lex);
    }
    kind = lex->broken ? JS_END : kind;
    /* Written twice, and never copied on: a load of what was just stored byte by byte stalls. */
    lex->recent[lex->n_token++ % JS_RECENT] = (struct js_token){from, at, kind, line};
    *ret = (struct js_token){from, at, kind, line};
}
