#!/usr/bin/env bash
# tv-train: new networks, fine-tuning, checkpoints, log, resuming, frozen layers, messages.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1
"$ROOT/tests/fixture.sh" . || { fail 'the fixture'; finish; }
column() { tv-export --format tsv -t "$1" "$2" | tail -n +2 | xargs; }
files() { (cd "$1" && find . -mindepth 1 -printf '%f\n' | sort | xargs); }
# Do two models have equal bytes from offset $3 to $4?
part_same() { cmp -s <(tail -c +$(($3 + 1)) "$1" | head -c $(($4 - $3))) <(tail -c +$(($3 + 1)) "$2" | head -c $(($4 - $3))); }

# ---- what a run leaves ----
mkdir a
ok 'a new network' tv-train -q -m lenet source.tv --val target.tv --epochs 3 --batch 16 -o a/net.onnx
equals 'files' 'net-01.onnx net-02.onnx net-03.onnx net-log.tv net-state.tv net.onnx' "$(files a)"
same 'the last checkpoint is the result' a/net-03.onnx a/net.onnx
equals 'the log' 'train/loss train/accuracy val/accuracy train/rate' "$(tv-info a/net-log.tv | tail -n +2 | cut -f2 | xargs)"
equals 'the rate' '0.01 0.01 0.01' "$(column train/rate a/net-log.tv)"
ok 'the result runs' tv-infer -m a/net.onnx source.tv -o logits.tv
ok 'provenance' sh -c 'tv-info --history a/net-log.tv | grep -q -- "--epochs=3"'
ok 'loss falls' sh -c "tv-export --format tsv -t train/loss a/net-log.tv | awk 'NR == 2 { first = \$1 } END { exit !(\$1 < first) }'"
fails 0 'epoch 1/1: loss .*, accuracy .*, rate 0.01' 'progress' tv-train -m lenet source.tv --epochs 1 -o p.onnx
ok 'a finetuned network' tv-train -q -m source.onnx target.tv --val target.tv --epochs 2 -o tuned.onnx
ok 'names of checkpoints and log' tv-train -q -m lenet source.tv --epochs 1 --checkpoints 'c*.onnx' --log l.tv -o n.onnx
ok 'they are there' test -s c01.onnx -a -s l.tv -a -s cstate.tv
mkdir only
ok 'no checkpoints' sh -c "tv-train -q -m lenet source.tv --epochs 1 --checkpoints '' >only/n.onnx"
equals 'to standard output, nothing else' 'n.onnx' "$(files only)"
same 'the same network' n.onnx only/n.onnx
ok 'the plan' sh -c 'tv-train -m alexnet-s source.tv --dry-run | grep -q ^images'
ok 'a new head' tv-train -q -m source.onnx source.tv --head 12 --epochs 1 -o twelve.onnx
tv-infer -q -m twelve.onnx source.tv -o twelve.tv
equals 'of twelve classes' '[40,12]' "$(tv-info twelve.tv | awk '$2 == "logits" { print $4 }')"

# ---- the same whatever the threads, and when interrupted ----
options=(-q -m source.onnx target.tv --val source.tv --epochs 3 --batch 16 --dropout 0.3 --shift 2 --flip
    --schedule cosine --warmup 1 --optimizer adam --rate 0.001)
run() { tv-train "${options[@]}" "$@"; }
mkdir one two
run -j1 -o one/n.onnx
run -j2 -o two/n.onnx
for f in one/*; do same "one and two threads: $f" "$f" "two/${f#one/}"; done
mkdir cut
tv-train "${options[@]}" -o cut/n.onnx &
for _ in $(seq 2000); do [ -e cut/n-state.tv ] && break; sleep 0.01; done
kill -TERM $! 2>/dev/null
wait $! 2>/dev/null
ok 'the state names a checkpoint that is there' sh -c 'test -s "cut/$(basename "$(ls cut/n-0*.onnx | head -1)")"'
ok 'nothing unfinished' test -z "$(find cut -name '.*.??????')"
ok 'resumed' run --resume -o cut/n.onnx
for f in one/*; do same "resumed: $f" "$f" "cut/${f#one/}"; done
rm cut/n.onnx
ok 'resumed at the end' run --resume -o cut/n.onnx
same 'writes the result again' one/n.onnx cut/n.onnx
fails 3 'other options' 'other options' run --resume -o cut/n.onnx --batch 20
cp cut/n-01.onnx cut/n-03.onnx
fails 3 'not the checkpoint' 'another checkpoint' run --resume -o cut/n.onnx

# ---- frozen layers, bit for bit: the initialisers lie in the file in order ----
tv-train -q -m source.onnx target.tv --freeze conv1..conv2 --epochs 1 -o frozen.onnx
tv-train -q -m source.onnx target.tv --freeze 'fc*' --epochs 1 -o frozen-fc.onnx
weights=$((4 * (16 * 75 + 16 + 32 * 400 + 32)))
size=$(stat -c %s source.onnx)
ok 'convolutions stay' part_same source.onnx frozen.onnx 0 $weights
if part_same source.onnx frozen.onnx $weights "$size"; then fail 'the rest learns'; else pass; fi
ok 'fully-connected layers stay' part_same source.onnx frozen-fc.onnx $((weights + 4096)) "$size"
if part_same source.onnx frozen-fc.onnx 0 $weights; then fail 'convolutions learn'; else pass; fi
tv-train -q -m source.onnx target.tv --rate 0 --epochs 1 -o still.onnx
same 'a rate of zero changes nothing' source.onnx still.onnx

# ---- messages ----
fails 2 'want a model: -m' 'no model' tv-train source.tv -o x.onnx
fails 2 'neither a file nor an architecture.*did you mean alexnet' 'misspelt architecture' tv-train -m alexnt source.tv -o x.onnx
fails 4 'nosuch.onnx' 'a missing model' tv-train -m nosuch.onnx source.tv -o x.onnx
fails 3 "conv9.*did you mean" 'a layer that is not there' tv-train -q -m lenet source.tv --freeze conv1..conv9 -o x.onnx
fails 3 'nothing to train' 'everything frozen' tv-train -q -m lenet source.tv --freeze '*' -o x.onnx
fails 3 'label 9, but source.onnx has 4 classes; --head 10' 'too few classes' tv-train -q -m source.onnx --head 4 source.tv -o x.onnx
tv-select -t image source.tv -o unlabelled.tv
fails 3 'has no labels.*tv-import --labels' 'no labels' tv-train -q -m lenet unlabelled.tv -o x.onnx
fails 3 'has no labels' 'no labels to validate on' tv-train -q -m lenet source.tv --val unlabelled.tv -o x.onnx
tv-import -q --labels handwriting-labels.idx.gz handwriting-images.idx.gz -o grey.tv
fails 3 '1x28x28.*tv-import|3x32x32' 'images that do not fit' tv-train -q -m source.onnx grey.tv -o x.onnx
fails 3 'want images of at least 63x63, got 32x32' 'images too small' tv-train -q -m alexnet source.tv -o x.onnx
fails 2 "want one '\*'" 'a pattern without a star' tv-train -m lenet source.tv --checkpoints x.onnx -o x.onnx
fails 2 'where the state is kept' 'resuming nowhere' tv-train -m lenet source.tv --resume
fails 2 'at most the number of epochs' 'a long warm-up' tv-train -m lenet source.tv --warmup 20 -o x.onnx
fails 4 'nodir/x.onnx' 'no directory, before the work' tv-train -m lenet source.tv -o nodir/x.onnx
fails 4 'nodir/x-01.onnx' 'none for checkpoints' tv-train -m lenet source.tv --checkpoints 'nodir/x-*.onnx' -o x.onnx
fails 3 'no number any more' 'a rate that is too high' tv-train -q -m lenet source.tv --rate 1000 --weight-decay 1000 -o x.onnx
head -c 1000 source.onnx >cut.onnx
fails 3 'cut.onnx' 'a truncated model' tv-train -m cut.onnx source.tv -o x.onnx
head -c 60000 source.tv >cut.tv
fails 3 'cut.tv' 'truncated data' tv-train -m lenet cut.tv -o x.onnx
ok 'no output is left' test ! -e x.onnx
finish
