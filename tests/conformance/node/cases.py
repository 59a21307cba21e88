"""Node.js packages: good, broken and strange ones."""

from common import Cases

CJS = "exports.handler = async (event) => 1;\n"
ESM = "export const handler = async (event) => 1;\n"
MODULE = '{"type": "module"}'
COMMONJS = '{"type": "commonjs"}'

# index.js, loaded as CommonJS, handler index.handler.
SCRIPTS = {
    "exports": CJS,
    "module.exports.x": "module.exports.handler = async () => 1;\n",
    "module.exports object": "module.exports = { handler: async () => 1 };\n",
    "shorthand": "const handler = async () => 1;\nmodule.exports = { handler };\n",
    "method in the object": "module.exports = { async handler(event) { return 1; } };\n",
    "quoted key": "module.exports = { 'handler': async () => 1 };\n",
    "function declaration": "async function handler() {}\nexports.handler = handler;\n",
    "function expression": "exports.handler = function (event, context) { return 1; };\n",
    "hoisted": "exports.handler = main;\nfunction main() {}\n",
    "chained": "exports.handler = exports.main = async () => 1;\n",
    "module and exports": "exports = module.exports = {};\nexports.handler = async () => 1;\n",
    "both chained": "var x = module.exports = { handler: () => 1 };\n",
    "defineProperty": "Object.defineProperty(exports, 'handler', { enumerable: true, value: () => 1 });\n",
    "defineProperty getter": "Object.defineProperty(exports, 'handler', { get: function () { return f; } });\n"
                             "function f() {}\n",
    "Object.assign": "Object.assign(exports, { handler: async () => 1 });\n",
    "Object.assign to module": "Object.assign(module.exports, { handler: async () => 1 });\n",
    "bracket key": "exports['handler'] = async () => 1;\n",
    "use strict": "'use strict';\n" + CJS,
    "shebang": "#!/usr/bin/env node\n" + CJS,
    "class itself": "exports.handler = class { };\n",
    "function with a property": "module.exports = () => 1;\nmodule.exports.handler = () => 2;\n",
    "typescript output": '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n'
                         "exports.handler = void 0;\nconst handler = async (event) => { return 1; };\n"
                         "exports.handler = handler;\n",
    "typescript function": '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n'
                           "exports.handler = handler;\nasync function handler(event) { return 1; }\n",
    "template literals": "const a = `x ${`y ${1 + 1}`} }`;\n" + CJS,
    "regular expressions": "const r = /[/'\"`]\\/{/g, q = 4 / 2 / 1;\n" + CJS,
    "comments": "// exports.x = 1\n/* module.exports = { } */\n" + CJS,
    "html comment": "<!-- old\n" + CJS,
    "optional chaining": "const a = globalThis?.b ?? 1;\n" + CJS,
    "private fields": "class A { #x = 1; static { } get y() { return this.#x; } }\n" + CJS,
    "big numbers": "const n = 1_000n, h = 0xFFn, f = .5e3;\n" + CJS,
    "labels": "a: for (;;) { break a; }\n" + CJS,
    "crlf": CJS.replace("\n", "\r\n"),
    "bom": b"\xef\xbb\xbf" + CJS.encode(),
    "async import inside": "exports.handler = async () => { const fs = await import('fs'); };\n",
    "wrapped in an iife": "(function () { exports.handler = () => 1; })();\n",
    "wrapped in an arrow": "(() => { exports.handler = () => 1; })();\n",
    "bind": "const o = { f() {} };\nexports.handler = o.f.bind(o);\n",
    "wrapped by a call": "const wrap = (f) => f;\nexports.handler = wrap(async () => 1);\n",
    "middy style": "const middy = (f) => { const m = (e, c) => f(e, c); m.use = () => m; return m; };\n"
                   "exports.handler = middy(async () => 1).use({}).use({});\n",
    "destructured": "const { handler } = { handler: () => 1 };\nmodule.exports = { handler };\n",
    "require own": "module.exports = require('./core');\n",
    "require own name": "exports.handler = require('./core').handler;\n",
    "deep assignment": "module.exports.handler = module.exports.x = () => 1;\n",
    "reassigned": "exports.handler = 1;\nexports.handler = () => 1;\n",
    "ternary": "exports.handler = process.env.X ? () => 1 : () => 2;\n",
    "or": "exports.handler = globalThis.nothing || (() => 1);\n",
    "comma": "exports.a = 1, exports.handler = () => 1;\n",
    "generator": "exports.handler = async function* () {};\n",
    "arguments default": "exports.handler = (event, context = {}, callback = null) => 1;\n",
    "rest": "exports.handler = (...args) => 1;\n",
    "streaming": "exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {});\n",
    "other name": "exports.main = async () => 1;\n",
    "other case": "exports.Handler = async () => 1;\n",
    "not exported": "const handler = async () => 1;\n",
    "declared, not exported": "async function handler() {}\n",
    "empty": "",
    "comment only": "// nothing\n",
    "exports rebound": "exports = { handler: () => 1 };\n",
    "replaced later": "exports.handler = () => 1;\nmodule.exports = { other: () => 2 };\n",
    "a string": "exports.handler = 'x';\n",
    "a number": "exports.handler = 5;\n",
    "an object": "exports.handler = { a: 1 };\n",
    "null": "exports.handler = null;\n",
    "an array": "exports.handler = [1];\n",
    "undefined": "exports.handler = undefined;\n",
    "in a comment": "/* exports.handler = 1 */\nexports.x = 1;\n",
    "in a string": "const s = 'exports.handler = 1';\nexports.x = s;\n",
    "in a template": "const s = `\nexports.handler = 1\n`;\nexports.x = s;\n",
    "property of another": "const other = {};\nother.exports = {};\nother.exports.handler = () => 1;\n",
    "export syntax": ESM,
    "import syntax": "import fs from 'fs';\n" + CJS,
    "export default": "export default async () => 1;\n",
    "import.meta": "const u = import.meta.url;\n" + CJS,
    "export list": "const handler = () => 1;\nexport { handler };\n",
}

SCRIPTS_STRANGE = {
    "umd": "(function (root, factory) {\n if (typeof exports === 'object') factory(exports);\n"
           " else factory(root.x = {});\n})(this, function (exports) { exports.handler = () => 1; });\n",
    "in a function not called": "function f() { exports.handler = () => 1; }\n",
    "conditional": "if (true) { exports.handler = () => 1; } else { exports.handler = () => 2; }\n",
    "one line": "var e=module.exports={};e.handler=()=>1",
    "spread of require": "module.exports = { ...require('./core') };\n",
    "spread": "const base = { handler: () => 1 };\nmodule.exports = { ...base };\n",
    "instance": "class A { handler() {} }\nmodule.exports = new A();\n",
    "class with static": "class A { static handler() {} }\nmodule.exports = A;\n",
    "computed key": "exports['hand' + 'ler'] = () => 1;\n",
    "loop": "for (const n of ['a', 'handler']) exports[n] = () => 1;\n",
    "eval": "eval('exports.handler = () => 1');\n",
    "proxy": "module.exports = new Proxy({}, { get: () => () => 1 });\n",
    "this": "this.handler = () => 1;\n",
    "deleted": CJS + "delete exports.handler;\n",
    "made by a function": "module.exports = make();\nfunction make() { return { handler: () => 1 }; }\n",
    "made without it": "module.exports = make();\nfunction make() { return { other: () => 1 }; }\n",
    "reduce": "module.exports = ['handler'].reduce((o, n) => ({ ...o, [n]: () => 1 }), {});\n",
    "variable": "const e = exports;\ne.handler = () => 1;\n",
    "module variable": "const m = module;\nm.exports = { handler: () => 1 };\n",
    "later": "setTimeout(() => { exports.handler = () => 1; });\n",
    "promise": "module.exports = Promise.resolve({ handler: () => 1 });\n",
    "frozen": "module.exports = Object.freeze({ handler: () => 1 });\n",
    "getter in the object": "module.exports = { get handler() { return () => 1; } };\n",
    "false condition": "if (false) { exports.handler = () => 1; }\n",
    "unknown condition": "if (process.env.NOTHING_OF_THAT_NAME) { exports.handler = () => 1; }\n",
    "html comment with a quote": "<!-- it's\n" + CJS,
    "var in with": "with ({}) { exports.handler = () => 1; }\n",
    "top-level return": CJS + "return;\nexports.handler = 1;\n",
    "nul": b"const x = '\0';\n" + CJS.encode(),
    "utf-16": CJS.encode("utf-16"),
}

# index.mjs
MODULES = {
    "const": ESM,
    "function": "export async function handler() {}\n",
    "class": "export class handler {}\n",
    "list": "const handler = async () => 1;\nexport { handler };\n",
    "renamed": "const main = async () => 1;\nexport { main as handler };\n",
    "renamed string": "const main = async () => 1;\nexport { main as 'handler' };\n",
    "from": "export { handler } from './core.mjs';\n",
    "from renamed": "export { main as handler } from './core.mjs';\n",
    "star": "export * from './core.mjs';\n",
    "star through two": "export * from './two.mjs';\n",
    "star from commonjs": "export * from './core.cjs';\n",
    "from commonjs": "export { handler } from './core.cjs';\n",
    "import and export": "import { handler } from './core.mjs';\nexport { handler };\n",
    "import default and export": "import core from './core.cjs';\nexport const handler = core.handler;\n",
    "let": "export let handler = () => 1, other = 2;\n",
    "destructured": "export const { handler } = { handler: () => 1 };\n",
    "several": "export const a = 1, handler = () => 1;\n",
    "top-level await": "await 1;\n" + ESM,
    "import.meta": "const u = import.meta.url;\n" + ESM,
    "createRequire": "import { createRequire } from 'module';\nconst require = createRequire(import.meta.url);\n"
                     "const fs = require('fs');\n" + ESM,
    "default object": "export default { handler: async () => 1 };\n",
    "default variable": "const o = { handler: async () => 1 };\nexport default o;\n",
    "default function": "export default async function handler() {}\n",
    "default without it": "export default { other: async () => 1 };\n",
    "other name": "export const main = async () => 1;\n",
    "not exported": "const handler = async () => 1;\nexport {};\n",
    "star without it": "export * from './none.mjs';\n",
    "a string": "export const handler = 'x';\n",
    "a list as a string": "const handler = 'x';\nexport { handler };\n",
    "a type only": "/** @typedef {string} handler */\nexport const x = 1;\n",
    "exports.x": CJS,
    "module.exports": "module.exports = { handler: () => 1 };\n",
    "namespace": "export * as handler from './core.mjs';\n",
    "import attributes": "import p from './data.json' with { type: 'json' };\n" + ESM,
    "one line": "var e=async()=>1;export{e as handler};",
    "many lines": "export {\n  handler, // this\n};\nfunction handler() {}\n",
    "bom": b"\xef\xbb\xbf" + ESM.encode(),
}
BESIDE = {
    "core.mjs": ESM + "export const main = handler;\n", "two.mjs": "export * from './core.mjs';\n",
    "core.cjs": CJS, "core.js": CJS, "none.mjs": "export const x = 1;\n", "data.json": "{}",
}

SYNTAX = {
    "bracket not closed": "exports.handler = async () => {\n",
    "bracket too many": CJS + "}\n",
    "brackets crossed": "exports.handler = (] => 1;\n",
    "string not closed": "const a = 'abc\n" + CJS,
    "template not closed": CJS + "const a = `abc\n",
    "comment not closed": CJS + "/* abc\n",
    "merge marks": "<<<<<<< HEAD\n" + CJS + "=======\n>>>>>>> other\n",
    "json": '{"a": 1,\n',
}

GRAMMAR = {
    "expression not closed": CJS + "const r = /abc\n",
    "python": "def handler(event, context):\n    return 1\n",
    "stray character": "const a = 1 @ 2;\n" + CJS,
    "html": "<!DOCTYPE html>\n<html></html>\n",
    "two operands": "const a = 1 2;\n" + CJS,
    "await in a plain function": "exports.handler = () => { await x; };\n",
    "declared twice": "const a = 1;\nconst a = 2;\n" + CJS,
    "return at nothing": "const = 1;\n" + CJS,
    "keyword as name": "var class = 1;\n" + CJS,
    "typescript": "exports.handler = async (event: any): Promise<number> => 1;\n",
    "jsx": "exports.handler = () => <div>x</div>;\n",
    "top-level await": "await 1;\n" + CJS,
    "octal escape": "'use strict';\nconst a = '\\01';\n" + CJS,
    "bad regular expression": "const r = /(/;\n" + CJS,
    "interface": "interface A { }\n" + CJS,
}


def scripts(cases):
    for name, text in SCRIPTS.items():
        cases.add(f"js: {name}", "index.handler", {"index.js": text, **BESIDE})
    for name, text in SCRIPTS_STRANGE.items():
        cases.add(f"js: {name}", "index.handler", {"index.js": text, **BESIDE}, "strange")
    for name, text in MODULES.items():
        cases.add(f"mjs: {name}", "index.handler", {"index.mjs": text, **BESIDE})
    for name, text in SYNTAX.items():
        cases.add(f"syntax: {name}", "index.handler", {"index.js": text})
    for name, text in GRAMMAR.items():
        cases.add(f"syntax: {name}", "index.handler", {"index.js": text}, "grammar")
    cases.add("syntax: octal in a module", "index.handler", {"index.mjs": "const x = 010;\n" + ESM}, "grammar")
    cases.add("syntax: in a module", "index.handler", {"index.mjs": ESM + "}\n"})
    for count in (1, 2, 3, 4):
        names = ", ".join("abcd"[:count])
        for how, text in (("arrow", f"exports.handler = ({names}) => 1;\n"),
                          ("function", f"exports.handler = function ({names}) {{}};\n"),
                          ("async", f"exports.handler = async ({names}) => 1;\n")):
            cases.add(f"{count} parameters, {how}", "index.handler", {"index.js": text})
        cases.add(f"{count} parameters, module", "index.handler",
                  {"index.mjs": f"export const handler = ({names}) => 1;\n"})


def systems(cases):
    cases.add("type module", "index.handler", {"index.js": ESM, "package.json": MODULE})
    cases.add("type commonjs", "index.handler", {"index.js": CJS, "package.json": COMMONJS})
    cases.add("type module, commonjs text", "index.handler", {"index.js": CJS, "package.json": MODULE})
    cases.add("type commonjs, module text", "index.handler", {"index.js": ESM, "package.json": COMMONJS})
    cases.add("no type, module text", "index.handler", {"index.js": ESM, "package.json": "{}"})
    cases.add("mjs", "index.handler", {"index.mjs": ESM})
    cases.add("cjs", "index.handler", {"index.cjs": CJS})
    cases.add("cjs in a module", "index.handler", {"index.cjs": CJS, "package.json": MODULE})
    cases.add("mjs in commonjs", "index.handler", {"index.mjs": ESM, "package.json": COMMONJS})
    cases.add("js before mjs", "index.handler", {"index.js": CJS, "index.mjs": "export const x = 1;\n"})
    cases.add("bad js before good mjs", "index.handler", {"index.js": "exports.x = 1;\n", "index.mjs": ESM})
    cases.add("mjs before cjs", "index.handler", {"index.mjs": ESM, "index.cjs": "exports.x = 1;\n"})
    cases.add("cjs with module text", "index.handler", {"index.cjs": ESM})
    cases.add("mjs with commonjs text", "index.handler", {"index.mjs": CJS})
    cases.add("type of a folder", "src/index.handler",
              {"src/index.js": ESM, "src/package.json": MODULE, "package.json": COMMONJS})
    cases.add("type of the root for a folder", "src/index.handler",
              {"src/index.js": ESM, "package.json": MODULE})
    cases.add("nearest has no type", "src/index.handler",
              {"src/index.js": ESM, "src/package.json": "{}", "package.json": MODULE})
    cases.add("nearest has no type, commonjs", "src/index.handler",
              {"src/index.js": CJS, "src/package.json": "{}", "package.json": MODULE})
    cases.add("package.json is broken", "index.handler", {"index.js": CJS, "package.json": "{ nope"}, "strange")
    cases.add("package.json is empty", "index.handler", {"index.js": CJS, "package.json": ""}, "strange")
    cases.add("package.json is an array", "index.handler", {"index.js": CJS, "package.json": "[]"}, "strange")
    cases.add("package.json has a bom", "index.handler",
              {"index.js": ESM, "package.json": b"\xef\xbb\xbf" + MODULE.encode()}, "strange")
    cases.add("type in capitals", "index.handler", {"index.js": CJS, "package.json": '{"type": "Module"}'},
              "strange")
    cases.add("type is no text", "index.handler", {"index.js": CJS, "package.json": '{"type": 1}'}, "strange")
    cases.add("require in a module", "index.handler",
              {"index.mjs": "const fs = require('fs');\n" + ESM}, "inner")
    cases.add("__dirname in a module", "index.handler", {"index.mjs": "const d = __dirname;\n" + ESM}, "inner")
    cases.add("require of a module", "index.handler",
              {"index.js": "const c = require('./core.mjs');\n" + CJS, "core.mjs": ESM}, "inner")
    cases.add("require of nothing", "index.handler", {"index.js": "require('./none');\n" + CJS}, "inner")
    cases.add("require of a package that is not there", "index.handler",
              {"index.js": "require('no-such-package');\n" + CJS}, "inner")
    cases.add("import of nothing", "index.handler", {"index.mjs": "import './none.mjs';\n" + ESM}, "inner")
    cases.add("import without a suffix", "index.handler",
              {"index.mjs": "import { x } from './core';\n" + ESM, "core.js": "exports.x = 1;\n"}, "inner")
    cases.add("throws", "index.handler", {"index.js": "throw new Error('x');\n" + CJS}, "inner")
    cases.add("throws a string", "index.handler", {"index.js": "throw 'x';\n" + CJS}, "inner")
    cases.add("optional require", "index.handler",
              {"index.js": "let x; try { x = require('none'); } catch { x = null; }\n" + CJS})
    cases.add("json import", "index.handler", {"index.js": "const d = require('./d.json');\n" + CJS,
                                               "d.json": "{}"})


def places(cases):
    cases.add("folder", "src/index.handler", {"src/index.js": CJS})
    cases.add("three deep", "a/b/c.handler", {"a/b/c.js": CJS})
    cases.add("eight deep", "a/b/c/d/e/f/g/h.handler", {"a/b/c/d/e/f/g/h.js": CJS})
    cases.add("folder with a dot", "v1.2/index.handler", {"v1.2/index.js": CJS})
    cases.add("dash", "my-fn/my-index.handler", {"my-fn/my-index.js": CJS})
    cases.add("unicode", "größe.handler", {"größe.js": CJS})
    cases.add("no such file", "main.handler", {"index.js": CJS})
    cases.add("too deep", "index.handler", {"src/index.js": CJS})
    cases.add("not so deep", "src/index.handler", {"index.js": CJS})
    cases.add("other case", "Index.handler", {"index.js": CJS})
    cases.add("nothing", "index.handler", {"README": "x"})
    cases.add("typescript only", "index.handler", {"index.ts": "export const handler = 1;\n"})
    cases.add("typescript module only", "index.handler", {"index.mts": "export const handler = 1;\n"})
    cases.add("typescript and script", "index.handler", {"index.ts": "x", "index.js": CJS})
    cases.add("jsx only", "index.handler", {"index.jsx": CJS})
    cases.add("json", "index.handler", {"index.json": '{"handler": 1}'})
    cases.add("folder beside the file", "index.handler", {"index.js": CJS, "index/other.js": ""})
    cases.add("folder with an index", "app.handler", {"app/index.js": CJS})
    cases.add("folder with a main", "app.handler", {"app/package.json": '{"main": "lib.js"}', "app/lib.js": CJS})
    cases.add("folder beside a module", "index.handler",
              {"index.js": ESM, "package.json": MODULE, "index/index.js": CJS})
    cases.add("folder beside an mjs", "index.handler", {"index.mjs": ESM, "index/x.txt": "x"})
    cases.add("folder without an index", "app.handler", {"app/other.js": CJS})
    cases.add("file without a suffix", "index.handler", {"index": CJS})
    cases.add("file without a suffix beside js", "index.handler", {"index": "exports.x = 1;\n", "index.js": CJS}, "strange")
    cases.add("file without a suffix, module", "index.handler", {"index": ESM, "package.json": MODULE}, "strange")
    cases.add("from node_modules", "pkg.handler", {"node_modules/pkg/index.js": CJS})
    cases.add("from node_modules, main", "pkg.handler",
              {"node_modules/pkg/package.json": '{"main": "lib/a.js"}', "node_modules/pkg/lib/a.js": CJS})
    cases.add("from node_modules, main without a suffix", "pkg.handler",
              {"node_modules/pkg/package.json": '{"main": "./lib/a"}', "node_modules/pkg/lib/a.js": CJS})
    cases.add("from node_modules, main is a folder", "pkg.handler",
              {"node_modules/pkg/package.json": '{"main": "lib"}', "node_modules/pkg/lib/index.js": CJS})
    cases.add("from node_modules, exports", "pkg.handler",
              {"node_modules/pkg/package.json": '{"exports": "./a.js"}', "node_modules/pkg/a.js": CJS}, "strange")
    cases.add("from node_modules, no main", "pkg.handler", {"node_modules/pkg/a.js": CJS})
    cases.add("from node_modules, by path", "node_modules/pkg/index.handler", {"node_modules/pkg/index.js": CJS})
    cases.add("from node_modules, file", "pkg.handler", {"node_modules/pkg.js": CJS})
    cases.add("from node_modules, module", "pkg.handler",
              {"node_modules/pkg/index.js": ESM, "node_modules/pkg/package.json": MODULE})
    cases.add("from a folder's node_modules", "src/pkg.handler", {"src/node_modules/pkg/index.js": CJS})
    cases.add("type does not pass node_modules", "node_modules/pkg/index.handler",
              {"node_modules/pkg/index.js": CJS, "package.json": MODULE})
    cases.add("root file for a folder", "src/index.handler", {"index.js": CJS, "src/x.txt": ""})
    cases.add("core module", "fs.readFile", {"README": "x"}, "strange")
    cases.add("core module beside", "fs.handler", {"fs.js": CJS})
    cases.add("unreadable", "index.handler", {"index.js": (CJS, 0)})
    cases.add("readable by owner only", "index.handler", {"index.js": (CJS, 0o600)})
    cases.add("python beside", "app.handler", {"app.py": "x = 1\n"})
    cases.add("addon that is none", "index.handler", {"index.node": b"\x7fELF"}, "strange")


def layers(cases):
    other = {"README": "x"}
    cases.add("layer", "pkg.handler", other, layer={"nodejs/node_modules/pkg/index.js": CJS})
    cases.add("layer, not there", "pkg.handler", other, layer={"node_modules/pkg/index.js": CJS})
    cases.add("layer of a version", "pkg.handler", other, layer={"nodejs/node22/node_modules/pkg/index.js": CJS},
              runtimes=["nodejs22.x"])
    cases.add("layer of another version", "pkg.handler", other,
              layer={"nodejs/node18/node_modules/pkg/index.js": CJS})
    cases.add("code beats layer", "index.handler", {"index.js": CJS},
              layer={"nodejs/node_modules/index/index.js": "exports.x = 1;\n"})
    cases.add("dependency in a layer", "index.handler", {"index.js": "const p = require('pkg');\n" + CJS},
              layer={"nodejs/node_modules/pkg/index.js": "exports.x = 1;\n"})


def handlers(cases):
    both = {"index.js": CJS, "src/index.js": CJS}
    nested = {"index.js": "module.exports = { a: { b: { handler: () => 1 } }, handler: () => 1 };\n"}
    for name, handler, files in (
            ("nested", "index.a.b.handler", nested), ("nested, missing", "index.a.b.nope", nested),
            ("nested, missing in the middle", "index.a.c.handler", nested),
            ("nested, stops early", "index.a.b", nested),
            ("exports.a.handler", "index.a.handler", {"index.js": "exports.a = {};\nexports.a.handler = () => 1;\n"}),
            ("nested in a module", "index.a.handler", {"index.mjs": "export const a = { handler: () => 1 };\n"}),
            ("default", "index.default", {"index.mjs": "export default async () => 1;\n"}),
            ("default of typescript", "index.default", {"index.js": "exports.default = async () => 1;\n"}),
            ("default of an object", "index.default.handler",
             {"index.mjs": "export default { handler: () => 1 };\n"}),
            ("default of commonjs", "index.default", {"index.js": "module.exports = async () => 1;\n"})):
        cases.add(f"handler: {name}", handler, files)
    cases.add("handler: static method", "index.A.handler",
              {"index.js": "class A { static handler() {} }\nexports.A = A;\n"}, "strange")
    for name, handler in (("no dot", "index"), ("no dot in a folder", "src/index")):
        cases.add(f"handler: {name}", handler, both)
    for name, handler in (
            ("empty function", "index."), ("dot first", ".index.handler"), ("two dots", "index..handler"),
            ("parent", "../index.handler"), ("parent inside", "src/../index.handler"),
            ("dot slash", "./index.handler"), ("two slashes", "src//index.handler"),
            ("ends in a slash", "index.handler/"), ("suffix", "index.js.handler"),
            ("suffix mjs", "index.mjs.handler"), ("colon", "index:handler"), ("hash", "index#handler"),
            ("name twice", "index.handler/index.handler"), ("__proto__", "index.__proto__"),
            ("constructor", "index.constructor"), ("toString", "index.toString"),
            ("hasOwnProperty", "index.hasOwnProperty"), ("function's call", "index.handler.call"),
            ("function's name", "index.handler.name"), ("brackets", "index.handler()")):
        cases.add(f"handler: {name}", handler, both, "strange")


def all_cases():
    cases = Cases()
    for fill in (scripts, systems, places, layers, handlers):
        fill(cases)
    return cases
