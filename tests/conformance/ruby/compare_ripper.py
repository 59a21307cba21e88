#!/usr/bin/env python3
"""Every Ruby file of this machine's Ruby: our reader against Ripper, Ruby's own parser.

    compare_ripper.py --dump PROGRAM [--max FILES]

A method that Ripper finds must not be one that we are sure is not there: with its owner, or as one
whose owner is not known, or in a file of which we say that we lost our way. A file that Ruby parses
must have no syntax error. Few files may be doubtful, or the comparison would prove nothing.
"""
import argparse
import collections
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED, DOUBTFUL = 77, 0.02


def sections(text):
    """{path: [head line, *lines]} of a dump."""
    found, lines = {}, None
    for line in text.split("\n"):
        if line.startswith("file "):
            path = line[5:].split(" doubt=")[0]
            lines = found[path] = [line]
        elif line and lines is not None:
            lines.append(line)
    return found


def ruby_files(limit):
    code = 'puts $LOAD_PATH; puts Gem.path'
    roots = subprocess.run(["ruby", "-e", code], capture_output=True, text=True, check=True).stdout
    files = set()
    for root in roots.split("\n") + ["/usr/share/rubygems-integration", "/usr/share/ruby"]:
        if root.startswith("/") and os.path.isdir(root):
            files |= {str(path) for path in pathlib.Path(root).rglob("*.rb") if path.is_file()}
    return sorted(files)[:limit]


def judge(ours, theirs):
    """Faults of one file, as lines, and whether it is doubtful."""
    head, bad = ours[0], theirs[1:2] == ["bad"]
    syntax = head.split(" syntax=")[1].split(" line=")[0]
    if bad:
        return [], False
    faults = [f"a syntax error where there is none: {syntax}"] if syntax else []
    if " doubt=1" in head or " text=0" in head:
        return faults, True
    have, modules = collections.Counter(), set()
    for line in ours[1:]:
        kind, _, owner, name = line.split("\t")[:4]
        if kind in ("module", "class"):
            modules.add(name)
        have["loose" if kind == "loose" else f"{kind} {owner}", name] += 1
    loose = {name for key, name in have if key == "loose"}
    for line in theirs[1:]:
        word, *rest = line.split("\t")
        if word == "module":
            if rest[0] not in modules and " dynamic=1" not in head:
                faults.append(f"not seen: module {rest[0]}")
            continue
        kind, owner, name, number = rest
        if kind == "loose":
            seen = any(name == other for _, other in have)
        else:
            seen = have[f"{kind} {owner}", name] or name in loose
        if not seen:
            faults.append(f"not seen: {kind} {owner} {name}, line {number}")
    return faults, False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump", required=True)
    parser.add_argument("--max", type=int, default=100000)
    args = parser.parse_args()
    if not shutil.which("ruby"):
        print("SKIPPED: ruby is not installed: the Ruby reader was not compared with Ruby's parser")
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    files = ruby_files(args.max)
    listed = "\n".join(files) + "\n"
    env = dict(os.environ, LC_ALL="C.UTF-8")
    ours = sections(subprocess.run([args.dump], input=listed.encode(), capture_output=True, check=True)
                    .stdout.decode("utf-8", "replace"))
    theirs = sections(subprocess.run(["ruby", HERE / "facts.rb"], input=listed.encode(), env=env,
                                     capture_output=True, check=True).stdout.decode("utf-8", "replace"))
    wrong, doubtful, defs = 0, [], 0
    for path in files:
        faults, doubt = judge(ours[path], theirs[path])
        defs += sum(line.startswith("def") for line in theirs[path])
        doubtful += [path] if doubt else []
        wrong += len(faults)
        for fault in faults[:3]:
            print(f"{path}: {fault}")
    print(f"{len(files)} files, {defs} methods, {wrong} disagreements, {len(doubtful)} doubtful files")
    for path in doubtful[:20]:
        print(f"  doubtful: {path}")
    if len(files) < 500:
        print("too few files to prove anything")
        return 1
    return 1 if wrong or len(doubtful) > DOUBTFUL * len(files) else 0


if __name__ == "__main__":
    sys.exit(main())
