#!/usr/bin/env bash
# t-SNE against scikit-learn (Barnes-Hut) on the same cores: MNIST reduced to 50 dimensions, perplexity 30, 750
# iterations; seconds of the whole program and exact KL.  70,000 points are held against openTSNE's 69.4 s on the
# machine where scikit-learn takes 44.6 s for 16,500.  Needs Debian's python3-sklearn and the reference data.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
shared=${SHARED:-$ROOT/../shared}
peer=$shared/bench/tsne_peer.py
/usr/bin/python3 -c 'import sklearn' 2>/dev/null && [ -e "$peer" ] && [ -d "$shared/data/mnist" ] ||
    { echo "tsne: skipped: no peer"; exit 0; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
/usr/bin/python3 - "$shared/data/mnist" <<'END'
import gzip, sys, numpy as np
read = lambda f: np.frombuffer(gzip.open(f'{sys.argv[1]}/{f}-images-idx3-ubyte.gz').read(), 'u1', offset=16)
x = np.concatenate([read('train'), read('t10k')]).reshape(-1, 784).astype('f4') / 255
x -= x.mean(0)
x = x @ np.linalg.eigh((x.T @ x).astype('f8'))[1][:, :-51:-1].astype('f4')
x = x[np.random.RandomState(0).permutation(len(x))]
for n in 1000, 3612, 16500, 70000: np.save(f'{n}.npy', np.ascontiguousarray(x[:n]))
END
seconds() { local start=$EPOCHREALTIME; "$@" >&2; awk "BEGIN {print $EPOCHREALTIME - $start}"; }
kl() { /usr/bin/python3 "$peer" kl "$1.npy" 30 "$2" | cut -f2; }
echo "t-SNE of MNIST, $(nproc) cores"
for n in 1000 3612 16500; do
    ours=$(seconds tv-tsne -q --perplexity 30 $n.npy -o $n.tv 2>&1)
    tv-export -q -t tsne -o map.npy $n.tv
    theirs=$(/usr/bin/python3 "$peer" run $n.npy 30 peer.npy | sed 's/.*: \([0-9.]*\) s/\1/')
    awk -v n=$n -v o="$ours" -v t="$theirs" -v ko="$(kl $n map.npy)" -v kt="$(kl $n peer.npy)" 'BEGIN {
        printf "%d points\t%.2f s\tscikit-learn %.1f s\tratio %.1f\tKL %.4f, %.4f: ratio %.4f\n", n, o, t, t / o, ko, kt, ko / kt }'
done
ours=$(seconds tv-tsne -q --perplexity 30 70000.npy -o 70000.tv 2>&1)
awk -v o="$ours" -v t="$theirs" -v kl="$(tv-export -q -t tsne.kl --format csv 70000.tv -o - | tail -n 1)" 'BEGIN {
    t *= 69.4 / 44.6
    printf "70000 points\t%.2f s\topenTSNE about %.0f s\tratio %.1f\tKL %.4f\n", o, t, t / o, kl }'
