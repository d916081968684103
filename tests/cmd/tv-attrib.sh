#!/usr/bin/env bash
# tv-attrib: what must not matter does not, what the options say happens, what is wrong is named.
. "$(dirname "$0")/../lib.sh"
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1
attrib() { tv-attrib -q -m target.onnx "$@"; }

ok "default" attrib target.tv -o a.tv
for o in "-j1" "-j2" "--batch 1" "--batch 7" "--batch 64" "--mem $(least attrib --batch 40)M"; do
    ok "with $o" attrib $o target.tv -o b.tv
    same "equal bytes with $o" a.tv b.tv
done
ok "from a pipe" bash -c 'tv-attrib -q -m target.onnx - <target.tv >p.tv'
ok "shards" bash -c 'for i in 0 1 2; do tv-attrib -q -m target.onnx --shard $i/3 target.tv -o s$i.tv || exit; done'
ok "shards joined" tv-cat s0.tv s1.tv s2.tv -o joined.tv
same "equal bytes for shards joined" a.tv joined.tv
task() { SLURM_ARRAY_TASK_ID=$1 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=3 "${@:2}"; }
ok "tasks of a job array" bash -c "$(declare -f task)"'; for i in 1 2 3; do task $i tv-attrib -q -m target.onnx target.tv -o t$i.tv || exit; done'
ok "tasks joined" tv-cat t1.tv t2.tv t3.tv -o joined.tv
same "equal bytes for tasks joined" a.tv joined.tv
ok "a task that does all" task 2 tv-attrib -q -m target.onnx --shard 0/1 target.tv -o all.tv
same "equal bytes with --shard 0/1" a.tv all.tv
fails 2 'TV_SHARDS=N' "a task of unknown number" env PBS_ARRAY_INDEX=1 tv-attrib -q -m target.onnx target.tv -o x.tv
for k in avx2 c; do
    TV_KERNEL=$k ok "kernel $k" attrib target.tv -o k.tv
    ok "kernel $k agrees" tv-cmp -t 'attrib/*' --l1 1e-5 a.tv k.tv
done

# bfloat16: as deterministic, F(x) exact, near to f32; the emulation gives what the instruction gives
ok "bf16" attrib --precision bf16 target.tv -o low.tv
for o in "-j1" "--batch 1" "--batch 64" "--batch 40 --mem $(least attrib --batch 40 --precision bf16)M"; do
    ok "bf16 with $o" attrib --precision bf16 $o target.tv -o b.tv
    same "bf16: equal bytes with $o" low.tv b.tv
done
TV_KERNEL=avx512 ok "bf16, another kernel" attrib --precision bf16 target.tv -o b.tv
ok "bf16: kernels agree" tv-cmp -t 'attrib/*' --l1 1e-3 low.tv b.tv
ok "bf16 is near to f32" tv-cmp -t 'attrib/*' --l1 0.03 a.tv low.tv
ok "bf16 is not f32" bash -c '! tv-cmp -q -t "attrib/conv1" a.tv low.tv'
ok "bf16: exact logits" tv-cmp -t 'attrib.logit' --l1 1e-6 a.tv low.tv
ok "bf16: complete to 1 %" bash -c "paste <(tv-export -q -t attrib.delta --format csv low.tv -o -) <(tv-export -q -t attrib.logit --format csv low.tv -o -) |
    awk 'NR > 1 {d += \$1 < 0 ? -\$1 : \$1; f += \$2 < 0 ? -\$2 : \$2} END {exit !(NR == 41 && d > 0 && d < 0.01 * f)}'"
for m in gradient internal-influence integrated-gradients; do ok "bf16, $m" attrib --precision bf16 --method $m target.tv -o m.tv; done
ok "bf16, left rule" attrib --precision bf16 --rule left --grid gauss-legendre --steps 20 target.tv -o m.tv

# source and target in one pass: what each gives alone, whatever they share
ok "a network with frozen layers" tv-train -q -m source.onnx --freeze conv1..conv2 --epochs 1 --checkpoints '' target.tv -o frozen.onnx
ok "source alone" tv-attrib -q -m source.onnx target.tv -o alone-source.tv
ok "frozen alone" tv-attrib -q -m frozen.onnx target.tv -o alone-frozen.tv
cp a.tv alone-target.tv
pair() { # NAME OTHER ALONE OPTIONS...: each part of the pass equals the run alone
    local name=$1 other=$2 suffix=$3; shift 3
    ok "$name" tv-attrib -q -m source.onnx -m "$other.onnx" "$@" target.tv -o pair.tv
    for k in source target; do
        from=$([ $k = source ] && echo source || echo "$other")
        ok "$name: $k" tv-select -q --rename "$k/attrib*=attrib*" -t 'attrib*' pair.tv -o part.tv
        ok "$name: $k as alone" tv-cmp -t 'attrib*' "alone-$from$suffix.tv" part.tv
    done
}
pair "two networks" target ''
pair "frozen layers" frozen ''
pair "frozen layers, one image at a time" frozen '' --batch 1
pair "frozen layers, little memory" frozen '' --batch 40 --mem "$(least tv-attrib -q -m source.onnx -m frozen.onnx --batch 40)M"
for n in source frozen; do
    ok "$n, adaptive, predicted" tv-attrib -q -m $n.onnx --tol 0.2 --target pred target.tv -o alone-$n-tol.tv
    ok "$n, bf16" tv-attrib -q -m $n.onnx --precision bf16 target.tv -o alone-$n-low.tv
    ok "$n, all" tv-attrib -q -m $n.onnx --target all --layers fc3 target.tv -o alone-$n-all.tv
done
pair "frozen layers, adaptive" frozen -tol --tol 0.2 --target pred
pair "frozen layers, bf16" frozen -low --precision bf16
pair "frozen layers, all classes" frozen -all --target all --layers fc3
tv-select -q --class 3 target.tv -o three.tv
ok "a network of four classes" tv-train -q -m source.onnx --head 4 --epochs 1 --checkpoints '' three.tv -o four.onnx
for pair in 'source four' 'four source'; do
    fails 3 'has label [4-9], but four.onnx has 4 classes' "labels beyond the classes of one of $pair" \
        tv-attrib -q -m ${pair% *}.onnx -m ${pair#* }.onnx --target pred target.tv -o x.tv
done
fails 3 'four.onnx' "a class that the second network has not" tv-attrib -q -m source.onnx -m four.onnx --target 7 three.tv -o x.tv
fails 2 'source and target, got 3' "three networks" attrib -m source.onnx -m frozen.onnx target.tv -o x.tv

# the profile: every layer and pass, time that adds up; nothing else changes
ok "profile" bash -c 'tv-attrib -q -m target.onnx --profile target.tv -o prof.tv 2>profile.txt'
same "equal bytes with a profile" a.tv prof.tv
for l in conv1 conv2 fc3 fc4; do ok "profile names $l" grep -q "^$l	forward	[0-9]" profile.txt; done
ok "profile of backward" grep -q "^conv2	backward	[0-9]" profile.txt
ok "profile: shares add up" awk -F'\t' '$1 == "layers" {exit} NR > 1 {s += $4} END {exit !(s > 0.99 && s < 1.01)}' profile.txt
ok "profile of two networks" bash -c 'tv-attrib -q -m source.onnx -m target.onnx --profile target.tv -o prof.tv 2>profile2.txt'
ok "its names" grep -q "^source/conv2	backward	[0-9]" profile2.txt
ok "their shares add up" awk -F'\t' '$1 == "layers" {exit} NR > 1 {s += $4} $1 == "target/conv2" {++n} END {exit !(s > 0.99 && s < 1.01 && n == 2)}' profile2.txt
ok "profile: roofline" awk -F'\t' '$1 == "all" {ok = $7 > 0 && $7 < 1.2} END {exit !ok}' profile.txt

# every method and reduction; deltas of the complete ones are rounding
for m in conductance activation gradient gradient-x-activation internal-influence deeplift integrated-gradients; do
    ok "method $m" attrib --method $m target.tv -o m.tv
done
for r in max sum mean none; do ok "reduce $r" attrib --reduce $r target.tv -o r-$r.tv; done
ok "shape without reduction" bash -c "tv-info r-none.tv | grep -q 'attrib/conv1.*\[40,[0-9]*,[0-9]*,[0-9]*\]'"
ok "target pred" attrib --target pred target.tv -o t.tv
ok "target all" attrib --target all --layers fc4 target.tv -o t.tv
ok "shape for all classes" bash -c "tv-info t.tv | grep -q 'attrib/fc4.*\[40,10,10\]'"
ok "one class" attrib --target 3 target.tv -o t3.tv
ok "peaks" attrib --peaks target.tv -o p.tv
ok "peaks have receptive fields" bash -c "tv-info p.tv | grep 'peak/conv2' | grep -q 'size=[0-9]'"
ok "adaptive" attrib --tol 0.2 target.tv -o tol.tv
ok "adaptive steps" bash -c "tv-info tol.tv | grep -q attrib.steps"
ok "black baseline" attrib --baseline black target.tv -o bl.tv
ok "a baseline of -1 is black for this preset" attrib --baseline -1 target.tv -o b1.tv
ok "same attributions" tv-cmp bl.tv b1.tv
ok "mean baseline" attrib --baseline mean target.tv -o mean.tv
ok "layers as a range" attrib --layers conv2..fc3 target.tv -o l.tv
ok "only those" bash -c "[ \$(tv-info l.tv | grep -c attrib/) = 2 ]"
ok "dry run" attrib --dry-run target.tv

fails 2 'want a network: -m' "no model" tv-attrib target.tv
fails 3 "mem: want at least" "too little memory" attrib --mem 1M target.tv -o x.tv
fails 4 'missing.onnx' "no such model" tv-attrib -m missing.onnx target.tv -o x.tv
fails 3 'conv9.*' "unknown layer" attrib --layers conv9 target.tv -o x.tv
fails 2 'secant' "unknown rule" attrib --rule secnt target.tv -o x.tv
fails 3 'wants images 3x32x32.*--pad 32' "wrong size" bash -c "tv-import -q --labels handwriting-labels.idx.gz handwriting-images.idx.gz | tv-attrib -m target.onnx - -o x.tv"
fails 3 'truncated' "truncated input" bash -c 'head -c 90000 target.tv | tv-attrib -q -m target.onnx - -o x.tv'
fails 3 'no labels.*--target pred' "no labels" bash -c "tv-import -q --rgb --pad 32 --preset half handwriting-images.idx.gz | tv-attrib -m target.onnx - -o x.tv"
fails 3 'reduce max' "peaks of a sum" attrib --peaks --reduce sum target.tv -o x.tv
fails 3 '10 classes' "class beyond" attrib --target 11 target.tv -o x.tv
ok "no file left by failures" test ! -e x.tv
fails 4 'No space left' "full disk" bash -c 'tv-attrib -q -m target.onnx target.tv >/dev/full'
finish
