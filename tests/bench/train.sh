#!/usr/bin/env bash
# Training speed against the peer script (PyTorch) on the same cores: forward, backward and SGD step on batches of 64.
# Needs Debian's python3-torch and the reference data.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
SHARED=${SHARED:-$ROOT/../shared}
PATH=${BIN:-$ROOT/bin}:$BUILD/examples:$PATH
peer=$SHARED/bench/train_peer.py resnet=$SHARED/models/resnet20-cifar10-bn.onnx
/usr/bin/python3 -c 'import torch' 2>/dev/null && [ -e "$peer" ] || { echo "train: skipped: no peer"; exit 0; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
make-digits -n 3840 images
tv-import -q --labels images-labels-idx1-ubyte.gz --preset half images-images-idx4-ubyte.gz -o many.tv
tv-select -q --head 640 -o few.tv many.tv
/usr/bin/python3 "$peer" 8 >peer.txt
seconds() { local start=$EPOCHREALTIME; "$@"; awk "BEGIN {print $EPOCHREALTIME - $start}"; }
row() { # NAME MODEL: the difference between 3840 and 640 images, so that starting does not count
    local few many theirs
    few=$(seconds tv-train -q -m "$2" --epochs 1 --checkpoints '' few.tv -o few.onnx)
    many=$(seconds tv-train -q -m "$2" --epochs 1 --checkpoints '' many.tv -o many.onnx)
    theirs=$(sed -n "s/^$1\t\([0-9]*\) .*/\1/p" peer.txt)
    awk "BEGIN {r = 3200 / ($many - $few); printf \"%s\t%.0f images/s\tpeer %.0f images/s\tratio %.2f\n\", \"$1\", r, $theirs, r / $theirs}"
}
echo "training, batches of 64, $(nproc) cores"
row 'slim AlexNet' alexnet-s
[ ! -e "$resnet" ] || row ResNet-20 "$resnet"
