#include "pkg/inspect/ruby.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/inspect/ruby_read.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 1000000, DEPTH_MAX = 10000, MENTION_MAX = 96 };

bool rb_is_word(const struct rb_token *token, const char *word)
{
    return token->kind == RB_NAME && pl_slice_is(token->inner, word);
}

bool rb_is_op(const struct rb_token *token, char op)
{
    return token->kind == RB_OP && token->op == op;
}

bool rb_is_constant(struct pl_slice s)
{
    return s.len > 0 && s.ptr[0] >= 'A' && s.ptr[0] <= 'Z';
}

void rb_step(struct rb_reader *r)
{
    r->prev = r->token;
    rb_lex_next(&r->lex, &r->token);
}

static struct rb_frame *top(struct rb_reader *r)
{
    return &r->frame[r->depth - 1];
}

PL_STATUS rb_push(struct rb_reader *r, enum rb_frame_kind kind, struct pl_slice owner)
{
    struct rb_frame *at = pl_arr_grow(r->frame, &r->cap, r->depth + 1, sizeof *at, DEPTH_MAX,
                                      "levels of nesting", r->err);
    if (!at) {
        return r->err->code;
    }
    r->frame = at;
    r->frame[r->depth++] = (struct rb_frame){.owner = owner, .kind = (uint8_t)kind};
    return PL_OK;
}

static bool is_bracket(const struct rb_frame *f)
{
    return f->kind == F_BRACE || f->kind == F_PAREN || f->kind == F_SQUARE;
}

static void pop_bracket(struct rb_reader *r, enum rb_frame_kind kind)
{
    if (r->depth > 1 && top(r)->kind == kind) {
        r->depth--;
    } else {
        r->doubt = true;
    }
}

static void pop_end(struct rb_reader *r)
{
    if (r->depth > 1 && !is_bracket(top(r))) {
        r->depth--;
    } else {
        r->doubt = true;
    }
}

/* The module around, and whether what is defined here surely is its own. */
const struct rb_frame *rb_around(const struct rb_reader *r, enum pl_sure *ret_sure, bool *ret_loose)
{
    *ret_sure = PL_SURE_YES;
    *ret_loose = false;
    for (size_t i = r->depth; i > 0; i--) {
        const struct rb_frame *f = &r->frame[i - 1];
        switch ((enum rb_frame_kind)f->kind) {
        case F_TOP:
        case F_MODULE:
        case F_SINGLETON:
        case F_FOREIGN:
            return f;
        case F_DEF:
        case F_DO:
        case F_BRACE:
            *ret_loose = true;
            *ret_sure = PL_SURE_MAYBE;
            break;
        case F_BRANCH:
        case F_LOOP:
            *ret_sure = PL_SURE_MAYBE;
            break;
        case F_BEGIN:
        case F_PAREN:
        case F_SQUARE:
            break;
        }
    }
    return &r->frame[0];
}

PL_STATUS rb_add_name(struct rb_reader *r, struct pl_rb_name name, uint32_t at)
{
    struct pl_rb_name *to = pl_arr_grow(r->rb.name, &r->cap_name, r->rb.n_name + 1u, sizeof *to,
                                        NAMES_MAX, "names", r->err);
    if (!to) {
        return r->err->code;
    }
    r->rb.name = to;
    name.at.col = at; /* an offset until the end */
    r->rb.name[r->rb.n_name++] = name;
    return PL_OK;
}

PL_STATUS rb_add_mixin(struct rb_reader *r, struct pl_rb_mixin mixin)
{
    struct pl_rb_mixin *to = pl_arr_grow(r->rb.mixin, &r->cap_mixin, r->rb.n_mixin + 1u, sizeof *to,
                                         NAMES_MAX, "mix-ins", r->err);
    if (!to) {
        return r->err->code;
    }
    r->rb.mixin = to;
    r->rb.mixin[r->rb.n_mixin++] = mixin;
    return PL_OK;
}

PL_STATUS rb_add_require(struct rb_reader *r, struct pl_slice path, enum pl_rb_require_kind kind)
{
    struct pl_rb_require *to = pl_arr_grow(r->rb.require, &r->cap_require, r->rb.n_require + 1u,
                                           sizeof *to, NAMES_MAX, "requires", r->err);
    if (!to) {
        return r->err->code;
    }
    r->rb.require = to;
    r->rb.require[r->rb.n_require++] = (struct pl_rb_require){path, (uint8_t)kind};
    return PL_OK;
}

static bool could_be_name(struct pl_slice s)
{
    if (s.len == 0 || s.len > MENTION_MAX) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool mark = i + 1 == s.len && (s.ptr[i] == '?' || s.ptr[i] == '!' || s.ptr[i] == '=');
        if (!rb_is_name(s.ptr[i]) && !mark && s.ptr[i] != ':') {
            return false;
        }
    }
    return true;
}

PL_STATUS rb_mention(struct rb_reader *r, struct pl_slice s, uint32_t at)
{
    if (!could_be_name(s)) {
        return PL_OK;
    }
    return rb_add_name(
        r, (struct pl_rb_name){.name = s, .kind = PL_RB_MENTION, .sure = PL_SURE_MAYBE}, at);
}

/* Literals may name what is defined elsewhere: define_method(:x), alias, const_set. */
static PL_STATUS note_literal(struct rb_reader *r)
{
    struct pl_slice rest = r->token.inner;
    if (r->token.kind != RB_WORDS) {
        return r->token.spliced ? PL_OK : rb_mention(r, rest, r->token.from);
    }
    size_t from = 0;
    for (size_t i = 0; i <= rest.len; i++) {
        if (i == rest.len || rest.ptr[i] == ' ' || rest.ptr[i] == '\n' || rest.ptr[i] == '\t') {
            if (rb_mention(r, pl_slice_sub(rest, from, i), r->token.from) != PL_OK) {
                return r->err->code;
            }
            from = i + 1;
        }
    }
    return PL_OK;
}

/* The names in a stretch of text become locals: parameters.  They are only used to tell division
 * from regular expressions. */
void rb_take_locals(struct rb_reader *r, uint32_t from, char stop)
{
    struct pl_slice text = r->lex.text;
    uint32_t depth = 0;
    for (uint32_t i = from; i < text.len && i - from < SCAN_MAX; i++) {
        char c = text.ptr[i];
        if (c == stop && depth == 0) {
            return;
        }
        depth += c == '(';
        depth -= c == ')' && depth > 0;
        uint32_t start = i;
        while (i < text.len && rb_is_name(text.ptr[i])) {
            i++;
        }
        if (i > start) {
            rb_lex_local(&r->lex, pl_slice_sub(text, start, i));
            i--;
        }
    }
}

/* `{ |a, b|` and `do |a|`: the token is what opens. */
static void take_block_params(struct rb_reader *r)
{
    struct pl_slice text = r->lex.text;
    uint32_t at = r->lex.at;
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\n')) {
        at++;
    }
    if (at < text.len && text.ptr[at] == '|') {
        rb_take_locals(r, at + 1, '|');
    }
}

/* A::B from the current token on, which stays behind it; empty when no constant stands there. */
struct pl_slice rb_read_path(struct rb_reader *r)
{
    uint32_t from = r->token.from;
    uint32_t to = from;
    if (r->token.kind == RB_COLON2) {
        rb_step(r);
    }
    while (r->token.kind == RB_NAME && rb_is_constant(r->token.inner)) {
        to = r->token.to;
        rb_step(r);
        if (r->token.kind != RB_COLON2) {
            break;
        }
        rb_step(r);
    }
    return pl_slice_sub(r->lex.text, from, to);
}

PL_STATUS rb_join(struct rb_reader *r, struct pl_slice owner, struct pl_slice name,
                  struct pl_slice *ret)
{
    if (pl_slice_starts(name, PL_SLICE("::"))) {
        *ret = pl_slice_sub(name, 2, name.len);
        return PL_OK;
    }
    if (owner.len == 0) {
        *ret = name;
        return PL_OK;
    }
    if (owner.len > SCAN_MAX) {
        return pl_err_set(r->err, PL_ERR_LIMIT, "modules are nested too deeply");
    }
    return pl_arena_fmt(r->arena, ret, r->err, "%.*s::%.*s", (int)owner.len, owner.ptr,
                        (int)name.len, name.ptr);
}

bool rb_in_list(const struct rb_token *token, const char *const *list)
{
    for (size_t i = 0; list[i]; i++) {
        if (rb_is_word(token, list[i])) {
            return true;
        }
    }
    return false;
}

static PL_STATUS read_do(struct rb_reader *r)
{
    take_block_params(r);
    if (top(r)->kind == F_LOOP && top(r)->waits_do) {
        top(r)->waits_do = false;
        return PL_OK;
    }
    return rb_push(r, F_DO, (struct pl_slice){0});
}

/* A keyword that opens or shuts; *ret_taken says whether the token was used up. */
static PL_STATUS read_keyword(struct rb_reader *r, bool *ret_taken)
{
    static const char *const branches[] = {"if", "unless", NULL};
    static const char *const loops[] = {"while", "until", NULL};
    /* Behind a value they modify it; behind an operator or a line end they open. */
    bool opens = r->token.before == RB_BEG;
    enum pl_status status = PL_OK;
    *ret_taken = false;
    if (rb_is_word(&r->token, "end")) {
        pop_end(r);
    } else if (rb_is_word(&r->token, "def")) {
        *ret_taken = true;
        status = rb_read_def(r);
    } else if (rb_is_word(&r->token, "class") || rb_is_word(&r->token, "module")) {
        *ret_taken = true;
        status = rb_read_class(r, rb_is_word(&r->token, "class"));
    } else if (rb_is_word(&r->token, "do")) {
        status = read_do(r);
    } else if (rb_is_word(&r->token, "begin")) {
        status = rb_push(r, F_BEGIN, (struct pl_slice){0});
    } else if (rb_is_word(&r->token, "case") || (opens && rb_in_list(&r->token, branches))) {
        status = rb_push(r, F_BRANCH, (struct pl_slice){0});
    } else if (rb_is_word(&r->token, "for") || (opens && rb_in_list(&r->token, loops))) {
        status = rb_push(r, F_LOOP, (struct pl_slice){0});
        top(r)->waits_do = status == PL_OK;
        if (status == PL_OK && rb_is_word(&r->token, "for")) {
            rb_take_locals(r, r->lex.at, '\n');
        }
    }
    return status;
}

static PL_STATUS read_word_token(struct rb_reader *r)
{
    bool taken = false;
    bool dotted = r->token.before == RB_AFTER_DOT;
    if (r->token.before == RB_AFTER_DEF) {
        /* alias a b; undef a */
        enum pl_status status = rb_mention(r, r->token.inner, r->token.from);
        r->lex.state = RB_ENDS;
        rb_step(r);
        if (!status && (r->token.kind == RB_NAME || r->token.kind == RB_SYMBOL) &&
            rb_is_word(&r->prev, "alias")) {
            r->lex.state = RB_ENDS;
        }
        return status;
    }
    if (!dotted) {
        if (read_keyword(r, &taken) != PL_OK) {
            return r->err->code;
        }
        if (taken) {
            return PL_OK;
        }
    }
    static const char *const requires[] = {"require", "require_relative", "load", "autoload", NULL};
    static const char *const mixins[] = {"include", "extend", "prepend", NULL};
    if (rb_in_list(&r->token, requires)) {
        return rb_read_require(r, dotted);
    }
    rb_note_dynamic(r);
    if (!dotted && rb_in_list(&r->token, mixins)) {
        return rb_read_mixin(r);
    }
    if (dotted && rb_in_list(&r->token, mixins)) {
        r->rb.dynamic = true; /* Foo.extend Bar */
    }
    if (!dotted && rb_is_word(&r->token, "module_function")) {
        return rb_read_module_function(r);
    }
    if (!dotted && rb_is_constant(r->token.inner)) {
        return rb_read_constant(r);
    }
    struct pl_slice name = r->token.inner;
    bool local = !dotted && r->lex.state == RB_ARG;
    bool behind_rescue = r->prev.kind == RB_OP && r->prev.op == '=';
    rb_step(r);
    bool assigned = r->token.kind == RB_ASSIGN || rb_is_op(&r->token, ',') ||
                    (r->token.kind == RB_OP && r->token.to - r->token.from > 1 &&
                     r->lex.text.ptr[r->token.to - 1] == '=' && strchr("+-*/|&", r->token.op));
    if (local && (assigned || behind_rescue || rb_is_word(&r->token, "in"))) {
        rb_lex_local(&r->lex, name);
    }
    return PL_OK;
}

static PL_STATUS read_op_token(struct rb_reader *r)
{
    enum pl_status status = PL_OK;
    switch (r->token.op) {
    case '{':
        take_block_params(r);
        status = rb_push(r, F_BRACE, (struct pl_slice){0});
        break;
    case '(':
        status = rb_push(r, F_PAREN, (struct pl_slice){0});
        break;
    case '[':
        status = rb_push(r, F_SQUARE, (struct pl_slice){0});
        break;
    case '}':
        pop_bracket(r, F_BRACE);
        break;
    case ')':
        pop_bracket(r, F_PAREN);
        break;
    case ']':
        pop_bracket(r, F_SQUARE);
        break;
    default:
        break;
    }
    rb_step(r);
    return status;
}

static PL_STATUS read_token(struct rb_reader *r)
{
    switch ((enum rb_kind)r->token.kind) {
    case RB_NAME:
        return read_word_token(r);
    case RB_OP:
        return read_op_token(r);
    case RB_STRING:
    case RB_WORDS:
    case RB_SYMBOL:
        if (note_literal(r) != PL_OK) {
            return r->err->code;
        }
        break;
    case RB_LINE:
        if (top(r)->kind == F_LOOP) {
            top(r)->waits_do = false;
        }
        break;
    case RB_VARIABLE:
        /* $LOAD_PATH and $: decide what require finds. */
        break;
    case RB_END:
    case RB_LABEL:
    case RB_NUMBER:
    case RB_DOT:
    case RB_COLON2:
    case RB_ASSIGN:
        break;
    }
    rb_step(r);
    return PL_OK;
}

static struct pl_spot spot_of(struct pl_slice text, uint32_t at)
{
    struct pl_spot spot = {1, 1};
    for (uint32_t i = 0; i < at && i < text.len; i++) {
        spot.col++;
        if (text.ptr[i] == '\n') {
            spot = (struct pl_spot){spot.line + 1, 1};
        }
    }
    return spot;
}

/* Offsets become lines; names stand in source order, so one pass is enough. */
static void find_lines(struct pl_rb *rb, struct pl_slice text)
{
    uint32_t line = 1;
    uint32_t start = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < rb->n_name; i++) {
        uint32_t want = rb->name[i].at.col;
        if (want < at) {
            rb->name[i].at = spot_of(text, want);
            continue;
        }
        for (; at < want && at < text.len; at++) {
            if (text.ptr[at] == '\n') {
                line++;
                start = at + 1;
            }
        }
        rb->name[i].at = (struct pl_spot){line, want - start + 1};
    }
}

static PL_STATUS keep(struct rb_reader *r, void *from, size_t n, size_t elem, void **ret)
{
    void *to = pl_arena_new(r->arena, n, elem, r->err);
    if (!to) {
        return r->err->code;
    }
    if (n > 0) {
        memcpy(to, from, n * elem);
    }
    *ret = to;
    return PL_OK;
}

static PL_STATUS finish(struct rb_reader *r, struct pl_slice text, struct pl_rb *ret)
{
    struct pl_rb rb = r->rb;
    void *name = NULL;
    void *mixin = NULL;
    void *require = NULL;
    if (keep(r, rb.name, rb.n_name, sizeof *rb.name, &name) != PL_OK ||
        keep(r, rb.mixin, rb.n_mixin, sizeof *rb.mixin, &mixin) != PL_OK ||
        keep(r, rb.require, rb.n_require, sizeof *rb.require, &require) != PL_OK) {
        return r->err->code;
    }
    rb.name = name;
    rb.mixin = mixin;
    rb.require = require;
    rb.doubt = r->doubt || r->depth != 1 || r->lex.doubt;
    rb.syntax = r->lex.error;
    rb.syntax.at = spot_of(text, r->lex.error_at);
    find_lines(&rb, text);
    *ret = rb;
    return PL_OK;
}

static bool is_wide(struct pl_slice text)
{
    return pl_slice_starts(text, PL_SLICE("\xff\xfe")) ||
           pl_slice_starts(text, PL_SLICE("\xfe\xff"));
}

/* Is it text of an encoding whose ASCII bytes are ASCII? */
static bool is_text(struct pl_slice text)
{
    size_t end = pl_slice_find_text(text, PL_SLICE("\n__END__\n"));
    return !is_wide(text) && pl_slice_find(pl_slice_sub(text, 0, end), '\0') >= end &&
           text.len < UINT32_MAX / 2;
}

PL_STATUS pl_ruby_read(struct pl_rb *ret, struct pl_slice text, struct pl_arena *arena,
                       struct pl_err *err)
{
    struct rb_reader r = {.arena = arena, .err = err};
    if (!is_text(text)) {
        *ret = (struct pl_rb){.not_text = true};
        if (is_wide(text)) {
            ret->syntax =
                (struct pl_syntax_error){true, {1, 1}, "the file is UTF-16, and Ruby reads UTF-8"};
        }
        return PL_OK;
    }
    rb_lex_init(&r.lex, text, err);
    enum pl_status status = rb_push(&r, F_TOP, (struct pl_slice){0});
    if (status == PL_OK) {
        rb_step(&r);
    }
    while (status == PL_OK && r.token.kind != RB_END) {
        status = read_token(&r);
        if (status == PL_OK) {
            status = r.lex.status;
        }
    }
    if (status == PL_OK) {
        status = finish(&r, text, ret);
    }
    rb_lex_done(&r.lex);
    free(r.rb.name);
    free(r.rb.mixin);
    free(r.rb.require);
    free(r.frame);
    return status;
}
