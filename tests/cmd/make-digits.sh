#!/usr/bin/env bash
# make-digits: the demo's images as IDX, folders and a sheet; the same for a seed, whatever the threads and the number.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
PATH=${BUILD:-$ROOT/build}/examples:$PATH
cd "$T" || exit 1
images() { gzip -dc "$1"-images-idx?-ubyte.gz; }
header() { head -c "$2" | od -An -v -tu1 | xargs; }

ok 'street numbers' make-digits -n 30 --seed 5 s
equals 'IDX of bytes [30,32,32,3]' '0 0 8 4 0 0 0 30 0 0 0 32 0 0 0 32 0 0 0 3' "$(images s | header - 20)"
equals 'labels go round' '0 0 8 1 0 0 0 30 0 1 2 3 4 5 6 7 8 9 0 1' "$(gzip -dc s-labels-idx1-ubyte.gz | header - 20)"
ok 'handwriting' make-digits -d handwriting -n 30 --seed 5 h
equals 'IDX of bytes [30,28,28]' '0 0 8 3 0 0 0 30 0 0 0 28 0 0 0 28' "$(images h | header - 16)"
make-digits -n 30 --seed 5 -j1 one
make-digits -n 30 --seed 5 -j3 three
for f in images-idx4 labels-idx1; do
    same "once more: $f" s-$f-ubyte.gz one-$f-ubyte.gz
    same "threads: $f" one-$f-ubyte.gz three-$f-ubyte.gz
done
make-digits -n 10 --seed 5 short
if cmp -s <(images short | tail -c +21) <(images s | tail -c +21 | head -c 30720); then pass
else fail 'a longer set begins with the shorter one'; fi
make-digits -n 30 --seed 6 other
if cmp -s s-images-idx4-ubyte.gz other-images-idx4-ubyte.gz; then fail 'another seed, other images'; else pass; fi

ok 'a folder of three classes' make-digits -n 12 --classes 3 --format folder f
equals 'four images each' '0 0 0 0 1 1 1 1 2 2 2 2' "$(find f -name '*.png' -printf '%h\n' | xargs -n1 basename | sort | xargs)"
tv-import -q f -o f.tv
make-digits -n 12 --classes 3 g
tv-import -q --labels g-labels-idx1-ubyte.gz g-images-idx4-ubyte.gz -o g.tv
tv-select -q -t image --rows 0:1 f.tv -o f0.tv
tv-select -q -t image --rows 0:1 g.tv -o g0.tv
ok 'the pixels of a PNG are those of the IDX' tv-cmp f0.tv g0.tv
ok 'a sheet' make-digits -n 45 --format sheet sheet.png
equals 'of three rows' '0 0 2 128 0 0 0 96' "$(tail -c +17 sheet.png | header - 8)"

fails 2 "unknown value 'mnist'" 'no such domain' make-digits -d mnist x
fails 2 'OUT' 'no name' make-digits -n 3
fails 4 'nodir' 'no such directory' make-digits -n 3 nodir/x
ok 'nothing is left behind' test -z "$(find . -name '.*.??????' -o -name 'x*')"
finish
