/*
 * What an entry is: facts from bytes.  Facts do not depend on a function: a Python file binds these
 * names, a script exports those; whether that is the handler is for the loaders to say.
 * Everything a fact points to lives in the arena that was handed in.
 */
#ifndef PL_PKG_INSPECT_FACTS_H
#define PL_PKG_INSPECT_FACTS_H

#include "pkg/base/arena.h"
#include "pkg/base/err.h"
#include "pkg/base/slice.h"

/* How sure a reading is. */
enum pl_sure { PL_SURE_NO, PL_SURE_MAYBE, PL_SURE_YES };

/* A place in a text file; line and column count from 1. */
struct pl_spot {
    uint32_t line, col;
};

/* A syntax error that this language's own parser is certain to report. */
struct pl_syntax_error {
    bool found;
    struct pl_spot at;
    const char *what; /* static: "'(' was never closed" */
};

/* Syntax of a newer Python 3: every version before it is certain to refuse the file. */
struct pl_py_newer {
    struct pl_spot at;       /* the first of its version; line 0: there is none */
    const char *what;        /* static: "a 'match' statement" */
    const char *lambda_says; /* static: how the older versions word it */
};
enum { PL_PY_NEWER_FIRST = 8, PL_PY_NEWER_LAST = 15 }; /* 3.8 to 3.15 */

struct pl_py_name {
    struct pl_slice name;
    uint8_t sure; /* MAYBE: bound in a branch that may not run, or deleted in one */
    struct pl_spot at;
};

struct pl_py_import {
    struct pl_slice module; /* "a.b", with leading dots when relative */
    bool guarded;           /* may fail without harm, or may not run: see the next two */
    bool optional; /* in a try whose except may catch ImportError, beside one, in a branch */
    bool later;    /* in a function: runs when that is called */
    bool star;     /* from module import * */
    bool member;   /* `module` is "a.b" of `from a import b`: a submodule, or a mere name */
    struct pl_spot at;
};

/* A Python source file: what it binds at module level. */
struct pl_py {
    struct pl_py_name *name; /* one per name, sorted by name bytes */
    uint32_t n_name;
    struct pl_py_import *import; /* in source order */
    uint32_t n_import;
    bool dynamic;  /* globals()[...], exec, setattr on its own module, __getattr__, a star import:
                      any name may exist */
    bool not_text; /* NUL bytes or an encoding that we do not read: no names are known */
    struct pl_syntax_error syntax;
    struct pl_py_newer newer[PL_PY_NEWER_LAST - PL_PY_NEWER_FIRST + 1]; /* by version */
};

enum pl_js_how {
    PL_JS_UNKNOWN,     /* exported, value not known */
    PL_JS_FUNCTION,    /* surely callable */
    PL_JS_NOT_FUNCTION /* surely not callable: a string, a number, an array ... */
};

struct pl_js_export {
    struct pl_slice name; /* "handler", "default", or "a.b" for nested object literals */
    uint8_t sure;
    uint8_t how;  /* enum pl_js_how */
    int8_t arity; /* parameters before the first with a default or rest; -1: not known */
    struct pl_spot at;
};

struct pl_js_require {
    struct pl_slice name;
    uint32_t offset; /* where it stands in the text */
};

/* A JavaScript file: which module system it is written in, and what it exports. */
struct pl_js {
    struct pl_js_export *export_; /* sorted by name bytes */
    uint32_t n_export;
    struct pl_slice *reexport; /* specifiers of `export * from` and of __exportStar(require(...)) */
    uint32_t n_reexport;
    struct pl_js_require *require; /* static require() and import specifiers, in source order */
    uint32_t n_require;
    /* module.exports = require("x") in a function: what a bundler left out of its bundle */
    struct pl_js_require *external;
    uint32_t n_external;
    bool esm; /* has import/export declarations or import.meta at the top level */
    struct pl_spot esm_at;
    bool cjs;      /* uses module.exports, exports.x or require */
    bool dynamic;  /* module.exports = something that is not understood: any name may exist */
    bool replaced; /* module.exports = <one understood value>: only its own names exist */
    uint8_t whole; /* enum pl_js_how of module.exports itself */
    bool not_text;
    struct pl_syntax_error syntax;
};

/* package.json: what decides how Node.js loads files beside it. */
struct pl_package_json {
    bool parsed;          /* false: not JSON, or a "type" that is no text: Node.js refuses it */
    struct pl_slice type; /* "module", "commonjs", other text, or empty */
    struct pl_slice name, main;
    bool exports; /* "exports" maps what is asked for to files: "main" does not count */
};

#endif
