/* The state of reading one JavaScript file; shared by the files of the reader, not by others. */
#ifndef PL_PKG_INSPECT_JS_READ_H
#define PL_PKG_INSPECT_JS_READ_H

#include "pkg/inspect/js_lex.h"

enum { JS_MAX_FOUND = 1 << 18, JS_MAX_NESTING = 6 };

/* What an expression is.  `name` is not empty when it is one identifier, to be looked up later. */
struct js_value {
    struct pl_slice name;
    uint32_t object; /* offset + 1 of an object literal */
    uint8_t how;     /* enum pl_js_how */
    int8_t arity;
    bool undefined; /* undefined, void 0 */
    bool is_class;
    struct pl_slice require;  /* the whole value is require("x") */
    struct pl_slice argument; /* the whole value is f(NAME) */
};

/* Whose property an export is. */
enum js_origin {
    JS_OF_MODULE,  /* an export declaration */
    JS_OF_EXPORTS, /* Node.js's exports or module.exports */
    JS_OF_LOCAL    /* a local `exports` that a bundler exports in the end */
};

struct js_found {
    struct pl_slice name;
    struct js_value value;
    uint32_t at;
    uint8_t sure;
    uint8_t origin; /* enum js_origin */
};

/* A name declared at the top level. */
struct js_declared {
    struct pl_slice name;
    uint32_t at;
    uint32_t value; /* offset of the initial value, 0: none */
    bool variable;  /* may be assigned again */
    bool function;  /* a function declaration: value is the word `function` or `async` */
    bool is_class;
};

/* f(NAME, { a: () => a }) or f(NAME, ["a", () => a, "b", 0, b]): how bundlers define exports on
 * NAME. */
struct js_getters {
    struct pl_slice name;
    uint32_t object; /* offset of the literal */
    bool always;     /* runs whenever the module does */
};

/* OWNER.name = value, in code that runs whenever the module does. */
struct js_member {
    struct pl_slice owner, name;
    uint32_t value;    /* offset of the value */
    uint32_t declared; /* offset of the value that OWNER was declared with; 0: none */
    uint32_t at;
};

struct js_read {
    struct js_lex lex;
    struct pl_slice text;
    struct pl_arena *arena;
    struct js_found *found; /* owned */
    size_t n_found, cap_found;
    struct js_declared *declared; /* owned; sorted by name after the scan */
    size_t n_declared, cap_declared;
    struct js_getters *getters; /* owned */
    size_t n_getters, cap_getters;
    struct js_member *member; /* owned */
    size_t n_member, cap_member;
    struct pl_slice *reexport;                /* owned */
    struct pl_js_require *require, *external; /* owned */
    size_t n_reexport, cap_reexport, n_require, cap_require, n_external, cap_external;

    /* the statement being read at the top level */
    bool under_keyword; /* if (x) ...; else ...; */
    bool conditional;   /* behind && || ?? ? => in this expression */
    bool declaring;     /* var a = 1, b = 2 */
    bool declares_const, exporting;
    bool name_next;      /* the next identifier is a declared name */
    uint32_t done_to;    /* exports in front of this offset are read already */
    uint32_t wrapper;    /* offset of the `{` of a function that is called at once; 0: none */
    uint8_t paren_flags; /* JS_SHADOWS_...: parameters of the list that closed last */
    struct pl_slice local_exports; /* let exports = NAME, as webpack writes it */
    struct pl_slice copied;        /* for (k in NAME) at the top level */
    size_t budget;                 /* bytes that may still be read again */

    uint8_t origin; /* enum js_origin: of what is found now */
    bool esm, cjs, replaced, detached, aliased, has_await;
    bool dynamic;  /* module.exports may have any name */
    bool returned; /* behind a return of the module itself: what follows may not run */
    bool esm_open; /* an export whose name is not understood */
    uint32_t esm_at, await_at;
    bool perhaps_function; /* module.exports is a function on some path */
    size_t n_replaced;     /* so many of `found` stood before module.exports was set last */
    struct js_value whole; /* the last value given to module.exports */
    struct pl_slice also;  /* app = module.exports = ...: another name of it */
    uint32_t also_at;
    struct pl_err *err;
    enum pl_status failed; /* of a lexer that looked ahead; *err is set */
};

PL_STATUS js_scan(struct js_read *read, struct pl_err *err);
/* `export` or `import` at the start of a statement of the module. */
PL_STATUS js_read_export(struct js_read *read, const struct js_token *word, struct pl_err *err);
PL_STATUS js_read_import(struct js_read *read, const struct js_token *word, struct pl_err *err);
/* `exports`, `module` or `this` where it is Node.js's own. */
PL_STATUS js_read_commonjs(struct js_read *read, const struct js_token *word, struct pl_err *err);

/* NAME at the start of NAME.member = ...: keeps it. */
PL_STATUS js_read_member(struct js_read *read, const struct js_token *word, struct pl_err *err);
/* Adds the members of the object `name`, which is exported. */
PL_STATUS js_adopt_members(struct js_read *read, struct pl_slice name, struct pl_err *err);
/* Adds the modules whose exports are copied by a loop of Babel's. */
PL_STATUS js_find_copies(struct js_read *read, struct pl_err *err);

/* Does the code at the scan's last token run whenever the module does? */
bool js_runs_always(const struct js_read *read);
bool js_starts_statement(const struct js_read *read);
/* What is known at the end of the scan: identifiers are looked up, module.exports is resolved. */
PL_STATUS js_resolve(struct js_read *read, struct pl_err *err);

/* Reads the expression at an offset. */
PL_STATUS js_classify(struct js_read *read, uint32_t at, struct js_value *ret, struct pl_err *err);
/* Adds the members of the literal at `at`, each with `prefix` in front.  *ret_open: it has members
 * that cannot be named. */
PL_STATUS js_read_object(struct js_read *read, uint32_t at, struct pl_slice prefix,
                         enum pl_sure sure, bool *ret_open, struct pl_err *err);
/* Are all members of the literal functions without parameters that return something?  Or is it a
 * list of names, each with such a function or with 0 and a value? */
bool js_is_getters(struct js_read *read, uint32_t at);
/* Adds the members of such a literal with what their functions return. */
PL_STATUS js_read_getters(struct js_read *read, uint32_t at, enum pl_sure sure, struct pl_err *err);

PL_STATUS js_add_found(struct js_read *read, struct pl_slice name, const struct js_value *value,
                       enum pl_sure sure, uint32_t at, struct pl_err *err);
PL_STATUS js_add_reexport(struct js_read *read, struct pl_slice name, struct pl_err *err);
PL_STATUS js_add_require(struct js_read *read, struct pl_slice name, uint32_t at,
                         struct pl_err *err);
PL_STATUS js_add_declared(struct js_read *read, const struct js_declared *declared,
                          struct pl_err *err);
const struct js_declared *js_find_declared(const struct js_read *read, struct pl_slice name);

/* A second lexer on the same text.  False when the budget is used up. */
bool js_again(struct js_read *read, struct js_lex *lex, uint32_t at);
void js_again_done(struct js_read *read, struct js_lex *lex, uint32_t from);
/* The content of a string token; false when it has escapes. */
bool js_string(const struct js_lex *lex, const struct js_token *token, struct pl_slice *ret);
/* Skips to behind the bracket that `lex` has just opened. */
void js_skip_bracket(struct js_lex *lex, struct js_token *token);

#endif
