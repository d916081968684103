#!/usr/bin/env bash
# The domain classifier of 200 + 200 instances and 714 neurons (a tenth of AlexNet's), ten folds: tv-discrim with one cost
# and with its grid, against scikit-learn's LinearSVC (liblinear) for one cost, to a tolerance of 1e-6, on one thread.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
/usr/bin/python3 -c 'import sklearn' 2>/dev/null || { echo "discrim: skipped: no peer"; exit 0; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
/usr/bin/python3 - >peer <<'END'
import time, warnings, numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import LinearSVC
warnings.simplefilter('ignore')
r, x = np.random.RandomState(0), []
for domain, shift in ('source', 0), ('target', .12):
    a = np.maximum(r.randn(200, 714) + shift * np.linspace(0, 1, 714), 0).astype('f4') ** 2
    np.savez(f'{domain}.npz', **{'attrib/conv1': a, 'label': np.zeros(200, 'i4')})
    x.append(a)
x, y = np.concatenate(x).astype('f8'), np.repeat([0, 1], 200)
start = time.process_time()
for train, _ in StratifiedKFold(10).split(x, y):
    LinearSVC(C=1, dual=False, tol=1e-6, max_iter=100000).fit(MinMaxScaler((-1, 1)).fit_transform(x[train]), y[train])
print(time.process_time() - start)
END
seconds() { ( TIMEFORMAT='%U'; time "$@" >&2 ) 2>&1; }
one=$(OMP_NUM_THREADS=1 seconds tv-discrim -q --cost 1 --source source.npz --target target.npz -o one.tv)
all=$(OMP_NUM_THREADS=1 seconds tv-discrim -q --source source.npz --target target.npz -o all.tv)
awk -v one="$one" -v all="$all" -v peer="$(cat peer)" 'BEGIN {
    printf "discrim, 400 x 714, 10 folds\tone cost %.3f s\tscikit-learn %.2f s\tratio %.0f\tsix costs %.3f s\n", one, peer, peer / one, all }'
