#!/usr/bin/env bash
# tv-transfer: everything from two models and two data sets; a second run does nothing; other options redo their part.
. "$(dirname "$0")/../lib.sh"
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1
# what make shows goes to shown
transfer() { tv-transfer source.onnx target.onnx source.tv target.tv -o out/ --class 3 --perplexity 10 "$@" >shown; }

ok "all of it" transfer --source-checkpoints 'source-0*.onnx' --target-checkpoints 'target-0*.onnx'
for f in accuracy classes instances network features domains overview arch; do
    ok "$f.svg" test -s out/$f.svg
    ok "$f.png" test -s out/$f.png
done
stamp() { stat -c '%n %Y %i' out/*; }
stamp >before
ok "again" transfer --source-checkpoints 'source-0*.onnx' --target-checkpoints 'target-0*.onnx'
stamp >after
same "nothing was made anew" before after
rm out/rank-target.tv
ok "resumes" transfer --source-checkpoints 'source-0*.onnx' --target-checkpoints 'target-0*.onnx'
ok "made what was missing" grep -q 'tv-rank' shown
ok "and no attributions" bash -c "! grep -q 'tv-attrib' shown"
ok "dry run" transfer --class 5 --dry-run
ok "shows commands" grep -q 'tv-weights.*--class 5' shown
fails 2 'want a directory' "no directory" tv-transfer source.onnx target.onnx source.tv target.tv
fails 4 'none.onnx' "no model" tv-transfer none.onnx target.onnx source.tv target.tv -o o2
fails 2 'spaces' "a name that make cannot carry" bash -c 'cp source.tv "a b.tv"; tv-transfer source.onnx target.onnx "a b.tv" target.tv -o o2'
fails 2 'svg, png and pdf' "unknown format" transfer --formats gif
finish
