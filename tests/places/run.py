#!/usr/bin/env python3
"""The places where people run it, with the real programs there.

    tests/places/run.py --program PLIMSOLL [--cache DIR] completion|terminal|pre-commit|ci

completion: the scripts loaded by bash, zsh and fish, and asked. terminal: links. pre-commit: the real one, from PyPI, in a
scratch repository. ci: the problem matcher, action.yml, and what README says for GitLab, make and CMake.
"""

import argparse
import json
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
SKIP = 77
HOOK_MS = 100
TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.HANDLER, Runtime: python3.13}
"""


def missing(what):
    """A peer that is not there: a failure in CI, loud elsewhere."""
    print(f"SKIPPED: places: {what} is missing")
    sys.exit(1 if os.environ.get("CI") else SKIP)


def check(is_so, what):
    if not is_so:
        sys.exit(f"failed: {what}")


def run(command, status=0, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    check(done.returncode == status,
          f"{command}: status {done.returncode}, not {status}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


# --- completion ---

MANIFEST = """version: 1
functions: {thumbnail: {runtime: python3.13, handler: app.handler, sources: src}}
layers: {imaging: {compatible_runtimes: [python3.13], sources: lib}}
"""

# What is typed behind "plimsoll ", and what must be offered; the last word is completed.
ASKED = [("li", "lint"), ("lint --require", "--require-built"), ("lint --fail-on ne", "never"),
         ("lint --runtime python3.1", "python3.13"), ("explain handler-mod", "handler-module-missing"),
         ("completion z", "zsh"), ("pack --dr", "--dry-run"), ("pack thumb", "thumbnail"),
         ("pack ima", "imaging")]


def ask_bash(script, words):
    line = ["plimsoll", *words.split(" ")]
    text = (f"source {script}; COMP_WORDS=({' '.join(line)}); COMP_CWORD={len(line) - 1}; "
            f"COMP_LINE='{' '.join(line)}'; COMP_POINT=${{#COMP_LINE}}; "
            "eval \"$(complete -p plimsoll | sed 's/.*-F \\([^ ]*\\).*/\\1/')\"; "
            "printf '%s\\n' \"${COMPREPLY[@]}\"")
    return [word.strip() for word in run(["bash", "--norc", "-c", text]).splitlines()]


def ask_fish(script, words):
    text = f"source {script}; complete -C 'plimsoll {words}'"
    return [line.split("\t")[0] for line in run(["fish", "--no-config", "-c", text]).splitlines()]


class Zsh:
    """An interactive zsh on a terminal of its own: completion works nowhere else."""

    def __init__(self, script):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", PS1="> ", COLUMNS="300")
            os.execvp("zsh", ["zsh", "-f", "-i"])
        self.type("unsetopt zle_bracketed_paste prompt_sp beep; setopt no_list_ambiguous\n"
                  "stty cols 300; autoload -Uz compinit && compinit -u -D\n"
                  f"source {script}; compdef _plimsoll plimsoll; print re''ady\n")
        self.read_until("ready", 60)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, word, seconds):
        seen, end = "", time.monotonic() + seconds
        while word not in seen and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                seen += os.read(self.terminal, 65536).decode(errors="replace")
        return seen

    def ask(self, words, wanted):
        self.type(f"plimsoll {words}\t")
        seen = self.read_until(wanted, 20)
        if wanted not in seen:
            self.type("\t")  # several are possible: a second one lists them
            seen += self.read_until(wanted, 10)
        self.type("\x15\n")
        return [wanted] if wanted in seen else [seen]

    def close(self):
        self.type("\x15\nexit\n")
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def completion(program, cache, folder):
    del cache
    (folder / "plimsoll.yaml").write_text(MANIFEST)
    os.chdir(folder)
    for shell in ("bash", "zsh", "fish"):
        if not shutil.which(shell):
            missing(shell)
        script = folder / f"plimsoll.{shell}"
        script.write_text(run([program, "completion", shell]))
        zsh = Zsh(script) if shell == "zsh" else None
        for words, wanted in ASKED:
            have = (zsh.ask(words, wanted) if zsh else ask_bash(script, words) if shell == "bash" else
                    ask_fish(script, words))
            check(wanted in have, f"{shell}: 'plimsoll {words}' offers {have[:20]}, not {wanted}")
        if zsh:
            zsh.close()
        print(f"{shell}: {len(ASKED)} answers")


# --- a terminal ---


def on_terminal(command, folder, **variables):
    """What a program prints on a terminal with these variables and no others that name one."""
    master, slave = pty.openpty()
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    child = subprocess.Popen(command, cwd=folder, env=env, stdout=slave, stderr=slave)
    os.close(slave)
    seen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    child.wait(60)
    os.close(master)
    return seen.decode()


def terminal(program, cache, folder):
    del cache
    write_project(folder, "missing")
    lint = [program, "lint", "template.yaml"]
    link = re.compile(r"\x1b\]8;;file://[^/]*(/[^\x1b]*)\x1b\\([^\x1b]*)\x1b\]8;;\x1b\\")
    seen = on_terminal(lint, folder, TERM="xterm-256color", TERM_PROGRAM="WezTerm")
    match = link.search(seen)
    check(match and match[2] == "template.yaml", f"a link to the template: {seen!r}")
    check(os.path.samefile(match[1], folder / "template.yaml"), match[1])
    for what, variables, options in (
            ("a terminal that is not known", {"TERM": "xterm"}, []),
            ("TERM=dumb", {"TERM": "dumb", "TERM_PROGRAM": "WezTerm"}, []),
            ("NO_COLOR", {"TERM": "xterm", "TERM_PROGRAM": "WezTerm", "NO_COLOR": "1"}, []),
            ("--color never", {"TERM": "xterm", "TERM_PROGRAM": "WezTerm"}, ["--color", "never"])):
        seen = on_terminal([*lint, *options], folder, **variables)
        check("PL302" in seen and "\x1b]8" not in seen, f"{what}: no link: {seen!r}")
    done = subprocess.run([*lint, "--color", "always"], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "TERM": "xterm", "TERM_PROGRAM": "WezTerm"}, timeout=60,
                          check=False)
    check("\x1b[" in done.stdout and "\x1b]8" not in done.stdout, "a pipe: colours, but no link")
    print("terminal: links where they are opened, and nowhere else")


# --- git ---


def write_project(folder, handler):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src/app.py").write_text("def handler(event, context):\n    return 1\n")
    (folder / "template.yaml").write_text(TEMPLATE.replace("HANDLER", handler))


def git(folder, *words, status=0):
    return run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words], status,
               cwd=folder)


def pre_commit_of(cache):
    """The real one, installed once."""
    venv = cache / "pre-commit"
    program = venv / "bin/pre-commit"
    if not program.exists():
        try:
            run([sys.executable, "-m", "venv", venv])
            run([venv / "bin/pip", "install", "-q", "pre-commit"])
        except SystemExit as why:
            missing(f"pre-commit from PyPI ({why})")
    return program


def pre_commit(program, cache, folder):
    tool = pre_commit_of(cache)
    os.environ["PRE_COMMIT_HOME"] = str(folder / "home")
    hooks, project = folder / "hooks", folder / "project"
    hooks.mkdir()
    shutil.copy(TOP / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "init", "-q")
    git(hooks, "add", ".")
    git(hooks, "commit", "-qm", "hooks")
    rev = git(hooks, "rev-parse", "HEAD").strip()
    write_project(project, "missing")
    (project / "plimsoll.yaml").write_text("version: 1\nlint: {fail_on: error}\n")
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {rev}\n"
        "  hooks: [{id: plimsoll-lint}, {id: plimsoll-config-verify}]\n")
    git(project, "init", "-q")
    run([tool, "install"], cwd=project)
    git(project, "add", ".")
    said = git(project, "commit", "-qm", "bad", status=1)
    check("PL302" in said and "app.missing" in said, f"the refusal says why: {said}")
    write_project(project, "handler")
    (project / "plimsoll.yaml").write_text("version: 1\nlint: {fail_onn: error}\n")
    git(project, "add", ".")
    said = git(project, "commit", "-qm", "bad configuration", status=1)
    check("fail_onn" in said, f"the refusal names the key: {said}")
    (project / "plimsoll.yaml").write_text("version: 1\nlint: {fail_on: error}\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "good")
    best = min(timed([program, "lint", "template.yaml", "plimsoll.yaml"], project)
               for _ in range(20))
    print(f"pre-commit: a bad commit refused, a good one made; plimsoll took {best:.0f} ms")
    check(best < HOOK_MS, f"{best:.0f} ms, where {HOOK_MS} are allowed")


def timed(command, folder):
    start = time.monotonic()
    subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    return (time.monotonic() - start) * 1000


# --- CI and builds ---


def block(language, has):
    """The indented block of README that holds these words, unindented."""
    blocks, lines = [], []
    for line in (TOP / "README.md").read_text().splitlines() + [""]:
        if line.startswith("    ") or (lines and not line.strip()):
            lines.append(line[4:])
        else:
            blocks, lines = blocks + (["\n".join(lines) + "\n"] if lines else []), []
    found = [text for text in blocks if has in text]
    check(len(found) == 1, f"README has {len(found)} blocks for {language}")
    return found[0]


def check_matcher(program, folder):
    matcher = json.loads((TOP / "problem-matcher.json").read_text())["problemMatcher"][0]
    pattern = matcher["pattern"][0]
    shape = re.compile(pattern["regexp"])
    done = subprocess.run([program, "lint", "--format", "gcc", "template.yaml"], cwd=folder,
                          capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    check(lines, "there is something to match")
    for line in lines:
        match = shape.match(line)
        check(match, f"the problem matcher does not match {line!r}")
        check(match[pattern["severity"]] in ("error", "warning"), line)
        check(match[pattern["file"]] == "template.yaml" and int(match[pattern["line"]]) == 5, line)
        check(match[pattern["code"]].startswith("PL") and match[pattern["message"]], line)
    return f"matcher: {len(lines)} lines"


def check_action(folder):
    """The script of the composite action, as the runner starts it."""
    text = (TOP / "action.yml").read_text()
    script = "".join(line[8:] + "\n" for line in text.split("run: |\n", 1)[1].splitlines())
    env = {**os.environ, "PLIMSOLL_ARGS": "template.yaml", "PLIMSOLL_SARIF": "out.sarif",
           "RUNNER_TEMP": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    said = run(["bash", "-e", "-o", "pipefail", "-c", script], 1, cwd=folder, env=env)
    check("::error file=template.yaml" in said, f"annotations: {said}")
    check("PL302" in (folder / "summary.md").read_text(), "the summary has the finding")
    check(json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0", "SARIF")
    return "action: annotations, summary, SARIF"


def check_gitlab(folder):
    job = block("GitLab", "gl-code-quality.json")
    script = re.search(r"script: (.+)", job)[1]
    run(["sh", "-c", script], 3, cwd=folder)  # --require-built, and nothing is built
    issues = json.loads((folder / "gl-code-quality.json").read_text())
    check(issues and issues[0]["check_name"] == "PL302", f"GitLab's report: {issues}")
    return "GitLab: its job writes the report"


def check_make(folder):
    text = block("make", ".PHONY: lint").split("add_custom_target")[0]
    (folder / "Makefile").write_text(text.replace("        ", "\t"))
    said = run(["make", "lint"], 2, cwd=folder)
    check("PL302" in said, f"make lint: {said}")
    return "make: a bad handler fails the target"


def check_cmake(folder):
    build = folder / "build"
    text = "add_custom_target" + block("CMake", "add_custom_target(lint").split("add_custom_target")[1]
    (folder / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\n"
                                           "project(functions LANGUAGES NONE)\n" + text)
    run(["cmake", "-S", folder, "-B", build])
    done = subprocess.run(["cmake", "--build", build, "--target", "lint"], capture_output=True,
                          text=True, timeout=120, check=False)
    check(done.returncode != 0 and "PL302" in done.stdout + done.stderr,
          f"the target: {done.stdout}{done.stderr}")
    write_project(folder, "handler")
    run(["cmake", "--build", build, "--target", "lint"])
    return "CMake: a bad handler fails the target, a good one does not"


def ci(program, cache, folder):
    del cache
    write_project(folder, "missing")
    print(check_matcher(program, folder))
    print(check_action(folder))
    print(check_gitlab(folder))
    print(check_make(folder))
    print(check_cmake(folder))


def main():
    places = {"completion": completion, "terminal": terminal, "pre-commit": pre_commit, "ci": ci}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--cache", default="build/places")
    parser.add_argument("place", choices=places)
    args = parser.parse_args()
    program = os.path.abspath(args.program)
    cache = pathlib.Path(args.cache).resolve()
    cache.mkdir(parents=True, exist_ok=True)
    os.environ["PATH"] = f"{os.path.dirname(program)}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        places[args.place](program, cache, pathlib.Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
