"""What the fault tests share: a project to pack, and what may be left of it."""

import argparse
import atexit
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

SKIP = 77
# The user's own cache is neither asked nor filled.
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="plimsoll-cache-")
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

MANIFEST = """version: 1
defaults: {runtime: python3.13, architecture: arm64}
functions:
  thumb:
    handler: app.handler
    sources: src
"""


def parser(about):
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--program", required=True, type=pathlib.Path)
    made.add_argument("--seed", type=int, default=20261123)
    return made


def scratch():
    return tempfile.TemporaryDirectory(prefix="plimsoll-faults-")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def write_tree(folder, files, seed):
    """`files` files of mixed size and compressibility, and the handler."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("def handler(event, context):\n    return 1\n")
    for number in range(files):
        path = folder / f"lib{number % 7}" / f"part{number}.bin"
        path.parent.mkdir(exist_ok=True)
        size = rng.choice((0, 10, 1000, 20000, 120000))
        body = rng.randbytes(size) if number % 3 else bytes(rng.choices(b"abcdef \n", k=size))
        path.write_bytes(body)


class Project:
    """A folder with a manifest and two versions of its sources, and the ZIP that each of them gives."""

    def __init__(self, program, top, files):
        self.program, self.top = program.resolve(), top
        self.src, self.dist = top / "src", top / "dist"
        self.zip, self.beside = self.dist / "thumb.zip", self.dist / "thumb.zip.json"
        top.mkdir(parents=True, exist_ok=True)
        (top / "plimsoll.yaml").write_text(MANIFEST)
        write_tree(self.src, files, 1)
        self.bytes, self.sidecar, self.hash = {}, {}, {}
        for version in "AB":
            self.select(version)
            self.pack(check=True)
            self.bytes[version] = self.zip.read_bytes()
            self.hash[version] = digest(self.zip)
            self.sidecar[version] = self.beside.read_bytes()
        assert self.hash["A"] != self.hash["B"]
        self.usual = self.names()

    def select(self, version):
        (self.src / "version.txt").write_text(f"{version} " * 1000 if version == "A" else "B")

    def restore(self, version):
        """The output folder as a whole pack of `version` leaves it."""
        shutil.rmtree(self.dist, ignore_errors=True)
        self.dist.mkdir()
        self.zip.write_bytes(self.bytes[version])
        self.beside.write_bytes(self.sidecar[version])

    def wrong_pair(self, status):
        """What is wrong with ZIP and sidecar after a pack of B over A, or None: the old pair, the new
        one, or for a moment the new ZIP with the old sidecar, which then counts as absent."""
        found = {v for v in "AB" if self.hash[v] == digest(self.zip)}
        beside = self.beside.read_bytes() if self.beside.is_file() else b""
        said = {v for v in "AB" if self.sidecar[v] == beside}
        if not said:
            return "the sidecar is neither the old one nor the new one"
        if found == {"A"} and said != {"A"}:
            return "the old ZIP with the new sidecar"
        if status == 0 and said != {"B"}:
            return "exit 0, and the old sidecar"
        return None

    def command(self, *more):
        return [str(self.program), "pack", "--no-lint", *more]

    def pack(self, *more, check=False):
        return subprocess.run(
            self.command(*more), cwd=self.top, capture_output=True, text=True, check=check
        )

    def names(self):
        """Everything in the project's folder outside of the sources."""
        return {
            str(p.relative_to(self.top)) for p in self.top.rglob("*") if self.src not in p.parents
        }

    def litter(self):
        return sorted(self.names() - self.usual)

    def age_litter(self):
        """Makes what was left behind old enough for the next pack to remove it."""
        for name in self.litter():
            os.utime(self.top / name, (0, 0))
