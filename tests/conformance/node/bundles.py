"""Bundles and compiled files that real tools make of readable sources. The tools come from npm."""

import json
import os
import pathlib
import shutil
import subprocess

import common

TOOLS = ["esbuild@0.25", "webpack@5", "rollup@4", "@rollup/plugin-commonjs@28",
         "@rollup/plugin-node-resolve@16", "@vercel/ncc@0.38", "typescript@5", "@swc/core@1", "@babel/core@7",
         "@babel/preset-env@7", "terser@5"]

# name -> sources; index is the entry
SOURCES = {
    "plain": {"index.js": "import { add } from './lib.js';\nexport const handler = async (event) => add(1, 2);\n",
              "lib.js": "export const add = (a, b) => a + b;\nexport const unused = 1;\n"},
    "function": {"index.js": "import lib from './lib.js';\nexport async function handler(event) { return lib; }\n",
                 "lib.js": "export default class Lib { go() { return `x${1}`; } }\n"},
    "renamed": {"index.js": "import { go } from './lib.js';\nexport { go as handler };\n",
                "lib.js": "export function go(event) { return 1; }\n"},
    "reexport": {"index.js": "export * from './lib.js';\n",
                 "lib.js": "export const handler = async () => 1;\nexport const other = 2;\n"},
    "wrapped": {"index.js": "import { wrap } from './lib.js';\nexport const handler = wrap(async () => 1);\n",
                "lib.js": "export const wrap = (f) => async (...args) => f(...args);\n"},
    "missing": {"index.js": "import { add } from './lib.js';\nexport const main = async () => add(1);\n",
                "lib.js": "export const add = (a) => a;\n"},
    "commonjs": {"index.js": "const lib = require('./lib.js');\nexports.handler = async () => lib.a;\n",
                 "lib.js": "exports.a = 1;\n"},
    "commonjs object": {"index.js": "const lib = require('./lib.js');\nconst handler = async () => lib.a;\n"
                                    "module.exports = { handler };\n", "lib.js": "exports.a = 1;\n"},
}

SCRIPT = r"""
import { createRequire } from "node:module";
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import path from "node:path";
const [tools, sources, out] = process.argv.slice(2);
const require = createRequire(tools + "/package.json");
const all = JSON.parse(readFileSync(sources, "utf8"));
const esbuild = require("esbuild"), webpack = require("webpack"), { rollup } = require("rollup");
const ncc = require("@vercel/ncc"), ts = require("typescript"), swc = require("@swc/core");
const babel = require("@babel/core"), { minify } = require("terser");
const commonjs = require("@rollup/plugin-commonjs"), { nodeResolve } = require("@rollup/plugin-node-resolve");
const put = (tool, name, files) => {
    const folder = path.join(out, tool, name);
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
};
const env = tools + "/node_modules/@babel/preset-env";
const transpile = {
    typescript: (text) => ts.transpileModule(text, { compilerOptions: { module: "commonjs", target: "es2022" } }).outputText,
    "typescript es5": (text) => ts.transpileModule(text, { compilerOptions: { module: "commonjs", target: "es5", esModuleInterop: true } }).outputText,
    swc: (text) => swc.transformSync(text, { module: { type: "commonjs" }, jsc: { target: "es2022" } }).code,
    "swc es5 minified": (text) => swc.transformSync(text, { module: { type: "commonjs" }, minify: true, jsc: { target: "es2020", minify: { mangle: true, compress: true } } }).code,
    babel: (text) => babel.transformSync(text, { configFile: false, babelrc: false, cwd: tools, presets: [[env, { targets: { node: 20 }, modules: "commonjs" }]] }).code,
    "babel es5": (text) => babel.transformSync(text, { configFile: false, babelrc: false, cwd: tools, presets: [[env, { modules: "commonjs" }]] }).code,
};
for (const [name, files] of Object.entries(all)) {
    const src = path.join(out, ".src", name);
    const esm = !name.startsWith("commonjs");
    mkdirSync(src, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(src, file), text);
    writeFileSync(path.join(src, "package.json"), esm ? '{"type": "module"}' : "{}");
    const entry = path.join(src, "index.js");
    for (const minified of [false, true]) {
        const tail = minified ? " minified" : "";
        for (const format of ["cjs", "esm"]) {
            const made = await esbuild.build({ entryPoints: [entry], bundle: true, platform: "node", format, minify: minified, write: false, target: "node20" });
            put(`esbuild ${format}${tail}`, name, { [format === "esm" ? "index.mjs" : "index.js"]: made.outputFiles[0].text });
        }
        for (const type of ["commonjs2", "commonjs-static", "commonjs", "umd", "module"]) {
            const file = type === "module" ? "index.mjs" : "index.js";
            const folder = path.join(out, `webpack ${type}${tail}`, name);
            await new Promise((resolve, reject) => webpack({
                mode: minified ? "production" : "development", target: "node20", entry, devtool: name === "plain" && !minified ? "eval-source-map" : false,
                experiments: { outputModule: type === "module" },
                output: { path: folder, filename: file, library: { type, ...(type === "umd" ? { name: "lib" } : {}) }, ...(type === "module" ? { module: true, chunkFormat: "module" } : {}) },
            }, (error, stats) => error || stats.hasErrors() ? reject(error || stats.toString()) : resolve()));
        }
        for (const format of ["cjs", "es"]) {
            const bundle = await rollup({ input: entry, plugins: [nodeResolve(), commonjs()], logLevel: "silent" });
            let { code } = (await bundle.generate({ format, exports: "auto" })).output[0];
            if (minified) code = (await minify(code, { module: format === "es", toplevel: true })).code;
            put(`rollup ${format}${tail}`, name, { [format === "es" ? "index.mjs" : "index.js"]: code });
        }
        const { code, assets } = await ncc(entry, { minify: minified, quiet: true, cache: false });
        const extra = Object.fromEntries(Object.entries(assets).filter(([file]) => /^[^/]*(\.js|\.cjs|package\.json)$/.test(file)).map(([file, asset]) => [file, asset.source]));
        put(`ncc${tail}`, name, { "index.js": code, ...extra });
    }
    if (esm) for (const [tool, how] of Object.entries(transpile)) {
        put(tool, name, Object.fromEntries(Object.entries(files).map(([file, text]) => [file, how(text)])));
    }
}
"""


def npm(cache, *packages):
    """A folder with the packages installed; no script of theirs runs."""
    name = packages[0].replace("/", "+") if len(packages) == 1 else "bundlers"

    def how(folder):
        if not shutil.which("npm"):
            common.missing("no npm here")
        (folder / "package.json").write_text('{"private": true}')
        common.run_or_missing(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts",
                               "--loglevel=error", *packages], f"{packages[0]} from npm", cwd=folder)
    return common.fetched(cache / name, how)


def build(cache, node):
    tools = npm(cache, *TOOLS)

    def how(folder):
        script, sources = folder / "build.mjs", folder / "sources.json"
        script.write_text(SCRIPT)
        sources.write_text(json.dumps(SOURCES))
        done = subprocess.run([str(node), str(script), str(tools), str(sources), str(folder)],
                              capture_output=True, text=True, timeout=600, cwd=tools,
                              env={**os.environ, "NODE_ENV": ""})
        if done.returncode:
            raise SystemExit(f"the bundlers failed: {done.stderr[-2000:]}{done.stdout[-500:]}")
    return common.fetched(cache / "bundles", how)


def kind_of(tool, name, files):
    """Strange: who exports what is decided by code that runs. webpack's eval-source-map keeps modules in
    strings, and its umd and commonjs targets copy what a function returns; CommonJS sources that are not
    merged into the entry stand behind a function that is called with their number."""
    evaluated = tool.startswith("webpack") and any(b"eval(" in text for text in files.values())
    copied = tool.startswith(("webpack umd", "webpack commonjs minified")) or tool == "webpack commonjs"
    called = name == "commonjs object" and tool.startswith(("webpack", "ncc")) or \
        name.startswith("commonjs") and (tool.startswith("rollup") or tool.startswith("esbuild esm"))
    return "strange" if evaluated or copied or called else "plain"


def add(cases, cache, node):
    count = 0
    for folder in sorted(path for path in build(cache, node).glob("*/*") if path.is_dir()):
        tool, name = folder.parent.name, folder.name
        if tool.startswith("."):
            continue
        files = {str(path.relative_to(folder)): path.read_bytes()
                 for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}
        cases.add(f"{tool}: {name}", "index.handler", files, kind_of(tool, name, files))
        count += 1
    if count < 100:
        raise SystemExit(f"only {count} bundles")
