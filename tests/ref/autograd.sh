#!/usr/bin/env bash
# Small networks of real shapes (inverted residuals, dense blocks, squeeze-and-excite, channel shuffles) against PyTorch's
# autograd (tests/ref/autograd.py), and complete where all paths meet.
. "$(dirname "$0")/../lib.sh"
nets=$ROOT/tests/ref/nets
cd "$T" || exit 1
declare -A cut=([mobilenet]='*Add*' [densenet]='*Concat*' [squeeze]='*LeakyRelu*' [shuffle]='*Add*')
for n in mobilenet densenet squeeze shuffle; do
    ok "$n: logits" tv-infer -q -m "$nets/$n.onnx" "$nets/$n.npz" -o i.tv
    ok "$n: PyTorch's logits" tv-cmp --rtol 1e-4 --atol 1e-5 -t logits "$nets/$n.npz" i.tv
    ok "$n: left rule" tv-attrib -q -m "$nets/$n.onnx" --rule left --grid gauss-legendre --steps 50 "$nets/$n.npz" -o l.tv
    ok "$n: PyTorch's conductances" tv-cmp --l1 1e-4 -t 'attrib/*' "$nets/$n.npz" l.tv
    ok "$n: default rule" tv-attrib -q -m "$nets/$n.onnx" --reduce sum --layers "conv1,${cut[$n]},fc*" "$nets/$n.npz" -o d.tv
    ok "$n: complete" complete d.tv 0.001
done
finish
