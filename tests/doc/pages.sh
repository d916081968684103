#!/usr/bin/env bash
# Every program has a manual page that agrees with its --help, and a test; pages refer to pages that exist.
. "$(dirname "$0")/../lib.sh"
MAN=${MAN:-$ROOT/build/man}
plain() { sed 's/\\-/-/g; s/\\e/\\/g; s/\\&//g; s/\\f[A-Z]//g' "$1"; }

for p in "$BIN"/tv*; do
    n=$(basename "$p") page=$MAN/man1/$(basename "$p").1
    ok "$n has a page" test -s "$page"
    [ -s "$page" ] || continue
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES 'SEE ALSO'; do
        ok "$n.1: section $section" grep -q "^\.SH \"\\?$section" "$page"
    done
    ok "$n.1: options as in --help" cmp <("$p" --help | grep -oE '^ +(-., )?--[a-z0-9-]+' | grep -oE -- '--.*') \
        <(plain "$page" | sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' | grep -oE '^(-., )?--[a-z0-9-]+' | grep -oE -- '--.*')
    summary=$("$p" --help-summary | cut -f3)
    ok "$n.1: its summary" grep -qxF -- "$n - $summary" <(plain "$page")
    ok "$n.1: no line left to fill in" sh -c '! grep -q "^@" "$1"' - "$page"
    ok "$n.1: an example" grep -q '^\$ ' "$page"
    ok "$n has a test" test -e "$ROOT/tests/cmd/$n.sh"
    ok "$n is listed" grep -q "^  ${n#tv-} " <(tv help; echo "  tv ")
    [ "$n" = tv ] || ok "$n: completion" bash -n <("$p" --help-completion)
done
for page in "$MAN"/man?/*; do
    name=$(basename "$page")
    while read -r reference; do
        ok "$name: $reference exists" test -e "$MAN/man${reference##*.}/$reference"
    done < <(plain "$page" | sed -nE 's/^\.BR "?(tv[a-z-]*)"? +"?\(([0-9])\).*/\1.\2/p')
    if command -v mandoc >/dev/null; then
        ok "$name: well-formed" sh -c '! mandoc -T lint -W warning "$1" | grep -v "missing date" >&2' - "$page"
    fi
done

ok 'defaults of --help are no options given' cmp <(tv-features -m X --top 3 --help) <(tv-features --help)

# Completion completes.
complete_word() { # the words so far -> candidates for the last
    bash -c 'eval "$("$1" --help-completion)"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _tv_cmp; echo "${COMPREPLY[*]}"' - tv-cmp "$@"
}
ok 'completion of an option' test "$(complete_word tv-cmp --rt)" = --rtol
ok 'completion of a file' test "$(cd "$ROOT" && complete_word tv-cmp Makef)" = Makefile
finish
