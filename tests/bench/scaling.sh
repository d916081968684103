#!/usr/bin/env bash
# Scaling.  One and two threads: the fastest of three to seven runs each, in turns, as ratios of wall time, and how much
# more processor time two take: that alone says little of waiting, but does not depend on a quiet machine.  Cost over
# images, intervals and layers: processor seconds of tv-attrib on one thread, drawn as $BENCH_OUT/bench-scaling.svg (default: the
# build directory) with straight lines fitted; largest distance from them, and r^2.
#
# All but t-SNE's are differences between many and few images (or intervals), so that reading the network and writing do
# not count.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
PATH=${BIN:-$ROOT/bin}:$BUILD/examples:$PATH
speed=$BUILD/tests/tools/speed
out=${BENCH_OUT:-$BUILD}/bench-scaling.svg
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
export GOMP_SPINCOUNT=3000 # threads that wait longer sleep, so that other work on the machine does not stall them

"$speed" model alexnet >alexnet.onnx
"$speed" chain 16 >chain.onnx
mkdir -p images/c
for i in {10..57}; do { printf 'P6\n224 224\n255\n'; head -c 150528 /dev/urandom; } >images/c/$i.ppm; done
tv-import -q --preset unit images -o 48.tv
make-digits -n 4000 digits
tv-import -q --labels digits-labels-idx1-ubyte.gz --preset half digits-images-idx4-ubyte.gz -o digits.tv
for n in 4 8 12 16 20; do tv-select -q --head $n 48.tv -o $n.tv; done
tv-cat -q 48.tv 48.tv 48.tv -o 144.tv
for n in 320 960; do tv-select -q --head $n digits.tv -o train-$n.tv; done
for n in 4 8; do tv-select -q --head $n digits.tv -o digits-$n.tv; done

# ---- one and two threads ----
attrib() { tv-attrib -q -j "$1" -m alexnet.onnx "$2.tv" -o x.tv; }
tsne() { [ "$2" = 0 ] || tv-tsne -q -j "$1" -t image --pca-dims 50 digits.tv -o x.tv; }
weights() { tv-weights -q -j "$1" -m alexnet.onnx "$2.tv" >/dev/null; }
train() { tv-train -q -j "$1" -m alexnet-s --epochs 1 --checkpoints '' "train-$2.tv" -o x.onnx; }
seconds() { ( TIMEFORMAT='%R %U %S'; time "$@" ) 2>&1 | awk '{print $1, $2 + $3}'; } # wall, processor
less() { awk "BEGIN {print $1 - $2}"; }
fastest() { cut -d' ' -f"$2" "$1" | sort -g | head -n 1; }
threads() { # PROGRAM ROUNDS FEW MANY WHAT...
    local f=$1 rounds=$2 few=$3 many=$4 round j n; shift 4
    for ((round = 0; round < rounds; round++)); do
        for j in 1 2; do
            for n in "$few" "$many"; do seconds "$f" $j "$n" >>"$f-$j-$n"; done
        done
    done
    for j in 1 2; do
        for n in 1 2; do less "$(fastest "$f-$j-$many" $n)" "$(fastest "$f-$j-$few" $n)"; done
    done | xargs | awk -v name="tv-$f, $*" '{
        printf "%s\t%.2f s\t%.2f s\tratio %.2f\tprocessor time x %.2f\n", name, $1, $3, $1 / $3, $4 / $2}'
}
if [ "$(nproc)" -ge 2 ]; then
    echo "1 -> 2 threads, wall time"
    threads attrib 3 12 48 36 images of AlexNet
    threads tsne 7 0 1 4000 points
    threads weights 5 16 144 128 images of AlexNet
    threads train 3 320 960 640 images of slim AlexNet
fi

# ---- cost over images, intervals and layers ----
run() { for _ in 1 2; do seconds tv-attrib -q -j 1 --batch 4 "$@" -o x.tv; done | cut -d' ' -f2 | sort -g | head -n 1; }
images() { run -m alexnet.onnx "$1.tv"; }
intervals() { run -m alexnet.onnx --steps "$1" 8.tv; }
four_images() { less "$(run "$@" digits-8.tv)" "$(run "$@" digits-4.tv)"; }
depth() { "$speed" chain "$1" >n.onnx && four_images -m n.onnx; }
deepest() { four_images -m chain.onnx --layers "conv$((18 - $1))..conv17"; } # of conv2 .. conv17
table() { # FUNCTION AXIS VALUE...
    local f=$1 v; echo "$2,processor time (s)"; shift 2
    for v in "$@"; do echo "$v,$($f "$v")"; done
}
after_first() { awk -F, 'NR == 2 {x = $1; y = $2} NR != 2 {print NR == 1 ? $0 : $1 - x "," $2 - y}'; }
table images 'images after the first 4' 4 8 12 16 20 | after_first >images.csv
table intervals 'intervals after the first 3' 3 8 13 18 | after_first >intervals.csv
table depth layers 1 6 11 16 >depth.csv
table deepest layers 1 6 11 16 >deepest.csv
names='curve/images/AlexNet,curve/intervals/AlexNet,curve/layers/a network of so many,curve/layers/the last of 16'
tv-import -q --name "$names" images.csv intervals.csv depth.csv deepest.csv |
    tv-select -q --attr 'curve/*:reference=proportional' --attr 'curve/layers/*:reference=linear' - -o curves.tv
tv-plot curves curves.tv --title 'Cost of layer conductance on one thread' -o "$out"
echo "cost of tv-attrib: distance from the straight line"
sed -n 's/.*class="reference" data-panel="\([^"]*\)" data-series="\([^"]*\)".* data-slope="\([^"]*\)" data-r2="\([^"]*\)" data-deviation="\([^"]*\)".*/\1\t\2\t\3\t\4\t\5/p' "$out" |
    awk -F'\t' '{printf "%s, %s\t%.4f s each\tdeviation %.1f %%\tr2 %.5f\n", $1, $2, $3, 100 * $5, $4}'
echo "figure: $out"
