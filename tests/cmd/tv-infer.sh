#!/usr/bin/env bash
# tv-infer: equal bytes whatever the batch, chosen layers, errors.
. "$(dirname "$0")/../lib.sh"
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1
infer() { tv-infer -q -m target.onnx "$@"; }

ok "default" infer target.tv -o a.tv
for o in "-j1" "-j2" "--batch 1" "--batch 7" "--mem $(least infer)M"; do
    ok "with $o" infer $o target.tv -o b.tv
    same "equal bytes with $o" a.tv b.tv
done
ok "shards" bash -c 'tv-infer -q -m target.onnx --shard 0/2 target.tv -o s0.tv && tv-infer -q -m target.onnx --shard 1/2 target.tv -o s1.tv && tv-cat s0.tv s1.tv -o s.tv'
same "equal bytes for shards joined" a.tv s.tv
for t in logits pred prob embedding label domain path; do
    ok "writes $t" bash -c "tv-info a.tv | cut -f2 | grep -qx $t"
done
ok "layers" infer --layers conv1,fc3 target.tv -o l.tv
ok "activations" bash -c "[ \$(tv-info l.tv | grep -c act/) = 2 ]"
ok "attribution of a layer's activations is its output" bash -c '
    tv-attrib -q -m target.onnx --method activation --reduce none --layers fc3 target.tv -o at.tv &&
    tv-select -t act/fc3 --rename attrib/fc3=act/fc3 at.tv -o x1.tv && tv-select -t act/fc3 l.tv -o x2.tv &&
    tv-cmp --atol 1e-6 x1.tv x2.tv'
ok "dry run" infer --dry-run target.tv
fails 2 'want a network' "no model" tv-infer target.tv
fails 3 'images.idx.gz|magic|stream' "not a stream" infer street-images.idx.gz -o x.tv
fails 3 'target.tv' "not a model" tv-infer -q -m target.tv target.tv -o x.tv
fails 3 '' "half a model" bash -c 'head -c 5000 target.onnx >half.onnx; tv-infer -q -m half.onnx target.tv -o x.tv'
# GlobalMaxPool and Flatten
echo CAgSADpfChUKAXgSAXAiDUdsb2JhbE1heFBvb2wKDwoBcBIBeSIHRmxhdHRlbhIBZ1ocCgF4EhcKFQgBEhEKAxIBTgoCCAMKAgggCgIIIGIUCgF5Eg8KDQgBEgkKAxIBTgoCCANCBAoAEA0= |
    base64 -d >pooled.onnx
fails 3 'pooled.onnx: want a layer' "no layers" tv-infer -q -m pooled.onnx target.tv -o x.tv
ok "no file left by failures" test ! -e x.tv
finish
