#!/usr/bin/env bash
# Layer conductance against the peer script (Captum's computation in PyTorch) on the same cores: AlexNet 224x224, all
# eight layers.  Needs Debian's python3-torch, python3-torchvision, python3-onnx and the reference data.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
peer=${SHARED:-$ROOT/../shared}/bench/conductance_peer.py
/usr/bin/python3 -c 'import torch, torchvision, onnx' 2>/dev/null && [ -e "$peer" ] || { echo "sweep: skipped: no peer"; exit 0; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
/usr/bin/python3 "$peer" . 4 50 >peer.txt
theirs=$(sed -n 's/^all layers\t\([0-9.]*\) s.*/\1/p' peer.txt)
/usr/bin/python3 - <<'END'
import numpy as np
x = np.load('images.npy'); np.savez('one.npz', image=x, label=np.full(len(x), 3, 'i4'))
x = np.concatenate([x] * 5); np.savez('five.npz', image=x, label=np.full(len(x), 3, 'i4'))
END
seconds() { local start=$EPOCHREALTIME; "$@"; awk "BEGIN {print $EPOCHREALTIME - $start}"; }
row() { # NAME OPTIONS...: the difference between 20 and 4 images, so that loading the network does not count
    local name=$1 few many; shift
    few=$(seconds tv-attrib -q -m alexnet.onnx "$@" one.npz -o few.tv)
    many=$(seconds tv-attrib -q -m alexnet.onnx "$@" five.npz -o many.tv)
    awk "BEGIN {t = ($many - $few) / 16; printf \"%s\t%.3f s/image\tpeer %.3f s/image\tratio %.1f\n\", \"$name\", t, $theirs, $theirs / t}"
}
echo "conductance of all layers, AlexNet, $(nproc) cores"
row "default (13 secant intervals)"
row "left rule, 51 points" --rule left --grid gauss-legendre --steps 50
/usr/bin/time -f "peak memory	%M KiB" tv-attrib -q -m alexnet.onnx five.npz -o many.tv
