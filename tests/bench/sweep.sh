#!/usr/bin/env bash
# Layer conductance of all layers at 224x224 against PyTorch doing what Captum does, on the same cores in the same run:
# AlexNet by the reference script, SqueezeNet 1.1 and ResNet-50 by conductance.py beside this file; the sweep's layers
# against the machine's FMA peak and bandwidth; one and two threads; source and target in one pass; memory; and what
# 3,612 images and two networks (Office-31) would take, from a tenth of them.
#
# Needs Debian's python3-torch, python3-torchvision, python3-onnx and, for AlexNet, the reference script.  $TENTH=0 leaves
# the tenth out (a minute).
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
here=$ROOT/tests/bench
peer=${SHARED:-$ROOT/../shared}/bench/conductance_peer.py
/usr/bin/python3 -c 'import torch, torchvision, onnx' 2>/dev/null || { echo "sweep: skipped: no peer"; exit 0; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
/usr/bin/python3 - <<'END_PY'
import numpy as np
r = np.random.RandomState(0)
for n in 2, 10, 16, 20, 48, 361:
    np.savez(f'{n}.npz', image=r.randint(0, 256, (n, 224, 224, 3), dtype='u1'), label=np.full(n, 3, 'i4'))
END_PY
for n in 2 10 16 20 48 361; do tv-import -q --preset imagenet $n.npz -o $n.tv; done
seconds() { local start=$EPOCHREALTIME; "$@"; awk "BEGIN {print $EPOCHREALTIME - $start}"; }
per_image() { # MODEL FEW MANY OPTIONS...: the difference of the best of three, so that loading the network does not count
    local model=$1 few=$2 many=$3; shift 3
    for _ in 1 2 3; do
        echo "$(seconds tv-attrib -q -m "$model.onnx" "$@" "$few.tv" -o few.tv)" \
            "$(seconds tv-attrib -q -m "$model.onnx" "$@" "$many.tv" -o many.tv)"
    done | awk -v n=$((many - few)) 'NR == 1 || $1 < a {a = $1} NR == 1 || $2 < b {b = $2} END {print (b - a) / n}'
}
row() { # NAME SECONDS PEER
    awk -v n="$1" -v t="$2" -v p="$3" 'BEGIN {printf "%s\t%.3f s/image\tpeer %.2f s/image\tratio %.1f\n", n, t, p, p / t}'
}
errors() { # of the peer and of the defaults on the peer's images, against 400 intervals: relative L1, layer by layer
    /usr/bin/python3 - <<'END_PY'
import glob, numpy as np
x = np.load('images.npy')
np.savez('peer-images.npz', image=x, label=np.full(len(x), 3, 'i4'))
np.savez('peer.npz', **{'attrib/' + f[7:-4]: np.load(f) for f in glob.glob('attrib-*.npy')})
END_PY
    tv-attrib -q -m alexnet.onnx --steps 400 peer-images.npz -o converged.tv
    for p in f32 bf16; do tv-attrib -q -m alexnet.onnx --precision $p peer-images.npz -o $p.tv; done
    echo "AlexNet, distance from a converged run"
    for f in peer.npz f32.tv bf16.tv; do
        tv-cmp --l1 0 -t 'attrib/*' converged.tv $f | awk -F'\t' 'NR > 1 {print substr($1, 8) "\t" $7}' >$f.tsv || true
    done
    paste peer.npz.tsv f32.tv.tsv bf16.tv.tsv |
        awk -F'\t' '{printf "%s\tpeer %.4f\tf32 %.4f\tbf16 %.4f%s\n", $1, $2, $4, $6, ($6 > $2 ? "\tabove the peer" : "")}'
}
echo "conductance of all layers, $(nproc) cores"
if [ -e "$peer" ]; then
    /usr/bin/python3 "$peer" . 4 50 >peer.txt
    theirs=$(sed -n 's/^all layers\t\([0-9.]*\) s.*/\1/p' peer.txt)
    row "AlexNet, f32" "$(per_image alexnet 16 48)" "$theirs"
    row "AlexNet, bf16" "$(per_image alexnet 16 48 --precision bf16)" "$theirs"
    row "AlexNet, left rule, 51 points" "$(per_image alexnet 2 10 --rule left --grid gauss-legendre --steps 50)" "$theirs"
    errors
fi
for n in squeezenet1_1:4 resnet50:11; do
    net=${n%:*} theirs=$(/usr/bin/python3 "$here/conductance.py" "$net" "${n#*:}" . | cut -f2)
    row "$net, f32" "$(per_image "$net" 2 10)" "$theirs"
    row "$net, bf16" "$(per_image "$net" 2 10 --precision bf16)" "$theirs"
done
[ -e alexnet.onnx ] || exit 0
echo "AlexNet, one thread, against the machine"
for p in f32 bf16; do
    OMP_NUM_THREADS=1 tv-attrib -q --profile --precision $p -m alexnet.onnx 20.tv -o many.tv 2>&1 |
        awk -F'\t' -v p=$p '$7 != "" || $1 == "machine" {print p "\t" $0}'
done
one=$(per_image alexnet 16 48 -j 1) two=$(per_image alexnet 16 48 -j 2)
awk "BEGIN {printf \"one thread %.3f s/image\ttwo %.3f\tratio %.2f\n\", $one, $two, $one / $two}"
for p in f32 bf16; do /usr/bin/time -f "peak memory, $p	%M KiB" tv-attrib -q --precision $p -m alexnet.onnx 20.tv -o many.tv; done
[ "${TENTH:-1}" = 1 ] || exit 0
/usr/bin/python3 - <<'END_PY'
import numpy as np, onnx
from onnx import numpy_helper as h
m = onnx.load('alexnet.onnx') # fine-tuned behind frozen convolutions
for t in m.graph.initializer:
    if t.name.startswith('classifier') and t.name.endswith('weight'):
        t.CopyFrom(h.from_array(h.to_array(t) * np.float32(1.001), t.name))
onnx.save(m, 'tuned.onnx')
END_PY
for p in f32 bf16; do
    pair=$(seconds tv-attrib -q --precision $p -m alexnet.onnx -m tuned.onnx 361.tv -o many.tv)
    awk "BEGIN {printf \"a tenth of Office-31, two networks, $p\t%.1f s: all in %.1f minutes\n\", $pair, $pair * 10 / 60}"
done
