#!/usr/bin/env python3
"""Archives and texts that unpack or expand without an end: each is judged or refused, in at most one
second of CPU and 160 MB of memory."""

import gzip
import io
import os
import pathlib
import resource
import struct
import subprocess
import sys
import zipfile
import zlib

import common

CPU_SECONDS, MEMORY_MB = 1.0, 160


def overlapping():
    """Thousands of entries of the directory that share one local entry (David Fifield's idea)."""
    data = zlib.compress(bytes(1_000_000), 9)[2:-4]
    crc, name = zlib.crc32(bytes(1_000_000)), b"a"
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(data), 1_000_000, len(name), 0)
    out = b"PK\x03\x04" + fields + name + data
    at, many = len(out), 20000
    for number in range(many):
        other = b"%06d" % number
        out += b"PK\x01\x02" + struct.pack("<H", 20) + fields[:-4] + struct.pack(
            "<HHHHHII", len(other), 0, 0, 0, 0, 0, 0) + other
    return out + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, many, many, len(out) - at, at, 0)


def dense():
    """One file of 2 GB of zeros in 2 MB: 1000 to 1."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("zeros", "w", force_zip64=True) as entry:
            for _ in range(500):
                entry.write(bytes(4_000_000))
    return file.getvalue()


def nested():
    """A gzip in a gzip, 24 deep, in a ZIP."""
    data = bytes(1_000_000)
    for _ in range(24):
        data = gzip.compress(data, mtime=0)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("deep.gz", data)
    return file.getvalue()


def declared():
    """A header that declares 4 GB over ten bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", b"0123456789")
    data = bytearray(file.getvalue())
    data[22:26] = b"\xfe\xff\xff\xff"
    at = data.index(b"PK\x01\x02")
    data[at + 24:at + 28] = b"\xfe\xff\xff\xff"
    return bytes(data)


def aliases():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return ("version: 1\nfunctions: {}\n" + "\n".join(rows) + "\n").encode()


BOMBS = {
    "overlapping.zip": overlapping,
    "dense.zip": dense,
    "nested.zip": nested,
    "declared.zip": declared,
    "aliases.yaml": aliases,
    "deep.yaml": lambda: b"version: 1\nfunctions: " + b"[" * 100_000,
    "deep.json": lambda: b'{"Resources": ' + b"[" * 100_000,
    "Transform.yaml": lambda: b"Resources:\n  A: {Type: AWS::Lambda::Function, Properties: " + b"{a: " * 50_000,
}


def measure(command, cwd):
    """(status, seconds of CPU, MB) of a command."""
    child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    args = common.parser(__doc__).parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    problems = []
    with common.scratch() as name:
        for title, make in BOMBS.items():
            path = pathlib.Path(name) / title
            path.write_bytes(make())
            status, seconds, megabytes = measure([str(args.program.resolve()), "lint", str(path)], name)
            print(f"{title}: {path.stat().st_size:,} bytes, status {status}, {seconds:.2f} s of CPU, {megabytes:.0f} MB")
            if status not in (1, 2, 3) and title != "nested.zip":
                problems.append(f"{title}: status {status}")
            if seconds > CPU_SECONDS or megabytes > MEMORY_MB:
                problems.append(f"{title}: {seconds:.2f} s, {megabytes:.0f} MB")
    print(f"{len(BOMBS)} bombs, {len(problems)} wrong")
    for problem in problems:
        print("  " + problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
