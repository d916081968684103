#!/usr/bin/env bash
# Real networks: known accuracies, and completeness at every cut of residual and concatenated graphs.
. "$(dirname "$0")/../lib.sh"
[ -n "$SHARED" ] && [ -d "$SHARED/models" ] || { skip "no reference networks"; finish; }
M=$SHARED/models D=$SHARED/data
cd "$T" || exit 1
at_least() { awk "BEGIN {exit !($1 >= $2)}"; }
accuracy() { tv-eval -q --target "$1" --data target-val="$2" | tv-export -t accuracy/target/target-val --format tsv - | tail -n 1; }

tv-import -q --labels "$D/cifar10/val-labels-idx1-ubyte.gz" "$D/cifar10/val-images-idx4-ubyte.gz" \
    --scale 0.00392156862745098 --mean .485,.456,.406 --std .229,.224,.225 -o cifar.tv
ok "resnet20 on cifar10: 91 %" at_least "$(accuracy "$M/resnet20-cifar10-bn.onnx" cifar.tv)" 0.91
ok "resnet56 on cifar10: 91 %" at_least "$(accuracy "$M/resnet56-cifar10.onnx" cifar.tv)" 0.91
tv-import -q --labels "$D/mnist/t10k-labels-idx1-ubyte.gz" "$D/mnist/t10k-images-idx3-ubyte.gz" --preset raw --head 2000 -o mnist.tv
ok "mnist-8: 98 %" at_least "$(accuracy "$M/mnist-8.onnx" mnist.tv)" 0.98

# squeezenet1.1: 100 ImageNet images; the file name says the class, synset_words.txt its index
for f in "$D"/imagenet/*.JPEG; do
    id=$(basename "$f" | cut -d_ -f1)
    printf '%s\t%d\n' "$f" $(($(grep -n "^$id" "$D/imagenet/synset_words.txt" | cut -d: -f1) - 1))
done >list.tsv
top() { # K STREAM: images whose label is among the K largest logits
    tv-export -t label -t logits --format tsv "$2" | awk -v k="$1" 'NR > 1 {
        above = 0; for (i = 2; i <= NF; i++) above += $i > $($1 + 2); hit += above < k } END {print hit}'
}
near() { [ $(($1 - $2)) -le 1 ] && [ $(($2 - $1)) -le 1 ]; }
ok "images straight to 227" tv-import -q --resize 227x227 --preset caffe list.tsv -o straight.tv
ok "images to 256, cropped to 227" tv-import -q --resize 256 --crop 227 --preset caffe list.tsv -o cropped.tv
ok "squeezenet" tv-infer -q -m "$M/squeezenet1.1.onnx" straight.tv -o s.tv
ok "squeezenet, cropped" tv-infer -q -m "$M/squeezenet1.1.onnx" cropped.tv -o c.tv
ok "top-1 and top-5 of PyTorch" near "$(top 1 s.tv)" 68
ok "top-5" near "$(top 5 s.tv)" 88
ok "top-1, cropped" near "$(top 1 c.tv)" 64
ok "top-5, cropped" near "$(top 5 c.tv)" 85

# the attributions of every node that all paths meet in add up to the same
tv-select -q --head 4 cifar.tv -o few.tv
ok "resnet20" tv-attrib -q -m "$M/resnet20-cifar10-bn.onnx" --reduce sum --layers 'conv1,*Add,*Relu_1,fc20' few.tv -o r.tv
ok "resnet20 is complete at every cut" complete r.tv
tv-select -q --head 2 straight.tv -o few.tv
ok "squeezenet" tv-attrib -q -m "$M/squeezenet1.1.onnx" --reduce sum --layers '*oncat*,conv1,*ool*' few.tv -o q.tv
ok "squeezenet is complete at every cut" complete q.tv
finish
