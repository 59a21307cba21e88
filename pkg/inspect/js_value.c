/* What an expression is: a function, something that surely is none, a name to look up, an object.
 */
#include "pkg/inspect/js_read.h"

#include <string.h>

bool js_again(struct js_read *read, struct js_lex *lex, uint32_t at)
{
    js_lex_init(lex, read->text, at, read->err);
    /* What stands before is an operator or the start of a statement. */
    js_lex_behind(lex, (struct js_token){.kind = JS_OP});
    lex->doubt = true;
    lex->inner = true;
    lex->ended = read->budget == 0; /* pl_js says `dynamic` then */
    return read->budget > 0;
}

void js_again_done(struct js_read *read, struct js_lex *lex, uint32_t from)
{
    size_t used = lex->at - from;
    read->budget = used < read->budget ? read->budget - used : 0;
    if (lex->status != PL_OK) {
        read->failed = lex->status;
    }
    js_lex_done(lex);
}

bool js_string(const struct js_lex *lex, const struct js_token *token, struct pl_slice *ret)
{
    if (token->kind != JS_STRING || token->to - token->from < 2) {
        return false;
    }
    struct pl_slice text = {lex->text + token->from + 1, token->to - token->from - 2};
    if (pl_slice_find(text, '\\') < text.len) {
        return false;
    }
    *ret = text;
    return true;
}

void js_skip_bracket(struct js_lex *lex, struct js_token *token)
{
    size_t depth = lex->depth;
    while (lex->depth >= depth && token->kind != JS_END) {
        js_lex_next(lex, token);
    }
}

/* Does an expression end in front of this token, whatever comes before it? */
static bool ends_expression(const struct js_lex *lex, const struct js_token *token)
{
    switch (token->kind) {
    case JS_END:
    case ';':
    case ',':
    case '}':
    case ')':
    case ']':
    case JS_STEP:
        return token->kind != JS_STEP || token->line_before;
    case JS_NAME:
        return token->line_before && !js_is(lex, token, "in") && !js_is(lex, token, "instanceof");
    case JS_STRING:
    case JS_NUMBER:
    case '{':
    case '@':
        return token->line_before;
    default:
        return false;
    }
}

/* Parameters before the first with a default or a rest; lex stands behind the `(`. */
static int8_t count_parameters(struct js_lex *lex, struct js_token *token)
{
    size_t depth = lex->depth;
    int n = 0;
    bool counts = true;
    bool any = false;
    for (;;) {
        js_lex_next(lex, token);
        if (token->kind == JS_END || lex->depth < depth) {
            break;
        }
        if (lex->depth > depth) {
            any = true;
            continue;
        }
        if (token->kind == ',') {
            n += counts && any;
            any = false;
            continue;
        }
        if (token->kind == JS_ASSIGN || token->kind == JS_SPREAD) {
            counts = false;
        }
        any = true;
    }
    n += counts && any;
    return (int8_t)(n > 100 ? 100 : n);
}

/* `function`, `async function`, `class`: to behind the body. */
static void classify_function(struct js_lex *lex, struct js_token *token, struct js_value *ret)
{
    while (token->kind != '(' && token->kind != JS_END) {
        js_lex_next(lex, token);
    }
    ret->arity = count_parameters(lex, token);
    js_lex_next(lex, token); /* { */
    js_skip_bracket(lex, token);
    js_lex_next(lex, token);
    ret->how = ends_expression(lex, token) ? PL_JS_FUNCTION : PL_JS_UNKNOWN;
}

static void classify_class(struct js_lex *lex, struct js_token *token, struct js_value *ret)
{
    while (token->kind != JS_END && !(token->kind == '{' && lex->depth == 1)) {
        js_lex_next(lex, token);
    }
    js_skip_bracket(lex, token);
    js_lex_next(lex, token);
    ret->how = ends_expression(lex, token) ? PL_JS_FUNCTION : PL_JS_UNKNOWN;
    ret->is_class = true;
}

/* An expression that starts with `(`: parameters of an arrow function, or a group. */
static void classify_paren(struct js_lex *lex, struct js_token *token, struct js_value *ret)
{
    int8_t arity = count_parameters(lex, token);
    js_lex_next(lex, token);
    if (token->kind == JS_ARROW) {
        ret->how = PL_JS_FUNCTION;
        ret->arity = arity;
    }
}

/* require("x") as the whole value; lex stands behind `require`. */
static void classify_require(struct js_lex *lex, struct js_token *token, struct js_value *ret)
{
    js_lex_next(lex, token);
    struct pl_slice name = {"", 0};
    bool plain = token->kind == '(';
    js_lex_next(lex, token);
    plain = plain && js_string(lex, token, &name);
    js_lex_next(lex, token);
    plain = plain && token->kind == ')';
    js_lex_next(lex, token);
    if (plain && ends_expression(lex, token)) {
        ret->require = name;
    }
}

/* f(NAME) as the whole value; lex stands behind the `(`. */
static void classify_call(struct js_lex *lex, struct js_token *token, struct js_value *ret)
{
    js_lex_next(lex, token);
    struct js_token argument = *token;
    js_lex_next(lex, token);
    bool one = argument.kind == JS_NAME && token->kind == ')';
    js_lex_next(lex, token);
    if (one && ends_expression(lex, token)) {
        ret->argument = js_text(lex, &argument);
    }
}

static void classify_name(struct js_lex *lex, struct js_token *token, struct js_value *ret)
{
    struct js_token word = *token;
    static const char *const never[] = {"true", "false", "null", "NaN", "Infinity"};
    if (js_is(lex, &word, "function")) {
        classify_function(lex, token, ret);
        return;
    }
    if (js_is(lex, &word, "class")) {
        classify_class(lex, token, ret);
        return;
    }
    if (js_is(lex, &word, "require")) {
        classify_require(lex, token, ret);
        return;
    }
    js_lex_next(lex, token);
    if (js_is(lex, &word, "async") && !token->line_before && token->kind != JS_ARROW) {
        if (js_is(lex, token, "function")) {
            classify_function(lex, token, ret);
        } else if (token->kind == '(') {
            classify_paren(lex, token, ret);
        } else if (token->kind == JS_NAME) {
            ret->how = PL_JS_FUNCTION; /* async x => */
            ret->arity = 1;
        }
        return;
    }
    if (token->kind == JS_ARROW) {
        ret->how = PL_JS_FUNCTION;
        ret->arity = 1;
        return;
    }
    if (js_is(lex, &word, "void") && token->kind == JS_NUMBER) {
        js_lex_next(lex, token);
        ret->undefined = ends_expression(lex, token);
        return;
    }
    if (token->kind == '(') {
        classify_call(lex, token, ret);
        return;
    }
    if (!ends_expression(lex, token)) {
        return;
    }
    if (js_is(lex, &word, "undefined")) {
        ret->undefined = true;
        return;
    }
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (js_is(lex, &word, never[i])) {
            ret->how = PL_JS_NOT_FUNCTION;
            return;
        }
    }
    ret->name = js_text(lex, &word);
}

static void classify_at(struct js_lex *lex, struct js_value *ret)
{
    struct js_token token;
    js_lex_next(lex, &token);
    uint32_t start = token.from;
    switch (token.kind) {
    case JS_NAME:
        classify_name(lex, &token, ret);
        return;
    case '(':
        classify_paren(lex, &token, ret);
        return;
    case '{':
    case '[':
        js_skip_bracket(lex, &token);
        js_lex_next(lex, &token);
        if (ends_expression(lex, &token)) {
            ret->how = PL_JS_NOT_FUNCTION;
            ret->object = lex->text[start] == '{' ? start + 1 : 0;
        }
        return;
    case JS_STRING:
    case JS_NUMBER:
    case JS_TEMPLATE:
    case JS_REGEX:
        js_lex_next(lex, &token);
        ret->how = ends_expression(lex, &token) ? PL_JS_NOT_FUNCTION : PL_JS_UNKNOWN;
        return;
    case JS_OP: /* !0, -1 */
        if (lex->text[start] == '!' && token.to - token.from == 1) {
            js_lex_next(lex, &token);
            bool number = token.kind == JS_NUMBER;
            js_lex_next(lex, &token);
            ret->how = number && ends_expression(lex, &token) ? PL_JS_NOT_FUNCTION : PL_JS_UNKNOWN;
        }
        return;
    default:
        return;
    }
}

PL_STATUS js_classify(struct js_read *read, uint32_t at, struct js_value *ret, struct pl_err *err)
{
    struct js_value value = {.how = PL_JS_UNKNOWN, .arity = -1};
    struct js_lex lex;
    if (js_again(read, &lex, at)) {
        classify_at(&lex, &value);
        if (lex.broken) {
            value = (struct js_value){.how = PL_JS_UNKNOWN, .arity = -1};
        }
    }
    js_again_done(read, &lex, at);
    *ret = value;
    return read->failed != PL_OK ? err->code : PL_OK;
}

/* ---- object literals ---- */

struct member {
    struct pl_slice key;
    uint32_t at;
    bool computed, spread, accessor, method, shorthand;
    int8_t arity;   /* of a method */
    uint32_t value; /* offset behind the colon */
};

static bool ends_key(const struct js_token *token)
{
    return token->kind == ':' || token->kind == ',' || token->kind == '}' || token->kind == '(' ||
           token->kind == JS_ASSIGN || token->kind == JS_END;
}

/* The key and its modifiers; *token is the one behind it afterwards. */
static void read_key(struct js_lex *lex, struct js_token *token, struct member *ret)
{
    *ret = (struct member){.at = token->from, .arity = -1};
    if (token->kind == JS_SPREAD) {
        ret->spread = true;
        return;
    }
    for (;;) {
        struct js_token key = *token;
        if (key.kind == '[') {
            ret->computed = true;
            js_skip_bracket(lex, token);
            js_lex_next(lex, token);
            return;
        }
        js_lex_next(lex, token);
        if (ends_key(token)) {
            if (key.kind == JS_NAME || key.kind == JS_NUMBER) {
                ret->key = js_text(lex, &key);
            } else if (!js_string(lex, &key, &ret->key)) {
                ret->computed = true;
            }
            return;
        }
        ret->accessor = js_is(lex, &key, "get") || js_is(lex, &key, "set");
        if (key.kind != JS_NAME && key.kind != JS_OP) {
            ret->computed = true;
            return;
        }
    }
}

/* One member; *token is the `,` or `}` behind it afterwards. */
static void read_member(struct js_lex *lex, struct js_token *token, struct member *ret)
{
    size_t depth = lex->depth;
    read_key(lex, token, ret);
    if (token->kind == ':') {
        ret->value = lex->at;
    } else if (token->kind == '(') {
        ret->method = true;
        ret->arity = count_parameters(lex, token);
    } else if (!ret->spread && !ret->computed) {
        ret->shorthand = true;
    }
    while (token->kind != JS_END && lex->depth >= depth &&
           !(token->kind == ',' && lex->depth == depth)) {
        js_lex_next(lex, token);
    }
}

static PL_STATUS dotted_name(struct js_read *read, struct pl_slice prefix, struct pl_slice key,
                             struct pl_slice *ret, struct pl_err *err)
{
    if (prefix.len == 0) {
        *ret = key;
        return PL_OK;
    }
    char *text = pl_arena_new(read->arena, prefix.len + key.len + 2, 1, err);
    if (!text) {
        return err->code;
    }
    memcpy(text, prefix.ptr, prefix.len);
    text[prefix.len] = '.';
    if (key.len > 0) {
        memcpy(text + prefix.len + 1, key.ptr, key.len);
    }
    *ret = (struct pl_slice){text, prefix.len + 1 + key.len};
    return PL_OK;
}

static PL_STATUS add_member(struct js_read *read, const struct member *member,
                            struct pl_slice prefix, enum pl_sure sure, struct pl_err *err)
{
    struct pl_slice name;
    enum pl_status status = dotted_name(read, prefix, member->key, &name, err);
    if (status != PL_OK) {
        return status;
    }
    struct js_value value = {.how = PL_JS_UNKNOWN, .arity = -1};
    if (member->method && !member->accessor) {
        value.how = PL_JS_FUNCTION;
        value.arity = member->arity;
    } else if (member->shorthand) {
        value.name = member->key;
    } else if (member->value > 0) {
        status = js_classify(read, member->value, &value, err);
        if (status != PL_OK) {
            return status;
        }
    }
    status = js_add_found(read, name, &value, sure, member->at, err);
    size_t depth = 0;
    for (size_t i = 0; i < name.len; i++) {
        depth += name.ptr[i] == '.';
    }
    if (status != PL_OK || value.object == 0 || depth >= JS_MAX_NESTING) {
        return status;
    }
    bool open = false;
    return js_read_object(read, value.object - 1, name, sure, &open, err);
}

PL_STATUS js_read_object(struct js_read *read, uint32_t at, struct pl_slice prefix,
                         enum pl_sure sure, bool *ret_open, struct pl_err *err)
{
    struct js_lex lex;
    struct js_token token;
    enum pl_status status = PL_OK;
    bool open = !js_again(read, &lex, at);
    js_lex_next(&lex, &token); /* { */
    js_lex_next(&lex, &token);
    while (!open && status == PL_OK && token.kind != JS_END && lex.depth > 0) {
        if (token.kind == ',') {
            js_lex_next(&lex, &token);
            continue;
        }
        struct member member;
        read_member(&lex, &token, &member);
        if (member.spread || member.computed || pl_slice_is(member.key, "__proto__")) {
            open = true;
            /* The other members still count. */
            if (read->budget > 0) {
                *ret_open = true;
                open = false;
            }
        } else {
            status = add_member(read, &member, prefix, sure, err);
        }
        open = open || read->budget == 0;
    }
    *ret_open = *ret_open || open || lex.broken;
    js_again_done(read, &lex, at);
    return status;
}

/* One member of a getters object: key: () => value, key: function () { ... }, key() { ... } or
 * get key() { ... } */
static bool is_getter(struct js_read *read, const struct member *member)
{
    if (member->method) {
        return member->arity == 0;
    }
    struct js_lex lex;
    struct js_token token;
    bool getter = false;
    if (member->value > 0 && js_again(read, &lex, member->value)) {
        js_lex_next(&lex, &token);
        if (token.kind == '(') {
            js_lex_next(&lex, &token);
            getter = token.kind == ')';
            js_lex_next(&lex, &token);
            getter = getter && token.kind == JS_ARROW;
        } else {
            getter = js_is(&lex, &token, "function");
        }
        js_again_done(read, &lex, member->value);
    }
    return getter;
}

/* One name of a list of names, getters and values: "a", () => a or "a", 0, a.  *token is the name,
 * and the one behind what belongs to it afterwards. */
static bool read_listed(struct js_read *read, struct js_lex *lex, struct js_token *token,
                        struct member *ret)
{
    *ret = (struct member){.at = token->from, .arity = -1};
    bool named = js_string(lex, token, &ret->key);
    js_lex_next(lex, token);
    named = named && token->kind == ',';
    ret->value = lex->at;
    js_lex_next(lex, token);
    bool plain = token->kind == JS_NUMBER;
    if (plain) {
        js_lex_next(lex, token);
        ret->value = lex->at;
        js_lex_next(lex, token);
        ret->shorthand = true;
    }
    while (token->kind != JS_END && lex->depth > 0 && !(token->kind == ',' && lex->depth == 1)) {
        js_lex_next(lex, token);
    }
    return named && (plain || is_getter(read, ret));
}

bool js_is_getters(struct js_read *read, uint32_t at)
{
    struct js_lex lex;
    struct js_token token;
    bool all = js_again(read, &lex, at);
    bool any = false;
    js_lex_next(&lex, &token);
    js_lex_next(&lex, &token);
    while (all && token.kind != JS_END && lex.depth > 0) {
        if (token.kind == ',') {
            js_lex_next(&lex, &token);
            continue;
        }
        struct member member;
        any = true;
        if (read->text.ptr[at] == '[') {
            all = read_listed(read, &lex, &token, &member);
            continue;
        }
        read_member(&lex, &token, &member);
        all = !member.spread && !member.computed && is_getter(read, &member);
    }
    js_again_done(read, &lex, at);
    return all && any;
}

/* What `() => NAME`, `() => (NAME)` or `function () { return NAME; }` gives; empty when unknown. */
static struct pl_slice getter_returns(struct js_read *read, uint32_t at)
{
    struct pl_slice name = {"", 0};
    struct js_lex lex;
    struct js_token token;
    if (js_again(read, &lex, at)) {
        do {
            js_lex_next(&lex, &token);
        } while (token.kind != ')' && token.kind != JS_END);
        js_lex_next(&lex, &token);
        js_lex_next(&lex, &token);
        if (token.kind == '(' || js_is(&lex, &token, "return")) {
            js_lex_next(&lex, &token);
        }
        struct js_token word = token;
        js_lex_next(&lex, &token);
        if (word.kind == JS_NAME && ends_expression(&lex, &token)) {
            name = js_text(&lex, &word);
        }
    }
    js_again_done(read, &lex, at);
    return name;
}

PL_STATUS js_read_getters(struct js_read *read, uint32_t at, enum pl_sure sure, struct pl_err *err)
{
    struct js_lex lex;
    struct js_token token;
    enum pl_status status = PL_OK;
    bool more = js_again(read, &lex, at);
    js_lex_next(&lex, &token);
    js_lex_next(&lex, &token);
    while (more && status == PL_OK && token.kind != JS_END && lex.depth > 0) {
        if (token.kind == ',') {
            js_lex_next(&lex, &token);
            continue;
        }
        struct member member;
        struct js_value value = {.how = PL_JS_UNKNOWN, .arity = -1};
        bool listed = read->text.ptr[at] == '[';
        if (!listed) {
            read_member(&lex, &token, &member);
        } else if (!read_listed(read, &lex, &token, &member)) {
            read->dynamic = true;
            break;
        }
        if (listed && member.shorthand) {
            status = js_classify(read, member.value, &value, err);
        } else if (member.value > 0) {
            value.name = getter_returns(read, member.value);
        }
        if (status != PL_OK) {
            break;
        }
        status = js_add_found(read, member.key, &value, sure, member.at, err);
    }
    if (!more) {
        read->dynamic = true;
    }
    js_again_done(read, &lex, at);
    return status;
}
