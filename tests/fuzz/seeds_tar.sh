#!/bin/sh
# Seeds of fuzz_tar: layers of each packing and dialect of tar, with whiteouts, links and long names.
# seeds_tar.sh MKIMAGE FOLDER
set -eu
mkimage=$1
rm -rf "$2"
mkdir -p "$2"
cd "$2"
long=$(printf 'a%.0s' $(seq 120))
for packing in plain gzip gzips zstd; do
    for form in pax gnu ustar; do
        command -v zstd >/dev/null || [ "$packing" != zstd ] || continue
        name=$long
        [ "$form" != ustar ] || name=short
        printf 'layer %s %s\ndir a 700\nfile a/%s 755 AWS_LAMBDA_RUNTIME_API\nlink b %s\nhard c a/%s\nhide d\nopaque a\nfifo e\nraw ../f\n' \
            "$packing" "$form" "$name" "$name" "$name" | "$mkimage" "made-$packing-$form" dir
        find "made-$packing-$form/blobs" -type f -size +0 -exec sh -c '
            case $(head -c 1 "$1") in "{") ;; *) cp "$1" "$2" ;; esac' sh {} "$packing-$form" \;
        rm -rf "made-$packing-$form"
    done
done
test -n "$(ls)"
