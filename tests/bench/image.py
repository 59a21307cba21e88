#!/usr/bin/env python3
"""Measures `plimsoll lint` of a container image of 1 GB beside what reads the same layers.

    tests/bench/image.py --program build/release/cmd/plimsoll

The image is an OCI layout of gzip layers (level 6), filled with the files of this machine's /usr until their tars
have 1 GB. Beside it: `gzip -dc` of its layers one after the other, `tar -tzf` of each (the full listing that dive
begins with), `umoci unpack` and `skopeo inspect` where they are. Medians; see README.md beside this file."""

import argparse
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import bench  # noqa: E402

OCI = "application/vnd.oci.image."
GOAL_MB = 200


def real_files(top):
    for folder, names, files in os.walk(top):
        names.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            try:
                if not os.path.islink(path) and os.path.isfile(path) and 0 < os.path.getsize(path) < 50_000_000:
                    yield path
            except OSError:
                continue


def make_layers(layers, size):
    """Tars of about size / layers bytes each, of whole folders' worth of real files."""
    data, tar, n = None, None, 0
    for path in real_files("/usr"):
        if data is None:
            data = io.BytesIO()
            tar = tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT)
            seen = set()
        folder = ""
        for part in path.strip("/").split("/")[:-1]:
            folder = f"{folder}/{part}".strip("/")
            if folder not in seen:
                seen.add(folder)
                info = tarfile.TarInfo(folder)
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)
        try:
            tar.add(path, path.strip("/"), recursive=False, filter=plain)
        except OSError:
            continue
        if data.tell() >= size // layers:
            tar.close()
            yield data.getvalue()
            data, n = None, n + 1
            if n == layers:
                return
    if data is not None:
        tar.close()
        yield data.getvalue()


def plain(info):
    info.type = tarfile.REGTYPE if info.islnk() else info.type
    info.uid = info.gid = 0
    return info


def build(folder, layers, size):
    """Writes the layout; returns the layers' files and the bytes of their tars."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": OCI + kind, "digest": "sha256:" + digest, "size": len(data)}

    made, ids, total = [], [], 0
    for data in make_layers(layers, size):
        made.append(put(gzip.compress(data, 6, mtime=0), "layer.v1.tar+gzip"))
        ids.append("sha256:" + hashlib.sha256(data).hexdigest())
        total += len(data)
    config = put(json.dumps({"os": "linux", "architecture": "amd64", "config": {"Entrypoint": ["/usr/bin/true"]},
                             "rootfs": {"type": "layers", "diff_ids": ids}}).encode(), "config.v1+json")
    manifest = put(json.dumps({"schemaVersion": 2, "config": config, "layers": made}).encode(), "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "made"}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return [blobs / layer["digest"][7:] for layer in made], total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/cmd/plimsoll")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--layers", type=int, default=6)
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as top:
        layout = pathlib.Path(top) / "image"
        files, total = build(layout, options.layers, options.megabytes * 1_000_000)
        names = " ".join(str(path) for path in files)
        out = pathlib.Path(top) / "out"
        contenders = {
            "gzip -dc": (lambda: None, ["sh", "-c", f"for f in {names}; do gzip -dc $f; done"], None),
            "plimsoll lint": (lambda: None, [program, "lint", "--fail-on", "never", str(layout)], None),
            "tar -tzf": (lambda: None, ["sh", "-c", f"for f in {names}; do tar -tzf $f; done"], None),
        }
        if shutil.which("skopeo"):
            contenders["skopeo inspect"] = (lambda: None, ["skopeo", "inspect", f"oci:{layout}:made"], None)
        if shutil.which("umoci"):
            contenders["umoci unpack"] = (lambda: shutil.rmtree(out, ignore_errors=True),
                                          ["umoci", "unpack", "--rootless", "--image", f"{layout}:made", str(out)], None)
        result = bench.alternate(contenders, options.rounds)
        base = result["gzip -dc"][0]
        rows = [(name, f"{row[0]:.2f}", f"{row[0] / base:.2f}", f"{row[1]:.0f}") for name, row in result.items()]
        bench.table(f"read an image: {len(files)} layers, {total / 1e6:,.0f} MB of tar", rows,
                    ["", "seconds", "of gzip -dc", "peak MB"])
        seconds, peak = result["plimsoll lint"][:2]
        print(f"plimsoll lint: {seconds / base:.2f} of gzip -dc (at most 1), {peak:.0f} MB (under {GOAL_MB})")
        return 0 if seconds < base and peak < GOAL_MB else 1


if __name__ == "__main__":
    sys.exit(main())
