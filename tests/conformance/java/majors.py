#!/usr/bin/env python3
"""PL208 beside javap: class files of every release that javac can write, on every Java runtime.

    tests/conformance/java/majors.py --program PLIMSOLL --work FOLDER

javap says which major version a class file has; a virtual machine of Java N takes up to 44 + N (The
Java Virtual Machine Specification, table 4.1-A). The class stands at the root and in a jar in lib/, where
newer classes below META-INF/versions and a newer module-info must count for nothing. For releases newer
than this compiler the version is written into its class file. Exit 77: there is no javac."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

RUNTIMES = {"java8.al2": 8, "java11": 11, "java17": 17, "java21": 21, "java25": 25}
IN_JAR = ("java11", "java21")  # each is asked about the class at the root, these about the jar too
RELEASES = (8, 11, 17, 21, 25)
SOURCE = "public class Handler { public String handle(String s) { return s; } }\n"


def skip(why):
    if os.environ.get("CI") == "true":
        sys.exit(f"FAILED: {why}")
    print(f"SKIPPED: PL208 beside javap: {why}")
    sys.exit(77)


def compile_for(work, release):
    """The class file; one of the newest release with another version where javac is older."""
    folder = work / f"release{release}"
    folder.mkdir(parents=True)
    source = folder / "Handler.java"
    source.write_text(SOURCE)
    file = folder / "Handler.class"
    done = subprocess.run(["javac", "-nowarn", "-Xlint:-options", "--release", str(release), "-d",
                           folder, source], capture_output=True, text=True, check=False)
    if done.returncode:
        subprocess.run(["javac", "-d", folder, source], check=True, capture_output=True)
        data = bytearray(file.read_bytes())
        data[4:8] = (0).to_bytes(2, "big") + (44 + release).to_bytes(2, "big")
        file.write_bytes(data)
    return file


def majors_of(files):
    """javap's word for each; one call, for a virtual machine takes its time to start."""
    done = subprocess.run(["javap", "-v", *files], capture_output=True, text=True, check=True)
    found = [int(number) for number in re.findall(r"^ +major version: (\d+)$", done.stdout, re.M)]
    if len(found) != len(files):
        sys.exit(f"javap told {len(found)} versions of {len(files)} files: {done.stderr[-300:]}")
    return found


def pack(path, entries):
    with zipfile.ZipFile(path, "w") as to:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            to.writestr(info, data)
    return path.read_bytes()


def packages(work, release, data, newer):
    """At the root, and in a jar that holds what must not count."""
    root, jar, lib = (work / f"{release}-{name}" for name in ("root.zip", "in.jar", "lib.zip"))
    pack(root, {"Handler.class": data})
    inner = pack(jar, {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\nMulti-Release: true\n\n",
                       "Handler.class": data, "module-info.class": newer,
                       "META-INF/versions/99/Handler.class": newer})
    pack(lib, {"lib/in.jar": inner})
    return [root, lib]


def with_library(work, release, old, library):
    """A handler that every runtime takes, and a jar beside it."""
    jar, path = work / f"{release}-library.jar", work / f"{release}-library.zip"
    inner = pack(jar, {"Library.class": library, "module-info.class": library})
    pack(path, {"Handler.class": old, "lib/library.jar": inner})
    return path


def told(program, package, runtime, severity="error"):
    """The Java that PL208 names, 0 when it is silent, and any other error."""
    done = subprocess.run([program, "lint", "--format", "json", "-j", "1", "--as-of", "2026-11-23",
                           "--runtime", runtime, "--handler", "Handler::handle", package],
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"status {done.returncode}: {done.stderr}")
    found = json.loads(done.stdout)["findings"]
    errors = [f for f in found if f["severity"] == "error"]
    java = [re.search(r"Java (\d+)", f["message"] if severity == "error" else f["fix"])
            for f in found if f["rule"] == "PL208" and f["severity"] == severity]
    return (int(java[0][1]) if java and java[0] else -len(java),
            sorted({f["rule"] for f in errors} - {"PL208"}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    args = parser.parse_args()
    for tool in ("javac", "javap"):
        if not shutil.which(tool):
            skip(f"there is no {tool}")
    work = args.work / "majors"
    shutil.rmtree(work, ignore_errors=True)
    files = [compile_for(work, release) for release in RELEASES]
    wrong, asked = 0, 0
    for release, file, major in zip(RELEASES, files, majors_of(files), strict=True):
        root, lib = packages(work, release, file.read_bytes(), files[-1].read_bytes())
        library = with_library(work, release, files[0].read_bytes(), file.read_bytes())
        asks = [(root, r, "error") for r in RUNTIMES] + [(lib, r, "error") for r in IN_JAR]
        for package, runtime, severity in asks + [(library, "java11", "warning")]:
            asked += 1
            want = major - 44 if major > 44 + RUNTIMES[runtime] else 0
            java, others = told(args.program, package, runtime, severity)
            if java != want or others:
                wrong += 1
                print(f"DISAGREE {package.name} on {runtime}: javap says {major}, so PL208 should "
                      f"name Java {want or '-'}; it names {java or '-'}, other rules {others}")
    print(f"{asked} packages beside javap, {wrong} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
