#!/usr/bin/env python3
"""Kills a pack at random moments. The ZIP is the old one or the new one, never anything else, and
the next pack removes what the killed one left. Then the same with SIGINT, which leaves nothing."""

import random
import signal
import subprocess
import sys
import time

import common


def interrupt(project, delay, number):
    """The exit status of a pack that gets a signal after `delay` seconds."""
    child = subprocess.Popen(
        project.command("-j", "2"), cwd=project.top,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    time.sleep(delay)
    child.send_signal(number)
    return child.wait()


def rounds(project, count, number, rng, span):
    """(problems, killed, old, new) over `count` interrupted packs."""
    problems, killed, outcome = [], 0, {"A": 0, "B": 0}
    for turn in range(count):
        project.restore("A")
        project.select("B")
        status = interrupt(project, rng.uniform(0, span), number)
        killed += status == -number
        now = common.digest(project.zip)
        version = next((v for v in "AB" if project.hash[v] == now), None)
        if version is None:
            problems.append(f"round {turn}: the ZIP is neither the old one nor the new one")
            continue
        outcome[version] += 1
        if project.wrong_pair(status):
            problems.append(f"round {turn}: {project.wrong_pair(status)}")
        if status == 0 and version != "B":
            problems.append(f"round {turn}: exit 0 and the old ZIP")
        if status not in (0, -number):
            problems.append(f"round {turn}: status {status}")
        left = project.litter()
        if left and number == signal.SIGINT:
            problems.append(f"round {turn}: left behind: {' '.join(left)}")
        if left or turn % 10 == 0:
            project.age_litter()
            project.pack(check=True)
            if common.digest(project.zip) != project.hash["B"]:
                problems.append(f"round {turn}: the next pack gave something else")
            if project.litter():
                problems.append(f"round {turn}: the next pack did not remove {' '.join(project.litter())}")
    return problems, killed, outcome


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    status = 0
    with common.scratch() as name:
        project = common.Project(args.program, common.pathlib.Path(name) / "p", 150)
        times = []
        for _ in range(5):
            start = time.monotonic()
            project.pack(check=True)
            times.append(time.monotonic() - start)
        span = min(times) * 1.3  # a busy moment only makes later packs slower, and more of them die
        for number, count in ((signal.SIGKILL, args.rounds), (signal.SIGINT, args.rounds // 4)):
            problems, killed, outcome = rounds(project, count, number, rng, span)
            print(
                f"{number.name}: {count} rounds within {span * 1000:.0f} ms: {killed} died of it, "
                f"{outcome['A']} kept the old ZIP, {outcome['B']} have the new one, {len(problems)} wrong"
            )
            for problem in problems[:20]:
                print("  " + problem)
            if killed * 10 < count:
                print("  too few were interrupted: the test saw little")
                status = 1
            status = 1 if problems else status
    return status


if __name__ == "__main__":
    sys.exit(main())
