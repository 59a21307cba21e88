#!/usr/bin/env python3
"""The ELF reader beside readelf, and PL203 beside auditwheel.

    tests/conformance/native/run.py --dump DUMP --program PLIMSOLL --cache FOLDER [--all]
                                    [--wheels FOLDER]

Shared objects of this machine's library folder (a sample, or with --all every one) and of wheels (some
of PyPI's, or those in a folder) are read by both: machine, interpreter, needed libraries, versions by library, soname, search paths.
auditwheel (from PyPI) says which manylinux a wheel is for by its symbols; on python3.11 (glibc 2.26)
and python3.12 (2.34) PL203 must be found exactly where that is newer.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import fetched, missing, run_or_missing  # noqa: E402

OBJECTS_MIN = 60
OBJECTS_SAMPLE = 250
LIBRARIES = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64"]
SAMPLE = ["numpy==2.2.6", "cryptography==45.0.7", "lxml==6.0.0"]
MACHINES = {"Advanced Micro Devices X86-64": 62, "AArch64": 183, "Intel 80386": 3, "ARM": 40}
GLIBC = {"python3.11": 26, "python3.12": 34}


def by_readelf(path):
    text = subprocess.run(["readelf", "-hldVW", path], capture_output=True, text=True, check=True,
                          env=dict(os.environ, LC_ALL="C")).stdout
    facts = {"machine": MACHINES.get(re.search(r"Machine:\s+(.*)", text)[1], 0)}
    found = re.search(r"Requesting program interpreter: (.*)\]", text)
    facts["interpreter"] = found[1] if found else ""
    facts["needed"] = re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]", text)
    for key, word in (("soname", "SONAME"), ("rpath", "RPATH"), ("runpath", "RUNPATH")):
        found = re.search(rf"\({word}\)\s+Library \w+: \[(.*)\]", text)
        facts[key] = found[1] if found else ""
    facts["versions"], library, inside = set(), "", False
    for line in text.splitlines():
        inside = line.startswith("Version needs section") or inside and bool(line.strip())
        if not inside:
            continue
        library = (re.search(r"File: (\S+)", line) or [None, library])[1]
        name = re.search(r"Name: (\S+)", line)
        if name:
            facts["versions"].add((library, name[1]))
    return facts


def by_reader(dump, paths):
    out = subprocess.run([dump] + paths, capture_output=True, text=True, check=True).stdout
    all_facts, facts = {}, None
    for line in out.splitlines():
        word, _, rest = line.partition(" ")
        if word == "file":
            facts = all_facts[rest] = {"needed": [], "versions": set(), "soname": "", "rpath": "",
                                       "runpath": "", "interpreter": ""}
        elif word == "machine":
            facts["machine"] = int(rest.split()[0])
        elif word == "needed":
            facts["needed"].append(rest)
        elif word == "version":
            facts["versions"].add(tuple(rest.split()))
        elif word in facts:
            facts[word] = rest
        if line.startswith("dynamic") and not line.endswith("cut 0 broken -"):
            facts["strange"] = line
    return all_facts


def objects(folders):
    """Each ELF file once."""
    seen = {}
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if ".so" in path.name and path.is_file():
                with path.open("rb") as file:
                    if file.read(4) == b"\x7fELF":
                        seen.setdefault(path.resolve(), None)
    return [str(path) for path in seen]


def compare_objects(dump, folders, everything):
    paths = objects(folders)
    if not everything:
        paths = paths[::len(paths) // OBJECTS_SAMPLE + 1]
    wrong = 0
    for start in range(0, len(paths), 50):
        part = paths[start:start + 50]
        for path, facts in by_reader(dump, part).items():
            peer = by_readelf(path)
            for key, value in peer.items():
                if facts[key] != value:
                    wrong += 1
                    print(f"{path}: {key}: {facts[key]} and not {value}")
            if "strange" in facts:
                wrong += 1
                print(f"{path}: {facts['strange']}")
    print(f"readelf: {len(paths)} shared objects, {wrong} differences")
    return wrong or len(paths) < OBJECTS_MIN


def compare_wheels(program, cache, wheels):
    tool = fetched(cache / "auditwheel", lambda folder: run_or_missing(
        [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), "auditwheel==6.4.2"],
        "auditwheel"))
    env = dict(os.environ, PYTHONPATH=str(tool))
    wrong = compared = 0
    for wheel in wheels:
        done = subprocess.run([sys.executable, "-m", "auditwheel", "show", str(wheel)], env=env,
                              capture_output=True, text=True)
        needs = re.findall(r"GLIBC_(\d+)\.(\d+)", done.stdout)
        if done.returncode or not needs:
            continue
        newest = max(int(minor) for _, minor in needs)
        arch = "arm64" if "aarch64" in wheel.name else "x86_64"
        for runtime, has in GLIBC.items():
            if f"-cp{runtime[6:].replace('.', '')}-" not in wheel.name and "abi3" not in wheel.name:
                continue
            said = subprocess.run([program, "lint", "--format", "json", "--runtime", runtime, "--arch",
                                   arch, "--select", "PL203", str(wheel)], capture_output=True,
                                  text=True).stdout
            compared += 1
            if ('"PL203"' in said.split('"skipped"')[0]) != (newest > has):
                wrong += 1
                print(f"{wheel.name}: needs GLIBC_2.{newest}, {runtime} has 2.{has}; PL203 disagrees")
    print(f"auditwheel: {compared} wheels and runtimes compared, {wrong} differences")
    return wrong or not compared


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--wheels", type=pathlib.Path)
    options = parser.parse_args()
    if subprocess.run(["sh", "-c", "command -v readelf"], capture_output=True).returncode:
        missing("native: no readelf (binutils)")

    def download(folder):
        for version, platforms in (("3.11", ("manylinux_2_28_x86_64", "manylinux2014_x86_64")),
                                   ("3.12", ("manylinux_2_28_aarch64", "manylinux2014_aarch64"))):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder),
                       "--only-binary=:all:", "--python-version", version]
            for platform in platforms:
                command += ["--platform", platform]
            run_or_missing(command + SAMPLE, "wheels from PyPI")

    folder = options.wheels or fetched(options.cache / "wheels", download)
    wheels = sorted(folder.rglob("*.whl"))
    with tempfile.TemporaryDirectory() as top:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                names = [name for name in archive.namelist() if ".so" in name]
                archive.extractall(pathlib.Path(top) / wheel.stem, names)
        status = compare_objects(options.dump, [top] + [f for f in LIBRARIES if os.path.isdir(f)],
                                 options.all)
    return 1 if compare_wheels(options.program, options.cache, wheels) or status else 0


if __name__ == "__main__":
    sys.exit(main())
