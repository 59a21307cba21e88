/*
 * Ruby source: a tokenizer that knows strings, %-literals, heredocs, interpolation, regular
 * expressions, comments and __END__, and a reading of what a file defines when it is required:
 * methods with their owner, modules, classes, constants, mix-ins and what else it requires.
 *
 * Answers are given over all files that are required together, so they are the loader's
 * (pkg/survey/ruby_names.c).  Bounded in time (linear) and depth.
 */
#ifndef PL_PKG_INSPECT_RUBY_H
#define PL_PKG_INSPECT_RUBY_H

#include "pkg/inspect/facts.h"

enum pl_rb_kind {
    PL_RB_METHOD,    /* of instances; at the top level a private method of every object */
    PL_RB_SINGLETON, /* of the module itself; with owner "" of the main object only */
    PL_RB_LOOSE,     /* a method whose owner is not known: in a block, in another method */
    PL_RB_MODULE,
    PL_RB_CLASS,
    PL_RB_CONSTANT, /* assigned: anything */
    PL_RB_MENTION   /* a symbol, or a string that could be a name: define_method(:x), alias */
};

struct pl_rb_name {
    struct pl_slice owner; /* "A::B", "" at the top level; for modules the whole path is `name` */
    struct pl_slice name;
    uint8_t kind; /* enum pl_rb_kind */
    uint8_t sure;
    struct pl_spot at;
};

enum pl_rb_mixin_kind { PL_RB_SUPER, PL_RB_INCLUDE, PL_RB_EXTEND };

struct pl_rb_mixin {
    struct pl_slice owner;
    struct pl_slice what; /* "Base", "::A::B", "self"; empty: not a constant */
    uint8_t kind;         /* enum pl_rb_mixin_kind */
};

enum pl_rb_require_kind { PL_RB_REQUIRE, PL_RB_REQUIRE_RELATIVE, PL_RB_LOAD };

struct pl_rb_require {
    struct pl_slice path;
    uint8_t kind; /* enum pl_rb_require_kind */
};

struct pl_rb {
    struct pl_rb_name *name; /* in source order */
    uint32_t n_name;
    struct pl_rb_mixin *mixin;
    uint32_t n_mixin;
    struct pl_rb_require *require;
    uint32_t n_require;
    bool dynamic;         /* eval, method_missing, define_method of a computed name */
    bool dynamic_require; /* requires what is computed */
    bool doubt;           /* the reading lost its way: what it did not see may be there */
    bool not_text;
    struct pl_syntax_error syntax;
};

PL_STATUS pl_ruby_read(struct pl_rb *ret, struct pl_slice text, struct pl_arena *arena,
                       struct pl_err *err);

#endif
