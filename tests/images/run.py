#!/usr/bin/env python3
"""Container images of real parts: what Plimsoll says of them, and what they do when they are started.

    tests/images/run.py --program build/release/cmd/plimsoll --cache build/images --all

Every image is made by mkimage (some again by umoci and skopeo), judged, its digests and its list of files
held against what Python and umoci make of it, and, where this machine can, started in a root of its own beside a
Runtime API on loopback: the entrypoint must ask for /runtime/invocation/next where the answer was yes,
and must not where it was no.  Without --all: those that need no download of a distribution.
"""

import argparse
import concurrent.futures
import gzip
import hashlib
import http.server
import importlib.machinery
import importlib.util
import io
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import images  # noqa: E402
import parts  # noqa: E402

SKIP = 77
AS_OF = "2026-11-23"
LEAST = 60
ASKS_WITHIN, STAYS_SILENT = 25.0, 2.5
LARGE, PEAK_MB = 10_800_000_000, 200
FORMS = ("oci", "docker", "hybrid", "dir")


def load_mkimage():
    loader = importlib.machinery.SourceFileLoader("mkimage", str(HERE.parent / "cli" / "bin" / "mkimage"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("mkimage", loader))
    loader.exec_module(module)
    return module


mkimage = load_mkimage()


class Api:
    """A Runtime API that gives no work: it notes who asks, and lets them wait."""

    def __init__(self):
        self.asked = threading.Event()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/2018-06-01/runtime/invocation/next":
                    api.asked.set()
                    api.over.wait(ASKS_WITHIN)
                self.send_error(500)

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                self.send_header("Lambda-Extension-Identifier", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.over = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that is gone
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = "127.0.0.1:%d" % self.server.server_address[1]

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def unpack(image, root):
    """The layers over each other.  What whiteouts hide is taken away; our recipes need no more."""
    root.mkdir()
    for layer in image.layers:
        with tarfile.open(fileobj=io.BytesIO(layer.bytes())) as tar:
            names = tar.getnames()
            for name in names:
                folder, base = os.path.split(name)
                if base == ".wh..wh..opq":
                    for path in (root / folder).iterdir():
                        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
                elif base.startswith(".wh."):
                    (root / folder / base[4:]).unlink(missing_ok=True)
            tar.extractall(root, members=[m for m in tar.getmembers()
                                          if not os.path.basename(m.name).startswith(".wh.")])


def inside(spec):
    """In the new name spaces: enters the root and becomes the command."""
    root = spec["root"]
    for name in ("dev", "proc", "tmp"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    subprocess.run(["mount", "--rbind", "/dev", os.path.join(root, "dev")], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", os.path.join(root, "proc")], check=True)
    os.chroot(root)
    os.chdir(spec["workdir"])
    for extension in spec["extensions"]:
        if os.fork() == 0:
            os.execve(extension, [extension], spec["env"])
    os.execvpe(spec["argv"][0], spec["argv"], spec["env"])


def unshare_command():
    """How to get a mount and a process name space here, or None."""
    for more in ([], ["-r"]):
        command = ["unshare", "-m", "-p", "-f", "--kill-child", *more]
        try:
            if subprocess.run([*command, "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, timeout=30,
                              check=False).returncode == 0:
                return command
        except (OSError, subprocess.TimeoutExpired):
            return None
    return None


def asks(image, unshare, folder, expected):
    """Started, does it ask for work?"""
    root = folder / "root"
    unpack(image, root)
    api = Api()
    config = image.config
    env = dict(pair.split("=", 1) for pair in config.get("Env", []))
    env.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    env.update(AWS_LAMBDA_RUNTIME_API=api.address, AWS_LAMBDA_FUNCTION_NAME="f", AWS_REGION="eu-west-1",
               AWS_LAMBDA_FUNCTION_MEMORY_SIZE="128", AWS_LAMBDA_FUNCTION_VERSION="1", HOME="/tmp",
               AWS_LAMBDA_LOG_GROUP_NAME="g", AWS_LAMBDA_LOG_STREAM_NAME="s")
    env.setdefault("LAMBDA_TASK_ROOT", "/var/task")
    extensions = ["/opt/extensions/" + path.name for path in sorted(root.glob("opt/extensions/*"))
                  if os.stat(path).st_mode & 0o001]
    spec = {"root": str(root), "workdir": config.get("WorkingDir", "/"), "env": env, "extensions": extensions,
            "argv": config.get("Entrypoint", []) + config.get("Cmd", [])}
    said = folder / "said"
    with open(said, "wb") as out:
        process = subprocess.Popen([*unshare, sys.executable, str(HERE / "run.py"), "--inside", json.dumps(spec)],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            waited = 0.0
            while waited < (ASKS_WITHIN if expected else STAYS_SILENT) and not api.asked.wait(0.05):
                waited += 0.05
                if process.poll() is not None and not extensions:
                    api.asked.wait(0.2)
                    break
        finally:
            process.kill()
            process.wait()
            api.close()
            shutil.rmtree(root, ignore_errors=True)
    return api.asked.is_set(), said.read_text(errors="replace").strip()[-300:]


def run_json(command, statuses=(0,)):
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    if done.returncode not in statuses:
        raise RuntimeError(f"{' '.join(command[:3])} ended with {done.returncode}: {done.stderr.decode()[-300:]}")
    return json.loads(done.stdout)


def write(image, path, form):
    found = mkimage.files([image], form)
    if form == "dir":
        for name, data in found.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
        return
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in found.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def names_of(image):
    """The flattened list, by Python's tarfile: path -> (kind, size)."""
    tree = {}
    for layer in image.layers:
        with tarfile.open(fileobj=io.BytesIO(layer.bytes())) as tar:
            members = tar.getmembers()
        for member in members:
            folder, base = os.path.split(member.name)
            if base == ".wh..wh..opq":
                tree = {k: v for k, v in tree.items() if not k.startswith(folder + "/")}
            elif base.startswith(".wh."):
                gone = os.path.join(folder, base[4:])
                tree = {k: v for k, v in tree.items() if k != gone and not k.startswith(gone + "/")}
        for member in members:
            if not os.path.basename(member.name).startswith(".wh."):
                kind = "folder" if member.isdir() else "link" if member.issym() else "file"
                tree[member.name.strip("/")] = (kind, member.size if kind == "file" else 0)
    return tree


def judge(program, row, number, top, unshare):
    """What is wrong, as a list of texts, and whether it was started."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=top))
    wrong, started = [], False
    image = mkimage.read(row.recipe)[0]
    image.layer()
    form = FORMS[number % len(FORMS)]
    if form == "docker" and any(layer.packing == "zstd" for layer in image.layers):
        form = "oci"
    path = folder / ("image" if form == "dir" else "image.tar")
    write(image, path, form)
    config = run_json([program, "image", "config", str(path)], (0,))
    if config["speaks_runtime_api"] != row.says:
        wrong.append(f"it says {config['speaks_runtime_api']} ({config['why']}), not {row.says}")
    report = run_json([program, "lint", "--as-of", AS_OF, "--format", "json", "--select", "PL2,PL3,PL7", str(path)], (0, 1))
    found = sorted(f"{f['rule']} {f['severity']}" for f in report["findings"])
    if found != row.rules:
        wrong.append(f"it finds {found}, not {row.rules}: " + "; ".join(f["message"] for f in report["findings"]))
    listed = {e["path"]: (e["type"], e["size"] if e["type"] == "file" else 0)
              for e in run_json([program, "image", "ls", "--format", "json", str(path)])}
    expected = names_of(image)
    differing = {k for k in listed.keys() | expected.keys() if listed.get(k) != expected.get(k)}
    if {k for k in differing if expected.get(k, ("", 0))[0] != "file" or k not in listed}:
        wrong.append(f"the list of files differs: {sorted(differing)[:5]}")
    if row.asks is not None and unshare:
        started = True
        does, said = asks(image, unshare, folder, row.asks)
        if does != row.asks:
            wrong.append(f"started, it {'asks' if does else 'does not ask'} for work: {said}")
    shutil.rmtree(folder, ignore_errors=True)
    return wrong, started


def shapes(program, top):
    """What other tools write: the oldest form of `docker save`, kaniko's, and a nested index of Buildx's."""
    image = mkimage.read("entrypoint /srv/main\nlayer\nfile srv/main 755 x\nlayer\nfile srv/more 644 y\n")[0]
    wrong = []
    layers = [layer.bytes() for layer in image.layers]
    digests = [hashlib.sha256(data).hexdigest() for data in layers]
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Entrypoint": ["/srv/main"]},
                         "rootfs": {"type": "layers", "diff_ids": ["sha256:" + d for d in digests]}}).encode()
    name = hashlib.sha256(config).hexdigest()
    legacy = {f"{d}/layer.tar": data for d, data in zip(digests, layers)}
    legacy.update({f"{d}/VERSION": b"1.0" for d in digests})
    legacy[f"{name}.json"] = config
    legacy["repositories"] = b"{}"
    legacy["manifest.json"] = json.dumps([{"Config": f"{name}.json", "RepoTags": ["a:1"],
                                           "Layers": [f"{d}/layer.tar" for d in digests]}]).encode()
    kaniko = {f"sha256:{name}": config}
    kaniko.update({f"{d}.tar.gz": gzip.compress(data, mtime=0) for d, data in zip(digests, layers)})
    kaniko["manifest.json"] = json.dumps([{"Config": f"sha256:{name}", "RepoTags": ["a:1"],
                                           "Layers": [f"{d}.tar.gz" for d in digests]}]).encode()
    image.attest, image.nest = True, True
    for form, found in (("legacy", legacy), ("kaniko", kaniko), ("nested", mkimage.files([image], "oci"))):
        path = top / f"{form}.tar"
        with tarfile.open(path, "w") as tar:
            for member, data in found.items():
                info = tarfile.TarInfo(member)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        listed = [e["path"] for e in run_json([program, "image", "ls", "--format", "json", str(path)])]
        report = run_json([program, "lint", "--format", "json", "--select", "PL705,PL709,PL711", str(path)])
        rules = [f["rule"] for f in report["findings"]]
        if listed != ["srv", "srv/main", "srv/more"] or rules != (["PL705"] if form == "nested" else []):
            wrong.append(f"{form}: {listed}, {rules}")
    return wrong


def large(program, top):
    """An image of 10.8 GB in one layer of many gzip members: too large for Lambda, read in little memory."""
    blobs = top / "large" / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    info = tarfile.TarInfo("zeros")
    info.size, piece = LARGE, bytes(LARGE // 108)
    head, end = info.tobuf(tarfile.GNU_FORMAT), bytes(1024)
    whole = hashlib.sha256(head)
    for _ in range(108):
        whole.update(piece)
    whole.update(end)

    def put(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": "sha256:" + digest, "size": len(data)}

    layer = put(gzip.compress(head) + gzip.compress(piece, 1) * 108 + gzip.compress(end), "layer.v1.tar+gzip")
    config = put(json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + whole.hexdigest()]}}).encode(), "config.v1+json")
    manifest = put(json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode(), "manifest.v1+json")
    (top / "large" / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (top / "large" / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    with subprocess.Popen([program, "lint", "--format", "json", "--select", "PL707,PL711", str(top / "large")],
                          stdout=subprocess.PIPE) as process:
        report = json.load(process.stdout)
        peak = os.wait4(process.pid, 0)[2].ru_maxrss / 1024
        process.returncode = 0
    print(f"an image of {LARGE / 1e9:.1f} GB: peak {peak:.0f} MB of memory")
    found = [f"{f['rule']} {f['severity']}" for f in report["findings"]]
    return [] if found == ["PL707 error"] and peak < PEAK_MB else [f"large: {found}, {peak:.0f} MB"]


def peers(program, top, rows):
    """Images that umoci and skopeo write, of one that mkimage wrote: the same verdict and list."""
    missing = [name for name in ("umoci", "skopeo") if not shutil.which(name)]
    if missing or not rows:
        return [], [("umoci and skopeo", f"no {', '.join(missing)} here")] if missing else []
    row = next((row for row in rows if row.name == "layers-replaced"), rows[0])
    image = mkimage.read(row.recipe.replace("layer zstd", "layer gzip"))[0]
    image.name = "made"
    wrong = []
    made, layout = top / "made", top / "layout"
    write(image, made, "dir")
    bundle = top / "bundle"
    (top / "added").write_text("more")
    steps = [["umoci", "insert", "--rootless", "--image", f"{made}:made", "--tag", "more", str(top / "added"), "/srv/added"],
             ["umoci", "config", "--image", f"{made}:more", "--config.label", "a=b"],
             ["umoci", "unpack", "--rootless", "--image", f"{made}:more", str(bundle)]]
    for kind in ("oci", "oci-archive", "docker-archive"):
        to = layout if kind == "oci" else top / f"{kind}.tar"
        steps.append(["skopeo", "copy", "-q", f"oci:{made}:more", f"{kind}:{to}" + ("" if kind == "oci-archive" else ":more:1")])
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            return wrong + [f"{' '.join(step[:2])}: {done.stderr.strip()[-300:]}"], []
    theirs = {str(path.relative_to(bundle / "rootfs")) for path in (bundle / "rootfs").rglob("*")}
    for path in (layout, top / "oci-archive.tar", top / "docker-archive.tar"):
        ours = {e["path"] for e in run_json([program, "image", "ls", "--format", "json", str(path)])}
        says = run_json([program, "image", "config", str(path)])["speaks_runtime_api"]
        if ours != theirs or says != "yes":
            wrong.append(f"{path.name}: {says}; {sorted(ours ^ theirs)[:5]}")
        report = run_json([program, "lint", "--format", "json", "--select", "PL711", str(path)])
        wrong += [f"{path.name}: {f['message']}" for f in report["findings"]]
    return wrong, []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program")
    parser.add_argument("--cache")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="", help="images whose names begin so")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        inside(json.loads(options.inside))
    if platform.machine() != "x86_64":
        print("SKIPPED: images: their programs are this machine's, and the images are for x86_64")
        return SKIP
    program = str(pathlib.Path(options.program).resolve())
    table = images.table(parts.Parts(options.cache), lambda name, full: name.startswith(options.only) and (options.all or not full))
    unshare = unshare_command()
    bad, started = 0, 0
    with tempfile.TemporaryDirectory() as top, \
            concurrent.futures.ThreadPoolExecutor(min(4, (os.cpu_count() or 1) + 1)) as pool:
        jobs = [pool.submit(judge, program, row, i, top, unshare) for i, row in enumerate(table.rows)]
        for row, job in zip(table.rows, jobs):
            wrong, ran = job.result()
            started += ran
            bad += bool(wrong)
            for text in wrong:
                print(f"{row.name}: {text}")
        wrong, skipped = peers(program, pathlib.Path(top), [] if options.only else table.rows)
        table.skipped += skipped
        wrong += [] if options.only else shapes(program, pathlib.Path(top))
        wrong += large(program, pathlib.Path(top)) if options.all and not options.only else []
        for text in wrong:
            bad += 1
            print(text)
    for name, why in table.skipped:
        print(f"SKIPPED: images: {name}: {why}")
    if not unshare:
        print("SKIPPED: images: nothing was started: no name spaces here (unshare -m)")
    count = len(table.rows)
    says = {word: sum(row.says == word for row in table.rows) for word in ("yes", "no", "cannot tell")}
    print(f"{count} images ({', '.join(f'{n} {word}' for word, n in says.items())}), {started} started, "
          f"{bad} wrong, {len(table.skipped)} skipped")
    if bad or (not options.only and count < LEAST):
        return 1
    if os.environ.get("CI") and table.skipped:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
