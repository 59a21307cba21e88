"""Packages for provided.*: programs, scripts, modes, places, links, layers."""

from common import Cases, Link
from programs import GCC, LOADERS, broken, has_rust, interpreter_of_this_machine

SCRIPT = "echo started\n"
X = 0o755

SHEBANGS = {
    "sh": "#!/bin/sh\n", "bash": "#!/bin/bash\n", "usr bin sh": "#!/usr/bin/sh\n",
    "usr bin bash": "#!/usr/bin/bash\n", "a blank": "#! /bin/sh\n", "a tab": "#!\t/bin/sh\n",
    "many blanks": "#!     /bin/sh    \n", "an option": "#!/bin/sh -e\n", "options": "#!/bin/bash -eu\n",
    "options and blanks": "#!/bin/sh   -e   \n", "env": "#!/usr/bin/env bash\n",
    "env sh": "#!/usr/bin/env sh\n", "env split": "#!/usr/bin/env -S bash -e\n",
    "env blank": "#! /usr/bin/env   sh  \n", "a comment behind": "#!/bin/sh\n# comment\n",
    "no extra line": "#!/bin/sh\n\n\n", "utf-8 behind": "#!/bin/sh\n# \u00e9\u4e16\n",
}
BAD_SHEBANGS = {
    "cr": "#!/bin/sh\r\n", "cr bash": "#!/bin/bash\r\n", "cr behind an option": "#!/bin/sh -e\r\n",
    "cr env": "#!/usr/bin/env bash\r\n", "cr blank": "#!/bin/sh \r\n",
    "no such path": "#!/no/such/interpreter\n", "python": "#!/usr/bin/python3\n",
    "node": "#!/usr/bin/node\n", "local node": "#!/usr/local/bin/node\n", "env node": "#!/usr/bin/env node\n",
    "env python": "#!/usr/bin/env python3\n", "env two words": "#!/usr/bin/env bash -e\n",
    "env two words of node": "#!/usr/bin/env node --no-warnings\n",
    "byte-order mark": "\ufeff#!/bin/sh\n", "blank in front": " #!/bin/sh\n", "line in front": "\n#!/bin/sh\n",
    "comment in front": "# x\n#!/bin/sh\n", "nothing": "", "a comment": "# bootstrap\n", "set -e": "set -euo pipefail\n",
    "empty": "#!\n", "blanks only": "#!   \n", "half": "#/bin/sh\n", "turned": "!#/bin/sh\n",
    "missing in the package": "#!/var/task/bin/run\n", "missing in a layer": "#!/opt/bin/run\n",
    "a typing error": "#!/bin/hs\n", "relative": "#!bin/sh\n", "a name": "#!sh\n", "quoted": "#!\"/bin/sh\"\n",
    "too long": "#!/" + "a" * 300 + "\n", "a folder": "#!/var/task\n", "a file that is no program": "#!/var/task/plain\n",
    "home": "#!~/bin/sh\n", "variable": "#!$SHELL\n", "windows": "#!C:\\bash.exe\n", "cr only": "#!/bin/sh\r",
}


def scripts(cases):
    for name, line in SHEBANGS.items():
        cases.add(f"script: {name}", "x", {"bootstrap": (line + SCRIPT, X)})
        cases.add(f"script in a layer: {name}", "x", {"app.txt": "x"}, layer={"bootstrap": (line + SCRIPT, X)})
    for name, line in BAD_SHEBANGS.items():
        cases.add(f"script: {name}", "x", {"bootstrap": (line + SCRIPT, X), "plain": ("x", 0o644)})
    utf16 = ("#!/bin/sh\n" + SCRIPT).encode("utf-16")
    cases.add("script: utf-16", "x", {"bootstrap": (utf16, X)})
    cases.add("script: utf-16 big", "x", {"bootstrap": (("#!/bin/sh\n" + SCRIPT).encode("utf-16-be"), X)})
    cases.add("script: no line end", "x", {"bootstrap": ("#!/bin/sh", X)})
    cases.add("script: fills the buffer", "x", {"bootstrap": ("#!/bin/sh" + " " * 300 + "\n" + SCRIPT, X)})
    run = {"bin/run": ("#!/bin/sh\n" + SCRIPT, X)}
    cases.add("interpreter: a script of the package", "x", {"bootstrap": ("#!/var/task/bin/run\n", X), **run})
    cases.add("interpreter: relative", "x", {"bootstrap": ("#!bin/run\n", X), **run})
    cases.add("interpreter: dot", "x", {"bootstrap": ("#!./bin/run\n", X), **run})
    cases.add("interpreter: not executable", "x",
              {"bootstrap": ("#!/var/task/bin/run\n", X), "bin/run": ("#!/bin/sh\n" + SCRIPT, 0o644)})
    cases.add("interpreter: of a layer", "x", {"bootstrap": ("#!/opt/bin/run\n", X)}, layer=run)
    cases.add("interpreter: by env from a layer", "x", {"bootstrap": ("#!/usr/bin/env run\n", X)}, layer=run)
    cases.add("interpreter: a link", "x",
              {"bootstrap": ("#!/var/task/run\n", X), "run": Link("bin/run"), **run})


def programs_(cases, programs):
    started = [name for name in GCC] + ["c++ static", "go", "go stripped"]
    started += ["rust", "rust stripped", "rust static"] if has_rust(programs) else []
    for name in started:
        cases.add(f"program: {name}", "x", {"bootstrap": (programs[name], X)})
        cases.add(f"program in a layer: {name}", "x", {"a": "x"}, layer={"bootstrap": (programs[name], X)})
    loader = interpreter_of_this_machine().read_bytes()
    for name in LOADERS:
        files = {"bootstrap": (programs[name], X)}
        layer = {}
        if name == "its own loader":
            files["lib/own-ld.so"] = (loader, X)
        if name == "a layer's loader":
            layer["lib/own-ld.so"] = (loader, X)
        cases.add(f"loader: {name}", "x", files, layer=layer)
    cases.add("loader: its own, not executable", "x",
              {"bootstrap": (programs["its own loader"], X), "lib/own-ld.so": (loader, 0o644)})
    for name, content in broken(programs).items():
        cases.add(f"broken: {name}", "x", {"bootstrap": (content, X)})


def modes(cases, programs):
    for mode in (0o755, 0o555, 0o775, 0o777, 0o705, 0o505, 0o644, 0o744, 0o754, 0o700, 0o600, 0o666, 0o000, 0o444,
                 0o750, 0o770):
        cases.add(f"mode: program {mode:o}", "x", {"bootstrap": (programs["go"], mode)})
        cases.add(f"mode: script {mode:o}", "x", {"bootstrap": ("#!/bin/sh\n" + SCRIPT, mode)})
    for mode in (0o711, 0o111, 0o001):
        cases.add(f"mode: program {mode:o}", "x", {"bootstrap": (programs["go"], mode)})
    cases.add("mode: of a layer", "x", {"a": "x"}, layer={"bootstrap": (programs["go"], 0o644)})
    cases.add("mode: the layer's does not help", "x", {"bootstrap": (programs["go"], 0o644)},
              layer={"bootstrap": (programs["go"], X)})


def places(cases, programs):
    go = (programs["go"], X)
    for path in ("bin/bootstrap", "Bootstrap", "BOOTSTRAP", "bootstrap.sh", "bootstrap.exe", "main", "app",
                 "bootstrap.txt", "bootstrap/bootstrap", "src/dist/bootstrap", "bootstrap2", "boot"):
        cases.add(f"place: {path}", "x", {path: go})
    cases.add("place: a folder, and a layer", "x", {"bootstrap/x": "x"}, layer={"bootstrap": go})
    cases.add("place: a folder", "x", {"bootstrap/x": "x"})
    cases.add("place: an empty folder", "x", {"bootstrap/": "", "a": "x"})
    cases.add("place: code before layer", "x", {"bootstrap": ("x", X)}, layer={"bootstrap": go})
    cases.add("place: layer's folder", "x", {"a": "x"}, layer={"bin/bootstrap": go})
    cases.add("place: layer's folder bootstrap", "x", {"a": "x"}, layer={"bootstrap/bootstrap": go})
    cases.add("place: nothing", "x", {"a": "x"})
    links = {
        "beside": ({"bootstrap": Link("app"), "app": go}, {}),
        "below": ({"bootstrap": Link("bin/app"), "bin/app": go}, {}),
        "with a dot": ({"bootstrap": Link("./bin/../app"), "app": go, "bin/x": "x"}, {}),
        "absolute": ({"bootstrap": Link("/var/task/app"), "app": go}, {}),
        "into a layer": ({"bootstrap": Link("/opt/app")}, {"app": go}),
        "up into a layer": ({"bootstrap": Link("../../opt/app")}, {"app": go}),
        "chain": ({"bootstrap": Link("a"), "a": Link("b"), "b": Link("app"), "app": go}, {}),
        "through a folder": ({"bootstrap": Link("to/app"), "to": Link("bin"), "bin/app": go}, {}),
        "dangling": ({"bootstrap": Link("app")}, {}),
        "dangling, and a layer": ({"bootstrap": Link("app")}, {"bootstrap": go}),
        "to itself": ({"bootstrap": Link("bootstrap")}, {}),
        "loop": ({"bootstrap": Link("a"), "a": Link("bootstrap")}, {}),
        "to a folder": ({"bootstrap": Link("bin"), "bin/x": "x"}, {}),
        "to a file that is not executable": ({"bootstrap": Link("app"), "app": (programs["go"], 0o644)}, {}),
        "to text": ({"bootstrap": Link("app"), "app": ("x", X)}, {}),
        "of a layer": ({"a": "x"}, {"bootstrap": Link("app"), "app": go}),
        "of a layer, absolute": ({"a": "x"}, {"bootstrap": Link("/opt/app"), "app": go}),
        "of a layer into the code": ({"app": go}, {"bootstrap": Link("/var/task/app")}),
    }
    for name, (files, layer) in links.items():
        cases.add(f"link: {name}", "x", files, layer=layer)


def wrappers(cases, programs):
    """Shapes that are not to be flagged: the Lambda Web Adapter, wrapper scripts, C++ packages."""
    go = (programs["go"], X)
    extension = {"extensions/lambda-adapter": go}
    lwa = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap", "PORT": "8080"}
    cases.add("wrapper: web adapter, a script of the code", "run.sh",
              {"bootstrap": ("#!/bin/sh\nexec ./run.sh\n", X), "run.sh": ("#!/bin/sh\n" + SCRIPT, X)}, layer=extension)
    cases.add("wrapper: web adapter and a program", "x", {"bootstrap": go}, layer=extension)
    cases.add("wrapper: variable of managed runtimes", "x", {"bootstrap": go}, layer=extension, env=lwa)
    cases.add("wrapper: variable that names nothing", "x", {"bootstrap": go},
              env={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/no-such"})
    cases.add("wrapper: the layer starts the code's program", "x", {"app": go},
              layer={"bootstrap": ("#!/bin/sh\nexec /var/task/app\n", X)})
    cases.add("wrapper: c++ package", "x",
              {"bootstrap": ("#!/bin/bash\nset -euo pipefail\nexec $LAMBDA_TASK_ROOT/bin/app\n", X), "bin/app": go})
    cases.add("wrapper: with a loader of its own", "x",
              {"bootstrap": ("#!/bin/sh\nexec /var/task/lib/ld.so /var/task/bin/app\n", X), "bin/app": go,
               "lib/ld.so": (interpreter_of_this_machine().read_bytes(), X)})


def all_cases(programs):
    cases = Cases()
    scripts(cases)
    programs_(cases, programs)
    modes(cases, programs)
    places(cases, programs)
    wrappers(cases, programs)
    return cases.all
