#!/usr/bin/env bash
# Runs every test: installs what the tests need, builds dev (sanitizers) and release, and runs CTest
# in both; with CI=true also each fuzzer for 15 seconds, and tests/analyse.sh. Arguments go on to
# ctest: tests/run.sh -R cli
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=cmd/need.sh
. cmd/need.sh

need_build
need_pc check check check
need_command python3 python3 python3
need_command git git git
python3 -c 'import jsonschema' 2>/dev/null || need_note python3-jsonschema # for SARIF
python3 -c 'import yaml' 2>/dev/null || need_note python3-yaml # for the schema of plimsoll.yaml
need_command zip zip zip
need_command zsh zsh zsh # completion is loaded by each shell, and asked
need_command fish fish fish
need_command make make make
python3 -m venv --help >/dev/null 2>&1 && python3 -c 'import ensurepip' 2>/dev/null || need_note python3-venv # for pre-commit
need_command unzip unzip unzip
need_command 7z p7zip-full p7zip
need_command bsdtar libarchive-tools libarchive
need_command zstd zstd zstd
need_command openssl openssl openssl@3
need_command mandoc mandoc mandoc
need_command ruby ruby ruby
need_command clang-format clang-format clang-format
need_command nm binutils
# What libzip asks of a static link, which the test of an install makes.
need_header bzlib.h libbz2-dev bzip2
need_header lzma.h liblzma-dev xz
need_header zstd.h libzstd-dev zstd
if [ "$(uname -s)" = Linux ]; then
    need_command strace strace
    need_command setpriv util-linux
    need_command umoci umoci # unpacks the images that ours are compared with
    need_command skopeo skopeo # writes them in other forms
    need_command musl-gcc musl-tools # programs of images that have no glibc
    need_command curl curl # what shell scripts ask the Runtime API with
    need_command mcs mono-mcs
    need_command javac default-jdk-headless
    need_command mvn maven
    need_command mono mono-runtime
    need_command monodis mono-utils
    need_command npm npm # fetches Node.js, its client and the bundlers
    need_command go golang-go
    need_command rustc rustc
    need_command g++ g++
    python3 -m pip --version >/dev/null 2>&1 || need_note python3-pip # fetches awslambdaric
fi
if [ "${CI:-}" = true ] && ! echo 'int main(void) { return 0; }' |
    clang -fsanitize=fuzzer-no-link,address -x c -o /dev/null - 2>/dev/null; then
    need_note clang llvm # the fuzzers
    need_note libclang-rt-14-dev
fi
need_install
need_cmake_version

export LC_ALL=C.UTF-8 # bsdtar and 7z refuse names beyond ASCII in a locale without them
export CTEST_PARALLEL_LEVEL="${CTEST_PARALLEL_LEVEL:-$(getconf _NPROCESSORS_ONLN)}"
# A whole run that finds no test is an error; a choice may have tests in one preset only.
none=(--no-tests=error)
[ "$#" -eq 0 ] || none=(--no-tests=ignore)
status=0
skipped=
for preset in dev release; do
    echo "== $preset: build"
    need_quiet "Configuring $preset" cmake --preset "$preset" -DPL_TESTS=ON
    need_quiet "Building $preset" cmake --build --preset "$preset"
    echo "== $preset: test"
    log=build/$preset/Testing/Temporary/LastTest.log
    rm -f "$log"
    ctest --preset "$preset" "${none[@]}" "$@" || status=$?
    lines=$(grep -hs '^SKIPPED: ' "$log" | sed "s/^SKIPPED:/  $preset:/" || true)
    [ -z "$lines" ] || skipped+=$lines$'\n'
done
if [ "${CI:-}" = true ] && [ "$#" -eq 0 ]; then
    echo "== fuzz: build"
    need_quiet "Configuring fuzz" cmake --preset fuzz -DPL_TESTS=ON
    need_quiet "Building fuzz" cmake --build --preset fuzz --target fuzz_all
    echo "== fuzz: 15 seconds of each target"
    ctest --preset fuzz -L fuzz || status=$?
fi
if [ "${CI:-}" = true ] && [ "$#" -eq 0 ]; then
    echo "== static analysis"
    tests/analyse.sh || status=$?
fi
if [ -n "$skipped" ]; then
    printf 'SKIPPED, as this machine cannot do it:\n%s' "$skipped"
fi
if [ "$status" -eq 0 ]; then
    echo "All tests passed in dev and release."
else
    echo "Some tests failed (see above)." >&2
fi
exit "$status"
