#!/usr/bin/env python3
"""Lets each Nth system call fail once (strace -e inject), or kills the program there.

pack: the ZIP is the old one, untouched, or the new one, whole; exit 0 only with the new one; nothing
is left behind (after SIGKILL: nothing that the next pack does not remove).
lint: a fault never turns a finding into a pass, nor a pass into a finding."""

import collections
import os
import re
import shutil
import subprocess
import sys
import time

import common

ERRORS = {
    "openat": "EIO", "read": "EIO", "pread64": "EIO", "write": "ENOSPC", "pwrite64": "ENOSPC",
    "close": "EIO", "rename": "EIO", "renameat": "EIO", "renameat2": "EIO", "linkat": "EIO",
    "unlink": "EIO", "unlinkat": "EIO", "fstat": "EIO", "newfstatat": "EIO", "getdents64": "ENOMEM",
    "fsync": "EIO", "lseek": "EIO", "mmap": "ENOMEM", "mkdir": "EACCES", "mkdirat": "EACCES",
    "ftruncate": "EIO", "readlinkat": "EIO", "faccessat2": "EACCES", "clone3": "EAGAIN",
}
CHANGING = ("write", "pwrite64", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat",
            "fsync", "ftruncate", "mkdirat", "mkdir")


def strace_works():
    strace = shutil.which("strace")
    if not strace:
        return False
    try:
        done = subprocess.run([strace, "-f", "-o", "/dev/null", "true"], capture_output=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def known_calls():
    """Those of our calls that this CPU's system call table has."""
    known = []
    for call in ERRORS:
        done = subprocess.run(["strace", "-e", f"trace={call}", "-o", "/dev/null", "true"], capture_output=True)
        if done.returncode == 0:
            known.append(call)
    return known


def count_calls(command, cwd, calls, log):
    """{call: (first, last)}: which of its calls come after the dynamic loader's, whose failures are not
    ours. `when=` counts per thread, so `last` is the most that one thread makes."""
    subprocess.run(
        ["strace", "-f", "-qq", "-e", "signal=none", "-e", "trace=set_robust_list," + ",".join(calls),
         "-o", str(log), *command],
        cwd=cwd, capture_output=True, timeout=120,
    )
    seen, loader = collections.Counter(), None
    for line in log.read_text(errors="replace").splitlines():
        match = re.match(r"(\d+) +(\w+)\(", line)
        if not match:
            continue
        if match[2] == "set_robust_list" and loader is None:
            loader = {call: number for (call, _), number in seen.items()}
        seen[match[2], match[1]] += 1
    if loader is None:
        sys.exit("the log of strace does not show where the loader ends")
    span = {}
    for (call, _), number in seen.items():
        span[call] = (loader.get(call, 0) + 1, max(number, span.get(call, (0, 0))[1]))
    return span


def inject(command, cwd, call, what, when):
    """(status, stdout) of the command with that fault."""
    try:
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call,
             "-e", f"inject={call}:{what}:when={when}", *command],
            cwd=cwd, capture_output=True, timeout=60,
        )
    except subprocess.TimeoutExpired:
        return "a hang", b""
    return done.returncode, done.stdout


def spread(first, last, limit):
    """Every number for the first half of `limit`, then evenly up to the last one."""
    most = last - first + 1
    if most <= limit:
        return range(first, last + 1)
    near = limit // 2
    step = (most - near) / (limit - near)
    far = {first + near + int(step * i) - 1 for i in range(1, limit - near + 1)}
    return sorted(set(range(first, first + near)) | far | {last})


class Sweep:
    def __init__(self, calls, limit, deadline):
        self.calls, self.limit, self.deadline = calls, limit, deadline
        self.faults, self.problems, self.cut = 0, [], False

    def run(self, title, command, cwd, log, judge, kill=False, prepare=None):
        if prepare:
            prepare()
        span = count_calls(command, cwd, self.calls, log)
        if not span:
            sys.exit("strace saw no system call: the sweep would see nothing")
        plan = [(c, f"error={ERRORS[c]}") for c in self.calls]
        if kill:
            plan += [(c, "signal=KILL") for c in self.calls if c in CHANGING]
        for call, what in plan:
            for when in spread(*span.get(call, (1, 0)), self.limit):
                if time.monotonic() > self.deadline:
                    self.cut = True
                    return
                if prepare:
                    prepare()
                status, out = inject(command, cwd, call, what, when)
                self.faults += 1
                for problem in judge(call, what, status, out):
                    self.problems.append(f"{title}, {call} {what} number {when}, status {status}: {problem}")


def judge_pack(project):
    def judge(call, what, status, out):
        del out
        killed = what == "signal=KILL"
        now = common.digest(project.zip)
        if now not in project.hash.values():
            yield "the ZIP is " + ("gone" if now is None else "neither the old one nor the new one")
        elif status == 0 and now != project.hash["B"]:
            yield "exit 0, and the old ZIP"
        elif project.wrong_pair(status):
            yield project.wrong_pair(status)
        if status == "a hang":
            yield "it hangs"
        elif not killed and status < 0:
            yield "it dies of a signal"
        elif not killed and status in (1, 2):
            yield "the status of a finding or of wrong usage"
        left = project.litter()
        if left and not killed and not call.startswith("unlink"):
            yield "left behind: " + " ".join(left)
        if left:
            project.age_litter()
            project.pack()
            if project.wrong_pair(0):
                yield "after the next pack: " + project.wrong_pair(0)
            if project.litter():
                yield "the next pack did not remove " + " ".join(project.litter())
    return judge


def judge_lint(expected, normal):
    def judge(call, what, status, out):
        del call, what
        if status == "a hang" or status < 0:
            yield "it dies of a signal, or hangs"
        elif status in (0, 1) and status != expected:
            yield "the verdict turned"
        elif status == expected and out != normal:
            yield "the same status with another report"
        elif status == 2:
            yield "the status of wrong usage"
    return judge


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--limit", type=int, default=40, help="faults per system call and case")
    parser.add_argument("--seconds", type=int, default=300, help="stop after so long")
    args = parser.parse_args()
    if not strace_works():
        print("SKIPPED: strace is missing or may not trace here")
        return 1 if os.environ.get("CI") and not shutil.which("strace") else common.SKIP
    sweep = Sweep(known_calls(), args.limit, time.monotonic() + args.seconds)
    with common.scratch() as name:
        top = common.pathlib.Path(name)
        project = common.Project(args.program, top / "p", 12)

        def prepare():
            project.restore("A")
            project.select("B")

        log = top / "log"
        sweep.run("pack", project.command("-j", "1"), project.top, log, judge_pack(project), True, prepare)
        project.restore("B")
        for expected, handler in ((1, "nowhere.handler"), (0, "app.handler")):
            # The ZIP takes its settings from the manifest, which must not get lost by a fault either.
            manifest = common.MANIFEST.replace("app.handler", handler)
            (project.top / "plimsoll.yaml").write_text(manifest)
            options = ["--runtime", "python3.13", "--handler", handler]
            for path, more in (("dist/thumb.zip", []), ("plimsoll.yaml", []), ("src", options)):
                command = [str(project.program), "lint", "--as-of", "2026-11-23", "--format", "json",
                           "-j", "1", *more, path]
                normal = subprocess.run(command, cwd=project.top, capture_output=True)
                if normal.returncode != expected:
                    print(f"lint of {path} gives {normal.returncode} without a fault, not {expected}")
                    print(normal.stdout.decode(), normal.stderr.decode())
                    return 1
                title = f"lint of {path} ({'pass' if expected == 0 else 'finding'})"
                sweep.run(title, command, project.top, log, judge_lint(expected, normal.stdout))
    print(f"{sweep.faults} faults, {len(sweep.problems)} wrong" + (", stopped by the time limit" if sweep.cut else ""))
    for problem in sweep.problems[:40]:
        print("  " + problem)
    if sweep.faults < 200:
        print("too few faults: the test saw little")
        return 1
    return 1 if sweep.problems else 0


if __name__ == "__main__":
    sys.exit(main())
