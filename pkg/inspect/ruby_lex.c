#include "pkg/inspect/ruby_lex.h"

#include "pkg/base/limits.h"

#include <string.h>

enum { LOCALS_MAX = 65536 };

bool rb_is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

void rb_lex_init(struct rb_lex *lex, struct pl_slice text, struct pl_err *err)
{
    *lex = (struct rb_lex){.text = text, .state = RB_BEG, .err = err, .status = PL_OK};
    pl_map_init(&lex->locals, LOCALS_MAX);
    if (pl_slice_starts(text, PL_SLICE("\xef\xbb\xbf"))) {
        lex->at = 3;
    }
}

void rb_lex_done(struct rb_lex *lex)
{
    pl_map_done(&lex->locals);
}

void rb_lex_local(struct rb_lex *lex, struct pl_slice name)
{
    bool added = false;
    uint64_t old = 0;
    if (lex->status != PL_OK || name.len == 0 || lex->locals.n >= LOCALS_MAX) {
        return;
    }
    lex->status = pl_map_add(&lex->locals, name, 0, &added, &old, lex->err);
}

void rb_lex_fail(struct rb_lex *lex, uint32_t at, const char *what)
{
    if (!lex->error.found && !lex->doubt) {
        lex->error.found = true;
        lex->error.what = what;
        lex->error_at = at;
    }
    lex->doubt = true;
}

/* The byte `ahead` of the current one, NUL behind the end. */
static char peek(const struct rb_lex *lex, size_t ahead)
{
    size_t at = lex->at + ahead;
    return at < lex->text.len ? lex->text.ptr[at] : '\0';
}

static bool at_line_start(const struct rb_lex *lex)
{
    return lex->at == 0 || lex->text.ptr[lex->at - 1] == '\n';
}

static bool here(const struct rb_lex *lex, const char *word)
{
    return pl_slice_starts(pl_slice_sub(lex->text, lex->at, lex->text.len), pl_slice_of(word));
}

static void skip_line(struct rb_lex *lex)
{
    while (lex->at < lex->text.len && lex->text.ptr[lex->at] != '\n') {
        lex->at++;
    }
}

/* The bodies of heredocs that began on the line that just ended. */
static void read_heredocs(struct rb_lex *lex)
{
    for (uint32_t i = 0; i < lex->n_heredoc; i++) {
        const struct rb_heredoc *doc = &lex->heredoc[i];
        bool closed = false;
        while (!closed && lex->at < lex->text.len) {
            uint32_t from = lex->at;
            skip_line(lex);
            struct pl_slice line = pl_slice_sub(lex->text, from, lex->at);
            lex->at += lex->at < lex->text.len;
            if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
                line.len--;
            }
            while (doc->indented && line.len > 0 && is_space(line.ptr[0])) {
                line = pl_slice_sub(line, 1, line.len);
            }
            closed = pl_slice_eq(line, doc->id);
        }
        if (!closed) {
            lex->doubt = lex->doubt || !doc->certain;
            rb_lex_fail(lex, doc->at, "a heredoc that is never closed");
        }
    }
    lex->n_heredoc = 0;
}

static char closing(char open)
{
    switch (open) {
    case '(':
        return ')';
    case '[':
        return ']';
    case '{':
        return '}';
    case '<':
        return '>';
    default:
        return open;
    }
}

/* Behind `#{`: up to and with the brace that closes it. */
static void skip_code(struct rb_lex *lex)
{
    uint8_t state = lex->state;
    uint32_t braces = 1;
    struct rb_token token;
    if (lex->depth >= RB_MAX_DEPTH) {
        lex->doubt = true;
        lex->at = (uint32_t)lex->text.len;
        return;
    }
    lex->depth++;
    lex->state = RB_BEG;
    while (braces > 0) {
        rb_lex_next(lex, &token);
        if (token.kind == RB_END) {
            break;
        }
        if (token.kind == RB_OP && token.op == '{') {
            braces++;
        } else if (token.kind == RB_OP && token.op == '}') {
            braces--;
        }
    }
    lex->depth--;
    lex->state = state;
}

/* A literal whose opening delimiter was read; false when the text ends first. */
static bool skip_literal(struct rb_lex *lex, char open, bool splices, struct rb_token *token)
{
    char close = closing(open);
    uint32_t nested = 0;
    uint32_t from = lex->at;
    while (lex->at < lex->text.len) {
        char c = lex->text.ptr[lex->at];
        if (c == '\\') {
            lex->at += 2;
        } else if (c == close && nested == 0) {
            token->inner = pl_slice_sub(lex->text, from, lex->at);
            lex->at++;
            return true;
        } else if (c == close) {
            nested--;
            lex->at++;
        } else if (c == open) {
            nested++;
            lex->at++;
        } else if (splices && c == '#' && peek(lex, 1) == '{') {
            lex->at += 2;
            token->spliced = true;
            skip_code(lex);
        } else if (c == '\n' && lex->n_heredoc > 0) {
            lex->at++;
            read_heredocs(lex);
        } else {
            lex->at++;
        }
    }
    lex->at = (uint32_t)lex->text.len;
    return false;
}

/* Begins at the delimiter. */
static void read_literal(struct rb_lex *lex, bool splices, const char *what, struct rb_token *token)
{
    uint32_t from = token->from;
    char open = peek(lex, 0);
    lex->at++;
    if (!skip_literal(lex, open, splices, token)) {
        /* Where the beginning was a guess, so is the end. */
        bool sure = token->before == RB_BEG || open == '"' || open == '\'';
        lex->doubt = lex->doubt || !sure || lex->depth > 0;
        rb_lex_fail(lex, from, what);
    }
    lex->state = RB_ENDS;
}

/* May a literal begin here, with a sign that is an operator elsewhere? */
static bool begins_literal(const struct rb_lex *lex, const struct rb_token *token)
{
    char next = peek(lex, 1);
    if (token->before == RB_BEG || token->before == RB_MID) {
        return true;
    }
    return token->before == RB_ARG && token->space && !is_space(next) && next != '\n' &&
           next != '=';
}

/* Guesses stand within guesses, so that what they cost together has to have a bound. */
static bool may_guess(const struct rb_lex *lex)
{
    enum { TIMES = 8, ALWAYS = 65536 };
    return lex->again <= (uint64_t)lex->text.len * TIMES + ALWAYS;
}

static void read_slash(struct rb_lex *lex, struct rb_token *token)
{
    lex->doubt = true;
    lex->at++;
    token->kind = RB_OP;
    token->op = '/';
    lex->state = RB_BEG;
}

static void read_regex(struct rb_lex *lex, struct rb_token *token)
{
    struct rb_lex saved = *lex;
    bool guess = token->before == RB_ARG;
    if (guess && !may_guess(lex)) {
        read_slash(lex, token);
        return;
    }
    token->kind = RB_STRING;
    lex->at++;
    bool closed = skip_literal(lex, '/', true, token);
    bool lines = pl_slice_find(token->inner, '\n') < token->inner.len;
    if (guess && (!closed || lines)) {
        /* A division after all. */
        struct pl_map locals = lex->locals;
        enum pl_status status = lex->status;
        uint64_t again = lex->again + (lex->at - saved.at);
        *lex = saved;
        lex->locals = locals;
        lex->status = status;
        lex->again = again;
        read_slash(lex, token);
        return;
    }
    if (!closed) {
        rb_lex_fail(lex, token->from, "a regular expression that is never closed");
    }
    while (peek(lex, 0) >= 'a' && peek(lex, 0) <= 'z' && strchr("imxounse", peek(lex, 0))) {
        lex->at++;
    }
    token->spliced = true; /* never a name */
    lex->state = RB_ENDS;
}

/* %w[a b] and the like; false when it is the operator. */
static bool read_percent(struct rb_lex *lex, struct rb_token *token)
{
    char letter = peek(lex, 1);
    bool has_letter = letter != '\0' && strchr("qQwWiIrsx", letter) != NULL;
    char open = has_letter ? peek(lex, 2) : letter;
    bool is_delimiter = open != '\0' && !rb_is_name(open) && !is_space(open) &&
                        (open != '\n' || token->before == RB_BEG);
    if (token->before == RB_ARG && begins_literal(lex, token) && !is_delimiter) {
        lex->doubt = true; /* Ruby expects a literal, and refuses this one */
    }
    if (!begins_literal(lex, token) || !is_delimiter || open == '\n') {
        return false;
    }
    if (!has_letter && open == '=' && token->before != RB_BEG) {
        return false;
    }
    lex->at += has_letter ? 2 : 1;
    bool words = has_letter && strchr("wWiI", letter) != NULL;
    token->kind = words ? RB_WORDS : letter == 's' && has_letter ? RB_SYMBOL : RB_STRING;
    bool plain = has_letter && strchr("qwis", letter) != NULL;
    read_literal(lex, !plain, "a %-literal that is never closed", token);
    if (letter == 'r' && has_letter) {
        token->spliced = true;
        while (peek(lex, 0) >= 'a' && peek(lex, 0) <= 'z' && strchr("imxounse", peek(lex, 0))) {
            lex->at++;
        }
    }
    return true;
}

/* <<ID <<-ID <<~"ID"; false when it is the operator. */
static bool read_heredoc_start(struct rb_lex *lex, struct rb_token *token)
{
    size_t at = 2;
    bool indented = peek(lex, 2) == '-' || peek(lex, 2) == '~';
    at += indented;
    char quote = peek(lex, at);
    bool quoted = quote == '"' || quote == '\'' || quote == '`';
    at += quoted;
    bool allowed = token->before == RB_BEG || token->before == RB_MID ||
                   (token->before == RB_ARG && token->space);
    if (!allowed || lex->class_before || lex->n_heredoc == RB_HEREDOCS ||
        (!quoted && (!rb_is_name(peek(lex, at)) || is_digit(peek(lex, at))))) {
        return false;
    }
    size_t from = lex->at + at;
    size_t to = from;
    while (to < lex->text.len && (quoted ? lex->text.ptr[to] != quote && lex->text.ptr[to] != '\n'
                                         : rb_is_name(lex->text.ptr[to]))) {
        to++;
    }
    if (quoted && (to >= lex->text.len || lex->text.ptr[to] != quote)) {
        return false;
    }
    lex->heredoc[lex->n_heredoc++] = (struct rb_heredoc){pl_slice_sub(lex->text, from, to), lex->at,
                                                         indented, token->before == RB_BEG};
    lex->at = (uint32_t)(to + quoted);
    token->kind = RB_STRING;
    token->spliced = true;
    lex->state = RB_ENDS;
    return true;
}

static void read_number(struct rb_lex *lex, struct rb_token *token)
{
    token->kind = RB_NUMBER;
    while (rb_is_name(peek(lex, 0)) || (peek(lex, 0) == '.' && is_digit(peek(lex, 1))) ||
           ((peek(lex, 0) == '-' || peek(lex, 0) == '+') &&
            (lex->text.ptr[lex->at - 1] == 'e' || lex->text.ptr[lex->at - 1] == 'E') &&
            is_digit(peek(lex, 1)) && peek(lex, 0) != '\0' &&
            !(lex->at - token->from > 1 && lex->text.ptr[token->from] == '0' &&
              (lex->text.ptr[token->from + 1] == 'x' || lex->text.ptr[token->from + 1] == 'X')))) {
        lex->at++;
    }
    lex->state = RB_ENDS;
}

/* @a, @@a, $a, $1, $!, $-w */
static void read_variable(struct rb_lex *lex, struct rb_token *token)
{
    bool global = peek(lex, 0) == '$';
    token->kind = RB_VARIABLE;
    lex->at++;
    if (!global && peek(lex, 0) == '@') {
        lex->at++;
    }
    if (global && !rb_is_name(peek(lex, 0)) && lex->at < lex->text.len) {
        lex->at += peek(lex, 0) == '-' ? 2 : 1;
    } else {
        while (rb_is_name(peek(lex, 0))) {
            lex->at++;
        }
    }
    lex->state = RB_ENDS;
}

/* The operators that are method names, longest first. */
static size_t operator_name(const struct rb_lex *lex)
{
    static const char *const names[] = {
        "[]=", "<=>", "===", "**", "[]", "==", "=~", "!=", "!~", "<<", ">>", "<=", ">=", "+@", "-@",
        "~@",  "!@",  "+",   "-",  "*",  "/",  "%",  "&",  "|",  "^",  "<",  ">",  "!",  "~",  "`"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (here(lex, names[i])) {
            return strlen(names[i]);
        }
    }
    return 0;
}

/* `:name`, `:"text"`, `:+`; false for a colon that is something else. */
static bool read_symbol(struct rb_lex *lex, struct rb_token *token)
{
    char next = peek(lex, 1);
    if (next == '"' || next == '\'') {
        lex->at++;
        token->kind = RB_SYMBOL;
        read_literal(lex, next == '"', "a symbol that is never closed", token);
        return true;
    }
    uint32_t from = ++lex->at;
    if (rb_is_name(next) && !is_digit(next)) {
        while (rb_is_name(peek(lex, 0))) {
            lex->at++;
        }
        char end = peek(lex, 0);
        char after = peek(lex, 1);
        if (((end == '?' || end == '!') && after != '=') ||
            (end == '=' && after != '=' && after != '~' && after != '>')) {
            lex->at++;
        }
    } else if (next == '@' || next == '$') {
        read_variable(lex, token);
    } else {
        size_t n = operator_name(lex);
        /* `a ? b :[]` is rare, `cond ? x : y` is not: a blank ends the thought above. */
        if (n == 0 || is_space(next)) {
            lex->at = from - 1;
            return false;
        }
        lex->at += (uint32_t)n;
    }
    token->kind = RB_SYMBOL;
    token->inner = pl_slice_sub(lex->text, from, lex->at);
    lex->state = RB_ENDS;
    return true;
}

/* ?a, ?\n; false when it is the conditional. */
static bool read_character(struct rb_lex *lex, struct rb_token *token)
{
    char next = peek(lex, 1);
    if (!begins_literal(lex, token) || next == '\0' || is_space(next) || next == '\n') {
        return false;
    }
    if (rb_is_name(next) && (unsigned char)next < 0x80 && rb_is_name(peek(lex, 2))) {
        return false;
    }
    lex->at += next == '\\' ? 3 : 2;
    while (next == '\\' &&
           (rb_is_name(peek(lex, 0)) || peek(lex, 0) == '-' || peek(lex, 0) == '\\')) {
        lex->at++; /* ?\C-a, ?\u0041 */
    }
    while (((unsigned char)peek(lex, 0) & 0xc0) == 0x80) {
        lex->at++;
    }
    token->kind = RB_STRING;
    token->spliced = true;
    lex->state = RB_ENDS;
    return true;
}

static enum rb_state state_after(struct rb_lex *lex, struct pl_slice word, bool is_method)
{
    static const char *const beg[] = {"and",    "or",     "not",  "if",   "unless", "while",
                                      "until",  "when",   "case", "then", "do",     "else",
                                      "elsif",  "ensure", "in",   "for",  "begin",  "class",
                                      "module", "rescue", NULL};
    static const char *const mid[] = {"return", "break", "next", NULL};
    static const char *const ends[] = {"end",      "self",         "nil",   "true",
                                       "false",    "redo",         "retry", "__FILE__",
                                       "__LINE__", "__ENCODING__", NULL};
    static const struct {
        const char *const *words;
        enum rb_state state;
    } lists[] = {{beg, RB_BEG}, {mid, RB_MID}, {ends, RB_ENDS}};
    for (size_t i = 0; !is_method && i < 3; i++) {
        for (size_t k = 0; lists[i].words[k]; k++) {
            if (pl_slice_is(word, lists[i].words[k])) {
                return lists[i].state;
            }
        }
    }
    uint64_t value = 0;
    if (!is_method &&
        (pl_slice_is(word, "def") || pl_slice_is(word, "alias") || pl_slice_is(word, "undef"))) {
        return RB_AFTER_DEF;
    }
    return !is_method && pl_map_get(&lex->locals, word, &value) ? RB_ENDS : RB_ARG;
}

static void read_word(struct rb_lex *lex, struct rb_token *token)
{
    while (rb_is_name(peek(lex, 0))) {
        lex->at++;
    }
    char end = peek(lex, 0);
    char after = peek(lex, 1);
    if ((end == '?' || end == '!') &&
        (after != '=' || peek(lex, 2) == '=' || peek(lex, 2) == '~' || peek(lex, 2) == '>')) {
        /* `a ?b :c` aside, a mark that touches the name belongs to it, unless `a ?: b`. */
        lex->at++;
    } else if (token->before == RB_AFTER_DEF && end == '=' && after != '=' && after != '~' &&
               after != '>' && (after == '(' || rb_is_name(after) || peek(lex, 1) == ' ')) {
        /* def name=(value); `def name=value` reads the same way, `def name = value` has a blank. */
        lex->at++;
    }
    token->kind = RB_NAME;
    token->inner = pl_slice_sub(lex->text, token->from, lex->at);
    bool label = peek(lex, 0) == ':' && peek(lex, 1) != ':' && token->before != RB_AFTER_DOT &&
                 token->before != RB_AFTER_DEF;
    if (label) {
        token->kind = RB_LABEL;
        lex->at++;
        lex->state = RB_BEG;
        return;
    }
    bool is_method = token->before == RB_AFTER_DOT || token->before == RB_AFTER_DEF;
    lex->state = (uint8_t)state_after(lex, token->inner, is_method);
}

static void read_operator(struct rb_lex *lex, struct rb_token *token)
{
    char c = peek(lex, 0);
    token->kind = RB_OP;
    token->op = c;
    lex->state = RB_BEG;
    if (token->before == RB_AFTER_DEF || token->before == RB_AFTER_DOT) {
        size_t n = operator_name(lex);
        if (n > 0 && !(token->before == RB_AFTER_DOT && c == '(')) {
            lex->at += (uint32_t)n;
            token->inner = pl_slice_sub(lex->text, token->from, lex->at);
            lex->state = RB_ARG;
            return;
        }
    }
    lex->at++;
    if (c == ')' || c == ']' || c == '}') {
        lex->state = RB_ENDS;
    } else if (c == '=' && peek(lex, 0) != '=' && peek(lex, 0) != '~' && peek(lex, 0) != '>') {
        token->kind = RB_ASSIGN;
    } else if (c == '=') {
        lex->at += peek(lex, 0) == '=' && peek(lex, 1) == '=' ? 2 : 1;
    } else if (c == ':' && peek(lex, 0) == ':') {
        lex->at++;
        token->kind = RB_COLON2;
        lex->state = RB_AFTER_DOT;
    } else if (c == '.' && peek(lex, 0) == '.') {
        lex->at += peek(lex, 1) == '.' ? 2 : 1;
    } else if (c == '.' || (c == '&' && peek(lex, 0) == '.')) {
        lex->at += c == '&';
        token->kind = RB_DOT;
        lex->state = RB_AFTER_DOT;
    } else if (c == '-' && peek(lex, 0) == '>') {
        lex->at++;
        token->op = 'l'; /* a lambda */
    } else if (c == '<' && peek(lex, 0) == '<') {
        lex->at++;
        token->op = 's'; /* a shift */
    } else if ((c == '|' || c == '&' || c == '*') && peek(lex, 0) == c) {
        lex->at++;
    }
    if (token->kind == RB_OP && strchr("+-*/%|&^<>s", token->op) && peek(lex, 0) == '=' &&
        peek(lex, 1) != '=' && peek(lex, 1) != '~') {
        lex->at++; /* += and the like; also <=, >= */
    }
}

/* Blanks, comments, continuation lines; true when a line ended. */
static bool skip_blank(struct rb_lex *lex, bool *ret_space)
{
    bool line = false;
    while (lex->at < lex->text.len) {
        char c = lex->text.ptr[lex->at];
        if (at_line_start(lex) && here(lex, "=begin") &&
            (is_space(peek(lex, 6)) || peek(lex, 6) == '\n')) {
            do {
                skip_line(lex);
                lex->at += lex->at < lex->text.len;
            } while (lex->at < lex->text.len && !(here(lex, "=end") && !rb_is_name(peek(lex, 4))));
            skip_line(lex);
        } else if (at_line_start(lex) && here(lex, "__END__") &&
                   (peek(lex, 7) == '\n' || peek(lex, 7) == '\r' || peek(lex, 7) == '\0')) {
            lex->text.len = lex->at;
        } else if (c == '\n') {
            lex->at++;
            line = true;
            read_heredocs(lex);
        } else if (is_space(c)) {
            lex->at++;
            *ret_space = true;
        } else if (c == '\\' &&
                   (peek(lex, 1) == '\n' || (peek(lex, 1) == '\r' && peek(lex, 2) == '\n'))) {
            lex->at += peek(lex, 1) == '\n' ? 2 : 3;
            *ret_space = true;
        } else if (c == '#') {
            skip_line(lex);
        } else if (c == '\0' || c == 4 || c == 26) {
            lex->text.len = lex->at; /* the parser takes them as the end */
        } else {
            break;
        }
    }
    return line;
}

static bool is_conflict_mark(const struct rb_lex *lex)
{
    return at_line_start(lex) && (here(lex, "<<<<<<< ") || here(lex, ">>>>>>> ") ||
                                  here(lex, "=======\n") || here(lex, "=======\r"));
}

static void read_token(struct rb_lex *lex, struct rb_token *token)
{
    char c = peek(lex, 0);
    bool named = token->before == RB_AFTER_DEF || token->before == RB_AFTER_DOT;
    bool is_class = false;
    if (is_digit(c)) {
        read_number(lex, token);
    } else if (rb_is_name(c)) {
        read_word(lex, token);
        is_class = !named && token->kind == RB_NAME && pl_slice_is(token->inner, "class");
    } else if (c == '@' || c == '$') {
        read_variable(lex, token);
    } else if (c == '"' || c == '\'' || (c == '`' && !named)) {
        token->kind = RB_STRING;
        read_literal(lex, c != '\'', "a string that is never closed", token);
        if (c == '`') {
            token->spliced = true;
        } else if (peek(lex, 0) == ':' && peek(lex, 1) != ':' && token->before != RB_ENDS) {
            lex->at++;
            token->kind = RB_LABEL;
            lex->state = RB_BEG;
        }
    } else if (c == '/' && !named && begins_literal(lex, token)) {
        read_regex(lex, token);
    } else if ((c == '%' && !named && read_percent(lex, token)) ||
               (c == '<' && peek(lex, 1) == '<' && !named && read_heredoc_start(lex, token)) ||
               (c == ':' && peek(lex, 1) != ':' && read_symbol(lex, token)) ||
               (c == '?' && read_character(lex, token))) {
        is_class = false;
    } else {
        read_operator(lex, token);
    }
    lex->class_before = is_class;
}

void rb_lex_next(struct rb_lex *lex, struct rb_token *ret)
{
    *ret = (struct rb_token){.kind = RB_END};
    if (skip_blank(lex, &ret->space)) {
        ret->kind = RB_LINE;
        ret->from = ret->to = lex->at;
        ret->before = lex->state;
        lex->state = RB_BEG;
        return;
    }
    ret->from = lex->at;
    ret->before = lex->state;
    if (lex->at >= lex->text.len) {
        ret->to = lex->at = (uint32_t)lex->text.len;
        return;
    }
    if (is_conflict_mark(lex)) {
        rb_lex_fail(lex, lex->at, "a mark of a merge conflict");
    }
    if (peek(lex, 0) == ';') {
        lex->at++;
        ret->kind = RB_LINE;
        lex->state = RB_BEG;
    } else {
        read_token(lex, ret);
    }
    if (lex->at > lex->text.len) {
        lex->at = (uint32_t)lex->text.len;
    }
    ret->to = lex->at;
}
