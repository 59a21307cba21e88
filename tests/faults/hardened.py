#!/usr/bin/env python3
"""Looks at the release program: position independent, full RELRO, no executable stack, control-flow
protection where the CPU has it, stack protector, and the checked variants of libc's functions."""

import platform
import re
import shutil
import subprocess
import sys

import common


def readelf(program, *options):
    return subprocess.run(["readelf", "-W", *options, str(program)], capture_output=True, text=True,
                          check=True).stdout


def main():
    args = common.parser(__doc__).parse_args()
    if not shutil.which("readelf"):
        print("SKIPPED: readelf is missing")
        return common.SKIP
    header, segments = readelf(args.program, "-h"), readelf(args.program, "-l")
    dynamic, symbols = readelf(args.program, "-d"), readelf(args.program, "--dyn-syms")
    stack = re.search(r"GNU_STACK.*", segments)
    checks = {
        "PIE": "DYN (" in header,
        "RELRO": "GNU_RELRO" in segments,
        "all symbols bound at the start": "BIND_NOW" in dynamic or "NOW" in dynamic,
        "no executable stack": stack is not None and "RWE" not in stack[0],
        "no segment both writable and executable": not re.search(r"LOAD.* RWE ", segments),
        "no text relocations": "TEXTREL" not in dynamic,
        "no search path of its own": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
        "stack protector": "__stack_chk_fail" in symbols,
        # Only level 3 checks objects whose size is known at run time only; any level gives these names.
        "FORTIFY": re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")) is not None,
    }
    if platform.machine() == "x86_64":
        # Debian's own start files carry no mark of CET, so the linker cannot mark the program either:
        # what our compiler did shows in the code.
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(args.program)],
                              capture_output=True, text=True, check=True).stdout
        checks["landing pads for indirect branches (CET)"] = code.count("endbr64") > 100
    missing = [name for name, there in checks.items() if not there]
    print(f"{len(checks)} properties, {len(missing)} missing")
    for name in missing:
        print("  " + name)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
