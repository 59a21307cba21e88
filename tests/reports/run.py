#!/usr/bin/env python3
"""Every report format on hostile names, and against what its reader expects.

    tests/reports/run.py --program PLIMSOLL [--schema sarif-schema-2.1.0.json] [--figures]

The formats' own rules are checked: XML by a parser, JSON by one, SARIF by OASIS's schema (--schema,
or PL_SARIF_SCHEMA, or beside the project in shared/reference), GitHub's commands by their escapes.
--figures: 10,000 findings in under 200 ms over what the run itself takes, in each format.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import warnings
import zipfile
from xml.etree import ElementTree

TOP = pathlib.Path(__file__).resolve().parents[2]
SKIP = 77
FORMATS = ["text", "gcc", "json", "jsonl", "sarif", "junit", "github", "gitlab", "checkstyle",
           "markdown"]
NAMES = ["app.py", "::error file=x::owned", "  ::warning::blank", "##[error]x", "\x1b[31mred\x1b[0m",
         "a\nb::error::x", "<script>&\"'.py", "a|b`c*@octocat #12", "https://evil.example/x",
         "\u202eevil", "../../etc/passwd", "/abs/x", "\uffff.txt", "a,b:c%d", "tab\there"]
MANIFEST = """version: 1
functions:
  thumb:
    runtime: pythn3.13
    handler: app.handler
    memory: 1
    environment: {AWS_REGION: x}
    sources: src
"""
LIMIT_MS = 200
# What no report may hold as it is: control bytes but line ends, marks that turn the direction.
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Reports:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        warnings.simplefilter("ignore")  # the names stand twice on purpose: PL108
        with zipfile.ZipFile(folder / "hostile.zip", "w") as archive:
            for name in NAMES + NAMES:
                archive.writestr(name, "x = 1\n")
        data = (folder / "hostile.zip").read_bytes()
        # A name that is no UTF-8, as old tools write it.
        (folder / "hostile.zip").write_bytes(data.replace(b"tab\there", b"caf\xe9\xffx.p"))
        (folder / "src").mkdir()
        (folder / "src/app.py").write_text("def other(): pass\n")
        (folder / "plimsoll.yaml").write_text(MANIFEST)

    def run(self, form, *paths, status=1):
        done = subprocess.run([self.program, "lint", "--format", form, "--as-of", "2026-11-23",
                               *(paths or ("hostile.zip", "plimsoll.yaml"))],
                              cwd=self.folder, capture_output=True, timeout=120)
        assert done.returncode == status, f"{form}: status {done.returncode}, {done.stderr}"
        return done.stdout.decode("utf-8")  # strict: a report is UTF-8


def check_raw(form, text):
    found = RAW.search(text)
    assert not found, f"{form}: {found[0]!r} at {found.start()} stands there as it is"


def check_orders(form, text):
    for line in text.splitlines():
        assert not line.lstrip().startswith("::"), f"{form}: GitHub would obey {line!r}"
        assert "##[" not in line, f"{form}: GitHub would obey {line!r}"


def check_text(text):
    check_orders("text", text)
    assert "plimsoll.yaml:4:14: error: runtime-unknown [PL808] thumb" in text


def check_gcc(text):
    check_orders("gcc", text)
    shape = re.compile(r"^[^:]+:\d+:\d+: (error|warning|note): .+ \[PL\d{3}\]$")
    for line in text.splitlines():
        assert shape.match(line), f"gcc: {line!r}"
    assert any(line.startswith("plimsoll.yaml:4:14: error: ") for line in text.splitlines())


def check_json(text):
    report = json.loads(text)
    assert report["schema"] == "plimsoll-lint/1"
    places = [f["location"] for f in report["findings"] if "location" in f]
    assert {"file": "plimsoll.yaml", "line": 4, "column": 14} in places, places
    return report


def check_jsonl(text, report):
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["item"] == "tool" and lines[-1]["item"] == "summary"
    findings = [line for line in lines if line.pop("item") == "finding"]
    assert findings == report["findings"], "jsonl: not the findings of json"


def check_sarif(text, report, schema):
    log = json.loads(text)
    run = log["runs"][0]
    assert len(run["results"]) == len(report["findings"])
    artifacts = run["artifacts"]
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for related in result.get("relatedLocations", []):
            member = artifacts[related["physicalLocation"]["artifactLocation"]["index"]]
            assert artifacts[member["parentIndex"]]["location"]["uri"].endswith("hostile.zip")
    for artifact in artifacts:
        uri = artifact["location"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", uri) and not uri.startswith("/"), uri
    first = [r for r in run["results"] if r["ruleId"] == "PL808"][0]["locations"][0]
    assert first["physicalLocation"]["artifactLocation"]["uri"].endswith("plimsoll.yaml")
    assert first["physicalLocation"]["region"] == {"startLine": 4, "startColumn": 14,
                                                   "endColumn": 23}, first
    if schema:
        import jsonschema

        jsonschema.Draft7Validator(schema).validate(log)
        log["runs"][0]["results"][0]["surprise"] = 1  # a validator that sees nothing would pass
        assert not jsonschema.Draft7Validator(schema).is_valid(log)


def check_junit(text, report):
    suites = ElementTree.fromstring(text)
    assert suites.tag == "testsuites"
    failures = 0
    for suite in suites:
        cases = suite.findall("testcase")
        assert cases and len(cases) == int(suite.get("tests")), suite.attrib
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures"))
        assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped"))
        failures += int(suite.get("failures"))
        for case in cases:
            assert case.get("name") and case.get("classname") and len(case) <= 1
    assert failures == report["summary"]["errors"]


def unescape(text):
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def check_github(text, report):
    shape = re.compile(r"^::(error|warning|notice) ([^:]+)::(.+)$")
    kinds = []
    for line in text.splitlines():
        match = shape.match(line)
        assert match, f"github: {line!r}"
        kinds.append(match[1])
        properties = dict(item.split("=", 1) for item in match[2].split(","))
        assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert "%" not in unescape(match[3]).replace("c%d", "")
    order = ["error", "warning", "notice"]
    assert kinds == sorted(kinds, key=order.index), "github: errors come first"
    for kind in set(kinds):
        assert kinds.count(kind) <= 10, f"github: {kinds.count(kind)} of {kind}"
    assert "more findings" in text
    assert f"::error file=" in text and report["summary"]["errors"] > 10


def check_gitlab(text, report):
    issues = json.loads(text)
    assert len(issues) == len(report["findings"])
    prints = [issue["fingerprint"] for issue in issues]
    assert len(set(prints)) == len(prints), "gitlab: equal fingerprints are dropped there"
    for issue in issues:
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("./", "/"))
        assert issue["description"].startswith(issue["check_name"] + ": ")


def check_checkstyle(text, report):
    root = ElementTree.fromstring(text)
    assert root.tag == "checkstyle" and root.get("version")
    names = [file.get("name") for file in root]
    assert len(set(names)) == len(names), "checkstyle: a file twice"
    errors = root.findall("file/error")
    assert len(errors) == len(report["findings"])
    for error in errors:
        assert int(error.get("line")) >= 1 and error.get("source").startswith("plimsoll.PL")
        assert error.get("severity") in ("error", "warning", "info") and error.get("message")


def check_markdown(text, report):
    assert len(text) < 65536
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(report["findings"])
    for row in rows:
        cells = re.split(r"(?<!\\)\|", row)
        assert len(cells) == 6, f"markdown: {row!r}"
        assert "<script" not in row and "@octocat" not in row and "://" not in row, row


def check_files(reports):
    """Several at once: each file is what --format prints."""
    with tempfile.TemporaryDirectory() as out:
        words = [f"--output={form}={out}/{form}" for form in FORMATS]
        done = subprocess.run([reports.program, "lint", "--as-of", "2026-11-23", *words,
                               "hostile.zip", "plimsoll.yaml"], cwd=reports.folder,
                              capture_output=True, timeout=120)
        assert done.returncode == 1, done.stderr
        for form in FORMATS:
            text = pathlib.Path(out, form).read_text(encoding="utf-8")
            assert text == reports.run(form), f"--output {form} differs from --format"


def check_below(reports):
    """From a folder below the repository's root paths count from the root."""
    (reports.folder / ".git").mkdir()
    below = reports.folder / "services" / "api"
    below.mkdir(parents=True)
    (below / "plimsoll.yaml").write_text(MANIFEST.replace("src", "../../src"))
    def paths(form, pick, *operands):
        done = subprocess.run([reports.program, "lint", "--format", form, *operands], cwd=below,
                              capture_output=True, timeout=120)
        return pick(json.loads(done.stdout))
    uris = paths("sarif", lambda log: {a["location"]["uri"] for a in log["runs"][0]["artifacts"]
                                       if "parentIndex" not in a},
                 "plimsoll.yaml", "../../hostile.zip")
    assert uris == {"services/api/plimsoll.yaml", "hostile.zip"}, uris
    files = paths("gitlab", lambda issues: {i["location"]["path"] for i in issues},
                  "./plimsoll.yaml", "../../hostile.zip")
    assert files == {"services/api/plimsoll.yaml", "hostile.zip"}, files


def check_figures(reports):
    """10,000 findings: what a format adds to the run that prints none."""
    many = "version: 1\nfunctions:\n" + "".join(
        f"  f{i}:\n    handler: a.b\n    runtime: provided.al2023\n    memory: 1\n"
        f"    timeout: 100000\n    sources: src\n    environment: {{AWS_REGION: x, \"1\": y}}\n"
        for i in range(2000))
    (reports.folder / "many.yaml").write_text(many)

    def took(*words):
        times = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([reports.program, "lint", "-j1", "many.yaml", *words],
                           cwd=reports.folder, stdout=subprocess.DEVNULL, check=False, timeout=120)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append((after.ru_utime - before.ru_utime) * 1000)
        return min(times)  # of the processor: others may be busy here

    count = len(json.loads(reports.run("json", "many.yaml"))["findings"])
    assert count >= 10000, count
    base = took("--format", "github")  # prints thirty lines
    late = []
    for form in FORMATS:
        ms = took("--format", form) - base
        print(f"{form}: {ms:.0f} ms for {count} findings")
        if ms > LIMIT_MS:
            late.append(form)
    assert not late, f"over {LIMIT_MS} ms: {late}"


def find_schema(given):
    name = "sarif-schema-2.1.0.json"
    for path in (given, os.environ.get("PL_SARIF_SCHEMA"), TOP.parent / "shared/reference" / name):
        if path and pathlib.Path(path).is_file():
            return json.loads(pathlib.Path(path).read_text())
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--schema")
    parser.add_argument("--figures", action="store_true")
    args = parser.parse_args()
    schema = find_schema(args.schema)
    if schema:
        try:
            import jsonschema  # noqa: F401
        except ImportError:
            if os.environ.get("CI"):
                sys.exit("python3-jsonschema is missing, and CI must not skip")
            schema = None
            print("SKIPPED: SARIF against its schema: python3-jsonschema is missing")
    else:
        print("SKIPPED: SARIF against its schema: PL_SARIF_SCHEMA names no file")
    with tempfile.TemporaryDirectory() as folder:
        reports = Reports(os.path.abspath(args.program), pathlib.Path(folder))
        if args.figures:
            check_figures(reports)
            return 0
        texts = {form: reports.run(form) for form in FORMATS}
        for form in FORMATS:
            check_raw(form, texts[form])
        check_text(texts["text"])
        check_gcc(texts["gcc"])
        report = check_json(texts["json"])
        check_jsonl(texts["jsonl"], report)
        check_sarif(texts["sarif"], report, schema)
        check_junit(texts["junit"], report)
        check_github(texts["github"], report)
        check_gitlab(texts["gitlab"], report)
        check_checkstyle(texts["checkstyle"], report)
        check_markdown(texts["markdown"], report)
        check_files(reports)
        check_below(reports)
    print(f"{len(FORMATS)} formats, {len(report['findings'])} findings each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
