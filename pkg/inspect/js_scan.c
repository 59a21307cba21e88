/* One pass over the tokens: where statements start, what is declared, and the words that matter. */
#include "pkg/base/arr.h"
#include "pkg/inspect/js_read.h"

#include <string.h>

/* Names that were seen a moment ago are not kept twice: loops of compilers repeat them. */
enum { SEEN_LATELY = 16 };

PL_STATUS js_add_reexport(struct js_read *read, struct pl_slice name, struct pl_err *err)
{
    for (size_t i = 0; i < read->n_reexport && i < SEEN_LATELY; i++) {
        if (pl_slice_eq(read->reexport[read->n_reexport - 1 - i], name)) {
            return PL_OK;
        }
    }
    struct pl_slice *grown = pl_arr_grow(read->reexport, &read->cap_reexport, read->n_reexport + 1,
                                         sizeof *grown, JS_MAX_FOUND, "module names", err);
    if (!grown) {
        return err->code;
    }
    read->reexport = grown;
    grown[read->n_reexport++] = name;
    return PL_OK;
}

static PL_STATUS add_require(struct pl_js_require **list, size_t *n, size_t *cap,
                             struct pl_js_require item, struct pl_err *err)
{
    for (size_t i = 0; i < *n && i < SEEN_LATELY; i++) {
        if (pl_slice_eq((*list)[*n - 1 - i].name, item.name)) {
            return PL_OK;
        }
    }
    struct pl_js_require *grown =
        pl_arr_grow(*list, cap, *n + 1, sizeof *grown, JS_MAX_FOUND, "module names", err);
    if (!grown) {
        return err->code;
    }
    *list = grown;
    grown[(*n)++] = item;
    return PL_OK;
}

PL_STATUS js_add_require(struct js_read *read, struct pl_slice name, uint32_t at,
                         struct pl_err *err)
{
    return add_require(&read->require, &read->n_require, &read->cap_require,
                       (struct pl_js_require){name, at}, err);
}

PL_STATUS js_add_found(struct js_read *read, struct pl_slice name, const struct js_value *value,
                       enum pl_sure sure, uint32_t at, struct pl_err *err)
{
    struct js_found *grown = pl_arr_grow(read->found, &read->cap_found, read->n_found + 1,
                                         sizeof *grown, JS_MAX_FOUND, "exports", err);
    if (!grown) {
        return err->code;
    }
    read->found = grown;
    sure = read->returned && sure == PL_SURE_YES ? PL_SURE_MAYBE : sure;
    grown[read->n_found++] = (struct js_found){name, *value, at, (uint8_t)sure, read->origin};
    return PL_OK;
}

PL_STATUS js_add_declared(struct js_read *read, const struct js_declared *declared,
                          struct pl_err *err)
{
    struct js_declared *grown =
        pl_arr_grow(read->declared, &read->cap_declared, read->n_declared + 1, sizeof *grown,
                    JS_MAX_FOUND, "declarations", err);
    if (!grown) {
        return err->code;
    }
    read->declared = grown;
    grown[read->n_declared++] = *declared;
    return PL_OK;
}

/* ---- statements ---- */

static bool ends_statement(const struct js_token *token)
{
    switch (token->kind) {
    case JS_NAME:
    case JS_NUMBER:
    case JS_STRING:
    case JS_TEMPLATE:
    case JS_REGEX:
    case JS_STEP:
    case ')':
    case ']':
        return true;
    default:
        return false;
    }
}

bool js_starts_statement(const struct js_read *read)
{
    const struct js_token *before = js_last(&read->lex, 2);
    switch (before->kind) {
    case JS_END:
    case ';':
    case '{':
    case '}':
        return true;
    default:
        return js_last(&read->lex, 1)->line_before && ends_statement(before);
    }
}

/* for (k in a, b, exports.c = d, e): is the scan behind a comma of it, with all that runs? */
static bool in_loop_head(const struct js_read *read)
{
    enum { HEAD_MAX = 4096 };
    const struct js_lex *lex = &read->lex;
    const struct js_open *open = &lex->open[lex->depth - 1];
    if (open->kind != JS_PAREN_KEYWORD || read->conditional || lex->at - open->at > HEAD_MAX) {
        return false;
    }
    struct pl_slice head = pl_slice_sub(read->text, open->at, lex->at);
    return pl_slice_find_text(head, PL_SLICE(" in ")) < head.len &&
           pl_slice_find(head, ';') == head.len && pl_slice_find(head, '?') == head.len &&
           pl_slice_find_text(head, PL_SLICE("&&")) == head.len &&
           pl_slice_find_text(head, PL_SLICE("||")) == head.len;
}

bool js_runs_always(const struct js_read *read)
{
    const struct js_lex *lex = &read->lex;
    uint8_t before = js_last(lex, 2)->kind;
    if (lex->solid == 1 && lex->depth > 0 && (lex->open[lex->depth - 1].flags & JS_RUNS)) {
        if (before == ',' && in_loop_head(read)) {
            return true;
        }
        /* An argument, or what a loop starts with: for (k in exports.a = 1, b) */
        return lex->open[lex->depth - 1].kind == JS_PAREN
                   ? before == '('
                   : before == '(' || js_is(lex, js_last(lex, 2), "in") ||
                         js_is(lex, js_last(lex, 2), "of");
    }
    if (lex->solid > 0 || read->under_keyword || read->conditional) {
        return false;
    }
    return before == ',' || before == JS_ASSIGN || js_starts_statement(read);
}

static void end_statement(struct js_read *read)
{
    read->under_keyword = false;
    read->conditional = false;
    read->declaring = false;
    read->exporting = false;
    read->name_next = false;
}

/* ---- functions that are called at once ---- */

/* From `function` or from the parameters of an arrow function to the offset of the body. */
static uint32_t body_of(struct js_lex *lex, struct js_token *token)
{
    bool arrow = token->kind == '(';
    if (!arrow) {
        if (!js_is(lex, token, "function")) {
            return 0;
        }
        do {
            js_lex_next(lex, token);
        } while (token->kind == JS_NAME);
        if (token->kind != '(') {
            return 0;
        }
    }
    js_skip_bracket(lex, token);
    js_lex_next(lex, token);
    if (arrow) {
        if (token->kind != JS_ARROW) {
            return 0;
        }
        js_lex_next(lex, token);
    }
    return token->kind == '{' ? token->from : 0;
}

static uint32_t find_wrapper(struct js_read *read, uint32_t at)
{
    struct js_lex lex;
    struct js_token token;
    uint32_t body = 0;
    if (js_again(read, &lex, at)) {
        js_lex_next(&lex, &token);
        body = body_of(&lex, &token);
    }
    js_again_done(read, &lex, at);
    return body;
}

/* ( at the top level: (function () { ... and (() => { ... are read as if they were not there. */
static void read_paren(struct js_read *read)
{
    struct js_lex *lex = &read->lex;
    if (lex->solid != 1 || read->under_keyword || read->conditional) {
        return;
    }
    lex->open[lex->depth - 1].flags |= JS_RUNS;
    bool starts =
        js_starts_statement(read) || js_last(lex, 2)->kind == ',' || js_last(lex, 2)->kind == JS_OP;
    if (starts) {
        uint32_t body = find_wrapper(read, lex->at);
        if (body > 0) {
            read->wrapper = body;
            js_lex_see_through(lex);
        }
    }
}

/* A literal that has just been opened: is it the second argument behind a name? */
static PL_STATUS note_getters(struct js_read *read, struct pl_err *err)
{
    struct js_lex *lex = &read->lex;
    bool argument = lex->solid == 2 && lex->depth > 1 && js_last(lex, 2)->kind == ',' &&
                    js_last(lex, 3)->kind == JS_NAME && lex->open[lex->depth - 2].kind == JS_PAREN;
    if (!argument) {
        return PL_OK;
    }
    struct js_getters *grown = pl_arr_grow(read->getters, &read->cap_getters, read->n_getters + 1,
                                           sizeof *grown, JS_MAX_FOUND, "objects", err);
    if (!grown) {
        return err->code;
    }
    read->getters = grown;
    grown[read->n_getters++] =
        (struct js_getters){js_text(lex, js_last(lex, 3)), js_last(lex, 1)->from,
                            !read->under_keyword && !read->conditional};
    return PL_OK;
}

static PL_STATUS read_brace(struct js_read *read, struct pl_err *err)
{
    struct js_lex *lex = &read->lex;
    struct js_open *top = &lex->open[lex->depth - 1];
    if (js_last(lex, 2)->kind == ')' ||
        (js_last(lex, 2)->kind == JS_ARROW && js_last(lex, 3)->kind == ')')) {
        top->flags |= read->paren_flags;
    }
    read->paren_flags = 0;
    if (js_last(lex, 1)->from == read->wrapper && read->wrapper > 0) {
        js_lex_see_through(lex);
        read->wrapper = 0;
        end_statement(read);
        return PL_OK;
    }
    return note_getters(read, err);
}

static void read_shut(struct js_read *read, char shut)
{
    struct js_lex *lex = &read->lex;
    if (shut == ')') {
        read->paren_flags = lex->shut_flags & JS_INHERITED;
    }
    if (lex->solid > 0) {
        return;
    }
    if (shut == ')' && lex->shut == JS_PAREN_KEYWORD) {
        read->under_keyword = true;
    } else if (shut == '}' &&
               (lex->shut == JS_BLOCK || lex->shut == JS_TRY || lex->shut == JS_BLOCK_OR_OBJECT)) {
        end_statement(read);
    }
}

/* ---- words ---- */

/* The token behind the scan's last one. */
static struct js_token look_ahead(struct js_read *read)
{
    struct js_lex lex;
    struct js_token token;
    js_lex_init(&lex, read->text, read->lex.at, read->err);
    js_lex_behind(&lex, *js_last(&read->lex, 1));
    lex.doubt = true;
    lex.inner = true;
    js_lex_next(&lex, &token);
    js_again_done(read, &lex, read->lex.at);
    return token;
}

static PL_STATUS read_declared(struct js_read *read, const struct js_token *word,
                               struct pl_err *err)
{
    read->name_next = false;
    struct js_token next = look_ahead(read);
    struct js_declared declared = {.name = js_text(&read->lex, word),
                                   .at = word->from,
                                   .value = next.kind == JS_ASSIGN ? next.to : 0,
                                   .variable = !read->declares_const};
    enum pl_status status = js_add_declared(read, &declared, err);
    if (status != PL_OK || !read->exporting) {
        return status;
    }
    struct js_value value = {.name = declared.name, .how = PL_JS_UNKNOWN, .arity = -1};
    return js_add_found(read, declared.name, &value, PL_SURE_YES, word->from, err);
}

/* function f, function *f, class C at the start of a statement */
static PL_STATUS read_definition(struct js_read *read, const struct js_token *word,
                                 struct pl_err *err)
{
    struct js_lex lex;
    struct js_token token;
    (void)js_again(read, &lex, word->to);
    js_lex_next(&lex, &token);
    if (token.kind == JS_OP) {
        js_lex_next(&lex, &token);
    }
    enum pl_status status = PL_OK;
    if (token.kind == JS_NAME && !js_is(&lex, &token, "extends")) {
        bool is_class = js_is(&lex, word, "class");
        struct js_declared declared = {.name = js_text(&lex, &token),
                                       .at = token.from,
                                       .value = word->from,
                                       .function = !is_class,
                                       .is_class = is_class};
        status = js_add_declared(read, &declared, err);
    }
    js_again_done(read, &lex, word->to);
    return status;
}

/* The word begins a line and may begin a statement: does it end the one before? */
static void end_at_line(struct js_read *read)
{
    const struct js_lex *lex = &read->lex;
    bool keyword = (js_last(lex, 2)->kind == ')' && lex->shut == JS_PAREN_KEYWORD) ||
                   js_is(lex, js_last(lex, 2), "else") || js_is(lex, js_last(lex, 2), "do");
    if (!keyword && !(js_last(lex, 2)->kind == JS_NAME && read->exporting)) {
        end_statement(read);
    }
}

/* var, let or const: what it declares comes next. */
static void read_declaration(struct js_read *read, const struct js_token *word)
{
    struct js_token next = look_ahead(read);
    read->declaring = true;
    read->name_next = next.kind == JS_NAME;
    read->declares_const = js_is(&read->lex, word, "const");
}

/* function or class as an expression: one that is called at once may wrap the module. */
static void read_expression(struct js_read *read, const struct js_token *word)
{
    const struct js_lex *lex = &read->lex;
    bool called = js_last(lex, 2)->kind == JS_OP || js_is(lex, js_last(lex, 2), "void");
    if (called && !read->under_keyword && !read->conditional && lex->solid == 0) {
        read->wrapper = find_wrapper(read, word->from);
    }
}

static void read_await(struct js_read *read, const struct js_token *word)
{
    const struct js_lex *lex = &read->lex;
    struct js_token next = look_ahead(read);
    read->has_await = next.kind == JS_NAME && !next.line_before && !js_is(lex, &next, "in") &&
                      !js_is(lex, &next, "instanceof") && !js_is(lex, &next, "of");
    read->await_at = word->from;
}

/* No keyword: perhaps a member that is set, or an import or export statement. */
static PL_STATUS read_other(struct js_read *read, const struct js_token *word, bool starts,
                            struct pl_err *err)
{
    const struct js_lex *lex = &read->lex;
    if (js_runs_always(read)) {
        enum pl_status status = js_read_member(read, word, err);
        if (status != PL_OK) {
            return status;
        }
    }
    if (lex->depth > 0 || !starts) {
        return PL_OK;
    }
    if (js_is(lex, word, "export")) {
        return js_read_export(read, word, err);
    }
    return js_is(lex, word, "import") ? js_read_import(read, word, err) : PL_OK;
}

/* A word at the top level. */
static PL_STATUS read_top_word(struct js_read *read, const struct js_token *word,
                               struct pl_err *err)
{
    const struct js_lex *lex = &read->lex;
    bool starts = js_starts_statement(read);
    if (word->line_before && starts) {
        end_at_line(read);
    }
    if (read->name_next) {
        return read_declared(read, word, err);
    }
    const struct js_token *before = js_last(lex, 2);
    bool may_define = starts || js_is(lex, before, "export") || js_is(lex, before, "default");
    if (js_is(lex, word, "var") || js_is(lex, word, "let") || js_is(lex, word, "const")) {
        if (may_define || before->kind == ')') {
            read_declaration(read, word);
        }
        return PL_OK;
    }
    if (js_is(lex, word, "function") || js_is(lex, word, "class")) {
        if (may_define || js_is(lex, before, "async")) {
            return read_definition(read, word, err);
        }
        read_expression(read, word);
        return PL_OK;
    }
    if (js_is(lex, word, "else") || js_is(lex, word, "do")) {
        read->under_keyword = true;
        return PL_OK;
    }
    if (js_is(lex, word, "await") && lex->depth == 0 && !read->has_await && !read->conditional) {
        read_await(read, word);
        return PL_OK;
    }
    return read_other(read, word, starts, err);
}

static bool has_flag(const struct js_lex *lex, uint8_t flag)
{
    return lex->depth > 0 && (lex->open[lex->depth - 1].flags & flag) != 0;
}

/* require("x") that runs when the module does, and is not in a try block. */
static PL_STATUS read_require(struct js_read *read, const struct js_token *word, struct pl_err *err)
{
    struct js_lex *lex = &read->lex;
    struct js_lex ahead;
    struct js_token open, token, shut;
    struct pl_slice name;
    (void)js_again(read, &ahead, word->to);
    js_lex_next(&ahead, &open);
    js_lex_next(&ahead, &token);
    js_lex_next(&ahead, &shut);
    enum pl_status status = PL_OK;
    bool plain = open.kind == '(' && shut.kind == ')' && js_string(&ahead, &token, &name);
    if (open.kind == '(') {
        read->cjs = true;
    }
    if (plain && lex->bodies == 0 && lex->tries == 0 && !read->conditional &&
        !read->under_keyword && !read->returned && !has_flag(lex, JS_MAYBE)) {
        status = js_add_require(read, name, word->from, err);
    } else if (plain && lex->bodies > 0 && js_last(lex, 2)->kind == JS_ASSIGN &&
               js_is(lex, js_last(lex, 3), "exports")) {
        status = add_require(&read->external, &read->n_external, &read->cap_external,
                             (struct pl_js_require){name, word->from}, err);
    }
    js_again_done(read, &ahead, word->to);
    return status;
}

/* for (k in NAME) at the top level */
static void read_in(struct js_read *read)
{
    const struct js_lex *lex = &read->lex;
    if (lex->solid == 1 && lex->open[lex->depth - 1].kind == JS_PAREN_KEYWORD) {
        struct js_token next = look_ahead(read);
        if (next.kind == JS_NAME) {
            read->copied = js_text(lex, &next);
        }
    }
}

static PL_STATUS read_commonjs(struct js_read *read, const struct js_token *word,
                               enum js_origin origin, struct pl_err *err)
{
    read->origin = (uint8_t)origin;
    enum pl_status status = js_read_commonjs(read, word, err);
    read->origin = JS_OF_MODULE;
    return status;
}

static PL_STATUS read_exports(struct js_read *read, const struct js_token *word, struct pl_err *err)
{
    bool shadowed = has_flag(&read->lex, JS_SHADOWS_EXPORTS);
    if (shadowed && !has_flag(&read->lex, JS_LOCAL_EXPORTS)) {
        return PL_OK;
    }
    return read_commonjs(read, word, shadowed ? JS_OF_LOCAL : JS_OF_EXPORTS, err);
}

/* A word that matters at any depth. */
static PL_STATUS read_word(struct js_read *read, const struct js_token *word, struct pl_err *err)
{
    struct js_lex *lex = &read->lex;
    switch (lex->text[word->from]) {
    case 'e':
        if (js_is(lex, word, "exports")) {
            return read_exports(read, word, err);
        }
        if (js_is(lex, word, "eval") && look_ahead(read).kind == '(') {
            read->dynamic = true;
        }
        return PL_OK;
    case 'm':
        if (js_is(lex, word, "module") && !has_flag(lex, JS_SHADOWS_MODULE)) {
            return read_commonjs(read, word, JS_OF_EXPORTS, err);
        }
        return PL_OK;
    case 't':
        if (lex->bodies == 0 && lex->depth == lex->solid && js_is(lex, word, "this")) {
            return read_commonjs(read, word, JS_OF_EXPORTS, err);
        }
        return PL_OK;
    case 'r':
        if (lex->bodies == 0 && lex->depth == lex->solid && js_is(lex, word, "return")) {
            read->returned = true;
            read->dynamic = true;
        }
        return js_is(lex, word, "require") ? read_require(read, word, err) : PL_OK;
    case 'i':
        if (js_is(lex, word, "import") && !read->esm) {
            struct js_token next = look_ahead(read);
            if (next.kind == '.') {
                read->esm = true; /* import.meta */
                read->esm_at = word->from;
            }
        } else if (js_is(lex, word, "in")) {
            read_in(read);
        }
        return PL_OK;
    default:
        return PL_OK;
    }
}

/* May read_word() know it, by its first letter and its length?  Hardly any name passes. */
static bool may_matter(char first, uint32_t len)
{
    enum { OF_2 = 1 << 2, OF_4 = 1 << 4, OF_6 = 1 << 6, OF_7 = 1 << 7 };
    static const uint8_t lengths['z' + 1] = {
        ['e'] = OF_4 | OF_7, ['i'] = OF_2 | OF_6, ['m'] = OF_6, ['r'] = OF_6 | OF_7, ['t'] = OF_4};
    return len < 8 && first >= 'a' && first <= 'z' && (lengths[(unsigned char)first] >> len & 1);
}

static PL_STATUS read_name(struct js_read *read, const struct js_token *word, struct pl_err *err)
{
    struct js_lex *lex = &read->lex;
    if (lex->solid > 0 && !may_matter(lex->text[word->from], word->to - word->from)) {
        return PL_OK;
    }
    if (js_last(lex, 2)->kind == '.' || js_last(lex, 2)->kind == '#') {
        return PL_OK;
    }
    if (lex->solid == 0) {
        enum pl_status status = read_top_word(read, word, err);
        if (status != PL_OK) {
            return status;
        }
    }
    return read_word(read, word, err);
}

PL_STATUS js_scan(struct js_read *read, struct pl_err *err)
{
    struct js_lex *lex = &read->lex;
    struct js_token token;
    enum pl_status status = PL_OK;
    while (status == PL_OK) {
        js_lex_next(lex, &token);
        switch (token.kind) {
        case JS_END:
            return lex->status;
        case JS_NAME:
            status = read_name(read, &token, err);
            break;
        case '(':
            read_paren(read);
            break;
        case '[':
            status = note_getters(read, err);
            break;
        case '{':
            status = read_brace(read, err);
            break;
        case ')':
        case ']':
        case '}':
            read_shut(read, (char)token.kind);
            break;
        case ';':
            if (lex->solid == 0) {
                end_statement(read);
            }
            break;
        case ',':
            if (lex->solid == 0) {
                read->conditional = false;
                read->name_next = read->declaring;
            }
            break;
        case JS_LOGICAL:
        case JS_LOGICAL_ASSIGN:
        case '?':
        case JS_ARROW:
            if (lex->solid == 0) {
                read->conditional = true;
            } else {
                lex->open[lex->depth - 1].flags |= JS_MAYBE;
            }
            break;
        default:
            break;
        }
    }
    return status;
}
