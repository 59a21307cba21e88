#!/usr/bin/env python3
"""Packs one tree under many circumstances; the bytes of ZIP and sidecar must be the same every time."""

import itertools
import os
import random
import shutil
import subprocess
import sys

import common

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


def places(scratch):
    found = [scratch / "disk"]
    if os.access("/dev/shm", os.W_OK):
        found.append(common.pathlib.Path("/dev/shm") / scratch.name)
    return found


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


def main():
    args = common.parser(__doc__).parse_args()
    rng = random.Random(args.seed)
    hashes, done, roots = {}, 0, []
    try:
        with common.scratch() as name:
            scratch = common.pathlib.Path(name)
            scratch.chmod(0o755)
            program = scratch / "plimsoll"
            shutil.copy(args.program, program)
            source = scratch / "source"
            common.write_tree(source / "src", 60, 7)
            (source / "src" / "large.bin").write_bytes(rng.randbytes(1000) * 40000)
            (source / "src" / "tool").write_text("#!/bin/sh\n")
            (source / "src" / "tool").chmod(0o755)
            (source / "src" / "link").symlink_to("app.py")
            (source / "src" / "größe.txt").write_text("x")
            (source / "plimsoll.yaml").write_text(common.MANIFEST)
            roots = places(scratch)
            trees = []
            for root, order in itertools.product(roots, ORDERS):
                tree = root / order
                copy_tree(source, tree, order, args.seed)
                tree.chmod(0o777)
                trees.append(tree)
            everything = list(itertools.product(trees, users(), UMASKS, ZONES, LANGUAGES, JOBS, TIMES))
            for tree, user, umask, zone, language, jobs, when in rng.sample(everything, COMBINATIONS):
                touch_all(tree, when)
                found = pack(program, user, tree, umask, zone, language, jobs)
                hashes.setdefault(found, []).append((str(tree), bool(user), oct(umask), zone, language, jobs, when))
                done += 1
    finally:
        for root in roots:
            shutil.rmtree(root, ignore_errors=True)
    print(f"{done} combinations, {len(hashes)} hashes, {len(roots)} file systems, {len(users())} users")
    if len(hashes) != 1 or None in hashes:
        for found, rows in hashes.items():
            print(f"  {found}: {len(rows)}, for example {rows[0]}")
        return 1
    return 0 if done >= 50 else 1


if __name__ == "__main__":
    sys.exit(main())
