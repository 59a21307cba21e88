#!/usr/bin/env python3
"""Runs the golden cases of the built program.

    tests/cli/run.py --program build/dev/cmd/plimsoll [--update] [AREA | AREA/CASE ...]

A case is one text file, tests/cli/cases/AREA/CASE.case: the first lines say why a user should care,
then come sections that begin with `== WORD`:

    == needs TOOL...       skipped when a tool is missing (fails when CI is set)
    == file PATH [MODE]    a file of the case's folder, with its content
    == run                 a shell script (sh -u); its exit status is the case's
    == filter              sed expressions, applied to stdout and stderr before they are compared
    == exit N              the expected exit status
    == stdout              the expected text; a missing section means that nothing may be there
    == stderr
    == stdout has          lines that must occur somewhere, in place of or beside the whole text
    == stderr has

Each case runs in a fresh folder with TZ, LC_ALL, HOME and umask fixed. PL_UPDATE=1 (or --update)
writes what the program says now into the `stdout` and `stderr` sections; `exit` and the `has` sections
are the contract and are never rewritten. How many rules could not be applied stands as N: it changes
with each new rule. A script that ends with status 77 skips its case.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
CASES = HERE / "cases"
SECTION = re.compile(
    r"^== (needs|file|run|filter|exit|stdout has|stderr has|stdout|stderr)(?: (.*))?$"
)
NO_NEWLINE = "\\ no newline at the end\n"
LIMIT_SECONDS = 120
SKIP = 77


class Case:
    """A case file: `parts` keeps [kind, argument, text] in the order of the file."""

    def __init__(self, path):
        self.path = path
        self.name = f"{path.parent.name}/{path.stem}"
        self.about, self.parts = "", []
        for line in path.read_text().splitlines(keepends=True):
            match = SECTION.match(line.rstrip("\n"))
            if match:
                self.parts.append([match[1], match[2] or "", ""])
            elif self.parts:
                self.parts[-1][2] += line
            else:
                self.about += line
        if not self.about.strip():
            raise ValueError(f"{path}: the first line must say why a user should care")
        if not self.text("run").strip() or self.arg("exit") is None:
            raise ValueError(f"{path}: `== run` and `== exit N` are needed")

    def text(self, kind):
        return "".join(part[2] for part in self.parts if part[0] == kind)

    def arg(self, kind):
        return next((part[1] for part in self.parts if part[0] == kind), None)

    def has(self, kind):
        return any(part[0] == kind for part in self.parts)

    def renew(self, streams):
        for kind, text in streams.items():
            keep = self.has(kind) or not self.has(kind + " has")
            at = next((i for i, p in enumerate(self.parts) if p[0] == kind), None)
            if at is not None:
                del self.parts[at]
            if text and keep:
                self.parts.insert(len(self.parts) if at is None else at, [kind, "", text])
        out = self.about
        for kind, arg, text in self.parts:
            out += f"== {kind}{' ' + arg if arg else ''}\n{text}"
        self.path.write_text(out)


class Runner:
    def __init__(self, program, scratch):
        self.scratch = scratch
        # Its own copy: a user without rights on the build folder must be able to run it.
        self.bin = scratch / "bin"
        self.bin.mkdir(mode=0o755)
        shutil.copy(program, self.bin / "plimsoll")
        os.symlink(sys.executable, self.bin / "python3")
        self.env = {
            "PATH": f"{HERE / 'bin'}:{self.bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "TOP": str(TOP),
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "CI"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def missing(self, case):
        words = (case.arg("needs") or "").split()
        return [w for w in words if not shutil.which(w, path=self.env["PATH"])]

    def run(self, case):
        folder = self.scratch / "case" / case.name.replace("/", "-")
        work, home = folder / "work", folder / "home"
        for path in (work, home):
            path.mkdir(parents=True)
            path.chmod(0o755)
        for kind, arg, text in case.parts:
            if kind == "file":
                name, mode = re.fullmatch(r"(.+?)(?: ([0-7]{3}))?", arg).groups()
                target = work / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
                target.chmod(int(mode or "644", 8))
        env = dict(self.env, HOME=str(home), TMPDIR=str(folder))
        try:
            done = subprocess.run(
                ["sh", "-u", "-c", case.text("run")],
                cwd=work,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LIMIT_SECONDS,
                umask=0o022,
            )
            status, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            status, out, err = f"none within {LIMIT_SECONDS} s", b"", b""
        streams = {"stdout": self.clean(case, out, folder), "stderr": self.clean(case, err, folder)}
        make_removable(folder)
        shutil.rmtree(folder)
        return status, streams

    def clean(self, case, raw, folder):
        raw = raw.replace(str(folder).encode(), b"$CASE").replace(str(TOP).encode(), b"$TOP")
        raw = re.sub(rb"\b\d+ rules? could not be applied", b"N rules could not be applied", raw)
        if case.has("filter"):
            sed = ["sed", "-E"] + [w for line in case.text("filter").splitlines() for w in ("-e", line)]
            raw = subprocess.run(sed, input=raw, stdout=subprocess.PIPE, check=True).stdout
        text = raw.decode("utf-8", "backslashreplace")
        return text + "\n" + NO_NEWLINE if text and not text.endswith("\n") else text


def make_removable(folder):
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o755)
        for entry in os.scandir(path):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o755)


def compare(case, status, streams):
    """What differs from the case, as lines of text."""
    wrong = []
    if str(status) != case.arg("exit"):
        wrong.append(f"exit status {status}, not {case.arg('exit')}")
    for kind, text in streams.items():
        for line in case.text(kind + " has").splitlines():
            if line not in text:
                wrong.append(f"{kind} lacks: {line}")
        if case.has(kind) or not case.has(kind + " has"):
            if text != case.text(kind):
                wrong.append(f"{kind} differs; expected\n{case.text(kind)}")
    return wrong


def report(case, wrong, streams):
    print(f"FAILED: {case.name}  ({case.path})")
    print("  " + case.about.strip().splitlines()[0])
    for line in wrong:
        print("  " + line.replace("\n", "\n    | "))
    for kind, text in streams.items():
        print(f"  {kind} was\n    | " + text.replace("\n", "\n    | "))


def choose(words):
    paths = []
    for word in words or sorted(p.name for p in CASES.iterdir() if p.is_dir()):
        found = sorted((CASES / word).glob("*.case")) if (CASES / word).is_dir() else []
        one = CASES / f"{word}.case"
        found += [one] if one.is_file() else []
        if not found:
            sys.exit(f"no case is named {word}")
        paths += found
    if not paths:
        sys.exit("no case was chosen")
    return [Case(path) for path in paths]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true", default=os.environ.get("PL_UPDATE") == "1")
    parser.add_argument("case", nargs="*")
    args = parser.parse_args()
    cases = choose(args.case)
    failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="plimsoll-cli-") as name:
        scratch = pathlib.Path(name)
        scratch.chmod(0o755)
        runner = Runner(args.program, scratch)
        for case in cases:
            missing = runner.missing(case)
            if missing and os.environ.get("CI"):
                print(f"FAILED: {case.name}: missing here: {' '.join(missing)}")
                failed += 1
                continue
            status, streams = (SKIP, {"stderr": "missing: " + " ".join(missing)}) if missing else runner.run(case)
            if status == SKIP:
                skipped += 1
                print(f"SKIPPED: {case.name}: {streams['stderr'].strip()}")
                continue
            wrong = compare(case, status, streams)
            if args.update and any(" differs; " in w for w in wrong):
                case.renew(streams)
                print(f"RENEWED: {case.name}")
                wrong = [w for w in wrong if " differs; " not in w]
            if wrong:
                failed += 1
                report(case, wrong, streams)
    print(f"{len(cases)} cases, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
