#!/usr/bin/env bash
# tests/fixture.sh DIR - small real things to test on, put into DIR; made once, kept in $BUILD/fixture:
#
#   source.onnx target.onnx              lenet (conv1 conv2 fc3 fc4, 3x32x32, preset half): street numbers, fine-tuned
#   source-01.onnx .. target-02.onnx     on handwriting; their checkpoints
#   source.tv target.tv                  40 images of each domain, labels and domain set
#   street-*.idx.gz handwriting-*.idx.gz the same images as IDX: images and labels
#   images/0 images/1 images/2           4 PNG images each
set -eu
ROOT=$(cd "$(dirname "$0")/.." && pwd)
BUILD=${BUILD:-$ROOT/build}
PATH=${BIN:-$ROOT/bin}:$PATH
kept=$BUILD/fixture
makers=("$BUILD/examples/make-digits" "$(command -v tv-import)" "$(command -v tv-train)" "$0")

make_domain() { # NAME DOMAIN COUNT import options...
    local name=$1 domain=$2 n=$3
    shift 3
    "$BUILD/examples/make-digits" -d "$domain" -n "$n" --seed 1 "$domain"
    mv "$domain"-images-idx?-ubyte.gz "$domain-images.idx.gz"
    mv "$domain"-labels-idx1-ubyte.gz "$domain-labels.idx.gz"
    tv-import -q --domain "$name" --labels "$domain-labels.idx.gz" --preset half "$@" "$domain-images.idx.gz" \
        -o "$name-train.tv"
    tv-import -q --domain "$name" --labels "$domain-labels.idx.gz" --preset half "$@" --head 40 \
        "$domain-images.idx.gz" -o "$name.tv"
}
make_all() {
    make_domain source street 800
    make_domain target handwriting 400 --rgb --pad 32
    tv-train -q -m lenet source-train.tv --batch 20 --rate 0.03 --epochs 3 -o source.onnx
    tv-train -q -m source.onnx target-train.tv --batch 20 --rate 0.01 --epochs 2 -o target.onnx
    rm -- *-train.tv *-log.tv *-state.tv
    "$BUILD/examples/make-digits" -n 12 --classes 3 --format folder images
}

stale() {
    [ -e "$kept/done" ] || return 0
    for m in "${makers[@]}"; do [ "$m" -nt "$kept/done" ] && return 0; done
    return 1
}
if stale; then
    mkdir -p "$BUILD"
    new=$(mktemp -d "$BUILD/fixture.XXXXXX")
    trap 'rm -rf "$new"' EXIT
    (cd "$new" && make_all && touch done)
    rm -rf "$kept"
    mv "$new" "$kept"
fi
mkdir -p "$1"
cp -r "$kept/." "$1"
rm "$1/done"
