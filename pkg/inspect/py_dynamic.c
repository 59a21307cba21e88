/* Ways to bind a name that a reading of the source cannot follow, and the walrus. */
#include "pkg/inspect/py_read.h"

#include <string.h>

/* globals() in a place that only reads: `in globals()`, globals().get(...) */
static bool only_reads(const struct py_read *read, size_t i)
{
    static const char *const reader[] = {"get", "items", "keys", "values", "copy"};
    size_t behind = i + 3; /* name ( ) */
    if (i > 0 && py_is(read, i - 1, "in") && !py_is_op(read, behind, '.') &&
        !py_is_op(read, behind, '[')) {
        return true;
    }
    if (!py_is_op(read, behind, '.')) {
        return false;
    }
    for (size_t k = 0; k < sizeof reader / sizeof reader[0]; k++) {
        if (py_is(read, behind + 1, reader[k])) {
            return true;
        }
    }
    return false;
}

/* sys.modules, except with the name of another module or as the right side of `in`. */
static bool is_own_module(const struct py_read *read, size_t i)
{
    bool of_sys = i >= 2 && py_is_op(read, i - 1, '.') && read->tok[i - 2].kind == PY_NAME &&
                  pl_slice_ends(py_text(&read->tok[i - 2]), PL_SLICE("sys"));
    if (!of_sys && (!read->sys_modules || (i > 0 && py_is_op(read, i - 1, '.')))) {
        return false;
    }
    if (py_is_op(read, i + 1, '[')) {
        return i + 2 >= read->n_tok || read->tok[i + 2].kind != PY_STRING;
    }
    if (py_is_op(read, i + 1, '.') && py_is_op(read, i + 3, '(')) {
        return i + 4 >= read->n_tok || read->tok[i + 4].kind != PY_STRING;
    }
    return i + 1 < read->n_tok && py_is_op(read, i + 1, '.');
}

/* A call for its effect alone that is told our module's name: initpkg(__name__, ...). */
static bool is_told_name(const struct py_read *read, size_t i)
{
    if (read->flow.level[read->flow.n_level - 1].scope != PY_MODULE) {
        return false;
    }
    if (i > 0 && (!py_is_op(read, i - 1, '(') && !py_is_op(read, i - 1, ','))) {
        return false;
    }
    size_t at = 0;
    while (at + 1 < read->n_tok && read->tok[at].kind == PY_NAME && py_is_op(read, at + 1, '.')) {
        at += 2;
    }
    return at < i && read->tok[0].kind == PY_NAME && !py_is_keyword(&read->tok[0]) &&
           py_is_op(read, at + 1, '(') && py_behind_bracket(read, at + 1) == read->n_tok &&
           !py_is(read, 0, "print") && !py_is(read, 0, "logging") && !py_is(read, 0, "warnings");
}

static bool is_dynamic_name(const struct py_read *read, size_t i)
{
    const struct py_token *token = &read->tok[i];
    const struct py_level *top = &read->flow.level[read->flow.n_level - 1];
    bool attribute = i > 0 && py_is_op(read, i - 1, '.');
    bool called = py_is_op(read, i + 1, '(') && !(i > 0 && py_is(read, i - 1, "def"));
    bool bare = called && py_is_op(read, i + 2, ')');
    switch (token->ptr[0]) {
    case 'e':
        return called && !attribute &&
               (py_token_is(token, "exec") ||
                (py_token_is(token, "eval") && top->scope == PY_MODULE));
    case 'g':
        return (py_token_is(token, "globals") && called && !only_reads(read, i)) ||
               (py_token_is(token, "global_enum") && i > 0 && py_is_op(read, 0, '@'));
    case 'v':
        return bare && !attribute && py_token_is(token, "vars") && top->scope == PY_MODULE &&
               !only_reads(read, i);
    case 'l':
        return bare && !attribute && py_token_is(token, "locals") && top->scope == PY_MODULE &&
               !only_reads(read, i);
    case 'm':
        return py_token_is(token, "modules") && is_own_module(read, i);
    case 'f':
        return py_token_is(token, "f_globals") || py_token_is(token, "f_locals");
    case 'i':
        return py_token_is(token, "import_module") && called && py_is(read, i + 2, "__name__");
    case '_':
        if (py_token_is(token, "__name__")) {
            return is_told_name(read, i);
        }
        return py_token_is(token, "__globals__") || py_token_is(token, "_convert_") ||
               py_token_is(token, "_convert") ||
               (py_token_is(token, "__import__") && called && py_is(read, i + 2, "__name__"));
    default:
        return false;
    }
}

bool py_is_dynamic(const struct py_read *read, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (read->tok[i].kind == PY_NAME && is_dynamic_name(read, i)) {
            return true;
        }
    }
    return false;
}

bool py_is_unbinding(const struct py_read *read)
{
    for (size_t i = 0; i < read->n_tok; i++) {
        if (!py_is(read, i, "globals") || !py_is_op(read, i + 1, '(')) {
            continue;
        }
        if (py_is(read, 0, "del") || (py_is_op(read, i + 3, '.') &&
                                      (py_is(read, i + 4, "pop") || py_is(read, i + 4, "clear") ||
                                       py_is(read, i + 4, "popitem")))) {
            return true;
        }
    }
    return false;
}

static bool is_one_of(const struct py_read *read, size_t i, const char *const *word, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (py_is(read, i, word[k])) {
            return true;
        }
    }
    return false;
}

/* May the statement end without the walrus at `walrus`?  `and`, `or` or a function around it may
 * skip it; a condition or a loop may, wherever it stands: in `x if y else z` it comes later. */
static bool may_skip(const struct py_read *read, size_t walrus)
{
    static const char *const before[] = {"and",   "or",   "lambda", "assert", "def",
                                         "class", "elif", "while",  "case"};
    static const char *const anywhere[] = {"if", "for"};
    for (size_t i = 0; i < read->n_tok; i++) {
        if (read->tok[i].kind != PY_NAME || (i == 0 && py_is(read, i, "if"))) {
            continue;
        }
        if (is_one_of(read, i, anywhere, sizeof anywhere / sizeof anywhere[0]) ||
            (i < walrus && is_one_of(read, i, before, sizeof before / sizeof before[0]))) {
            return true;
        }
    }
    return false;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* f"{(x := 1)}" binds x too. */
static PL_STATUS walrus_in_fstring(struct py_read *read, const struct py_token *token,
                                   struct pl_err *err)
{
    struct pl_slice text = py_text(token);
    for (size_t at = 1; at + 1 < text.len; at++) {
        if (text.ptr[at] != ':' || text.ptr[at + 1] != '=') {
            continue;
        }
        size_t end = at;
        while (end > 0 && text.ptr[end - 1] == ' ') {
            end--;
        }
        size_t start = end;
        while (start > 0 && is_word(text.ptr[start - 1])) {
            start--;
        }
        if (start == end) {
            continue;
        }
        uint32_t name = 0;
        enum pl_status status =
            py_flow_find(&read->flow, pl_slice_sub(text, start, end), &name, err);
        if (status == PL_OK && read->flow.name[name].state == PL_SURE_NO) {
            status = py_flow_bind(&read->flow, pl_slice_sub(text, start, end), PL_SURE_MAYBE,
                                  py_spot(token), err);
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS py_read_walrus(struct py_read *read, struct pl_err *err)
{
    if (py_flow_top(&read->flow)->scope != PY_MODULE) {
        return PL_OK;
    }
    for (size_t i = 0; i < read->n_tok; i++) {
        enum pl_status status = PL_OK;
        if (read->tok[i].kind == PY_FSTRING) {
            status = walrus_in_fstring(read, &read->tok[i], err);
        } else if (py_is_op(read, i, PY_OP_WALRUS) && i > 0 && read->tok[i - 1].kind == PY_NAME) {
            const struct py_token *token = &read->tok[i - 1];
            uint32_t name = 0;
            status = py_flow_find(&read->flow, py_text(token), &name, err);
            bool maybe = may_skip(read, i);
            if (status == PL_OK && (!maybe || read->flow.name[name].state == PL_SURE_NO)) {
                status = py_flow_bind(&read->flow, py_text(token),
                                      maybe ? PL_SURE_MAYBE : PL_SURE_YES, py_spot(token), err);
            }
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}
