#!/usr/bin/env bash
# tv-rank: ranks by hand, classes, layers, streaming order, messages.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1
attributions() {
    tensor attrib/conv1 '5 3' 5 5 1  9 8 7  -1 2 -3  4 4 4  0 0 8
    tensor attrib/fc2 '5 2' 1 2  1 2  2 1  1 2  3 3
}
labels() { tensor label 5 0 1 0 -1 3; }
attributions; labels; stream a.tv
labels; attributions; stream labels-first.tv

# ---- by hand ----
ok 'all classes' tv-rank -o r.tv a.tv
equals 'ties share their average' '4.5 5.5 2' "$(values r.tv rank/0/conv1)"
equals 'sums of both images' '3 3' "$(values r.tv rank/0/fc2)"
equals 'one image' '3 2 1' "$(values r.tv rank/1/conv1)"
equals 'ties of a single image' '1.5 1.5 3' "$(values r.tv rank/3/conv1)"
equals 'best neuron' 1 "$(values r.tv top/0/conv1)"
equals 'ties by index' 0 "$(values r.tv top/0/fc2)"
equals 'what is there' 'rank/0/conv1 top/0/conv1 rank/0/fc2 top/0/fc2 rank/1/conv1 top/1/conv1 rank/1/fc2 top/1/fc2 rank/3/conv1 top/3/conv1 rank/3/fc2 top/3/fc2' \
    "$(tv-info r.tv | tail -n +2 | cut -f2 | xargs)"
ok 'a share' tv-rank --top 34% -o half.tv a.tv
equals 'rounded up' '1 0' "$(values half.tv top/0/conv1)"
tv-rank --top 100% -o half.tv a.tv
equals 'all of them' '1 0 2' "$(values half.tv top/0/conv1)"

# ---- the same whatever the order of arrival, the pipe and the threads ----
tv-rank -o x.tv labels-first.tv
ok 'labels first' tv-cmp r.tv x.tv
ok 'from a pipe' sh -c 'tv-rank - <a.tv >x.tv && tv-cmp r.tv x.tv'
tv-rank -j1 -o one.tv a.tv
tv-rank -j3 -o three.tv a.tv
same 'threads' one.tv three.tv
"${BUILD:-$ROOT/build}/tests/tools/speed" stream 0.003 >wide.tv # layers of 64 to 4096 neurons
tv-rank -j1 -o one.tv wide.tv
tv-rank -j3 -o three.tv wide.tv
TV_KERNEL=c tv-rank -o plain.tv wide.tv
same 'threads, wide layers' one.tv three.tv
same 'networks and radix sorts' one.tv plain.tv
tv-select --rows 0:3 -o head.tv a.tv
tv-rank -o x.tv head.tv
equals 'some rows' '4.5 5.5 2' "$(values x.tv rank/0/conv1)"

# ---- choice of classes and layers ----
ok 'one class' tv-rank --class 3 -o x.tv a.tv
equals 'one class' 'rank/3/conv1 top/3/conv1 rank/3/fc2 top/3/fc2' "$(tv-info x.tv | tail -n +2 | cut -f2 | xargs)"
tv-rank --class 3,0 --class 1 -o x.tv a.tv
same 'ascending, whatever was asked for' <(tv-info x.tv | cut -f2) <(tv-info r.tv | cut -f2)
tv-rank --class '*' -l fc2 -o x.tv a.tv
equals 'one layer' '3 3' "$(values x.tv rank/0/fc2)"
ok 'no other layer' sh -c '! tv-info x.tv | grep -q conv1'
tensor attrib/conv1 '2 2' 1 2  4 3; tensor pred 2 0 1; stream p.tv
ok 'another tensor of classes' tv-rank --by pred -o x.tv p.tv
equals 'another tensor of classes' '2 1' "$(values x.tv rank/1/conv1)"
ok 'images without class are said' sh -c 'tv-rank -v -o x.tv a.tv 2>&1 | grep -q "1 image"'

# ---- what is wrong ----
fails 3 'class 2: want images of it, found none; there are classes 0 1 3' 'absent class' tv-rank --class 2 -o x.tv a.tv
fails 3 'class cat' 'unknown class' tv-rank --class cat -o x2.tv a.tv
fails 3 'no layer conv7; did you mean conv1' 'unknown layer' tv-rank --layers conv7 -o x2.tv a.tv
fails 2 'share' 'bad share' tv-rank --top 150% a.tv
tensor label 2 0 1; stream bad.tv
fails 3 'want attributions attrib/<layer>, found none; tv-attrib' 'no attributions' tv-rank -o x2.tv bad.tv
attributions; stream bad.tv
fails 3 'want tensor label.*--by' 'no classes' tv-rank -o x2.tv bad.tv
attributions; tensor label 4 0 1 0 1; stream bad.tv
fails 3 'attrib/conv1: want 4 images as label has, got 5' 'too few classes' tv-rank -o x2.tv bad.tv
tensor attrib/conv1 '2 1 1 2' 1 2 3 4; tensor label 2 0 1; stream bad.tv
fails 3 'attrib/conv1: want 2 dimensions .*got i32 \[2,1,1,2\]; was it reduced' 'maps' tv-rank -o x2.tv bad.tv
attributions; tensor label '5 1' 0 1 0 1 0; stream bad.tv
fails 3 'label: want integers \[images\] as classes, got i32 \[5,1\]' 'classes of two dimensions' tv-rank -o x2.tv bad.tv
attributions; tensor label 5 -1 -1 -1 -1 -1; stream bad.tv
fails 3 'label: want images with a class, got none among 5' 'no image has a class' tv-rank -o x2.tv bad.tv
attributions; tensor label 5 0 1 2147483647 0 1; stream bad.tv
fails 3 'label: want class indices below' 'class beyond measure' tv-rank -o x2.tv bad.tv
tensor attrib/conv1 '0 3'; tensor label 0; stream bad.tv
fails 3 'want images with a class' 'no images' tv-rank -o x2.tv bad.tv
nan_tensor attrib/conv1; tensor label 1 0; stream bad.tv
fails 3 'attrib/conv1: want numbers, got NaN for image 0, neuron 1' 'NaN' tv-rank -o x2.tv bad.tv
head -c 300 a.tv >bad.tv
fails 3 'truncated' 'truncated' tv-rank -o x2.tv bad.tv
equals 'nothing left behind' '' "$(ls x2* 2>/dev/null)"
finish
