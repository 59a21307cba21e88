/* What kind of bracket opens, and those that are open. */
#include "pkg/base/arr.h"
#include "pkg/inspect/js_lex.h"

/* Most names differ from all of the words in length or in the first letter. */
bool js_one_of(const struct js_lex *lex, const struct js_token *token, const struct pl_slice *word)
{
    uint32_t len = token->to - token->from;
    if (token->kind != JS_NAME || len < 2) {
        return false;
    }
    const char *text = lex->text + token->from;
    for (; word->len > 0; word++) {
        if (word->len == len && word->ptr[0] == text[0] && memcmp(text, word->ptr, len) == 0) {
            return true;
        }
    }
    return false;
}

bool js_starts_expression(const struct js_lex *lex)
{
    static const struct pl_slice word[] = {PL_SLICE_INIT("return"),
                                           PL_SLICE_INIT("typeof"),
                                           PL_SLICE_INIT("case"),
                                           PL_SLICE_INIT("in"),
                                           PL_SLICE_INIT("of"),
                                           PL_SLICE_INIT("void"),
                                           PL_SLICE_INIT("delete"),
                                           PL_SLICE_INIT("throw"),
                                           PL_SLICE_INIT("new"),
                                           PL_SLICE_INIT("do"),
                                           PL_SLICE_INIT("else"),
                                           PL_SLICE_INIT("default"),
                                           PL_SLICE_INIT("yield"),
                                           PL_SLICE_INIT("await"),
                                           PL_SLICE_INIT("instanceof"),
                                           PL_SLICE_INIT("extends"),
                                           {NULL, 0}};
    return js_last(lex, 2)->kind != '.' && js_one_of(lex, js_last(lex, 1), word);
}

enum js_bracket js_kind_of_brace(const struct js_lex *lex)
{
    static const struct pl_slice block[] = {
        PL_SLICE_INIT("else"), PL_SLICE_INIT("do"), PL_SLICE_INIT("finally"), {NULL, 0}};
    static const struct pl_slice object[] = {
        PL_SLICE_INIT("export"), PL_SLICE_INIT("import"), {NULL, 0}};
    uint8_t outer = lex->depth > 0 ? lex->open[lex->depth - 1].kind : JS_BLOCK;
    switch (js_last(lex, 1)->kind) {
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
        if (js_is(lex, js_last(lex, 1), "try")) {
            return JS_TRY;
        }
        if (js_one_of(lex, js_last(lex, 1), block)) {
            return JS_BLOCK;
        }
        return js_starts_expression(lex) || js_one_of(lex, js_last(lex, 1), object) ? JS_OBJECT
                                                                                    : JS_BODY;
    default:
        return JS_OBJECT;
    }
}

enum js_bracket js_kind_of_paren(const struct js_lex *lex)
{
    static const struct pl_slice word[] = {PL_SLICE_INIT("if"),
                                           PL_SLICE_INIT("for"),
                                           PL_SLICE_INIT("while"),
                                           PL_SLICE_INIT("switch"),
                                           PL_SLICE_INIT("catch"),
                                           PL_SLICE_INIT("with"),
                                           {NULL, 0}};
    if (js_last(lex, 1)->kind != JS_NAME || js_last(lex, 2)->kind == '.') {
        return JS_PAREN;
    }
    if (js_is(lex, js_last(lex, 1), "await") && js_is(lex, js_last(lex, 2), "for")) {
        return JS_PAREN_KEYWORD;
    }
    return js_one_of(lex, js_last(lex, 1), word) ? JS_PAREN_KEYWORD : JS_PAREN;
}

void js_lex_open(struct js_lex *lex, enum js_bracket kind, uint32_t at)
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

void js_lex_shut(struct js_lex *lex, char shut)
{
    if (lex->depth == 0 && lex->inner) {
        lex->ended = true;
        return;
    }
    if (lex->depth == 0 || !fits(lex->open[lex->depth - 1].kind, shut)) {
        js_lex_fail(lex, lex->at,
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
