#!/usr/bin/env bash
# What the default rule costs, in f32 and in bfloat16: at no layer is it farther from a converged run than the left rule
# with 51 points, which is what Captum does.
. "$(dirname "$0")/../lib.sh"
nets=$ROOT/tests/ref/nets
cd "$T" || exit 1
distances() { tv-cmp --l1 0 -t 'attrib/*' "$n-converged.tv" "$1" | cut -f1,7; } # LAYER DISTANCE
at_most() { # FILE BOUND: the distances of the one, layer by layer, are at most those of the other
    paste <(distances "$1") <(distances "$2") |
        awk -F'\t' 'NR > 1 && $2 > $4 {print $1 ": " $2 " > " $4; far = 1} END {exit far || NR < 8}'
}
for n in mobilenet densenet; do
    attrib() { tv-attrib -q -m "$nets/$n.onnx" "$nets/$n.npz" "$@"; }
    ok "$n, converged" attrib --steps 416 -o "$n-converged.tv"
    ok "$n, left rule" attrib --rule left --grid gauss-legendre --steps 50 -o left.tv
    for p in f32 bf16; do
        ok "$n, $p" attrib --precision $p -o $p.tv
        ok "$n, $p: nearer than the left rule" at_most $p.tv left.tv
    done
    ok "$n: bf16 adds little" tv-cmp -q -t 'attrib/*' --l1 0.005 f32.tv bf16.tv
done
finish
