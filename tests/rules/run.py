#!/usr/bin/env python3
"""Every rule against its fixtures, compared whole and in both directions.

    tests/rules/run.py --program build/dev/cmd/plimsoll --mkfixture build/dev/fixtures/mkfixture

A fixture is one text file, fixtures/rules/NAME.case. Its first lines say why a user should care, then
come sections that begin with `== WORD`:

    == file PATH [MODE]   a file of the fixture's folder, with its content
    == run                a shell script that makes packages of them (tests/cli/bin is on PATH)
    == lint ARGUMENTS     what `plimsoll lint` is given; more than one section is allowed
    == expect             what the section before it must find, complete: one line each,
                          RULE SEVERITY [MEMBER or FILE:LINE]; an empty section: nothing

The recipes of fixtures/archive are fixtures too: their `expect:` lines have the same form, or say
`none`.  PL_UPDATE=1 renews them.

With --ways each rule is also turned off and on in five ways where it fires first (ways.py).

After all fixtures the table of rules is joined with what was seen: each rule must have been found at
least once, and must have been applied and silent at least once. `--list` prints that join.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

import ways

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
SECTION = re.compile(r"^== (file|run|lint|expect)(?: (.*))?$")
AS_OF = "2026-11-23"


def sections(path):
    """The (kind, argument, text) triples of a case file."""
    parts, about = [], ""
    for line in path.read_text().splitlines(keepends=True):
        match = SECTION.match(line.rstrip("\n"))
        if match:
            parts.append([match[1], match[2] or "", ""])
        elif parts:
            parts[-1][2] += line
        else:
            about += line
    if not about.strip():
        raise ValueError(f"{path}: the first line must say why a user should care")
    kinds = [part[0] for part in parts]
    if kinds.count("lint") == 0 or kinds.count("lint") != kinds.count("expect"):
        raise ValueError(f"{path}: each `== lint` needs its `== expect`, and one at least is needed")
    return parts


def lint(program, arguments, folder, env):
    """The report of one run, as parsed JSON, and what it took of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [program, "lint", "--as-of", AS_OF, "--format", "json"] + arguments
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=120)
    if not done.stdout:
        raise AssertionError(f"no report, status {done.returncode}: {done.stderr.decode()}")
    took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    return json.loads(done.stdout), took


def said(finding):
    """A finding as an `expect` line."""
    place = finding.get("member", "")
    if not place and "location" in finding:
        place = f"{finding['location']['file']}:{finding['location']['line']}"
    place = place.replace("\n", "\\n")
    return f"{finding['rule']} {finding['severity']} {place}".strip()


class Seen:
    """Which rules were found, and which were applied and silent, in how many fixtures."""

    def __init__(self, rules, tried):
        self.rules, self.ways = rules, tried
        self.fired = collections.Counter()
        self.silent = collections.Counter()

    def add(self, report):
        fired = {finding["rule"] for finding in report["findings"]}
        skipped = {skip["rule"] for skip in report["skipped"]}
        has_function = report["summary"]["functions"] > 0 and any(
            item["functions"] for item in report["inputs"])
        for rule in self.rules:
            if rule["id"] in fired:
                self.fired[rule["id"]] += 1
            elif rule["id"] not in skipped and (rule["subject"] == "package" or has_function):
                self.silent[rule["id"]] += 1


def try_ways(seen, report, seconds, arguments, folder, env):
    """The five ways of each rule that fires here first."""
    fired = {finding["rule"] for finding in report["findings"]}
    if not seen.ways or not fired - seen.ways.tried:
        return []
    return seen.ways.add(arguments, pathlib.Path(folder), env, seconds)


def run_case(args, path, env, seen):
    """What is wrong with one case file's outcome, as lines."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        arguments = None
        for kind, argument, text in sections(path):
            if kind == "file":
                name, _, mode = argument.partition(" ")
                file = pathlib.Path(folder, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
                file.chmod(int(mode or "644", 8))
            elif kind == "run":
                subprocess.run(["sh", "-eu", "-c", text], cwd=folder, env=env, check=True)
            elif kind == "lint":
                arguments = argument.split()
            else:
                report, seconds = lint(args.program, arguments, folder, env)
                seen.add(report)
                faults += try_ways(seen, report, seconds, arguments, folder, env)
                want = sorted(line.strip() for line in text.splitlines() if line.strip())
                have = sorted(said(finding) for finding in report["findings"])
                faults += compare(want, have, "lint " + " ".join(arguments))
    return faults


def compare(want, have, what):
    missing = collections.Counter(want) - collections.Counter(have)
    extra = collections.Counter(have) - collections.Counter(want)
    return ([f"{what}: not found: {line}" for line in sorted(missing.elements())] +
            [f"{what}: not expected: {line}" for line in sorted(extra.elements())])


def expected(path):
    """The finding lines of a recipe, or None when it does not say what it expects."""
    lines = [line[len("expect:"):].strip() for line in path.read_text(errors="surrogateescape")
             .splitlines() if line.startswith("expect:")]
    if not lines:
        return None
    return [line for line in lines if line != "none"]


def renew(path, have):
    """Writes the findings into the recipe, behind its `issue:` lines."""
    lines = [line for line in path.read_text().splitlines(keepends=True)
             if not line.startswith("expect:")]
    at = max(i for i, line in enumerate(lines) if line.startswith(("#", "issue:"))
             and not any(other.startswith("entry:") for other in lines[:i])) + 1
    lines[at:at] = [f"expect: {line}\n" for line in have or ["none"]]
    path.write_text("".join(lines))


def quoted(text):
    """A name as it can stand in a line of text."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def run_recipe(args, path, env, seen):
    """An archive recipe: built by mkfixture, compared by its `expect:` lines."""
    with tempfile.TemporaryDirectory() as folder:
        package = pathlib.Path(folder, "package.zip")
        subprocess.run([args.mkfixture, path, package], check=True)
        report, seconds = lint(args.program, ["package.zip"], folder, env)
        seen.add(report)
        faults = try_ways(seen, report, seconds, ["package.zip"], folder, env)
        have = sorted(quoted(said(finding)) for finding in report["findings"])
        if path.name.startswith("pass-") and any(" error" in line for line in have):
            return faults + [f"a false error: {line}" for line in have]
        if os.environ.get("PL_UPDATE") == "1":
            renew(path, have)
            return faults
        want = expected(path)
        if want is None:
            return faults + ["no `expect:` line; PL_UPDATE=1 writes what is found now"]
        return faults + compare(sorted(want), have, "lint")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--mkfixture", required=True)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--ways", choices=["all", "some", "none"], default="none")
    args = parser.parse_args()
    args.program = os.path.abspath(args.program)
    args.mkfixture = os.path.abspath(args.mkfixture)
    path = f"{os.path.dirname(args.program)}:{TOP}/tests/cli/bin:{os.environ['PATH']}"
    env = {"PATH": path, "TZ": "UTC", "LC_ALL": "C",
           "HOME": "/nonexistent", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
    os.umask(0o022)
    rules = json.loads(subprocess.run([args.program, "rules", "--format", "json"], check=True,
                                      capture_output=True).stdout)["rules"]
    tried = None if args.ways == "none" else ways.Ways(args.program, rules, args.ways == "some")
    seen, failed, passed = Seen(rules, tried), 0, 0
    cases = [(run_case, path) for path in sorted(TOP.glob("fixtures/rules/*.case"))]
    recipes = [(run_recipe, path) for path in sorted(TOP.glob("fixtures/archive/*.zt"))]
    if not cases or not recipes:
        sys.exit("no fixtures: the test would prove nothing")
    for runner, path in cases + recipes:
        try:
            faults = runner(args, path, env, seen)
        except (AssertionError, ValueError, subprocess.SubprocessError) as error:
            faults = [str(error)]
        failed, passed = failed + bool(faults), passed + (not faults)
        for fault in faults:
            print(f"{path.relative_to(TOP)}: {fault}")
    for rule in rules:
        fired, silent = seen.fired[rule["id"]], seen.silent[rule["id"]]
        if args.list:
            print(f"{rule['id']} {rule['name']}: found in {fired}, silent in {silent}")
        has_former = any(other["aliases"] for other in rules)
        if tried and rule["id"] in tried.untried() and (rule["id"] != "PL004" or has_former):
            failed += 1
            print(f"{rule['id']} {rule['name']}: no fixture fires it by itself: not tried")
        if rule["id"] == "PL004" and not has_former:
            fired = fired or 1  # no rule has a former name yet: nothing can fire it
        if not fired or not silent:
            failed += 1
            print(f"{rule['id']} {rule['name']}: found in {fired}, applied and silent in {silent}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
