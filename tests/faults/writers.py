#!/usr/bin/env python3
"""Eight packs at once write one output, round after round, half of them from other sources: each ends
with 0, and ZIP and sidecar are those of one and the same pack, whole."""

import subprocess
import sys

import common

WRITERS = 8


def make(program, top):
    """{content of the ZIP: content of its sidecar} of the two manifests that share an output."""
    pairs = {}
    for version in "ab":
        common.write_tree(top / f"src-{version}", 9, ord(version))
        manifest = common.MANIFEST.replace("sources: src", f"sources: src-{version}")
        (top / f"{version}.yaml").write_text(manifest)
        subprocess.run(command(program, version), cwd=top, check=True, capture_output=True)
        pairs[(top / "dist/thumb.zip").read_bytes()] = (top / "dist/thumb.zip.json").read_bytes()
    assert len(pairs) == 2
    return pairs


def command(program, version):
    return [str(program), "pack", "--no-lint", "-q", "-f", f"{version}.yaml"]


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    args = parser.parse_args()
    program, problems = args.program.resolve(), []
    with common.scratch() as name:
        top = common.pathlib.Path(name)
        pairs = make(program, top)
        usual = {path.name for path in (top / "dist").iterdir()}
        for number in range(args.rounds):
            children = [
                subprocess.Popen(command(program, "ab"[writer % 2]), cwd=top,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                for writer in range(WRITERS)
            ]
            for child in children:
                said = child.communicate(timeout=120)[1]
                if child.returncode != 0:
                    problems.append(f"round {number}: status {child.returncode}: {said.decode().strip()}")
            beside = pairs.get((top / "dist/thumb.zip").read_bytes())
            if beside is None:
                problems.append(f"round {number}: the ZIP is neither of the two")
            elif beside != (top / "dist/thumb.zip.json").read_bytes():
                problems.append(f"round {number}: the sidecar is not that of the ZIP")
            left = {path.name for path in (top / "dist").iterdir()} - usual
            if left:
                problems.append(f"round {number}: left behind: {' '.join(sorted(left))}")
    print(f"{WRITERS} writers, {args.rounds} rounds, {len(problems)} wrong")
    for problem in problems[:20]:
        print("  " + problem)
    return 1 if problems or args.rounds < 1 else 0


if __name__ == "__main__":
    sys.exit(main())
