/* import and export declarations. */
#include "pkg/inspect/js_read.h"

static PL_STATUS add_exported(struct js_read *read, const struct js_lex *lex,
                              const struct js_token *local, const struct js_token *name, bool from,
                              struct pl_err *err)
{
    struct pl_slice text = js_text(lex, name);
    if (name->kind == JS_STRING && !js_string(lex, name, &text)) {
        read->esm_open = true;
        return PL_OK;
    }
    struct js_value value = {.how = PL_JS_UNKNOWN, .arity = -1};
    if (!from && local->kind == JS_NAME) {
        value.name = js_text(lex, local);
    }
    return js_add_found(read, text, &value, PL_SURE_YES, name->from, err);
}

/* `from "x"` behind a clause; *ret is empty when there is none. */
static void read_from(struct js_lex *lex, struct js_token *token, struct pl_slice *ret)
{
    *ret = (struct pl_slice){"", 0};
    if (js_is(lex, token, "from")) {
        js_lex_next(lex, token);
        if (!js_string(lex, token, ret)) {
            *ret = (struct pl_slice){"", 0};
        }
    }
}

/* { a, b as c, default as d, e as "name" } [from "x"]; lex stands behind the `{`. */
static PL_STATUS export_list(struct js_read *read, struct js_lex *lex, struct js_token *token,
                             struct pl_err *err)
{
    size_t first = read->n_found;
    uint32_t at = token->from;
    js_lex_next(lex, token);
    while (token->kind != '}' && token->kind != JS_END) {
        struct js_token local = *token;
        struct js_token name = *token;
        js_lex_next(lex, token);
        if (js_is(lex, token, "as")) {
            js_lex_next(lex, &name);
            js_lex_next(lex, token);
        }
        enum pl_status status = add_exported(read, lex, &local, &name, false, err);
        if (status != PL_OK) {
            return status;
        }
        if (token->kind == ',') {
            js_lex_next(lex, token);
        } else if (token->kind != '}') {
            return PL_OK;
        }
    }
    js_lex_next(lex, token);
    struct pl_slice from;
    read_from(lex, token, &from);
    if (from.len == 0) {
        return PL_OK;
    }
    for (size_t i = first; i < read->n_found; i++) {
        read->found[i].value.name = (struct pl_slice){"", 0};
    }
    return js_add_require(read, from, at, err);
}

/* The names that a destructuring pattern binds; lex stands behind its first bracket. */
static PL_STATUS export_pattern(struct js_read *read, struct js_lex *lex, struct js_token *token,
                                struct pl_err *err)
{
    size_t depth = lex->depth;
    struct js_value value = {.how = PL_JS_UNKNOWN, .arity = -1};
    js_lex_next(lex, token);
    while (lex->depth >= depth && token->kind != JS_END) {
        struct js_token name = *token;
        js_lex_next(lex, token);
        bool ends = token->kind == ',' || token->kind == '}' || token->kind == ']' ||
                    token->kind == JS_ASSIGN;
        if (name.kind == JS_NAME && ends) {
            enum pl_status status =
                js_add_found(read, js_text(lex, &name), &value, PL_SURE_YES, name.from, err);
            if (status != PL_OK) {
                return status;
            }
        }
        if (token->kind == JS_ASSIGN) {
            size_t inner = lex->depth;
            while (token->kind != JS_END && lex->depth >= inner &&
                   !(token->kind == ',' && lex->depth == inner)) {
                js_lex_next(lex, token);
            }
        }
    }
    return PL_OK;
}

static PL_STATUS export_default(struct js_read *read, const struct js_lex *lex, uint32_t word,
                                struct pl_err *err)
{
    struct js_value value;
    enum pl_status status = js_classify(read, lex->at, &value, err);
    if (status != PL_OK) {
        return status;
    }
    struct js_lex next = *lex;
    next.open = NULL;
    next.depth = next.cap = 0;
    struct js_token token;
    js_lex_next(&next, &token);
    /* A declaration ends at its brace, whatever follows. */
    if (js_is(&next, &token, "function") || js_is(&next, &token, "class")) {
        value.how = PL_JS_FUNCTION;
    } else if (js_is(&next, &token, "async")) {
        js_lex_next(&next, &token);
        value.how = js_is(&next, &token, "function") ? PL_JS_FUNCTION : value.how;
    }
    js_again_done(read, &next, lex->at);
    status = js_add_found(read, PL_SLICE("default"), &value, PL_SURE_YES, word, err);
    if (status != PL_OK || value.object == 0) {
        return status;
    }
    bool open = false;
    return js_read_object(read, value.object - 1, PL_SLICE("default"), PL_SURE_YES, &open, err);
}

/* export * from "x", export * as name from "x" */
static PL_STATUS export_star(struct js_read *read, struct js_lex *lex, struct js_token *token,
                             struct pl_err *err)
{
    uint32_t at = token->from;
    js_lex_next(lex, token);
    bool named = js_is(lex, token, "as");
    struct js_token name = *token;
    if (named) {
        js_lex_next(lex, &name);
        js_lex_next(lex, token);
    }
    struct pl_slice from;
    read_from(lex, token, &from);
    if (from.len == 0) {
        return PL_OK;
    }
    enum pl_status status = js_add_require(read, from, at, err);
    if (status != PL_OK) {
        return status;
    }
    if (!named) {
        return js_add_reexport(read, from, err);
    }
    status = add_exported(read, lex, &name, &name, true, err);
    if (status == PL_OK && !read->esm_open) {
        read->found[read->n_found - 1].value.how = PL_JS_NOT_FUNCTION; /* a module */
    }
    return status;
}

static PL_STATUS export_clause(struct js_read *read, struct js_lex *lex, struct js_token *token,
                               bool *ret_is, struct pl_err *err)
{
    *ret_is = true;
    if (js_is(lex, token, "default")) {
        return export_default(read, lex, token->from, err);
    }
    if (token->kind == '{') {
        return export_list(read, lex, token, err);
    }
    if (token->kind == JS_OP && lex->text[token->from] == '*') {
        return export_star(read, lex, token, err);
    }
    if (js_is(lex, token, "const") || js_is(lex, token, "let") || js_is(lex, token, "var")) {
        read->exporting = true; /* the scan reads on, declaration by declaration */
        js_lex_next(lex, token);
        return token->kind == '{' || token->kind == '[' ? export_pattern(read, lex, token, err)
                                                        : PL_OK;
    }
    if (js_is(lex, token, "async")) {
        js_lex_next(lex, token);
    }
    if (!js_is(lex, token, "function") && !js_is(lex, token, "class")) {
        *ret_is = token->kind == '@';
        return PL_OK;
    }
    js_lex_next(lex, token);
    if (token->kind == JS_OP) {
        js_lex_next(lex, token); /* function * */
    }
    return token->kind == JS_NAME ? add_exported(read, lex, token, token, false, err) : PL_OK;
}

static void note_esm(struct js_read *read, uint32_t at)
{
    if (!read->esm) {
        read->esm = true;
        read->esm_at = at;
    }
}

PL_STATUS js_read_export(struct js_read *read, const struct js_token *word, struct pl_err *err)
{
    struct js_lex lex;
    struct js_token token;
    (void)js_again(read, &lex, word->to);
    js_lex_next(&lex, &token);
    bool is = false;
    enum pl_status status = export_clause(read, &lex, &token, &is, err);
    js_again_done(read, &lex, word->to);
    if (is) {
        note_esm(read, word->from);
    }
    return status;
}

PL_STATUS js_read_import(struct js_read *read, const struct js_token *word, struct pl_err *err)
{
    struct js_lex lex;
    struct js_token token;
    (void)js_again(read, &lex, word->to);
    js_lex_next(&lex, &token);
    enum pl_status status = PL_OK;
    struct pl_slice from = {"", 0};
    if (js_string(&lex, &token, &from)) {
        note_esm(read, word->from);
        status = js_add_require(read, from, word->from, err);
    } else if (token.kind == JS_NAME || token.kind == '{' || token.kind == JS_OP) {
        note_esm(read, word->from);
        while (token.kind != JS_END && token.kind != ';' && token.kind != JS_ASSIGN &&
               !js_is(&lex, &token, "from")) {
            js_lex_next(&lex, &token);
        }
        read_from(&lex, &token, &from);
        if (from.len > 0) {
            status = js_add_require(read, from, word->from, err);
        }
    }
    js_again_done(read, &lex, word->to);
    return status;
}
