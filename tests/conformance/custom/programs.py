"""Programs for bootstraps: built here by gcc, Go and rustc, and files that no kernel runs."""

import os
import pathlib
import shutil
import struct
import subprocess

import common

C = '#include <stdio.h>\nint main(void) { puts("started"); return 0; }\n'
CPP = '#include <iostream>\nint main() { std::cout << "started" << std::endl; }\n'
GO = 'package main\n\nfunc main() { print("started\\n") }\n'
RUST = 'fn main() { println!("started"); }\n'

GCC = {
    "c dynamic": [],
    "c static": ["-static"],
    "c static pie": ["-static-pie"],
    "c not pie": ["-no-pie"],
    "c stripped": ["-s"],
    "c static stripped": ["-static", "-s"],
    "c with symbols": ["-g"],
    "c gc sections": ["-ffunction-sections", "-Wl,--gc-sections"],
    "c runpath": ["-Wl,-rpath,$ORIGIN/lib", "-Wl,--enable-new-dtags"],
    "c now": ["-Wl,-z,now", "-Wl,-z,relro"],
    "c lazy": ["-Wl,-z,lazy", "-Wl,-z,norelro"],
    "c no build id": ["-Wl,--build-id=none"],
    "c hash sysv": ["-Wl,--hash-style=sysv"],
}
LOADERS = {
    "musl's loader": "/lib/ld-musl-x86_64.so.1",
    "nix's loader": "/nix/store/0000-glibc-2.38/lib/ld-linux-x86-64.so.2",
    "guix's loader": "/gnu/store/0000-glibc-2.35/lib/ld-linux-x86-64.so.2",
    "homebrew's loader": "/opt/homebrew/lib/ld.so",
    "android's loader": "/system/bin/linker64",
    "its own missing loader": "/var/task/lib/ld.so",
    "a layer's missing loader": "/opt/lib/ld.so",
    "its own loader": "/var/task/lib/own-ld.so",
    "a layer's loader": "/opt/lib/own-ld.so",
    "the other name of the loader": "/usr/lib64/ld-linux-x86-64.so.2",
}


def build(folder):
    """Fills the folder with one file per program."""
    source = folder / "main.c"
    source.write_text(C)
    for name, flags in GCC.items():
        common.run_or_missing(["gcc", "-O1", "-o", str(folder / name), str(source)] + flags, f"gcc: {name}")
    for name, loader in LOADERS.items():
        flag = f"-Wl,--dynamic-linker={loader}"
        common.run_or_missing(["gcc", "-O1", "-o", str(folder / name), str(source), flag], f"gcc: {name}")
    common.run_or_missing(["gcc", "-c", "-o", str(folder / "object file"), str(source)], "gcc -c")
    common.run_or_missing(["gcc", "-shared", "-fPIC", "-o", str(folder / "shared library"), str(source)],
                          "gcc -shared")
    (folder / "main.cpp").write_text(CPP)
    common.run_or_missing(["g++", "-static", "-o", str(folder / "c++ static"), str(folder / "main.cpp")], "g++")
    (folder / "main.go").write_text(GO)
    for name, arch, flags in (("go", "amd64", []), ("go stripped", "amd64", ["-ldflags=-s -w"]),
                              ("go arm64", "arm64", [])):
        env = {**os.environ, "GOARCH": arch, "GOOS": "linux", "CGO_ENABLED": "0", "GO111MODULE": "off",
               "GOFLAGS": ""}
        common.run_or_missing(["go", "build"] + flags + ["-o", str(folder / name), str(folder / "main.go")],
                              f"go: {name}", env=env)
    rustc = shutil.which("rustc")
    if rustc:
        (folder / "main.rs").write_text(RUST)
        for name, flags in (("rust", []), ("rust stripped", ["-C", "strip=symbols"]),
                            ("rust static", ["-C", "target-feature=+crt-static"])):
            common.run_or_missing([rustc, "-O", "-o", str(folder / name), str(folder / "main.rs")] + flags, name)
    else:
        print("SKIPPED: conformance.custom: no rustc here, so no programs of Rust")


def has_rust(programs):
    return "rust" in programs


def load(folder):
    names = [p for p in sorted(folder.iterdir()) if not p.name.startswith(".") and p.suffix == ""]
    return {p.name: p.read_bytes() for p in names if p.is_file()}


def altered(elf, offset, value):
    return elf[:offset] + value + elf[offset + len(value):]


def broken(programs):
    """name -> bytes that look like programs, and are none for this machine."""
    elf = programs["c dynamic"]
    go = programs["go"]
    half = struct.Struct("<H")
    mz = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + b"\0" * 44 + struct.pack("<I", 64) + b"PE\0\0\x64\x86"
    return {
        "empty file": b"",
        "one byte": b"\x7f",
        "magic only": b"\x7fELF",
        "identification only": elf[:16],
        "half a header": elf[:40],
        "a header": elf[:64],
        "cut in the program headers": elf[:100],
        "arm64": programs["go arm64"],
        "machine riscv": altered(elf, 18, half.pack(243)),
        "machine arm": altered(elf, 18, half.pack(40)),
        "machine none": altered(elf, 18, half.pack(0)),
        "machine ppc64": altered(elf, 18, half.pack(21)),
        "type relocatable": altered(elf, 16, half.pack(1)),
        "type core": altered(elf, 16, half.pack(4)),
        "type none": altered(elf, 16, half.pack(0)),
        "no program headers": altered(elf, 56, half.pack(0)),
        "wrong size of program headers": altered(elf, 54, half.pack(32)),
        "program headers far away": altered(elf, 32, struct.pack("<Q", 1 << 40)),
        "go cut": go[:80],
        "object file": programs["object file"],
        "mach-o": b"\xcf\xfa\xed\xfe\x07\0\0\x01\3\0\0\0\2\0\0\0" + b"\0" * 200,
        "mach-o universal": b"\xca\xfe\xba\xbe\0\0\0\2" + b"\0" * 200,
        "windows program": mz + b"\0" * 200,
        "zip": b"PK\3\4" + b"\0" * 60,
        "gzip": b"\x1f\x8b\x08\0" + b"\0" * 60,
        "git lfs pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "class file": b"\xca\xfe\xba\xbe\0\0\0\x41" + b"\0" * 60,
        "zeros": bytes(512),
        "wasm": b"\0asm\1\0\0\0" + b"\0" * 30,
        "source of go": GO.encode(),
    }


def interpreter_of_this_machine():
    return pathlib.Path("/lib64/ld-linux-x86-64.so.2").resolve()


def libraries_of(program):
    """The files that the program is linked with, as paths."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=60)
    words = done.stdout.replace("=>", " ").split()
    return sorted({word for word in words if word.startswith("/")})
