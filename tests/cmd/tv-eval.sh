#!/usr/bin/env bash
# tv-eval: counts agree with tv-infer's predictions, epochs in natural order, errors.
. "$(dirname "$0")/../lib.sh"
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1

ok "two models" tv-eval -q --source source.onnx --target target.onnx --data source-val=source.tv --data target-val=target.tv -o e.tv
ok "epochs" tv-eval -q --source 'source-0*.onnx' --target 'target-0*.onnx' --data target-val=target.tv -o ep.tv
ok "as many epochs as checkpoints" bash -c "tv-info ep.tv | grep 'accuracy/source/target-val' | grep -q '\[3\]'"
ok "natural order" bash -c 'for i in 2 10; do cp source-01.onnx m-$i.onnx; done; tv-eval -q --source "m-*.onnx" --data target-val=target.tv | tv-info --history - | grep -o "m-[0-9]*" | tr "\n" " " | grep -q "m-2 m-10"'
ok 'no directories in the history' bash -c 'tv-eval -q --source "$PWD/source-01.onnx" --data target-val=target.tv | tv-info --history - | grep -q "source=source-01.onnx"'
ok "the count is tv-infer's" bash -c '
    want=$(tv-infer -q -m target.onnx target.tv | tv-export -t pred -t label --format tsv - | awk "NR > 1 && \$1 == \$2" | wc -l)
    got=$(tv-export -t correct/target/target-val --format tsv e.tv | tail -n 1)
    [ "$want" = "$got" ]'
ok "equal bytes with one thread" bash -c 'tv-eval -q -j1 --batch 3 --source source.onnx --target target.onnx --data source-val=source.tv --data target-val=target.tv -o e1.tv && cmp e.tv e1.tv'
fails 2 'want networks' "no models" tv-eval --data target-val=target.tv -o x.tv
fails 2 'want data sets' "no data" tv-eval --source source.onnx -o x.tv
fails 2 'ROLE=FILE' "unknown role" tv-eval --source source.onnx --data val=target.tv -o x.tv
fails 2 'given before' "a role twice" tv-eval --source source.onnx --data target-val=target.tv --data target-val=target.tv -o x.tv
fails 4 'nothing-\*.onnx' "a glob without matches" tv-eval --source 'nothing-*.onnx' --data target-val=target.tv -o x.tv
ok "no file left by failures" test ! -e x.tv
finish
