#!/usr/bin/env bash
# From a fresh clone to a packed and judged Lambda function: installs what is missing, builds the
# release preset, and runs the main job on fixtures/projects/thumbnail. Run it again at any time.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
# shellcheck source=cmd/need.sh
. cmd/need.sh

project=fixtures/projects/thumbnail
program=build/release/cmd/plimsoll

say() { printf '\n%s\n' "$*"; }

need_build
need_install
need_cmake_version

# The tests need more than the program does, so they stay off unless tests/run.sh switched them on.
tests=()
[ -f build/release/CMakeCache.txt ] || tests=(-DPL_TESTS=OFF)
echo "Building the release preset in build/release ..."
need_quiet "Configuring" cmake --preset release ${tests[@]+"${tests[@]}"}
need_quiet "Building" cmake --build --preset release

"$program" --version

say "Packing $project (a Python function and the layer it uses):"
echo "\$ cd $project && plimsoll pack"
(cd "$project" && "$top/$program" pack)

say "Judging one of the ZIPs once more, with the settings that the manifest gives it:"
echo "\$ plimsoll lint dist/thumbnail.zip"
(cd "$project" && "$top/$program" lint dist/thumbnail.zip)

cat <<END

Done. The ZIPs are in $project/dist.
Try next:
    $program lint YOUR.zip --runtime python3.13 --handler app.handler
    $program explain PL301
    $program explain "Unable to import module 'app': No module named 'app'"
    $program rules
    $program pack --help
    cmake --install build/release --prefix ~/.local     put it on your PATH
    ./tests/run.sh                                      run the tests
END
