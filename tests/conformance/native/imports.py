#!/usr/bin/env python3
"""PL2 beside the real thing: does this machine's Python import it, does its Node.js load it?

    tests/conformance/native/imports.py --program PLIMSOLL --cache FOLDER [--all]

Wheels of one distribution, for this Python and another, this processor and the other one, glibc, musl,
macOS and Windows, are spread as pip does, and a module of them is imported. The addons of npm packages
are loaded with require. Where loading fails, Plimsoll must say so with an error; where it does not,
there must be none, with the runtime of this machine's version on x86_64.

PL203, PL204 and PL205 are left out: they are about Amazon Linux, not about this machine. readelf and
auditwheel stand beside them, in run.py.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import fetched, missing, run_or_missing  # noqa: E402

# distribution, module to be imported; none of them needs another one
WHEELS = [("MarkupSafe==3.0.3", "markupsafe"), ("orjson==3.11.4", "orjson"),
          ("charset-normalizer==3.4.4", "charset_normalizer"),
          ("msgpack==1.1.2", "msgpack"), ("numpy==2.3.5", "numpy"),
          ("PyYAML==6.0.3", "yaml"), ("lxml==6.0.2", "lxml.etree"),
          ("pillow==11.3.0", "PIL.Image"), ("ujson==5.11.0", "ujson"),
          ("multidict==6.7.0", "multidict"), ("frozenlist==1.8.0", "frozenlist"),
          ("regex==2025.11.3", "regex"), ("psycopg2-binary==2.9.11", "psycopg2"),
          ("rpds-py==0.29.0", "rpds"), ("wrapt==2.0.1", "wrapt"),
          ("zstandard==0.25.0", "zstandard"), ("bcrypt==5.0.0", "bcrypt"),
          ("hiredis==3.3.0", "hiredis"), ("greenlet==3.2.4", "greenlet")]
WHEELS_SAMPLE = 3
PLATFORMS = {
    "linux": ["manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux_2_27_x86_64",
              "manylinux_2_5_x86_64", "manylinux1_x86_64", "manylinux_2_17_x86_64"],
    "arm": ["manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux_2_27_aarch64"],
    "musl": ["musllinux_1_2_x86_64", "musllinux_1_1_x86_64"],
    "mac": ["macosx_11_0_arm64", "macosx_14_0_arm64"],
    "windows": ["win_amd64"],
}
ADDONS = ["bcrypt@6.0.0", "bufferutil@4.1.0", "argon2@0.45.1", "utf-8-validate@6.0.6",
          "@node-rs/bcrypt-linux-x64-gnu@1.10.8", "@node-rs/bcrypt-linux-x64-musl@1.10.8",
          "@node-rs/bcrypt-linux-arm64-gnu@1.10.8", "@node-rs/bcrypt-darwin-arm64@1.10.8",
          "fsevents@2.3.3"]
ADDONS_SAMPLE = 3
LEFT_OUT = "PL203,PL204,PL205"


def lint(program, folder, runtime, handler):
    """The PL2 errors and warnings."""
    done = subprocess.run([program, "lint", "--format", "json", "-j", "1", "--type", "function",
                           "--runtime", runtime, "--arch", "x86_64", "--handler", handler,
                           "--select", "PL2", "--ignore", LEFT_OUT, folder], capture_output=True)
    if done.returncode not in (0, 1):
        raise AssertionError(done.stderr.decode())
    found = json.loads(done.stdout)["findings"]
    return [sorted({f["rule"] for f in found if f["severity"] == severity})
            for severity in ("error", "warning")]


def verdict(title, done, told):
    """Do they agree?  A crash while it is initialised is no verdict about whether it is loaded."""
    errors, warnings = told
    loads, why = done.returncode == 0, done.stderr
    if done.returncode < 0:
        print(f"--- {title:64} ends by signal {-done.returncode}")
        return True
    agrees = bool(errors) != loads
    print(f"{'ok ' if agrees else 'BAD'} {title:64} {'loads' if loads else 'fails':6} "
          f"{','.join(errors) or '-'} | {','.join(warnings) or '-'}"
          + ("" if agrees else f"   {why.strip().splitlines()[-1] if why.strip() else ''}"))
    return agrees


# ---------------------------------------------------------------- Python

def wheel_of(cache, spec, python, where):
    """The wheel, or None where there is no such build."""
    folder = cache / "imports" / f"{spec}-{python}-{where}"
    done = folder / ".fetched"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder),
                   "--only-binary=:all:", "--implementation", "cp", "--python-version", python]
        for name in PLATFORMS[where]:
            command += ["--platform", name]
        try:
            fetch = subprocess.run(command + [spec], capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            missing(f"imports: {spec}: {error}")
        if fetch.returncode and "No matching distribution" not in fetch.stderr:
            missing(f"imports: {spec}: {fetch.stderr.strip()[-300:]}")
        done.touch()
    return next(folder.glob("*.whl"), None)


def spread(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            parts = info.filename.split("/")
            if parts[0].endswith(".data"):
                parts = parts[2:] if parts[1] in ("purelib", "platlib") else []
            if parts and not info.is_dir():
                path = folder.joinpath(*parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(info))


def ask_python(program, wheel, module, runtime, title):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        spread(wheel, folder)
        (folder / "app.py").write_text(
            f"import {module}\n\n\ndef handler(event, context):\n    return 1\n")
        told = lint(program, folder, runtime, "app.handler")
        done = subprocess.run([sys.executable, "-s", "-E", "-B", "-c",
                               f"import sys; sys.path[:0] = [{name!r}]; import app"],
                              cwd=folder, capture_output=True, text=True)
    return verdict(title, done, told)


def compare_python(program, cache, everything):
    own = "%d.%d" % sys.version_info[:2]
    other = "3.12" if own != "3.12" else "3.13"
    jobs = [(spec, module, python, where)
            for spec, module in (WHEELS if everything else WHEELS[:WHEELS_SAMPLE])
            for python, where in [(own, w) for w in PLATFORMS] + [(other, "linux")]]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        wheels = list(pool.map(lambda job: wheel_of(cache, job[0], job[2], job[3]), jobs))
    asked = [ask_python(program, wheel, module, f"python{own}", f"{spec} {where} of Python {python}")
             for (spec, module, python, where), wheel in zip(jobs, wheels) if wheel]
    return asked


# ---------------------------------------------------------------- Node.js

def addons_of(cache, spec):
    """The package's folder, as npm installs it."""
    def download(folder):
        run_or_missing(["npm", "pack", "--silent", "--pack-destination", str(folder), spec],
                       f"{spec} from npm")
        with tarfile.open(next(folder.glob("*.tgz"))) as tar:
            for member in tar:
                if member.isfile():
                    path = folder / "package" / member.name.split("/", 1)[-1]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(tar.extractfile(member).read())
    return fetched(cache / "imports" / spec.replace("/", "-"), download) / "package"


def ask_node(program, addon, runtime, title):
    """One addon in a package of its own, required by its path."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(addon, folder / "addon.node")
        (folder / "index.js").write_text("require('./addon.node');\nexports.handler = async () => 1;\n")
        told = lint(program, folder, runtime, "index.handler")
        done = subprocess.run(["node", "index.js"], cwd=folder, capture_output=True, text=True)
    return verdict(title, done, told)


def compare_node(program, cache, everything):
    version = run_or_missing(["node", "--version"], "node").strip().lstrip("v").split(".")[0]
    asked = []
    for spec in ADDONS if everything else ADDONS[:ADDONS_SAMPLE]:
        folder = addons_of(cache, spec)
        for addon in sorted(folder.rglob("*.node")):
            if "electron" not in addon.name:
                asked.append(ask_node(program, addon, f"nodejs{version}.x",
                                      f"{spec} {addon.relative_to(folder)}"))
    return asked


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    if sys.platform != "linux" or platform.machine() != "x86_64":
        missing("imports: this machine is no x86-64 Linux")
    known = json.loads(subprocess.run([program, "runtimes", "--format", "json"], check=True,
                                      capture_output=True).stdout)
    if f"python{sys.version_info[0]}.{sys.version_info[1]}" not in json.dumps(known):
        missing("imports: Lambda has no runtime of this Python's version")
    asked = compare_python(program, options.cache, options.all)
    asked += compare_node(program, options.cache, options.all)
    wrong = asked.count(False)
    print(f"{len(asked)} packages loaded for real, {wrong} disagreements")
    return 1 if wrong or len(asked) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
