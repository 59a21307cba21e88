/* Simple statements: what they bind, unbind and import. */
#include "pkg/base/arr.h"
#include "pkg/inspect/py_read.h"

#include <string.h>

bool py_is_keyword(const struct py_token *token)
{
    static const char *const keyword[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",
    };
    for (size_t i = 0; i < sizeof keyword / sizeof keyword[0]; i++) {
        if (keyword[i][0] == token->ptr[0] && py_token_is(token, keyword[i])) {
            return true;
        }
    }
    return false;
}

size_t py_behind_bracket(const struct py_read *read, size_t open)
{
    size_t depth = 0;
    for (size_t i = open; i < read->n_tok; i++) {
        if (py_is_open(&read->tok[i])) {
            depth++;
        } else if (py_is_shut(&read->tok[i]) && --depth == 0) {
            return i + 1;
        }
    }
    return read->n_tok;
}

bool py_ends_operand(const struct py_token *token)
{
    return token->kind == PY_STRING || token->kind == PY_FSTRING || token->kind == PY_NUMBER ||
           py_is_shut(token) || (token->kind == PY_NAME && !py_is_keyword(token));
}

PL_STATUS py_bind_targets(struct py_read *read, size_t from, size_t to, enum pl_sure state,
                          struct pl_err *err)
{
    for (size_t i = from; i < to; i++) {
        const struct py_token *token = &read->tok[i];
        if (py_is_open(token)) {
            if (token->op == '{' || (i > from && py_ends_operand(token - 1))) {
                i = py_behind_bracket(read, i) - 1;
            }
            continue;
        }
        if (token->kind != PY_NAME || (i > from && py_is_op(read, i - 1, '.')) ||
            py_is_keyword(token)) {
            continue;
        }
        if (i + 1 < to && (py_is_op(read, i + 1, '.') || py_is_open(token + 1))) {
            continue;
        }
        enum pl_status status =
            py_flow_bind(&read->flow, py_text(token), state, py_spot(token), err);
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS add_import(struct py_read *read, struct pl_py_import import, struct pl_err *err)
{
    struct pl_py_import *grown = pl_arr_grow(read->import, &read->cap_import, read->n_import + 1,
                                             sizeof *grown, PY_MAX_IMPORTS, "imports", err);
    if (!grown) {
        return err->code;
    }
    read->import = grown;
    const struct py_level *top = py_flow_top(&read->flow);
    /* A lazy one runs when its name is used, which may be never. */
    import.guarded = top->guarded || top->ended || top->capped || read->lazy;
    import.optional = top->optional || read->lazy;
    import.later = top->scope == PY_FUNCTION;
    grown[read->n_import++] = import;
    return PL_OK;
}

/* A dotted name at *i, with leading dots when it is relative; *ret is empty when there is none. */
static PL_STATUS dotted(struct py_read *read, size_t *i, struct pl_slice *ret, struct pl_err *err)
{
    size_t first = *i;
    size_t len = 0;
    while (*i < read->n_tok) {
        bool dot = py_is_op(read, *i, '.');
        bool name = read->tok[*i].kind == PY_NAME && !py_is_keyword(&read->tok[*i]) &&
                    (*i == first || py_is_op(read, *i - 1, '.'));
        if (!dot && !name) {
            break;
        }
        len += read->tok[(*i)++].len;
    }
    *ret = (struct pl_slice){"", 0};
    if (len == 0) {
        return PL_OK;
    }
    char *text = pl_arena_new(read->arena, len + 1, 1, err);
    if (!text) {
        return err->code;
    }
    *ret = (struct pl_slice){text, len};
    for (size_t k = first; k < *i; k++) {
        memcpy(text, read->tok[k].ptr, read->tok[k].len);
        text += read->tok[k].len;
    }
    return PL_OK;
}

/* import a.b.c, d as e */
static PL_STATUS import_modules(struct py_read *read, struct pl_err *err)
{
    size_t i = 1;
    while (i < read->n_tok) {
        size_t first = i;
        struct pl_slice module;
        enum pl_status status = dotted(read, &i, &module, err);
        if (status != PL_OK) {
            return status;
        }
        if (module.len == 0) {
            return PL_OK;
        }
        struct pl_py_import import = {.module = module, .at = py_spot(&read->tok[first])};
        status = add_import(read, import, err);
        if (status != PL_OK) {
            return status;
        }
        size_t bound = first;
        if (py_is(read, i, "as") && i + 1 < read->n_tok) {
            bound = i + 1;
            i += 2;
        }
        status = py_flow_bind(&read->flow, py_text(&read->tok[bound]), PL_SURE_YES,
                              py_spot(&read->tok[bound]), err);
        if (status != PL_OK) {
            return status;
        }
        if (!py_is_op(read, i, ',')) {
            return PL_OK;
        }
        i++;
    }
    return PL_OK;
}

/* module + "." + name, unless the module is dots only. */
static PL_STATUS add_member(struct py_read *read, struct pl_slice module,
                            const struct py_token *name, struct pl_err *err)
{
    char *text = pl_arena_new(read->arena, module.len + name->len + 2, 1, err);
    if (!text) {
        return err->code;
    }
    struct pl_py_import import = {.module = {text, 0}, .member = true, .at = py_spot(name)};
    memcpy(text, module.ptr, module.len);
    text += module.len;
    if (module.ptr[module.len - 1] != '.') {
        *text++ = '.';
    }
    memcpy(text, name->ptr, name->len);
    import.module.len = (size_t)(text - import.module.ptr) + name->len;
    return add_import(read, import, err);
}

/* The names behind `from module import`. */
static PL_STATUS from_names(struct py_read *read, struct pl_slice module, size_t i,
                            struct pl_err *err)
{
    for (; i < read->n_tok; i++) {
        const struct py_token *token = &read->tok[i];
        if (token->kind != PY_NAME || py_is_keyword(token)) {
            continue;
        }
        enum pl_status added = add_member(read, module, token, err);
        if (added != PL_OK) {
            return added;
        }
        if (py_is(read, i + 1, "as") && i + 2 < read->n_tok) {
            i += 2;
        }
        if (pl_slice_is(module, "sys") && py_token_is(token, "modules")) {
            read->sys_modules = true;
        }
        enum pl_status status = py_flow_bind(&read->flow, py_text(&read->tok[i]), PL_SURE_YES,
                                             py_spot(&read->tok[i]), err);
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

/* In a package's __init__.py, `from .a import b` leaves the submodule a as an attribute too. */
static PL_STATUS bind_submodule(struct py_read *read, struct pl_slice module, struct pl_spot at,
                                struct pl_err *err)
{
    if (module.len < 2 || module.ptr[0] != '.' || module.ptr[1] == '.' ||
        py_flow_top(&read->flow)->scope != PY_MODULE) {
        return PL_OK;
    }
    struct pl_slice name = pl_slice_sub(module, 1, module.len);
    name = pl_slice_sub(name, 0, pl_slice_find(name, '.'));
    uint32_t i = 0;
    enum pl_status status = py_flow_find(&read->flow, name, &i, err);
    if (status != PL_OK || read->flow.name[i].state != PL_SURE_NO) {
        return status;
    }
    return py_flow_bind(&read->flow, name, PL_SURE_MAYBE, at, err);
}

PL_STATUS py_read_import(struct py_read *read, struct pl_err *err)
{
    if (py_is(read, 0, "import")) {
        return import_modules(read, err);
    }
    size_t i = 1;
    struct pl_slice module;
    enum pl_status status = dotted(read, &i, &module, err);
    if (status != PL_OK || module.len == 0 || !py_is(read, i, "import")) {
        return status;
    }
    struct pl_spot at = py_spot(&read->tok[1]);
    bool star = py_is_op(read, i + 1, '*');
    struct pl_py_import import = {.module = module, .star = star, .at = at};
    status = add_import(read, import, err);
    if (status != PL_OK) {
        return status;
    }
    if (star) {
        read->dynamic = true;
    }
    status = bind_submodule(read, module, at, err);
    return status != PL_OK ? status : from_names(read, module, i + 1, err);
}

/* `global x` in a function or class: whoever calls it may bind x. */
static PL_STATUS read_global(struct py_read *read, struct pl_err *err)
{
    for (size_t i = 1; i < read->n_tok; i++) {
        if (read->tok[i].kind != PY_NAME) {
            continue;
        }
        uint32_t name = 0;
        enum pl_status status = py_flow_find(&read->flow, py_text(&read->tok[i]), &name, err);
        if (status != PL_OK) {
            return status;
        }
        read->flow.name[name].elsewhere = true;
        if (read->flow.name[name].at.line == 0) {
            read->flow.name[name].at = py_spot(&read->tok[i]);
        }
    }
    return PL_OK;
}

/* sys.exit(...), exit(), quit(), os._exit(...) as a statement. */
static bool is_exit(const struct py_read *read)
{
    if (py_is(read, 0, "exit") || py_is(read, 0, "quit")) {
        return py_is_op(read, 1, '(');
    }
    return (py_is(read, 0, "sys") || py_is(read, 0, "os")) && py_is_op(read, 1, '.') &&
           (py_is(read, 2, "exit") || py_is(read, 2, "_exit") || py_is(read, 2, "abort")) &&
           py_is_op(read, 3, '(');
}

/* x += 1: needs a binding before, and keeps it. */
static PL_STATUS augment(struct py_read *read, size_t op, struct pl_err *err)
{
    const struct py_token *token = &read->tok[0];
    if (op != 1 || token->kind != PY_NAME || py_flow_top(&read->flow)->scope != PY_MODULE) {
        return PL_OK;
    }
    uint32_t name = 0;
    enum pl_status status = py_flow_find(&read->flow, py_text(token), &name, err);
    if (status != PL_OK || read->flow.name[name].state != PL_SURE_NO) {
        return status;
    }
    return py_flow_bind(&read->flow, py_text(token), PL_SURE_MAYBE, py_spot(token), err);
}

/* a = b = ..., a: int = ..., a += ... */
static PL_STATUS read_assignment(struct py_read *read, struct pl_err *err)
{
    size_t depth = 0;
    size_t lambdas = 0;
    size_t target = 0;
    size_t target_end = 0; /* 0: up to the next = */
    for (size_t i = 0; i < read->n_tok; i++) {
        const struct py_token *token = &read->tok[i];
        if (py_is_open(token)) {
            depth++;
        } else if (py_is_shut(token)) {
            depth--;
        } else if (depth > 0) {
            continue;
        } else if (py_token_is(token, "lambda")) {
            lambdas++;
        } else if (py_is_op(read, i, ':')) {
            if (lambdas > 0) {
                lambdas--;
            } else if (target == 0 && target_end == 0) {
                target_end = i;
            }
        } else if (py_is_op(read, i, PY_OP_AUGMENT)) {
            return augment(read, i, err);
        } else if (py_is_op(read, i, '=') && lambdas == 0) {
            enum pl_status status =
                py_bind_targets(read, target, target_end > 0 ? target_end : i, PL_SURE_YES, err);
            if (status != PL_OK) {
                return status;
            }
            target = i + 1;
            target_end = 0;
        }
    }
    return PL_OK;
}

/* Statements of Python 2 that no Python 3 accepts. */
static void check_python2(struct py_read *read)
{
    if (!py_is(read, 0, "print") || read->n_tok < 2) {
        return;
    }
    const struct py_token *next = &read->tok[1];
    bool value = next->kind == PY_STRING || next->kind == PY_FSTRING || next->kind == PY_NUMBER ||
                 (next->kind == PY_NAME && !py_is_keyword(next));
    if (value) {
        py_lex_fail(&read->lex, py_spot(&read->tok[0]), "Missing parentheses in call to 'print'");
    }
}

bool py_is_lazy(const struct py_read *read)
{
    return py_is(read, 0, "lazy") && (py_is(read, 1, "import") || py_is(read, 1, "from"));
}

static PL_STATUS read_lazy(struct py_read *read, struct pl_err *err)
{
    read->n_tok--;
    memmove(read->tok, read->tok + 1, read->n_tok * sizeof *read->tok);
    read->lazy = true;
    enum pl_status status = py_read_import(read, err);
    read->lazy = false;
    return status;
}

PL_STATUS py_read_simple(struct py_read *read, struct pl_err *err)
{
    struct py_level *top = py_flow_top(&read->flow);
    if (read->n_tok == 0) {
        return PL_OK;
    }
    if (py_is(read, 0, "import") || py_is(read, 0, "from")) {
        return py_read_import(read, err);
    }
    if (py_is_lazy(read)) {
        return read_lazy(read, err);
    }
    if (py_is(read, 0, "global")) {
        return read_global(read, err);
    }
    check_python2(read);
    if (top->scope != PY_MODULE) {
        return PL_OK;
    }
    if (py_is(read, 0, "raise") || is_exit(read)) {
        top->ended = true;
        return PL_OK;
    }
    if (py_is(read, 0, "del")) {
        return py_bind_targets(read, 1, read->n_tok, PL_SURE_NO, err);
    }
    if (py_is(read, 0, "type") && read->n_tok > 2 && read->tok[1].kind == PY_NAME &&
        !py_is_keyword(&read->tok[1])) {
        return py_flow_bind(&read->flow, py_text(&read->tok[1]), PL_SURE_YES,
                            py_spot(&read->tok[1]), err);
    }
    return read_assignment(read, err);
}
