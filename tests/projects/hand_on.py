#!/usr/bin/env python3
"""The ZIP of `plimsoll pack`, handed on to the tools that deploy: what each of them would upload is the
same file, byte for byte, and Plimsoll reads what they wrote.

    tests/projects/hand_on.py --program build/release/cmd/plimsoll --cache build/projects [--all] [TOOL ...]

`CodeUri` goes through the AWS CLI's `cloudformation package`, to an S3 that this test plays; `package.artifact`
through the Serverless Framework (osls, its maintained form; with --all the last free release itself, too);
`Code.fromAsset` through aws-cdk-lib; `filename` through Terraform's own filebase64sha256, where Terraform is
installed, else the formula of its manual is computed with openssl. With --all `sam build` makes a package of a
source folder, which is not judged before and is judged after. Downloads (of PyPI and npm) are kept below --cache.
"""

import argparse
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from run import AS_OF, SKIP, Missing, fetch, need, run

MANIFEST = """version: 1
functions:
  f: {runtime: python3.13, architecture: arm64, handler: app.handler, sources: src}
"""
FILES = {
    "src/app.py": "def handler(event, context):\n    return 1\n",
    "src/tool": "#!/bin/sh\nexec true\n",
    "src/data.txt": "the same words again and again\n" * 200,
}


class Handed:
    """A project with its ZIP, and where downloads are kept."""

    def __init__(self, program, cache, folder):
        self.program, self.cache, self.folder = program, cache, folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SLS_", "SERVERLESS_", "XDG_"))}
        self.env.update(HOME=str(folder / "home"), npm_config_cache=str(cache / "npm"), PIP_CACHE_DIR=str(cache / "pip"),
                        npm_config_update_notifier="false")
        (folder / "home").mkdir(parents=True)
        for name, content in FILES.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
            path.chmod(0o755 if content.startswith("#!") else 0o644)
        os.symlink("data.txt", folder / "src/link.txt")
        (folder / "plimsoll.yaml").write_text(MANIFEST)
        self.run(program, "pack")
        self.zip = folder / "dist/f.zip"
        self.hash = self.run(program, "hash", "dist/f.zip").split()[0]
        (folder / "plimsoll.yaml").unlink()  # what is linted is what the other tool says

    def run(self, *command, **more):
        return run(command, cwd=self.folder, env={**self.env, **more})

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def node(self, name, *packages):
        """The node_modules with these packages."""
        home = self.cache / f"npm-{name}"
        if not (home / "done").exists():
            home.mkdir(exist_ok=True)
            fetch(["npm", "install", "--prefix", home, "--no-audit", "--no-fund", "--ignore-scripts", *packages], env=self.env)
            (home / "done").touch()
        return home / "node_modules"

    def lint(self, path):
        self.run(self.program, "lint", path, "--require-built", "--as-of", AS_OF)


class Store(http.server.BaseHTTPRequestHandler):
    """As much of S3 as an upload takes."""

    protocol_version = "HTTP/1.1"
    objects = {}

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self):
        self.answer(200 if self.path in self.objects else 404)

    def do_PUT(self):
        self.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def log_message(self, *_):
        pass


def code_uri(it):
    """CodeUri of SAM, as `aws cloudformation package` uploads it; `sam package` does the same."""
    tool = it.cache / "awscli"
    if not (tool / "done").exists():
        fetch([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile", "--upgrade",
               "--target", tool, "awscli"], env=it.env)
        (tool / "done").touch()
    it.write("template.json", json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": {
        "Type": "AWS::Serverless::Function", "Properties": {
            "CodeUri": "dist/f.zip", "Handler": "app.handler", "Runtime": "python3.13", "Architectures": ["arm64"]}}}}))
    it.lint("template.json")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        it.run(sys.executable, "-m", "awscli", "cloudformation", "package", "--template-file", "template.json", "--s3-bucket", "bucket",
               "--use-json", "--output-template-file", "packaged.json", AWS_DEFAULT_REGION="eu-central-1",
               AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{server.server_port}", AWS_ACCESS_KEY_ID="nobody",
               AWS_SECRET_ACCESS_KEY="nothing", AWS_REQUEST_CHECKSUM_CALCULATION="when_required",
               AWS_EC2_METADATA_DISABLED="true", NO_PROXY="127.0.0.1", PYTHONPATH=str(tool))
    finally:
        server.shutdown()
    uri = json.loads((it.folder / "packaged.json").read_text())["Resources"]["F"]["Properties"]["CodeUri"]
    assert uri.startswith("s3://bucket/"), uri
    assert Store.objects[uri[len("s3:/"):]] == it.zip.read_bytes(), "S3 got other bytes"


def artifact(it, package):
    """package.artifact of the Serverless Framework: the hash by which it names a version is ours."""
    modules = it.node(package, package)
    it.write("serverless.yml", "service: hand-on\nprovider: {name: aws, runtime: python3.13, architecture: arm64}\n"
                               "functions:\n  f: {handler: app.handler, package: {artifact: dist/f.zip}}\n")
    tool = modules / ".bin" / ("osls" if package.startswith("osls") else "serverless")
    it.run(tool, "package", SLS_TELEMETRY_DISABLED="1", SLS_NOTIFICATIONS_MODE="off", SLS_INTERACTIVE_SETUP_ENABLE="0")
    template = json.loads((it.folder / ".serverless/cloudformation-template-update-stack.json").read_text())
    hashes = [r["Properties"]["CodeSha256"] for r in template["Resources"].values() if r["Type"] == "AWS::Lambda::Version"]
    assert hashes == [it.hash], (hashes, it.hash)
    it.lint("serverless.yml")
    it.lint(".serverless")


def osls(it):
    artifact(it, "osls@3")


def serverless(it):
    artifact(it, "serverless@3")


CDK = """const { App, Stack, aws_lambda: lambda } = require("aws-cdk-lib");
const app = new App({ outdir: "cdk.out", context: { "aws:cdk:enable-asset-metadata": true } });  // as `cdk synth` does
new lambda.Function(new Stack(app, "HandOn"), "F", {
  runtime: lambda.Runtime.PYTHON_3_13, architecture: lambda.Architecture.ARM_64, handler: "app.handler",
  code: lambda.Code.fromAsset("dist/f.zip"),
});
app.synth();
"""


def cdk(it):
    """Code.fromAsset of the CDK: the asset that it would publish."""
    modules = it.node("cdk", "aws-cdk-lib@2.170.0", "constructs@10.4.2")
    it.write("app.js", CDK)
    it.run("node", "app.js", NODE_PATH=str(modules))
    files = json.loads((it.folder / "cdk.out/HandOn.assets.json").read_text())["files"].values()
    assets = [f["source"] for f in files if f["source"]["path"].endswith(".zip")]
    assert len(assets) == 1 and assets[0]["packaging"] == "file", assets  # not zipped once more
    asset = it.folder / "cdk.out" / assets[0]["path"]
    assert asset.read_bytes() == it.zip.read_bytes(), "the asset has other bytes"
    it.lint("cdk.out")


def terraform(it):
    """filename and source_code_hash of Terraform's aws_lambda_function."""
    formula = run(["sh", "-c", "openssl dgst -sha256 -binary dist/f.zip | base64"], cwd=it.folder).strip()
    assert formula == it.hash, (formula, it.hash)
    if shutil.which("terraform"):
        said = subprocess.run(["terraform", "console"], input='filebase64sha256("dist/f.zip")\n', text=True, check=True,
                              capture_output=True, cwd=it.folder, env={**it.env, "CHECKPOINT_DISABLE": "1"}).stdout
        assert json.loads(said.strip().splitlines()[-1]) == it.hash, (said, it.hash)


def sam(it):
    """`sam build` of a source folder with requirements, by the Python that it finds."""
    tool = it.cache / "sam"
    if not (tool / "done").exists():
        fetch([sys.executable, "-m", "venv", tool], env=it.env)
        fetch([tool / "bin/pip", "install", "-q", "--disable-pip-version-check", "aws-sam-cli"], env=it.env)
        (tool / "done").touch()
    it.write("src/requirements.txt", "six==1.17.0\n")
    it.write("src/app.py", "import six\n\ndef handler(event, context):\n    return six.PY3\n")
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    it.write("template.yaml", "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
                              f"    Properties: {{CodeUri: src, Handler: app.handler, Runtime: {runtime}}}\n")
    before = subprocess.run([it.program, "lint", "template.yaml", "--require-built"], cwd=it.folder, text=True, check=False,
                            capture_output=True)
    assert before.returncode == 3 and "not built: run sam build" in before.stdout, before
    it.run(tool / "bin/sam", "build", SAM_CLI_TELEMETRY="0", PATH=f"{pathlib.Path(sys.executable).parent}:{it.env['PATH']}")
    assert (it.folder / ".aws-sam/build/F/six.py").exists(), "sam build brought no six"
    it.lint("template.yaml")
    it.lint(".aws-sam/build/template.yaml")


# What is run without --all takes 20 seconds of CPU with its downloads, and 6 without.
TOOLS = {"CodeUri": (code_uri, False, ()), "osls": (osls, False, ("npm", "node")), "CDK": (cdk, False, ("npm", "node")),
         "Terraform": (terraform, False, ("openssl",)), "serverless": (serverless, True, ("npm", "node")),
         "sam": (sam, True, ())}


def check(args, name):
    hand, _, tools = TOOLS[name]
    for tool in tools:
        need(tool)
    with tempfile.TemporaryDirectory(prefix="plimsoll-hand-on-") as folder:
        hand(Handed(args.program, args.cache, pathlib.Path(folder)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=lambda p: str(pathlib.Path(p).resolve()))
    parser.add_argument("--cache", required=True, type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--all", action="store_true")
    parser.add_argument("tool", nargs="*", choices=[[], *TOOLS])
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    chosen = args.tool or [name for name, (_, slow, _) in TOOLS.items() if args.all or not slow]
    failed, missing = 0, 0
    for name in chosen:
        begun = time.monotonic()
        try:
            check(args, name)
            print(f"{name}: as it should be, {time.monotonic() - begun:.1f} s", flush=True)
        except Missing as error:
            print(f"SKIPPED: projects: {name}: {error}", flush=True)
            missing += 1
        except (AssertionError, subprocess.CalledProcessError) as error:
            print(f"{name}: FAILED: {error}", flush=True)
            failed += 1
    if failed or (missing and os.environ.get("CI")):
        return 1
    return SKIP if missing == len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
