#!/usr/bin/env python3
"""Special files, low limits and bad standard streams: the right status, a word about it, and no hang.

Each case is a shell line in a project; what it must give stands beside it."""

import os
import pathlib
import shlex
import subprocess
import sys
import zipfile

import common
import inputs

GOOD = "lint --runtime python3.13 --handler app.handler dist/thumb.zip"
# (title, shell line, expected status, text that stderr must hold)
CASES = (
    ("8 open files, pack", "ulimit -n 8; plimsoll pack --no-lint", 0, ""),
    ("8 open files, lint", f"ulimit -n 8; plimsoll {GOOD}", 0, ""),
    ("4 open files, lint", f"ulimit -n 4; plimsoll {GOOD}", (0, 3), ""),
    ("a stack of 64 KiB, pack", "ulimit -s 64; plimsoll pack --no-lint", 0, ""),
    ("a stack of 64 KiB, lint", f"ulimit -s 64; plimsoll {GOOD}", 0, ""),
    ("files of at most 1 KiB", "ulimit -f 1; trap '' XFSZ; plimsoll pack --no-lint", 3, "thumb.zip"),
    ("stdin closed", f"plimsoll {GOOD} <&-", 0, ""),
    ("stdout closed", f"plimsoll {GOOD} >&-", 3, "standard output"),
    ("stderr closed", f"plimsoll {GOOD} 2>&-", 0, ""),
    ("all closed", f"plimsoll {GOOD} <&- >&- 2>&-", 3, ""),
    ("stdout closed, pack", "plimsoll pack --no-lint >&-", 3, "standard output"),
    ("stdout full", f"plimsoll {GOOD} >/dev/full", 3, "standard output"),
    ("stdout full, rules", "plimsoll rules >/dev/full", 3, "standard output"),
    ("stdout full, JSON", f"plimsoll {GOOD} --format json >/dev/full", 3, "standard output"),
    ("stderr full", f"plimsoll {GOOD} 2>/dev/full", 0, ""),
    ("a reader that has left", "plimsoll rules --format json | head -c 1 >/dev/null; "
                               "exit ${PIPESTATUS[0]}", 3, ""),
    ("a terminal of width 0", f"COLUMNS=0 plimsoll {GOOD} --color always", 0, ""),
    ("LANG=C and a name beyond ASCII", "LC_ALL=C plimsoll pack --no-lint -f wide.yaml", 0, ""),
    ("no HOME", f"env -i {{program}} {GOOD}", 0, ""),
    ("no HOME, pack", "env -i {program} pack --no-lint", 0, ""),
    ("a FIFO among the sources", "mkfifo src/pipe; plimsoll pack --no-lint; s=$?; rm src/pipe; exit $s", 3, "src/pipe"),
    ("a socket among the sources", "{socket} src/sock; plimsoll pack --no-lint; s=$?; rm src/sock; exit $s",
     3, "src/sock"),
    ("a link among the sources that leads to itself",
     "ln -s round src/round; plimsoll pack --no-lint; s=$?; rm src/round; exit $s", (0, 3), ""),
    ("a FIFO behind a link among the sources",
     "mkfifo pipe; ln -s ../pipe src/pipe; plimsoll pack --no-lint; s=$?; rm pipe src/pipe; exit $s", (0, 3), ""),
    ("a socket as input", "{socket} sock; plimsoll lint sock; s=$?; rm sock; exit $s", 3, "sock"),
    ("a FIFO as the ZIP", "rm dist/thumb.zip; mkfifo dist/thumb.zip; plimsoll pack --no-lint; s=$?; rm dist/thumb.zip; exit $s", (0, 3), ""),
    ("a FIFO as input", "mkfifo pipe; plimsoll lint pipe; s=$?; rm pipe; exit $s", 3, "pipe"),
    ("a device as input", "plimsoll lint /dev/zero", 3, "/dev/zero"),
    ("a link loop as input", "ln -s loop loop; plimsoll lint loop; s=$?; rm loop; exit $s", 3, "loop"),
    ("a path of 12,000 bytes", "plimsoll lint $(printf 'folder/%.0s' $(seq 1714))f.zip", 3, ""),
    ("a tree deeper than a path may be long",
     "mkdir deep && cd deep && for i in $(seq 60); do mkdir {deep} && cd {deep}; done; cd {top}; "
     "plimsoll pack --no-lint -f deep.yaml; s=$?; rm -r deep; exit $s", (0, 3), ""),
    ("a sparse file of 5 GiB as input", "truncate -s 5G big.zip; plimsoll lint big.zip; s=$?; rm big.zip; exit $s",
     (1, 3), ""),
)

# Where a file is looked for that nobody named: (title, files to make, FIFOs, arguments of lint, status).
FUNCTION = "{Runtime: python3.13, Handler: app.handler, CodeUri: code}"
SAM = "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function, Properties: %s}}\n"
HIDDEN = (
    ("the manifest", {"app.py": ""}, ["plimsoll.yaml"], ["."], (1, 3)),
    ("a template's code", {"template.yaml": SAM % FUNCTION}, ["code"], ["template.yaml"], (1, 3)),
    ("a file of a template's code", {"template.yaml": SAM % FUNCTION}, ["code/app.py"], ["template.yaml"], (1, 3)),
    ("an assembly's manifest", {"a.txt": ""}, ["manifest.json"], ["."], (1, 3)),
    ("an assembly's template", {"manifest.json": '{"version": "36.0.0", "artifacts": {"S": {"type": '
                                '"aws:cloudformation:stack", "properties": {"templateFile": "S.json"}}}}'},
     ["S.json"], ["."], (1, 3)),
    ("a file that serverless.yml names", {"serverless.yml": "service: s\nprovider: {name: aws, runtime: python3.13}\n"
                                          "functions: ${file(f.yml)}\n"}, ["f.yml"], ["serverless.yml"], (0, 1, 3)),
    ("the index of an image", {"oci-layout": '{"imageLayoutVersion": "1.0.0"}'}, ["index.json"], ["."], (1, 3)),
    ("a blob of an image", {"oci-layout": '{"imageLayoutVersion": "1.0.0"}', "index.json":
                            '{"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", '
                            f'"digest": "sha256:{"0" * 64}", "size": 2}}]}}'}, [f"blobs/sha256/{'0' * 64}"], ["."], (1, 3)),
    ("the baseline", {"app.py": ""}, ["base.json"], ["--baseline", "base.json", "--runtime", "python3.13", "."], 3),
)
# Limits under which each kind of input has to give the very verdict that it gives without them.
EVERYWHERE = ("ulimit -n 8", "ulimit -s 64", "unset HOME PATH LANG", "export LC_ALL=C COLUMNS=0")

# With --full: they read or write gigabytes.
SLOW = (
    ("a sparse file of 5 GiB, pack",
     "truncate -s 5G huge/model.bin; plimsoll pack --no-lint -f huge.yaml; s=$?; rm huge/model.bin; exit $s",
     (0, 3), ""),
    ("a sparse file of 5 GiB, lint of the folder",
     "truncate -s 5G huge/model.bin; plimsoll lint --runtime python3.13 --handler app.handler huge; s=$?; "
     "rm huge/model.bin; exit $s", (1, 3), ""),
)


def many(program, top):
    """70,000 files are packed, and read again by us and by Python."""
    folder = top / "many"
    for number in range(70000):
        path = folder / f"d{number // 500}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    (folder / "app.py").write_text("def handler(event, context):\n    return 1\n")
    (top / "many.yaml").write_text(common.MANIFEST.replace("sources: src", "sources: many"))
    done = subprocess.run([str(program), "pack", "-f", "many.yaml", "--as-of", "2026-11-23"], cwd=top,
                          capture_output=True, text=True)
    if done.returncode != 0:
        return f"70,000 files: status {done.returncode}: {done.stderr}"
    with zipfile.ZipFile(top / "dist/thumb.zip") as archive:
        names = archive.namelist()
        if len([n for n in names if not n.endswith("/")]) != 70001 or archive.testzip() is not None:
            return f"70,000 files: {len(names)} entries"
    return None


def run(line, cwd, environment, timeout=60):
    """The result, or None when it hangs."""
    try:
        return subprocess.run(["bash", "-c", line], cwd=cwd, env=environment, capture_output=True, text=True,
                              errors="replace", timeout=timeout, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None


def judge(title, done, expected, text, may_be_silent):
    """What is wrong with a case, line by line."""
    if done is None:
        yield f"{title}: it hangs"
        return
    said = done.stderr + done.stdout
    if done.returncode not in (expected if isinstance(expected, tuple) else (expected,)):
        yield f"{title}: status {done.returncode}, not {expected}: {said.strip()[-300:]}"
    if text not in said:
        yield f"{title}: the message lacks '{text}': {said.strip()[-300:]}"
    if done.returncode == 3 and not said and not may_be_silent:
        yield f"{title}: an error without a word"


def hidden(program, top, environment):
    """A FIFO where a file is looked for that nobody named."""
    for number, (title, files, pipes, arguments, expected) in enumerate(HIDDEN):
        folder = top / f"hidden{number}"
        for name in [*files, *pipes]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        for name in pipes:
            os.mkfifo(folder / name)
        done = run(shlex.join([str(program), "lint", *arguments]), folder, environment, 20)
        yield from judge(f"a FIFO is {title}", done, expected, "", False)


def everywhere(program, top, environment):
    """(how many, problems) of the limits over every kind of input."""
    kinds, many, problems = top / "kinds", 0, []
    kinds.mkdir()
    for title, arguments, folder, status in inputs.make(kinds):
        line = shlex.join(inputs.lint_command(program, arguments))
        usual = run(line, folder, environment)
        for limit in EVERYWHERE:
            done = run(f"{limit}; {line}", folder, environment)
            problems += judge(f"{limit}: {title}", done, status, "", False)
            if done and done.stdout != usual.stdout:
                problems.append(f"{limit}: {title}: another report: {done.stderr.strip()[-300:]}")
        for where in ("/dev/full", "&-"):
            problems += judge(f"stdout {where}: {title}", run(f"{line} >{where}", folder, environment), 3,
                              "standard output", False)
        many += len(EVERYWHERE) + 2
    return many, problems


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--full", action="store_true", help="also what takes long")
    args = parser.parse_args()
    cases = CASES + SLOW if args.full else CASES
    program, problems = args.program.resolve(), []
    with common.scratch() as name:
        top = pathlib.Path(name)
        project = common.Project(args.program, top, 6)
        (top / "huge").mkdir()
        (top / "wide").mkdir()
        for folder in ("huge", "wide"):
            (top / folder / "app.py").write_text("def handler(event, context):\n    return 1\n")
        (top / "wide" / "größe-日本.txt").write_text("x")
        for manifest in ("huge", "wide", "deep"):
            (top / f"{manifest}.yaml").write_text(common.MANIFEST.replace("sources: src", f"sources: {manifest}"))
        environment = dict(os.environ, PATH=f"{program.parent}:{os.environ['PATH']}")
        words = {"program": str(program), "deep": "d" * 200, "top": str(top),
                 "socket": f"{sys.executable} -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'"}
        for title, line, expected, text in cases:
            project.restore("B")
            for word, value in words.items():
                line = line.replace("{" + word + "}", value)
            problems += judge(title, run(line, top, environment, 900 if args.full else 60), expected, text,
                              title in ("all closed", "a reader that has left"))
        problems += hidden(program, top, environment)
        more, wrong = everywhere(program, top, environment)
        problems += wrong
        problem = many(program, top)
        if problem:
            problems.append(problem)
    print(f"{len(cases) + len(HIDDEN) + more + 1} cases, {len(problems)} wrong")
    for problem in problems:
        print("  " + problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
