/* Headers of compound statements: which branch they start, and what they bind. */
#include "pkg/inspect/py_read.h"

#include <string.h>

enum truth { UNKNOWN, ALWAYS, NEVER, RARELY };

static bool is_text(const struct py_token *token, const char *text)
{
    return token->kind == PY_STRING && token->len == strlen(text) + 2 &&
           memcmp(token->ptr + 1, text, token->len - 2) == 0;
}

static enum truth opposite(enum truth truth)
{
    switch (truth) {
    case ALWAYS:
        return NEVER;
    case NEVER:
        return ALWAYS;
    case RARELY:
        return UNKNOWN;
    case UNKNOWN:
        break;
    }
    return UNKNOWN;
}

/* __name__ == "__main__": on Lambda the handler's module is imported, so it is not. */
static enum truth name_test(const struct py_token *tok)
{
    bool asks = (py_token_is(&tok[0], "__name__") && is_text(&tok[2], "__main__")) ||
                (py_token_is(&tok[2], "__name__") && is_text(&tok[0], "__main__"));
    if (!asks || tok[1].kind != PY_OP || tok[1].len != 2) {
        return UNKNOWN;
    }
    return memcmp(tok[1].ptr, "==", 2) == 0   ? NEVER
           : memcmp(tok[1].ptr, "!=", 2) == 0 ? ALWAYS
                                              : UNKNOWN;
}

/* What the condition in tok[from, to) is when the module is imported. */
static enum truth truth_of(const struct py_read *read, size_t from, size_t to)
{
    bool negated = false;
    while (from < to && py_is(read, from, "not")) {
        negated = !negated;
        from++;
    }
    while (to - from >= 3 && py_is_op(read, from, '(') && py_behind_bracket(read, from) == to) {
        from++;
        to--;
    }
    enum truth truth = UNKNOWN;
    const struct py_token *tok = read->tok + from;
    if (to - from == 1) {
        if (py_token_is(tok, "True") || py_token_is(tok, "__debug__") ||
            (tok->kind == PY_NUMBER && tok->len == 1 && *tok->ptr != '0')) {
            truth = ALWAYS;
        } else if (py_token_is(tok, "False") || py_token_is(tok, "None") ||
                   (tok->kind == PY_NUMBER && tok->len == 1)) {
            truth = NEVER;
        }
    } else if (to - from == 3 && !negated) {
        truth = name_test(tok);
    }
    if ((to - from == 1 || to - from == 3) && py_token_is(&read->tok[to - 1], "TYPE_CHECKING")) {
        truth = RARELY;
    }
    return negated ? opposite(truth) : truth;
}

static void start_branch(struct py_read *read, enum truth truth)
{
    struct py_chain *chain = &py_flow_top(&read->flow)->chain;
    enum py_branch branch = PY_RUNS;
    bool sure = false;
    if (chain->settled || truth == NEVER) {
        branch = PY_NEVER;
    } else if (truth == RARELY) {
        branch = PY_RARELY;
    } else if (truth == ALWAYS) {
        chain->settled = true;
        chain->implicit = false;
        sure = chain->n_paths == 0 && !chain->any_runs;
    }
    enum py_scope scope = (enum py_scope)py_flow_top(&read->flow)->scope;
    py_flow_push(&read->flow, scope, branch);
    py_flow_top(&read->flow)->guarded |= !sure;
    py_flow_top(&read->flow)->optional |= !sure;
}

static PL_STATUS read_if(struct py_read *read, struct pl_err *err)
{
    enum pl_status status = py_flow_close(&read->flow, err);
    if (status != PL_OK) {
        return status;
    }
    py_flow_open(&read->flow, PY_CHAIN_IF, true);
    start_branch(read, truth_of(read, 1, read->n_tok));
    return PL_OK;
}

/* A header that goes on with a chain which is not there: an error, but not ours to word. */
static void orphan(struct py_read *read)
{
    read->lex.doubt = true;
    read->dynamic = true;
    py_flow_open(&read->flow, PY_CHAIN_PLAIN, true);
    py_flow_push(&read->flow, PY_MODULE, PY_RUNS);
}

static PL_STATUS read_else(struct py_read *read, struct pl_err *err)
{
    struct py_chain *chain = &py_flow_top(&read->flow)->chain;
    switch (chain->kind) {
    case PY_CHAIN_IF:
        start_branch(read, py_is(read, 0, "elif") ? truth_of(read, 1, read->n_tok) : ALWAYS);
        return PL_OK;
    case PY_CHAIN_LOOP:
        start_branch(read, UNKNOWN);
        return PL_OK;
    case PY_CHAIN_TRY:
        py_flow_push(&read->flow, PY_MODULE, PY_RUNS);
        py_flow_top(&read->flow)->guarded = true; /* when the body did not fail */
        py_flow_top(&read->flow)->optional = true;
        return py_flow_enter_else(&read->flow, err);
    default:
        orphan(read);
        return PL_OK;
    }
}

/* for TARGET in ...:  while ...: */
static PL_STATUS read_loop(struct py_read *read, size_t first, struct pl_err *err)
{
    py_flow_open(&read->flow, PY_CHAIN_LOOP, true);
    start_branch(read, UNKNOWN);
    if (!py_is(read, first, "for")) {
        return PL_OK;
    }
    size_t depth = 0;
    for (size_t i = first + 1; i < read->n_tok; i++) {
        if (py_is_open(&read->tok[i])) {
            depth++;
        } else if (py_is_shut(&read->tok[i])) {
            depth--;
        } else if (depth == 0 && py_is(read, i, "in")) {
            return py_bind_targets(read, first + 1, i, PL_SURE_YES, err);
        }
    }
    return PL_OK;
}

/* with A as x, (B as (y, z)): */
static PL_STATUS read_with(struct py_read *read, size_t first, struct pl_err *err)
{
    bool swallows = false;
    for (size_t i = first + 1; i < read->n_tok; i++) {
        swallows = swallows || py_is(read, i, "suppress");
        if (!py_is(read, i, "as")) {
            continue;
        }
        size_t end = i + 1;
        while (end < read->n_tok && !py_is_op(read, end, ',') && !py_is_shut(&read->tok[end])) {
            end = py_is_open(&read->tok[end]) ? py_behind_bracket(read, end) : end + 1;
        }
        enum pl_status status = py_bind_targets(read, i + 1, end, PL_SURE_YES, err);
        if (status != PL_OK) {
            return status;
        }
    }
    py_flow_open(&read->flow, PY_CHAIN_PLAIN, swallows);
    py_flow_push(&read->flow, PY_MODULE, PY_RUNS);
    py_flow_top(&read->flow)->guarded |= swallows;
    py_flow_top(&read->flow)->optional |= swallows;
    return PL_OK;
}

/* Does `except ...:` surely leave an ImportError alone?  Only when it names well-known others. */
static bool misses_import_error(const struct py_read *read)
{
    static const char *const other[] = {
        "AttributeError",  "KeyError",          "ValueError",        "TypeError",
        "NameError",       "IndexError",        "LookupError",       "OSError",
        "IOError",         "RuntimeError",      "SyntaxError",       "UnicodeError",
        "StopIteration",   "ArithmeticError",   "ZeroDivisionError", "FileNotFoundError",
        "PermissionError", "KeyboardInterrupt", "SystemExit",        "EOFError",
    };
    bool any = false;
    for (size_t i = 1; i < read->n_tok && !py_is(read, i, "as"); i++) {
        if (read->tok[i].kind != PY_NAME) {
            continue;
        }
        bool known = false;
        for (size_t k = 0; k < sizeof other / sizeof other[0] && !known; k++) {
            known = py_is(read, i, other[k]);
        }
        if (!known) {
            return false;
        }
        any = true;
    }
    return any;
}

static PL_STATUS read_except(struct py_read *read, struct pl_err *err)
{
    struct py_chain *chain = &py_flow_top(&read->flow)->chain;
    if (chain->kind != PY_CHAIN_TRY) {
        orphan(read);
        return PL_OK;
    }
    if (!misses_import_error(read)) {
        for (size_t i = chain->import_base; i < read->n_import; i++) {
            read->import[i].guarded = true;
            read->import[i].optional = true;
        }
    }
    py_flow_push(&read->flow, PY_MODULE, PY_RUNS);
    py_flow_top(&read->flow)->guarded = true;
    py_flow_top(&read->flow)->optional = true;
    enum pl_status status = py_flow_enter_except(&read->flow, err);
    if (status != PL_OK || !py_is(read, read->n_tok - 2, "as") ||
        py_flow_top(&read->flow)->scope != PY_MODULE) {
        return status;
    }
    const struct py_token *name = &read->tok[read->n_tok - 1];
    uint32_t i = 0;
    status = py_flow_find(&read->flow, py_text(name), &i, err);
    if (status != PL_OK) {
        return status;
    }
    py_flow_top(&read->flow)->unbinds = i + 1;
    return py_flow_bind(&read->flow, py_text(name), PL_SURE_YES, py_spot(name), err);
}

static PL_STATUS read_finally(struct py_read *read, struct pl_err *err)
{
    if (py_flow_top(&read->flow)->chain.kind != PY_CHAIN_TRY) {
        orphan(read);
        return PL_OK;
    }
    enum pl_status status = py_flow_close(&read->flow, err);
    if (status != PL_OK) {
        return status;
    }
    py_flow_open(&read->flow, PY_CHAIN_PLAIN, false);
    py_flow_push(&read->flow, PY_MODULE, PY_RUNS);
    return PL_OK;
}

/* The captures of a pattern: names that are no class, no value and no keyword argument. */
static PL_STATUS read_case(struct py_read *read, struct pl_err *err)
{
    size_t guard = read->n_tok;
    for (size_t i = 1; i < read->n_tok; i++) {
        if (py_is(read, i, "if")) {
            guard = i;
            break;
        }
    }
    if (py_flow_top(&read->flow)->chain.kind != PY_CHAIN_CASE) {
        py_flow_open(&read->flow, PY_CHAIN_CASE, true);
    }
    for (size_t i = 1; i < guard; i++) {
        const struct py_token *token = &read->tok[i];
        if (token->kind != PY_NAME || py_is_keyword(token) || py_is_op(read, i - 1, '.') ||
            py_is_op(read, i + 1, '.') || py_is_op(read, i + 1, '(') ||
            py_is_op(read, i + 1, '=') || py_token_is(token, "_")) {
            continue;
        }
        enum pl_status status =
            py_flow_bind(&read->flow, py_text(token), PL_SURE_MAYBE, py_spot(token), err);
        if (status != PL_OK) {
            return status;
        }
    }
    bool wildcard = read->n_tok == 2 && py_is(read, 1, "_");
    start_branch(read, wildcard ? ALWAYS : UNKNOWN);
    py_flow_top(&read->flow)->guarded = true;
    return PL_OK;
}

/* def and class: the name is bound in the scope around. */
static PL_STATUS read_definition(struct py_read *read, size_t keyword, struct pl_err *err)
{
    bool is_class = py_is(read, keyword, "class");
    if (keyword + 1 < read->n_tok && read->tok[keyword + 1].kind == PY_NAME) {
        const struct py_token *name = &read->tok[keyword + 1];
        enum pl_status status =
            py_flow_bind(&read->flow, py_text(name), PL_SURE_YES, py_spot(name), err);
        if (status != PL_OK) {
            return status;
        }
    }
    py_flow_open(&read->flow, PY_CHAIN_PLAIN, false);
    py_flow_push(&read->flow, is_class ? PY_CLASS : PY_FUNCTION, PY_RUNS);
    return PL_OK;
}

PL_STATUS py_read_header(struct py_read *read, struct pl_err *err)
{
    struct py_flow *flow = &read->flow;
    if (py_is(read, 0, "elif") || py_is(read, 0, "else")) {
        return read_else(read, err);
    }
    if (py_is(read, 0, "except")) {
        return read_except(read, err);
    }
    if (py_is(read, 0, "finally")) {
        return read_finally(read, err);
    }
    if (py_is(read, 0, "case")) {
        return read_case(read, err);
    }
    if (py_is(read, 0, "if")) {
        return read_if(read, err);
    }
    enum pl_status status = py_flow_close(flow, err);
    if (status != PL_OK) {
        return status;
    }
    size_t first = py_is(read, 0, "async") ? 1 : 0;
    if (py_is(read, first, "for") || py_is(read, first, "while")) {
        return read_loop(read, first, err);
    }
    if (py_is(read, first, "with")) {
        return read_with(read, first, err);
    }
    if (py_is(read, first, "def") || py_is(read, first, "class")) {
        return read_definition(read, first, err);
    }
    bool is_try = py_is(read, 0, "try");
    py_flow_open(flow, is_try ? PY_CHAIN_TRY : PY_CHAIN_PLAIN, false);
    py_flow_top(flow)->chain.import_base = read->n_import;
    py_flow_push(flow, PY_MODULE, PY_RUNS);
    py_flow_top(flow)->is_match = py_is(read, 0, "match");
    return PL_OK;
}
