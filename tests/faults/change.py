#!/usr/bin/env python3
"""Changes a source while it is packed: it shrinks, grows, is rewritten, vanishes, is replaced. Each is
an error that names the file, and the old ZIP stays. strace delays the first read of that file."""

import os
import shutil
import subprocess
import sys
import time

import common


def rewrite(path):
    with open(path, "r+b") as file:
        file.write(b"other bytes")


def replace(path):
    other = path.with_name("other.tmp")
    other.write_bytes(b"z" * path.stat().st_size)
    os.replace(other, path)


CHANGES = {
    "shrinks": lambda path: os.truncate(path, 10),
    "grows": lambda path: path.open("ab").write(b"more" * 5000),
    "is rewritten": rewrite,
    "vanishes": os.unlink,
    "is replaced": replace,
}


def attempt(project, victim, change):
    """(status, stderr) of a pack whose reads are slow while `change` happens."""
    child = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-P", str(victim), "-e", "trace=read,pread64",
         "-e", "inject=read,pread64:delay_exit=1200000", *project.command("-j", "1")],
        cwd=project.top, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    time.sleep(0.6)
    change(victim)
    return child.wait(timeout=120), child.stderr.read()


def main():
    args = common.parser(__doc__).parse_args()
    if not shutil.which("strace") or subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True
    ).returncode:
        print("SKIPPED: strace is missing or may not trace here")
        return common.SKIP
    problems = []
    with common.scratch() as name:
        project = common.Project(args.program, common.pathlib.Path(name) / "p", 5)
        victim = project.src / "victim.bin"
        for title, change in CHANGES.items():
            project.restore("A")
            victim.write_bytes(b"0123456789abcdef" * 20000)
            status, err = attempt(project, victim, change)
            if status != 3:
                problems.append(f"a file that {title}: status {status}")
            if "victim.bin" not in err:
                problems.append(f"a file that {title}: the message does not name it: {err.strip()}")
            if common.digest(project.zip) != project.hash["A"]:
                problems.append(f"a file that {title}: the old ZIP is gone")
            if project.litter():
                problems.append(f"a file that {title}: left behind: {' '.join(project.litter())}")
    print(f"{len(CHANGES)} changes, {len(problems)} wrong")
    for problem in problems:
        print("  " + problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
