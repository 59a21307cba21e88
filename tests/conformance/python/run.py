#!/usr/bin/env python3
"""awslambdaric, the runtime client of Lambda's Python, decides; Plimsoll must agree.

    tests/conformance/python/run.py --program build/release/cmd/plimsoll --cache build/release/conformance
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import common  # noqa: E402

VERSION = "3.11"
CLIENT = "awslambdaric==4.2.2"
CASES_MIN = 150
RULES = {
    "Runtime.ImportModuleError": {"PL301", "PL309", "PL321", "PL322"},
    "Runtime.HandlerNotFound": {"PL302"},
    "Runtime.MalformedHandlerName": {"PL303"},
    "TypeError": {"PL303"},   # a relative import: not mapped by the client
    "ValueError": {"PL303", "PL305"},  # an empty module name; NUL bytes in a source
    "Runtime.BuiltInModuleConflict": {"PL304"},
    "Runtime.UserCodeSyntaxError": {"PL305"},
    "PermissionError": {"PL601"},
}


def works(command):
    try:
        done = subprocess.run([command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                              capture_output=True, text=True, timeout=60)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == VERSION


def interpreter():
    for command in (f"/usr/bin/python{VERSION}", f"python{VERSION}", sys.executable, "python3"):
        found = shutil.which(command)
        if found and works(found):
            return found
    common.missing(f"no Python {VERSION} here")
    return None


def fetch_client(python):
    def how(folder):
        common.run_or_missing(
            [python, "-m", "pip", "download", "-q", "--disable-pip-version-check",
             "--only-binary=:all:", "--platform", "manylinux2014_x86_64", "--python-version", VERSION,
             "-d", str(folder), CLIENT], f"{CLIENT} from PyPI")
        for wheel in sorted(folder.glob("*.whl")):
            zipfile.ZipFile(wheel).extractall(folder)
        if not (folder / "awslambdaric" / "bootstrap.py").is_file():
            common.missing(f"{CLIENT} has no bootstrap.py")
    return how


def asker(python, client):
    driver = pathlib.Path(__file__).resolve().parent / "client.py"

    def ask(package, runtime):
        del runtime
        done = subprocess.run([python, "-E", "-s", "-B", str(driver), str(client), str(package.task),
                               str(package.opt), package.case.handler], capture_output=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
        if not done.stdout:
            raise RuntimeError(f"{package.case.name}: {done.stderr.decode()}")
        return json.loads(done.stdout)
    return ask


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--only", help="cases whose name contains this")
    options = parser.parse_args()
    python = interpreter()
    client = common.fetched(options.cache.resolve() / CLIENT.replace("==", "-"), fetch_client(python))
    if not works(sys.executable):
        os.execv(python, [python, "-B"] + sys.argv)  # the bytecode among the cases is of one version
    from cases import all_cases
    cases = [case for case in all_cases() if not options.only or options.only in case.name]
    if not options.only and len(cases) < CASES_MIN:
        raise SystemExit(f"only {len(cases)} cases")
    with tempfile.TemporaryDirectory(prefix="plimsoll-python-") as top:
        os.chmod(top, 0o755)
        packages = [common.Package(case, pathlib.Path(top) / str(i)) for i, case in enumerate(cases)]
        rows = common.judge(options.program.resolve(), packages, [f"python{VERSION}"],
                            asker(python, client), RULES)
    return common.compare("conformance.python", rows)


if __name__ == "__main__":
    sys.exit(main())
