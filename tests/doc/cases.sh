#!/usr/bin/env bash
# The case studies of examples/: each Makefile from images to report on a few real images, with and without models; what
# it wants is said where it is missing.
. "$(dirname "$0")/../lib.sh"
case_of() { make -C "$ROOT/examples/$1" --no-print-directory OUT="$T/$1" "${@:2}"; }
complete_run() { # NAME: figures and report are there
    for f in accuracy classes instances network features domains overview arch; do
        ok "$1: $f" test -s "$T/$1/$f.svg" -a -s "$T/$1/$f.png"
    done
    ok "$1: report" test -s "$T/$1/report.html"
}

for c in svhn-mnist photo-cartoon; do
    fails 2 'want DATA=DIR' "$c: no data" case_of $c
done
fails 2 'want MODEL=FILE.onnx' 'no model to start from' case_of photo-cartoon DATA="$T"
[ -n "$SHARED" ] || { skip 'no reference data for the case studies'; finish; }
data=$(cd "$SHARED/data" && pwd) models=$(cd "$SHARED/models" && pwd)

few=(DATA="$data" TRAIN=60 FEW=40 VAL=40 CLASS=7 LAYERS=conv4..fc8)
ok 'svhn-mnist: trained' case_of svhn-mnist "${few[@]}" EPOCHS=1 TUNE=2
complete_run svhn-mnist
ok 'svhn-mnist: epochs' test "$(tv-info "$T/svhn-mnist/eval.tv" | awk -F'\t' '$2 == "accuracy/target/target-val" {print $4}')" = '[2]'
rm -rf "$T/svhn-mnist"
given=(SOURCE="$models/svhn-mnist/source-10.onnx" TARGET="$models/svhn-mnist/target-08.onnx")
ok 'svhn-mnist: given models' case_of svhn-mnist "${few[@]}" "${given[@]}" LAYERS=fc7,fc8 \
    TARGET_CHECKPOINTS="$models/svhn-mnist/target-0[78].onnx"
complete_run svhn-mnist
ok 'svhn-mnist: nothing was trained' test ! -e "$T/svhn-mnist/source.onnx" -a ! -e "$T/svhn-mnist/target.onnx"

# the pretrained network takes minutes: what would be done with it; and all of it with a small new one
pacs=(DATA="$data/pacs" CLASS=elephant)
case_of photo-cartoon -n "${pacs[@]}" MODEL="$models/squeezenet1.1.onnx" >"$T/plan" 2>&1
ok 'photo-cartoon: replaces the head' grep -q 'tv-train.*squeezenet1.1.onnx --head 7' "$T/plan"
ok 'photo-cartoon: trained' case_of photo-cartoon "${pacs[@]}" MODEL=lenet PREP='--preset half --resize 32x32' \
    SUBSET='--per-class 4' SPLIT=1:1 EPOCHS=1 TUNE=1 LAYERS=conv1..fc4
complete_run photo-cartoon
finish
