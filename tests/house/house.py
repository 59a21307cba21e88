#!/usr/bin/env python3
"""Checks of the house itself: what no compiler looks at. One check per call:

    tests/house/house.py arrows|commands|cycles|docs|examples|fixtures|format|lengths|symbols|words [...]

Each check first runs over a sample that is known to be bad, so that a check that sees nothing fails.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
SKIP = 77

# The floors (DESIGN, CONTRIBUTING.md): a room includes its own headers and those of lower floors.
FLOOR = {
    "pkg/base": 0,
    "pkg/lambda": 1,
    "pkg/archive": 2,
    "pkg/inspect": 3,
    "pkg/image": 4,
    "pkg/project": 5,
    "pkg/survey": 6,
    "rules": 7,
    "pkg/build": 7,
    "cmd": 8,
}

MAX_FILE_LINES = 700
MAX_FUNCTION_LINES = 60


def fail(problems, what):
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems: {what}")
    return 1


def sources(*suffixes, under=("cmd", "pkg", "rules")):
    found = [
        path
        for folder in under
        for path in sorted((TOP / folder).rglob("*"))
        if path.suffix in suffixes and path.is_file()
    ]
    if not found:
        sys.exit("no source file was found: the check would see nothing")
    return found


def name(path):
    return path.relative_to(TOP).as_posix()


def room(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "pkg" else parts[0]


INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def arrows_of(path, text):
    """Includes in `text` that go up, sideways, or outside of the known rooms."""
    mine, wrong = room(path), []
    for target in INCLUDE.findall(text):
        theirs = room(target)
        if theirs not in FLOOR:
            wrong.append(f"{path}: includes {target}, which names no room")
        elif theirs != mine and FLOOR[theirs] >= FLOOR[mine]:
            wrong.append(f"{path}: includes {target}, which is not below {mine}")
    return wrong


def check_arrows():
    bad = '#include "pkg/base/buf.h"\n#include "rules/rule.h"\n#include "pkg/nowhere/x.h"\n'
    assert len(arrows_of("pkg/archive/sample.c", bad)) == 2
    assert len(arrows_of("rules/sample.c", '#include "pkg/build/pack.h"\n')) == 1
    assert not arrows_of("cmd/report/sample.c", '#include "cmd/term.h"\n#include "rules/rule.h"\n')
    problems = []
    for path in sources(".c", ".h", ".def"):
        if room(name(path)) not in FLOOR:
            problems.append(f"{name(path)}: stands in no known room")
        else:
            problems += arrows_of(name(path), path.read_text())
    return fail(problems, "includes against the arrows") if problems else 0


def circle(graph):
    """One circle of the graph as a list, or None."""
    state = {}

    def walk(node, trail):
        state[node] = 1
        for target in graph.get(node, ()):
            if state.get(target) == 1:
                return trail[trail.index(target) :] + [target]
            if target not in state:
                found = walk(target, trail + [target])
                if found:
                    return found
        state[node] = 2
        return None

    for node in sorted(graph):
        if node not in state:
            found = walk(node, [node])
            if found:
                return found
    return None


def check_cycles():
    assert circle({"a": ["b"], "b": ["c"], "c": ["a"]}) and not circle({"a": ["b"], "b": []})
    found = circle({name(p): INCLUDE.findall(p.read_text()) for p in sources(".h", ".c", ".def")})
    return fail([" -> ".join(found)], "a circle of includes") if found else 0


def long_functions(text):
    """(line, length) of functions over the limit: Linux braces stand alone in column 1."""
    found, start = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start - 1 > MAX_FUNCTION_LINES:
                found.append((start, number - start - 1))
            start = None
    return found


def check_lengths():
    assert long_functions("int f(void)\n{\n" + "    x();\n" * 61 + "}\n") == [(2, 61)]
    assert not long_functions("int f(void)\n{\n" + "    x();\n" * 60 + "}\n")
    problems = []
    for path in sources(".c", ".h", under=("cmd", "pkg", "rules")):
        text = path.read_text()
        lines = text.count("\n")
        if lines > MAX_FILE_LINES:
            problems.append(f"{name(path)}: {lines} lines, more than {MAX_FILE_LINES}")
        for line, length in long_functions(text):
            problems.append(f"{name(path)}:{line}: a function of {length} lines")
    return fail(problems, "too long to hold in the head") if problems else 0


LOOSE = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|not impl" r"emented|unimpl" r"emented)\b")
PATHS = re.compile(r"(?<![\w.$])/(?:home/[a-z]+|root|Users/[A-Z]\w*)/")


def loose_words(text):
    return LOOSE.findall(text) + PATHS.findall(text)


def check_words():
    assert loose_words("/* TO" "DO: later */") and loose_words('open("/ro' 'ot/x")')
    problems = []
    for path in tracked("*.c", "*.h", "*.def", "*.py", "*.sh", "*.md", "*.txt", "*.cmake"):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if loose_words(line):
                problems.append(f"{name(path)}:{number}: {line.strip()}")
    return fail(problems, "loose ends, or paths of one machine") if problems else 0


def tracked(*patterns):
    if not (TOP / ".git").exists():
        print("SKIPPED: no git checkout, so nobody knows which files are tracked")
        sys.exit(SKIP)
    out = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--", *patterns],
        cwd=TOP, capture_output=True, check=True, text=True,
    ).stdout
    found = [TOP / line for line in out.split("\0") if line and (TOP / line).is_file()]
    if not found:
        sys.exit(f"git tracks no {' '.join(patterns)}: the check would see nothing")
    return found


BANNED = set(
    "printf vprintf fprintf vfprintf dprintf puts fputs putchar putc fputc fwrite perror stdout stderr "
    "exit _exit _Exit quick_exit abort __assert_fail getenv secure_getenv setlocale "
    "strcpy stpcpy strcat strncat sprintf vsprintf strtok strtok_r gets scanf sscanf fscanf "
    "atoi atol atoll atof system popen tmpnam mktemp".split()
)


def banned_in(nm_output):
    found, member = [], "?"
    for line in nm_output.splitlines():
        if line.endswith(":"):
            member = line[:-1]
        match = re.match(r"\s+U (\S+)", line)
        if match:
            symbol = match[1].split("@")[0]
            plain = re.sub(r"^__(?:isoc99_)?(\w+?)(?:_chk)?$", r"\1", symbol)
            if symbol in BANNED or plain in BANNED:
                found.append(f"{member}: {symbol}")
    return found


def check_symbols(libraries):
    assert banned_in("a.o:\n      U __printf_chk\n      U strlen\n      U exit\n") == [
        "a.o: __printf_chk", "a.o: exit"]
    if not libraries:
        sys.exit("no library was given: the check would see nothing")
    problems, seen = [], 0
    for library in libraries:
        out = subprocess.run(["nm", "-u", library], capture_output=True, check=True, text=True).stdout
        seen += out.count(" U ")
        problems += [f"{os.path.basename(library)}: {p}" for p in banned_in(out)]
    if seen < 20:
        sys.exit(f"nm lists only {seen} imported symbols: the check would see nothing")
    return fail(problems, "libraries never print, exit or read the environment") if problems else 0


def check_fixtures():
    texts = "".join(
        p.read_text(errors="replace")
        for p in (TOP / "tests").rglob("*")
        if p.is_file() and p.suffix not in (".pyc",)
    )
    fixtures = [p for p in sorted((TOP / "fixtures").glob("*/*"))]
    if not fixtures:
        sys.exit("there are no fixtures: the check would see nothing")
    problems = []
    for path in fixtures:
        family = path.parent.name
        named = path.name in texts or (path.is_file() and f"fixtures/{family}" in texts)
        if not named:
            problems.append(f"{name(path)}: no test names it")
    return fail(problems, "fixtures that nobody reads") if problems else 0


FILE_NAME = re.compile(r"`([\w.@-]+(?:/[\w.@*-]+)*/?)`")
# What a build or a run makes, and names that stand for the reader's own files.
MADE = re.compile(r"^(build|dist|\.git)(/|$)|^(app|bootstrap|index)\.|^plimsoll\.(yaml|pc)$")


def stands(word, folder, names):
    """A path from the document's folder or one above it; a bare name may stand anywhere."""
    if "/" not in word.rstrip("/"):
        return word.rstrip("/") in names
    return any((base / word).exists() for base in (folder, *folder.parents))


def missing_files(text, folder, names):
    wrong = []
    for word in FILE_NAME.findall(text):
        looks = "/" in word or re.search(r"\.(md|sh|py|c|h|def|txt|json|yaml)$", word)
        if looks and "*" not in word and not MADE.match(word) and not stands(word, folder, names):
            wrong.append(word)
    return wrong


def check_docs():
    names = {part for path in tracked("*") for part in path.relative_to(TOP).parts}
    assert missing_files("`pkg/base/no_such.c` and `README.md`", TOP, names) == ["pkg/base/no_such.c"]
    problems = []
    for path in tracked("*.md"):
        text = path.read_text()
        problems += [f"{name(path)}: `{w}` does not exist" for w in missing_files(text, path.parent, names)]
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            if not (path.parent / target).exists():
                problems.append(f"{name(path)}: the link {target} leads nowhere")
    return fail(problems, "documents that name what is not there") if problems else 0


def uses(text):
    """(command, options) for each `plimsoll COMMAND --option` in a text."""
    found = []
    for command, rest in re.findall(r"plimsoll ([a-z]+)\b([^|`\n]*)", text):
        found.append((command, re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest)))
    return found


def check_commands(program):
    def help_of(command):
        done = subprocess.run([program, command, "--help"], capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else None

    assert uses("plimsoll lint --format json x | less --raw") == [("lint", ["--format"])]
    listed = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  ([a-z]+) ", listed, re.M)
    if len(commands) < 5:
        sys.exit(f"--help lists only {commands}")
    problems = []
    for command in commands:
        text = help_of(command)
        done = subprocess.run([program, command, "--no-such-option"], capture_output=True, text=True)
        if text is None:
            problems.append(f"{command} --help fails")
            continue
        problems += [f"{command} --help: over 100 columns: {l}" for l in text.splitlines() if len(l) > 100]
        if done.returncode != 2 or done.stdout or "--no-such-option" not in done.stderr:
            problems.append(f"{command}: an unknown option must be status 2, named on stderr only")
        if len(done.stderr.splitlines()) > 2:
            problems.append(f"{command}: wrong usage takes one line and a hint, not a page")
    for path in tracked("*.md"):
        for command, options in uses(path.read_text()):
            text = help_of(command) if command in commands else None
            if text is None and command in ("lint", "pack", "rules", "explain", "runtimes", "hash"):
                problems.append(f"{name(path)}: plimsoll {command} has no help")
            for option in options if text else ():
                if option not in text:
                    problems.append(f"{name(path)}: plimsoll {command} has no {option}")
    return fail(problems, "help, or documents that name what is not there") if problems else 0


SHOWN = re.compile(r"(?:<!-- shown with: (.+) -->\n\n)?((?:    .*\n|\n(?=    ))+)")


def shown_in(text):
    """(sed expression or "", command, output) for each indented block that begins with `$ `."""
    found = []
    for sed, block in SHOWN.findall(text):
        lines = [line[4:] for line in block.strip("\n").splitlines()]
        if lines and lines[0].startswith("$ "):
            found.append((sed, lines[0][2:], "\n".join(lines[1:]).strip()))
    return found


def same_but_numbers(text):
    """Sizes depend on libdeflate's version, so numbers (and the blanks that align them) may differ."""
    return re.sub(r" +", " ", re.sub(r"\d+(?:[.,]\d+)*", "N", text.strip()))


def check_examples(program):
    assert shown_in("<!-- shown with: s|a|b| -->\n\n    $ x\n    1\n\n    2\n") == [("s|a|b|", "x", "1\n\n2")]
    problems, examples = [], shown_in((TOP / "README.md").read_text())
    for sed, command, output in examples:
        with tempfile.TemporaryDirectory(prefix="plimsoll-readme-") as name:
            project = pathlib.Path(name) / "project"
            shutil.copytree(TOP / "fixtures/projects/thumbnail", project, ignore=shutil.ignore_patterns("dist"))
            if sed:
                subprocess.run(["sed", "-i", "-e", sed, "plimsoll.yaml"], cwd=project, check=True)
            env = dict(os.environ, PATH=f"{os.path.dirname(program)}:{os.environ['PATH']}")
            done = subprocess.run(command, shell=True, cwd=project, env=env, capture_output=True, text=True)
            if same_but_numbers(done.stdout + done.stderr) != same_but_numbers(output):
                problems.append(f"README.md: `{command}` says now\n{done.stdout}{done.stderr}")
    if len(examples) < 3:
        sys.exit(f"README.md shows only {len(examples)} commands: the check would see nothing")
    return fail(problems, "examples that the program no longer gives") if problems else 0


def check_format():
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    version = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout if tool else ""
    if "version 14." not in version:
        print(f"SKIPPED: clang-format 14 is needed (found: {version.strip() or 'none'})")
        return 1 if os.environ.get("CI") else SKIP
    bad = subprocess.run(
        [tool, "--dry-run", "-Werror", f"--style=file:{TOP / '.clang-format'}"],
        input="int  f( void ){return 1;}\n", capture_output=True, text=True,
    )
    assert bad.returncode != 0
    files = [str(p) for p in tracked("*.c", "*.h")]
    done = subprocess.run([tool, "--dry-run", "-Werror", *files], capture_output=True, text=True, cwd=TOP)
    if done.returncode:
        places = re.findall(r"^(.+?):\d+:\d+: error", done.stderr, re.M)
        for path in sorted(set(places)):
            print(f"{os.path.relpath(path, TOP)}: {places.count(path)} places")
        print("Mend with: clang-format -i FILE...")
        return 1
    return 0


def main():
    check, rest = sys.argv[1], sys.argv[2:]
    return globals()["check_" + check](*([rest] if check == "symbols" else rest))


if __name__ == "__main__":
    sys.exit(main())
