#!/usr/bin/env python3
"""Test files of libzip, libarchive, Go's archive/zip and elfutils: the outcome of each is known.

    tests/corpus/archives.py --program build/dev/cmd/plimsoll --cache build/corpus             all
    tests/corpus/archives.py --program build/release/cmd/plimsoll --cache build/corpus --sample CI

They come out of Debian's source packages, fetched by apt's own client into the cache folder.
archives.list holds what plimsoll finds in each of the archive's own rules (PL0, PL1) and of those about
bootstrap, with its exit status; PL_UPDATE=1 renews it. A crash, a sanitizer's report, a hang, or another
outcome fails.
"""

import argparse
import binascii
import bz2
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from run import AS_OF, client, info_of, missing  # noqa: E402

SOURCES = {  # package: members that are looked at
    "libzip": r"/regress/[^/]*\.zip$",
    "libarchive": r"/test/[^/]*(zip|jar|7zip_xz|xps)[^/]*\.uu$",
    "golang-1.19": r"/archive/zip/testdata/[^/]*$",
    "elfutils": r"/tests/[^/]*\.bz2$",
}
SAMPLE = ("libzip",)
KEPT = re.compile(r"PL[01]\d\d|PL31[0-3]")
SECONDS = 20


def fetch(folder, package):
    """The package's upstream source, below `folder`."""
    done = folder / ".fetched"
    if not done.exists():
        for name in ("lists/partial", "cache/archives/partial", "src"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        told = client(["apt-get", "indextargets", "--format",
                       "deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"])
        lines = {line for line in told.splitlines() if not re.search(r"-(security|updates) ", line)}
        (folder / "sources.list").write_text("\n".join(sorted(lines)) + "\n")
        options = [f"-oDir::Etc::SourceList={folder}/sources.list", "-oDir::Etc::SourceParts=/dev/null",
                   f"-oDir::State::Lists={folder}/lists", f"-oDir::Cache={folder}/cache",
                   "-oAcquire::Languages=none", "-oAPT::Sandbox::User="]
        client(["apt-get", *options, "-qq", "update"])
        client(["apt-get", *options, "-qq", "source", "--download-only", package], cwd=folder / "src")
        done.touch()
    found = list((folder / "src").glob("*.orig.tar.*[!c]"))
    if not found:
        missing(f"the source of {package}")
    return found[0]


def uudecode(data):
    """(name, bytes) of a uuencoded file."""
    lines = data.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(b"begin "))
    out = b""
    for line in lines[start + 1:]:
        if line.strip() == b"end":
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:  # an encoder that counts the last line's padding
            n = (((line[0] - 32) & 63) * 4 + 5) // 3
            out += binascii.a2b_uu(line[:n])
    return out


def inputs(package, source):
    """(name, the file that is linted) of each test file."""
    with tarfile.open(source) as tar:
        for member in tar:
            if not member.isfile() or not re.search(SOURCES[package], member.name):
                continue
            data = tar.extractfile(member).read()
            name = f"{package}/{pathlib.Path(member.name).name}"
            yield name, data


def content_of(package, name, data, path):
    if name.endswith(".uu"):
        data = uudecode(data)
    if package == "elfutils":
        with zipfile.ZipFile(path, "w") as to:
            to.writestr(info_of("bootstrap", 0o755), bz2.decompress(data))
    else:
        path.write_bytes(data)


def judge(program, package, name, data):
    """The line of archives.list."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "f.zip")
        content_of(package, name, data, path)
        command = [program, "lint", "--as-of", AS_OF, "--format", "json", "--type", "function"]
        if package == "elfutils":
            command += ["--runtime", "provided.al2023", "--arch", "x86_64"]
        done = subprocess.run([*command, path], capture_output=True, timeout=SECONDS)
    told = done.stderr.decode(errors="replace")
    if done.returncode not in (0, 1, 3) or "Sanitizer" in told or "runtime error" in told:
        raise AssertionError(f"{name}: status {done.returncode}: {told[-400:]}")
    report = json.loads(done.stdout)
    rules = sorted({f"{f['rule']}:{f['severity']}" for f in report["findings"]
                    if KEPT.fullmatch(f["rule"])})
    failed = any(rule.startswith("PL001") for rule in rules)
    return f"{name} {3 if failed else int(any(r.endswith('error') for r in rules))} " \
           f"{','.join(rules) or '-'}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--sample", action="store_true")
    args = parser.parse_args()
    packages = SAMPLE if args.sample else sorted(SOURCES)
    todo = []
    for package in packages:
        source = fetch(args.cache.resolve() / "debian" / package, package)
        todo += [(package, name, data) for name, data in inputs(package, source)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        have = sorted(pool.map(lambda job: judge(args.program, *job), todo))
    path = HERE / "archives.list"
    lines = path.read_text().splitlines() if path.exists() else []
    want = [line for line in lines if line.split("/")[0] in packages]
    if os.environ.get("PL_UPDATE"):
        rest = [line for line in lines if line.split("/")[0] not in packages]
        path.write_text("\n".join(sorted(rest + have)) + "\n")
        want = have
    for line in sorted(set(want) - set(have)):
        print(f"expected: {line}")
    for line in sorted(set(have) - set(want)):
        print(f"found:    {line}")
    print(f"{len(have)} test files of {', '.join(packages)}: "
          f"{len(set(have) ^ set(want))} lines differ")
    return 1 if set(have) != set(want) or not have else 0


if __name__ == "__main__":
    sys.exit(main())
