#!/usr/bin/env bash
# Inference speed against PyTorch, as it is and as TorchScript optimises it, on the same networks, images and cores, one
# thread and two: tv-infer, and tv-eval for the first.  Peer and programs take turns; medians of $ROUNDS (3) rounds,
# of $NETS.
# Needs Debian's python3-torch and python3-torchvision.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
here=$ROOT/tests/bench
/usr/bin/python3 -c 'import torch, torchvision' 2>/dev/null || { echo "infer: skipped: no peer"; exit 0; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
read -ra nets <<<"${NETS:-alexnet squeezenet1_1 resnet50 mobilenet_v2}"
cores=($(/usr/bin/python3 -c 'import os; print(*sorted(os.sched_getaffinity(0))[:2])'))
/usr/bin/python3 - <<'END_PY'
import numpy as np
r = np.random.RandomState(0)
for n in 32, 160:
    np.savez(f'{n}.npz', image=r.randint(0, 256, (n, 224, 224, 3), dtype='u1'), label=np.full(n, 3, 'i4'))
END_PY
for n in 32 160; do tv-import -q --preset unit $n.npz -o $n.tv; done

on() { # THREADS COMMAND...: on as many cores
    local use=("${cores[@]:0:$1}")
    OMP_NUM_THREADS=$1 taskset -c "$(IFS=,; echo "${use[*]}")" "${@:2}"
}
seconds() { local start=$EPOCHREALTIME; "$@"; awk "BEGIN {print $EPOCHREALTIME - $start}"; }
rate() { # COMMAND..., whose DATA stands for the images: from the difference of 160 and 32, so that starting does not count
    local few many
    few=$(seconds "${@//DATA/32.tv}") many=$(seconds "${@//DATA/160.tv}")
    awk "BEGIN {print 128 / ($many - $few)}"
}
for ((round = 1; round <= ${ROUNDS:-3}; round++)); do
    for ((n = 1; n <= ${#cores[@]}; n++)); do
        for net in "${nets[@]}"; do
            on $n /usr/bin/python3 "$here/infer.py" . 1 "$net" 2>/dev/null | sed "s/^/$n\t/"
            printf '%d\t%s\ttv-infer\t%s\n' $n $net "$(rate on $n tv-infer -q -m $net.onnx DATA -o out.tv)"
        done
        printf '%d\t%s\ttv-eval\t%s\n' $n ${nets[0]} \
            "$(rate on $n tv-eval -q --target ${nets[0]}.onnx --data target-val=DATA -o out.tv)"
    done
done >runs.tsv
echo "inference, images/s at 224x224"
sort -t"$(printf '\t')" -k1,3 -k4,4n runs.tsv | awk -F'\t' '
    {key = $1 FS $2 FS $3; v[key, ++count[key]] = $4; if (!row[$1 FS $2 FS $3]++ && $3 ~ /^tv/) order[++rows] = key}
    function median(key) {return v[key, int((count[key] + 1) / 2)]}
    END {
        for (i = 1; i <= rows; i++) {
            split(order[i], part, FS)
            peer = part[1] FS part[2] FS
            ours = median(order[i]); plain = median(peer "PyTorch"); best = median(peer "TorchScript")
            printf "%s\t%s\t%d threads\t%.1f\tPyTorch %.1f\tratio %.2f\tTorchScript %.1f\tratio %.2f\n", part[3], part[2],
                part[1], ours, plain, ours / plain, best, ours / best
        }
    }'
