#!/usr/bin/env python3
"""Would a .NET handler start? Real assemblies, and a real runtime's reflection as the judge.

    tests/conformance/dotnet/run.py --program build/dev/cmd/plimsoll --netdump .../netdump

Mono's C# compiler builds the classes of cases.cs and a generated matrix of signatures; driver.cs runs
under Mono and does with every handler what Lambda's loader does. Plimsoll lints the same packages
without running anything, and must come to the same answer: no finding exactly where the handler loads,
the right rule where it does not. A "cannot tell" is counted, and must stay below 3 %.

Then every assembly that Mono itself brings is read, and types and methods are compared with monodis.
"""

import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIP = 77
CANNOT_TELL_MAX = 0.03
CORE = "Amazon.Lambda.Core.dll"

# Which rule says what the driver says.
RULE = {"malformed": "PL303", "serializer": "PL324"}
DEPS = '{"runtimeTarget": {"name": ".NETCoreApp,Version=v8.0"}}'
CONFIG = '{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "8.0.0"}}}'

INPUTS = ["", "Stream input", "string input", "int input", "Order input", "List<Order> input",
          "byte[] input", "DateTime input"]
RESULTS = ["void", "Stream", "MemoryStream", "string", "int", "Order", "Task", "Task<Stream>",
           "Task<string>", "Task<Order>", "Task<List<int>>", "Order[]"]


def compile_cs(out, sources, *flags):
    subprocess.run(["mcs", "-nologo", "-nowarn:108,114,169,649,1998", f"-out:{out}", *flags, *map(str, sources)],
                   check=True, capture_output=True, cwd=out.parent)


def matrix():
    """C# source of every combination of input, context and result, and its handlers."""
    classes, handlers = [], []
    for number, (given, context, result) in enumerate(itertools.product(INPUTS, (False, True), RESULTS)):
        params = ", ".join(filter(None, [given, "ILambdaContext context" if context else ""]))
        static = "static " if number % 5 == 0 else ""
        body = "" if result == "void" else f"return default({result});"
        classes.append(f"public class C{number} {{ public {static}{result} Run({params}) {{ {body} }} }}")
        handlers.append(f"Matrix.C{number}::Run")
    usings = "".join(f"using {name};\n" for name in (
        "System", "System.Collections.Generic", "System.IO", "System.Threading.Tasks",
        "Amazon.Lambda.Core", "Shared"))
    return usings + "namespace Matrix {\n" + "\n".join(classes) + "\n}\n", handlers


def package(top, name, assemblies):
    """A folder as `dotnet publish` leaves it."""
    folder = top / f"package-{name}"
    folder.mkdir()
    for assembly in assemblies:
        shutil.copy(assembly, folder)
    own = pathlib.Path(assemblies[0]).stem
    (folder / f"{own}.deps.json").write_text(DEPS)
    (folder / f"{own}.runtimeconfig.json").write_text(CONFIG)
    return folder


def packages(top):
    """(folder, handlers) pairs."""
    build = top / "build"
    build.mkdir()
    core, lib, app, bare, mat = (build / name for name in (CORE, "Lib.dll", "App.dll", "Bare.dll", "Mat.dll"))
    refs = ["-target:library", "-r:" + CORE]
    compile_cs(core, [HERE / "core.cs"], "-target:library")
    compile_cs(lib, [HERE / "lib.cs"], *refs)
    refs.append("-r:Lib.dll")
    compile_cs(app, [HERE / "cases.cs"], "-d:SERIALIZER", *refs)
    compile_cs(bare, [HERE / "cases.cs"], *refs)
    source, combinations = matrix()
    (build / "matrix.cs").write_text(source)
    compile_cs(mat, [build / "matrix.cs"], *refs)
    tried = re.findall(r"^\s*// HANDLER (\S+)$", (HERE / "cases.cs").read_text(), re.M)
    if len(tried) < 100:
        sys.exit(f"cases.cs names only {len(tried)} handlers")
    yield package(top, "app", [app, lib, core]), [f"App::{h}" for h in tried]
    yield package(top, "bare", [bare, lib, core]), [f"Bare::{h}" for h in tried]
    yield package(top, "matrix", [mat, lib, core]), [f"Mat::{h}" for h in combinations]
    few = ["My.App.Function::FunctionHandler", "My.App.Function::Gone", "My.App.Gone::FunctionHandler"]
    yield package(top, "names", [app, lib, core]), [
        "app", "App::", "App::X", "::My.App.Function::Run", "App::::Run", "Appp::My.App.Function::Static",
        "My.App::My.App.Function::Static", "App:My.App.Function:Static", "App.dll::My.App.Function::Static"]
    for name, change in (("cut", lambda b: b[:1000]), ("text", lambda b: b"no assembly\n" * 100),
                         ("empty", lambda b: b""), ("header", lambda b: b[:64])):
        folder = package(top, name, [app, lib, core])
        (folder / "App.dll").write_bytes(change(app.read_bytes()))
        yield folder, [f"App::{h}" for h in few]


def truth(driver, folder, handlers):
    done = subprocess.run(["mono", driver, folder], input="\n".join(handlers) + "\n", text=True,
                          capture_output=True, timeout=300, env=dict(os.environ, LC_ALL="C.UTF-8"))
    answers = done.stdout.splitlines()
    if done.returncode or len(answers) != len(handlers):
        sys.exit(f"the driver stopped in {folder.name}: {done.stderr}{done.stdout[-300:]}")
    return answers


def judge(program, folder, handler):
    """What Plimsoll says: "loads", "cannot tell", or a rule with its severity."""
    command = [program, "lint", "--as-of", "2026-11-23", "--format", "json", "--runtime", "dotnet8",
               "--select", "PL2,PL3", "--handler", handler, str(folder)]
    done = subprocess.run(command, capture_output=True, timeout=60)
    if done.returncode not in (0, 1):
        return f"status {done.returncode}: {done.stderr.decode(errors='replace')[-200:]}"
    report = json.loads(done.stdout)
    for finding in report["findings"]:
        return f"{finding['rule']} {finding['severity']}"
    skipped = [skip for skip in report["skipped"] if skip["rule"] in ("PL301", "PL302")]
    return "cannot tell" if skipped else "loads"


def agree(real, said):
    """True, False, or None where Plimsoll cannot tell or only warns of what does fail."""
    if said == "cannot tell":
        return None
    if real == "loads":
        return said == "loads"
    rule, _, severity = said.partition(" ")
    if rule != RULE.get(real, "PL317"):
        # "App" names an executable: the driver knows class libraries only.
        return False
    return True if severity == "error" else None


def compare(program, top):
    driver = top / "driver.exe"
    compile_cs(driver, [HERE / "driver.cs"])
    count, wrong, unsure = collections.Counter(), [], []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for folder, handlers in packages(top):
            colons = [h for h in handlers if ":" in h]
            real = truth(driver, folder, colons)
            said = pool.map(lambda h, f=folder: judge(program, f, h), colons)
            for handler, one, other in zip(colons, real, said):
                answer = agree(one, other)
                count[answer] += 1
                line = f"{folder.name:18} {handler:55} {one:16} {other}"
                if answer is not True:
                    (unsure if answer is None else wrong).append(line)
    total = sum(count.values())
    for line in unsure:
        print("unsure    ", line)
    for line in wrong:
        print("DISAGREES ", line)
    print(f"{total} handlers: {count[True]} agree, {len(unsure)} cannot be told, {len(wrong)} disagree")
    return bool(wrong) or total < 400 or len(unsure) > CANNOT_TELL_MAX * total


TYPEDEF = re.compile(r"(\d+): (.+) \(flist=\d+, mlist=(\d+), flags=(0x[0-9a-f]+), extends=")


def without_brackets(text):
    """Type arguments, array bounds and such left out: no comma inside of them counts."""
    done = None
    while done != text:
        done, text = text, re.sub(r"<[^<>]*>|\[[^\[\]]*\]", "", text)
    return text


def by_monodis(file):
    """Lines as netdump prints them."""
    lines = []
    for line in subprocess.run(["monodis", "--typedef", file], capture_output=True, text=True).stdout.splitlines():
        if match := TYPEDEF.match(line):
            name = "<Module>" if match[2] == "(null)" else match[2]
            lines.append(f"type {match[1]} {match[4]} {match[3]} {name}")
    for line in subprocess.run(["monodis", "--method", file], capture_output=True, text=True).stdout.splitlines():
        if match := re.match(r"(\d+): (.*)  \(param: \d+ impl_flags", line):
            lines.append(f"method {match[1]} {name_of_method(match[2])}")
    return lines


def name_of_method(text):
    """'instance void Run<T> (int32 a, string b)': the name's quotes and type parameters left out."""
    quoted = re.search(r"'([^']+)'(?:<.*>)? \(", text)
    if quoted:
        return quoted[1]
    found = re.search(r"(\S+) \(", without_brackets(re.sub(r"(?<=\s)marshal *\([^()]*\)", "", text)))
    return found[1] if found else text


def by_us(netdump, file):
    out = subprocess.run([netdump, file], capture_output=True, text=True).stdout.splitlines()
    lines = [line for line in out if line.startswith("type ")]
    return lines + [re.sub(r"^(method \d+) \d+ ", r"\1 ", line) for line in out if line.startswith("method ")]


def compare_lists(netdump):
    """Every assembly of this machine's Mono, row by row."""
    files = sorted({path.resolve() for path in pathlib.Path("/usr/lib/mono").rglob("*.dll")})
    rows = wrong = 0
    for file in files:
        ours, theirs = by_us(netdump, file), by_monodis(file)
        rows += len(ours)
        differs = [(a, b) for a, b in itertools.zip_longest(ours, theirs) if a != b]
        wrong += len(differs)
        for a, b in differs[:5]:
            print(f"DISAGREES  {file.name}: {a} | monodis: {b}")
    print(f"{len(files)} assemblies of Mono: {rows} types and methods, {wrong} disagree")
    return bool(wrong) or rows < 10000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--netdump", help="prints what our reader sees; compared with monodis")
    args = parser.parse_args()
    missing = [tool for tool in ("mcs", "mono", "monodis") if not shutil.which(tool)]
    if missing:
        print(f"SKIPPED: handlers of .NET are not compared with a real runtime: {' and '.join(missing)} missing "
              "(mono-mcs, mono-runtime, mono-utils)")
        return 1 if os.environ.get("CI") else SKIP
    with tempfile.TemporaryDirectory(prefix="plimsoll-dotnet-") as name:
        failed = compare(os.path.abspath(args.program), pathlib.Path(name))
    if args.netdump:
        failed |= compare_lists(args.netdump)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
