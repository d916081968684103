#!/usr/bin/env bash
# Links of AlexNet 224x224: arithmetic against the FMA peak of one core, memory, scaling to two threads, and PyTorch's
# time for the same values (every pair as a group of its own, and its largest position), where that is installed.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
speed=${BUILD:-$ROOT/build}/tests/tools/speed
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
"$speed" model alexnet >alexnet.onnx
echo "links of AlexNet, one thread"
OMP_NUM_THREADS=1 "$speed" links alexnet.onnx 16 | tee links.tsv
if /usr/bin/python3 -c 'import torch' 2>/dev/null; then
    /usr/bin/python3 - >peer.tsv <<'END'
import time, torch
torch.set_num_threads(1)
for name, cin, cout, side, k in ('conv1..conv2', 64, 192, 27, 5), ('conv2..conv3', 192, 384, 13, 3), \
        ('conv3..conv4', 384, 256, 13, 3), ('conv4..conv5', 256, 256, 13, 3):
    x, w, best = torch.rand(1, cin, side, side), torch.randn(cin * cout, 1, k, k), 9e9
    for _ in range(2):
        start = time.process_time()
        torch.nn.functional.conv2d(x, w, padding=k // 2, groups=cin).amax((2, 3)).view(-1).topk(cin * cout // 100)
        best = min(best, time.process_time() - start)
    print(f'{name}\t{1e3 * best:.2f}')
END
    awk -F'\t' 'NR == FNR {peer[$1] = $2; next} $1 in peer {
        printf "%s\t%.2f ms\tPyTorch %.1f ms\tratio %.1f\n", $1, $2, peer[$1], peer[$1] / $2 }' peer.tsv links.tsv
fi
mkdir -p images/c
for i in {100..195}; do { printf 'P6\n224 224\n255\n'; head -c 150528 /dev/urandom; } >images/c/$i.ppm; done
tv-import -q --preset unit images -o many.tv
tv-select -q --head 16 many.tv -o few.tv
seconds() { local start=$EPOCHREALTIME; "$@"; awk "BEGIN {print $EPOCHREALTIME - $start}"; }
best() { # of three runs: COMMAND...
    for _ in 1 2 3; do seconds "$@"; done | sort -g | head -n 1
}
per_image() { # THREADS: the difference between 96 and 16 images, so that reading the network and writing do not count
    local few many
    few=$(best tv-weights -q -j "$1" -m alexnet.onnx few.tv -o few-links.tv)
    many=$(best tv-weights -q -j "$1" -m alexnet.onnx many.tv -o many-links.tv)
    awk "BEGIN {print ($many - $few) / 80}"
}
one=$(per_image 1) two=$(per_image 2)
awk "BEGIN {printf \"tv-weights, all layers\t%.1f ms/image\ttwo threads %.1f ms/image\tratio %.2f\n\", 1e3 * $one, 1e3 * $two, $one / $two}"
/usr/bin/time -f "peak memory	%M KiB" tv-weights -q -m alexnet.onnx many.tv -o many-links.tv
