#!/usr/bin/env bash
# tv-export: every format, read back where a program of ours reads it; what cannot be written.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
bytes() { local f=''; for b in "$@"; do f+=$(printf '\\x%02x' "$b"); done; printf '%b' "$f"; }
is() { if [ "$2" = "$3" ]; then pass; else : >"$T/err"; fail "$1: want '$2', got '$3'"; fi; }

# Four grey images of 2x2 with labels; and a table of numbers.
{ bytes 0 0 8 3 0 0 0 4 0 0 0 2 0 0 0 2; bytes 0 10 20 30 40 50 60 70 80 90 100 110 120 130 140 255; } >images-idx3
printf '11\n-1\n2\n11\n' >labels.txt
ok 'data' tv-import --domain source --labels labels.txt images-idx3 -o data.tv
# f32 [3,2] big-endian: 0.1 1e10 / -0.3333333 nan / 1 -inf
{ bytes 0 0 13 2 0 0 0 3 0 0 0 2; bytes 61 204 204 205 80 21 2 249 190 170 170 171 127 192 0 0 63 128 0 0 255 128 0 0; } >floats
tv-import --name m floats -o floats.tv
printf 'path,label,domain\na b,3,"tab\there, ""quoted"""\n' >quoted.csv

# ---- tables ----
is 'tsv' "$(printf 'm.0\tm.1\n0.1\t1e+10\n-0.33333334\tnan\n1\t-inf')" "$(tv-export floats.tv)"
ok 'csv' tv-export -t label -t domain -o x.csv data.tv
is 'csv' 'label,domain 11,source -1,source 2,source 11,source' "$(paste -sd' ' x.csv)"
is 'columns in the order of the stream' 'label path' "$(tv-export -t path -t label data.tv | head -n 1 | tr '\t' ' ')"
fails 3 'image: want at most 2 dimensions.*-t chooses' 'table of images' tv-export -o x2.csv data.tv
{ bytes 0 0 13 1 0 0 0 2; bytes 0 0 0 0 63 128 0 0; } >pair
tv-import --name m,a floats pair -o uneven.tv
fails 3 'a: want 3 rows as m has, got 2.*-t' 'uneven rows' tv-export -o x2.csv uneven.tv
is 'nothing left behind' '' "$(ls x2.csv* 2>/dev/null)"

# ---- JSON ----
is 'json' '[[0.1, 1e+10], [-0.33333334, null], [1, null]]' "$(tv-export --json floats.tv | sed -n 's/.*"data": \(.*\)}}}/\1/p')"
ok 'json by suffix' tv-export -t label -o x.json data.tv
is 'json of labels' '[11, -1, 2, 11]' "$(sed -n 's/.*"data": \(.*\)}}}/\1/p' x.json)"
is 'json with keys and attributes' 1 "$(tv-import --preset unit images-idx3 | tv-export --json - | grep -c '"attributes": {"scale": "0.00392156862745098"}')"

# ---- NPY, NPZ, safetensors: what comes back is what was there ----
ok 'npz' tv-export -o x.npz data.tv
ok 'npz: equal' tv-cmp data.tv x.npz
ok 'npz: names with slashes' sh -c "tv-select --rename 'm=attrib/conv1' floats.tv | tv-export -o s.npz - && tv-info s.npz | grep -q attrib/conv1"
ok 'npy' tv-export -t m -o m.npy floats.tv
ok 'npy: equal' tv-cmp floats.tv m.npy
ok 'npy through a pipe' sh -c 'tv-export -f npy floats.tv | cmp - m.npy'
fails 3 'want one tensor for npy, got 4' 'npy of several' tv-export -o x.npy data.tv
ok 'safetensors' tv-export -t image -t label -o x.safetensors data.tv
ok 'safetensors: equal' sh -c 'tv-import --domain source x.safetensors -o y.tv && tv-cmp -t image -t label data.tv y.tv'
tv-export -o all.safetensors data.tv 2>err.txt
is 'safetensors has no text' 'tv-export: warning: 2 tensors of text left out: safetensors has none' "$(cat err.txt)"
is 'same bytes' '' "$(tv-export -f npz data.tv | cmp - x.npz)"

# ---- PNG ----
ok 'png' tv-export -o pictures/ data.tv
is 'png: files' '02/2.png 11/0.png 11/3.png unknown/1.png' "$(cd pictures && find . -name '*.png' | sed 's,./,,' | LC_ALL=C sort | xargs)"
ok 'png: read again' tv-import --grey pictures -o again.tv
is 'png: pixels' '[[80]], [[90]]' "$(tv-export --json -t image again.tv | sed -n 's/.*"data": \[\[\[\(\[80\]\), \(\[90\]\)\].*/[\1], [\2]/p')"
fails 4 'pictures: is there already' 'png: folder exists' tv-export -o pictures/ data.tv
fails 2 'want a folder' 'png to stdout' tv-export -f png data.tv
fails 3 'want a tensor "image"' 'png of no images' tv-export -o none/ floats.tv
is 'png: nothing left behind' '' "$(ls -d none* 2>/dev/null)"
# floats: [0,1] spans black to white
{ bytes 0 0 13 4 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 2; bytes 0 0 0 0 63 128 0 0; } >unit
ok 'png of floats' sh -c 'tv-import --name image unit | tv-export -o unit-png/ -'
is 'png of floats' '[[[[0], [255]]]]' "$(tv-import --grey unit-png | tv-export --json -t image - | sed -n 's/.*"data": \(.*\)}}}/\1/p')"

# ---- what cannot be ----
fails 2 'no format has this suffix' 'unknown suffix' tv-export -o x.xyz data.tv
fails 3 'no tensor matches absent' 'no such tensor' tv-export -t absent -o x2.npz data.tv
fails 3 'truncated' 'truncated' sh -c 'head -c 700 data.tv >cut.tv; tv-export -o x2.npz cut.tv'
fails 4 'full|No space|cannot' 'full disk' sh -c 'tv-export -t label data.tv >/dev/full'
ok 'a closed pipe ends quietly' sh -c '{ tv-export -t label data.tv; :; } | true'
is 'nothing left behind' '' "$(ls x2* 2>/dev/null)"
finish
