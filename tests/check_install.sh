#!/bin/sh
# Installs a build into an empty folder and uses it from there, as a stranger would:
#
#     tests/check_install.sh CMAKE BUILD CC [FLAG...]
#
# The program runs; each public header compiles alone with nothing but the installed ones; a program
# links the library statically with what pkg-config says; manual pages and completions are there.
set -eu

cmake=$1
build=$2
cc=$3
shift 3

command -v pkg-config >/dev/null || { echo "there is no pkg-config here" >&2; exit 77; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/plimsoll-install.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 3' HUP INT TERM
to=$tmp/opt
"$cmake" --install "$build" --prefix "$to" >"$tmp/log" || { cat "$tmp/log" >&2; exit 1; }

"$to/bin/plimsoll" --version | grep '^plimsoll '

for file in share/man/man1/plimsoll.1 share/man/man1/plimsoll-lint.1 share/man/man1/plimsoll-pack.1 \
    share/man/man5/plimsoll.yaml.5 share/man/man7/plimsoll-rules.7 \
    share/bash-completion/completions/plimsoll share/zsh/site-functions/_plimsoll \
    share/fish/vendor_completions.d/plimsoll.fish; do
    [ -s "$to/$file" ] || { echo "$file was not installed" >&2; exit 1; }
done

PKG_CONFIG_PATH=$(dirname "$(find "$to" -name plimsoll.pc)")
export PKG_CONFIG_PATH
cflags=$(pkg-config --cflags plimsoll)
libs=$(pkg-config --static --libs plimsoll)

headers=0
for header in $(cd "$to/include/plimsoll" && find . -name '*.h'); do
    printf '#include "%s"\n' "${header#./}" >"$tmp/header.c"
    # shellcheck disable=SC2086 # flags are words
    "$cc" -std=c17 -D_POSIX_C_SOURCE=200809L -fsyntax-only $cflags "$tmp/header.c" ||
        { echo "$header does not compile alone" >&2; exit 1; }
    headers=$((headers + 1))
done
[ "$headers" -ge 20 ] || { echo "only $headers headers were installed" >&2; exit 1; }

cat >"$tmp/user.c" <<'PROGRAM'
#include "pkg/base/err.h"
#include "pkg/build/pack.h"
#include "pkg/survey/survey.h"
#include "rules/engine.h"

#include <stdio.h>

int main(void)
{
    struct pl_err err;
    struct pl_project project;
    struct pl_survey survey;
    struct pl_rules_options rules;
    struct pl_verdict verdict;
    const struct pl_survey_options options = {.workers = 1};
    pl_project_init(&project);
    pl_rules_options_init(&rules);
    if (pl_survey_make(&survey, &project, &options, &err) != PL_OK ||
        pl_rules_run(&verdict, &survey, &rules, &err) != PL_OK) {
        puts(err.msg);
        return 1;
    }
    printf("libdeflate %s, %zu findings in nothing\n", pl_pack_deflate_version(),
           verdict.n_finding);
    pl_verdict_done(&verdict);
    pl_survey_done(&survey);
    pl_project_done(&project);
    return 0;
}
PROGRAM
# shellcheck disable=SC2086 # flags are words
"$cc" -std=c17 -D_POSIX_C_SOURCE=200809L "$@" -o "$tmp/user" "$tmp/user.c" $cflags $libs
"$tmp/user"
echo "$headers headers, all alone"
