#!/usr/bin/env python3
"""Real packages, linted: not one error that packages.list does not name, and each that it names.

    tests/corpus/run.py --program build/release/cmd/plimsoll --cache build/corpus          all of them
    tests/corpus/run.py --program ... --cache ... --sample                                 what CI runs
    tests/corpus/run.py --program ... --cache ... --only numpy                             a few

Packages are fetched with their registries' own clients (pip, npm, Maven) into the cache folder, spread
as an installer would, packed as a function or as a layer, and linted with runtime and architecture.
The table that it prints has a row for each.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
AS_OF = "2026-11-23"
SKIP = 77
CPU = {"x86_64": "x86_64", "arm64": "aarch64"}
GLIBC = {"python3.8": 26, "python3.9": 26, "python3.10": 26, "python3.11": 26}  # others: 34

Row = collections.namedtuple("Row", "when source package version runtime arch shape expected")


def rows():
    for line in (HERE / "packages.list").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield Row(*line.split())


def missing(what):
    """A client that is not there, or a registry out of reach: a failure in CI, loud elsewhere."""
    print(f"SKIPPED: corpus: {what}")
    sys.exit(1 if os.environ.get("CI") else SKIP)


def client(command, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        missing(f"{command[0]}: {error}")
    if done.returncode:
        missing(f"{' '.join(map(str, command[:4]))} ...: {done.stderr.strip()[-600:]}")
    return done.stdout


# ---------------------------------------------------------------- fetching

def key(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def wheel_of(folder, row):
    version = row.version.split("@")[0]
    for path in folder.glob("*.whl"):
        name, found = path.name.split("-")[:2]
        if key(name) == key(row.package) and found == version:
            return path
    return None


def asked_of(row):
    """The Python and the platform that a wheel is for."""
    platform, _, python = row.version.partition("@")[2].partition(":")
    return python or row.runtime.removeprefix("python"), platform


def pypi_folder(cache, row):
    python, platform = asked_of(row)
    return cache / "pypi" / f"python{python}-{platform or CPU[row.arch]}"


def fetch_pypi(cache, wanted):
    groups = collections.defaultdict(list)
    for row in wanted:
        folder = pypi_folder(cache, row)
        if not wheel_of(folder, row):
            groups[folder].append(row)
    commands = []
    for folder, group in groups.items():
        row = group[0]
        python, platform = asked_of(row)
        if platform:
            platforms = [platform]
        else:
            newest = GLIBC.get(row.runtime, 34)
            platforms = [f"manylinux_2_{n}_{CPU[row.arch]}" for n in range(newest, 4, -1)]
            platforms += [f"manylinux{n}_{CPU[row.arch]}" for n in ("2014", "2010", "1")]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps",
                   "--only-binary=:all:", "--implementation", "cp",
                   "--python-version", python, "-d", str(folder)]
        for name in platforms:
            command += ["--platform", name]
        folder.mkdir(parents=True, exist_ok=True)
        commands.append(command + [f"{r.package}=={r.version.split('@')[0]}" for r in group])
    return commands


def npm_parts(row):
    """"a+@b/c" and "1.0+2.0" as pairs."""
    return list(zip(row.package.split("+"), row.version.split("+"), strict=True))


def tarball(cache, name, version):
    return cache / "npm" / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"


def fetch_npm(cache, wanted):
    parts = {part for row in wanted for part in npm_parts(row)}
    specs = sorted(f"{n}@{v}" for n, v in parts if not tarball(cache, n, v).exists())
    (cache / "npm").mkdir(parents=True, exist_ok=True)
    return [["npm", "pack", "--silent", "--pack-destination", str(cache / "npm")] + specs[i::3]
            for i in range(3) if specs[i::3]]


def jar_of(cache, row):
    artifact = row.package.split(":")[1]
    classifier = row.package.split(":")[2:]
    return cache / "maven" / ("-".join([artifact, row.version] + classifier) + ".jar")


def fetch_maven(cache, wanted):
    """The pom that copies them, and the call; nothing when all are there."""
    todo = [row for row in wanted if not jar_of(cache, row).exists()]
    if not todo:
        return []
    text = ""
    for package, version in sorted({(row.package, row.version) for row in todo}):
        group, artifact, *classifier = package.split(":")
        text += (f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
                 f"<version>{version}</version>"
                 + "".join(f"<classifier>{c}</classifier>" for c in classifier)
                 + "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId>"
                 "</exclusion></exclusions></dependency>\n")
    folder = cache / "maven"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pom.xml").write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>corpus</groupId><artifactId>corpus</artifactId><version>1</version>"
        f"<packaging>pom</packaging><dependencies>\n{text}</dependencies></project>\n")
    return [["mvn", "-q", "-B", "-f", str(folder / "pom.xml"), "dependency:copy-dependencies",
             f"-DoutputDirectory={folder}"]]


# ---------------------------------------------------------------- programs that are built here

GO = """package main

import "os"

func main() {
	println("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/next")
}
"""
RUST = """fn main() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap_or_default();
    println!("{:?}", std::net::TcpStream::connect(api));
}
"""


def build(cache, row):
    """bootstrap, made by the compiler that the row names."""
    folder = cache / "built" / f"{row.package}-{row.version}-{row.arch}"
    program = folder / "bootstrap"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ)
    if row.package == "go":
        (folder / "main.go").write_text(GO)
        env |= {"CGO_ENABLED": "1" if row.version == "cgo" else "0", "GOOS": "linux", "GO111MODULE": "off",
                "GOARCH": {"x86_64": "amd64", "arm64": "arm64"}[row.arch],
                "GOCACHE": str(cache / "go")}
        client(["go", "build", "-o", str(program), "main.go"], cwd=folder, env=env)
    else:
        (folder / "main.rs").write_text(RUST)
        static = ["-C", "target-feature=+crt-static"] if row.version == "static" else []
        client(["rustc", "-O", *static, "-o", str(program), "main.rs"], cwd=folder, env=env)
    return program


def handler_class(cache):
    """A Java handler without dependencies, for Java 8."""
    folder = cache / "built" / "java"
    if not (folder / "Handler.class").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Handler.java").write_text(
            "public class Handler { public String handle(String s) { return s; } }\n")
        client(["javac", "--release", "8", "-nowarn", "-d", str(folder), str(folder / "Handler.java")])
    return (folder / "Handler.class").read_bytes()


# ---------------------------------------------------------------- packages of them

def info_of(name, mode):
    info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, (0o100000 | mode) << 16
    return info


class Zip:
    """A ZIP in the making: Unix modes, one date, stored (the contents are what is looked at)."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, strict_timestamps=False)
        self.names = set()

    def add(self, name, data, mode=0o644):
        if name in self.names:
            return
        self.names.add(name)
        self.zip.writestr(info_of(name, mode), data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.zip.close()


def spread_wheel(to, path, below):
    """As pip install --target does; returns a module of it that can be imported."""
    tops = []
    with zipfile.ZipFile(path) as wheel:
        for info in wheel.infolist():
            name = info.filename
            parts = name.split("/")
            if name.endswith("/"):
                continue
            if parts[0].endswith(".data"):
                if parts[1] not in ("purelib", "platlib", "scripts"):
                    continue
                parts = (["bin"] if parts[1] == "scripts" else []) + parts[2:]
            mode = info.external_attr >> 16 & 0o111
            to.add(below + "/".join(parts), wheel.read(info), 0o755 if mode else 0o644)
            plain = len(parts) == 2 and parts[1] == "__init__.py"
            module = len(parts) == 1 and parts[0].endswith(".py")
            if plain or module:
                tops.append(parts[0].removesuffix(".py"))
    tops = [t for t in tops if t.isidentifier() and t not in ("tests", "test", "app")] or ["os"]
    return sorted(tops, key=lambda t: (t.startswith("_"), t))[0]


def spread_tarball(to, path, below):
    with tarfile.open(path) as tar:
        for member in tar:
            if member.isfile():
                name = member.name.split("/", 1)[-1]
                mode = 0o755 if member.mode & 0o111 else 0o644
                to.add(f"{below}/{name}", tar.extractfile(member).read(), mode)


def pack_pypi(cache, row, folder):
    wheel = wheel_of(pypi_folder(cache, row), row)
    below = "" if row.shape == "function" else "python/"
    if row.shape == "layer-lib":
        below = f"python/lib/{row.runtime}/site-packages/"
    with Zip(folder / "package.zip") as to:
        module = spread_wheel(to, wheel, below)
        app = f"import {module}\n\n\ndef handler(event, context):\n    return {module}.__name__\n"
        if row.shape == "function":
            to.add("app.py", app)
    return "app.handler", {"app.py": app}


def pack_npm(cache, row, folder):
    below = "" if row.shape == "function" else "nodejs/"
    parts = npm_parts(row)
    app = f"require({json.dumps(parts[0][0])});\nexports.handler = async () => 1;\n"
    with Zip(folder / "package.zip") as to:
        for name, version in parts:
            spread_tarball(to, tarball(cache, name, version), f"{below}node_modules/{name}")
        if row.shape == "function":
            to.add("index.js", app)
    return "index.handler", {"index.js": app}


def pack_zip(cache, row, folder):
    """The ZIP that stands in an npm package, as it is."""
    (name, version), = npm_parts(row)
    with tarfile.open(tarball(cache, name, version)) as tar:
        member, = [m for m in tar if m.name.endswith(".zip")]
        (folder / "package.zip").write_bytes(tar.extractfile(member).read())
    if row.runtime.startswith("node"):
        return "index.handler", {"index.js": "exports.handler = async () => 1;\n"}
    return "app.handler", {"app.py": "def handler(event, context):\n    return 1\n"}


def pack_maven(cache, row, folder):
    jar, code = jar_of(cache, row), handler_class(cache)
    if row.shape == "function":
        shutil.copy(jar, folder / "package.zip")
        with zipfile.ZipFile(folder / "package.zip", "a") as to:
            to.writestr(info_of("Handler.class", 0o644), code)
    else:
        with Zip(folder / "package.zip") as to:
            to.add(f"java/lib/{jar.name}", jar.read_bytes())
    return "Handler::handle", {"Handler.class": code}


def pack_built(cache, row, folder):
    with Zip(folder / "package.zip") as to:
        to.add("bootstrap", build(cache, row).read_bytes(), 0o755)
    return "bootstrap", {}


PACK = {"pypi": pack_pypi, "npm": pack_npm, "zip": pack_zip, "maven": pack_maven,
        "built": pack_built}


# ---------------------------------------------------------------- judging

def lint(program, row, folder, handler, app):
    command = [program, "lint", "--as-of", AS_OF, "--format", "json", "-j", "1", "--upload", "s3",
               "--type", "function", "--runtime", row.runtime, "--arch", row.arch,
               "--handler", handler]
    if row.shape == "function":
        command.append(folder / "package.zip")
    else:
        with Zip(folder / "app.zip") as to:
            for name, data in app.items():
                to.add(name, data)
        command += ["--layer", folder / "package.zip", folder / "app.zip"]
    done = subprocess.run(command, capture_output=True, timeout=300)
    if not done.stdout:
        raise AssertionError(f"no report, status {done.returncode}: {done.stderr.decode()[-300:]}")
    return json.loads(done.stdout), done.returncode


def judge(program, cache, row):
    """The row of the table, and what is wrong about it."""
    with tempfile.TemporaryDirectory(dir=cache) as name:
        folder = pathlib.Path(name)
        handler, app = PACK[row.source](cache, row, folder)
        report, status = lint(program, row, folder, handler, app)
    told = collections.defaultdict(collections.Counter)
    for finding in report["findings"]:
        told[finding["severity"]][finding["rule"]] += 1
    words = set() if row.expected == "-" else set(row.expected.split(","))
    want = {word for word in words if not word.endswith("w")}
    have = set(told["error"])
    faults = [f"{rule} is an error: {f['message']} ({f.get('member', '')})"
              for rule in sorted(have - want)
              for f in report["findings"] if f["rule"] == rule and f["severity"] == "error"][:3]
    faults += [f"{rule} was expected" for rule in sorted(want - have)]
    faults += [f"{rule} was expected as a warning"
               for rule in sorted({word[:-1] for word in words - want} - set(told["warning"]))]
    if status != (1 if want else 0):
        faults.append(f"exit status {status}")
    package = next((i for i in report["inputs"] if i["path"].endswith("package.zip")), {})
    return {"row": row, "faults": faults, "entries": package.get("entries", 0),
            "bytes": package.get("unzipped_bytes", 0), "error": told["error"],
            "warning": told["warning"], "info": told["info"]}


def counts(counter):
    return " ".join(f"{rule}" + (f"*{n}" if n > 1 else "") for rule, n in sorted(counter.items()))


def show(result):
    row = result["row"]
    package = row.package if len(row.package) <= 40 else row.package[:37] + "..."
    version = row.version if len(row.version) <= 14 else row.version[:11] + "..."
    print(f"{'ok ' if not result['faults'] else 'BAD'} {row.source:5} {package:40} {version:14} "
          f"{row.runtime:15} {row.arch:6} {row.shape:9} {result['entries']:5} "
          f"{result['bytes'] / 1e6:6.1f} MB  {counts(result['error']) or '-'} | "
          f"{counts(result['warning']) or '-'} | {counts(result['info']) or '-'}")
    for fault in result["faults"]:
        print(f"      {fault}")


def fetch(cache, wanted):
    by = collections.defaultdict(list)
    for row in wanted:
        by["npm" if row.source == "zip" else row.source].append(row)
    commands = fetch_maven(cache, by["maven"]) + fetch_npm(cache, by["npm"])
    commands += fetch_pypi(cache, by["pypi"])
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(client, commands))
    for row in by["built"]:
        build(cache, row)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--sample", action="store_true", help="the rows for CI")
    parser.add_argument("--only", help="rows whose package contains this text")
    args = parser.parse_args()
    wanted = [row for row in rows() if (not args.sample or row.when == "ci")
              and (not args.only or args.only in row.package)]
    if not wanted:
        sys.exit("packages.list has no such row")
    cache = args.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    fetch(cache, wanted)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(lambda row: judge(args.program, cache, row), wanted))
    for result in results:
        show(result)
    bad = sum(bool(r["faults"]) for r in results)
    wrong = sum(r["row"].expected != "-" for r in results)
    megabytes = sum(r["bytes"] for r in results) / 1e6
    print(f"{len(results)} packages, {megabytes:,.0f} MB unpacked: {len(results) - wrong} to pass, "
          f"{wrong} with an expected finding, {bad} not as expected")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
