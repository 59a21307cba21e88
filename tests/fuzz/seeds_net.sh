#!/bin/sh
# Seeds of fuzz_net: the assemblies of the unit tests. seeds_net.sh MKASSEMBLY TEXTS FOLDER
set -eu
mkdir -p "$3"
for text in "$2"/*.txt; do
    "$1" "$3/$(basename "$text" .txt).dll" <"$text"
done
