#!/usr/bin/env python3
"""Special files, low limits and bad standard streams: the right status, a word about it, and no hang.

Each case is a shell line in a project; what it must give stands beside it."""

import os
import pathlib
import subprocess
import sys
import zipfile

import common

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
        for title, line, expected, text in cases:
            project.restore("B")
            line = line.replace("{program}", str(program)).replace("{deep}", "d" * 200).replace("{top}", str(top))
            try:
                done = subprocess.run(["bash", "-c", line], cwd=top, env=environment, capture_output=True,
                                      text=True, errors="replace", timeout=60, stdin=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                problems.append(f"{title}: it hangs")
                continue
            expected = expected if isinstance(expected, tuple) else (expected,)
            if done.returncode not in expected:
                problems.append(f"{title}: status {done.returncode}, not {expected}: {done.stderr.strip()[-300:]}")
            said = done.stderr + done.stdout
            if text not in said:
                problems.append(f"{title}: the message lacks '{text}': {said.strip()[-300:]}")
            if done.returncode == 3 and title not in ("all closed", "a reader that has left") and not said:
                problems.append(f"{title}: an error without a word")
        problem = many(program, top)
        if problem:
            problems.append(problem)
    print(f"{len(cases) + 1} cases, {len(problems)} wrong")
    for problem in problems:
        print("  " + problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
