#!/usr/bin/env bash
# Line and branch coverage of the parsers and the writer by unit tests, replayed fuzz seeds, rules and the
# cases of the command line, and the branches of pkg/archive and pkg/build that nothing takes, by reason.
# tests/coverage.sh [--list]: also each branch without a reason (tests/coverage.reasons)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=cmd/need.sh
. cmd/need.sh
need_build
need_pc check check check
need_command gcov gcc
need_install
build=${PL_COVERAGE_BUILD:-build/coverage}
if [ -z "${PL_COVERAGE_KEEP:-}" ]; then
    need_quiet Configuring cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Debug -DPL_TESTS=ON \
        "-DCMAKE_C_FLAGS_DEBUG=-O0 -g0 --coverage -fprofile-update=atomic"
    need_quiet Building cmake --build "$build"
    find "$build" -name '*.gcda' -delete
    # A test of times or of a peer may fail under gcov; what it covered counts all the same.
    ctest --test-dir "$build" -L 'unit|fuzz|cli|rules' -j "$(getconf _NPROCESSORS_ONLN)" -Q || true
fi
exec python3 -B tests/coverage.py "$build" "$@"
