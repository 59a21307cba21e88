"""What the conformance tests share: cases, packages made of them, Plimsoll's word, the comparison.

A case is a package in readable form, a handler, and how much may be asked of Plimsoll:

    plain     ordinary code: Plimsoll must know, and agree
    strange   what nobody should write: it may say "cannot tell", but must not be wrong
    grammar   a syntax error beyond brackets, strings and indentation: it may be silent
    inner     the handler's own file is well, what it imports or does fails: no finding of PL301 to
              PL308 may be made
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

SKIP = 77
AS_OF = "2026-11-23"
CANNOT_TELL_MAX = 0.03
DOUBT = ("PL301", "PL302", "PL310", "PL312")  # the rules that say that it is not known: of modules, of bootstraps
IMPORTS = {"PL309", "PL321", "PL322", "PL323"}  # nothing may be said of imports that succeed
KINDS = ("plain", "strange", "grammar", "inner")

Case = collections.namedtuple("Case", "name handler files kind layer runtimes env")


class Link:
    """A symbolic link among a case's files."""

    def __init__(self, target):
        self.target = target


class Cases:
    """The list of cases; names are unique."""

    def __init__(self):
        self.all = []
        self.names = set()

    def add(self, name, handler, files, kind="plain", layer=None, runtimes=None, env=None):
        """files: path -> text, bytes, (text, mode), or a Link."""
        if name in self.names or kind not in KINDS:
            raise ValueError(f"{name}: twice, or of no known kind")
        self.names.add(name)
        self.all.append(Case(name, handler, files, kind, layer or {}, runtimes, env or {}))


def missing(what):
    """A peer that is not there: a failure in CI, loud elsewhere."""
    print(f"SKIPPED: conformance: {what}")
    sys.exit(1 if os.environ.get("CI") else SKIP)


def run_or_missing(command, what, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        missing(f"{what}: {error}")
    if done.returncode:
        missing(f"{what}: {done.stderr.strip()[-500:]}")
    return done.stdout


def fetched(folder, how):
    """A folder that `how(folder)` fills once; a marker says that it is whole."""
    done = folder / ".fetched"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        how(folder)
        done.touch()
    return folder


def write_files(folder, files):
    """Writes them; returns path -> mode."""
    modes = {}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        content, mode = content if isinstance(content, tuple) else (content, 0o644)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        elif isinstance(content, Link):
            path.symlink_to(content.target)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            path.chmod(mode)
        modes[name] = mode
    return modes


def write_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            content, mode = content if isinstance(content, tuple) else (content, 0o644)
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.create_system = 3
            if isinstance(content, Link):
                info.external_attr = 0o120777 << 16
                out.writestr(info, content.target)
                continue
            folder = name.endswith("/")
            info.external_attr = (0o40755 << 16 | 0x10) if folder else (0o100000 | mode) << 16
            info.compress_type = zipfile.ZIP_STORED if folder else zipfile.ZIP_DEFLATED
            out.writestr(info, b"" if folder else content)


class Package:
    """A case on the disk: the folders that the client sees, the ZIPs that Plimsoll sees."""

    def __init__(self, case, top):
        self.case = case
        self.task = top / "task"
        self.opt = top / "opt"
        self.zip = top / "code.zip"
        self.layer = top / "layer.zip" if case.layer else None
        write_files(self.task, case.files)
        write_files(self.opt, case.layer)
        write_zip(self.zip, case.files)
        if self.layer:
            write_zip(self.layer, case.layer)


def lint(program, package, runtime, arch="x86_64"):
    """(rules of PL3 found as errors, as warnings, reason not to tell or None)."""
    command = [str(program), "lint", "--as-of", AS_OF, "--format", "json", "-j", "1"]
    command += ["--type", "function", "--runtime", runtime, "--arch", arch]
    command += [f"--handler={package.case.handler}", "--show-all"]
    command += ["--layer", str(package.layer)] if package.layer else []
    for key, value in package.case.env.items():
        command += ["--env", f"{key}={value}"]
    done = subprocess.run(command + [str(package.zip)], capture_output=True, timeout=120)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"lint ended with {done.returncode}: {done.stderr.decode()}")
    report = json.loads(done.stdout)
    errors, warnings = set(), set()
    for finding in report["findings"]:
        if finding["rule"].startswith("PL3") or finding["rule"] == "PL601":
            (errors if finding["severity"] == "error" else warnings).add(finding["rule"])
    unsure = [s["reason"] for s in report["skipped"] if s["rule"] in DOUBT]
    # Not to know the function where the module is said to be missing is no "cannot tell".
    return errors, warnings, unsure[0] if unsure and not errors | warnings else None


def verdict(case, outcome, rules, word):
    """(agree, what Plimsoll says).  `rules` maps the client's outcome to the rules that match."""
    errors, warnings, unsure = word
    warns = "warns " + ",".join(sorted(warnings)) if warnings else "loads"
    says = ",".join(sorted(errors)) or ("cannot tell" if unsure else warns)
    if case.kind == "inner":
        claims = {f"PL30{n}" for n in range(1, 9)}
        return not (errors & claims), says
    if unsure and not errors:
        return True, says
    if outcome == "loads":
        return not errors and not warnings & IMPORTS, says
    if case.kind == "grammar" and not errors - {"PL302"}:
        return True, "silent"  # PL302 is true as well: what cannot be parsed defines nothing
    match = rules.get(outcome, set())
    return bool(errors) and errors <= match or not errors and bool(warnings & match), says


def compare(title, rows):
    """rows: (runtime, case, outcome, message, agree, says, unsure).  Prints; returns the status."""
    wrong = [row for row in rows if not row[4]]
    told = collections.Counter(row[2] for row in rows)
    ordinary = [row for row in rows if row[1].kind == "plain"]
    unsure = [row for row in ordinary if row[5] == "cannot tell"]
    odd = sum(1 for row in rows if row[1].kind != "plain" and row[5] == "cannot tell")
    silent = sum(1 for row in rows if row[5] == "silent")
    print(f"{title}: {len({row[1].name for row in rows})} packages, {len(rows)} comparisons")
    print("the client: " + ", ".join(f"{name} {count}" for name, count in told.most_common()))
    share = len(unsure) / max(1, len(ordinary))
    print(f"cannot tell: {len(unsure)} of {len(ordinary)} ordinary ({share:.1%}), {odd} strange; "
          f"syntax errors beyond a tokenizer: {silent}")
    for row in unsure:
        print(f"  unsure: {row[0]} {row[1].name}: {row[6]}")
    if wrong:
        print(f"\n{len(wrong)} DISAGREEMENTS")
        print(f"{'RUNTIME':<12}{'CASE':<44}{'CLIENT':<28}{'PLIMSOLL':<16}MESSAGE")
        for runtime, case, outcome, message, _, says, _ in wrong:
            first = message.splitlines()[0] if message else ""
            print(f"{runtime:<12}{case.name:<44}{outcome:<28}{says:<16}{first[:110]}")
    if share >= CANNOT_TELL_MAX:
        print(f"cannot tell: {share:.1%} is not under {CANNOT_TELL_MAX:.0%} of ordinary cases")
    return 1 if wrong or share >= CANNOT_TELL_MAX or not rows else 0


def judge(program, packages, runtimes, ask, rules):
    """Asks the client and Plimsoll about every package, on every runtime it is for."""
    def one(job):
        package, runtime = job
        outcome, message = ask(package, runtime)
        word = lint(program, package, runtime)
        agree, says = verdict(package.case, outcome, rules, word)
        return runtime, package.case, outcome, message, agree, says, word[2]

    jobs = [(package, runtime) for package in packages for runtime in runtimes
            if package.case.runtimes is None or runtime in package.case.runtimes]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(one, jobs))
