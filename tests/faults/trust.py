#!/usr/bin/env python3
"""Untrusted input: what lint does while it reads it, and what it lets slip.

Over every archive fixture and a folder with scripts and secrets, seen through strace: no program is
started, nothing is connected to, nothing is written, and no path is opened that was not named.
Values of the environment and contents of files must not show in any report, sidecar or message."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import common
import inputs

CANARY = "CANARY7f3a9c"
# Opened by libc and OpenSSL for themselves, or about this process.
SYSTEM = ("/etc/", "/lib/", "/lib64/", "/usr/lib/", "/usr/share/", "/proc/", "/sys/", "/dev/null", "/dev/tty",
          "/dev/urandom")  # the seed of our hash maps
CALLS = "execve,execveat,fork,vfork,connect,bind,socket,open,openat,creat,unlink,unlinkat,rename," \
        "renameat,renameat2,mkdir,mkdirat,symlinkat,linkat,fchmodat,chmod,truncate,mknodat"
SECRETS = {
    "app.py": f"PASSWORD = '{CANARY}-code'\ndef handler(event, context):\n    return 1\n",
    ".env": f"TOKEN={CANARY}-dotenv\n",
    "id_rsa": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}-key\n-----END OPENSSH PRIVATE KEY-----\n",
    ".npmrc": f"//registry.example/:_authToken={CANARY}-npm\n",
    "aws.txt": f"AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {CANARY}-aws\n",
}
MANIFEST = f"""version: 1
functions:
  f:
    runtime: python3.13
    handler: app.handler
    environment:
      DB_PASSWORD: "{CANARY}-value"
    sources: {{path: src, exclude: [id_rsa, .env, .npmrc, aws.txt]}}
"""
# What a finding or a message is about, and what is no manifest at all.
BAD_MANIFESTS = {
    "findings": MANIFEST.replace("    sources", f"""      AWS_REGION: "{CANARY}-reserved"
      "bad-key": "{CANARY}-badkey"
    sources""").replace("exclude:", "include:"),
    "broken-flow": MANIFEST.replace("    sources", f"""      API_KEY: {{flow: "{CANARY}-flow"}}
    sources"""),
    "broken-memory": MANIFEST + f"    memory: {{x: {CANARY}-memory}}\n",
    "broken-yaml": MANIFEST.replace("-value\"", "-value"),
}


TEMPLATE = f"""AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Token: {{Type: String, Default: "{CANARY}-parameter"}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: secret.zip
      Environment:
        Variables:
          DB_PASSWORD: "{CANARY}-template"
          AWS_REGION: !Ref Token
          bad-key: !Sub "${{Token}}-{CANARY}-sub"
"""

# serverless.yml takes values from its environment and from files beside it; a report names neither.
SERVERLESS = f"""service: s
provider:
  name: aws
  runtime: python3.13
  environment:
    DB_PASSWORD: "{CANARY}-serverless"
    AWS_REGION: ${{env:PL_TEST_SECRET, '{CANARY}-default'}}
    bad-key: ${{file(secrets.yml):token}}
functions:
  f:
    handler: app.nowhere
    environment: {{API: "${{self:provider.environment.DB_PASSWORD}}-more"}}
    package: {{artifact: secret.zip}}
"""
PLAN = f"""{{"format_version": "1.2", "terraform_version": "1.9.8", "variables": {{"token": {{"value": "{CANARY}-variable"}}}},
 "planned_values": {{"root_module": {{"resources": [
  {{"address": "aws_lambda_function.f", "mode": "managed", "type": "aws_lambda_function", "name": "f", "values": {{
   "environment": [{{"variables": {{"TOKEN": "{CANARY}-plan", "AWS_REGION": "{CANARY}-plan2"}}}}],
   "filename": "secret.zip", "function_name": "f", "handler": "app.nowhere", "runtime": "python3.13"}}}}]}}}}}}
"""
ASSEMBLY = """{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack",
 "properties": {"templateFile": "S.template.json"}}}}
"""
STACK = f"""{{"Resources": {{"F": {{"Type": "AWS::Lambda::Function", "Properties": {{"Runtime": "python3.13",
 "Handler": "app.nowhere", "Code": {{"ZipFile": "token = '{CANARY}-inline'"}},
 "Environment": {{"Variables": {{"TOKEN": "{CANARY}-stack", "bad-key": "{CANARY}-stack2"}}}}}}}}}}}}
"""
IMAGE = f"""entrypoint /nowhere
cmd app.handler
env DB_PASSWORD={CANARY}-image
env PATH=/bin
layer plain
file .env 644 "TOKEN={CANARY}-layer\\n"
file run.sh 755 "#!/bin/sh\\nTOKEN={CANARY}-script exec /nowhere $AWS_LAMBDA_RUNTIME_API\\n"
layer gzip
file root/.aws/credentials 600 "aws_secret_access_key = {CANARY}-credentials\\n"
"""
# What lint takes besides packages, from the folder that make_inputs fills.
TOLD = ("plimsoll.yaml", "template.yaml", "src", "secret.zip", "serverless.yml", "plan.json", "cdk.out",
        "secret.docker", "secret.oci", "secret.dir")


def known(calls):
    done = [c for c in calls.split(",") if subprocess.run(
        ["strace", "-e", f"trace={c}", "-o", "/dev/null", "true"], capture_output=True).returncode == 0]
    return ",".join(done)


def watch(program, arguments, cwd, log, calls):
    subprocess.run(["strace", "-f", "-qq", "-y", "-e", "signal=none", "-e", "trace=" + calls, "-o", str(log),
                    str(program), *arguments], cwd=cwd, capture_output=True, timeout=120)
    return log.read_text(errors="replace").splitlines()


def judge(lines, allowed):
    """What none of our system calls may do: lines of strace's log."""
    for number, line in enumerate(lines):
        match = re.match(r"\d+ +(\w+)\((.*)", line)
        if not match:
            continue
        call, rest = match.groups()
        if call == "execve" and number == 0:
            continue
        if call not in ("open", "openat"):
            yield line[:200]
            continue
        if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE", rest) and "/dev/null" not in rest:
            yield "opened for writing: " + line[:200]
        path = re.search(r'"((?:[^"\\]|\\.)*)"', rest)
        base = re.match(r"AT_FDCWD<([^>]*)>|\d+<([^>]*)>", rest)
        where = os.path.join((base.group(1) or base.group(2)) if base else "", path.group(1) if path else "")
        if not where.startswith(SYSTEM) and not where.startswith(allowed):
            yield "opened: " + line[:200]


def check_system_calls(program, fixtures, top, problems):
    calls = known(CALLS)
    packages = ("--runtime", "python3.13", "--handler", "app.handler")
    chosen = [(path, packages) for path in sorted(fixtures.glob("*.zip"))]
    chosen += [(top / name, packages if name in ("src", "secret.zip") else ()) for name in TOLD]
    kinds = top / "kinds"
    kinds.mkdir()
    chosen += [(folder / arguments[-1], arguments[:-1]) for _, arguments, folder, _ in inputs.make(kinds)]
    log = top / "log"
    for path, options in chosen:
        arguments = ["lint", "--as-of", "2026-11-23", *options, str(path)]
        lines = watch(program, arguments, top, log, calls)
        if not lines:
            problems.append(f"{path.name}: strace saw nothing")
        # A manifest is looked for from the input's folder upwards.
        allowed = (str(top),)
        problems += [f"{path.name}: {what}" for what in judge(lines, allowed)]
    return len(chosen)


def check_canaries(program, top, problems):
    refused = subprocess.run([str(program), "lint", "--format", "no-such", "."], cwd=top, capture_output=True,
                             text=True).stderr
    formats = re.findall(r"takes ([a-z0-9|]+)", refused)[0].split("|")
    commands = [["lint", "--format", f, "-v", what] for f in formats
                for what in TOLD]
    commands += [["lint", "--update-baseline", "--baseline", f"baseline{i}.json", "--runtime", "python3.13", "--handler",
                  "app.nowhere", what] for i, what in enumerate(("src", "secret.zip", "serverless.yml", "secret.oci"))]
    commands += [["lint", "--output", f"{f}=report.{f}", *TOLD] for f in formats]
    commands += [["image", "ls", "secret.oci"], ["image", "ls", "secret.docker", "--format", "json"],
                 ["facts", "secret.oci"], ["facts", "src"], ["hash", "secret.zip"], ["cache", "info"],
                 ["pack", "--check"], ["pack", "--no-lint", "--level", "9"]]
    commands += [["lint", "--runtime", "python3.13", "--handler", "app.handler", "--pedantic", "secret.zip"],
                 ["pack", "-v"], ["pack", "--dry-run"], ["pack", "--explain", "src/.env"], ["facts", "secret.zip"],
                 ["pack", "--no-lint", "-f", "findings.yaml"]]
    commands += [[command, f"{name}.yaml"] if command == "lint" else [command, "-f", f"{name}.yaml"]
                 for name in BAD_MANIFESTS for command in ("lint", "pack")]
    for arguments in commands:
        done = subprocess.run([str(program), *arguments], cwd=top, capture_output=True, timeout=60,
                              env=dict(os.environ, PL_TEST_SECRET=f"{CANARY}-environment"))
        if CANARY.encode() in done.stdout + done.stderr:
            text = (done.stdout + done.stderr).decode(errors="replace")
            line = next(part for part in text.splitlines() if CANARY in part)
            problems.append(f"{' '.join(arguments)} shows a secret: {line.strip()[:160]}")
    written = [*(top / "dist").glob("*.json"), *top.glob("baseline*.json"), *top.glob("report.*")]
    if len(written) < 4 + len(formats):
        problems.append(f"only {len(written)} files were written: {' '.join(p.name for p in written)}")
    cache = [p for p in pathlib.Path(os.environ["XDG_CACHE_HOME"]).rglob("*") if p.is_file()]
    if not any(p.suffix == ".pack" for p in cache):
        problems.append("nothing was cached")
    for path in written + [p for p in cache if p.suffix == ".index"]:
        if CANARY.encode() in path.read_bytes():
            problems.append(f"{path.name} holds a secret")
    # A name of the cache is a hash of what it holds, and of nothing else.
    problems += [f"the cache has a name of its own: {p.name}" for p in cache
                 if not re.fullmatch(r"[0-9a-f]+\.(pack|index)|lock", p.name)]
    return len(commands)


def make_inputs(program, top):
    for name, text in SECRETS.items():
        file = top / "src" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (top / "plimsoll.yaml").write_text(MANIFEST)
    for name, text in BAD_MANIFESTS.items():
        (top / f"{name}.yaml").write_text(text)
    (top / "template.yaml").write_text(TEMPLATE)
    (top / "serverless.yml").write_text(SERVERLESS)
    (top / "secrets.yml").write_text(f"token: {CANARY}-file\n")
    (top / "plan.json").write_text(PLAN)
    (top / "cdk.out").mkdir()
    (top / "cdk.out/manifest.json").write_text(ASSEMBLY)
    (top / "cdk.out/S.template.json").write_text(STACK)
    for form in ("docker", "oci", "dir"):
        subprocess.run([sys.executable, "-B", inputs.MKIMAGE, f"secret.{form}", form], cwd=top, input=IMAGE, text=True,
                       check=True)
    subprocess.run([str(program), "pack", "--no-lint", "-q", "--source", "src", "--runtime", "python3.13",
                    "--handler", "app.handler", "-o", "secret.zip"], cwd=top, check=True)


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--mkfixture", required=True, type=pathlib.Path)
    args = parser.parse_args()
    program, problems = args.program.resolve(), []
    recipes = pathlib.Path(__file__).resolve().parents[2] / "fixtures/archive"
    with common.scratch() as name:
        top = pathlib.Path(name)
        fixtures = top / "fixtures"
        fixtures.mkdir()
        subprocess.run([str(args.mkfixture), "--all", str(recipes), str(fixtures)], check=True)
        make_inputs(program, top)
        commands = check_canaries(program, top, problems)
        watched = 0
        if shutil.which("strace") and subprocess.run(
                ["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0:
            watched = check_system_calls(program, fixtures, top, problems)
        else:
            print("SKIPPED: strace is missing or may not trace here; system calls were not looked at")
    print(f"{watched} inputs watched, {commands} commands searched for secrets, {len(problems)} wrong")
    for problem in problems[:40]:
        print("  " + problem)
    if problems:
        return 1
    return 0 if watched > 20 else 1 if os.environ.get("CI") else common.SKIP


if __name__ == "__main__":
    sys.exit(main())
