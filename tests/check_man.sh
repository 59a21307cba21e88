#!/bin/sh
# Compares the manual with the program:
#
#     tests/check_man.sh PLIMSOLL MANDIR
#
# - what stands between '.\" options: begin CMD' and '.\" options: end CMD' is what
#   `plimsoll help --format=mdoc CMD` prints;
# - plimsoll-rules.7 is what `plimsoll rules --format=mdoc` prints;
# - every command has its options in exactly one page, and no page has those of a command that is not;
# - mandoc, where there is one, has no complaint.
#
# PL_UPDATE=1 writes what the program prints into the pages.
set -eu

plimsoll=$1
man=$2
tmp=$(mktemp -d "${TMPDIR:-/tmp}/plimsoll-man.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 3' HUP INT TERM
failed=0
compared=0

complain()
{
    echo "$*" >&2
    failed=1
}

# The page with each marked part replaced by what the program prints.
renewed()
{
    while IFS= read -r line; do
        case $line in
        '.\" options: begin'*)
            command=${line#'.\" options: begin'}
            printf '%s\n' "$line"
            # shellcheck disable=SC2086 # no command is no operand
            "$plimsoll" help --format=mdoc $command
            inside=1
            ;;
        '.\" options: end'*)
            printf '%s\n' "$line"
            inside=0
            ;;
        *)
            [ "$inside" = 1 ] || printf '%s\n' "$line"
            ;;
        esac
    done
}

# compare FILE EXPECTED
compare()
{
    compared=$((compared + 1))
    if cmp -s "$1" "$2"; then
        return
    fi
    if [ "${PL_UPDATE:-}" = 1 ]; then
        cp "$2" "$1"
        echo "renewed $1"
        return
    fi
    diff -u "$1" "$2" >&2 || true
    complain "$1 differs from what the program prints: PL_UPDATE=1 $0 renews it"
}

for page in "$man"/plimsoll*.1; do
    inside=0
    if ! renewed <"$page" >"$tmp/page"; then
        complain "$page has the options of a command that is not"
        continue
    fi
    compare "$page" "$tmp/page"
done
"$plimsoll" rules --format=mdoc >"$tmp/rules"
[ -e "$man/plimsoll-rules.7" ] || : >"$man/plimsoll-rules.7"
compare "$man/plimsoll-rules.7" "$tmp/rules"

commands=$("$plimsoll" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
for command in $commands; do
    n=$(cat "$man"/plimsoll*.1 | grep -c "^\.\\\\\" options: begin $command\$" || true)
    [ "$n" = 1 ] || complain "the options of '$command' stand in $n pages"
    grep -q "^\.Ss plimsoll $command\$" "$man/plimsoll.1" ||
        complain "plimsoll.1 says nothing about '$command'"
    compared=$((compared + 1))
done

if command -v mandoc >/dev/null; then
    for page in "$man"/*.[157]; do
        mandoc -T lint -W warning "$page" >&2 || complain "$page: mandoc complains"
    done
else
    echo "there is no mandoc here: the pages' markup was not checked"
fi

# A loop that found nothing would have compared nothing.
[ "$compared" -ge 10 ] || complain "only $compared comparisons were made"
exit "$failed"
