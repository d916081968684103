#!/usr/bin/env bash
# tv-features: the pictures do not depend on batch, threads and company, patches are what was in the images, kernels
# are the weights; errors are named.
. "$(dirname "$0")/../lib.sh"
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1
features() { tv-features -q -m target.onnx --steps 12 "$@"; }
shape() { tv-info "$1" | awk -F'\t' -v t="$2" '$2 == t {print $3 " " $4}'; }
equals() { if [ "$2" = "$3" ]; then pass; else : >"$T/err"; fail "$1: want '$2', got '$3'"; fi; }
values() { tv-export --format tsv -t "$2" "$1" | tail -n +2 | tr '\n\t' '  '; }

tv-attrib -q -m target.onnx target.tv -o at.tv && tv-attrib -q -m target.onnx source.tv -o as.tv &&
    tv-rank -q at.tv -o rank.tv && tv-weights -q -m target.onnx --class 3 target.tv -o links.tv &&
    tv-discrim -q --source as.tv --target at.tv --neurons rank.tv --class 3 --cost 1 -o discrim.tv || fail streams

ok 'of ranks' features --ranks rank.tv --class 3 --top 3 --links links.tv target.tv -o a.tv
for o in -j1 -j2 '--batch 1' '--batch 3' '--mem 300M'; do
    ok "with $o" features --ranks rank.tv --class 3 --top 3 --links links.tv $o target.tv -o b.tv
    same "equal bytes with $o" a.tv b.tv
done
ok 'of a pipe' sh -c 'tv-select target.tv | tv-features -q -m target.onnx --steps 12 --ranks rank.tv --class 3 --top 3 --links links.tv -o b.tv'
ok 'gives the same pictures' tv-cmp -q a.tv b.tv
ok 'another seed' features --ranks rank.tv --class 3 --top 3 --links links.tv --seed 2 target.tv -o b.tv
ok 'gives other images' sh -c 'tv-cmp -t patch/conv2 a.tv b.tv && ! tv-cmp -q -t feature/conv2 a.tv b.tv'
equals 'patches see the receptive field' 'u8 [2,9,5,5,3]' "$(shape a.tv patch/conv1)"
equals 'patches of all of the image' 'u8 [3,9,32,32,3]' "$(shape a.tv patch/fc3)"
equals 'feature images' 'u8 [3,32,32,3]' "$(shape a.tv feature/conv2)"
equals 'the ranked ones' "$(values rank.tv top/3/fc3 | cut -d' ' -f1-3)" "$(values a.tv patch/fc3/neuron | cut -d' ' -f1-3)"

# a neuron on its own gives what it gives in company
n=$(values rank.tv top/3/conv2 | cut -d' ' -f2)
ok 'one neuron' features --neurons "conv2:$n" target.tv -o one.tv
ok 'as among others' sh -c 'tv-select -t "feature/conv2" --rows 1:2 a.tv -o s1.tv && tv-select -t "feature/conv2" one.tv -o s2.tv && tv-cmp s1.tv s2.tv'
# its largest response is the largest of the activations
ok 'activations' tv-infer -q -m target.onnx --layers conv2 target.tv -o act.tv
equals 'largest response' "$(tv-export --json -t act/conv2 act.tv | sed 's/.*"data"//' | grep -oE -- '-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?' |
    awk -v c="$n" 'int((NR - 1) / 100) % 32 == c && (!seen++ || $1 > best) {best = $1} END {printf "%.4f\n", best}')" \
    "$(values one.tv patch/conv2/value | awk '{printf "%.4f\n", $1}')"

ok 'of discriminability' features --discrim discrim.tv --top 4 target.tv -o d.tv
equals 'four of them' 4 "$(for l in conv1 conv2 fc3 fc4; do values d.tv feature/$l/neuron 2>/dev/null; done | wc -w)"
ok 'only patches' features --neurons conv1:0 --steps 0 -k 2 target.tv -o p.tv
equals 'two patches and no image' 'u8 [1,2,5,5,3] ' "$(shape p.tv patch/conv1) $(shape p.tv feature/conv1)"
ok 'only kernels' features --links links.tv target.tv -o k.tv
equals 'kernels of a convolution' '5,5]' "$(shape k.tv kernel/conv1..conv2 | cut -d, -f2-)"
ok 'a plan' sh -c 'tv-features --dry-run -m target.onnx --ranks rank.tv target.tv | grep -q "^40"'

fails 2 'want neurons' 'nothing asked for' tv-features -m target.onnx target.tv -o x.tv
fails 2 'want a network' 'no network' tv-features --neurons conv1:0 target.tv -o x.tv
fails 3 'no layer conv9' 'unknown layer' features --neurons conv9:0 target.tv -o x.tv
fails 3 'want neurons of conv1 below' 'unknown neuron' features --neurons conv1:999 target.tv -o x.tv
fails 3 'want LAYER:NEURON' 'bad list' features --neurons conv1 target.tv -o x.tv
fails 3 'want top/<class>/<layer>.*tv-rank makes it' 'no ranks' features --ranks at.tv target.tv -o x.tv
fails 3 'want discrim/<class>/u.*tv-discrim makes it' 'no discriminability' features --discrim at.tv target.tv -o x.tv
fails 3 'want links/.*tv-weights makes it' 'no links' features --neurons conv1:0 --links at.tv target.tv -o x.tv
fails 3 'no neuron of the chosen layers' 'nothing left' features --neurons conv1:0 --layers fc3 target.tv -o x.tv
ok 'no file left by failures' test ! -e x.tv
finish
