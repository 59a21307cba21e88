#!/usr/bin/env bash
# clang-tidy over our sources, one process per file (see .clang-tidy for the reason). Arguments: files
# to look at; default: every tracked .c file. Apart from tests/run.sh because it takes minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=cmd/need.sh
. cmd/need.sh
need_build
need_command clang-tidy clang-tidy
need_command clang clang
need_install
[ -f build/clang/compile_commands.json ] || need_quiet "Configuring clang" cmake --preset clang -DPL_TESTS=ON
files=("$@")
if [ "$#" -eq 0 ]; then
    while IFS= read -r file; do
        files+=("$file")
    done < <(git ls-files -- 'cmd/*.c' 'pkg/*.c' 'rules/*.c' 'tests/*.c')
fi
[ "${#files[@]}" -gt 0 ] || { echo "no file to look at" >&2; exit 1; }
printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(getconf _NPROCESSORS_ONLN)" clang-tidy --quiet -p build/clang
echo "clang-tidy has nothing to say about ${#files[@]} files."
