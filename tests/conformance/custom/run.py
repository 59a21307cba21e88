#!/usr/bin/env python3
"""Linux decides whether a bootstrap starts: execve in a root of its own; Plimsoll must agree.

    sudo tests/conformance/custom/run.py --program build/release/cmd/plimsoll --cache build/release/conformance

The root holds what Amazon Linux surely has (a shell, env, cat), as copies of this machine's files.
It is looked at as the sandbox's user is: neither owner nor group of any file.
"""

import argparse
import errno
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import common  # noqa: E402
import programs as programs_of  # noqa: E402

CASES_MIN = 150
RUNTIME = "provided.al2023"
COMMANDS = ("sh", "bash", "env", "cat")
NOBODY = 65534
RULES = {
    "no bootstrap": {"PL310"},
    "ENOENT": {"PL313"},
    "EACCES": {"PL311", "PL313"},   # an interpreter that may not be run
    "ENOEXEC": {"PL312", "PL313"},  # an interpreter that is no program
    "EINVAL": {"PL312"},
    "ENOTDIR": {"PL313"},
    "EIO": {"PL312"},
    "ELIBBAD": {"PL312", "PL313"},
    "dies": {"PL313", "PL312"},     # env, or the shell, does not find what it is asked for
}


def make_root(root, built):
    for name in ("bin", "usr/bin", "var", "etc", "tmp"):
        (root / name).mkdir(parents=True)
    libraries = {str(programs_of.interpreter_of_this_machine())}
    for command in COMMANDS:
        path = shutil.which(command)
        if not path:
            common.missing(f"no {command} here")
        libraries |= set(programs_of.libraries_of(path))
        for folder in ("bin", "usr/bin"):
            shutil.copy(os.path.realpath(path), root / folder / command)
    # Amazon Linux has the C library, libm and libgcc_s; what the built programs ask for is of these.
    for name in ("c dynamic", "rust"):
        if (built / name).exists():
            libraries |= set(programs_of.libraries_of(str(built / name)))
    for library in libraries:
        for folder in (pathlib.Path(library).parent, pathlib.Path("/lib64"), pathlib.Path("/usr/lib64")):
            target = root / str(folder).lstrip("/")
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(library), target / os.path.basename(library))
    return root


def find_bootstrap(root):
    """What the service starts: a file, links followed, code before layers (a folder is passed over)."""
    for place in ("/var/task/bootstrap", "/opt/bootstrap"):
        try:
            if not os.path.isdir(place) and os.stat(place):
                return place
        except OSError:
            continue
    return None


def child(root, report):
    """In the forked child: never returns."""
    try:
        os.chroot(root)
        os.chdir("/var/task")
        place = find_bootstrap(root)
        if not place:
            os.write(report, b"no bootstrap")
            os._exit(0)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        env = {"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin", "LAMBDA_TASK_ROOT": "/var/task",
               "_HANDLER": "x", "LD_LIBRARY_PATH": "/var/task/lib:/opt/lib"}
        os.execve(place, [place], env)
    except OSError as error:
        os.write(report, errno.errorcode.get(error.errno, str(error.errno)).encode())
    finally:
        os._exit(99)


def start(root, package):
    """(outcome, message): the code at /var/task, the layer at /opt."""
    task, opt = root / "var/task", root / "opt"
    package.task.rename(task)
    package.opt.rename(opt)
    read, write = os.pipe()
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(into, 1)
        os.dup2(into, 2)
        os.set_inheritable(write, False)
        child(str(root), write)
    os.close(write)
    os.close(into)
    with os.fdopen(read, "rb") as stream:
        failed = stream.read().decode()
    with os.fdopen(out, "rb") as stream:
        said = stream.read(4096).decode(errors="replace")
    status = os.waitpid(pid, 0)[1]
    task.rename(package.task)
    opt.rename(package.opt)
    if failed:
        return failed, said
    started = "started" in said or status == 0
    return ("loads" if started else "dies"), said or f"status {status}"


def judge(program, root, packages):
    rows = []
    for package in packages:
        outcome, message = start(root, package)
        word = common.lint(program, package, RUNTIME)
        agree, says = common.verdict(package.case, outcome, RULES, word)
        rows.append((RUNTIME, package.case, outcome, message, agree, says, word[2]))
    return rows


def other_machine(program, packages, programs):
    """arm64 functions: nothing here can run their programs, so the machine in the header decides."""
    wrong = []
    for package in packages:
        bootstrap = package.case.files.get("bootstrap")
        content = bootstrap[0] if isinstance(bootstrap, tuple) else None
        if not package.case.name.startswith("program: ") and package.case.name != "broken: arm64":
            continue
        errors, _, _ = common.lint(program, package, RUNTIME, "arm64")
        want = set() if content == programs["go arm64"] else {"PL312"}
        if errors != want:
            wrong.append((package.case.name, errors, want))
    for name, errors, want in wrong:
        print(f"arm64: {name}: {sorted(errors)}, not {sorted(want)}")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--only", help="cases whose name contains this")
    options = parser.parse_args()
    if os.uname().machine != "x86_64" or not sys.platform.startswith("linux"):
        common.missing("programs are started on Linux on x86-64 only")
    if os.geteuid() != 0:
        common.missing("starting programs in a root of their own needs root")
    built = common.fetched(options.cache.resolve() / "bootstraps", programs_of.build)
    programs = programs_of.load(built)
    from cases import all_cases
    cases = [case for case in all_cases(programs) if not options.only or options.only in case.name]
    if not options.only and len(cases) < CASES_MIN:
        raise SystemExit(f"only {len(cases)} cases")
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="plimsoll-custom-") as top:
        os.chmod(top, 0o755)
        root = make_root(pathlib.Path(top) / "root", built)
        packages = [common.Package(case, pathlib.Path(top) / str(i)) for i, case in enumerate(cases)]
        rows = judge(options.program.resolve(), root, packages)
        wrong = other_machine(options.program.resolve(), packages, programs)
    return max(common.compare("conformance.custom", rows), 1 if wrong else 0)


if __name__ == "__main__":
    sys.exit(main())
