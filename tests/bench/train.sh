#!/usr/bin/env bash
# Training speed against the peer script (PyTorch) on the same cores, one thread and two, and the scaling: forward, backward
# and SGD step on batches of 64.  Peer and tv-train take turns; medians of three rounds.
# Needs Debian's python3-torch and the reference data.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
SHARED=${SHARED:-$ROOT/../shared}
PATH=${BIN:-$ROOT/bin}:$BUILD/examples:$PATH
peer=$SHARED/bench/train_peer.py resnet=$SHARED/models/resnet20-cifar10-bn.onnx
/usr/bin/python3 -c 'import torch' 2>/dev/null && [ -e "$peer" ] && [ -e "$resnet" ] || { echo "train: skipped: no peer"; exit 0; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
make-digits -n 1920 images
tv-import -q --labels images-labels-idx1-ubyte.gz --preset half images-images-idx4-ubyte.gz -o many.tv
tv-select -q --head 320 -o few.tv many.tv
export GOMP_SPINCOUNT=3000 # of both: threads that wait longer sleep, so that other work on the machine does not stall them
cores=($(/usr/bin/python3 -c 'import os; print(*sorted(os.sched_getaffinity(0))[:2])'))

seconds() { local start=$EPOCHREALTIME; "$@"; awk "BEGIN {print $EPOCHREALTIME - $start}"; }
train() { # THREADS MODEL DATA, on as many cores
    local on=("${cores[@]:0:$1}")
    taskset -c "$(IFS=,; echo "${on[*]}")" tv-train -q -j "$1" -m "$2" --epochs 1 --checkpoints '' "$3" -o net.onnx
}
ours() { # THREADS MODEL: images/s from the difference of 1920 and 320 images, so that starting does not count
    local few many
    few=$(seconds train "$1" "$2" few.tv)
    many=$(seconds train "$1" "$2" many.tv)
    awk "BEGIN {print 1600 / ($many - $few)}"
}
theirs() { # THREADS: lines `NAME images/s`
    local on=("${cores[@]:0:$1}")
    OMP_NUM_THREADS=$1 taskset -c "$(IFS=,; echo "${on[*]}")" /usr/bin/python3 "$peer" 1.5 | sed 's/ images.*//'
}
for round in 1 2 3; do
    for ((n = 1; n <= ${#cores[@]}; n++)); do
        theirs $n | sed "s/^/peer\t$n\t/"
        printf 'ours\t%d\tslim AlexNet\t%s\n' $n "$(ours $n alexnet-s)"
        printf 'ours\t%d\tResNet-20\t%s\n' $n "$(ours $n "$resnet")"
    done
done >runs.tsv
echo "training, images/s, batches of 64"
sort -t"$(printf '\t')" -k3,3 -k1,2 -k4,4n runs.tsv | awk -F'\t' '
    {key = $3 FS $1 FS $2; v[key, ++count[key]] = $4; net[$3]; if ($2 > most) most = $2}
    function median(name, who, n,   key) {key = name FS who FS n; return v[key, int((count[key] + 1) / 2)]}
    END {
        for (name in net) {
            for (n = 1; n <= most; n++)
                printf "%s\t%d threads\t%.0f\tpeer %.0f\tratio %.2f\n", name, n, median(name, "ours", n),
                    median(name, "peer", n), median(name, "ours", n) / median(name, "peer", n)
            if (most > 1)
                printf "%s\t1 -> 2 threads\t%.2f\tpeer %.2f\n", name, median(name, "ours", 2) / median(name, "ours", 1),
                    median(name, "peer", 2) / median(name, "peer", 1)
        }
    }'
