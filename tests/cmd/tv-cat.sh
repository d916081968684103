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
fails 3 'stdin: want tensor x next, as in a.tv, found label; .*save the pipe as a file' 'a pipe of another order' \
    sh -c 'cat order.tv | tv-cat a.tv - -o n.tv'
fails 3 'stdin: tensor x comes later than in a.tv.*save the pipe as' 'its union' sh -c 'cat order.tv | tv-cat -u a.tv - -o n.tv'
ok 'no output' test ! -e n.tv
tv-select --rename 'x=y' -t y x.tv -o y.tv
ok 'a union' tv-cat --union a.tv y.tv -o o.tv
equals 'a union' 'x label y' "$(names o.tv)"

# ---- another order ----
tv-cat a.tv b.tv -o want.tv
ok 'another order' tv-cat a.tv order.tv -o o.tv
ok 'another order' tv-cmp -q want.tv o.tv
equals 'in the order of the first' 'x label' "$(names o.tv)"
equals 'files by the order of the arguments' 'a.tv order.tv' \
    "$(tv-info --history o.tv | grep -o ' [a-z]*.tv' | xargs)"
ok 'the first one is another' sh -c 'tv-cat order.tv a.tv | tv-select -t x - -o o.tv'
equals 'the first one is another' '5 6 1 2 3 4' "$(values o.tv x)"
ok 'after a pipe' sh -c 'cat a.tv | tv-cat - order.tv -o o.tv && tv-cmp -q want.tv o.tv'
tensor label 1 2; tensor z 1 7; tensor x '1 2' 5 6; stream more.tv
fails 3 'a.tv: want tensor z, as in more.tv, found none.*--union' 'one too many' tv-cat a.tv more.tv -o n.tv
fails 3 'a.tv: want tensor z, as in more.tv, found none.*--union' 'one too many' tv-cat more.tv a.tv -o n.tv
ok 'a union of other orders' tv-cat -u a.tv more.tv -o o.tv
equals 'a union of other orders' 'x label z' "$(names o.tv)"
equals 'a union of other orders' '1 2 3 4 5 6' "$(values o.tv x)"
tv-export -t label -t x order.tv -o o.npz
ok 'an archive' tv-cat a.tv o.npz -o o.tv
equals 'an archive' '0 1 2' "$(values o.tv label)"
# tensors that advance together in one input and lie one after the other, backwards, in another
speed=${BUILD:-$ROOT/build}/tests/tools/speed
"$speed" stream 0.01 >together.tv
tv-cat together.tv together.tv -o want.tv
for t in $(names together.tv | tr ' ' '\n' | tac); do tv-select -t "$t" together.tv; done >apart.tv
ok 'together, then apart' tv-cat together.tv apart.tv -o o.tv
ok 'together, then apart' tv-cmp -q want.tv o.tv
ok 'apart, then together' tv-cat apart.tv together.tv -o o.tv
ok 'apart, then together' tv-cmp -q want.tv o.tv
equals 'apart, then together' "$(names apart.tv)" "$(names o.tv)"
tv-cat -z 1 apart.tv -o packed.tv
ok 'apart and compressed' sh -c 'cat together.tv | tv-cat packed.tv - -o o.tv && tv-cmp -q want.tv o.tv'
ok 'twice apart' tv-cat together.tv apart.tv packed.tv together.tv -o o.tv
tv-cat together.tv want.tv together.tv -o want4.tv
ok 'twice apart' tv-cmp -q want4.tv o.tv
head -c $(($(stat -c %s apart.tv) - 64)) apart.tv >cut.tv
fails 3 'cut.tv: .*truncated' 'apart and truncated' tv-cat together.tv cut.tv -o n.tv

# ---- compression ----
tensor zeros '100 100' $(yes 0 | head -n 10000); stream z.tv
ok 'compressed' tv-cat -z 9 z.tv -o small.tv
ok 'smaller' test "$(stat -c %s small.tv)" -lt 2000
ok 'equal' tv-cmp -q z.tv small.tv
# many chunks of several tensors, read back from a file and from a pipe, by one thread and by three
cp together.tv many.tv
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
