#!/usr/bin/env python3
"""Lets the Nth allocation fail, once and from then on (failalloc.c), over every command.

A clean error (status 3), or the very result of the run without a fault: never a signal, a hang, a
passing verdict or output that is cut, nothing left behind."""

import collections
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile

import common

TREES = {
    "python": ("python3.13", "app.handler", {
        "app.py": "import os\ndef handler(event, context):\n    return os.name\n",
        "pkg-1.0.dist-info/RECORD": "pkg/__init__.py,,\n", "pkg/__init__.py": "x = 1\n"}),
    "node": ("nodejs22.x", "app.handler", {
        "app.js": "const f = async () => 1;\nmodule.exports = { handler: f };\n",
        "package.json": '{"name": "f", "type": "commonjs", "main": "app.js"}\n'}),
    "ruby": ("ruby3.3", "app.handler", {"app.rb": "def handler(event:, context:)\n  1\nend\n"}),
    "custom": ("provided.al2023", "bootstrap", {"bootstrap": "#!/bin/sh\nexec ./loop\n", "loop": "#!/bin/sh\n"}),
}
MANIFEST_MORE = "layers:\n  shared: {compatible_runtimes: [python3.13], sources: src/lib1}\n"
TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Timeout: 900}}
Parameters: {Stage: {Type: String, Default: test}}
Conditions: {IsLive: !Equals [!Ref Stage, live]}
Resources:
  Good: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler, CodeUri: python.zip}}
  Bad:
    Type: AWS::Serverless::Function
    Properties: {Handler: nowhere.handler, CodeUri: python/, MemorySize: !If [IsLive, 1, 512]}
"""


def make_inputs(top):
    """{title: (arguments, folder)} of every command that reads something."""
    cases = {}
    lint = ["lint", "--as-of", "2026-11-23", "-j", "1", "--format", "json"]
    for name, (runtime, handler, files) in TREES.items():
        folder = top / name
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755)
        with zipfile.ZipFile(top / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(files):
                archive.write(folder / path, path)
        for what in (name, f"{name}.zip"):
            for verdict, asked in (("pass", handler), ("finding", "nowhere.h")):
                options = ["--runtime", runtime, "--handler", asked]
                cases[f"lint {what} ({verdict})"] = (lint + options + [what], top)
    (top / "cut.zip").write_bytes((top / "python.zip").read_bytes()[:-30])
    (top / "bad.yaml").write_text("version: 1\nfunctions: {f: {runtime: [1], sources: x}}\n")
    (top / "template.yaml").write_text(TEMPLATE)
    cases["lint template.yaml"] = (lint + ["template.yaml"], top)
    cases["lint cut.zip"] = (lint + ["cut.zip"], top)
    cases["lint bad.yaml"] = (lint + ["bad.yaml"], top)
    cases["facts"] = (["facts", "python.zip"], top)
    cases["hash"] = (["hash", "python.zip"], top)
    return cases


def other_commands():
    """The commands without an input."""
    for line in (["--version"], ["rules"], ["rules", "--format", "json"], ["explain", "PL301"],
                 ["explain", "Unable to import module 'app': No module named 'x'"],
                 ["runtimes"], ["help", "pack"], ["completion", "bash"], ["lint"], ["explain", "PL999"]):
        yield " ".join(line), line


class Sweep:
    def __init__(self, program, library, deadline):
        self.program, self.library, self.deadline = program, library, deadline
        self.plan, self.faults, self.problems = [], 0, []
        self.outcome = collections.Counter()

    def start(self, arguments, cwd, **more):
        environment = dict(os.environ, LD_PRELOAD=str(self.library), LC_ALL="C.UTF-8", **more)
        try:
            done = subprocess.run([str(self.program), *arguments], cwd=cwd, env=environment,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return "a hang", b"", b""
        return done.returncode, done.stdout, done.stderr

    def allocations(self, arguments, cwd, counter):
        status, out, _ = self.start(arguments, cwd, PL_FAIL_COUNT=str(counter))
        return int(counter.read_text()), status, out

    def add(self, title, arguments, cwd, counter, judge=None, prepare=lambda: None):
        """Puts every fault of this command on the list."""
        prepare()
        total, normal, expected = self.allocations(arguments, cwd, counter)
        if total == 0:
            sys.exit(f"{title}: no allocation was seen: the sweep would see nothing")

        def attempt(mode, number):
            prepare()
            status, out, said = self.start(arguments, cwd, PL_FAIL_AT=str(number), PL_FAIL_MODE=mode)
            self.faults += 1
            self.outcome["as without it" if status == normal else "a clean error"] += 1
            for problem in [*judge_run(status, out, said, normal, expected), *(judge(status) if judge else ())]:
                self.problems.append(f"{title}, allocation {number} of {total} {mode}, status {status}: {problem}")

        self.plan += [(attempt, mode, number) for mode in ("once", "on") for number in range(1, total + 1)]

    def run(self, seed):
        """In an order by chance, so that a time limit takes a fair sample."""
        random.Random(seed).shuffle(self.plan)
        for attempt, mode, number in self.plan:
            if time.monotonic() > self.deadline:
                return
            attempt(mode, number)


def judge_run(status, out, said, normal, expected):
    if status == "a hang" or status < 0:
        yield "it dies of a signal, or hangs"
    elif status == normal:
        if out != expected:
            yield "the same status with other output"
    elif status != 3:
        yield "neither a clean error nor the usual result"
    elif not said and not out:
        yield "an error without a word"


def judge_pack(project):
    def judge(status):
        now = common.digest(project.zip)
        if now not in project.hash.values():
            yield "the ZIP is neither the old one nor the new one"
        elif status == 0 and now != project.hash["B"]:
            yield "exit 0, and the old ZIP"
        elif project.wrong_pair(status):
            yield project.wrong_pair(status)
        if project.litter():
            yield "left behind: " + " ".join(project.litter())
    return judge


def build_library(folder):
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")
    library = folder / "failalloc.so"
    source = common.pathlib.Path(__file__).with_name("failalloc.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    return library


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=1800, help="stop after so long")
    args = parser.parse_args()
    if os.confstr("CS_GNU_LIBC_VERSION") is None:
        print("SKIPPED: allocations can be made to fail with glibc only")
        return common.SKIP
    with common.scratch() as name:
        top = common.pathlib.Path(name)
        counter = top / "count"
        sweep = Sweep(args.program.resolve(), build_library(top), time.monotonic() + args.seconds)
        project = common.Project(args.program, top / "p", 6)

        def prepare():
            project.restore("A")
            project.select("B")

        def prepare_cold():
            prepare()
            shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)

        pack = project.command("-j", "1")[1:]
        sweep.add("pack, nothing cached", pack, project.top, counter, judge_pack(project), prepare_cold)
        sweep.add("pack", pack, project.top, counter, judge_pack(project), prepare)
        sweep.add("pack and lint", ["pack", "-j", "1", "--as-of", "2026-11-23"], project.top, counter,
                  judge_pack(project), prepare)
        for title, arguments in (("pack --check", ["pack", "--check"]),
                                 ("pack --dry-run", ["pack", "--dry-run"]),
                                 ("lint .", ["lint", "--as-of", "2026-11-23", "."])):
            sweep.add(title, arguments, project.top, counter, prepare=lambda: project.restore("B"))
        for title, (arguments, folder) in make_inputs(top).items():
            sweep.add(title, arguments, folder, counter)
        for title, arguments in other_commands():
            sweep.add(title, arguments, top, counter)
        sweep.run(args.seed)
    print(f"{sweep.faults} of {len(sweep.plan)} allocations failed, {len(sweep.problems)} wrong, seed {args.seed}")
    print("  " + ", ".join(f"{many} {what}" for what, many in sorted(sweep.outcome.items())))
    for problem in sweep.problems[:40]:
        print("  " + problem)
    if sweep.faults < 1000:
        print("too few faults: the test saw little")
        return 1
    return 1 if sweep.problems else 0


if __name__ == "__main__":
    sys.exit(main())
