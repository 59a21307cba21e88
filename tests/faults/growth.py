#!/usr/bin/env python3
"""Inputs that grow four times may cost four times as much, not sixteen: for each parser and each rule
that compares things with one another, an input that once was, or might be, quadratic.

It judges the ratio of two CPU times of one machine, never a time."""

import os
import pathlib
import resource
import struct
import subprocess
import sys
import zipfile
import zlib

import common

GROWTH = 4
MOST = 9  # quadratic is 16; caches and the memory of a machine cost some
NOISE_SECONDS = 0.15  # what is quicker than that is not judged
LIMIT_SECONDS = 60

HANDLERS = {
    "python3.13": ("app.py", "def handler(event, context):\n    return 1\n"),
    "nodejs22.x": ("app.js", "exports.handler = async () => 1;\n"),
    "ruby3.3": ("app.rb", "def handler(event:, context:)\n  1\nend\n"),
}


def lines(text, many):
    return "".join(text.replace("%d", str(number)).replace("%p", str(number + 1)) for number in range(many))


def source(runtime, many, text, before="", after=""):
    """A handler of `many` lines, and the handler itself behind them."""
    def make(top, times):
        name, handler = HANDLERS[runtime]
        (top / name).write_text(before + lines(text, many * times) + after + "\n" + handler)
        return ["--runtime", runtime, "--handler", "app.handler", "."]
    return make


def entries(many, entry, runtime="python3.13", more=lambda times: ""):
    """A ZIP of `many` entries (name, bytes), with what its handler holds besides."""
    def make(top, times):
        name, handler = HANDLERS[runtime]
        with zipfile.ZipFile(top / "a.zip", "w") as archive:
            archive.writestr(name, more(times) + handler)
            for number in range(many * times):
                archive.writestr(*entry(number))
        return ["--runtime", runtime, "--handler", "app.handler", "a.zip"]
    return make


def text(many, name, make_text):
    """A template or another text beside a package a.zip."""
    def make(top, times):
        with zipfile.ZipFile(top / "a.zip", "w") as archive:
            archive.writestr(*HANDLERS["python3.13"])
        (top / name).write_text(make_text(many * times))
        return [name]
    return make


def marks(top, times):
    """One name of Unicode marks in the wrong order; zipfile takes no such length at a good speed."""
    name = ("a" + "\u0315\u0316" * 3500 * times).encode()
    fields = struct.pack("<HHHHHIIIHH", 20, 0x800, 0, 0, 33, zlib.crc32(b""), 0, 0, len(name), 0)
    out = b"PK\x03\x04" + fields + name
    directory = b"PK\x01\x02" + struct.pack("<H", 0x314) + fields + struct.pack("<HHHII", 0, 0, 0, 0o644 << 16, 0) + name
    out += directory + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(out), 0)
    (top / "a.zip").write_bytes(out)
    return ["--type", "layer", "--runtime", "python3.13", "a.zip"]


SAM = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = "F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: a.zip%s}}"


def flow(many, word):
    return ", ".join(word.replace("%d", str(number)) for number in range(many))


def template(head, function, more=""):
    return SAM + head + "Resources:\n  " + FUNCTION % function + "\n" + more


CASES = {
    "Python, relative imports": source("python3.13", 7000, "from . import a%d\n"),
    "Python, functions in functions": source("python3.13", 4000, "def f%d():\n  def g():\n    import q%d\n"),
    "JavaScript, exports[exports[": source("nodejs22.x", 8000, "exports["),
    "JavaScript, imports in a row": source("nodejs22.x", 20000, "import a%d "),
    "JavaScript, files that are not there": source("nodejs22.x", 6000, "require('./a%d');\n"),
    "JavaScript, module.exports again": source("nodejs22.x", 20000, "module.exports = {...module.exports, a%d: 1};\n"),
    "JavaScript, a long name of members": source("nodejs22.x", 40000, "exports.", after="x = 1"),
    "Ruby, heredocs": source("ruby3.3", 10000, "x(<<A%d, <<B%d)\n a\nA%d\n b\nB%d\n"),
    "Ruby, nested interpolation": source("ruby3.3", 20000, "\"#{"),
    "ZIP, one name of marks": marks,
    "ZIP, long common names": entries(3000, lambda n: ("p/" * 300 + f"f{n}", b"")),
    "ZIP, imports beside many folders": entries(3000, lambda n: (f"pkg{n}/__init__.py", b""),
                                                more=lambda times: lines("import m%d\n", 1000 * times)),
    "template, a map and what looks into it": text(6000, "template.yaml", lambda n: template(
        f"Mappings: {{M: {{{flow(n, 'k%d: {v: a}')}}}}}\n",
        f", Environment: {{Variables: {{{flow(n, 'V%d: !FindInMap [M, k%d, v]')}}}}}")),
    "template, findings in one line": text(2500, "template.yaml", lambda n: template(
        "", ", Events: {" + flow(n, "E%d: {Type: Schedule, Properties: {Schedule: 'cron(0 0 * * * *)'}}") + "}")),
    "template, conditions that name each other twice": text(500, "template.yaml", lambda n: template(
        "Conditions:\n" + lines("  C%d: !And [!Condition C%p, !Condition C%p]\n", n) + f"  C{n}: !Equals [a, b]\n",
        ", MemorySize: !If [C0, 128, 256]")),
    "template, functions and permissions": text(4000, "template.yaml", lambda n: template("", "", lines(
        "  P%d: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: 'lambda:InvokeFunction', "
        "Principal: s3.amazonaws.com, SourceArn: 'arn%d'}}\n", n))),
    "serverless.yml, variables into a wide map": text(5000, "serverless.yml", lambda n: (
        "service: s\nprovider: {name: aws, runtime: python3.13}\n" f"custom: {{{flow(n, 'k%d: v')}}}\n"
        "functions:\n  f: {handler: app.handler, package: {artifact: a.zip}, environment: {"
        + flow(n, 'V%d: "${self:custom.k%d}"') + "}}\n")),
    "YAML, brackets": text(10000, "template.yaml", lambda n: SAM + "Resources: " + "[" * n),
}


def cpu(program, arguments, cwd):
    """(status, seconds of CPU)."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_SECONDS, LIMIT_SECONDS))
    child = subprocess.Popen([program, "lint", "--as-of", "2026-11-23", "-j", "1", *arguments], cwd=cwd,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=limit)
    _, status, usage = os.wait4(child.pid, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime


def measure(program, make, top, times):
    top.mkdir()
    arguments = make(top, times)
    runs = [cpu(program, arguments, top) for _ in range(2)]
    return runs[0][0], min(seconds for _, seconds in runs)


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--size", type=int, default=1, help="so many times larger inputs (default: 1)")
    args = parser.parse_args()
    program, problems, worst = str(args.program.resolve()), [], 0.0
    with common.scratch() as name:
        for number, (title, make) in enumerate(CASES.items()):
            top = pathlib.Path(name)
            _, small = measure(program, make, top / f"{number}-small", args.size)
            status, large = measure(program, make, top / f"{number}-large", args.size * GROWTH)
            ratio = large / max(small, 0.005)
            print(f"{title}: {small:.2f} s, {large:.2f} s, {ratio:.1f} times, status {status}")
            if status not in (0, 1, 2, 3):
                problems.append(f"{title}: status {status}")
            if large > NOISE_SECONDS:
                worst = max(worst, ratio)
                if ratio > MOST:
                    problems.append(f"{title}: {GROWTH} times the input cost {ratio:.1f} times as much")
    print(f"{len(CASES)} inputs made {GROWTH} times as large, {worst:.1f} times the CPU at most, {len(problems)} wrong")
    for problem in problems:
        print("  " + problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
