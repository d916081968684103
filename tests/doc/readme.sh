#!/usr/bin/env bash
# Runs what README.md tells a reader to type, in a directory that tests/fixture.sh fills; its links and pictures exist.
. "$(dirname "$0")/../lib.sh"
for link in $(grep -oE '\]\([^)]+\)' "$ROOT/README.md" | tr -d '])('); do
    ok "README: $link" test -s "$ROOT/$link"
done
ok 'README: its figure is small enough' test "$(stat -c %s "$ROOT/share/doc/features.png")" -lt 300000
mkdir "$T/f" && "$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" && ln -s images source-images && ln -s images target-images || exit 1
cp source.tv source.tv.keep && cp target.tv target.tv.keep
lines=0
while IFS= read -r line; do
    lines=$((lines + 1))
    ok "README: $line" bash -o pipefail -c "$line"
    case $line in tv-import*) cp source.tv.keep source.tv && cp target.tv.keep target.tv ;; esac
done < <(sed -n '/^## Use it/,/^## What to expect/p' "$ROOT/README.md" | sed -n 's/^    //p' | sed -e ':a' -e '/\\$/N; s/\\\n//; ta')
ok 'README: commands were found' test $lines -gt 15
finish
