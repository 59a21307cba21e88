#!/usr/bin/env python3
"""Figures of gcov for one build folder, and the branches that no test took, by reason.
coverage.py BUILD [--list]"""

import collections
import json
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
ROOMS = ("pkg/archive", "pkg/base", "pkg/build", "pkg/image", "pkg/inspect", "pkg/lambda", "pkg/project",
         "pkg/survey", "rules", "cmd")
REASONED = ("pkg/archive/", "pkg/build/")


def read(build):
    """{(file, line): [count, [branch counts]]} over all objects of the library and the program."""
    lines = {}
    notes = [p for p in build.rglob("*.gcda") if re.search(r"/(pkg|rules|cmd)/.*\.dir/", str(p))]
    if not notes:
        sys.exit(f"{build}: no counts of gcov: was it built with --coverage, and run?")
    for note in notes:
        text = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", str(note)],
                              cwd=build, capture_output=True, check=True).stdout
        for part in text.splitlines():
            for file in json.loads(part)["files"]:
                match = re.search(r"(?:^|/)((?:pkg|rules|cmd)/.*\.[ch])$", file["file"])
                if match:
                    add(lines, match[1], file["lines"])
    return lines


def add(lines, name, rows):
    for row in rows:
        there = lines.setdefault((name, row["line_number"]), [0, []])
        there[0] += row["count"]
        counts = [branch["count"] for branch in row["branches"]]
        if len(there[1]) == len(counts):
            there[1] = [a + b for a, b in zip(there[1], counts)]
        elif not there[1]:
            there[1] = counts


def table(lines):
    print(f"{'':14} {'lines':>16} {'branches':>18}")
    for room in ROOMS:
        rows = [row for (name, _), row in lines.items() if name.startswith(room + "/")]
        branches = [count for row in rows for count in row[1]]
        done, taken = sum(row[0] > 0 for row in rows), sum(count > 0 for count in branches)
        print(f"{room:14} {done:6}/{len(rows):<6}{done / max(len(rows), 1):5.1%}"
              f" {taken:7}/{len(branches):<6}{taken / max(len(branches), 1):5.1%}")


def reasons():
    rows = []
    for line in (TOP / "tests/coverage.reasons").read_text().splitlines():
        if line and not line.startswith("#"):
            reason, _, pattern = line.partition(" = ")
            rows.append((reason.strip(), re.compile(pattern)))
    return rows


def statement(source, number):
    """The statement or condition that a line is part of: up to the line before that ends one."""
    first = number - 1
    while first > 0 and not re.search(r"[;{}:]\s*(/\*.*)?$|^\s*$|\*/$", source[first - 1]):
        first -= 1
    return " ".join(text.strip() for text in source[first:number + 1])


def open_branches(lines):
    """(file, line, how many branches) that nothing took."""
    for (name, number), (_, branches) in sorted(lines.items()):
        missing = sum(count == 0 for count in branches)
        if missing and name.startswith(REASONED):
            yield name, number, missing


def main():
    lines = read(pathlib.Path(sys.argv[1]).resolve())
    table(lines)
    known, by_reason, bare = reasons(), collections.Counter(), []
    for name, number, missing in open_branches(lines):
        source = (TOP / name).read_text().splitlines()
        text = f"{name}: {statement(source, number)}" if number <= len(source) else name
        reason = next((reason for reason, pattern in known if pattern.search(text)), None)
        by_reason[reason or "WITHOUT A REASON"] += missing
        if reason is None:
            bare.append((name, number, missing, text))
    print(f"\nbranches of {' and '.join(r.rstrip('/') for r in REASONED)} that no test takes, by reason:")
    for reason, many in by_reason.most_common():
        print(f"{many:6}  {reason}")
    if "--list" in sys.argv:
        for name, number, missing, text in bare:
            print(f"{name}:{number}: {missing}: {text.split(': ', 1)[1][:150]}")


if __name__ == "__main__":
    main()
