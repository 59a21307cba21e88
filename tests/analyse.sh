#!/usr/bin/env bash
# Static analysis of cmd, pkg and rules: cppcheck, gcc -fanalyzer and clang-tidy without its slow half
# (tests/tidy.sh runs that too, over the tests as well). No finding may be left; what the analysers get
# wrong stands in tests/analyse.excused with the reason. Conversions are the compilers' own: -Wconversion
# is an error in every build of dev.
#
# tests/analyse.sh [FILE.c...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=cmd/need.sh
. cmd/need.sh
need_build
need_command cppcheck cppcheck
need_command clang-tidy clang-tidy
need_command clang clang
need_install

excused=tests/analyse.excused
build=${PL_CLANG_BUILD:-build/clang}
jobs=$(getconf _NPROCESSORS_ONLN)
flags=(-std=c17 -I. -D_POSIX_C_SOURCE=200809L)
read -ra more < <(pkg-config --cflags libcjson libzip libarchive yaml-0.1 libcrypto)
flags+=("${more[@]}")
all=$#
files=("$@")
if [ "$all" -eq 0 ]; then
    mapfile -t files < <(git ls-files -- 'cmd/*.c' 'pkg/*.c' 'rules/*.c')
fi
[ "${#files[@]}" -gt 0 ] || { echo "no file to look at" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -f "$build/compile_commands.json" ] ||
    need_quiet "Configuring clang" cmake --preset clang -B "$build" -DPL_TESTS=ON

{
    cppcheck -q -j "$jobs" --enable=warning,portability,performance --inline-suppr --std=c11 --language=c \
        --suppress=missingInclude --suppress=missingIncludeSystem \
        --template='{file}:{line}: {message} [{id}]' "${flags[@]:1}" "${files[@]}" 2>&1
    if [ "$(gcc -dumpversion 2>/dev/null | cut -d. -f1)" = 12 ]; then # each version has findings of its own
        printf '%s\0' "${files[@]}" |
            xargs -0 -n 1 -P "$jobs" gcc "${flags[@]}" -O1 -fanalyzer -c -o /dev/null 2>&1 |
            grep -E '(warning|error): ' || true
    else
        echo "SKIPPED: gcc -fanalyzer is asked of gcc 12 only" >&2
    fi
    printf '%s\0' "${files[@]}" |
        xargs -0 -n 1 -P "$jobs" clang-tidy --quiet -p "$build" \
            --checks='-clang-analyzer-*' 2>/dev/null |
        grep -E '(warning|error): ' | sed "s,$PWD/,," | sort -u || true
} >"$work/found"

# An excuse is a file, a word that the finding holds, and the reason.
left=$work/left
cp "$work/found" "$left"
status=0
while read -r file word reason; do
    case $file in '' | '#'*) continue ;; esac
    [ -n "$reason" ] || { echo "$excused: $file: no reason" >&2; exit 2; }
    grep -vE "^$file:.*$word" "$left" >"$work/next" || true
    if [ "$all" -eq 0 ] && cmp -s "$left" "$work/next"; then
        echo "$excused: $file $word: nothing is found there any more" >&2
        status=1
    fi
    mv "$work/next" "$left"
done <"$excused"
[ ! -s "$left" ] || { cat "$left"; status=1; }
echo "${#files[@]} files, $(wc -l <"$left") findings, $(($(wc -l <"$work/found") - $(wc -l <"$left"))) excused"
exit "$status"
