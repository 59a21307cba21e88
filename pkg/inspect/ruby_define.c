/* What defines: class, module, def, require, include, module_function, constants. */
#include "pkg/inspect/ruby_read.h"

/* The keyword was read. */
PL_STATUS rb_read_class(struct rb_reader *r, bool is_class)
{
    enum pl_sure sure;
    bool loose;
    struct pl_slice path;
    const struct rb_frame *in = rb_around(r, &sure, &loose);
    struct pl_slice owner = in->owner;
    uint32_t at = r->token.from;
    rb_step(r);
    if (is_class && rb_is_op(&r->token, 's')) {
        rb_step(r);
        bool own = rb_is_word(&r->token, "self") && !loose && in->kind != F_SINGLETON;
        return rb_push(r, own && in->kind != F_TOP ? F_SINGLETON : F_FOREIGN, owner);
    }
    struct pl_slice name = rb_read_path(r);
    if (name.len == 0) {
        r->doubt = true;
        return rb_push(r, F_FOREIGN, owner);
    }
    if (rb_join(r, in->kind == F_MODULE ? owner : (struct pl_slice){0}, name, &path) != PL_OK) {
        return r->err->code;
    }
    /* `class A::B` inside of a module may open the outer A. */
    bool two = owner.len > 0 && pl_slice_find(name, ':') < name.len && name.ptr[0] != ':';
    struct pl_rb_name fact = {.name = path,
                              .kind = is_class ? PL_RB_CLASS : PL_RB_MODULE,
                              .sure = (uint8_t)(two ? PL_SURE_MAYBE : sure)};
    if (rb_add_name(r, fact, at) != PL_OK) {
        return r->err->code;
    }
    if (two) {
        r->rb.dynamic = true;
    }
    if (is_class && rb_is_op(&r->token, '<')) {
        rb_step(r);
        struct pl_slice base = rb_read_path(r);
        bool plain = r->token.kind == RB_LINE || r->token.kind == RB_END;
        struct pl_rb_mixin mixin = {path, plain ? base : (struct pl_slice){0}, PL_RB_SUPER};
        if (rb_add_mixin(r, mixin) != PL_OK) {
            return r->err->code;
        }
    }
    return rb_push(r, loose ? F_FOREIGN : F_MODULE, path);
}

struct definition {
    struct pl_slice receiver, name;
    uint32_t at;
    bool endless;
};

/* The name of a method, from the token behind `def` on; the token behind it is current then. */
static void read_def_name(struct rb_reader *r, struct definition *def)
{
    *def = (struct definition){.at = r->token.from};
    if (rb_is_op(&r->token, '(')) {
        /* def (expression).name */
        uint32_t depth = 1;
        def->receiver = PL_SLICE("()");
        while (depth > 0 && r->token.kind != RB_END) {
            rb_step(r);
            depth += rb_is_op(&r->token, '(');
            depth -= rb_is_op(&r->token, ')');
        }
        rb_step(r);
    } else {
        def->name = r->token.inner.len > 0 ? r->token.inner
                                           : pl_slice_sub(r->lex.text, r->token.from, r->token.to);
        bool dotted = r->lex.at < r->lex.text.len && r->lex.text.ptr[r->lex.at] == '.';
        bool colons = r->lex.at + 1 < r->lex.text.len && r->lex.text.ptr[r->lex.at] == ':' &&
                      r->lex.text.ptr[r->lex.at + 1] == ':';
        if (!dotted && !colons) {
            return;
        }
        def->receiver = def->name;
        rb_step(r);
    }
    r->lex.state = RB_AFTER_DEF;
    rb_step(r);
    def->name = r->token.inner.len > 0 ? r->token.inner
                                       : pl_slice_sub(r->lex.text, r->token.from, r->token.to);
}

static PL_STATUS add_method(struct rb_reader *r, const struct definition *def, bool function)
{
    enum pl_sure sure;
    bool loose;
    struct rb_frame in = *rb_around(r, &sure, &loose);
    struct pl_rb_name fact = {.owner = in.owner, .name = def->name, .sure = (uint8_t)sure};
    if (def->receiver.len == 0) {
        fact.kind = in.kind == F_SINGLETON ? PL_RB_SINGLETON : PL_RB_METHOD;
        loose = loose || in.kind == F_FOREIGN;
    } else if (pl_slice_is(def->receiver, "self")) {
        fact.kind = PL_RB_SINGLETON;
        loose = loose || in.kind == F_SINGLETON || in.kind == F_FOREIGN;
    } else {
        size_t colon = pl_slice_rfind(in.owner, ':');
        struct pl_slice last =
            pl_slice_sub(in.owner, colon < in.owner.len ? colon + 1 : 0, in.owner.len);
        bool own = in.kind == F_MODULE && pl_slice_eq(last, def->receiver);
        fact.kind = PL_RB_SINGLETON;
        fact.owner = own ? in.owner : def->receiver;
        loose = loose || (!own && (in.kind != F_TOP || !rb_is_constant(def->receiver)));
    }
    if (loose) {
        fact.kind = PL_RB_LOOSE;
        fact.sure = PL_SURE_MAYBE;
    }
    if (pl_slice_is(def->name, "method_missing") || pl_slice_is(def->name, "const_missing")) {
        r->rb.dynamic = true;
    }
    if (rb_add_name(r, fact, def->at) != PL_OK) {
        return r->err->code;
    }
    if ((function || in.functions) && fact.kind == PL_RB_METHOD) {
        fact.kind = PL_RB_SINGLETON;
        return rb_add_name(r, fact, def->at);
    }
    return PL_OK;
}

/* `def` was read; the token behind the head is current in the end. */
PL_STATUS rb_read_def(struct rb_reader *r)
{
    struct definition def;
    bool function = rb_is_word(&r->prev, "module_function");
    rb_step(r);
    read_def_name(r, &def);
    if (add_method(r, &def, function) != PL_OK) {
        return r->err->code;
    }
    r->lex.state = RB_ARG;
    uint32_t params = r->lex.at;
    rb_step(r);
    if (rb_is_op(&r->token, '(')) {
        uint32_t depth = 1;
        rb_take_locals(r, r->token.to, ')');
        while (depth > 0) {
            rb_step(r);
            if (r->token.kind == RB_END) {
                return rb_push(r, F_DEF, (struct pl_slice){0});
            }
            depth += rb_is_op(&r->token, '(');
            depth -= rb_is_op(&r->token, ')');
        }
        rb_step(r);
    } else if (r->token.kind != RB_LINE && r->token.kind != RB_ASSIGN) {
        rb_take_locals(r, params, '\n');
    }
    return r->token.kind == RB_ASSIGN ? PL_OK : rb_push(r, F_DEF, (struct pl_slice){0});
}

/* require "x", load "x", autoload :A, "x": the word is current; what follows is looked at only. */
PL_STATUS rb_read_require(struct rb_reader *r, bool dotted)
{
    bool relative = rb_is_word(&r->token, "require_relative");
    bool load = rb_is_word(&r->token, "load");
    bool autoload = rb_is_word(&r->token, "autoload");
    bool kernel = !dotted;
    rb_step(r);
    if (rb_is_op(&r->token, '(')) {
        if (rb_push(r, F_PAREN, (struct pl_slice){0}) != PL_OK) {
            return r->err->code;
        }
        rb_step(r);
    }
    if (autoload && r->token.kind == RB_SYMBOL) {
        if (rb_mention(r, r->token.inner, r->token.from) != PL_OK) {
            return r->err->code;
        }
        rb_step(r);
        if (rb_is_op(&r->token, ',')) {
            rb_step(r);
        }
    }
    if (r->token.kind != RB_STRING || r->token.spliced) {
        bool is_call = !(load && (r->token.kind == RB_LINE || r->token.kind == RB_ASSIGN)) &&
                       (kernel || !load);
        r->rb.dynamic_require = r->rb.dynamic_require || is_call;
        return PL_OK;
    }
    struct pl_slice path = r->token.inner;
    rb_step(r);
    if (r->token.kind != RB_LINE && r->token.kind != RB_END && !rb_is_op(&r->token, ')') &&
        r->token.kind != RB_NAME && !rb_is_op(&r->token, ',')) {
        r->rb.dynamic_require = true; /* a part of a longer expression */
    }
    if (dotted && load) {
        return PL_OK; /* YAML.load and the like */
    }
    return rb_add_require(r, path,
                          relative ? PL_RB_REQUIRE_RELATIVE
                          : load   ? PL_RB_LOAD
                                   : PL_RB_REQUIRE);
}

/* include A, B / extend self: the word is current. */
PL_STATUS rb_read_mixin(struct rb_reader *r)
{
    enum pl_sure sure;
    bool loose;
    struct rb_frame in = *rb_around(r, &sure, &loose);
    bool extend = rb_is_word(&r->token, "extend");
    bool single = in.kind == F_SINGLETON;
    if (loose || in.kind == F_FOREIGN || (in.kind == F_TOP && extend)) {
        /* A block's self is not known; the main object's own methods are nobody's. */
        r->rb.dynamic = r->rb.dynamic || in.kind != F_TOP;
        rb_step(r);
        return PL_OK;
    }
    rb_step(r);
    bool paren = rb_is_op(&r->token, '(');
    if (paren) {
        if (rb_push(r, F_PAREN, (struct pl_slice){0}) != PL_OK) {
            return r->err->code;
        }
        rb_step(r);
    }
    do {
        if (rb_is_op(&r->token, ',')) {
            rb_step(r);
        }
        struct pl_rb_mixin mixin = {in.owner, {0}, extend || single ? PL_RB_EXTEND : PL_RB_INCLUDE};
        if (rb_is_word(&r->token, "self") && extend) {
            mixin.what = r->token.inner;
            rb_step(r);
        } else {
            mixin.what = rb_read_path(r);
        }
        bool plain = r->token.kind == RB_LINE || r->token.kind == RB_END ||
                     rb_is_op(&r->token, ',') || rb_is_op(&r->token, ')') ||
                     rb_is_word(&r->token, "if") || rb_is_word(&r->token, "unless");
        mixin.what = plain ? mixin.what : (struct pl_slice){0};
        if (rb_add_mixin(r, mixin) != PL_OK) {
            return r->err->code;
        }
    } while (rb_is_op(&r->token, ','));
    return PL_OK;
}

/* define_method of what is no literal; eval. */
void rb_note_dynamic(struct rb_reader *r)
{
    static const char *const evals[] = {
        "eval",          "instance_eval", "class_eval",  "module_eval",
        "instance_exec", "class_exec",    "module_exec", NULL};
    bool defines = rb_is_word(&r->token, "define_method") ||
                   rb_is_word(&r->token, "define_singleton_method") ||
                   rb_is_word(&r->token, "const_set") || rb_is_word(&r->token, "remove_const");
    bool evaluates = false;
    for (size_t i = 0; evals[i]; i++) {
        evaluates = evaluates || rb_is_word(&r->token, evals[i]);
    }
    if (!defines && !evaluates) {
        return;
    }
    struct pl_slice rest = pl_slice_sub(r->lex.text, r->lex.at, r->lex.text.len);
    size_t at = 0;
    while (at < rest.len && (rest.ptr[at] == ' ' || rest.ptr[at] == '(')) {
        at++;
    }
    char c = at < rest.len ? rest.ptr[at] : '\n';
    rest = pl_slice_sub(rest, at, rest.len);
    bool block = c == '{' || c == '&' || pl_slice_starts(rest, PL_SLICE("do"));
    bool literal = (c == ':' || c == '\'' || c == '"');
    r->rb.dynamic = r->rb.dynamic || (defines ? !literal : !block);
}

/* module_function [:a, :b | def]: the word is current. */
PL_STATUS rb_read_module_function(struct rb_reader *r)
{
    enum pl_sure sure;
    bool loose;
    struct rb_frame in = *rb_around(r, &sure, &loose);
    rb_step(r);
    if (r->token.kind == RB_LINE || r->token.kind == RB_END) {
        for (size_t i = r->depth; i > 0 && !loose; i--) {
            if (r->frame[i - 1].kind == F_MODULE) {
                r->frame[i - 1].functions = true;
                break;
            }
        }
        return PL_OK;
    }
    while (r->token.kind == RB_SYMBOL && !loose) {
        struct pl_rb_name fact = {.owner = in.owner,
                                  .name = r->token.inner,
                                  .kind = PL_RB_SINGLETON,
                                  .sure = (uint8_t)sure};
        if (rb_add_name(r, fact, r->token.from) != PL_OK) {
            return r->err->code;
        }
        rb_step(r);
        if (!rb_is_op(&r->token, ',')) {
            break;
        }
        do {
            rb_step(r);
        } while (r->token.kind == RB_LINE);
    }
    return PL_OK;
}

/* `Name = ...`; the constant is current. */
PL_STATUS rb_read_constant(struct rb_reader *r)
{
    enum pl_sure sure;
    bool loose;
    struct pl_slice path;
    struct rb_frame in = *rb_around(r, &sure, &loose);
    uint32_t at = r->token.from;
    bool starts = r->token.before == RB_BEG;
    struct pl_slice name = rb_read_path(r);
    if (name.len == 0) {
        rb_step(r);
        return PL_OK;
    }
    if (!(r->token.kind == RB_ASSIGN || (rb_is_op(&r->token, '|') && starts) ||
          (rb_is_op(&r->token, ',') && starts))) {
        return PL_OK;
    }
    if (rb_join(r, in.owner, name, &path) != PL_OK) {
        return r->err->code;
    }
    return rb_add_name(
        r, (struct pl_rb_name){.name = path, .kind = PL_RB_CONSTANT, .sure = (uint8_t)sure}, at);
}
