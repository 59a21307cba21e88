#!/usr/bin/env python3
"""Power cuts: a pack writes to an ext4 file system in a file, and that file is copied, without any
sync, at moments by chance and right after exit 0. What a machine would find after the cut is what the
copy holds once its journal is replayed: the old ZIP or the new one, whole; after exit 0 the new one."""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

import common
import disks

IMAGE_MB = 48


def found_after_cut(copy, path):
    copy.mount()
    try:
        return common.digest(copy.at / path), sorted(p.name for p in (copy.at / path).parent.iterdir())
    finally:
        copy.unmount()


def cut(project, disk, copy, wait):
    """(status or None while it ran, hash) when the power goes `wait` seconds after the start of a pack,
    or at its end."""
    child = subprocess.Popen(project.command("-q", "--output-dir", str(disk.at / "dist")), cwd=project.top,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        status = child.wait(timeout=wait)
    except subprocess.TimeoutExpired:
        status = None
    shutil.copyfile(disk.image, copy.image)
    child.wait()
    return status, found_after_cut(copy, "dist/thumb.zip")[0]


def rounds(project, disk, copy, many, rng):
    """Problems, and how many cuts came while a pack ran."""
    problems, during = [], 0
    start = time.monotonic()
    project.pack("--output-dir", str(disk.at / "dist"), check=True)
    takes = time.monotonic() - start
    for number in range(many):
        (disk.at / "dist/thumb.zip").write_bytes(project.bytes["A"])
        (disk.at / "dist/thumb.zip.json").write_bytes(project.sidecar["A"])
        os.sync()
        # Every other cut comes right after the end.
        status, now = cut(project, disk, copy, rng.uniform(0, takes) if number % 2 else 60)
        during += status is None
        if status == 0 and now != project.hash["B"]:
            problems.append(f"cut {number}, after exit 0: the new ZIP is not there")
        elif now not in project.hash.values():
            problems.append(f"cut {number}, status {status}: the ZIP is neither the old one nor the new one")
    return problems, during


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    args = parser.parse_args()
    if not disks.can_mount():
        print("SKIPPED: file systems in files cannot be mounted here (it takes root and loop devices)")
        return common.SKIP
    with common.scratch() as name:
        top = pathlib.Path(name)
        project = common.Project(args.program, top / "p", 30)
        project.select("B")
        disk, copy = (disks.Disk(top / f"{name}.img", top / name, IMAGE_MB) for name in ("disk", "copy"))
        disk.make()
        try:
            disk.mount()
        except subprocess.CalledProcessError as error:
            print("SKIPPED: mount says " + error.stderr.decode().strip())
            return common.SKIP
        try:
            (disk.at / "dist").mkdir()
            problems, during = rounds(project, disk, copy, args.rounds, random.Random(args.seed))
        finally:
            disk.unmount()
    print(f"{args.rounds} power cuts, {during} of them during a pack, {len(problems)} wrong, seed {args.seed}")
    for problem in problems[:20]:
        print("  " + problem)
    return 1 if problems or during == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
