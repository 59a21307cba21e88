#!/usr/bin/env python3
"""Java handlers: the real aws-lambda-java-runtime-interface-client decides, plimsoll must agree.

Packages are made here from the sources in cases.py, all compiled by one run of javac. The client
loads each handler (LoadHandlers.java); plimsoll lints the same package; loads must mean no error,
and each way to fail its own rule. Exit 77: what the test needs is not on this machine; where
CI=true that is a failure."""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import cases  # noqa: E402

MIN_CASES, MAX_UNSURE = 150, 0.03
RELEASE, RUNTIME = "17", "java17"


def skip(why):
    if os.environ.get("CI") == "true":
        sys.exit(f"FAILED: {why}")
    print(f"SKIPPED: Java conformance: {why}")
    sys.exit(77)


def fetch(folder):
    """The client's jars, fetched once into the build folder."""
    for tool in ("java", "javac", "mvn"):
        if not shutil.which(tool):
            skip(f"there is no {tool}")
    jars = folder / "client"
    if not list(jars.glob("aws-lambda-java-runtime-interface-client-*.jar")):
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies",
             f"-DoutputDirectory={jars}"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip("the runtime interface client could not be fetched: " +
                 " ".join(done.stdout.split())[:300])
    return os.pathsep.join(str(jar) for jar in sorted(jars.glob("*.jar")))


def javac(class_path, out, sources, release=RELEASE):
    out.mkdir(parents=True, exist_ok=True)
    subprocess.run(["javac", "-nowarn", "-Xlint:-options", "--release", release, "-parameters",
                    "-cp", class_path, "-d", out] + [str(one) for one in sources], check=True,
                   capture_output=True)


def write_sources(folder, sources):
    files = []
    for name, text in sources.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        files.append(file)
    return files


def compile_all(class_path, work):
    """Class files by name: {"demo/Plain.class": bytes}."""
    classes = {}
    for release, sources in cases.SOURCES.items():
        out = work / f"classes{release}"
        javac(class_path, out, write_sources(work / f"src{release}", sources), release)
        for file in out.rglob("*.class"):
            classes[str(file.relative_to(out))] = file.read_bytes()
    return classes


def pack(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(entries.items()):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


def unpack(path, folder):
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)


def lay_out(work, number, case):
    """The package as a ZIP and as the client will see it; a layer likewise."""
    task, opt = work / f"{number}" / "task", work / f"{number}" / "opt"
    opt.mkdir(parents=True)
    zips = []
    for entries, folder, name in ((case.code, task, "code"), (case.layer, opt, "layer")):
        if entries:
            path = work / f"{number}" / f"{name}.zip"
            pack(path, entries)
            unpack(path, folder)
            zips.append(path)
    return task, opt, zips


def judge(program, zips, handler):
    """What plimsoll says: the rules of errors, and whether it could not tell."""
    command = [program, "lint", "--format", "json", "--runtime", RUNTIME, "--handler", handler,
               "--as-of", "2026-11-23", zips[0]]
    for layer in zips[1:]:
        command += ["--layer", layer]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return {f"exit {done.returncode}"}, False, [done.stderr.strip()]
    report = json.loads(done.stdout)
    # PL115 judges the archive, not what is loaded from it.
    rules = {one["rule"] for one in report["findings"] if one["severity"] == "error"} - {"PL115"}
    unsure = any(one["rule"] in ("PL314", "PL316") for one in report["skipped"])
    return rules, unsure, [one["message"] for one in report["findings"]]


def expected(answer):
    """The rules that may say it, by the client's own words."""
    if answer[0] == "loads":
        return set()
    exception, message = answer[1], answer[2]
    if "Invalid handler" in message:
        return {"PL303"}
    if "UnsupportedClassVersionError" in exception:
        return {"PL208"}
    if "Class not found" in message or "ClassNotFound" in exception:
        return {"PL314", "PL315"}
    if "NoClassDefFound" in exception or "TypeNotPresent" in exception:
        return {"PL314"}
    return {"PL316"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    class_path = fetch(args.work)
    work = args.work / "packages"
    shutil.rmtree(work, ignore_errors=True)
    javac(class_path, args.work / "driver", [HERE / "LoadHandlers.java"])
    every = cases.make(compile_all(class_path, work))
    lines, packed = [], []
    for number, case in enumerate(every):
        task, opt, zips = lay_out(work, number, case)
        packed.append(zips)
        lines.append(f"{task}\t{opt}/java\t{case.handler}\n")
    asked = subprocess.run(["java", "-cp", f"{args.work / 'driver'}{os.pathsep}{class_path}",
                            "LoadHandlers"], input="".join(lines), capture_output=True, text=True,
                           check=True).stdout.splitlines()
    if len(asked) != len(every) or len(every) < MIN_CASES:
        sys.exit(f"{len(every)} packages, {len(asked)} answers: at least {MIN_CASES} are needed")
    wrong, unsure_count, kinds = 0, 0, collections.Counter()
    for case, zips, line in zip(every, packed, asked):
        answer = line.split("\t")
        want = expected(answer)
        kinds["loads" if not want else "/".join(sorted(want))] += 1
        rules, unsure, messages = judge(args.program, zips, case.handler)
        unsure_count += unsure
        if unsure and not rules:
            print(f"cannot tell: {case.name}: {case.handler}: the client: {line}")
        elif (want and not (rules and rules <= want)) or (not want and rules):
            wrong += 1
            print(f"DISAGREE {case.name}: {case.handler}\n  client:   {line}\n"
                  f"  plimsoll: {sorted(rules) or 'no error'} {messages}")
    print(f"{len(every)} packages, {wrong} disagreements, {unsure_count} cannot tell; the client: " +
          ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items())))
    if unsure_count > MAX_UNSURE * len(every):
        sys.exit("too many that plimsoll cannot tell")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
