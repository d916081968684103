#!/usr/bin/env bash
# Runs every example of every manual page, in a directory that tests/fixture.sh fills; a page's examples share theirs.
. "$(dirname "$0")/../lib.sh"
MAN=${MAN:-$ROOT/build/man}
mkdir "$T/scratch"
if ! "$ROOT/tests/fixture.sh" "$T/scratch" >"$T/err" 2>&1; then
    fail 'making what the examples use'
    finish
fi
for page in "$MAN"/man1/*.1; do
    name=$(basename "$page" .1)
    cp -r "$T/scratch" "$T/$name" && cd "$T/$name" || exit 1
    while IFS= read -r line; do
        ok "$name: $line" bash -o pipefail -c "$line"
    done < <(sed -n '/^\.EX/,/^\.EE/s/^\$ //p' "$page" | sed 's/\\-/-/g; s/\\e/\\/g; s/\\&//g')
    ok "$name: nothing unfinished" test -z "$(find . -name '.*.??????')"
    cd "$T" && rm -rf "${T:?}/$name"
done
finish
