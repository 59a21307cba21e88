#!/usr/bin/env python3
"""Lets each Nth system call fail once (strace -e inject), or kills the program there.

pack: the ZIP is the old one, untouched, or the new one, whole; exit 0 only with the new one; nothing
is left behind (after SIGKILL: nothing that the next pack does not remove).
lint of each kind of input: a fault never turns a finding into a pass, nor a pass into a finding.

Without --sample every fault of every call is tried."""

import collections
import os
import random
import re
import shutil
import subprocess
import sys

import common
import inputs

ERRORS = {
    "openat": "EIO", "read": "EIO", "pread64": "EIO", "write": "ENOSPC", "pwrite64": "ENOSPC",
    "close": "EIO", "rename": "EIO", "renameat": "EIO", "renameat2": "EIO", "linkat": "EIO",
    "unlink": "EIO", "unlinkat": "EIO", "fstat": "EIO", "newfstatat": "EIO", "getdents64": "ENOMEM",
    "fsync": "EIO", "lseek": "EIO", "mmap": "ENOMEM", "mkdir": "EACCES", "mkdirat": "EACCES",
    "ftruncate": "EIO", "readlinkat": "EIO", "faccessat2": "EACCES", "clone3": "EAGAIN",
}
# What a signal may interrupt: to be tried again, or an error like any other.
SLOW = ("openat", "read", "pread64", "write", "pwrite64", "fsync", "close", "fdatasync")
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


class Case:
    """One command, how its outcome is judged, and how its folder is brought into the state before."""

    def __init__(self, title, command, cwd, judge, prepare=lambda: None):
        self.title, self.command, self.cwd, self.judge, self.prepare = title, command, cwd, judge, prepare
        self.problems = []

    def faults(self, calls, log, kill):
        """[(call, what, number)]: everything that can be done to this command."""
        self.prepare()
        span = count_calls(self.command, self.cwd, calls, log)
        if not span:
            sys.exit("strace saw no system call: the sweep would see nothing")
        plan = [(c, f"error={ERRORS[c]}") for c in calls]
        plan += [(c, "error=EINTR") for c in calls if c in SLOW]
        if kill:
            plan += [(c, "signal=KILL") for c in calls if c in CHANGING]
        return [(call, what, number) for call, what in plan if call in span
                for number in range(span[call][0], span[call][1] + 1)]

    def attempt(self, call, what, number):
        self.prepare()
        status, out = inject(self.command, self.cwd, call, what, number)
        for problem in self.judge(call, what, status, out):
            self.problems.append(f"{call} {what} number {number}, status {status}: {problem}")


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


def pack_cases(program, top):
    project = common.Project(program, top / "p", 12)
    cache = common.pathlib.Path(os.environ["XDG_CACHE_HOME"])

    def prepare():
        project.restore("A")
        project.select("B")

    def prepare_cold():
        prepare()
        shutil.rmtree(cache, ignore_errors=True)

    judge = judge_pack(project)
    linted = [str(project.program), "pack", "--as-of", "2026-11-23", "-j", "1"]
    return [
        Case("pack", project.command("-j", "1"), project.top, judge, prepare),
        Case("pack, nothing cached", project.command("-j", "1"), project.top, judge, prepare_cold),
        Case("pack and lint", linted, project.top, judge, prepare),
    ]


def lint_cases(program, top):
    folder = top / "inputs"
    folder.mkdir()
    for title, arguments, cwd, status in inputs.make(folder):
        command = inputs.lint_command(program, arguments)
        normal = inputs.check(command, cwd, status)
        yield Case("lint: " + title, command, cwd, judge_lint(status, normal))


def choose(plan, many, rng):
    """`many` of the plan [(case, faults)] by chance: half of them over the packs, the rest over lint,
    each case with its share."""
    if not many:
        return plan
    packs = sum(case.title.startswith("pack") for case, _ in plan)
    chosen = []
    for case, faults in plan:
        share = many // 2 // packs if case.title.startswith("pack") else many // 2 // (len(plan) - packs)
        chosen.append((case, rng.sample(faults, min(share, len(faults)))))
    return chosen


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--sample", type=int, default=0, help="so many faults by chance instead of every one")
    parser.add_argument("--only", default="", help="cases with this in their title")
    args = parser.parse_args()
    if not strace_works():
        print("SKIPPED: strace is missing or may not trace here")
        return 1 if os.environ.get("CI") and not shutil.which("strace") else common.SKIP
    print(f"seed {args.seed}")
    calls, total, wrong = known_calls(), collections.Counter(), 0
    with common.scratch() as name:
        top = common.pathlib.Path(name)
        cases = [*pack_cases(args.program, top), *lint_cases(args.program.resolve(), top)]
        plan = [(case, case.faults(calls, top / "log", case.title.startswith("pack")))
                for case in cases if args.only in case.title]
        for case, faults in choose(plan, args.sample, random.Random(args.seed)):
            for fault in faults:
                case.attempt(*fault)
            print(f"{case.title}: {len(faults)} faults, {len(case.problems)} wrong", flush=True)
            for problem in case.problems[:40]:
                print("  " + problem)
            total[case.title.split()[0].strip(",:")] += len(faults)
            wrong += len(case.problems)
    print(f"{total['pack']} faults of pack, {total['lint']} of lint, {wrong} wrong, seed {args.seed}")
    if not args.only and (total["pack"] < 200 or total["lint"] < 200 or not args.sample and total["pack"] < 500):
        print("too few faults: the test saw little")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
