"""Real parts of images, as lines of mkimage recipes: programs of this machine with the libraries that
they need, runtime clients from their registries, programs built here.

A part that this machine cannot make raises Missing: its images are skipped, loudly.
"""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
MKELF = HERE.parent / "cli" / "bin" / "mkelf"


class Missing(Exception):
    """What this machine cannot make, and why."""


def call(command, what, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{what}: {error}") from error
    if done.returncode:
        raise Missing(f"{what}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def libraries(program, own=()):
    """path in the image -> file here, of everything that the dynamic loader maps; `own` stand beside it."""
    found = {}
    for line in call(["ldd", str(program)], f"ldd {program}").splitlines():
        match = re.search(r"(?:=> )?(/\S+) \(0x", line)
        if match:
            found[match[1]] = os.path.realpath(match[1])
        elif "not found" in line and not line.split()[0] in own:
            raise Missing(f"{program}: {line.strip()}")
    return found


def copies(files):
    return "".join(f"copy {name.lstrip('/')} {path}\n" for name, path in sorted(files.items()))


class Parts:
    """Each method gives recipe lines, or a path; made once and kept in `cache`."""

    def __init__(self, cache):
        self.cache = pathlib.Path(cache).resolve()
        self.cache.mkdir(parents=True, exist_ok=True)
        self.memory = {}

    def once(self, name, how):
        """A folder that `how(folder)` fills once."""
        folder = self.cache / name
        if not (folder / ".made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            how(folder)
            (folder / ".made").touch()
        return folder

    def program(self, *names, to=None):
        """Programs of this machine with their libraries, each once."""
        files = {}
        for name in names:
            path = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
            if not path:
                raise Missing(f"no {name} here")
            files[to or f"usr/bin/{os.path.basename(name)}"] = os.path.realpath(path)
            files.update(libraries(os.path.realpath(path)))
        return copies(files)

    # ---- Python

    @functools.cached_property
    def python_version(self):
        text = call(["/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], "python3")
        return text.strip()

    @property
    def python(self):
        """This machine's Python with the standard library that the client needs."""
        version = self.python_version
        left_out = shutil.ignore_patterns(
            "test", "tests", "idlelib", "lib2to3", "tkinter", "ensurepip", "distutils", "pydoc_data", "turtle*",
            "__pycache__", "config-*", "dist-packages", "unittest", "curses", "sqlite3", "dbm", "wsgiref",
            "sitecustomize.py")

        def how(folder):
            shutil.copytree(f"/usr/lib/python{version}", folder / "lib", ignore=left_out, symlinks=False)

        lib = self.once(f"python{version}", how) / "lib"
        files = {f"usr/bin/python{version}": os.path.realpath("/usr/bin/python3")}
        files.update(libraries("/usr/bin/python3"))
        for module in (lib / "lib-dynload").glob("*.so"):
            files.update(libraries(module))
        return (copies(files) + f"link usr/bin/python3 python{version}\n" +
                f"tree usr/lib/python{version} {lib}\n")

    @property
    def awslambdaric(self):
        """The folder of the client, as pip installs it for this machine's Python."""
        version = self.python_version

        def how(folder):
            call(["/usr/bin/python3", "-m", "pip", "download", "-q", "--disable-pip-version-check",
                  "--only-binary=:all:", "--platform", "manylinux2014_x86_64", "--python-version", version,
                  "-d", str(folder), "awslambdaric==4.2.2"], "awslambdaric from PyPI")
            for wheel in sorted(folder.glob("*.whl")):
                zipfile.ZipFile(wheel).extractall(folder / "site")
                wheel.unlink()

        return self.once(f"awslambdaric{version}", how) / "site"

    # ---- Node.js

    @property
    def node(self):
        return self.program("node")

    @property
    def node_client(self):
        """The package from npm.  Its native part needs an hour of somebody's CMake; a module without
        functions stands in for it, as the client's other transport needs none."""
        def how(folder):
            call(["npm", "pack", "aws-lambda-ric@3.3.0", "--silent", "--pack-destination", str(folder)],
                 "aws-lambda-ric from npm", cwd=folder)
            call(["tar", "xzf", str(next(folder.glob("*.tgz")))], "aws-lambda-ric", cwd=folder)
            shutil.rmtree(folder / "package" / "deps")
            source = folder / "stub.c"
            source.write_text("void *napi_register_module_v1(void *env, void *exports)\n"
                              "{ (void)env; return exports; }\n")
            call(["gcc", "-shared", "-fPIC", "-O1", "-o", str(folder / "rapid-client.node"), str(source)], "gcc")

        return self.once("node-client", how)

    # ---- Java

    @property
    def java(self):
        """A Java runtime of the modules that the client needs."""
        def how(folder):
            home = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("java") or "/")))
            call([f"{home}/bin/jlink", "--add-modules", "java.base,java.logging,java.management,java.naming,"
                  "java.xml,java.sql,jdk.unsupported", "--strip-debug", "--no-man-pages", "--no-header-files",
                  "--output", str(folder / "jre")], "jlink")

        jre = self.once("java", how) / "jre"
        files = {}
        native = sorted(jre.glob("lib/**/*.so"))
        for name in [jre / "bin" / "java"] + native:
            found = libraries(name, [path.name for path in native])
            files.update({k: v for k, v in found.items() if not v.startswith(str(jre))})
        return copies(files) + f"tree opt/jre {jre}\n"

    @property
    def java_client(self):
        """The client and what it needs, from Maven Central, and one handler."""
        def how(folder):
            call(["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={folder}/lib",
                  "-f", str(HERE / "java" / "pom.xml")], "the Java client from Maven Central")
            call(["javac", "--release", "11", "-d", str(folder / "classes"), str(HERE / "java" / "App.java")],
                 "javac")
            shutil.rmtree(HERE / "java" / "target", ignore_errors=True)

        return self.once("java-client", how)

    @property
    def java_native(self):
        """The client's own libraries for this machine, as its jar carries them."""
        jar = next((self.java_client / "lib").glob("*runtime-interface-client*.jar"))

        def how(folder):
            with zipfile.ZipFile(jar) as found:
                for name in found.namelist():
                    if name.endswith(".linux-x86_64.so"):
                        found.extract(name, folder)

        return sorted(self.once("java-native", how).rglob("*.so"))

    # ---- compiled programs

    def c(self, name, *flags, compiler="gcc"):
        """A program of this folder's C sources, with what it needs."""
        def how(folder):
            call([compiler, "-O1", "-o", str(folder / "out"), str(HERE / "c" / f"{name}.c"), *flags],
                 f"{compiler} {name}.c")

        return self.once("-".join([compiler, name, *[f.strip("-") for f in flags]]), how) / "out"

    def go(self, name, *flags, version="v1.47.0"):
        """A program of go/NAME.go, static, built with the real aws-lambda-go."""
        def how(folder):
            shutil.copy(HERE / "go" / f"{name}.go", folder / "main.go")
            env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
            call(["go", "mod", "init", "example.org/app"], "go", cwd=folder, env=env)
            if "aws-lambda-go" in (folder / "main.go").read_text():
                call(["go", "get", f"github.com/aws/aws-lambda-go@{version}"], "aws-lambda-go", cwd=folder, env=env)
            call(["go", "build", "-o", str(folder / "out"), *flags, "."], f"go build {name}", cwd=folder, env=env)

        key = re.sub(r"[^a-z0-9.]+", "-", "-".join(["go", name, version, *flags]).lower())
        return self.once(key, how) / "out"

    @property
    def emulator(self):
        """The runtime interface emulator itself, from the Go module proxy."""
        def how(folder):
            env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
            module = "github.com/aws/aws-lambda-runtime-interface-emulator"
            call(["go", "mod", "init", "example.org/app"], "go", cwd=folder, env=env)
            call(["go", "get", f"{module}@latest"], "the emulator from the Go module proxy", cwd=folder, env=env)
            call(["go", "build", "-o", "aws-lambda-rie", f"{module}/cmd/aws-lambda-rie"], "go build of the emulator",
                 cwd=folder, env=env)

        return self.once("emulator", how) / "aws-lambda-rie"

    @property
    def rust(self):
        """A program with the real lambda_runtime, from crates.io."""
        def how(folder):
            shutil.copytree(HERE / "rust", folder / "app")
            call(["cargo", "build", "-q", "--release", "--manifest-path", str(folder / "app" / "Cargo.toml"),
                  "--target-dir", str(folder / "target")], "cargo")
            shutil.copy(folder / "target" / "release" / "app", folder / "out")
            shutil.rmtree(folder / "target")

        return self.once("rust", how) / "out"

    def elf(self, *words):
        """A file that only looks like a program: mkelf's."""
        def how(folder):
            call([str(MKELF), str(folder / "out"), *words], "mkelf")

        return self.once("-".join(["elf", *words]).replace("/", "_"), how) / "out"

    def marked(self, name, text, *words):
        """A file that looks like a program and holds these bytes."""
        def how(folder):
            shutil.copy(self.elf(*words), folder / "out")
            with open(folder / "out", "ab") as file:
                file.write(text)

        return self.once(f"marked-{name}", how) / "out"

    @property
    def debian(self):
        """A root file system by debootstrap: a download of a distribution."""
        def how(folder):
            call(["debootstrap", "--variant=minbase", "--include=python3,ca-certificates", "bookworm",
                  str(folder / "root")], "debootstrap")
            shutil.rmtree(folder / "root" / "var" / "cache" / "apt", ignore_errors=True)
            shutil.rmtree(folder / "root" / "dev", ignore_errors=True)

        return self.once("debian-python3", how) / "root"
