#!/usr/bin/env python3
"""Real projects: packed twice, on two accounts that differ, judged, unpacked and used.

    tests/projects/run.py --program build/release/cmd/plimsoll --cache build/projects [--all] [NAME ...]

Each project is packed by two accounts: another home, umask, time zone and language, files written in
another order with other times, and nothing in the cache of the one that the other made. Both ZIPs must
be the same bytes, and must pass lint. What runs on this machine is then run from the unpacked ZIP, by the
real CPython and Node.js.

Downloads (of PyPI and npm) are kept below --cache. Without --all the projects marked `slow` are left out.
"""

import argparse
import hashlib
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

SKIP = 77
AS_OF = "2026-11-23"
MACHINE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
ELF_MACHINE = {0x3E: "x86_64", 0xB7: "arm64"}

ACCOUNTS = [
    {"umask": 0o022, "TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "age": 0},
    {"umask": 0o077, "TZ": "Pacific/Chatham", "LANG": "C", "LC_ALL": "C", "age": 86400 * 400},
]


class Missing(Exception):
    """A peer or the network is not there."""


def need(tool):
    if not shutil.which(tool):
        raise Missing(f"{tool} is not installed")


def run(command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=900, **options)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def fetch(command, **options):
    """As run, for what needs the network."""
    try:
        return run(command, **options)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        raise Missing(str(error)[-800:]) from error


class Project:
    """`files` are the project's (text, bytes, or ("->", target) for a link); `use` is called with the
    folder of the unpacked ZIP and the ZIP."""

    def __init__(self, name, files, prepare=None, use=None, slow=False, tools=(), downloads=False):
        self.name, self.files, self.prepare, self.use = name, files, prepare, use
        self.slow, self.tools, self.downloads = slow, tools, downloads


PROJECTS = []


def project(name, files, **how):
    def add(use):
        PROJECTS.append(Project(name, files, use=use, **how))
        return use
    return add


def write(folder, files, age):
    """Writes them; with an age in another order, and with other times."""
    items = sorted(files.items(), reverse=bool(age))
    for name, content in items:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, tuple):
            os.symlink(content[1], path)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content)
            if content.startswith("#!"):
                path.chmod(0o755 if not age else 0o700)
        if age and not path.is_symlink():
            then = time.time() - age - len(name)
            os.utime(path, (then, then))


def native(zip_path):
    """The processors that the ZIP's ELF files are for."""
    found = set()
    with zipfile.ZipFile(zip_path) as z:
        for info in z.infolist():
            with z.open(info) as member:
                head = member.read(20)
            if head[:4] == b"\x7fELF":
                found.add(ELF_MACHINE.get(int.from_bytes(head[18:20], "little"), "other"))
    return found


def names(zip_path):
    with zipfile.ZipFile(zip_path) as z:
        return z.namelist()


def differences(one, other):
    """Members that differ, by name."""
    with zipfile.ZipFile(one) as a, zipfile.ZipFile(other) as b:
        first, second = ({i.filename: (i.CRC, i.external_attr) for i in z.infolist()} for z in (a, b))
    return sorted(n for n in first.keys() | second.keys() if first.get(n) != second.get(n))[:10]


# ---- Python ----

PY_MINOR = sys.version_info[1]
REQUIREMENTS = {13: "numpy==2.1.3\npillow==11.0.0\n", 11: "numpy==2.1.3\npillow==11.0.0\n"}
APP = """import numpy
from PIL import Image


def handler(event, context):
    image = Image.fromarray(numpy.full((4, 4), event["grey"], dtype=numpy.uint8))
    return int(numpy.asarray(image.resize((2, 2))).sum())
"""


def python_manifest(runtime, architecture, more=""):
    return f"""version: 1
functions:
  img:
    runtime: {runtime}
    architecture: {architecture}
    handler: app.handler
    sources: [src, {{python: requirements.txt}}]
    {more}
"""


@project("python-arm64", {
    "plimsoll.yaml": python_manifest("python3.13", "arm64", "prune: [tests, typings, headers]"),
    "requirements.txt": REQUIREMENTS[13],
    "src/app.py": APP,
}, downloads=True)
def python_arm64(folder, zip_path):
    assert native(zip_path) == {"arm64"}, native(zip_path)
    assert "numpy/version.py" in names(zip_path) and "PIL/Image.py" in names(zip_path)
    assert not [n for n in names(zip_path) if n.startswith("bin/") or "__pycache__" in n]


def here(code, folder, **options):
    """CPython on a file system that cannot be written, as Lambda's: nothing of this machine's."""
    return run([sys.executable, "-I", "-B", *options.get("flags", ()), "-c",
                f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"])


@project("python-here", {
    "plimsoll.yaml": python_manifest(f"python3.{PY_MINOR}", MACHINE),
    "requirements.txt": "numpy>=1.26,<2.3\npillow>=10\n",
    "src/app.py": APP,
}, slow=True, downloads=True)
def python_here(folder, zip_path):
    assert native(zip_path) == {MACHINE}
    out = here("import app; print(app.handler({'grey': 7}, None)); import numpy; print(numpy.__file__)", folder)
    assert out.split()[0] == "28" and out.split()[1].startswith(str(folder)), out
    out = here("import importlib.metadata as m; print(len([f for f in m.files('numpy') "
               "if f.locate().exists()]) == len(m.files('numpy')), m.version('pillow') > '')", folder)
    assert out.split() == ["True", "True"], out


# A time of the file's that bytecode holds, and bytecode that is stale on purpose.
def compile_site(folder, account):
    run([sys.executable, "-B", "-m", "pip", "install", "-q", "--no-compile", "--target", folder / "site",
         "--disable-pip-version-check", "--no-deps", "Jinja2==3.1.4", "MarkupSafe==2.1.5"], env=account)
    shutil.rmtree(folder / "site/bin", ignore_errors=True)
    for info in (folder / "site").glob("*.dist-info"):
        shutil.rmtree(info)
    for path in sorted((folder / "site").rglob("*")):
        if path.is_file():
            os.utime(path, (1700000000, 1700000000))
    run([sys.executable, "-B", "-m", "compileall", "-q", "-s", folder / "site", "-p", "/var/task", folder / "site"])


@project("python-restamp", {
    "plimsoll.yaml": f"""version: 1
functions:
  web:
    runtime: python3.{PY_MINOR}
    architecture: {MACHINE}
    handler: app.handler
    sources: [src, site]
    pyc: restamp
""",
    "src/app.py": "import jinja2\n\n\ndef handler(event, context):\n    return jinja2.Template('{{ x }}').render(x=1)\n",
}, prepare=compile_site, slow=True, downloads=True)
def python_restamp(folder, zip_path):
    done = subprocess.run([sys.executable, "-I", "-B", "-v", "-c",
                           f"import sys; sys.path.insert(0, {str(folder)!r}); import app; print(app.handler(0, 0))"],
                          capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1", done.stdout
    mine = [line for line in done.stderr.splitlines() if str(folder) in line]
    compiled = [line for line in mine if line.startswith("# code object from") and "/app.py" not in line
                and not line.endswith(".pyc'")]
    matched = [line for line in mine if " matches " in line]
    assert len(matched) > 10 and not compiled, (compiled[:3], len(matched))


LOCKED = """[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.11,<4.0"
dependencies = ["requests[socks]>=2.31", "numpy<2.3", "colorama>=0.4 ; sys_platform == 'win32'",
                "tzdata ; sys_platform == 'linux'"]
[project.optional-dependencies]
fast = ["simplejson"]
[dependency-groups]
dev = ["iniconfig"]
lint = ["toml"]
[tool.uv]
default-groups = ["dev", "lint"]
"""
INDEX_URL = ("import os; from pip._internal.models.index import PyPI; "
             "print(os.environ.get('PIP_INDEX_URL', PyPI.simple_url))")


def tools_of(account, *packages):
    """A folder of one's own with these tools, first on PATH."""
    tools = pathlib.Path(account["PL_CACHE"]) / f"venv-{packages[0]}"
    if not (tools / "bin" / packages[0]).exists():
        fetch([sys.executable, "-m", "venv", tools], env=account)
        fetch([tools / "bin/pip", "install", "-q", "--disable-pip-version-check", *packages], env=account)
    account["PATH"] = f"{tools / 'bin'}:{account['PATH']}"


def keep_lock(folder, account, name, command):
    """As lock(), for a lock of this name that the command makes."""
    known = hashlib.sha256((folder / "pyproject.toml").read_bytes()).hexdigest()[:12]
    kept = pathlib.Path(account["PL_CACHE"]) / f"{known}-{name}"
    if not kept.exists():
        fetch(command, cwd=folder, env=account)
        shutil.copy(folder / name, kept)
    shutil.copy(kept, folder / name)


def lock_uv(folder, account):
    tools_of(account, "uv")
    keep_lock(folder, account, "uv.lock", ["uv", "lock", "-q"])


def lock_poetry(folder, account):
    tools_of(account, "poetry", "poetry-plugin-export")
    source = run([sys.executable, "-c", INDEX_URL], env=account).strip()
    with open(folder / "pyproject.toml", "a", encoding="utf-8") as file:
        file.write(f'[[tool.poetry.source]]\nname = "index"\nurl = "{source}"\npriority = "primary"\n')
    keep_lock(folder, account, "poetry.lock", ["poetry", "lock", "-q", "--no-interaction"])


def locked_files(lock_name, tool):
    return {
        "plimsoll.yaml": f"""version: 1
functions:
  web:
    runtime: python3.13
    architecture: arm64
    handler: app.handler
    sources: [src, {{python: {{lock: {lock_name}, tool: {tool}}}}}]
    prune: [tests, typings, headers]
""",
        "pyproject.toml": LOCKED if lock_name == "uv.lock" else LOCKED[:LOCKED.index("[dependency-groups]")]
        + '[tool.poetry]\npackage-mode = false\n[tool.poetry.group.dev.dependencies]\niniconfig = "*"\n',
        "src/app.py": "import numpy\nimport requests\nimport socks\n\n\ndef handler(event, context):\n"
                      "    return numpy.__version__ + requests.__version__\n",
    }


def locked(folder, zip_path):
    """The extra that is asked for and the marker of Linux count; other extras and groups do not."""
    assert native(zip_path) == {"arm64"}, native(zip_path)
    tops = {name.split("/")[0] for name in names(zip_path)}
    assert {"app.py", "numpy", "requests", "socks.py", "tzdata"} <= tops, tops
    assert not {"colorama", "simplejson", "iniconfig", "toml", "demo", "bin"} & tops, tops


for _lock, _make in (("uv.lock", lock_uv), ("poetry.lock", lock_poetry)):
    for _tool in ("uv", "pip"):
        PROJECTS.append(Project(f"{_lock.replace('.', '-')}-{_tool}", locked_files(_lock, _tool),
                                prepare=_make if _lock == "uv.lock" or _tool == "pip" else
                                lambda folder, account: (tools_of(account, "uv"), lock_poetry(folder, account)),
                                use=locked, slow=True, downloads=True))


# ---- Node.js ----

SHARP = json.dumps({"name": "img", "private": True, "dependencies": {"sharp": "0.33.5"},
                    "devDependencies": {"left-pad": "1.3.0"}})
INDEX = """const sharp = require("sharp");
exports.handler = async () => {
  const out = await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } }).png().toBuffer();
  return out.length > 50;
};
"""


def lock(folder, account):
    """A package-lock.json, the same for every account; the first one asks the registry."""
    kept = pathlib.Path(account["PL_CACHE"]) / f"lock-{hashlib.sha256((folder / 'package.json').read_bytes()).hexdigest()[:12]}"
    if not kept.exists():
        fetch(["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], cwd=folder, env=account)
        shutil.copy(folder / "package-lock.json", kept)
    shutil.copy(kept, folder / "package-lock.json")


def node_manifest(architecture):
    return f"""version: 1
functions:
  img:
    runtime: nodejs22.x
    architecture: {architecture}
    handler: index.handler
    sources: [src, {{npm: .}}]
"""


@project("node-arm64", {"plimsoll.yaml": node_manifest("arm64"), "package.json": SHARP, "src/index.js": INDEX},
         prepare=lock, tools=("npm",), downloads=True)
def node_arm64(folder, zip_path):
    assert native(zip_path) == {"arm64"}, native(zip_path)
    all_names = names(zip_path)
    assert "node_modules/@img/sharp-linux-arm64/package.json" in all_names
    assert not [n for n in all_names if "left-pad" in n or "x64" in n or "musl" in n or ".package-lock" in n]


@project("node-here", {"plimsoll.yaml": node_manifest(MACHINE), "package.json": SHARP, "src/index.js": INDEX},
         prepare=lock, slow=True, tools=("npm", "node"), downloads=True)
def node_here(folder, zip_path):
    assert native(zip_path) == {MACHINE}
    out = run(["node", "-e", "require(process.argv[1]).handler().then(console.log)", folder / "index.js"], cwd="/")
    assert out.strip() == "true", out


PNPM = json.dumps({"name": "p", "private": True, "dependencies": {"is-odd": "3.0.1", "express": "4.21.1"},
                   "packageManager": "pnpm@9.15.0"})


def pnpm_install(folder, account):
    tool = pathlib.Path(account["PL_CACHE"]) / "pnpm"
    if not (tool / "node_modules/pnpm/bin/pnpm.cjs").exists():
        tool.mkdir(exist_ok=True)
        fetch(["npm", "install", "--prefix", tool, "--no-audit", "--no-fund", "pnpm@9.15.0"], env=account)
    store = pathlib.Path(account["PL_CACHE"]) / "pnpm-store"
    kept = pathlib.Path(account["PL_CACHE"]) / "pnpm-lock.yaml"
    command = ["node", tool / "node_modules/pnpm/bin/pnpm.cjs", "install", "--prod", "--store-dir", store]
    if kept.exists():
        shutil.copy(kept, folder / "pnpm-lock.yaml")
    fetch(command, cwd=folder, env=account)
    shutil.copy(folder / "pnpm-lock.yaml", kept)


# pnpm's scripts in .bin, and its own notes, hold the path of the project.
@project("pnpm", {
    "plimsoll.yaml": """version: 1
functions:
  api:
    runtime: nodejs22.x
    handler: index.handler
    sources: {path: ., exclude: [plimsoll.yaml, pnpm-lock.yaml, .bin/, .modules.yaml, ".pnpm-workspace-state*"]}
""",
    "package.json": PNPM,
    "index.js": "const odd = require('is-odd');\nrequire('express');\nexports.handler = async () => odd(3);\n",
}, prepare=pnpm_install, slow=True, tools=("npm", "node"), downloads=True)
def pnpm(folder, zip_path):
    with zipfile.ZipFile(zip_path) as z:
        links = [i for i in z.infolist() if (i.external_attr >> 16) & 0o170000 == 0o120000]
    assert len(links) > 50, len(links)
    assert zip_path.stat().st_size < 2_000_000, zip_path.stat().st_size
    out = run(["node", "-e", "require(process.argv[1]).handler().then(console.log)", folder / "index.js"], cwd="/")
    assert out.strip() == "true", out


# ---- Java, Ruby, a runtime of one's own ----

def compile_java(folder, account):
    """One class in a jar in lib/, and the handler, which needs it."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        run(["javac", "--release", "17", "-d", scratch / "greet", folder / "java/Greet.java"])
        run(["javac", "--release", "17", "-cp", scratch / "greet", "-d", folder / "classes", folder / "java/Handler.java"])
        (folder / "lib").mkdir()
        with zipfile.ZipFile(folder / "lib/greet.jar", "w") as z:
            z.writestr(zipfile.ZipInfo("example/Greet.class"), (scratch / "greet/example/Greet.class").read_bytes())


@project("java", {
    "plimsoll.yaml": """version: 1
functions:
  hello:
    runtime: java21
    handler: example.Handler::handle
    sources: [classes, {path: lib, to: lib}]
""",
    "java/Greet.java": "package example;\npublic class Greet { public static String to(String s) { return \"hello \" + s; } }\n",
    "java/Handler.java": "package example;\nimport java.util.Map;\npublic class Handler {\n"
                         "  public String handle(Map<String, Object> event) { return Greet.to(\"you\"); }\n"
                         "  public static void main(String[] a) { System.out.println(new Handler().handle(Map.of())); }\n}\n",
}, prepare=compile_java, tools=("javac", "java"))
def java(folder, zip_path):
    out = run(["java", "-Xshare:auto", "-cp", f"{folder}:{folder}/lib/*", "example.Handler"])
    assert out.strip() == "hello you", out


@project("ruby", {
    "plimsoll.yaml": """version: 1
functions:
  hello: {runtime: ruby3.4, handler: app.Hello::World.handle, sources: src}
""",
    "src/app.rb": "require_relative 'lib/greet'\nmodule Hello\n  class World\n    def self.handle(event:, context:)\n"
                  "      Greet.to('you')\n    end\n  end\nend\n",
    "src/lib/greet.rb": "module Greet\n  def self.to(who)\n    \"hello #{who}\"\n  end\nend\n",
}, tools=("ruby",))
def ruby(folder, zip_path):
    out = run(["ruby", "-e", "require ARGV[0]; puts Hello::World.handle(event: {}, context: nil)", folder / "app.rb"])
    assert out.strip() == "hello you", out


def compile_bootstrap(folder, account):
    (folder / "out").mkdir()
    run(["cc", "-O1", "-static", "-Wl,--build-id=none", "-o", folder / "out/bootstrap", folder / "main.c"])


@project("custom", {
    "plimsoll.yaml": f"version: 1\nfunctions:\n  c: {{runtime: provided.al2023, architecture: {MACHINE}, sources: out}}\n",
    "main.c": "#include <unistd.h>\nint main(void) { return write(1, \"ready\\n\", 6) == 6 ? 0 : 1; }\n",
}, prepare=compile_bootstrap, tools=("cc",))
def custom(folder, zip_path):
    assert run([folder / "bootstrap"]).strip() == "ready"
    with zipfile.ZipFile(zip_path) as z:
        assert z.getinfo("bootstrap").external_attr >> 16 & 0o777 == 0o755


# ---- links ----

@project("links", {
    "plimsoll.yaml": """version: 1
functions:
  f: {runtime: python3.13, handler: app.handler, sources: {path: src, exclude: [gone, round]}}
  dangling: {runtime: python3.13, handler: app.handler, sources: {path: src, exclude: [round]}}
  loop: {runtime: python3.13, handler: app.handler, sources: {path: src, exclude: [gone]}}
""",
    "src/app.py": "def handler(event, context):\n    return 1\n",
    "src/inside.py": ("->", "app.py"),
    "src/lib/up": ("->", "../app.py"),
    "src/layer": ("->", "/opt/python"),
    "src/shared": ("->", "../shared"),
    "shared/data.txt": "shared\n",
    "src/gone": ("->", "nowhere"),
    "src/round": ("->", "round"),
})
def links(folder, zip_path):
    kinds = {}
    with zipfile.ZipFile(zip_path) as z:
        for info in z.infolist():
            is_link = info.external_attr >> 16 & 0o170000 == 0o120000
            kinds[info.filename] = z.read(info).decode() if is_link else None
    assert kinds == {"app.py": None, "inside.py": "app.py", "lib/up": "../app.py", "layer": "/opt/python",
                     "shared/data.txt": None}, kinds


# ---- the run ----

class Bench:
    def __init__(self, program, cache):
        self.program, self.cache = program, cache

    def environment(self, account, home):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "XDG_"))}
        env.update(HOME=str(home), TZ=account["TZ"], LANG=account["LANG"], LC_ALL=account["LC_ALL"],
                   XDG_CACHE_HOME=str(home / "cache"), PL_CACHE=str(self.cache), PIP_CACHE_DIR=str(self.cache / "pip"),
                   npm_config_cache=str(self.cache / "npm"), UV_CACHE_DIR=str(self.cache / "uv"),
                   npm_config_update_notifier="false", COREPACK_ENABLE_STRICT="0")
        return env

    def pack(self, it, account, scratch):
        """The folder of the project, packed by one account."""
        home, folder = scratch / "home", scratch / "project"
        for path in (home, folder):
            path.mkdir(parents=True)
        write(folder, it.files, account["age"])
        env = self.environment(account, home)
        if it.prepare:
            it.prepare(folder, env)
        targets = [PROJECT_TARGET.get(it.name)] if it.name in PROJECT_TARGET else []
        done = subprocess.run([self.program, "pack", "--no-lint", *targets], cwd=folder, env=env, umask=account["umask"],
                              capture_output=True, text=True, timeout=900)
        if done.returncode and it.downloads and "for the reason above" in done.stderr:
            raise Missing(done.stderr[-800:])
        assert done.returncode == 0, done.stdout + done.stderr
        return folder, env

    def check(self, it):
        with tempfile.TemporaryDirectory(prefix="plimsoll-project-") as top:
            top = pathlib.Path(top)
            hashes, packed = [], []
            for number, account in enumerate(ACCOUNTS):
                folder, env = self.pack(it, account, top / f"account{number}")
                zips = sorted((folder / "dist").glob("*.zip"))
                assert len(zips) == 1, zips
                hashes.append(hashlib.sha256(zips[0].read_bytes()).hexdigest())
                packed.append((folder, env, zips[0]))
            assert len(set(hashes)) == 1, f"two accounts, two ZIPs: {differences(packed[0][2], packed[1][2])}"
            folder, env, zip_path = packed[1]
            self.judge(it, folder, env, zip_path)
            unpacked = top / "task"
            run(["unzip", "-q", zip_path, "-d", unpacked])
            it.use(unpacked, zip_path)
            return zip_path.stat().st_size

    def judge(self, it, folder, env, zip_path):
        """Lint of the ZIP, of the manifest, and of a template that deploys the ZIP."""
        targets = [PROJECT_TARGET.get(it.name)] if it.name in PROJECT_TARGET else []
        done = subprocess.run([self.program, "lint", zip_path, "--as-of", AS_OF, "--fail-on", "warning"],
                              cwd=folder, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        done = subprocess.run([self.program, "pack", "--check", *targets], cwd=folder, env=env, capture_output=True, text=True)
        assert done.returncode == 0, "pack --check: " + done.stdout + done.stderr
        sidecar = json.loads(zip_path.with_name(zip_path.name + ".json").read_text())
        template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": f"dist/{zip_path.name}", "Runtime": sidecar["runtime"][0],
                           "Handler": sidecar.get("handler") or "bootstrap",
                           "Architectures": [sidecar.get("architecture") or "x86_64"]}}}}
        (folder / "template.json").write_text(json.dumps(template))
        done = subprocess.run([self.program, "lint", "template.json", "--require-built", "--as-of", AS_OF],
                              cwd=folder, env=env, capture_output=True, text=True)
        assert done.returncode == 0, "template: " + done.stdout + done.stderr

    def refused_links(self):
        """A dangling link and a loop are errors that name the link."""
        it = next(p for p in PROJECTS if p.name == "links")
        with tempfile.TemporaryDirectory(prefix="plimsoll-project-") as top:
            folder = pathlib.Path(top)
            write(folder, it.files, 0)
            for name, words in (("dangling", "src/gone"), ("loop", "src/round")):
                done = subprocess.run([self.program, "pack", "--no-lint", name], cwd=folder, capture_output=True, text=True)
                assert done.returncode == 3 and words in done.stderr, done.stderr


# Functions of projects that have others to be refused.
PROJECT_TARGET = {"links": "f"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=lambda p: str(pathlib.Path(p).resolve()))
    parser.add_argument("--cache", required=True, type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--all", action="store_true")
    parser.add_argument("name", nargs="*")
    args = parser.parse_args()
    if not MACHINE:
        print(f"SKIPPED: projects: no runtime of Lambda has the processor {platform.machine()}")
        return SKIP
    args.cache.mkdir(parents=True, exist_ok=True)
    bench = Bench(args.program, args.cache)
    chosen = [p for p in PROJECTS if (p.name in args.name if args.name else args.all or not p.slow)]
    if not chosen:
        sys.exit("no project was chosen")
    failed, missing = 0, 0
    for it in chosen:
        begun = time.monotonic()
        try:
            for tool in ("unzip", *it.tools):
                need(tool)
            size = bench.check(it)
            if it.name == "links":
                bench.refused_links()
            print(f"{it.name}: {size / 1e6:.1f} MB, {time.monotonic() - begun:.1f} s", flush=True)
        except Missing as error:
            print(f"SKIPPED: projects: {it.name}: {error}", flush=True)
            missing += 1
        except (AssertionError, subprocess.CalledProcessError) as error:
            print(f"{it.name}: FAILED: {error}", flush=True)
            failed += 1
    if failed or (missing and os.environ.get("CI")):
        return 1
    return SKIP if missing == len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
