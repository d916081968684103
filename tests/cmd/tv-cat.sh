#!/usr/bin/env bash
# tv-cat: rows appended, unions, shards, compression, what does not fit together.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1
names() { tv-info "$1" | tail -n +2 | cut -f2 | xargs; }
tensor x '2 2' 1 2 3 4; tensor label 2 0 1; stream a.tv
tensor x '1 2' 5 6; tensor label 1 2; stream b.tv
tensor x '1 2' 5 6; stream x.tv
tensor x '1 3' 5 6 7; tensor label 1 2; stream wide.tv
tensor label 1 2; tensor x '1 2' 5 6; stream order.tv

# ---- rows ----
ok 'two files' tv-cat a.tv b.tv -o o.tv
equals 'rows' '1 2 3 4 5 6' "$(values o.tv x)"
equals 'labels' '0 1 2' "$(values o.tv label)"
equals 'their number is known' '[3,2]' "$(tv-info o.tv | sed -n 2p | cut -f4)"
ok 'in the order of the arguments' tv-cat b.tv a.tv -o o.tv
equals 'in the order of the arguments' '5 6 1 2 3 4' "$(values o.tv x)"
ok 'a file and a pipe' sh -c 'tv-cat b.tv - <a.tv >p.tv && tv-cmp -q o.tv p.tv'
ok 'one file' sh -c 'tv-cat a.tv | tv-cmp -q a.tv -'
ok 'three' sh -c 'tv-cat a.tv b.tv a.tv | tv-info - | grep -q "\[5,2\]"'

# ---- what does not fit ----
fails 3 'wide.tv: x: want i32 \[2,2\] as in a.tv, got i32 \[1,3\]' 'another row shape' tv-cat a.tv wide.tv -o n.tv
fails 3 'x.tv: want tensor label.*--union' 'a tensor too few' tv-cat a.tv x.tv -o n.tv
fails 3 'tensor label, as in a.tv, found none|want tensor label.*found the end' 'one too many' tv-cat x.tv a.tv -o n.tv
fails 3 'want tensor' 'another order' tv-cat a.tv order.tv -o n.tv
ok 'no output' test ! -e n.tv
tv-select --rename 'x=y' -t y x.tv -o y.tv
ok 'a union' tv-cat --union a.tv y.tv -o o.tv
equals 'a union' 'x label y' "$(names o.tv)"

# ---- compression ----
tensor zeros '100 100' $(yes 0 | head -n 10000); stream z.tv
ok 'compressed' tv-cat -z 9 z.tv -o small.tv
ok 'smaller' test "$(stat -c %s small.tv)" -lt 2000
ok 'equal' tv-cmp -q z.tv small.tv
# many chunks of several tensors, read back from a file and from a pipe, by one thread and by three
"${BUILD:-$ROOT/build}/tests/tools/speed" stream 0.01 >many.tv
ok 'many chunks' tv-cat -j1 -z 1 many.tv -o one.tv
ok 'many chunks on three threads' tv-cat -j3 -z 1 many.tv -o three.tv
same 'equal bytes for any threads' one.tv three.tv
for j in 1 3; do
    ok "back from a file, $j" tv-cmp -j$j -q many.tv one.tv
    ok "back from a pipe, $j" sh -c "tv-cat -j$j one.tv | tv-cat -j$j - -o back.tv && tv-cmp -q many.tv back.tv"
done

# ---- shards of a run ----
if [ -n "$SHARED" ]; then
    model=$SHARED/models/svhn-mnist/target-08.onnx data=$SHARED/data/mnist
    tv-import --labels "$data/t10k-labels-idx1-ubyte.gz" --head 25 --rgb --pad 32 --preset half \
        "$data/t10k-images-idx3-ubyte.gz" -o images.tv
    run() { tv-infer -m "$model" --layers conv1 "$@" images.tv; }
    run -o whole.tv
    for i in 0 1 2; do run --shard $i/3 -o part$i.tv; done
    ok 'shards' tv-cat part2.tv part0.tv part1.tv -o merged.tv
    same 'the bytes of the whole run' whole.tv merged.tv
    fails 3 'part 1/3 .*want all 3 parts|want all 3 parts together, got 2' 'one missing' tv-cat part0.tv part2.tv -o n.tv
    fails 3 'part 0/3 comes twice' 'one twice' tv-cat part0.tv part0.tv part1.tv -o n.tv
    tv-infer -m "$SHARED/models/svhn-mnist/source-10.onnx" --layers conv1 --shard 1/3 images.tv -o other.tv
    fails 3 'not a part of the same run' 'of another run' tv-cat part0.tv other.tv part2.tv -o n.tv
    fails 3 'key shard' 'no shard' tv-cat part0.tv part1.tv whole.tv -o n.tv
else
    skip 'no reference data for shards'
fi
finish
