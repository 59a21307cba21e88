#!/usr/bin/env bash
# The long run: each target's executions without a finding, 10^7 of the parsers of binary formats and
# 10^6 of the others, one after the other.
# tests/fuzz/long.sh [-n EXECUTIONS] [TARGET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
binary=' elf jvm net tar wheel zip '
runs=
if [ "${1:-}" = -n ]; then
    runs=$2
    shift 2
fi
build=${PL_FUZZ_BUILD:-build/fuzz}
[ -f "$build/CMakeCache.txt" ] || cmake --preset fuzz -B "$build" -DPL_TESTS=ON
cmake --build "$build" --target fuzz_all
ctest --test-dir "$build" -R '^fuzz[.]seeds' -Q
if [ "$#" -eq 0 ]; then
    for file in tests/fuzz/fuzz_*.c; do
        name=$(basename "$file" .c)
        set -- "$@" "${name#fuzz_}"
    done
fi
here=$build/tests/fuzz
status=0
for name in "$@"; do
    many=${runs:-1000000}
    if [ -z "$runs" ] && [[ $binary == *" $name "* ]]; then
        many=10000000
    fi
    inputs=("$here/found/$name" "$here/seeds/$name")
    [ ! -d "tests/fuzz/corpus/$name" ] || inputs+=("tests/fuzz/corpus/$name")
    [ ! -f "tests/fuzz/dict/$name.dict" ] || inputs+=("-dict=tests/fuzz/dict/$name.dict")
    log=$here/found/$name.log
    if "$here/fuzz_$name" "-runs=$many" -max_len=16384 -timeout=30 -print_final_stats=1 \
        "-artifact_prefix=$here/found/$name-" "${inputs[@]}" >"$log" 2>&1; then
        word='no finding'
    else
        word="A FINDING: $log"
        status=1
    fi
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions, $(
        sed -n 's/^Done .* in \([0-9]* second\).*/\1s/p' "$log"), $word"
done
exit "$status"
