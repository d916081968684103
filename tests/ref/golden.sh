#!/usr/bin/env bash
# The paper's pipeline on real networks and images, against independent reference values.
. "$(dirname "$0")/../lib.sh"
[ -n "$SHARED" ] || { skip "no reference data"; finish; }
judge=${BUILD:-$ROOT/build}/tests/tools/golden
G=$SHARED/golden/svhn-mnist.npz M=$SHARED/models/svhn-mnist D=$SHARED/data
cd "$T" || exit 1

# judge NAME ARGUMENTS...: its checks count one by one
judged() {
    local name=$1 counts; shift
    counts=$("$judge" "$@" 2>&1) || { failed=$((failed + 1)); echo "$name:"; echo "$counts" | sed 's/^/    /'; return; }
    [ -n "${VERBOSE-}" ] && echo "$counts" | sed "s/^/$name: /"
    passed=$((passed + $(echo "$counts" | sed -n 's/^\([0-9]*\) passed.*/\1/p')))
}

# Under sanitizers the first images are judged by the reference values of these.
if sanitized; then export GOLDEN_IMAGES=10; fi
import() { tv-import "$@" --rgb --pad 32 --preset half; }
svhn() { import --domain source --labels "$D/svhn/val-labels-idx1-ubyte.gz" --head $1 "$D/svhn/val-images-idx4-ubyte.gz" -o $2; }
mnist() { import --domain target --labels "$D/mnist/t10k-labels-idx1-ubyte.gz" --head $1 "$D/mnist/t10k-images-idx3-ubyte.gz" -o $2; }
ok "import svhn" svhn ${GOLDEN_IMAGES:-200} source.tv
ok "import mnist" mnist ${GOLDEN_IMAGES:-200} target.tv
ok "import mnist, for counts over all images" mnist 200 target-200.tv

for m in source target; do
    model=$M/$([ $m = source ] && echo source-10 || echo target-08).onnx
    for d in source target; do
        ok "infer $m on $d" tv-infer -m "$model" $d.tv -o infer.tv
        judged "logits of $m on $d" logits "$G" $m $d infer.tv
        ok "left rule, $m on $d" tv-attrib -m "$model" --rule left --grid gauss-legendre --steps 50 $d.tv -o left.tv
        judged "left rule, $m on $d" left "$G" $m $d left.tv
    done
    ok "default, $m" tv-attrib -m "$model" target.tv -o default.tv
    judged "default, $m" default "$G" $m default.tv
    for c in 3 8; do
        ok "links, $m, class $c" tv-weights -m "$model" --class $c target-200.tv -o links.tv
        judged "links, $m, class $c" links "$G" $m $c links.tv
    done
done

# completeness at every layer, against F at the baseline computed apart
printf '\223NUMPY\1\0v\0' >zero.npy
printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 32, 32), }" >>zero.npy
head -c 12288 /dev/zero >>zero.npy
ok "zero image" tv-select --rename 'zero=image' zero.npy -o zero.tv
ok "logits at the baseline" tv-infer -m "$M/target-08.onnx" zero.tv -o zero-infer.tv
ok "sums" tv-attrib -m "$M/target-08.onnx" --reduce sum target.tv -o sum.tv
judged "completeness" complete sum.tv zero-infer.tv
ok "one interval" tv-attrib -m "$M/target-08.onnx" --method deeplift --reduce sum target.tv -o sum1.tv
judged "completeness of one interval" complete sum1.tv zero-infer.tv

# accuracy: the counts of all eighteen checkpoints
if sanitized; then skip 'under sanitizers: accuracies of eighteen checkpoints'; finish; fi
import --labels "$D/svhn/train-labels-idx1-ubyte.gz" "$D/svhn/train-images-idx4-ubyte.gz" -o st.tv
import --labels "$D/svhn/val-labels-idx1-ubyte.gz" "$D/svhn/val-images-idx4-ubyte.gz" -o sv.tv
import --labels "$D/mnist/train-labels-idx1-ubyte.gz" --head 1500 "$D/mnist/train-images-idx3-ubyte.gz" -o tt.tv
import --labels "$D/mnist/t10k-labels-idx1-ubyte.gz" --head 1000 "$D/mnist/t10k-images-idx3-ubyte.gz" -o tv.tv
ok "tv-eval" tv-eval --source "$M/source-*.onnx" --target "$M/target-*.onnx" --data source-train=st.tv \
    --data target-train=tt.tv --data source-val=sv.tv --data target-val=tv.tv -o eval.tv
judged "accuracy" accuracy "$SHARED/golden/accuracy.npz" eval.tv
finish
