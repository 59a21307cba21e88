"""Each rule off and on in five ways: configuration, --ignore, --select, severity and suppression.

Used by run.py on the first fixture that fires a rule: every way's findings are compared whole, in both
directions, with those of the plain run. A rule needs nothing but its fixture to be covered.
"""

import json
import re
import subprocess

REASON = "for the test"
CONFIG = "ways.yaml"
PLAIN = "version: 1\n"
SLOW_S = 2  # a package of this size gets one way, not all
# Options that would have a say themselves: the rule is tried without them.
OWN_SAY = re.compile(r"--(?:(?:select|ignore|severity|config|fail-on|as-of)[ =]\S+|no-config)")


class Way:
    """One rule on one `== lint` section of one fixture."""

    def __init__(self, program, rule, arguments, folder, env):
        self.program, self.rule, self.id = program, rule, rule["id"]
        self.arguments, self.folder, self.env = arguments, folder, env

    def run(self, *options):
        command = [self.program, "lint", "--as-of", "2026-11-23", "--format", "json",
                   *self.arguments, *options]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True,
                              timeout=300)
        if not done.stdout:
            raise AssertionError(f"{' '.join(options)}: no report, status {done.returncode}: "
                                 f"{done.stderr.decode()}")
        report = json.loads(done.stdout)
        report["exit"] = done.returncode
        return report

    def with_config(self, lint):
        """The run under another configuration, in the place of the fixture's own."""
        (self.folder / CONFIG).write_text(PLAIN + lint)
        return self.run("--config", CONFIG)

    def has_both(self):
        """Is there a manifest that about_ignores can change?"""
        manifest = self.folder / "plimsoll.yaml"
        text = manifest.read_text() if manifest.is_file() else ""
        return "severity: {" in text and "ignore:\n" in text

    def kept(self, report, key="findings"):
        """What is compared. Findings about ignores come and go with what was judged."""
        about_ignores = {"PL002", "PL003"} - {self.id}
        return sorted(json.dumps(finding, sort_keys=True) for finding in report[key]
                      if finding["rule"] not in about_ignores)

    def ours(self, lines):
        return [line for line in lines if json.loads(line)["rule"] == self.id]

    def others(self, lines):
        return [line for line in lines if json.loads(line)["rule"] != self.id]

    def fixed(self, lines):
        return [line for line in lines if json.loads(line)["rule"] == "PL001"]


def compare(what, want, have):
    missing = [line for line in want if line not in have]
    extra = [line for line in have if line not in want]
    return ([f"{what}: gone: {line}" for line in missing] +
            [f"{what}: came: {line}" for line in extra] +
            ([f"{what}: not as often"] if not missing and not extra and want != have else []))


def check_exit(what, report, base):
    severities = {finding["severity"] for finding in report["findings"]}
    want = 1 if "error" in severities else 0
    return [] if base["exit"] == 3 or report["exit"] == want else [
        f"{what}: exit {report['exit']}, not {want}"]


def as_info(way, line):
    finding = json.loads(line)
    finding["severity"] = "info" if finding["rule"] == way.id else finding["severity"]
    return json.dumps(finding, sort_keys=True)


def by_ignore(way, base, plain):
    del plain
    report = way.run("--ignore", way.rule["name"])
    return (compare("--ignore", way.others(way.kept(base)), way.kept(report)) +
            check_exit("--ignore", report, base))


def by_select(way, base, plain):
    del plain
    lines = way.kept(base)
    on = way.kept(way.run("--select", way.id))
    other = "PL506" if way.id != "PL506" else "PL505"
    off = way.ours(way.kept(way.run("--select", other)))
    return (compare("--select it", way.ours(lines) + way.fixed(lines), on) +
            compare("--select another", [], off))


def by_severity(way, base, plain):
    del plain
    lines = way.kept(base)
    info = way.run("--severity", way.rule["name"] + "=info")
    off = way.run("--severity", way.id + "=off")
    return (compare("--severity info", sorted(as_info(way, line) for line in lines),
                    way.kept(info)) +
            compare("--severity off", way.others(lines), way.kept(off)) +
            check_exit("--severity info", info, base))


def by_config(way, base, plain):
    lines = way.kept(plain)
    off = way.with_config(f"lint: {{severity: {{{way.rule['name']}: off}}}}\n")
    on = way.with_config(f"lint: {{select: [{way.id}]}}\n")
    return (compare("config: off", way.others(lines), way.kept(off)) +
            compare("config: select", way.ours(lines) + way.fixed(lines), way.kept(on)) +
            check_exit("config: off", off, base))


def by_suppression(way, base, plain):
    lines = way.kept(plain)
    item = f"rule: {way.id}, reason: {REASON}"
    report = way.with_config(f"lint: {{ignore: [{{{item}}}]}}\n")
    silenced = []
    for finding in report["suppressed"]:
        if finding["rule"] == way.id and finding.pop("suppressed_by") == "config":
            assert finding.pop("reason") == REASON
            silenced.append(json.dumps(finding, sort_keys=True))
    over = way.with_config(f"lint: {{ignore: [{{{item}, expires: 2026-11-22}}]}}\n")
    expired = [finding for finding in over["findings"] if finding["rule"] == "PL003"]
    return (compare("ignore", way.others(lines), way.kept(report)) +
            compare("ignore: suppressed", way.ours(lines), sorted(silenced)) +
            compare("ignore, expired", lines, way.kept(over)) +
            ([] if expired else ["ignore, expired: PL003 does not say so"]) +
            check_exit("ignore", report, base))


WAYS = [by_config, by_ignore, by_select, by_severity, by_suppression]


def refused(way):
    """A rule that cannot be silenced: each way to do so is a usage or configuration error."""
    (way.folder / CONFIG).write_text(PLAIN + f"lint: {{ignore: [{{rule: {way.id}, reason: x}}]}}\n")
    (way.folder / "off.yaml").write_text(PLAIN + f"lint: {{severity: {{{way.id}: off}}}}\n")
    faults = []
    for options in (["--ignore", way.id], ["--severity", way.id + "=off"], ["--config", CONFIG],
                    ["--config", "off.yaml"]):
        done = subprocess.run([way.program, "lint", *way.arguments, *options], cwd=way.folder,
                              env=way.env, capture_output=True, timeout=300)
        if done.returncode != 2 or b"cannot be silenced" not in done.stderr:
            faults.append(f"{way.id} {' '.join(options)}: exit {done.returncode}, {done.stderr}")
    report = way.run("--select", "PL506")
    if way.id not in {finding["rule"] for finding in report["findings"]}:
        faults.append(f"{way.id}: --select of another rule silences it")
    return faults


def about_ignores(way, rules):
    """A rule about the manifest's own ignores: --config would take them away with the rest, so the
    manifest itself is changed. Places move with it: they are compared by fingerprint."""
    manifest = way.folder / "plimsoll.yaml"
    text = manifest.read_text()

    def prints(*options):
        return sorted((finding["rule"], finding["fingerprint"])
                      for finding in way.run(*options)["findings"])

    base = prints()
    off = [item for item in base if item[0] != way.id]
    assert len(off) < len(base), f"{way.id} does not fire"
    families = ",".join(sorted({rule[:3] for rule in rules} - {"PL0"}))
    faults = []
    lint, ignore = f"severity: {{{way.id}: off, ", f"ignore:\n    - {{rule: {way.id}, reason: x}}\n"
    for what, want, options, change in (
            ("--ignore", off, ["--ignore", way.id], None),
            ("--severity", off, ["--severity", way.id + "=off"], None),
            ("--select it", base, ["--select", f"{families},PL002,PL003,PL004"], None),
            ("--select others", [item for item in base if item[0] not in ("PL002", "PL003")],
             ["--select", families], None),
            ("config: off", off, [], ("severity: {", lint)),
            ("ignore", off, [], ("ignore:\n", ignore))):
        if change:
            assert change[0] in text, f"{manifest} has no {change[0]!r}"
            manifest.write_text(text.replace(*change, 1))
        have = prints(*options)
        if have != want:
            faults.append(f"{way.id} {what}: {have}, not {want}")
    manifest.write_text(text)
    return faults


class Ways:
    """Tries each rule once, where it fires first."""

    def __init__(self, program, rules, sample):
        self.program, self.sample = program, sample
        self.rules = {rule["id"]: rule for rule in rules}
        self.tried = set()
        self.is_slow = False

    def chosen(self, rule):
        """All ways, or for a sample one of them, another one for each rule."""
        at = list(self.rules).index(rule["id"])
        if self.is_slow:
            return [by_ignore]
        return [WAYS[at % len(WAYS)]] if self.sample else WAYS

    def judge(self, way, base):
        """What is wrong, as lines."""
        if way.rule["subject"] == "ignores":
            return about_ignores(way, self.rules)
        if not way.rule["suppressible"]:
            return refused(way)
        chosen = self.chosen(way.rule)
        needs_plain = any(check in (by_config, by_suppression) for check in chosen)
        plain = way.with_config("") if needs_plain else None
        return [f"{way.id}: {fault}" for check in chosen for fault in check(way, base, plain)]

    def add(self, arguments, folder, env, seconds):
        """Tries what fires here and was not tried yet; `seconds` of the processor one run takes."""
        self.is_slow = seconds > SLOW_S
        if not self.is_slow:
            arguments = OWN_SAY.sub("", " ".join(arguments)).split()
        base = Way(self.program, {"id": ""}, arguments, folder, env).run()
        faults = []
        for rule in sorted({finding["rule"] for finding in base["findings"]} - self.tried):
            way = Way(self.program, self.rules[rule], arguments, folder, env)
            if way.rule["subject"] == "ignores" and not way.has_both():
                continue
            self.tried.add(rule)
            faults += self.judge(way, base)
        return faults

    def untried(self):
        return [rule for rule in self.rules if rule not in self.tried]
