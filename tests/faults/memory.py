#!/usr/bin/env python3
"""Lets the Nth allocation fail, once and from then on (failalloc.c), over every command that
`plimsoll --help` lists: one that is missing here fails the test.

A clean error (status 3), or the very result of the run without a fault: never a signal, a hang, a
passing verdict or output that is cut, nothing left behind."""

import collections
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile

import common
import inputs

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
FORMATS = ("text", "gcc", "jsonl", "sarif", "junit", "github", "gitlab", "checkstyle", "markdown")
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
# What the options of lint and cost name, and what a log says.
BESIDE = {
    "values.env": "A=b\nLONG=\"x y\"\n",
    "lint.yaml": "version: 1\nlint: {pedantic: true, severity: {PL506: error}, ignore: [{rule: PL502, reason: x}]}\n",
    "facts.json": '{"schema": "plimsoll-runtimes/1", "tool": {"data": "2026-11-20"}, "runtimes": []}\n',
    "log.txt": "Task timed out after 3.00 seconds\n"
               "Runtime.HandlerNotFound: Handler 'handler' missing on module 'app'\n"
               '{"errorType": "OSError", "errorMessage": "[Errno 28] No space left on device"}\n',
}
# Each option of a command that is not in the other cases; `< FILE` is its standard input.
LINES = (
    "lint --as-of 2026-11-23 -j 2 -v --pedantic --show-all --select PL3,PL5 --severity PL501=off --ignore PL302 "
    "--env A=b --env-file values.env --layer layer --fail-on warning --runtime python3.13 --handler nowhere.h tree",
    "lint --as-of 2026-11-23 --config lint.yaml --upload s3 --time-report --quiet --arch arm64 good.zip",
    "lint --as-of 2026-11-23 --data facts.json --runtime python3.13 --type layer layer",
    "lint --as-of 2026-11-23 --no-config --allow-empty --root . --color always --image app:1 healthy.oci",
    "cost healthy.plan.json --format json --region eu-west-1 --requests 7 --duration 200 --memory 1024 --arch arm64",
    "cost healthy.out --no-free-tier --root tree", "cost healthy.serverless.yml", "cost healthy/plimsoll.yaml",
    "explain - < log.txt", "explain --schedule 'cron(0 12 ? * MON-FRI *)' --as-of 2026-11-23 PL905",
    "runtimes --format json", "runtimes --data facts.json --as-of 2026-11-23", "rules --format markdown",
    "image cat healthy.oci app.py run.sh", "image config finding.docker --format json", "facts -j 2 good.zip",
    "hash good.zip log.txt", "help lint --format mdoc", "completion names", "pack --presets",
)
# Every kind of source that needs no other program, with what is taken out of it and written anew.
PACKED = """version: 1
defaults: {runtime: python3.13}
functions:
  p:
    handler: app.handler
    prune: [tests, docs]
    compression: best
    pyc: drop
    skip_provided: true
    include: ["**", "!*.tmp"]
    sources:
      - path: tree
        symlinks: preserve
      - {archive: some.zip, to: lib, strip: 1}
      - {archive: some.tar.gz, mode: "0644"}
      - {archive: pkg-1.0-py3-none-any.whl}
      - {text: {to: a/b.txt, content: "x"}}
      - {path: absent, optional: true}
  n: {runtime: nodejs22.x, handler: index.handler, sources: [node, {archive: x-1.0.0.tgz}]}
layers:
  l: {compatible_runtimes: [python3.13], compression: fast, sources: [{archive: pkg-1.0-py3-none-any.whl}]}
"""


def make_packed(top):
    """A project whose sources are a folder with patterns and links, archives, a wheel and npm's archive."""
    for path, text in {"plimsoll.yaml": PACKED, "tree/app.py": "def handler(event, context):\n    return 1\n",
                       "tree/.lambdaignore": "*.log\n!keep.log\n", "tree/a.log": "x", "tree/keep.log": "y",
                       "tree/dep/tests/test_app.py": "x = 1\n", "tree/boto3/__init__.py": "x = 1\n",
                       "node/index.js": "exports.handler = async () => 1;\n"}.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    (top / "tree/link.py").symlink_to("app.py")
    with zipfile.ZipFile(top / "some.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("top/a.txt", "a" * 3000)
        archive.writestr("top/b/", "")
    with zipfile.ZipFile(top / "pkg-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("pkg/__init__.py", "x = 1\n")
        archive.writestr("pkg-1.0.data/scripts/run", "#!python\n")
        archive.writestr("pkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n")
        archive.writestr("pkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("pkg-1.0.dist-info/RECORD", "")
    for name, files in (("some.tar.gz", {"c.txt": "c" * 900}), ("x-1.0.0.tgz", {
            "package/index.js": "module.exports = 1;\n", "package/package.json": '{"name": "x", "version": "1.0.0"}\n'})):
        with tarfile.open(top / name, "w:gz") as archive:
            for path, text in files.items():
                (top / "part").write_text(text)
                archive.add(top / "part", path)


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
    cases["cost template.yaml"] = (["cost", "template.yaml"], top)
    cases["hash"] = (["hash", "python.zip"], top)
    for form in FORMATS:
        cases[f"lint as {form}"] = (["lint", "--as-of", "2026-11-23", "-j", "1", "--format", form, "python.zip",
                                     "node.zip", "--handler", "nowhere.h", "--runtime", "python3.13"], top)
    kinds = top / "kinds"
    kinds.mkdir()
    for title, arguments, folder, _ in inputs.make(kinds):
        cases["lint " + title] = (lint + arguments, folder)
    for line in ("image ls healthy.docker", "image ls healthy.dir --format json", "image config healthy.oci",
                 "image cat healthy.docker run.sh", "config show healthy/plimsoll.yaml",
                 "config verify healthy/plimsoll.yaml",
                 "lint --baseline base.json good.zip --runtime python3.13 --handler nowhere.handler"):
        cases[line] = (line.split(), kinds)
    (kinds / "base.json").write_text('{"schema": "plimsoll-baseline/1", "entries": []}\n')
    for name, text in BESIDE.items():
        (kinds / name).write_text(text)
    for line in LINES:
        cases[line] = (shlex.split(line), kinds)
    return cases


def other_commands():
    """The commands without an input."""
    for line in (["--version"], ["rules"], ["rules", "--format", "json"], ["explain", "PL301"],
                 ["explain", "Unable to import module 'app': No module named 'x'"],
                 ["runtimes"], ["help", "pack"], ["completion", "bash"], ["completion", "zsh"],
                 ["completion", "fish"], ["lint"], ["explain", "PL999"], ["config", "schema"],
                 ["--help"], ["rules", "--format", "mdoc"]):
        yield " ".join(line), line


class Sweep:
    def __init__(self, program, library, deadline):
        self.program, self.library, self.deadline = program, library, deadline
        self.plan, self.faults, self.problems, self.swept = [], 0, [], []
        self.outcome = collections.Counter()

    def start(self, arguments, cwd, **more):
        environment = dict(os.environ, LD_PRELOAD=str(self.library), LC_ALL="C.UTF-8", **more)
        standard_input = None
        if "<" in arguments:
            arguments, standard_input = arguments[:-2], (cwd / arguments[-1]).read_bytes()
        try:
            done = subprocess.run([str(self.program), *arguments], cwd=cwd, env=environment,
                                  input=standard_input or b"", capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return "a hang", b"", b""
        return done.returncode, done.stdout, done.stderr

    def allocations(self, arguments, cwd, counter):
        status, out, _ = self.start(arguments, cwd, PL_FAIL_COUNT=str(counter))
        return int(counter.read_text()), status, out

    def add(self, title, arguments, cwd, counter, judge=None, prepare=lambda: None):
        """Puts every fault of this command on the list."""
        self.swept.append(arguments)
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


def tells_failure(path, status):
    """Is it a whole report which says that this run failed?"""
    if status != 3 or path.suffix != ".sarif":
        return False
    try:
        invocations = json.loads(path.read_text())["runs"][0]["invocations"]
    except (ValueError, LookupError):
        return False
    return invocations == [{"executionSuccessful": False, "exitCode": 3}]


def judge_files(folder, usual, whole):
    """Of a command that writes: nothing but `whole` is new, and that has its whole text or is not there."""
    def judge(status):
        now = {p for p in folder.rglob("*") if p.is_file()} - usual
        for path in sorted(now - whole.keys()):
            yield f"left behind: {path.name}"
        for path, text in whole.items():
            if path in now and path.read_bytes() != text and not tells_failure(path, status):
                yield f"{path.name} is not whole"
            if status == 0 and path not in now:
                yield f"exit 0, and no {path.name}"
    return judge


def add_writers(sweep, top, counter):
    """The other commands that change something: hook, cache, and lint with files of its own."""
    repository = top / "repository"
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    shutil.copytree(top / "python", top / "outputs/python")
    lint = ["lint", "--as-of", "2026-11-23", "-j", "1", "--runtime", "python3.13", "--handler", "nowhere.h", "python"]
    packed = top / "packed"
    make_packed(packed)
    pack = ["pack", "--no-lint", "-j", "1", "--no-cache"]
    for arguments, folder, made in (
            (["hook", "install"], repository, [".git/hooks/pre-commit"]),
            (pack, packed, [f"dist/{name}" for name in ("p.zip", "p.zip.json", "n.zip", "n.zip.json", "l.zip",
                                                        "l.zip.json")]),
            ([*pack, "--source", "tree", "--output", "bare.zip"], packed, ["bare.zip", "bare.zip.json"]),
            ([*lint, "--output", "sarif=all.sarif"], top / "outputs", ["all.sarif"]),
            ([*lint, "--baseline", "base.json", "--update-baseline"], top / "outputs", ["base.json"])):
        usual = {p for p in folder.rglob("*") if p.is_file()}
        sweep.start(arguments, folder)
        whole = {folder / name: (folder / name).read_bytes() for name in made}

        def prepare(folder=folder, usual=usual):
            for path in folder.rglob("*"):
                if path.is_file() and path not in usual:
                    path.unlink()

        sweep.add(" ".join(arguments[:2] + made), arguments, folder, counter,
                  judge_files(folder, usual, whole), prepare)
    usual_cache, full = top / "usual-cache", top / "full-cache"
    shutil.copytree(os.environ["XDG_CACHE_HOME"], usual_cache)  # other cases remove it

    info = ["cache", "info", "--format", "json", "--cache-dir", str(usual_cache / "plimsoll")]
    sweep.add("cache info --format json", info, top, counter)

    def fill():
        shutil.rmtree(full, ignore_errors=True)
        shutil.copytree(usual_cache, full)

    clear = ["cache", "clear", "--cache-dir", str(full / "plimsoll")]
    sweep.add("cache clear", clear, top, counter, prepare=fill)


def missing_commands(program, plan):
    """What `plimsoll --help` lists and no case starts."""
    text = subprocess.run([str(program), "--help"], capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^  (\w+)  ", text[text.index("Commands:"):text.index("Options:")], re.M)
    if len(listed) < 5:
        sys.exit("the list of commands in --help was not understood")
    return sorted(set(listed) - {arguments[0] for arguments in plan})


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
        add_writers(sweep, top, counter)
        missing = missing_commands(sweep.program, sweep.swept)
        if missing:
            print("no case lets allocations fail in: " + " ".join(missing))
            return 1
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
