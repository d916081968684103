#!/usr/bin/env bash
# How far the default quadrature (13 secant intervals), in f32 and in bfloat16, is from a converged run (416), and how
# far the left rule with 51 points is: mean relative L1 error over the images, layer by layer, after the maximum over positions.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
nets=$ROOT/tests/ref/nets
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
errors() { # MODEL DATA
    tv-attrib -q -m "$1" --steps 416 "$2" -o "$T/ref.tv"
    tv-attrib -q -m "$1" "$2" -o "$T/default.tv"
    tv-attrib -q -m "$1" --precision bf16 "$2" -o "$T/bf16.tv"
    tv-attrib -q -m "$1" --rule left --grid gauss-legendre --steps 50 "$2" -o "$T/left.tv"
    for f in default bf16 left; do tv-cmp --l1 0 -t 'attrib/*' "$T/ref.tv" "$T/$f.tv" | cut -f1,7 >"$T/$f" || true; done
    paste "$T/default" "$T/bf16" "$T/left" | awk -F'\t' -v name="$(basename "$1" .onnx)" '
        NR == 1 {print "network\tlayer\tdefault\tbf16\tleft rule"; next}
        {printf "%s\t%s\t%.4f\t%.4f\t%.4f\n", name, substr($1, 8), $2, $4, $6}'
}
for n in mobilenet densenet; do errors "$nets/$n.onnx" "$nets/$n.npz"; done
S=${SHARED:-$ROOT/../shared}
[ -d "$S/models" ] || exit 0
tv-import -q --labels "$S/data/cifar10/val-labels-idx1-ubyte.gz" "$S/data/cifar10/val-images-idx4-ubyte.gz" --head 8 \
    --scale 0.00392156862745098 --mean .485,.456,.406 --std .229,.224,.225 -o "$T/cifar.tv"
errors "$S/models/resnet20-cifar10-bn.onnx" "$T/cifar.tv"
ls "$S"/data/imagenet/*.JPEG | awk 'NR % 8 == 1 {print $0 "\t0"}' >"$T/list.tsv"
tv-import -q --resize 227x227 --preset caffe "$T/list.tsv" -o "$T/imagenet.tv"
errors "$S/models/squeezenet1.1.onnx" "$T/imagenet.tv"
