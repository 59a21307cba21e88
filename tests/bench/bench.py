#!/usr/bin/env python3
"""Measures plimsoll against zip -r, 7z, Python's zipfile and bsdtar: same trees, same run.

    tests/bench/bench.py --program build/release/cmd/plimsoll

The trees are a real site-packages (at least 140 MB) and a real node_modules (at least 6,000 files),
fetched once with pip and npm into build/bench-cache or $PL_BENCH_CACHE; --site-packages DIR and
--node-modules DIR take your own. Programs run in turn, round after round, so that a busy moment hits
all of them, after a sync, so that nobody waits for what another has written; the tables show medians, and ratios
against zip -r. The last table holds every figure beside what it has to be. See README.md beside this file."""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

import templates

TOP = pathlib.Path(__file__).resolve().parents[2]
PYTHON_PACKAGES = ["numpy", "scipy", "pandas", "pillow", "cryptography", "lxml"]
NODE_PACKAGES = ["typescript", "webpack", "webpack-cli", "eslint", "jest", "@babel/core", "@babel/preset-env",
                 "rxjs", "lodash", "date-fns", "express", "@aws-sdk/client-s3", "@aws-sdk/client-dynamodb"]
PARTS = ["first", "again", "best", "large", "many", "lint", "template"]
CFN_LINT = "1.58.0"
FULL_BYTES, FULL_ENTRIES = 250_000_000, 10_000  # of what Lambda takes: 262,144,000
MANIFEST = """version: 1
functions:
  f:
    runtime: %s
    handler: %s
    upload: s3
    sources: tree
"""


def tree_size(folder):
    files = bytes_ = 0
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            if not os.path.islink(path):
                bytes_ += os.path.getsize(path)
            files += 1
    return files, bytes_


def run(command, cwd=None):
    """(seconds, peak MB) of a command that must succeed."""
    before = os.getcwd()
    os.chdir(cwd or before)
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.monotonic()
    try:
        pid = os.posix_spawnp(command[0], command, os.environ, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
    finally:
        os.chdir(before)
    seconds = time.monotonic() - start
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"status {code}: {' '.join(command)}")
    return seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def alternate(contenders, rounds):
    """{name: (median seconds, largest peak MB)}; the order turns around every round."""
    seconds = {name: [] for name in contenders}
    peak = {name: 0.0 for name in contenders}
    names = list(contenders)
    for turn in range(rounds):
        for name in names if turn % 2 == 0 else reversed(names):
            prepare, command, cwd = contenders[name]
            prepare()
            os.sync()
            took, memory = run(command, cwd)
            seconds[name].append(took)
            peak[name] = max(peak[name], memory)
    return {name: (statistics.median(seconds[name]), peak[name]) for name in names}


def warm(tree):
    for base, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(base, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    while file.read(1 << 20):
                        pass


ZIPFILE = """import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    for base, dirs, files in os.walk("."):
        for name in files:
            z.write(os.path.join(base, name))
"""


def gone(path):
    return lambda: shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def packers(program, tree, work, runtime, handler):
    project = work / "project"
    project.mkdir()
    (project / "plimsoll.yaml").write_text(MANIFEST % (runtime, handler))
    (project / "tree").symlink_to(tree)
    dist = project / "dist"
    found = {}

    out = {n: str(work / f"{n}.zip") for n in ("zip", "7z", "zipfile", "bsdtar")}
    found["zip -r"] = (gone(pathlib.Path(out["zip"])), ["zip", "-qr", out["zip"], "."], tree)
    if shutil.which("7z"):
        found["7z -tzip -mx1"] = (gone(pathlib.Path(out["7z"])), ["7z", "a", "-bd", "-tzip", "-mx1", out["7z"], "."], tree)
    found["Python zipfile"] = (gone(pathlib.Path(out["zipfile"])), [sys.executable, "-c", ZIPFILE, out["zipfile"]], tree)
    if shutil.which("bsdtar"):
        found["bsdtar"] = (gone(pathlib.Path(out["bsdtar"])), ["bsdtar", "--format", "zip", "-cf", out["bsdtar"], "."], tree)
    cache = work / "cache"
    new = lambda: (gone(dist)(), gone(cache)())
    own = ["--cache-dir", str(cache)]
    found["plimsoll pack --no-lint"] = (new, [program, "pack", "--no-lint", "-q", *own], project)
    found["plimsoll pack"] = (new, [program, "pack", "-q", "--fail-on", "never", *own], project)
    sizes = {"zip -r": out["zip"], "7z -tzip -mx1": out["7z"], "Python zipfile": out["zipfile"], "bsdtar": out["bsdtar"],
             "plimsoll pack --no-lint": str(dist / "f.zip"), "plimsoll pack": str(dist / "f.zip")}
    return found, sizes


def table(title, rows, heads):
    widths = [max(len(str(row[i])) for row in [heads, *rows]) for i in range(len(heads))]
    print(f"\n{title}")
    for row in [heads, ["-" * w for w in widths], *rows]:
        print("  " + "  ".join(str(c).ljust(w) if i == 0 else str(c).rjust(w) for i, (c, w) in enumerate(zip(row, widths))))


FIGURES = []  # what, what it has to be, what it is


def figure(what, goal, value, holds):
    FIGURES.append([what, goal, value if holds else value + " (missed)"])


def at_most(what, parts, seconds, of):
    figure(what, f"1/{parts} of zip -r", f"1/{of / seconds:.1f}", seconds * parts <= of)


def bench_tree(program, title, tree, runtime, handler, rounds):
    files, size = tree_size(tree)
    warm(tree)
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=os.environ.get("PL_BENCH_TMP")) as name:
        work = pathlib.Path(name)
        contenders, sizes = packers(program, tree, work, runtime, handler)
        result = alternate(contenders, rounds)
        base = result["zip -r"][0]
        rows = []
        for who, (seconds, memory) in result.items():
            zipped = os.path.getsize(sizes[who])
            rows.append([who, f"{seconds:.2f}", f"1/{base / seconds:.2f}", f"{zipped / 1e6:.2f}", f"{memory:.0f}"])
        table(f"pack {title}: {files:,} files, {size / 1e6:.1f} MB, median of {rounds}", rows,
              ["", "seconds", "of zip -r", "ZIP MB", "peak MB"])
        seconds, memory = result["plimsoll pack --no-lint"]
        ours, theirs = (os.path.getsize(sizes[who]) for who in ("plimsoll pack --no-lint", "zip -r"))
        at_most(f"{title}, first time", 3.7 if files > 10000 else 4, seconds, base)
        at_most(f"{title}, first time, with lint", 3.3, result["plimsoll pack"][0], base)
        figure(f"{title}, the ZIP", "smaller than of zip -r", f"{ours / 1e6:.1f} of {theirs / 1e6:.1f} MB", ours < theirs)
        figure(f"{title}, peak memory", "100 MB", f"{memory:.0f} MB", memory < 100)
        packed = sizes["plimsoll pack"]
        with zipfile.ZipFile(packed) as archive:
            entries = len(archive.infolist())
        readers = {
            "unzip -tq": (lambda: None, ["unzip", "-tq", packed], None),
            "plimsoll lint": (lambda: None, [program, "lint", "--runtime", runtime, "--handler", handler,
                                             "--upload", "s3", "--fail-on", "never", packed], str(work)),
        }
        if shutil.which("7z"):
            readers["7z t"] = (lambda: None, ["7z", "t", "-bd", packed], None)
        result = alternate(readers, rounds)
        base = result["unzip -tq"][0]
        rows = [[who, f"{s:.3f}", f"1/{base / s:.2f}", f"{m:.0f}"] for who, (s, m) in result.items()]
        table(f"read {title}: {entries:,} entries", rows, ["", "seconds", "of unzip -tq", "peak MB"])


class Project:
    """A folder with a manifest, a tree and a cache of its own."""

    def __init__(self, program, folder, tree, functions=("f",), *more):
        folder.mkdir()
        lines = "".join(f"  {name}: {{runtime: python3.13, handler: app.handler, sources: tree}}\n" for name in functions)
        (folder / "plimsoll.yaml").write_text(f"version: 1\nupload: s3\nfunctions:\n{lines}")
        (folder / "tree").symlink_to(tree)
        self.dist, self.cache = folder / "dist", folder / "cache"
        self.command = [program, "pack", "--no-lint", "-q", "--cache-dir", str(self.cache), *more]
        self.folder = folder

    def contender(self, *stale):
        return lambda: [gone(path)() for path in stale], self.command, self.folder


def forget_files(cache):
    """What a fresh checkout does to the cache: no file is the one that it knows."""
    return lambda: [path.unlink() for path in cache.glob("*.index")]


def bench_again(program, title, tree, rounds):
    """What was done before is not done twice: nothing changed, and a fresh checkout."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=os.environ.get("PL_BENCH_TMP")) as name:
        work = pathlib.Path(name)
        same, fresh = Project(program, work / "same", tree), Project(program, work / "fresh", tree)
        for project in (same, fresh):
            run(project.command, project.folder)
        time.sleep(2.5)  # files that are younger than that are read again
        run(same.command, same.folder)
        forget, remove = forget_files(fresh.cache), gone(fresh.dist)
        out = str(work / "z.zip")
        contenders = {
            "zip -r": (gone(pathlib.Path(out)), ["zip", "-qr", out, "."], tree),
            "plimsoll, nothing changed": same.contender(),
            "plimsoll, a fresh checkout": (lambda: (remove(), forget()), fresh.command, fresh.folder),
        }
        result = alternate(contenders, rounds)
        base = result["zip -r"][0]
        rows = [[who, f"{s:.3f}", f"1/{base / s:.1f}", f"{m:.0f}"] for who, (s, m) in result.items()]
        table(f"pack {title} again, median of {rounds}", rows, ["", "seconds", "of zip -r", "peak MB"])
        at_most(f"{title}, nothing changed", 40, result["plimsoll, nothing changed"][0], base)
        at_most(f"{title}, a fresh checkout", 12, result["plimsoll, a fresh checkout"][0], base)


def bench_best(program, title, tree, rounds):
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=os.environ.get("PL_BENCH_TMP")) as name:
        work = pathlib.Path(name)
        project = Project(program, work / "p", tree, ("f",), "--level", "best")
        out = work / "z.zip"
        contenders = {"zip -9": (gone(out), ["zip", "-q9r", str(out), "."], tree),
                      "plimsoll --level best": project.contender(project.dist, project.cache)}
        result = alternate(contenders, rounds)
        sizes = {"zip -9": out.stat().st_size, "plimsoll --level best": (project.dist / "f.zip").stat().st_size}
        rows = [[who, f"{s:.2f}", f"{sizes[who] / 1e6:.2f}"] for who, (s, _) in result.items()]
        table(f"pack {title} as small as deflate goes, median of {rounds}", rows, ["", "seconds", "ZIP MB"])
        theirs, ours = result["zip -9"][0], result["plimsoll --level best"][0]
        small = sizes["plimsoll --level best"] < sizes["zip -9"]
        figure(f"{title}, best", "smaller and faster than zip -9",
               f"{sizes['plimsoll --level best'] / 1e6:.1f} of {sizes['zip -9'] / 1e6:.1f} MB, 1/{theirs / ours:.1f}",
               small and ours < theirs)


def write_large(tree, path, size):
    """One file of `size` bytes out of the tree's largest ones."""
    files = sorted((p for p in tree.rglob("*") if p.is_file()), key=lambda p: (-p.stat().st_size, str(p)))
    left = size
    with open(path, "wb") as to:
        while left > 0:
            for file in files:
                left -= to.write(file.read_bytes()[:left])
                if left == 0:
                    break


def bench_large(program, tree, rounds, size=200_000_000):
    """One file that every core helps to deflate."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=os.environ.get("PL_BENCH_TMP")) as name:
        work = pathlib.Path(name)
        (work / "tree").mkdir()
        write_large(tree, work / "tree" / "model.bin", size)
        one, two = (Project(program, work / f"j{n}", work / "tree", ("f",), "-j", str(n)) for n in (1, 2))
        result = alternate({"-j1": one.contender(one.dist, one.cache), "-j2": two.contender(two.dist, two.cache)}, rounds)
        rows = [[who, f"{s:.2f}", f"{m:.0f}"] for who, (s, m) in result.items()]
        table(f"one file of {size / 1e6:.0f} MB, median of {rounds}", rows, ["", "seconds", "peak MB"])
        gain = result["-j1"][0] / result["-j2"][0]
        figure(f"one file of {size / 1e6:.0f} MB, 2 threads against 1", "1.7 times", f"{gain:.2f} times", gain >= 1.7)
        memory = max(m for _, m in result.values())
        figure(f"one file of {size / 1e6:.0f} MB, peak memory", "100 MB", f"{memory:.0f} MB", memory < 100)


def copy_part(tree, to, size):
    """Folders of the tree, the largest first, as far as they fit into `size` bytes."""
    to.mkdir()
    left = size
    sizes = {p: tree_size(p)[1] for p in tree.iterdir() if p.is_dir()}
    for folder, bytes_ in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        if bytes_ <= left:
            shutil.copytree(folder, to / folder.name, symlinks=True)
            left -= bytes_
    return size - left


def bench_many(program, tree, rounds, functions=37, size=113_000_000):
    """aws-sam-cli#879: many functions that share one tree."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=os.environ.get("PL_BENCH_TMP")) as name:
        work = pathlib.Path(name)
        bytes_ = copy_part(tree, work / "tree", size)
        project = Project(program, work / "p", work / "tree", [f"f{i:02}" for i in range(functions)])
        out = work / "z.zip"
        contenders = {"zip -r, once": (gone(out), ["zip", "-qr", str(out), "."], work / "tree"),
                      f"plimsoll, {functions} functions": project.contender(project.dist, project.cache)}
        result = alternate(contenders, rounds)
        base = result["zip -r, once"][0] * functions
        rows = [[who, f"{s:.2f}", f"{m:.0f}"] for who, (s, m) in result.items()]
        table(f"{functions} functions of one tree of {bytes_ / 1e6:.0f} MB, median of {rounds}", rows, ["", "seconds", "peak MB"])
        at_most(f"{functions} functions of one tree of {bytes_ / 1e6:.0f} MB", 20,
                result[f"plimsoll, {functions} functions"][0], base)


def files_of(trees):
    """All files below the trees, in the order of their names; the handler's first."""
    found = []
    for tree in trees:
        found += sorted((p for p in tree.rglob("*") if p.is_file() and not p.is_symlink()),
                        key=lambda p: (p.parent != trees[0], str(p)))
    return found


def entry_info(name):
    info = zipfile.ZipInfo(str(name), (2026, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr, info.compress_type = 3, 0o100644 << 16, zipfile.ZIP_DEFLATED
    return info


def write_package(path, trees, entries, size):
    """A ZIP of `entries` files of the trees, deflated, of about `size` bytes unpacked: the trees once as they
    are, then again below copy1, copy2 ..., a file at the start of which says so, so that none is another's double."""
    left, number, files = size, 0, files_of(trees)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        while number < entries:
            copy, at = divmod(number, len(files))
            tree = next(t for t in trees if files[at].is_relative_to(t))
            data = files[at].read_bytes()
            data = data if copy == 0 else b"%d\n" % copy + data
            data = data[:max(left - (entries - number) * 16, 0)] if len(data) > left // 8 else data
            name = files[at].relative_to(tree)
            archive.writestr(entry_info(pathlib.Path(f"copy{copy}", name) if copy else name), data)
            left, number = left - len(data), number + 1
        while left > 0:  # large files again: what many small ones have left of it
            for file in sorted(files, key=lambda p: -p.stat().st_size)[:20]:
                data = b"%d\n" % left + file.read_bytes()[:left]
                archive.writestr(entry_info(f"more/{left}-{file.name}"), data)
                left -= len(data)
                if left <= 0:
                    break
    with zipfile.ZipFile(path) as archive:
        return len(archive.infolist()), sum(info.file_size for info in archive.infolist())


def lint_command(program, path):
    return [program, "lint", "-q", "--pedantic", "--runtime", "python3.13", "--arch", "x86_64", "--handler", "app.handler",
            "--upload", "s3", "--fail-on", "never", str(path)]


def bench_lint(program, trees, rounds, entries=FULL_ENTRIES, size=FULL_BYTES):
    """All rules on a package as large as Lambda takes, beside those that only read it."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=os.environ.get("PL_BENCH_TMP")) as name:
        path = pathlib.Path(name) / "full.zip"
        entries, size = write_package(path, trees, entries, size)
        contenders = {"unzip -tq": (lambda: None, ["unzip", "-tq", str(path)], None),
                      "plimsoll lint, all rules": (lambda: None, lint_command(program, path), name)}
        if shutil.which("7z"):
            contenders["7z t"] = (lambda: None, ["7z", "t", "-bd", str(path)], None)
        warm(path.parent)
        result = alternate(contenders, rounds)
        base = result["unzip -tq"][0]
        rows = [[who, f"{s:.3f}", f"1/{base / s:.2f}", f"{m:.0f}"] for who, (s, m) in result.items()]
        table(f"judge {entries:,} entries, {size / 1e6:.0f} MB unpacked, median of {rounds}", rows,
              ["", "seconds", "of unzip -tq", "peak MB"])
        seconds, memory = result["plimsoll lint, all rules"]
        figure(f"lint of {entries:,} entries, {size / 1e6:.0f} MB", "1/3 of unzip -tq", f"1/{base / seconds:.2f}",
               seconds * 3 <= base)
        figure(f"lint of {entries:,} entries, peak memory", "150 MB", f"{memory:.0f} MB", memory < 150)


def cpu_of(command, rounds):
    """The least user and system seconds of some runs, and the largest peak in MB."""
    least, peak = None, 0
    for _ in range(rounds):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1, 3):
            sys.exit(f"status {child.returncode}: {' '.join(command)}")
        spent = usage.ru_utime + usage.ru_stime
        least, peak = spent if least is None else min(least, spent), max(peak, usage.ru_maxrss / 1024)
    return least, peak


def small_files(trees):
    return [p for p in files_of(trees) if 200 <= p.stat().st_size <= 3000]


def bench_linear(program, trees, rounds, steps=(10_000, 35_000, 70_000)):
    """The same small files, more and more of them: what an entry costs must stay what it is."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=os.environ.get("PL_BENCH_TMP")) as name:
        files, rows, each = small_files(trees), [], []
        for entries in steps:
            path = pathlib.Path(name) / f"{entries}.zip"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(entry_info("app.py"), "def handler(event, context):\n    return 1\n")
                for number in range(entries - 1):
                    copy, at = divmod(number, len(files))
                    archive.writestr(entry_info(f"m{copy}/d{at % 500}/{at}-{files[at].name}"),
                                     b"%d\n" % copy + files[at].read_bytes())
            seconds, memory = cpu_of(lint_command(program, path), rounds)
            each.append(seconds / entries)
            rows.append([f"{entries:,}", f"{seconds:.3f}", f"{seconds / entries * 1e6:.1f}", f"{memory:.0f}"])
        table("judge small files: CPU time", rows, ["entries", "seconds", "µs an entry", "peak MB"])
        figure(f"lint of {steps[-1]:,} entries, CPU time of one", f"at most 1.2 times that of {steps[0]:,}",
               f"{each[-1] / each[0]:.2f} times", each[-1] <= 1.2 * each[0])


def bench_bomb(program, rounds, blocks=75):
    """What would unpack to 1.2 GB (four files, each so many blocks of 4 MB) is refused by what has come out of it."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=os.environ.get("PL_BENCH_TMP")) as name:
        path = pathlib.Path(name) / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(4):
                with archive.open(f"zeros{number}", "w", force_zip64=True) as entry:
                    for _ in range(blocks):
                        entry.write(bytes(4_000_000))
        took = []
        for _ in range(rounds):
            start = time.monotonic()
            _, memory = cpu_of([program, "lint", "-q", "--upload", "s3", str(path)], 1)
            took.append(time.monotonic() - start)
        seconds = statistics.median(took)
        figure(f"a bomb of {path.stat().st_size / 1e6:.1f} MB that unpacks to {blocks * 16:,} MB", "refused in 1 s and 128 MB",
               f"{seconds:.2f} s, {memory:.0f} MB", seconds < 1 and memory < 128)


def bench_start(program):
    times = sorted(run([program, "--version"])[0] for _ in range(31))
    print(f"\nplimsoll --version: median {times[15] * 1000:.1f} ms, fastest {times[0] * 1000:.1f} ms")


def need(tool):
    if not shutil.which(tool):
        sys.exit(f"{tool} is needed to fetch a tree; or name one with --site-packages and --node-modules")


def fetch_site_packages(cache):
    tree = cache / "site-packages"
    if not tree.is_dir():
        part = cache / "site-packages.part"
        shutil.rmtree(part, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
                        "--only-binary=:all:", "--target", str(part), *PYTHON_PACKAGES], check=True)
        (part / "app.py").write_text("def handler(event, context):\n    return 1\n")
        part.rename(tree)
    return tree


def fetch_cfn_lint(cache):
    folder = cache / f"cfn-lint-{CFN_LINT}"
    if not (folder / "bin/cfn-lint").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        f"cfn-lint=={CFN_LINT}"], check=True)
    return str(folder / "bin/cfn-lint")


def bench_template(program, cfn_lint, rounds):
    """A template of 500 functions, beside the other linter of templates."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-template-") as name:
        path = pathlib.Path(name, "template.yaml")
        size = templates.write(path)
        found = {"plimsoll lint": (lambda: None, [program, "lint", "--no-config", "--fail-on", "never", "-q", str(path)], None),
                 f"cfn-lint {CFN_LINT}": (lambda: None, [cfn_lint, "--non-zero-exit-code", "none", str(path)], None)}
        took = alternate(found, rounds)
    ours = took["plimsoll lint"][0]
    table(f"a template of 500 functions, {size // 1000} KB", [[what, f"{seconds * 1000:.0f} ms", f"{peak:.0f} MB"]
          for what, (seconds, peak) in took.items()], ["", "time", "peak"])
    figure("lint of a template of 500 functions", "30 ms", f"{ours * 1000:.0f} ms", ours <= 0.03)


def fetch_node_modules(cache):
    tree = cache / "node"
    if not tree.is_dir():
        need("npm")
        part = cache / "node.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        (part / "package.json").write_text('{"private": true}\n')
        (part / "index.js").write_text("exports.handler = async () => 1;\n")
        subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", *NODE_PACKAGES],
                       cwd=part, check=True)
        part.rename(tree)
    return tree


def check_size(title, tree, least_files, least_bytes):
    files, size = tree_size(tree)
    if files < least_files or size < least_bytes:
        sys.exit(f"{title} has {files} files and {size} bytes: too small for a figure that means something")


def smoke(program, rounds):
    with tempfile.TemporaryDirectory(prefix="plimsoll-smoke-") as name:
        tree = pathlib.Path(name)
        (tree / "app.py").write_text("def handler(event, context):\n    return 1\n")
        shutil.copytree(TOP / "tests", tree / "tests", ignore=shutil.ignore_patterns("__pycache__"))
        bench_tree(program, "a small tree", tree, "python3.13", "app.handler", rounds)
        bench_again(program, "a small tree", tree, rounds)
        bench_best(program, "a small tree", tree, rounds)
        bench_large(program, tree, rounds, size=40_000_000)
        bench_many(program, tree, rounds, functions=3, size=8_000_000)
        bench_lint(program, [tree], rounds, entries=1000, size=12_000_000)
        bench_linear(program, [tree], rounds, steps=(500, 1000))
    bench_bomb(program, rounds, blocks=36)
    bench_start(program)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(TOP / "build/release/cmd/plimsoll"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--site-packages", type=pathlib.Path)
    parser.add_argument("--node-modules", type=pathlib.Path)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part of it; may be repeated")
    parser.add_argument("--smoke", action="store_true", help="a small tree only: does the benchmark itself work?")
    args = parser.parse_args()
    program = str(pathlib.Path(args.program).resolve())
    for tool in ("zip", "unzip"):
        need(tool)
    if args.smoke:
        smoke(program, 1)
        return
    cache = pathlib.Path(os.environ.get("PL_BENCH_CACHE") or TOP / "build/bench-cache")
    cache.mkdir(parents=True, exist_ok=True)
    if args.only == ["template"]:
        bench_template(program, fetch_cfn_lint(cache), args.rounds)
        return
    site = (args.site_packages or fetch_site_packages(cache)).resolve()
    node = (args.node_modules or fetch_node_modules(cache)).resolve()
    check_size("site-packages", site, 100, 140_000_000)
    check_size("node_modules", node, 6000, 0)
    print(f"{os.cpu_count()} CPUs, {args.rounds} rounds, warm cache, fsync and hash included for plimsoll")
    trees = [("site-packages", site, "python3.13", "app.handler"), ("node_modules", node, "nodejs22.x", "index.handler")]
    wanted = args.only or PARTS
    for title, tree, runtime, handler in trees:
        if "first" in wanted:
            bench_tree(program, title, tree, runtime, handler, args.rounds)
        warm(tree)
        if "again" in wanted:
            bench_again(program, title, tree, args.rounds)
        if "best" in wanted:
            bench_best(program, title, tree, args.rounds)
    if "large" in wanted:
        bench_large(program, site, args.rounds)
    if "many" in wanted:
        bench_many(program, site, args.rounds)
    if "lint" in wanted:
        bench_lint(program, [site, node], args.rounds)
        bench_linear(program, [site, node], args.rounds)
        bench_bomb(program, args.rounds)
    if "template" in wanted:
        bench_template(program, fetch_cfn_lint(cache), args.rounds)
    bench_start(program)
    table("all figures", FIGURES, ["", "has to be", "is"])


if __name__ == "__main__":
    main()
