#include "pkg/inspect/python.h"

#include "pkg/base/arr.h"
#include "pkg/base/text.h"
#include "pkg/inspect/py_read.h"

#include <stdlib.h>
#include <string.h>

/* ---- encoding ---- */

enum { COOKIE_MAX = 32 };

static bool is_cookie_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* PEP 263: the name behind "coding:" or "coding=" in a comment line, or empty. */
static struct pl_slice cookie_of(struct pl_slice line)
{
    struct pl_slice trimmed = pl_slice_trim(line);
    if (trimmed.len == 0 || trimmed.ptr[0] != '#') {
        return (struct pl_slice){"", 0};
    }
    for (size_t at = 0; at + 7 <= trimmed.len; at++) {
        if (memcmp(trimmed.ptr + at, "coding", 6) != 0 ||
            (trimmed.ptr[at + 6] != ':' && trimmed.ptr[at + 6] != '=')) {
            continue;
        }
        size_t from = at + 7;
        while (from < trimmed.len && (trimmed.ptr[from] == ' ' || trimmed.ptr[from] == '\t')) {
            from++;
        }
        size_t to = from;
        while (to < trimmed.len && is_cookie_char(trimmed.ptr[to])) {
            to++;
        }
        if (to > from) {
            return pl_slice_sub(trimmed, from, to);
        }
    }
    return (struct pl_slice){"", 0};
}

enum encoding { ENC_UTF8, ENC_ONE_BYTE, ENC_OTHER };

static enum encoding encoding_named(struct pl_slice name)
{
    char text[COOKIE_MAX];
    size_t n = 0;
    for (; n < name.len && n < COOKIE_MAX - 1; n++) {
        char c = name.ptr[n];
        text[n] = (char)(c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    struct pl_slice low = pl_slice_make(text, n);
    if (pl_slice_is(low, "utf8") || pl_slice_starts(low, PL_SLICE("utf-8")) ||
        pl_slice_is(low, "u8")) {
        return ENC_UTF8;
    }
    static const char *const one_byte[] = {"latin", "iso-8859",    "iso8859", "ascii", "us-ascii",
                                           "cp125", "windows-125", "koi8",    "l1"};
    for (size_t i = 0; i < sizeof one_byte / sizeof one_byte[0]; i++) {
        if (pl_slice_starts(low, pl_slice_of(one_byte[i]))) {
            return ENC_ONE_BYTE;
        }
    }
    return ENC_OTHER;
}

static enum encoding encoding_of(struct pl_slice text)
{
    struct pl_slice rest = text;
    for (int i = 0; i < 2; i++) {
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != '\n' && rest.ptr[end] != '\r') {
            end++;
        }
        struct pl_slice line = pl_slice_sub(rest, 0, end);
        struct pl_slice cookie = cookie_of(line);
        if (cookie.len > 0) {
            return encoding_named(cookie);
        }
        struct pl_slice code = pl_slice_trim(line);
        if (code.len > 0 && code.ptr[0] != '#') {
            break;
        }
        if (end + 1 < rest.len && rest.ptr[end] == '\r' && rest.ptr[end + 1] == '\n') {
            end++;
        }
        rest = pl_slice_sub(rest, end + 1, rest.len);
    }
    return ENC_UTF8;
}

/* Where the first NUL is. */
static struct pl_spot first_nul(struct pl_slice text)
{
    struct pl_spot at = {1, 1};
    for (size_t i = 0; i < text.len && text.ptr[i] != '\0'; i++) {
        at.line += text.ptr[i] == '\n';
        at.col = text.ptr[i] == '\n' ? 1 : at.col + 1;
    }
    return at;
}

static struct pl_spot first_bad_byte(struct pl_slice text)
{
    struct pl_spot at = {1, 1};
    uint32_t code = 0;
    size_t pos = 0;
    size_t line_start = 0;
    while (pos < text.len) {
        size_t before = pos;
        if (!pl_utf8_next(text, &pos, &code)) {
            at.col = (uint32_t)(before - line_start) + 1;
            break;
        }
        if (code == '\n') {
            at.line++;
            line_start = pos;
        }
    }
    return at;
}

/* ---- statements ---- */

enum stop { STOP_LINE, STOP_SEMICOLON, STOP_COLON };

static bool is_compound(const struct py_read *read, const struct py_token *first)
{
    static const char *const keyword[] = {"if",     "elif", "else",    "for", "while", "try",
                                          "except", "with", "finally", "def", "class", "async"};
    for (size_t i = 0; i < sizeof keyword / sizeof keyword[0]; i++) {
        if (py_token_is(first, keyword[i])) {
            return true;
        }
    }
    return read->flow.level[read->flow.n_level - 1].is_match && py_token_is(first, "case");
}

static PL_STATUS keep_token(struct py_read *read, const struct py_token *token, struct pl_err *err)
{
    if (read->n_tok == PY_MAX_STATEMENT) {
        read->too_long = true;
        return PL_OK;
    }
    struct py_token *grown = pl_arr_grow(read->tok, &read->cap_tok, read->n_tok + 1, sizeof *grown,
                                         PY_MAX_STATEMENT, "tokens", err);
    if (!grown) {
        return err->code;
    }
    read->tok = grown;
    grown[read->n_tok++] = *token;
    return PL_OK;
}

/* Reads one simple statement, or one header, into read->tok; *ahead is the token behind it. */
static PL_STATUS collect(struct py_read *read, struct py_token *ahead, enum stop *ret_stop,
                         struct pl_err *err)
{
    size_t depth = 0;
    size_t lambdas = 0;
    bool compound = is_compound(read, ahead);
    bool match = py_token_is(ahead, "match");
    read->n_tok = 0;
    *ret_stop = STOP_LINE;
    for (;; py_lex_next(&read->lex, ahead)) {
        if (ahead->kind == PY_NEWLINE || ahead->kind == PY_END || ahead->kind == PY_INDENT ||
            ahead->kind == PY_DEDENT) {
            return PL_OK;
        }
        bool colon = ahead->kind == PY_OP && ahead->op == ':' && depth == 0;
        if (colon && lambdas > 0) {
            lambdas--;
        } else if (colon && (compound || match)) {
            struct py_token colon_token = *ahead;
            py_lex_next(&read->lex, ahead);
            if (compound || (ahead->kind == PY_NEWLINE && read->n_tok > 1)) {
                *ret_stop = STOP_COLON;
                return PL_OK;
            }
            match = false;
            enum pl_status status = keep_token(read, &colon_token, err);
            if (status != PL_OK) {
                return status;
            }
            if (ahead->kind == PY_NEWLINE || ahead->kind == PY_END) {
                return PL_OK;
            }
        }
        if (ahead->kind == PY_OP && ahead->op == ';' && depth == 0) {
            *ret_stop = STOP_SEMICOLON;
            py_lex_next(&read->lex, ahead);
            return PL_OK;
        }
        if (py_is_open(ahead)) {
            depth++;
        } else if (py_is_shut(ahead) && depth > 0) {
            depth--;
        } else if (depth == 0 && py_token_is(ahead, "lambda")) {
            lambdas++;
        }
        enum pl_status status = keep_token(read, ahead, err);
        if (status != PL_OK) {
            return status;
        }
    }
}

/* A bound name that is not ASCII may, normalised (NFKC), be any name. */
static void note_statement(struct py_read *read)
{
    if (!read->dynamic && (read->too_long || py_is_dynamic(read, 0, read->n_tok))) {
        read->dynamic = true;
    }
    read->unbinds = read->unbinds || (read->dynamic && py_is_unbinding(read));
    read->too_long = false;
}

/* A header whose line ends without its colon: words that nothing else can begin with. */
static bool lacks_colon(const struct py_read *read, const struct py_token *ahead, enum stop stop)
{
    static const char *const keyword[] = {"if",     "elif", "else",    "for", "while", "try",
                                          "except", "with", "finally", "def", "class"};
    if (stop != STOP_LINE || (ahead->kind != PY_NEWLINE && ahead->kind != PY_END)) {
        return false;
    }
    for (size_t i = 0; i < sizeof keyword / sizeof keyword[0]; i++) {
        if (py_is(read, 0, keyword[i])) {
            return true;
        }
    }
    return py_is(read, 0, "async") && (py_is(read, 1, "def") || py_is(read, 1, "with"));
}

static bool goes_on(const struct py_read *read)
{
    return py_is(read, 0, "elif") || py_is(read, 0, "else") || py_is(read, 0, "except") ||
           py_is(read, 0, "finally") || py_is(read, 0, "case");
}

/* One statement, from *ahead up to what stands behind it.  *expect: an indented block must come. */
static PL_STATUS read_statement(struct py_read *read, struct py_token *ahead, bool *expect,
                                struct pl_err *err)
{
    enum stop stop = STOP_LINE;
    enum pl_status status = collect(read, ahead, &stop, err);
    if (status != PL_OK || read->lex.broken) {
        return status;
    }
    if (lacks_colon(read, ahead, stop)) {
        py_lex_fail(&read->lex, (struct pl_spot){ahead->line, ahead->col}, "expected ':'");
        return PL_OK;
    }
    py_note_newer(read, stop == STOP_COLON);
    note_statement(read);
    if (stop != STOP_COLON || !goes_on(read)) {
        status = py_flow_close(&read->flow, err);
    }
    if (status == PL_OK) {
        status = py_read_walrus(read, err);
    }
    if (status != PL_OK) {
        return status;
    }
    if (stop != STOP_COLON) {
        return py_read_simple(read, err);
    }
    status = py_read_header(read, err);
    if (status != PL_OK) {
        return status;
    }
    *expect = ahead->kind == PY_NEWLINE;
    py_flow_top(&read->flow)->is_inline = !*expect;
    return PL_OK;
}

static PL_STATUS end_line(struct py_read *read, struct pl_err *err)
{
    while (py_flow_top(&read->flow)->is_inline) {
        enum pl_status status = py_flow_pop(&read->flow, err);
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS read_module(struct py_read *read, struct pl_err *err)
{
    struct py_token ahead;
    bool expect = false;
    py_lex_next(&read->lex, &ahead);
    while (!read->lex.broken) {
        enum pl_status status = PL_OK;
        bool indent = ahead.kind == PY_INDENT;
        if (ahead.kind != PY_NEWLINE && indent != expect) {
            struct pl_spot at = {ahead.line, ahead.col};
            py_lex_fail(&read->lex, at,
                        indent ? "unexpected indent" : "expected an indented block");
            return PL_OK;
        }
        switch ((enum py_kind)ahead.kind) {
        case PY_END:
            while (status == PL_OK && read->flow.n_level > 1) {
                status = py_flow_pop(&read->flow, err);
            }
            return status != PL_OK ? status : py_flow_close(&read->flow, err);
        case PY_NEWLINE:
            status = end_line(read, err);
            py_lex_next(&read->lex, &ahead);
            break;
        case PY_INDENT:
            expect = false;
            py_lex_next(&read->lex, &ahead);
            break;
        case PY_DEDENT:
            status = py_flow_pop(&read->flow, err);
            py_lex_next(&read->lex, &ahead);
            break;
        case PY_NAME:
        case PY_NUMBER:
        case PY_STRING:
        case PY_FSTRING:
        case PY_OP:
            status = read_statement(read, &ahead, &expect, err);
            break;
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

/* ---- results ---- */

static int by_name(const void *a, const void *b)
{
    const struct pl_py_name *x = a;
    const struct pl_py_name *y = b;
    return pl_slice_cmp(x->name, y->name);
}

static bool is_ascii(struct pl_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static PL_STATUS keep_names(struct py_read *read, struct pl_py *py, struct pl_arena *arena,
                            struct pl_err *err)
{
    const struct py_flow *flow = &read->flow;
    if (flow->n_name > 0) {
        py->name = pl_arena_new(arena, flow->n_name, sizeof *py->name, err);
        if (!py->name) {
            return err->code;
        }
    }
    for (size_t i = 0; i < flow->n_name; i++) {
        const struct py_bound *bound = &flow->name[i];
        if (bound->at.line == 0) {
            continue; /* only ever deleted */
        }
        struct pl_py_name *name = &py->name[py->n_name];
        enum pl_status status = pl_arena_dup(arena, bound->name, &name->name, err);
        if (status != PL_OK) {
            return status;
        }
        name->sure = bound->state == PL_SURE_NO && bound->elsewhere ? PL_SURE_MAYBE : bound->state;
        name->sure = name->sure == PL_SURE_YES && read->unbinds ? PL_SURE_MAYBE : name->sure;
        name->at = bound->at;
        /* Identifiers are compared in NFKC, which we do not compute: it may be any name. */
        py->dynamic = py->dynamic || !is_ascii(bound->name);
        py->n_name++;
    }
    if (py->n_name > 0) {
        qsort(py->name, py->n_name, sizeof *py->name, by_name);
    }
    return PL_OK;
}

static PL_STATUS keep_results(struct py_read *read, struct pl_py *py, struct pl_arena *arena,
                              struct pl_err *err)
{
    py->dynamic = read->dynamic;
    py->syntax = read->lex.error;
    memcpy(py->newer, read->lex.newer, sizeof py->newer);
    enum pl_status status = keep_names(read, py, arena, err);
    if (status != PL_OK || read->n_import == 0) {
        return status;
    }
    py->import = pl_arena_new(arena, read->n_import, sizeof *py->import, err);
    if (!py->import) {
        return err->code;
    }
    memcpy(py->import, read->import, read->n_import * sizeof *py->import);
    py->n_import = (uint32_t)read->n_import;
    return PL_OK;
}

static void read_done(struct py_read **read)
{
    if (*read) {
        py_flow_done(&(*read)->flow);
        free((*read)->tok);
        free((*read)->import);
        free(*read);
    }
}

static PL_STATUS read_text(struct pl_py *py, struct pl_slice text, struct pl_arena *arena,
                           bool utf8, struct pl_err *err)
{
    struct py_read *read PL_CLEANUP(read_done) = pl_arr_zeroed(1, sizeof *read, err);
    if (!read) {
        return err->code;
    }
    read->arena = arena;
    py_lex_init(&read->lex, text, utf8);
    py_flow_init(&read->flow);
    enum pl_status status = read_module(read, err);
    if (status == PL_ERR_LIMIT) {
        /* More names or statements than a module for people has: nothing is sure. */
        py->dynamic = true;
        return PL_OK;
    }
    if (status != PL_OK) {
        return status;
    }
    if (read->lex.broken && !read->lex.error.found) {
        read->dynamic = true;
    }
    return keep_results(read, py, arena, err);
}

PL_STATUS pl_python_read(struct pl_py *ret, struct pl_slice text, struct pl_arena *arena,
                         struct pl_err *err)
{
    struct pl_py py = {0};
    enum encoding encoding = ENC_UTF8;
    if (pl_slice_starts(text, PL_SLICE("\xef\xbb\xbf"))) {
        text = pl_slice_sub(text, 3, text.len);
    } else {
        encoding = encoding_of(text);
    }
    bool has_nul = pl_slice_find(text, '\0') < text.len;
    bool wide =
        pl_slice_starts(text, PL_SLICE("\xff\xfe")) || pl_slice_starts(text, PL_SLICE("\xfe\xff"));
    py.not_text = encoding == ENC_OTHER || has_nul || wide;
    enum pl_status status = PL_OK;
    if (has_nul || wide) {
        /* Whatever a coding line says: the bytes as they are must have no NUL. */
        py.syntax = (struct pl_syntax_error){
            true, wide ? (struct pl_spot){1, 1} : first_nul(text),
            has_nul ? "source code string cannot contain null bytes"
                    : "(unicode error) 'utf-8' codec can't decode the first byte: UTF-16"};
    } else if (!py.not_text && encoding == ENC_UTF8 && !pl_utf8_valid(text)) {
        py.syntax = (struct pl_syntax_error){true, first_bad_byte(text),
                                             "not valid UTF-8, and no coding line says otherwise"};
    } else if (!py.not_text) {
        status = read_text(&py, text, arena, encoding == ENC_UTF8, err);
    }
    if (status == PL_OK) {
        *ret = py;
    }
    return status;
}

/* What every module has, or any object: __name__, __class__, ... */
static enum pl_sure implicit(struct pl_slice name)
{
    static const char *const always[] = {"__name__",   "__doc__",     "__file__",     "__spec__",
                                         "__loader__", "__package__", "__builtins__", "__dict__"};
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        if (pl_slice_is(name, always[i])) {
            return PL_SURE_YES;
        }
    }
    return pl_slice_starts(name, PL_SLICE("__")) && pl_slice_ends(name, PL_SLICE("__"))
               ? PL_SURE_MAYBE
               : PL_SURE_NO;
}

static const struct pl_py_name *find_name(const struct pl_py *py, struct pl_slice name)
{
    struct pl_py_name key = {.name = name};
    return py->n_name > 0 ? bsearch(&key, py->name, py->n_name, sizeof key, by_name) : NULL;
}

enum pl_sure pl_python_binds(const struct pl_py *py, struct pl_slice name, struct pl_spot *ret_at)
{
    const struct pl_py_name *found = find_name(py, name);
    const struct pl_py_name *getattr = find_name(py, PL_SLICE("__getattr__"));
    if (ret_at) {
        *ret_at = found ? found->at : (struct pl_spot){0, 0};
    }
    enum pl_sure sure = found ? (enum pl_sure)found->sure : PL_SURE_NO;
    if (sure == PL_SURE_NO) {
        sure = implicit(name);
    }
    bool any = py->not_text || py->dynamic || py->syntax.found || getattr != NULL;
    return sure == PL_SURE_NO && any ? PL_SURE_MAYBE : sure;
}
