#!/usr/bin/env python3
"""Templates beside their peers: cfn-lint judges, and the SAM translator reads, what Plimsoll does.

    tests/conformance/templates/run.py --program ... --settings ... --cache build/corpus          CI
    tests/conformance/templates/run.py --program ... --settings ... --cache build/corpus --all

The templates of cases.py have one defect each: who finds it is expected to the word, and where one of
the two is alone, the reason stands there. The dates of all runtimes are compared, too. With --all
also the templates in the source distributions of cfn-lint and aws-sam-cli: differences.list says of
each difference who is right and why; one that it does not name fails. Both come from PyPI, into an
environment in the cache folder. `today` is the day of our data, for both.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "corpus")]
from cases import CASES  # noqa: E402
from common import AS_OF, fetched, missing, run_or_missing  # noqa: E402

CFN_LINT = "1.58.0"
TRANSLATOR = "1.115.0"
# topic: rules of ours (errors and warnings), of theirs; E3034 and W1030 are about many properties: with its name
TOPICS = {
    "runtime": ({"PL808", "PL809", "PL810"}, {"E2531", "E2533", "W2531", "E3030 Runtime"}),
    "name": ({"PL802", "PL803"}, {"E3663", "E3002 Variables", "E3001 Variables", "E3031 Variables"}),
    "size": ({"PL801"}, {"E3697"}),
    "visibility": ({"PL901"}, {"E3505"}),
    "batch": ({"PL902"}, {"E3705", "E3034 BatchSize", "E3034 MaximumBatchingWindowInSeconds"}),
    "start": ({"PL903"}, {"E3633", "E3634"}),
    "schedule": ({"PL905"}, {"E3027"}),
    "image": ({"PL409", "PL714", "PL825"}, {"E3685"}),
    "complete": ({"PL812"}, {"W2533"}),
    "number": ({"PL805", "PL806", "PL807"}, {"E3034 MemorySize", "E3034 Timeout", "E3034 Size", "E3717"}),
    "snapstart": ({"PL818"}, {"E2530"}),
    "filters": ({"PL909"}, {"E2529"}),
}


def environment(cache):
    """The Python that has the peers."""
    def make(folder):
        run_or_missing([sys.executable, "-m", "venv", folder], "venv")
        run_or_missing([folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        f"cfn-lint=={CFN_LINT}", f"aws-sam-translator=={TRANSLATOR}"], "the peers")
    return fetched(cache / f"peers-{CFN_LINT}-{TRANSLATOR}", make) / "bin/python"


def peer(python, *arguments):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_DEFAULT_REGION": "us-east-1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([python, HERE / "peer.py", *arguments], capture_output=True, text=True, env=env, timeout=1500)
    if done.returncode:
        sys.exit(f"peer.py {arguments[0]}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def theirs(matches):
    """The topics of cfn-lint's matches."""
    said = set()
    for rule, path in matches:
        said |= {rule} | {f"{rule} {step}" for step in path}
    return {topic for topic, (_, rules) in TOPICS.items() if rules & said}


def ours(program, path):
    done = subprocess.run([program, "lint", "--as-of", AS_OF, "--no-config", "--allow-empty", "--format", "json", path],
                          capture_output=True, timeout=60)
    if not done.stdout:
        return None
    said = {f["rule"] for f in json.loads(done.stdout)["findings"] if f["severity"] in ("error", "warning")}
    return {topic for topic, (rules, _) in TOPICS.items() if rules & said}


def compare_cases(program, python, folder):
    files = {}
    for name, _, text, _, _ in CASES:
        files[name] = folder / f"{name}.json"
        files[name].write_text(text)
    found = peer(python, "lint", AS_OF, *map(str, files.values()))
    problems, table = [], collections.Counter()
    for name, topic, _, who, why in CASES:
        mine = topic in (ours(program, files[name]) or ())
        other = topic in theirs(found[str(files[name])])
        real = {(True, True): "both", (False, False): "none", (True, False): "plimsoll"}.get((mine, other), "cfn-lint")
        table[topic, real] += 1
        if real != who or (who in ("plimsoll", "cfn-lint")) != bool(why):
            problems.append(f"{name}: found by {real}, expected {who}; cfn-lint said "
                            + " ".join(sorted({rule for rule, _ in found[str(files[name])]})))
        elif why:
            print(f"  {name}: {who} alone, and right: {why}")
    for topic in TOPICS:
        print(f"  {topic:<12}" + ", ".join(f"{n} {who}" for (t, who), n in sorted(table.items()) if t == topic))
    return problems


def compare_dates(program, python):
    """Runtimes: what both know, day by day."""
    where = subprocess.run([python, "-c", "import cfnlint; print(cfnlint.__path__[0])"], capture_output=True, text=True,
                           check=True).stdout.strip()
    peers = json.loads(pathlib.Path(where, "data/AdditionalSpecs/LmbdRuntimeLifecycle.json").read_text())
    table = json.loads(subprocess.run([program, "runtimes", "--format", "json"], capture_output=True, check=True).stdout)
    mine = {row["id"]: row for row in table["runtimes"]}
    problems = [f"runtime {name}: not in our table" for name in sorted(peers.keys() - mine.keys())]
    same = 0
    for name in sorted(peers.keys() & mine.keys()):
        they = [peers[name][key] for key in ("deprecated", "create-block", "update-block")]
        we = [mine[name][key] for key in ("deprecated", "block_create", "block_update")]
        same += they == we
        if they != we:
            problems.append(f"runtime {name}: deprecated, no create, no update: cfn-lint {they}, plimsoll {we}")
    print(f"  {same} runtimes with the same three dates; only ours: {' '.join(sorted(mine.keys() - peers.keys()))}")
    return problems


def known(value):
    return not isinstance(value, (dict, list))


def compare_function(mine, other):
    """What differs between our branches of a function and the translator's one; a value that it leaves to the
    service (an intrinsic function) is one of our branches, or not known here."""
    for key in ("Handler", "Runtime", "Architectures", "MemorySize", "Timeout"):
        default = {"MemorySize": "128", "Timeout": "3", "Architectures": "x86_64"}.get(key)
        for branch in mine:
            if not known(other[key]) or (branch["image"] and key in ("Handler", "Runtime")):
                continue
            want = default if other[key] is None else str(other[key])
            if branch[key] != want:
                yield f"{key} {branch[key]!r}, not {want!r}"
    if other["layers"] is not None and {b["layers"] for b in mine} != {other["layers"]} and len(mine) == 1:
        yield f"{mine[0]['layers']} layers, not {other['layers']}"
    if other["variables"] is not None and len(mine) == 1 and mine[0]["all_variables"] and \
            sorted(mine[0]["variables"]) != other["variables"]:
        yield f"variables {sorted(mine[0]['variables'])}, not {other['variables']}"


def compare_reading(settings, python, files):
    """(file, difference) of SAM templates; how many functions were compared."""
    answers = peer(python, "translate", *map(str, files))
    mine = json.loads(subprocess.run([settings, *map(str, files)], capture_output=True, check=True).stdout)
    differences, compared, refused = [], 0, []
    for file in map(str, files):
        if isinstance(answers[file], str):
            refused.append(f"{file}: {answers[file]}")
            continue
        branches = collections.defaultdict(list)
        for branch in mine[file]:
            branches[branch["id"]].append(branch)
        made = {name: other for name, other in answers[file].items() if name in branches}
        differences += [(file, f"{name}: only the translator has it") for name in answers[file].keys() - branches.keys()]
        differences += [(file, f"{name}: only plimsoll has it") for name in branches.keys() - answers[file].keys()]
        for name, other in sorted(made.items()):
            compared += 1
            differences += [(file, f"{name}: {text}") for text in compare_function(branches[name], other)]
    print(f"  {compared} functions read by both, {len(differences)} differences, {len(refused)} templates refused by SAM")
    if compared == 0:
        print("\n".join(refused))
    return differences, compared


def compare_real(options, python, folder):
    """The distributions' templates: differences that the list does not name."""
    from templates import PACKAGES, fetch, is_template  # noqa: PLC0415
    files, sam = {}, []
    for package in ("cfn-lint", "aws-sam-cli"):
        with tarfile.open(fetch(options.cache, package)) as tar:
            for member in tar:
                data = tar.extractfile(member).read() if member.isfile() else b""
                if pathlib.Path(member.name).suffix not in (".yaml", ".yml", ".json", ".template") or \
                        not is_template(member.name, data) or b"{{" in data:
                    continue
                path = folder / member.name.replace("/", "%")
                path.write_bytes(data)
                files[str(path)] = member.name.split("/", 1)[1]
                if b"AWS::Serverless-2016-10-31" in data:
                    sam.append(path)
    listed = dict(line.split(" | ")[:2] for line in (HERE / "differences.list").read_text().splitlines()
                  if line and not line.startswith("#"))
    found = peer(python, "lint", AS_OF, *files)
    now = {}
    for path, name in sorted(files.items(), key=lambda item: item[1]):
        mine, other = ours(options.program, path), theirs(found[path])
        for topic in sorted((mine or set()) ^ other) if mine is not None else ():
            now[f"{name} {topic}"] = "plimsoll" if topic in mine else "cfn-lint"
    differences, compared = compare_reading(options.settings, python, sam)
    for path, text in differences:
        now[f"{files[path]} {text}"] = "reading"
    print(f"  {len(files)} templates of {' and '.join(PACKAGES)}: {len(now)} differences, {len(listed)} listed")
    return ([f"not listed: {key} | {who}" for key, who in sorted(now.items()) if listed.get(key) != who]
            + [f"listed, and gone: {key}" for key in sorted(listed.keys() - now.keys())]
            + ([] if compared > 20 and len(files) > 100 else ["too few templates were compared"]))


SAM = """Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev}, Size: {Type: Number, Default: 256}}
Mappings: {By: {dev: {Time: 7}}}
Globals:
  Function: {Runtime: nodejs22.x, Timeout: 9, Environment: {Variables: {STAGE: !Ref Stage}}, Layers: [!Ref L]}
Resources:
  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}
  Plain: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler, CodeUri: src}}
  Own:
    Type: AWS::Serverless::Function
    Properties:
      Handler: !Sub "${Stage}.handler"
      CodeUri: src
      Runtime: python3.13
      MemorySize: !Ref Size
      Timeout: !FindInMap [By, !Ref Stage, Time]
      Architectures: [arm64]
      Environment: {Variables: {MORE: x}}
      Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]
  Low: {Type: AWS::Lambda::Function, Properties: {Code: {S3Bucket: b, S3Key: k}, Handler: a.b, Runtime: ruby3.4, Role: r}}
"""
IMAGES = """Transform: AWS::Serverless-2016-10-31
Resources:
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1", MemorySize: 512}
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--settings", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    options.cache = options.cache.resolve()
    if sys.version_info < (3, 10):
        missing("cfn-lint's release needs Python 3.10")
    python = environment(options.cache)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        problems = compare_cases(options.program, python, folder) + compare_dates(options.program, python)
        sam = [folder / "sam.yaml", folder / "images.yaml"]
        sam[0].write_text(SAM)
        sam[1].write_text(IMAGES)
        differences, compared = compare_reading(options.settings, python, sam)
        problems += [text for _, text in differences] + ([] if compared == 4 else [f"{compared} functions, not 4"])
        if options.all:
            problems += compare_real(options, python, folder)
    print("\n".join(problems))
    print(f"{len(CASES)} cases, {len(problems)} problems")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
