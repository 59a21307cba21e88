#include "pkg/inspect/js_lex.h"

#include "pkg/base/arr.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_MISSES = 64 };

enum { C_OTHER, C_SPACE, C_LINE, C_NAME, C_DIGIT };

static const uint8_t char_class[256] = {
    ['\t'] = C_SPACE, ['\v'] = C_SPACE, ['\f'] = C_SPACE, [' '] = C_SPACE, ['\n'] = C_LINE,
    ['\r'] = C_LINE,  ['$'] = C_NAME,   ['_'] = C_NAME,   ['0'] = C_DIGIT, ['1'] = C_DIGIT,
    ['2'] = C_DIGIT,  ['3'] = C_DIGIT,  ['4'] = C_DIGIT,  ['5'] = C_DIGIT, ['6'] = C_DIGIT,
    ['7'] = C_DIGIT,  ['8'] = C_DIGIT,  ['9'] = C_DIGIT,  ['a'] = C_NAME,  ['b'] = C_NAME,
    ['c'] = C_NAME,   ['d'] = C_NAME,   ['e'] = C_NAME,   ['f'] = C_NAME,  ['g'] = C_NAME,
    ['h'] = C_NAME,   ['i'] = C_NAME,   ['j'] = C_NAME,   ['k'] = C_NAME,  ['l'] = C_NAME,
    ['m'] = C_NAME,   ['n'] = C_NAME,   ['o'] = C_NAME,   ['p'] = C_NAME,  ['q'] = C_NAME,
    ['r'] = C_NAME,   ['s'] = C_NAME,   ['t'] = C_NAME,   ['u'] = C_NAME,  ['v'] = C_NAME,
    ['w'] = C_NAME,   ['x'] = C_NAME,   ['y'] = C_NAME,   ['z'] = C_NAME,  ['A'] = C_NAME,
    ['B'] = C_NAME,   ['C'] = C_NAME,   ['D'] = C_NAME,   ['E'] = C_NAME,  ['F'] = C_NAME,
    ['G'] = C_NAME,   ['H'] = C_NAME,   ['I'] = C_NAME,   ['J'] = C_NAME,  ['K'] = C_NAME,
    ['L'] = C_NAME,   ['M'] = C_NAME,   ['N'] = C_NAME,   ['O'] = C_NAME,  ['P'] = C_NAME,
    ['Q'] = C_NAME,   ['R'] = C_NAME,   ['S'] = C_NAME,   ['T'] = C_NAME,  ['U'] = C_NAME,
    ['V'] = C_NAME,   ['W'] = C_NAME,   ['X'] = C_NAME,   ['Y'] = C_NAME,  ['Z'] = C_NAME,
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

static void fail(struct js_lex *lex, uint32_t at, const char *what)
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

/* White space outside ASCII: its length in bytes, or 0.  *ret_line: it ends a line. */
static uint32_t wide_space(const struct js_lex *lex, bool *ret_line)
{
    unsigned char a = peek(lex, 0);
    unsigned char b = peek(lex, 1);
    unsigned char c = peek(lex, 2);
    if (a == 0xc2 && b == 0xa0) {
        return 2;
    }
    if (a == 0xe2 && b == 0x80 && (c == 0xa8 || c == 0xa9)) {
        *ret_line = true;
        return 3;
    }
    bool space = (a == 0xef && b == 0xbb && c == 0xbf) || (a == 0xe3 && b == 0x80 && c == 0x80) ||
                 (a == 0xe2 && b == 0x80 && ((c >= 0x80 && c <= 0x8a) || c == 0xaf));
    return space ? 3 : 0;
}

static void skip_line(struct js_lex *lex)
{
    while (lex->at < lex->len && char_class[(unsigned char)lex->text[lex->at]] != C_LINE) {
        lex->at++;
    }
}

static void skip_comment(struct js_lex *lex, bool *line)
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
            *line = *line || memchr(lex->text + start, '\n', lex->at - start) != NULL;
            return;
        }
    }
    lex->at = lex->len;
    fail(lex, start, "unterminated comment");
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

/* Steps over blanks and comments.  True when there was a line end. */
static bool skip_blanks(struct js_lex *lex)
{
    bool line = false;
    while (lex->at < lex->len) {
        unsigned char c = (unsigned char)lex->text[lex->at];
        uint8_t class = char_class[c];
        if (class >= C_NAME) {
            break;
        }
        if (class == C_SPACE) {
            lex->at++;
        } else if (class == C_LINE) {
            line = true;
            lex->at++;
        } else if (c == '/' && peek(lex, 1) == '/') {
            skip_line(lex);
        } else if (c == '/' && peek(lex, 1) == '*') {
            skip_comment(lex, &line);
        } else if (c >= 0x80) {
            uint32_t n = wide_space(lex, &line);
            if (n == 0) {
                break;
            }
            lex->at += n;
        } else {
            break;
        }
    }
    if (line && is_conflict_mark(lex)) {
        fail(lex, lex->at, "a merge conflict marker");
    }
    return line;
}

/* ---- brackets ---- */

static bool one_of(const struct js_lex *lex, const struct js_token *token, const char *const *word)
{
    for (; *word; word++) {
        if (js_is(lex, token, *word)) {
            return true;
        }
    }
    return false;
}

/* Is the last token a keyword behind which an expression starts? */
static bool starts_expression(const struct js_lex *lex)
{
    static const char *const word[] = {
        "return", "typeof", "case",    "in",    "of",    "void",       "delete",  "throw", "new",
        "do",     "else",   "default", "yield", "await", "instanceof", "extends", NULL};
    return lex->prev2.kind != '.' && one_of(lex, &lex->prev, word);
}

static enum js_bracket kind_of_brace(const struct js_lex *lex)
{
    static const char *const block[] = {"else", "do", "finally", NULL};
    static const char *const object[] = {"export", "import", NULL};
    uint8_t outer = lex->depth > 0 ? lex->open[lex->depth - 1].kind : JS_BLOCK;
    switch (lex->prev.kind) {
    case JS_END:
    case ';':
    case '{':
    case '}':
        return JS_BLOCK;
    case ')':
        return lex->shut == JS_PAREN_KEYWORD ? JS_BLOCK : JS_BODY;
    case JS_ARROW:
    case ']':
    case JS_STRING:
    case JS_NUMBER:
        return JS_BODY;
    case ':':
        return outer == JS_BLOCK || outer == JS_BODY || outer == JS_TRY ||
                       outer == JS_BLOCK_OR_OBJECT
                   ? JS_BLOCK_OR_OBJECT
                   : JS_OBJECT;
    case JS_NAME:
        if (js_is(lex, &lex->prev, "try")) {
            return JS_TRY;
        }
        if (one_of(lex, &lex->prev, block)) {
            return JS_BLOCK;
        }
        return starts_expression(lex) || one_of(lex, &lex->prev, object) ? JS_OBJECT : JS_BODY;
    default:
        return JS_OBJECT;
    }
}

static enum js_bracket kind_of_paren(const struct js_lex *lex)
{
    static const char *const word[] = {"if", "for", "while", "switch", "catch", "with", NULL};
    if (lex->prev.kind != JS_NAME || lex->prev2.kind == '.') {
        return JS_PAREN;
    }
    if (js_is(lex, &lex->prev, "await") && js_is(lex, &lex->prev2, "for")) {
        return JS_PAREN_KEYWORD;
    }
    return one_of(lex, &lex->prev, word) ? JS_PAREN_KEYWORD : JS_PAREN;
}

static void push(struct js_lex *lex, enum js_bracket kind, uint32_t at)
{
    if (lex->depth == lex->cap) {
        struct js_open *grown = pl_arr_grow(lex->open, &lex->cap, lex->depth + 1, sizeof *grown,
                                            JS_MAX_DEPTH, "nested brackets", lex->err);
        if (!grown) {
            lex->status = lex->err->code;
            lex->broken = true;
            return;
        }
        lex->open = grown;
    }
    uint8_t flags =
        lex->depth > 0 ? lex->open[lex->depth - 1].flags & (JS_INHERITED | JS_MAYBE) : 0;
    lex->open[lex->depth++] = (struct js_open){at, (uint8_t)kind, flags};
    lex->solid++;
    lex->bodies += kind == JS_BODY;
    lex->tries += kind == JS_TRY;
}

void js_lex_see_through(struct js_lex *lex)
{
    struct js_open *top = &lex->open[lex->depth - 1];
    if (!(top->flags & JS_TRANSPARENT)) {
        top->flags |= JS_TRANSPARENT;
        lex->solid--;
        lex->bodies -= top->kind == JS_BODY;
    }
}

static bool fits(uint8_t kind, char shut)
{
    switch (shut) {
    case ')':
        return kind == JS_PAREN || kind == JS_PAREN_KEYWORD;
    case ']':
        return kind == JS_SQUARE;
    default:
        return kind != JS_PAREN && kind != JS_PAREN_KEYWORD && kind != JS_SQUARE;
    }
}

static void pop(struct js_lex *lex, char shut)
{
    if (lex->depth == 0 && lex->inner) {
        lex->ended = true;
        return;
    }
    if (lex->depth == 0 || !fits(lex->open[lex->depth - 1].kind, shut)) {
        fail(lex, lex->at,
             shut == ')'   ? "')' does not fit the bracket that is open"
             : shut == ']' ? "']' does not fit the bracket that is open"
                           : "'}' does not fit the bracket that is open");
        return;
    }
    const struct js_open *top = &lex->open[--lex->depth];
    lex->shut = top->kind;
    lex->shut_flags = top->flags;
    lex->tries -= top->kind == JS_TRY;
    if (!(top->flags & JS_TRANSPARENT)) {
        lex->solid--;
        lex->bodies -= top->kind == JS_BODY;
    }
}

/* ---- tokens ---- */

static void read_string(struct js_lex *lex)
{
    uint32_t start = lex->at;
    char quote = lex->text[lex->at];
    const char *p = lex->text + lex->at + 1;
    const char *end = lex->text + lex->len;
    for (; p < end; p++) {
        if (*p == quote) {
            lex->at = (uint32_t)(p - lex->text) + 1;
            return;
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
    fail(lex, start, "unterminated string");
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
            push(lex, JS_SUBSTITUTION, lex->at);
            lex->at += 2;
            return JS_TEMPLATE_HEAD;
        }
    }
    lex->at = lex->len;
    fail(lex, start, "unterminated template");
    return JS_TEMPLATE;
}

/* May a regular expression start here, as far as the token before tells? */
static bool regex_may_start(struct js_lex *lex)
{
    static const char *const unsure[] = {"yield", "await", "of", "extends", "default", NULL};
    switch (lex->prev.kind) {
    case JS_NAME:
        if (!starts_expression(lex)) {
            return false;
        }
        lex->doubt = lex->doubt || one_of(lex, &lex->prev, unsure);
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

static void read_name(struct js_lex *lex)
{
    const char *p = lex->text + lex->at;
    const char *end = lex->text + lex->len;
    for (;;) {
        while (p < end && char_class[(unsigned char)*p] >= C_NAME) {
            p++;
        }
        if (p < end && *p == '\\') { /* an escape: the name is not what it looks like */
            lex->escaped = true;
            p++;
            continue;
        }
        lex->at = (uint32_t)(p - lex->text);
        bool line = false;
        if (p == end || (unsigned char)*p < 0x80 || wide_space(lex, &line) > 0) {
            return;
        }
        p++;
    }
}

static void read_number(struct js_lex *lex)
{
    bool hex = peek(lex, 0) == '0' && (peek(lex, 1) | 0x20) == 'x';
    while (lex->at < lex->len) {
        unsigned char c = (unsigned char)lex->text[lex->at];
        unsigned char before = lex->at > 0 ? (unsigned char)lex->text[lex->at - 1] : 0;
        bool sign = (c == '+' || c == '-') && !hex && (before | 0x20) == 'e';
        if (char_class[c] < C_NAME && c != '.' && !sign) {
            return;
        }
        lex->at++;
    }
}

static uint8_t read_operator(struct js_lex *lex)
{
    unsigned char c = peek(lex, 0);
    unsigned char next = peek(lex, 1);
    uint8_t kind = JS_OP;
    if (c == '=' && next != '=') {
        lex->at += next == '>' ? 2 : 1;
        return next == '>' ? JS_ARROW : JS_ASSIGN;
    }
    if (c == '<' && next == '!' && peek(lex, 2) == '-' && peek(lex, 3) == '-') {
        lex->doubt = true; /* in scripts this starts a comment, in modules it does not */
    }
    lex->at++;
    if (c == '?' && next == '.' && char_class[peek(lex, 1)] != C_DIGIT) {
        lex->at++;
        return '.';
    }
    if (next == c && c != '!' && c != '~') {
        lex->at++;
        kind = c == '+' || c == '-'               ? JS_STEP
               : c == '&' || c == '|' || c == '?' ? JS_LOGICAL
                                                  : JS_OP;
        if (peek(lex, 0) == c && (c == '>' || c == '=')) {
            lex->at++;
        }
        if (kind == JS_STEP) {
            return kind;
        }
    }
    if (peek(lex, 0) == '=' && c != '=' && c != '~') {
        lex->at++;
        if (c == '!' && peek(lex, 0) == '=') {
            lex->at++;
        }
        return kind == JS_LOGICAL ? JS_LOGICAL_ASSIGN : JS_OP;
    }
    return c == '?' && kind == JS_OP ? '?' : kind;
}

static uint8_t read_punctuator(struct js_lex *lex, char c)
{
    switch (c) {
    case '(':
        push(lex, kind_of_paren(lex), lex->at);
        break;
    case '[':
        push(lex, JS_SQUARE, lex->at);
        break;
    case '{':
        push(lex, kind_of_brace(lex), lex->at);
        break;
    case '}':
        if (lex->depth > 0 && lex->open[lex->depth - 1].kind == JS_SUBSTITUTION) {
            uint32_t start = lex->open[lex->depth - 1].at;
            pop(lex, '}');
            lex->at++;
            return read_template(lex, start);
        }
        pop(lex, '}');
        break;
    case ')':
    case ']':
        pop(lex, c);
        break;
    case '.':
        if (peek(lex, 1) == '.' && peek(lex, 2) == '.') {
            lex->at += 3;
            return JS_SPREAD;
        }
        break;
    case ';':
    case ',':
    case ':':
    case '#':
    case '@':
        break;
    default:
        return read_operator(lex);
    }
    lex->at++;
    return (uint8_t)c;
}

void js_lex_next(struct js_lex *lex, struct js_token *ret)
{
    struct js_token token = {0};
    token.line_before = skip_blanks(lex);
    token.from = lex->at;
    if (lex->at < lex->len && !lex->broken && !lex->ended) {
        unsigned char c = (unsigned char)lex->text[lex->at];
        uint8_t class = char_class[c];
        if (class == C_NAME || c >= 0x80 || c == '\\') {
            token.kind = JS_NAME;
            read_name(lex);
        } else if (class == C_DIGIT || (c == '.' && char_class[peek(lex, 1)] == C_DIGIT)) {
            token.kind = JS_NUMBER;
            read_number(lex);
        } else if (c == '"' || c == '\'') {
            token.kind = JS_STRING;
            read_string(lex);
        } else if (c == '`') {
            lex->at++;
            token.kind = read_template(lex, token.from);
        } else if (c == '/' && regex_may_start(lex) && read_regex(lex)) {
            token.kind = JS_REGEX;
        } else {
            token.kind = read_punctuator(lex, (char)c);
        }
    } else if (!lex->broken && !lex->ended && lex->depth > 0) {
        static const char *const never[] = {
            "'(' is never closed", "'(' is never closed", "'[' is never closed",
            "'{' is never closed", "'{' is never closed", "'{' is never closed",
            "'{' is never closed", "'{' is never closed", "unterminated template"};
        const struct js_open *top = &lex->open[lex->depth - 1];
        fail(lex, top->at, never[top->kind]);
    }
    if (lex->broken) {
        token.kind = JS_END;
    }
    token.to = lex->at;
    lex->prev3 = lex->prev2;
    lex->prev2 = lex->prev;
    lex->prev = token;
    *ret = token;
}
