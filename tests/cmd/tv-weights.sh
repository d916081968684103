#!/usr/bin/env bash
# tv-weights: counts do not depend on the batch, add up as defined, and errors are named.
. "$(dirname "$0")/../lib.sh"
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1
weights() { tv-weights -q -m target.onnx "$@"; }

ok "all classes" weights target.tv -o a.tv
for o in "-j1" "-j2" "--batch 1" "--batch 7" "--mem $(least weights)M"; do
    ok "with $o" weights $o target.tv -o b.tv
    same "equal bytes with $o" a.tv b.tv
done
ok "one class" weights --class 3 target.tv -o c3.tv
ok "as among all" bash -c 'tv-select -t "links/3/*" a.tv -o a3.tv && tv-select -t "links/3/*" c3.tv -o b3.tv && tv-cmp a3.tv b3.tv'
ok "consecutive pairs" bash -c "[ \$(tv-info c3.tv | grep -c '/top') = 3 ]"
ok "layers" bash -c "tv-weights -q -m target.onnx --layers conv2..fc3 --class 3 target.tv | tv-info - | grep -q 'links/3/conv2..fc3'"
# every image counts the top share of the pairs, rounded up
ok "counts add up" bash -c '
    n=$(tv-info c3.tv | sed -n "s/.*instances=\([0-9]*\).*/\1/p" | head -1)
    pairs=$(tv-info c3.tv | awk -F"\t" "\$2 == \"links/3/fc3..fc4\" {gsub(/[\[\]]/, \"\", \$4); split(\$4, d, \",\"); print d[1] * d[2]}")
    sum=$(tv-export -t links/3/fc3..fc4 --format tsv c3.tv | tail -n +2 | tr "\t" "\n" | awk "{s += \$1} END {print s}")
    [ "$sum" = $((n * ((pairs + 99) / 100))) ]'
fails 3 'no image of class 3' "class without images" bash -c 'tv-select --class 1 target.tv | tv-weights -q -m target.onnx --class 3 - -o x.tv'
fails 3 'mem: want at least .* MiB.*, got 1 MiB' "too little memory" weights --mem 1M target.tv -o x.tv
fails 3 'consecutive' "layers apart" weights --layers conv1,fc3 target.tv -o x.tv
fails 3 'no labels' "no labels" bash -c 'tv-select --not label target.tv | tv-weights -q -m target.onnx - -o x.tv'
ok "no file left by failures" test ! -e x.tv
finish
