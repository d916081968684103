#!/usr/bin/env bash
# tv-sim: cosines, matching, important neurons and inherited links by hand; messages.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1

# Class 0 is images 0 and 2, class 1 image 1.  In class 0 the columns of conv1 are, source: (3,4) (1,0) (0,0),
# target: (4,3) (-1,0) (0,2); those of fc2, source: (1,1) (1,-1), target: (2,-2) (5,5).
tensor attrib/conv1 '3 3' 3 1 0  7 7 7  4 0 0
tensor attrib/fc2 '3 2' 1 1  1 0  1 -1
tensor label 3 0 1 0; stream as.tv
tensor attrib/conv1 '3 3' 4 -1 0  1 1 1  3 0 2
tensor attrib/fc2 '3 2' 2 5  0 1  -2 5
tensor label 3 0 1 0; stream at.tv

# ---- similarity ----
ok 'two models' tv-sim -o sim.tv as.tv at.tv
cat "$T/err" >said.txt
tv-select -t sim/0/conv1 -o x.tv sim.tv
equals 'shape' 'f64 [3,3]' "$(tv-info x.tv | tail -n +2 | cut -f3,4 | tr '\t' ' ')"
near() { # NAME FILE TENSOR WANT...
    local name=$1 got; got=$(values "$2" "$3"); shift 3
    if awk -v a="$got" -v b="$*" 'BEGIN { n = split(a, x); m = split(b, y); bad = n != m
        for (i = 1; i <= m; i++) { d = x[i] - y[i]; if (d > 1e-6 || d < -1e-6) bad = 1 } exit bad }'; then pass
    else : >"$T/err"; fail "$name: want $*, got $got"; fi
}
near 'conv1 of class 0' sim.tv sim/0/conv1 0.96 -0.6 0.8  0.8 -1 0  0 0 0
near 'fc2 of class 0' sim.tv sim/0/fc2 0 1  1 0
near 'conv1 of class 1' sim.tv sim/1/conv1 1 1 1  1 1 1  1 1 1
near 'fc2 of class 1' sim.tv sim/1/fc2 0 1  0 0
equals 'neurons without attribution are counted' 3 "$(sed -n 's/.*warning: \([0-9]*\) neurons.*/\1/p' said.txt)"
ok 'one class' tv-sim --class 1 --layers fc2 -o x.tv as.tv at.tv
equals 'one class, one layer' sim/1/fc2 "$(tv-info x.tv | tail -n +2 | cut -f2 | xargs)"
tv-sim -q -j1 -o one.tv as.tv at.tv
tv-sim -q -j3 -o three.tv as.tv at.tv
same 'threads' one.tv three.tv
equals 'a model and itself' '1 1' "$(tv-sim -q --class 1 -l conv1 at.tv at.tv | tv-export --json - | sed -n 's/.*"data": \[\[\([0-9.]*\), \([0-9.]*\).*/\1 \2/p')"
ok 'standard input' sh -c 'tv-sim -q -o x.tv - at.tv <as.tv && tv-cmp sim.tv x.tv'

# ---- ranks ----
tensor top/0/conv1 1 2; tensor top/0/fc2 1 0; tensor top/1/conv1 2 1 0; tensor top/1/fc2 1 1; stream rank-s.tv
tensor top/0/conv1 2 0 1; tensor top/0/fc2 1 1; stream rank-t.tv
ok 'ranks' tv-sim --source-ranks rank-s.tv --target-ranks rank-t.tv -o sim.tv as.tv at.tv
cat "$T/err" >said.txt
equals 'important neurons of the source' '2' "$(values sim.tv sim/0/conv1/source-top)"
equals 'important neurons of the target' '0 1' "$(values sim.tv sim/0/conv1/target-top)"
equals 'important neurons of class 1' '1 0' "$(values sim.tv sim/1/conv1/source-top)"
ok 'missing ranks are said' grep -q 'rank-t.tv: no top/1/conv1, nor 1 other: left out' said.txt

# ---- links: most similar source neurons of conv1 0 1 2 are 0 2 0; of fc2 0 1 are 1 0 ----
tensor links/0/conv1..fc2/top '2 2' 0 1  2 0; stream links-s.tv
tensor links/0/conv1..fc2/top '4 2' 0 0  1 1  2 0  0 1; stream links-t.tv
ok 'links' tv-sim --class 0 --source-links links-s.tv --target-links links-t.tv -o sim.tv as.tv at.tv
equals 'counterparts' '0 1 2 0 0 1 0 0' "$(values sim.tv sim/0/conv1..fc2/counterpart)"
equals 'inherited' 'true true true false' "$(values sim.tv sim/0/conv1..fc2/inherited)"
ok 'classes without links' tv-sim --source-links links-s.tv --target-links links-t.tv -o x.tv as.tv at.tv
cat "$T/err" >said.txt
ok 'are said' grep -q 'links-t.tv: no links/1' said.txt
ok 'links of layers left out' tv-sim --class 0 -l fc2 --source-links links-s.tv --target-links links-t.tv -o x.tv as.tv at.tv
equals 'links of layers left out' sim/0/fc2 "$(tv-info x.tv | tail -n +2 | cut -f2 | xargs)"
fails 2 'go together' 'links of one model' tv-sim --target-links links-t.tv -o x2.tv as.tv at.tv

# ---- layers that do not match ----
tensor attrib/conv1 '3 2' 3 1  7 7  4 0; tensor attrib/fc2 '3 2' 1 1  1 0  1 -1; tensor attrib/old '3 1' 1 1 1
tensor label 3 0 1 0; stream other.tv
ok 'other layers' tv-sim -o x.tv other.tv at.tv
cat "$T/err" >said.txt
ok 'another size' grep -q 'layer conv1: 2 neurons in other.tv, 3 in at.tv: left out' said.txt
ok 'unknown to the target' grep -q 'layer old: not in at.tv: left out' said.txt
equals 'what matches' 'sim/0/fc2 sim/1/fc2' "$(tv-info x.tv | tail -n +2 | cut -f2 | xargs)"
fails 3 'want layers that both other.tv and at.tv have' 'no layer matches' tv-sim -l conv1 -o x2.tv other.tv at.tv

# ---- what is wrong ----
fails 2 'SOURCE TARGET|operand|want' 'one file' tv-sim as.tv
tv-select --rows 0:2 -o few.tv at.tv
fails 3 'want attributions of the same images, got 3 in as.tv and 2 in few.tv' 'numbers of images' tv-sim -o x2.tv as.tv few.tv
tensor attrib/conv1 '3 3' 4 -1 0  1 1 1  3 0 2; tensor label 3 0 0 1; stream bad.tv
fails 3 'image 1 has another class in as.tv than in bad.tv' 'classes differ' tv-sim -o x2.tv as.tv bad.tv
fails 3 'class 2: want images of it, found none' 'absent class' tv-sim --class 2 -o x2.tv as.tv at.tv
tensor top/0/conv1 1 3; tensor top/0/fc2 1 0; stream bad.tv
fails 3 'top/0/conv1: want neurons below 3, got 3: is it of the same model' 'ranks of another model' \
    tv-sim --target-ranks bad.tv -o x2.tv as.tv at.tv
tensor links/0/conv1..fc2/top '1 2' 0 2; stream bad.tv
fails 3 'want neurons below 2, got 2' 'links of another model' tv-sim --source-links links-s.tv --target-links bad.tv -o x2.tv as.tv at.tv
tensor links/0/conv1..fc2/top '3' 0 1 0; stream bad.tv
fails 3 'want indices i32 \[n,2\]' 'links of one dimension' tv-sim --source-links bad.tv --target-links links-t.tv -o x2.tv as.tv at.tv
fails 3 'want ranks top/<class>/<layer>, found none' 'ranks without any' tv-sim --source-ranks at.tv -o x2.tv as.tv at.tv
fails 3 'want links links/' 'links without any' tv-sim --source-links at.tv --target-links links-t.tv -o x2.tv as.tv at.tv
tensor attrib/conv1 '3 3 1' 4 -1 0  1 1 1  3 0 2; tensor label 3 0 1 0; stream bad.tv
fails 3 'bad.tv: attrib/conv1: want 2 dimensions .*was it reduced' 'maps' tv-sim -o x2.tv as.tv bad.tv
tensor attrib/conv1 '3 3' 4 -1 0  1 1 1  3 0 2; stream bad.tv
fails 3 'bad.tv: want tensor label' 'no classes' tv-sim -o x2.tv as.tv bad.tv
nan_tensor attrib/conv1; tensor label 1 0; stream bad.tv
fails 3 'bad.tv: attrib/conv1: want finite numbers, got nan for image 0, neuron 1' 'NaN' tv-sim -o x2.tv bad.tv bad.tv
head -c 700 at.tv >bad.tv
fails 3 'truncated' 'truncated' tv-sim -o x2.tv as.tv bad.tv
equals 'nothing left behind' '' "$(ls x2* 2>/dev/null)"
finish
