#!/usr/bin/env bash
# tv: finds the programs beside itself, lists them, explains them.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
ok 'runs a program' tv info --version
ok 'as itself' sh -c 'tv info --version | grep -q "^tv-info "'
fails 4 'tv-info: nothing' 'with its arguments and exit code' tv info nothing
fails 2 'no program tv-inof; did you mean info' 'misspelt' tv inof
fails 2 'no program tv-banana; tv help' 'unknown' tv banana
ok 'help' tv help
for p in "$BIN"/tv-*; do
    n=$(basename "$p")
    ok "lists $n" grep -q "^  ${n#tv-}  *[a-z]" <(tv help)
    ok "explains $n" sh -c "tv help ${n#tv-} | grep -q 'Usage: $n'"
done
ok 'no arguments: the list' sh -c 'tv | cmp - "$1"' - <(tv help)
ok 'its own help' sh -c 'tv --help | grep -q "^Usage: tv "'
fails 2 'no program tv-banana' 'help on the unknown' tv help banana
mkdir other; printf '#!/bin/sh\necho mine "$@"\n' >other/tv-mine; chmod +x other/tv-mine
ok 'programs in PATH' sh -c 'PATH=$PWD/other:$PATH tv mine a | grep -q "mine a"'
finish
