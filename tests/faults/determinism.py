#!/usr/bin/env python3
"""Packs one tree under many circumstances; the bytes of ZIP and sidecar must be the same every time.

Where it may mount, an ext4 and an overlay file system are made besides the disk and the tmpfs that are there."""

import itertools
import os
import random
import shutil
import subprocess
import sys

import common
import disks

UMASKS = (0o022, 0o077, 0o002)
ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns", ":nonsense")
LANGUAGES = ("C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.ISO-8859-1")
JOBS = ("1", "2", "3", "4")
ORDERS = ("sorted", "reversed", "shuffled")
TIMES = (0, 1_000_000_000, 2_000_000_000)
COMBINATIONS = 72


def copy_tree(source, target, order, seed):
    """Makes the files in a given order, which is what readdir shows on many file systems."""
    names = sorted(p.relative_to(source) for p in source.rglob("*"))
    if order == "reversed":
        names.reverse()
    elif order == "shuffled":
        random.Random(seed).shuffle(names)
    for name in names:
        old, new = source / name, target / name
        new.parent.mkdir(parents=True, exist_ok=True)
        if old.is_symlink():
            new.symlink_to(os.readlink(old))
        elif old.is_dir():
            new.mkdir(exist_ok=True)
        else:
            shutil.copyfile(old, new)
            shutil.copymode(old, new)


class Places:
    """Folders on as many kinds of file system as there are here, each with the trees in it."""

    def __init__(self, scratch, make_trees):
        self.roots, self.mounted, self.kinds, self.refused = [], [], [], []
        self.scratch, self.make_trees = scratch, make_trees

    def __enter__(self):
        try:
            self.add(self.scratch / "disk")
            memory = common.pathlib.Path("/dev/shm") / self.scratch.name
            if os.access("/dev/shm", os.W_OK):
                self.add(memory / "trees")
            disk = disks.Disk(self.scratch / "ext4.img", self.scratch / "ext4", 512)
            if disks.can_mount():
                disk.make()
                if self.mount(disk):
                    self.add(disk.at / "trees")
                room = disk.at if disk in self.mounted else memory
                overlay = disks.Overlay(self.roots[0], room / "room", self.scratch / "overlay")
                if self.mount(overlay):
                    self.roots.append(overlay.at)
            self.kinds = sorted({disks.kind(root) for root in self.roots})
            self.refused += [word for word in ("tmpfs", "ext", "overlay")
                             if not any(word in kind for kind in self.kinds)]
            return self
        except BaseException:
            self.__exit__()
            raise

    def add(self, root):
        self.make_trees(root)
        self.roots.append(root)

    def mount(self, disk):
        try:
            disk.mount()
        except subprocess.CalledProcessError:
            return False
        self.mounted.append(disk)
        return True

    def __exit__(self, *_):
        for disk in reversed(self.mounted):
            disk.unmount()
        shutil.rmtree(common.pathlib.Path("/dev/shm") / self.scratch.name, ignore_errors=True)


def users():
    if os.getuid() == 0 and shutil.which("setpriv"):
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*drop, "true"], capture_output=True).returncode == 0:
            return [[], drop]
    return [[]]


def touch_all(folder, when):
    for path in folder.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (when, when))


def pack(program, user, folder, umask, zone, language, jobs):
    shutil.rmtree(folder / "dist", ignore_errors=True)
    env = {"PATH": os.environ["PATH"], "TZ": zone, "LANG": language, "LC_ALL": language}
    subprocess.run(
        [*user, str(program), "pack", "--no-lint", "-j", jobs],
        cwd=folder, env=env, umask=umask, check=True, stdout=subprocess.DEVNULL,
    )
    made = [common.digest(folder / "dist" / name) for name in ("thumb.zip", "thumb.zip.json")]
    return None if None in made else " ".join(made)


def make_source(source, rng):
    common.write_tree(source / "src", 60, 7)
    (source / "src" / "large.bin").write_bytes(rng.randbytes(1000) * 40000)
    (source / "src" / "tool").write_text("#!/bin/sh\n")
    (source / "src" / "tool").chmod(0o755)
    (source / "src" / "link").symlink_to("app.py")
    (source / "src" / "größe.txt").write_text("x")
    (source / "plimsoll.yaml").write_text(common.MANIFEST)


def choose(roots, rng):
    """Combinations by chance, as many on each file system."""
    rest = list(itertools.product(users(), UMASKS, ZONES, LANGUAGES, JOBS, TIMES))
    for number, (root, order) in enumerate(itertools.cycle(itertools.product(roots, ORDERS))):
        if number == COMBINATIONS:
            return
        yield (root / order, *rng.choice(rest))


def main():
    args = common.parser(__doc__).parse_args()
    rng = random.Random(args.seed)
    hashes, done = {}, 0
    with common.scratch() as name:
        scratch = common.pathlib.Path(name)
        scratch.chmod(0o755)
        program = scratch / "plimsoll"
        shutil.copy(args.program, program)
        make_source(scratch / "source", rng)

        def make_trees(root):
            for order in ORDERS:
                copy_tree(scratch / "source", root / order, order, args.seed)
                (root / order).chmod(0o777)

        with Places(scratch, make_trees) as places:
            for tree, user, umask, zone, language, jobs, when in choose(places.roots, rng):
                touch_all(tree, when)
                found = pack(program, user, tree, umask, zone, language, jobs)
                row = (str(tree), bool(user), oct(umask), zone, language, jobs, when)
                hashes.setdefault(found, []).append(row)
                done += 1
    print(f"{done} combinations, {len(hashes)} hashes, {len(users())} users, seed {args.seed}; "
          f"file systems: {', '.join(places.kinds)}")
    if places.refused:
        print(f"SKIPPED: no file system of the kind {' or '.join(places.refused)} is here or can be mounted")
    if len(hashes) != 1 or None in hashes:
        for found, rows in hashes.items():
            print(f"  {found}: {len(rows)}, for example {rows[0]}")
        return 1
    return 0 if done >= 50 else 1


if __name__ == "__main__":
    sys.exit(main())
