#include "oom.h"
#include "pkg/base/limits.h"
#include "pkg/inspect/js.h"

#include <string.h>

static struct pl_arena arena;
static struct pl_err err;

static void before(void)
{
    pl_arena_init(&arena, PL_MB(64));
}

static void after(void)
{
    pl_arena_done(&arena);
}

static struct pl_js read_text(struct pl_slice text)
{
    struct pl_js js;
    memset(&js, 0xa5, sizeof js);
    ASSERT_OK(pl_js_read(&js, text, &arena, &err));
    return js;
}

enum { ANY = 9 }; /* of `how`: not looked at */

struct row {
    const char *text;
    int sure, how, arity;
};

/* Each row says of the name "h" whether and how it is exported. */
static void check_rows(const struct row *row, size_t n, bool esm)
{
    for (size_t i = 0; i < n; i++) {
        struct pl_js js = read_text(pl_slice_of(row[i].text));
        const struct pl_js_export *found = NULL;
        ck_assert_msg(!js.syntax.found, "%s: %s", row[i].text, js.syntax.what);
        int sure = (int)pl_js_exports(&js, PL_SLICE("h"), &found);
        ck_assert_msg(sure == row[i].sure, "%s: %d, not %d", row[i].text, sure, row[i].sure);
        ck_assert_msg(js.esm == esm, "%s: esm is %d", row[i].text, js.esm);
        if (sure == PL_SURE_YES && row[i].how != ANY) {
            ck_assert_msg(found->how == row[i].how, "%s: how is %d", row[i].text, found->how);
            ck_assert_msg(found->arity == row[i].arity, "%s: arity is %d", row[i].text,
                          found->arity);
        }
    }
}

START_TEST(commonjs_assignments)
{
    static const struct row row[] = {
        {"exports.h = async (event) => {}", PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"exports.h = async event => 1", PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"exports.h = function (e, c, cb) {};", PL_SURE_YES, PL_JS_FUNCTION, 3},
        {"exports.h = async function h(e, { a, b }, c = 1, d) {}", PL_SURE_YES, PL_JS_FUNCTION, 2},
        {"exports.h = (...args) => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"exports.h = (e, c,) => 1", PL_SURE_YES, PL_JS_FUNCTION, 2},
        {"exports['h'] = class {}", PL_SURE_YES, PL_JS_FUNCTION, -1},
        {"module.exports.h = 'text'", PL_SURE_YES, PL_JS_NOT_FUNCTION, -1},
        {"module.exports.h = 'text'.length", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"exports.h = function () {}()", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"exports.h = middy(f)", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"exports.h = f; function f(a, b) {} f.x = 1", PL_SURE_YES, PL_JS_FUNCTION, 2},
        {"const f = async (a) => 1\nexports.h = f", PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"let f = (a) => 1; f = g(f); exports.h = f;", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"var a=1,f=(a,b)=>1;exports.h=f", PL_SURE_YES, PL_JS_FUNCTION, 2},
        {"exports.a = exports.h = exports.b = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"exports.h = void 0", PL_SURE_NO, ANY, 0},
        {"exports.h = exports.a = void 0;\nexports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"var x = exports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"this.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"if (x) exports.h = 1", PL_SURE_MAYBE, ANY, 0},
        {"if (x) { exports.h = 1 }", PL_SURE_MAYBE, ANY, 0},
        {"x && (exports.h = 1)", PL_SURE_MAYBE, ANY, 0},
        {"if (x) a()\nexports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"exports.h ||= 1", PL_SURE_MAYBE, ANY, 0},
        {"(() => { exports.h = () => 1 })()", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"!function () { exports.h = () => 1 }()", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"function f() { exports.h = 1 }", PL_SURE_MAYBE, ANY, 0},
        {"f(function (exports) { exports.h = 1 })", PL_SURE_NO, ANY, 0},
        {"exports.a = exports.h", PL_SURE_NO, ANY, 0},
        {"exports.a.h = 1", PL_SURE_NO, ANY, 0},
        {"foo.exports.h = 1; ({ exports: { h: 1 } })", PL_SURE_NO, ANY, 0},
        {"// exports.h = 1\n/* exports.h = 1 */ 'exports.h = 1'; `exports.h = 1`", PL_SURE_NO, ANY,
         0},
        {"x = a / b; exports.h = () => 1 // c / d", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"x = /[/\"]/.test(a); exports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"if (a) /'/.test(b); exports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"x = `a${ { b: `${c}` }.b }}`; exports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"#!/usr/bin/env node '\nexports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"\xef\xbb\xbf"
         "exports.h = () => 1",
         PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"\\u0065xports.h = 1", PL_SURE_MAYBE, ANY, 0},
        {"exports[n] = 1", PL_SURE_MAYBE, ANY, 0},
        {"f(exports)", PL_SURE_MAYBE, ANY, 0},
        {"var e = exports", PL_SURE_MAYBE, ANY, 0},
        {"eval('exports.h = 1')", PL_SURE_MAYBE, ANY, 0},
        {"if (typeof exports === 'object' && require.main === module) x()", PL_SURE_NO, ANY, 0},
        {"", PL_SURE_NO, ANY, 0},
    };
    check_rows(row, COUNT_OF(row), false);
}
END_TEST

START_TEST(commonjs_whole)
{
    static const struct row row[] = {
        {"module.exports = { h }; async function h(e) {}", PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"module.exports = { a: 1, 'h': (a, b) => 1 }", PL_SURE_YES, PL_JS_FUNCTION, 2},
        {"module.exports = { async h(e) {} }", PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"return; exports.h = 1", PL_SURE_MAYBE, ANY, -1},
        {"function f() { return 1 } exports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"module.exports = { get h() { return 1 } }", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"module.exports = { h: undefined }", PL_SURE_NO, ANY, 0},
        {"module.exports = { a: { h: 1 }, b: [h], c() { h: 1 } }", PL_SURE_NO, ANY, 0},
        {"module.exports = { ...x }", PL_SURE_MAYBE, ANY, 0},
        {"module.exports = { [x]: 1 }", PL_SURE_MAYBE, ANY, 0},
        {"module.exports = { a: 1 }.b", PL_SURE_MAYBE, ANY, 0},
        {"exports.h = 1; module.exports = { a: 1 }", PL_SURE_NO, ANY, 0},
        {"module.exports = { a: 1 }; exports.h = 1", PL_SURE_MAYBE, ANY, 0},
        {"module.exports = { a: 1 }; module.exports.h = () => 1", PL_SURE_YES, ANY, 0},
        {"exports = module.exports = {}; exports.h = () => 1", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"const x = { h: () => 1 }\nmodule.exports = x", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"const x = { a: 1 }; x.h = () => 1; module.exports = x;", PL_SURE_YES, ANY, 0},
        {"var _={};(()=>{var e=_;e.h=async()=>1})();module.exports=_", PL_SURE_YES, PL_JS_FUNCTION,
         0},
        {"var _={};(()=>{var e=q;e.h=async()=>1})();module.exports=_", PL_SURE_NO, ANY, 0},
        {"var _={};function f(){_.h=async()=>1}module.exports=_", PL_SURE_MAYBE, ANY, 0},
        {"for (var o in f(), exports.h = 1, x) ;", PL_SURE_YES, ANY, 0},
        {"for (var o in f() && exports.h = 1, x) ;", PL_SURE_MAYBE, ANY, 0},
        {"function f() {}\nf.h = () => 1;\nvar f_1 = f;\nmodule.exports = f_1;", PL_SURE_YES, ANY,
         0},
        {"function f() {}\nif (x) f.h = 1;\nvar g = f, k = g; module.exports = k;", PL_SURE_MAYBE,
         ANY, 0},
        {"const x = { a: 1 }; module.exports = x;", PL_SURE_NO, ANY, 0},
        {"const x = { a: 1 }; f(x); module.exports = x;", PL_SURE_MAYBE, ANY, 0},
        {"var x = module.exports = {}; x.h = 1", PL_SURE_MAYBE, ANY, 0},
        {"module.exports = async (e) => 1", PL_SURE_NO, ANY, 0},
        {"module.exports = f()", PL_SURE_MAYBE, ANY, 0},
        {"module.exports = require('./x')", PL_SURE_MAYBE, ANY, 0},
        {"module.exports = class { static h() {} }", PL_SURE_MAYBE, ANY, 0},
        {"Object.defineProperty(exports, 'h', { enumerable: true, get: function () {} })",
         PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"Object.assign(module.exports, { h: () => 1 })", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"Object.keys(exports).length; Object.freeze(module.exports)", PL_SURE_NO, ANY, 0},
        {"if (typeof module !== 'undefined' && module.exports) { module.exports = { h: 1 } }",
         PL_SURE_MAYBE, ANY, 0},
        {"!function(e,t){'object'==typeof exports&&'object'==typeof "
         "module?module.exports=t():e.x=t()}"
         "(this,function(){return {}})",
         PL_SURE_MAYBE, ANY, 0},
    };
    check_rows(row, COUNT_OF(row), false);
    struct pl_js js = read_text(PL_SLICE("module.exports = async (e) => 1"));
    ck_assert(js.replaced && js.cjs && !js.dynamic);
    ck_assert_int_eq(js.whole, PL_JS_FUNCTION);
    ck_assert_int_eq(pl_js_exports(&js, PL_SLICE("bind"), NULL), PL_SURE_MAYBE);
    ck_assert_int_eq(pl_js_exports(&js, PL_SLICE("toString"), NULL), PL_SURE_MAYBE);
}
END_TEST

START_TEST(compiled_and_bundled)
{
    static const struct row row[] = {
        /* esbuild, plain and minified */
        {"var src_exports = {};\n__export(src_exports, {\n  h: () => h\n});\n"
         "module.exports = __toCommonJS(src_exports);\nvar h = async (e) => {};\n"
         "0 && (module.exports = {\n  h\n});",
         PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"var n=(e,r)=>{for(var a in r)d(e,a,{get:r[a],enumerable:!0})};var t={};"
         "n(t,{h:()=>o});module.exports=s(t);var o=async(e,c)=>{};0&&(module.exports={h});",
         PL_SURE_YES, PL_JS_FUNCTION, 2},
        {"__export(x, { a: () => b }); module.exports = __toCommonJS(x);", PL_SURE_NO, ANY, 0},
        {"__reExport(x, require('./y'), module.exports);", PL_SURE_MAYBE, ANY, 0},
        /* webpack, as an object and as a list */
        {"(()=>{var e={1:(e,t,n)=>{n.d(t,{q:()=>r})}};var r={};(()=>{\"use strict\";n.r(r),"
         "n.d(r,{h:()=>s});const s=async e=>1})(),module.exports=r})();",
         PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"(()=>{let s={};(()=>{const t=async e=>1;n.r(s),n.d(s,[\"h\",0,t,\"k\",()=>t])})(),"
         "module.exports=s})();",
         PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"(() => {\nlet __webpack_exports__ = {};\n(() => {\nlet exports = __webpack_exports__;\n"
         "exports.h = () => 1;\n})();\nmodule.exports = __webpack_exports__;\n})();",
         PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"(()=>{var r={};for(var m in "
         "exports.h=r.h,r)-1===[\"h\"].indexOf(m)&&(exports[m]=r[m])})()",
         PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"var __webpack_exports__ = {};\n__webpack_require__.d(__webpack_exports__, {\n"
         "  h: () => (/* binding */ f)\n});\nasync function f(e) {}\n"
         "var __webpack_export_target__ = exports;\n"
         "for(var i in __webpack_exports__) __webpack_export_target__[i] = __webpack_exports__[i];",
         PL_SURE_YES, PL_JS_FUNCTION, 1},
        /* TypeScript, SWC, Babel */
        {"\"use strict\";\nObject.defineProperty(exports, \"__esModule\", { value: true });\n"
         "exports.h = void 0;\nconst h = async (e) => {};\nexports.h = h;",
         PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"__exportStar(require(\"./x\"), exports);", PL_SURE_MAYBE, ANY, 0},
        {"_export(exports, { get h () { return h; } });", PL_SURE_YES, ANY, 0},
        {"_export(exports, { h: function() { return f; } }); const f = async (e) => 1;",
         PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"Object.keys(_x).forEach(function (key) { if (key in exports && exports[key] === _x[key]) "
         "return; Object.defineProperty(exports, key, { get: function () { return _x[key]; } }); "
         "});",
         PL_SURE_MAYBE, ANY, 0},
    };
    check_rows(row, COUNT_OF(row), false);
}
END_TEST

START_TEST(es_modules)
{
    static const struct row row[] = {
        {"export const h = async (e) => {}", PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"export async function h(e, c) {}", PL_SURE_YES, PL_JS_FUNCTION, 2},
        {"export function* h() {}", PL_SURE_YES, PL_JS_FUNCTION, 0},
        {"export class h {}", PL_SURE_YES, PL_JS_FUNCTION, -1},
        {"export let a = 1, h = 'x', b", PL_SURE_YES, PL_JS_NOT_FUNCTION, -1},
        {"export const { a: h, b } = x", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"export const { h: b } = x", PL_SURE_NO, ANY, 0},
        {"export const [a, [h = 1], ...c] = x", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"export { f as h }; function f(a) {}", PL_SURE_YES, PL_JS_FUNCTION, 1},
        {"export { h as f }", PL_SURE_NO, ANY, 0},
        {"export { a as \"h\" }", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"export { default as h } from 'x'", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"import h from 'x'; export { h }", PL_SURE_YES, PL_JS_UNKNOWN, -1},
        {"export * as h from 'x'", PL_SURE_YES, PL_JS_NOT_FUNCTION, -1},
        {"export * from 'x'", PL_SURE_MAYBE, ANY, 0},
        {"export default { h() {} }", PL_SURE_NO, ANY, 0},
        {"import 'x'; exports.h = 1; module.exports = y()", PL_SURE_NO, ANY, 0},
        {"x(import.meta.url)", PL_SURE_NO, ANY, 0},
        {"const x = await y()", PL_SURE_NO, ANY, 0},
        {"'use strict'\nimport { a } from \"x\"\nexport var h = /* */ () => 1;", PL_SURE_YES,
         PL_JS_FUNCTION, 0},
    };
    check_rows(row, COUNT_OF(row), true);
    static const char *const script[] = {"import('x')", "x.import = 1; x.export = 2",
                                         "({ export: 1, import() {} })", "async () => await x",
                                         "const y = 1 // import x from 'y'"};
    for (size_t i = 0; i < COUNT_OF(script); i++) {
        ck_assert_msg(!read_text(pl_slice_of(script[i])).esm, "%s", script[i]);
    }
}
END_TEST

START_TEST(members_of_members)
{
    struct pl_js js = read_text(
        PL_SLICE("exports.a = { b: { h: (e) => 1 }, c: f() }; exports.d = g(); exports.e = 1"));
    const struct pl_js_export *found = NULL;
    ck_assert_int_eq(pl_js_exports(&js, PL_SLICE("a.b.h"), &found), PL_SURE_YES);
    ck_assert_int_eq(found->how, PL_JS_FUNCTION);
    ck_assert_int_eq(pl_js_exports(&js, PL_SLICE("a.c"), &found), PL_SURE_YES);
    ck_assert_int_eq(found->how, PL_JS_UNKNOWN);
    ck_assert_int_eq(pl_js_exports(&js, PL_SLICE("d.h"), NULL), PL_SURE_MAYBE);
    ck_assert_int_eq(pl_js_exports(&js, PL_SLICE("z.h"), &found), PL_SURE_NO);
    ck_assert_ptr_null(found);
}
END_TEST

START_TEST(specifiers_are_in_source_order)
{
    struct pl_js js = read_text(
        PL_SLICE("const a = require('a'), { b } = require(\"b/c\");\n"
                 "try { require('optional') } catch {}\nfunction f() { require('late') }\n"
                 "require(x); x.require('no'); if (y) require('perhaps');\n"
                 "(() => { require('d') })();"));
    static const char *const want[] = {"a", "b/c", "d"};
    ck_assert_uint_eq(js.n_require, COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        ck_assert(pl_slice_is(js.require[i].name, want[i]));
    }
    js = read_text(PL_SLICE("import a, { b as c } from 'x'\nimport * as d from \"y\";import 'z'\n"
                            "export * from 'w'; export { q } from 'v'"));
    static const char *const want_esm[] = {"x", "y", "z", "w", "v"};
    ck_assert_uint_eq(js.n_require, COUNT_OF(want_esm));
    for (size_t i = 0; i < COUNT_OF(want_esm); i++) {
        ck_assert(pl_slice_is(js.require[i].name, want_esm[i]));
    }
    ck_assert_uint_eq(js.n_reexport, 1);
    ck_assert(pl_slice_is(js.reexport[0], "w"));
    ck_assert_uint_eq(js.esm_at.line, 1);
}
END_TEST

START_TEST(certain_syntax_errors_have_a_place)
{
    static const struct {
        const char *text, *what;
        uint32_t line, col;
    } row[] = {
        {"f(1\nexports.h = 1", "'(' is never closed", 1, 2},
        {"x = 1\nf({]", "']' does not fit the bracket that is open", 2, 4},
        {"}", "'}' does not fit the bracket that is open", 1, 1},
        {"x = 'abc\n'", "unterminated string", 1, 5},
        {"x = `abc${1}\n", "unterminated template", 1, 9},
        {"x /* abc\n", "unterminated comment", 1, 3},
        {"x = 1\n<<<<<<< HEAD\ny\n", "a merge conflict marker", 2, 1},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_js js = read_text(pl_slice_of(row[i].text));
        ck_assert_msg(js.syntax.found, "%s: no error", row[i].text);
        ck_assert_str_eq(js.syntax.what, row[i].what);
        ck_assert_msg(js.syntax.at.line == row[i].line && js.syntax.at.col == row[i].col,
                      "%s: %u:%u", row[i].text, js.syntax.at.line, js.syntax.at.col);
        ck_assert_int_eq(pl_js_exports(&js, PL_SLICE("h"), NULL), PL_SURE_MAYBE);
    }
}
END_TEST

START_TEST(doubt_is_no_error)
{
    static const char *const text[] = {
        "x = function () {} /'/g; (", /* a division by a string, or a regular expression */
        "yield /'/; )",
        "a\n<!-- '\n(",
    };
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        struct pl_js js = read_text(pl_slice_of(text[i]));
        ck_assert_msg(!js.syntax.found && js.dynamic, "%s: %s", text[i], js.syntax.what);
    }
}
END_TEST

START_TEST(binary_is_no_text)
{
    static const struct pl_slice text[] = {PL_SLICE_INIT("exports.h = 1\0"),
                                           PL_SLICE_INIT("\xff\xfeh\0")};
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        struct pl_js js = read_text(text[i]);
        ck_assert(js.not_text && !js.esm);
        ck_assert_int_eq(js.syntax.found, i == 1); /* a NUL may stand in a string */
        ck_assert_int_eq(pl_js_exports(&js, PL_SLICE("h"), NULL), PL_SURE_MAYBE);
    }
}
END_TEST

START_TEST(hostile_sizes_end_soon)
{
    static const char *const unit[] = {"(",
                                       "[",
                                       "{",
                                       "`${",
                                       "exports.a={",
                                       "exports.a=",
                                       "(()=>{",
                                       "a=/[",
                                       "f(exports,",
                                       "f(g,{",
                                       "import a from\n",
                                       "export{",
                                       "function ",
                                       "var a,",
                                       "(exports,",
                                       "x=`",
                                       "/*",
                                       "module.exports=a;",
                                       "export const {a=",
                                       "n(t,[\"a\",0,",
                                       "this.",
                                       "let exports=a;{",
                                       "require('a'),",
                                       "a?b:",
                                       "case {}:",
                                       "\\u",
                                       "\xc2\xa0"};
    for (size_t i = 0; i < COUNT_OF(unit); i++) {
        size_t len = strlen(unit[i]);
        size_t n = 300000;
        char *text = malloc(n);
        ck_assert_ptr_nonnull(text);
        for (size_t k = 0; k < n; k++) {
            text[k] = unit[i][k % len];
        }
        struct pl_js js = read_text(pl_slice_make(text, n));
        ck_assert_int_ne(pl_js_exports(&js, PL_SLICE("zz"), NULL), PL_SURE_YES);
        free(text);
    }
}
END_TEST

static bool kept = true; /* what a failed call leaves alone */

static enum pl_status read_small(struct pl_err *failed)
{
    struct pl_arena small;
    pl_arena_init(&small, PL_MB(1));
    struct pl_js js = {.n_export = 77};
    enum pl_status status = pl_js_read(
        &js,
        PL_SLICE("const f = () => 1, a = require('b'); __exportStar(require('c'), exports);\n"
                 "x(exports, { q: () => f }); exports.h = { i: f, j: { k: f } };\n"
                 "y(z, { w: () => f }); module.exports = z;"),
        &small, failed);
    kept = kept && (status == PL_OK || js.n_export == 77);
    pl_arena_done(&small);
    return status;
}

START_TEST(memory_that_runs_out_is_said)
{
    ck_assert_int_gt(oom_exhaust(read_small), 5);
    ck_assert(kept);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        commonjs_assignments,
        commonjs_whole,
        compiled_and_bundled,
        es_modules,
        members_of_members,
        specifiers_are_in_source_order,
        certain_syntax_errors_have_a_place,
        doubt_is_no_error,
        binary_is_no_text,
        hostile_sizes_end_soon,
        memory_that_runs_out_is_said,
    };
    return run_tests_in("inspect_js", tests, COUNT_OF(tests), before, after);
}
