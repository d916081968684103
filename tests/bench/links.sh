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
for i in {100..155}; do { printf 'P6\n224 224\n255\n'; head -c 150528 /dev/urandom; } >images/c/$i.ppm; done
tv-import -q --preset unit images -o 56.tv
tv-select -q --head 16 56.tv -o few.tv
tv-cat -q 56.tv 56.tv -o many.tv
seconds() { local start=$EPOCHREALTIME; tv-weights -q -j "$1" -m alexnet.onnx "$2.tv" >/dev/null; awk "BEGIN {print $EPOCHREALTIME - $start}"; }
for round in 1 2 3 4 5; do # in turns: other work on the machine disturbs all of them
    for j in 1 2; do
        for n in few many; do seconds $j $n >>$n-$j; done
    done
done
best() { sort -g "$1" | head -n 1; }
# the difference between 112 and 16 images, so that reading the network and writing do not count
per_image() { awk "BEGIN {print ($(best "many-$1") - $(best "few-$1")) / 96}"; }
one=$(per_image 1) two=$(per_image 2)
awk "BEGIN {printf \"tv-weights, all layers\t%.1f ms/image\ttwo threads %.1f ms/image\tratio %.2f\n\", 1e3 * $one, 1e3 * $two, $one / $two}"
/usr/bin/time -f "peak memory	%M KiB" tv-weights -q -m alexnet.onnx many.tv >/dev/null
