#!/usr/bin/env bash
# tv-discrim: columns, classes, instances and histograms by hand; validation; messages.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1

# Neuron 0 of conv1 tells the domains apart, neuron 2 is constant.
tensor attrib/conv1 '6 3' 0 4 7  1 0 7  0 9 7  2 1 7  1 5 7  9 3 7
tensor attrib/fc2 '6 2' 5 1  2 8  7 7  3 3  9 1  4 6
tensor label 6 0 0 1 0 -1 0; stream source.tv
tensor attrib/conv1 '5 3' 8 2 7  9 6 7  8 8 7  7 0 7  9 9 7
tensor attrib/fc2 '5 2' 6 2  1 8  7 5  3 4  2 2
tensor label 5 0 0 0 1 2; stream target.tv
tensor rank/0/conv1 3 6 5 1; tensor top/0/conv1 2 0 1; tensor rank/0/fc2 2 1 3; tensor top/0/fc2 1 1
tensor rank/1/conv1 3 1 9 2; tensor top/1/conv1 2 1 2; tensor rank/1/fc2 2 5 2; tensor top/1/fc2 1 0
stream rank.tv
run() { tv-discrim --source source.tv --target target.tv "$@"; }

# ---- one class ----
ok 'class 0' run --neurons rank.tv --class 0 --cost 1 --common 1 -o d.tv
equals 'layers of the columns' 'conv1 conv1 fc2' "$(values d.tv discrim/0/layer)"
equals 'neurons of the columns' '0 1 1' "$(values d.tv discrim/0/neuron)"
equals 'domains' 'source source source source target target target' "$(values d.tv discrim/0/domain)"
equals 'rows' '0 1 3 5 0 1 2' "$(values d.tv discrim/0/row)"
equals 'labels' '0 0 0 0 0 0 0' "$(values d.tv discrim/0/label)"
equals 'ends of the histograms' '0 9 0 8 1 8' "$(values d.tv discrim/0/range)"
equals 'shape of the histograms' 'i32 [3,2,30]' "$(tv-info d.tv | grep histogram | cut -f3,4 | tr '\t' ' ')"
equals 'histogram of neuron 0' '1 0 0 1 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2 0 0 1' \
    "$(values d.tv discrim/0/histogram | cut -d' ' -f1-60)"
equals 'the source instance that looks like the target' 3 "$(values d.tv discrim/0/common)"
equals 'cost' 1 "$(values d.tv discrim/0/cost)"
ok 'neuron 0 points to the target' awk -v u="$(values d.tv discrim/0/u)" 'BEGIN { split(u, x); exit !(x[1] > 0.3) }'
ok 'folds are said' sh -c 'tv-info d.tv | grep discrim/0/u | grep -q folds=3'

# ---- all classes together, layers, every neuron ----
ok 'all' run --neurons rank.tv --cost 1 -o d.tv
equals 'neurons by the sums of ranks' '1 0 0' "$(values d.tv discrim/all/neuron)"
equals 'images without a class too' '0 0 1 0 -1 0 0 0 0 1 2' "$(values d.tv discrim/all/label)"
ok 'one layer' run --layers fc2 --cost 1 -o d.tv
equals 'every neuron' '0 1' "$(values d.tv discrim/all/neuron)"
ok 'constant neurons' run --layers conv1 --cost 1 -o d.tv
equals 'have no weight' 0 "$(values d.tv discrim/all/u | cut -d' ' -f3)"

# ---- the cost by cross-validation ----
ok 'cost chosen' run --seed 7 -o d.tv
ok 'cost of the grid' grep -Eqx '0.001|0.01|0.1|1|10|100' <(values d.tv discrim/all/cost)
ok 'the A-distance belongs to the accuracy' awk -v cv="$(values d.tv discrim/all/cv)" -v a="$(values d.tv discrim/all/adistance)" \
    'BEGIN { d = a - 2 * (1 - 2 * (1 - cv)); exit !(cv > 0.5 && d < 1e-12 && d > -1e-12) }'
run --seed 7 -j1 -o one.tv
run --seed 7 -j3 -o three.tv
same 'threads' one.tv three.tv
# more neurons than OpenBLAS adds up in one thread: u8 [4,20000] of text
wide() { { printf '\x00\x00\x08\x02\x00\x00\x00\x04\x00\x00\x4e\x20'; cat "$ROOT"/lib/*/*.h | tail -c +"$1" | head -c 80000; } >wide; tv-import --name attrib/fc1 -o "$2" wide; }
wide 1 wide-s.tv
wide 90000 wide-t.tv
for n in 1 2; do OMP_NUM_THREADS=$n OPENBLAS_NUM_THREADS=$n tv-discrim --source wide-s.tv --target wide-t.tv --cost 1 -o wide-$n.tv; done
same 'threads of BLAS' wide-1.tv wide-2.tv

# ---- classes that a domain does not have, and of one instance ----
run --class 1 --cost 1 -o d.tv 2>said.txt
ok 'too few to validate' grep -q 'class 1: 1 source and 1 target instances are too few' said.txt
equals 'no accuracy' null "$(values d.tv discrim/1/cv)"
fails 3 'source.tv: class 2: want images of it in both domains' 'class of the target alone' run --class 2 -o x2.tv
ok 'every class' run --class '*' --cost 1 -o d.tv
ok 'every class that both have' sh -c 'tv-info d.tv | grep -q discrim/1/u && ! tv-info d.tv | grep -q discrim/2/u'
run --class 'all,*' --cost 1 -o d.tv 2>said.txt
ok 'the others are said' grep -q 'source.tv: class 2 has no images here: left out' said.txt
ok 'and all together' sh -c 'tv-info d.tv | grep -q discrim/all/u'
fails 3 'class 5: want images of it, found none; there are classes 0 1 2' 'absent class' run --class 5 -o x2.tv
tensor attrib/conv1 '2 3' 1 2 3  4 5 6; stream plain.tv
ok 'no classes needed for all' tv-discrim --source plain.tv --target plain.tv --cost 1 -o d.tv
equals 'labels unknown' '-1 -1 -1 -1' "$(values d.tv discrim/all/label)"
fails 3 'plain.tv: want tensor label' 'no classes' tv-discrim --source source.tv --target plain.tv -l conv1 --class 0 -o x2.tv

# ---- what is wrong ----
fails 2 'want attributions of one model for both domains' 'one domain' tv-discrim --source source.tv
tensor top/1/conv1 1 0; stream bad.tv
fails 3 'bad.tv: want top/0/conv1, found none; tv-rank makes it' 'no ranks of the class' run --neurons bad.tv --class 0 -o x2.tv
tensor attrib/conv1 '2 2' 1 2  3 4; tensor attrib/fc2 '2 2' 1 2  3 4; tensor label 2 0 0; stream bad.tv
fails 3 'bad.tv: layer conv1: want 3 neurons as target.tv has, got 2: are both of one model' 'another model' \
    tv-discrim --source bad.tv --target target.tv -o x2.tv
tensor attrib/fc2 '2 2' 1 2  3 4; tensor label 2 0 0; stream bad.tv
fails 3 'bad.tv: want layer conv1 as target.tv has' 'fewer layers' tv-discrim --source bad.tv --target target.tv -o x2.tv
ok 'their common layers' tv-discrim --source bad.tv --target target.tv --layers fc2 --cost 1 -o d.tv
tensor top/0/conv1 1 5; tensor top/0/fc2 1 0; stream bad.tv
fails 3 'bad.tv: top/0/conv1: want neurons below 3, got 5' 'ranks of another model' run --neurons bad.tv --class 0 -o x2.tv
fails 3 'bad.tv: want rank/<class>/conv1' 'no sums of ranks' run --neurons bad.tv -o x2.tv
tensor rank/0/conv1 2 5 1; tensor top/0/conv1 1 0; stream bad.tv
fails 3 'rank/0/conv1: want summed ranks f64 \[3\], got i32 \[2\]' 'ranks of another layer' run --neurons bad.tv -l conv1 -o x2.tv
tensor attrib/conv1 '0 3'; tensor label 0; stream bad.tv
fails 3 'want source instances, got none' 'no images' tv-discrim --source bad.tv --target target.tv -l conv1 -o x2.tv
fails 3 'no layer conv9' 'unknown layer' run --layers conv9 -o x2.tv
fails 2 'folds' 'one fold' run --folds 1
nan_tensor attrib/conv1; stream bad.tv
fails 3 'bad.tv: attrib/conv1: want finite numbers, got nan for image 0, neuron 1' 'NaN' \
    tv-discrim --source bad.tv --target bad.tv -o x2.tv
head -c 700 target.tv >bad.tv
fails 3 'truncated' 'truncated' tv-discrim --source source.tv --target bad.tv -o x2.tv
equals 'nothing left behind' '' "$(ls x2* 2>/dev/null)"
finish
