"""The inputs of the fault tests: one of each kind that lint takes, once healthy and once with a finding."""

import pathlib
import subprocess
import sys
import zipfile


MKIMAGE = pathlib.Path(__file__).resolve().parents[1] / "cli/bin/mkimage"
# Three layers, packed in three ways, and a script to start it that has to be read.
IMAGE = """entrypoint {handler}
layer plain
file gone 644 x
dir tmp
file run.sh 755 "#!/bin/sh\\necho $AWS_LAMBDA_RUNTIME_API\\n"
file bin/sh 755 "\\x7fELF"
layer gzip
file app.py 644 "x = 1\\n"
hide gone
layer zstd
file b/c 644 text
"""
TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Timeout: 900}}
Resources:
  Zipped: {Type: AWS::Serverless::Function, Properties: {Handler: {handler}, CodeUri: good.zip}}
  Folder:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, CodeUri: tree/, Layers: [!Ref Shared], MemorySize: 512}
  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}
"""
MANIFEST = """version: 1
functions:
  f: {runtime: python3.13, handler: {handler}, sources: tree, layers: [shared]}
layers:
  shared: {compatible_runtimes: [python3.13], sources: layer}
lint: {ignore: [{rule: PL506, path: "lib.bin", reason: meant}]}
"""
# What other tools write: each names the same two packages, and files of its own that have to be read.
SERVERLESS = """service: s
frameworkVersion: "4"
provider: {name: aws, runtime: python3.13, timeout: 20}
custom: ${file(shared.yml):custom}
functions:
  zipped: {handler: {handler}, package: {artifact: good.zip}, memorySize: "${self:custom.memory}"}
  listed: ${file(shared.yml):listed}
"""
SHARED = """custom: {memory: 512}
listed: {handler: app.handler, package: {artifact: good.zip}}
"""
PLAN = """{"format_version": "1.2", "terraform_version": "1.9.8", "planned_values": {"root_module": {"resources": [
 {"address": "aws_lambda_function.f", "mode": "managed", "type": "aws_lambda_function", "name": "f", "values": {
  "filename": "good.zip", "function_name": "f", "handler": "{handler}", "runtime": "python3.13",
  "memory_size": 512, "timeout": 20, "publish": false}}]}}}
"""
ASSEMBLY = """{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack",
 "properties": {"templateFile": "S.template.json"}}}}
"""
STACK = """{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "../tree",
 "aws:asset:property": "Code"}, "Properties": {"Runtime": "python3.13", "Handler": "{handler}", "MemorySize": 512,
 "Code": {"S3Bucket": "b", "S3Key": "k.zip"}, "Role": "arn:aws:iam::123456789012:role/r"}}}}
"""
FILES = {
    "tree/app.py": "import json\nimport part\ndef handler(event, context):\n    return part.x\n",
    "tree/part.py": "x = 1\n",
    "tree/lib.bin": "\x7fELF" + "ab" * 40000,
    "layer/python/shared.py": "y = 1\n",
}
PACKAGE = ["--runtime", "python3.13", "--handler"]


def make(top):
    """[(title, arguments, folder, status)] of lint over each kind of input, all below `top`."""
    for name, text in FILES.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="latin-1")
    with zipfile.ZipFile(top / "good.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(FILES):
            if name.startswith("tree/"):
                archive.write(top / name, name.removeprefix("tree/"))
    rows = []
    for word, handler, status in (("healthy", "app.handler", 0), ("with a finding", "nowhere.handler", 1)):
        short = word.split()[-1]
        (top / f"{short}.template.yaml").write_text(TEMPLATE.replace("{handler}", handler))
        project = top / short
        project.mkdir()
        (project / "plimsoll.yaml").write_text(MANIFEST.replace("{handler}", handler).replace(
            "tree", "../tree").replace("sources: layer", "sources: ../layer"))
        recipe = IMAGE.replace("{handler}", "/run.sh" if status == 0 else "/nowhere")
        for form in ("docker", "oci", "dir"):
            subprocess.run([sys.executable, "-B", MKIMAGE, f"{short}.{form}", form], cwd=top, input=recipe,
                           text=True, check=True)
            rows.append((f"image ({form}), {word}", [f"{short}.{form}"], top, status))
        (top / "shared.yml").write_text(SHARED)
        (top / f"{short}.serverless.yml").write_text(SERVERLESS.replace("{handler}", handler))
        (top / f"{short}.plan.json").write_text(PLAN.replace("{handler}", handler))
        (top / f"{short}.out").mkdir()
        (top / f"{short}.out/manifest.json").write_text(ASSEMBLY)
        (top / f"{short}.out/S.template.json").write_text(STACK.replace("{handler}", handler))
        rows += [
            (f"ZIP, {word}", [*PACKAGE, handler, "good.zip"], top, status),
            (f"folder, {word}", [*PACKAGE, handler, "tree"], top, status),
            (f"template, {word}", [f"{short}.template.yaml"], top, status),
            (f"project, {word}", ["."], project, status),
            (f"serverless.yml, {word}", [f"{short}.serverless.yml"], top, status),
            (f"Terraform's plan, {word}", [f"{short}.plan.json"], top, status),
            (f"CDK's assembly, {word}", [f"{short}.out"], top, status),
        ]
    return rows


def lint_command(program, arguments):
    return [str(program), "lint", "--as-of", "2026-11-23", "--format", "json", "-j", "1", *arguments]


def check(command, cwd, status):
    """The output of the run without a fault, whose status has to be the right one."""
    done = subprocess.run(command, cwd=cwd, capture_output=True)
    if done.returncode != status:
        print(done.stdout.decode(), done.stderr.decode())
        sys.exit(f"{' '.join(command)}: status {done.returncode} without a fault, not {status}")
    return done.stdout


