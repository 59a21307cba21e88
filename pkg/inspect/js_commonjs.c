/* `exports`, `module.exports` and `this` of a CommonJS module: what is assigned, and where they go.
 */
#include "pkg/inspect/js_read.h"

#include <string.h>

enum { MAX_MEMBERS_BYTES = 1024 }; /* of a.b.c: each member writes the name anew */

/* The target of an assignment: exports.NAME, module.exports, or something else. */
enum target_kind { NOT_TARGET, NAMED, WHOLE, OWN_EXPORTS, OTHER_TARGET };

struct target {
    enum target_kind kind;
    struct pl_slice name;
    uint32_t at;
    bool computed;
    struct js_token next; /* the token behind it */
    bool of_module;       /* module.exports.x: not through the name `exports` */
};

/* `.a.b` or `["a"]` behind a base.  *token is the first token behind the base, and the one behind
 * the members afterwards. */
static PL_STATUS read_members(struct js_read *read, struct js_lex *lex, struct js_token *token,
                              struct target *ret, struct pl_err *err)
{
    while (token->kind == '.' || (token->kind == '[' && !token->line_before)) {
        bool bracket = token->kind == '[';
        struct pl_slice key = {"", 0};
        js_lex_next(lex, token);
        bool known = token->kind == JS_NAME && !bracket;
        if (known) {
            key = js_text(lex, token);
        } else if (bracket) {
            known = js_string(lex, token, &key);
        }
        uint32_t at = token->from;
        if (bracket) {
            js_lex_next(lex, token);
            if (token->kind != ']') {
                known = false;
                js_skip_bracket(lex, token);
            }
        }
        js_lex_next(lex, token);
        if (!known || ret->name.len > MAX_MEMBERS_BYTES) {
            ret->computed = true;
            continue;
        }
        if (ret->kind != NAMED) {
            ret->kind = NAMED;
            ret->name = key;
            ret->at = at;
            continue;
        }
        enum pl_status status =
            pl_arena_fmt(read->arena, &ret->name, err, "%.*s.%.*s", (int)ret->name.len,
                         ret->name.ptr, (int)(key.len > 256 ? 256 : key.len), key.ptr);
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

/* Reads a target that starts with the name `word`, which lex has just read. */
static PL_STATUS read_target(struct js_read *read, struct js_lex *lex, struct js_token word,
                             struct target *ret, struct pl_err *err)
{
    *ret = (struct target){.kind = OTHER_TARGET, .at = word.from};
    js_lex_next(lex, &ret->next);
    if (js_is(lex, &word, "module")) {
        if (ret->next.kind != '.') {
            return PL_OK;
        }
        js_lex_next(lex, &ret->next);
        bool exports = js_is(lex, &ret->next, "exports");
        js_lex_next(lex, &ret->next);
        if (!exports) {
            return PL_OK;
        }
        ret->kind = WHOLE;
        ret->of_module = true;
    } else if (js_is(lex, &word, "exports")) {
        ret->kind = OWN_EXPORTS;
    } else if (js_is(lex, &word, "this")) {
        ret->kind = OWN_EXPORTS;
    }
    struct target members = *ret;
    enum pl_status status = read_members(read, lex, &ret->next, &members, err);
    if (status != PL_OK) {
        return status;
    }
    if (ret->kind != OTHER_TARGET) {
        ret->kind = members.kind;
        ret->name = members.name;
        ret->at = members.at;
    }
    ret->computed = members.computed;
    return PL_OK;
}

/* module.exports = value */
static PL_STATUS set_whole(struct js_read *read, const struct js_value *value, bool always,
                           struct pl_err *err)
{
    if (pl_slice_is(value->name, "exports")) {
        return PL_OK; /* module.exports = exports */
    }
    if (always) {
        for (size_t i = read->n_replaced; i < read->n_found; i++) {
            if (read->found[i].sure == PL_SURE_YES && read->found[i].origin == JS_OF_EXPORTS) {
                read->found[i].sure = PL_SURE_NO;
            }
        }
        read->n_replaced = read->n_found;
        read->replaced = true;
        read->whole = *value;
    } else {
        read->perhaps_function = read->perhaps_function || value->how != PL_JS_NOT_FUNCTION;
    }
    bool open = false;
    enum pl_status status = PL_OK;
    if (value->object > 0) {
        status = js_read_object(read, value->object - 1, (struct pl_slice){"", 0},
                                always ? PL_SURE_YES : PL_SURE_MAYBE, &open, err);
    } else if (value->require.len > 0) {
        status = js_add_reexport(read, value->require, err);
    } else if (!always || value->is_class) {
        /* Static members of a class are not looked for. */
        open = value->how == PL_JS_UNKNOWN || value->is_class;
    }
    read->dynamic = read->dynamic || open;
    return status;
}

/* A variable that gets the same value as an export. */
static void note_other_name(struct js_read *read, struct pl_slice name, uint32_t at)
{
    if (read->also.len > 0 && !pl_slice_eq(read->also, name)) {
        read->dynamic = true;
    }
    read->also = name;
    read->also_at = at;
}

/* What stands left of a value: exports.a = exports.b = module.exports = value. */
struct chain {
    size_t from;    /* names found in it start here */
    bool whole;     /* module.exports is among them */
    bool linked;    /* exports itself is */
    uint32_t value; /* offset of the value */
};

/* Reads the targets of a chain.  lex stands behind the first `=`. */
static PL_STATUS read_chain(struct js_read *read, struct js_lex *lex, struct target target,
                            bool always, struct chain *ret, struct pl_err *err)
{
    struct js_value unknown = {.how = PL_JS_UNKNOWN, .arity = -1};
    *ret = (struct chain){.from = read->n_found};
    for (;;) {
        enum pl_status status = PL_OK;
        ret->whole = ret->whole || target.kind == WHOLE;
        ret->linked = ret->linked || target.kind == OWN_EXPORTS;
        if (target.kind == NAMED) {
            bool reached = !read->detached || target.of_module || read->origin == JS_OF_LOCAL;
            bool sure = always && reached;
            status = js_add_found(read, target.name, &unknown, sure ? PL_SURE_YES : PL_SURE_MAYBE,
                                  target.at, err);
        }
        ret->value = lex->at;
        struct js_token token;
        js_lex_next(lex, &token);
        if (status == PL_OK && token.kind == JS_NAME) {
            status = read_target(read, lex, token, &target, err);
        }
        if (status != PL_OK || token.kind != JS_NAME || target.next.kind != JS_ASSIGN) {
            return status;
        }
        if (target.kind == OTHER_TARGET) {
            note_other_name(read, js_text(lex, &token), token.from);
        }
        read->dynamic = read->dynamic || (target.computed && target.kind != OTHER_TARGET);
    }
}

/* exports.a = exports.b = module.exports = value.  lex stands behind the first `=`. */
static PL_STATUS assign(struct js_read *read, struct js_lex *lex, const struct target *first,
                        bool always, struct pl_err *err)
{
    const struct js_lex *scan = &read->lex;
    struct pl_slice also = read->also;
    if (js_last(scan, 2)->kind == JS_ASSIGN && js_last(scan, 3)->kind == JS_NAME) {
        note_other_name(read, js_text(scan, js_last(scan, 3)), js_last(scan, 3)->from);
    }
    struct chain chain;
    struct js_value value;
    enum pl_status status = read_chain(read, lex, *first, always, &chain, err);
    if (status == PL_OK) {
        status = js_classify(read, chain.value, &value, err);
    }
    if (status != PL_OK) {
        return status;
    }
    read->done_to = chain.value;
    for (size_t i = chain.from; i < read->n_found; i++) {
        read->found[i].value = value;
    }
    if (chain.whole) {
        /* Members that the chain names belong to the object before: set_whole takes them back. */
        read->detached = always ? !chain.linked : read->detached || !chain.linked;
        read->dynamic = read->dynamic || (!always && read->also.len > 0);
        return set_whole(read, &value, always, err);
    }
    read->also = also; /* another name of a member, not of module.exports */
    if (chain.linked && !pl_slice_is(value.name, "exports")) {
        read->detached = true; /* exports = ... alone changes a local name */
    }
    if (value.object == 0 || chain.from == read->n_found) {
        return PL_OK;
    }
    /* One object that several names reach: its members are listed under the first. */
    bool open = false;
    return js_read_object(read, value.object - 1, read->found[chain.from].name,
                          (enum pl_sure)read->found[chain.from].sure, &open, err);
}

/* ---- exports as an argument ---- */

static bool text_before_is(const struct js_read *read, uint32_t at, struct pl_slice word)
{
    return pl_slice_ends(pl_slice_sub(read->text, 0, at), word);
}

/* Object.defineProperty(exports, "name", ...): lex stands behind the first argument. */
static PL_STATUS define_property(struct js_read *read, struct js_lex *lex, bool always,
                                 struct pl_err *err)
{
    struct js_token token;
    struct pl_slice name;
    js_lex_next(lex, &token);
    if (!js_string(lex, &token, &name)) {
        read->dynamic = true;
        return PL_OK;
    }
    struct js_value value = {.how = PL_JS_UNKNOWN, .arity = -1};
    bool sure = always && (!read->detached || read->origin == JS_OF_LOCAL);
    return js_add_found(read, name, &value, sure ? PL_SURE_YES : PL_SURE_MAYBE, token.from, err);
}

/* Object.assign(exports, {...}, require("x")) */
static PL_STATUS assign_all(struct js_read *read, struct js_lex *lex, bool always,
                            struct pl_err *err)
{
    struct js_token token = {.kind = ','};
    while (token.kind == ',') {
        struct js_value value;
        enum pl_status status = js_classify(read, lex->at, &value, err);
        bool open = value.object == 0 && value.require.len == 0;
        if (status == PL_OK && value.object > 0) {
            status = js_read_object(read, value.object - 1, (struct pl_slice){"", 0},
                                    always ? PL_SURE_YES : PL_SURE_MAYBE, &open, err);
        } else if (status == PL_OK && value.require.len > 0) {
            status = js_add_reexport(read, value.require, err);
        }
        if (status != PL_OK) {
            return status;
        }
        read->dynamic = read->dynamic || open;
        do {
            js_lex_next(lex, &token);
        } while (token.kind != JS_END && !(token.kind == ',' && lex->depth == 0) && !lex->broken);
    }
    return PL_OK;
}

/* Is the result of the call, which is exports again, used: defineProperty(exports, ...).h = 1 */
static bool goes_on(struct js_read *read)
{
    struct js_lex lex;
    struct js_token token;
    uint32_t open = read->lex.open[read->lex.depth - 1].at;
    bool used = true;
    if (js_again(read, &lex, open)) {
        js_lex_next(&lex, &token);
        js_skip_bracket(&lex, &token);
        js_lex_next(&lex, &token);
        used = token.kind == '.' || token.kind == '[';
    }
    js_again_done(read, &lex, open);
    return used;
}

/* f(exports, ...): *next is the token behind `exports`. */
static PL_STATUS first_argument(struct js_read *read, struct js_lex *lex,
                                const struct js_token *next, bool always, struct pl_err *err)
{
    static const char *const harmless[] = {
        "freeze",  "seal",   "preventExtensions",  "keys", "values",
        "entries", "hasOwn", "getOwnPropertyNames"};
    const struct js_token *callee = js_last(&read->lex, 3);
    if (callee->kind == JS_NAME) {
        for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
            if (js_is(lex, callee, harmless[i])) {
                /* The first three give their argument back. */
                read->dynamic = read->dynamic || (i < 3 && goes_on(read));
                return PL_OK;
            }
        }
    }
    if (js_is(lex, callee, "call") &&
        text_before_is(read, callee->from, PL_SLICE("hasOwnProperty."))) {
        return PL_OK;
    }
    read->dynamic = read->dynamic || goes_on(read);
    if (next->kind == ',' && js_is(lex, callee, "defineProperty")) {
        return define_property(read, lex, always, err);
    }
    if (next->kind == ',' && js_is(lex, callee, "assign")) {
        return assign_all(read, lex, always, err);
    }
    struct js_token token;
    js_lex_next(lex, &token);
    if (next->kind == ',' && (token.kind == '{' || token.kind == '[') &&
        js_is_getters(read, token.from)) {
        return js_read_getters(read, token.from, always ? PL_SURE_YES : PL_SURE_MAYBE, err);
    }
    read->dynamic = true;
    return PL_OK;
}

/* f(..., exports): __exportStar(require("x"), exports) and its likes. */
static PL_STATUS later_argument(struct js_read *read, struct pl_err *err)
{
    static const char *const star[] = {"__exportStar", "_export_star", "__reExport"};
    uint32_t open = read->lex.open[read->lex.depth - 1].at;
    bool known = false;
    for (size_t i = 0; i < sizeof star / sizeof star[0]; i++) {
        known = known || text_before_is(read, open, pl_slice_of(star[i]));
    }
    struct js_lex lex;
    struct js_token token = {0};
    struct pl_slice name = {"", 0};
    bool found = false;
    if (known && js_again(read, &lex, open)) {
        do {
            js_lex_next(&lex, &token);
            found = js_string(&lex, &token, &name) && js_is(&lex, js_last(&lex, 3), "require");
        } while (!found && token.kind != JS_END && lex.depth > 0);
        js_again_done(read, &lex, open);
    }
    if (!found) {
        read->dynamic = true;
        return PL_OK;
    }
    return js_add_reexport(read, name, err);
}

/* Is the innermost bracket a list of parameters, not of arguments? */
static bool in_parameters(struct js_read *read)
{
    struct js_lex lex;
    struct js_token token;
    uint32_t at = read->lex.open[read->lex.depth - 1].at;
    bool parameters = false;
    if (js_again(read, &lex, at)) {
        js_lex_next(&lex, &token);
        js_skip_bracket(&lex, &token);
        js_lex_next(&lex, &token);
        parameters = token.kind == '{' || token.kind == JS_ARROW;
    }
    js_again_done(read, &lex, at);
    return parameters;
}

/* ---- what stands around the name ---- */

/* A declaration of a local of the same name: in its block, it is not Node.js's. */
static bool declares_local(struct js_read *read, uint8_t flag)
{
    struct js_lex *lex = &read->lex;
    const struct js_token *before = js_last(lex, 2);
    bool declared = js_is(lex, before, "var") || js_is(lex, before, "let") ||
                    js_is(lex, before, "const") || js_is(lex, before, "function") ||
                    js_is(lex, before, "class");
    if (!declared) {
        return false;
    }
    if (lex->depth == 0) {
        read->dynamic = true;
        return true;
    }
    lex->open[lex->depth - 1].flags |= flag;
    struct js_lex ahead;
    struct js_value value = {.how = PL_JS_UNKNOWN, .arity = -1};
    struct js_token token;
    (void)js_again(read, &ahead, lex->at);
    js_lex_next(&ahead, &token);
    uint32_t at = ahead.at;
    js_again_done(read, &ahead, lex->at);
    bool first = flag == JS_SHADOWS_EXPORTS && lex->solid == 0 && token.kind == JS_ASSIGN &&
                 read->local_exports.len == 0;
    if (first && js_classify(read, at, &value, read->err) == PL_OK && value.name.len > 0) {
        lex->open[lex->depth - 1].flags |= JS_LOCAL_EXPORTS;
        read->local_exports = value.name;
    }
    return true;
}

static bool is_parameter(struct js_read *read, const struct js_token *next, uint8_t flag)
{
    struct js_lex *lex = &read->lex;
    bool place = (js_last(lex, 2)->kind == '(' || js_last(lex, 2)->kind == ',') && lex->depth > 0 &&
                 lex->open[lex->depth - 1].kind == JS_PAREN &&
                 (next->kind == ',' || next->kind == ')');
    if (!place || !in_parameters(read)) {
        return false;
    }
    lex->open[lex->depth - 1].flags |= flag;
    return true;
}

/* Does the place only ask whether there is such a thing? */
static bool only_asks(const struct js_read *read, const struct js_token *next)
{
    const struct js_lex *lex = &read->lex;
    const struct js_token *before = js_last(lex, 2);
    if (js_is(lex, before, "typeof") || next->kind == '?') {
        return true;
    }
    if (next->kind == JS_LOGICAL && lex->text[next->from] == '&') {
        return true;
    }
    bool compared = before->kind == JS_OP && before->to - before->from >= 2 &&
                    (lex->text[before->from] == '=' || lex->text[before->from] == '!');
    bool compares = next->kind == JS_OP && next->to - next->from >= 2 &&
                    (lex->text[next->from] == '=' || lex->text[next->from] == '!');
    if (compared || compares || js_is(lex, next, "instanceof")) {
        return true;
    }
    if (next->kind == ')' && lex->depth > 0 && lex->open[lex->depth - 1].kind == JS_PAREN_KEYWORD) {
        return true;
    }
    return js_starts_statement(read) && next->kind == ';';
}

static PL_STATUS escape(struct js_read *read, struct js_lex *lex, const struct target *target,
                        bool always, struct pl_err *err)
{
    const struct js_lex *scan = &read->lex;
    bool argument = scan->depth > 0 && scan->open[scan->depth - 1].kind == JS_PAREN &&
                    (target->next.kind == ',' || target->next.kind == ')');
    if (argument && js_last(scan, 2)->kind == '(') {
        return first_argument(read, lex, &target->next, always, err);
    }
    if (argument && js_last(scan, 2)->kind == ',') {
        return later_argument(read, err);
    }
    if (js_last(scan, 2)->kind == JS_ASSIGN && js_is(scan, js_last(scan, 3), "exports")) {
        return PL_OK; /* exports = module.exports, module.exports = exports */
    }
    read->aliased = read->aliased || js_last(scan, 2)->kind == JS_ASSIGN;
    read->dynamic = true;
    return PL_OK;
}

static PL_STATUS read_use(struct js_read *read, struct js_lex *lex, const struct target *target,
                          bool always, struct pl_err *err)
{
    struct js_value unknown = {.how = PL_JS_UNKNOWN, .arity = -1};
    if (target->computed) {
        read->dynamic = true;
    }
    switch (target->next.kind) {
    case JS_ASSIGN:
        if (target->computed && target->kind != NAMED) {
            return PL_OK;
        }
        return assign(read, lex, target, always, err);
    case JS_LOGICAL_ASSIGN:
        if (target->kind == NAMED) {
            return js_add_found(read, target->name, &unknown, PL_SURE_MAYBE, target->at, err);
        }
        read->dynamic = true;
        return PL_OK;
    default:
        break;
    }
    if (target->kind == NAMED || target->computed || only_asks(read, &target->next)) {
        return PL_OK;
    }
    return escape(read, lex, target, always, err);
}

/* `this` at the top level is exports; most of its uses only look for a global object. */
static bool is_plain_this(const struct js_read *read, const struct target *target)
{
    const struct js_lex *lex = &read->lex;
    if (target->kind == NAMED) {
        return false;
    }
    return !target->computed && target->next.kind != ',' && target->next.kind != ')' &&
           js_last(lex, 2)->kind != JS_ASSIGN && js_last(lex, 2)->kind != ',';
}

PL_STATUS js_read_commonjs(struct js_read *read, const struct js_token *word, struct pl_err *err)
{
    bool is_module = js_is(&read->lex, word, "module");
    bool is_this = js_is(&read->lex, word, "this");
    uint8_t flag = is_module ? JS_SHADOWS_MODULE : JS_SHADOWS_EXPORTS;
    if (word->from < read->done_to || declares_local(read, flag)) {
        return PL_OK;
    }
    struct js_lex lex;
    (void)js_again(read, &lex, word->to);
    js_lex_behind(&lex, (struct js_token){.kind = JS_NAME});
    struct target target;
    bool always = js_runs_always(read);
    enum pl_status status = read_target(read, &lex, *word, &target, err);
    bool key = target.next.kind == ':' && read->lex.depth > 0 &&
               read->lex.open[read->lex.depth - 1].kind == JS_OBJECT;
    if (status != PL_OK || (key && target.kind != NAMED) ||
        (is_this && is_plain_this(read, &target)) || is_parameter(read, &target.next, flag)) {
        js_again_done(read, &lex, word->to);
        return status;
    }
    if (target.kind == OTHER_TARGET) { /* module without .exports */
        bool member = read->text.ptr[word->to < read->text.len ? word->to : 0] == '.';
        bool asks = only_asks(read, &target.next) || (member && target.next.kind != JS_ASSIGN);
        read->dynamic = read->dynamic || !asks;
    } else {
        read->cjs = read->cjs || !is_this;
        status = read_use(read, &lex, &target, always, err);
    }
    js_again_done(read, &lex, word->to);
    return status;
}
