#!/usr/bin/env python3
"""The figures that hold without a peer: start-up, a bundle inspected, memory bounded by a window.

What is promised of time is promised of a quiet machine (--promised); on one that nobody chose a figure fails at
SLACK times its promise, which still sees what has become quadratic. Memory is judged as promised everywhere."""

import argparse
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import zipfile

import templates
from bench import run

SLACK = 3
START_MS = 10
TEMPLATE_MS = 30
VERDICT_MS = 20
MANY, GROWTH = 1000, 1.5  # functions of one repository; what one of them may cost more than one of a quarter of them
BUNDLE_MS, BUNDLE_BYTES = 30, 5_000_000
PEAK_MB = 100
MANIFEST = """version: 1
functions:
  f: {runtime: python3.13, handler: app.handler, upload: s3, sources: tree}
"""


class Judge:
    def __init__(self, slack):
        self.slack, self.held = slack, True

    def at_most(self, what, value, promised, unit, slack=None):
        slack = slack or self.slack
        self.held &= value <= promised * slack
        print(f"{what}: {value:.1f} {unit} (promised: {promised}" + (f", fails at {promised * slack})" if slack > 1 else ")"))


def cpu(command, rounds, cwd=None):
    """The least user and system seconds of some runs: what waits for the machine is not counted."""
    least = None
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        least = spent if least is None else min(least, spent)
    return least


def quick(judge, what, command, promised, cwd=None):
    """CPU time, as it does not wait for other programs; --promised asks for the time on the clock as well:
    the median of 11, and of ten such medians the least."""
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    judge.at_most(what, cpu(command, 30, cwd) * 1000, promised, "ms of CPU")
    best = min(sorted(run(command, cwd)[0] for _ in range(11))[5] for _ in range(10)) * 1000
    print(f"  on the clock: {best:.1f} ms")
    judge.held &= judge.slack > 1 or best <= promised


def start_up(program, judge):
    quick(judge, "start-up", [program, "--version"], START_MS)


def make_bundle():
    """One line as a bundler's minifier writes it: modules in closures, short names, few blanks.  2.4 bytes a
    token, which is denser than real ones: date-fns has 3.2, the AWS SDK minified by esbuild 3.8."""
    modules, size, number = [], 0, 0
    while size < BUNDLE_BYTES:
        module = (
            f'var require_part{number}=__commonJS((exports,module)=>{{"use strict";Object.defineProperty(exports,"__esModule",'
            f'{{value:!0}});exports.part{number}=void 0;var r=require_part{number // 2}(),n=/^[a-z]+\\/(?:{number}|x)$/gi,'
            f'o=[{number},.5,0x1f];function i(a,b={{}}){{if(!a)throw new TypeError(`no ${{a.constructor.name}} in '
            f'${{b.region??"eu-central-1"}}`);for(let c=0;c<a.length;c++)b[a[c]]=c%2?a[c]/2:n.test(a[c]);'
            f"return{{...b,startedAt:Date.now(),credentials:this.config.credentials||o.map(d=>d*2)}}}}"
            f'class s extends Map{{get size(){{return super.size+{number}}}async*entriesOf(a){{yield*a}}'
            f'describe(a){{switch(a.type){{case"structure":return this.members(a);case"list":return a.member?'
            f'[this.describe(a.member)]:null;default:return"The value of "+a.name+" is not known here."}}}}}}'
            f"exports.part{number}=i;module.exports={{serialize:i,Shape:s,default:(a,b)=>a&&b?i(a,b):null}}}});"
        )
        modules.append(module)
        size += len(module)
        number += 1
    start = "var __commonJS=(f,m)=>()=>(m||f((m={exports:{}}).exports,m),m.exports);"
    end = "exports.handler=async e=>({statusCode:200,body:JSON.stringify(e)});"
    return start + "".join(modules) + end


def bundle(program, judge):
    """One package, two handlers: what it takes more when the handler is in the bundle is its inspection."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-figures-") as folder:
        (pathlib.Path(folder) / "bundle.js").write_text(make_bundle())
        (pathlib.Path(folder) / "small.js").write_text("exports.handler=async e=>1;")
        command = [program, "lint", "-q", "-j", "1", "--type", "function", "--runtime", "nodejs22.x"]
        command += ["--fail-on", "never", folder, "--handler"]
        spent = [cpu([*command, name], 25) for name in ("bundle.handler", "small.handler")]
    took = (spent[0] - spent[1]) * 1000
    judge.at_most(f"inspecting a bundle of {BUNDLE_BYTES // 1_000_000} MB", took, BUNDLE_MS, "ms of CPU")


def make_tree(tree):
    """About 190 MB: many middling files, some large ones, one beyond the size that is packed whole."""
    rng = random.Random(1)
    noise, words = rng.randbytes(1 << 20), bytes(rng.choices(b"etaoin shrdlu\n", k=1 << 20))
    tree.mkdir(parents=True)
    (tree / "app.py").write_text("def handler(event, context):\n    return 1\n")
    for number in range(600):
        size = 50_000 + number * 100
        (tree / f"m{number}.bin").write_bytes((noise if number % 4 == 0 else words)[number : number + size])
    for number, megabytes in enumerate((10, 20, 30, 80)):
        with (tree / f"large{number}.bin").open("wb") as file:
            for block in range(megabytes):
                file.write(words[block:] + noise[:block])


def memory(program, judge):
    with tempfile.TemporaryDirectory(prefix="plimsoll-figures-") as name:
        top = pathlib.Path(name)
        (top / "plimsoll.yaml").write_text(MANIFEST)
        make_tree(top / "tree")
        _, packing = run([program, "pack", "--no-lint", "-q", "-j", "2", "--cache-dir", str(top / "cache")], top)
        judge.at_most("peak of pack", packing, PEAK_MB, "MB", slack=1)
        _, linting = run([program, "lint", "-q", "-j", "2", "--fail-on", "never", "--upload", "s3", "dist/f.zip"], top)
        judge.at_most("peak of lint", linting, PEAK_MB, "MB", slack=1)


def write_functions(folder, count):
    """A template whose functions have a small ZIP each."""
    text = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    for number in range(count):
        with zipfile.ZipFile(folder / f"f{number}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("app.py", f"import json\ndef handler(event, context):\n    return {number}\n")
            for module in range(10):
                archive.writestr(f"m{module}.py", "x = 1\n" * 100)
        text += (f"  F{number}:\n    Type: AWS::Serverless::Function\n    Properties: {{CodeUri: f{number}.zip, "
                 "Handler: app.handler, Runtime: python3.13}\n")
    (folder / f"of{count}.yaml").write_text(text)


def verdict(program, judge):
    """From the start to the verdict on a template with one small function; as in start_up."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-figures-") as name:
        write_functions(pathlib.Path(name), 1)
        command = [program, "lint", "--fail-on", "never", "of1.yaml"]
        quick(judge, "from start to verdict on one small function", command, VERDICT_MS, name)


def many(program, judge):
    """1,000 functions: linear, and the same report for any number of threads."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-figures-") as name:
        folder = pathlib.Path(name)
        write_functions(folder, MANY // 4)
        write_functions(folder, MANY)
        lint = [program, "lint", "--no-config", "--fail-on", "never", "--format", "json"]
        few, all_of_them = (cpu([*lint, "-j", "1", str(folder / f"of{count}.yaml")], 5) for count in (MANY // 4, MANY))
        reports = {subprocess.run([*lint, "-j", jobs, f"of{MANY}.yaml"], cwd=folder, check=True,
                                  stdout=subprocess.PIPE).stdout for jobs in ("1", "2", "3", "16")}
    growth = all_of_them / (few * 4)
    print(f"{MANY} functions: {all_of_them * 1000:.0f} ms of CPU; {len(reports)} report for 4 numbers of threads")
    judge.held &= len(reports) == 1
    judge.at_most(f"one of {MANY} functions", growth, GROWTH, f"times one of {MANY // 4}", slack=1)


def template(program, judge):
    """500 functions in half a megabyte of YAML, without a package to open."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-figures-") as name:
        path = pathlib.Path(name, "template.yaml")
        size = templates.write(path)
        took = cpu([program, "lint", "--no-config", "--fail-on", "never", "-q", str(path)], 10) * 1000
    judge.at_most(f"a template of 500 functions, {size // 1000} KB", took, TEMPLATE_MS, "ms of CPU")


def one_line(program, judge):
    """What machines write is one line, of which each finding quotes a part."""
    properties = {"Runtime": "python2.7", "Handler": "index.handler", "MemorySize": 64, "Code": {"ZipFile": "x = 1\n" * 300}}
    resources = {f"F{number}": {"Type": "AWS::Lambda::Function", "Properties": properties} for number in range(400)}
    with tempfile.TemporaryDirectory(prefix="plimsoll-figures-") as name:
        spent = []
        for indent in (None, 1):
            path = pathlib.Path(name, f"template{indent}.json")
            path.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}, indent=indent))
            spent.append(cpu([program, "lint", "--no-config", "--fail-on", "never", str(path)], 5))
    judge.at_most("a template on one line", spent[0] / spent[1], GROWTH, "times the same on many lines", slack=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--promised", action="store_true", help="no slack: for a quiet machine")
    args = parser.parse_args()
    program = str(pathlib.Path(args.program).resolve())
    judge = Judge(1 if args.promised else SLACK)
    subprocess.run([program, "--version"], check=True, stdout=subprocess.DEVNULL)  # into the cache
    os.environ.pop("SOURCE_DATE_EPOCH", None)
    for figure in (start_up, verdict, many, template, one_line, bundle, memory):
        figure(program, judge)
    return 0 if judge.held else 1


if __name__ == "__main__":
    sys.exit(main())
