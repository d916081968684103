#!/usr/bin/env bash
# tv-import: every kind of input, choice and preprocessing of images, and what is wrong with them.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1

# bytes N...: as they are.   idx DIMS... : header of an 8-bit IDX file
bytes() { local f=''; for b in "$@"; do f+=$(printf '\\x%02x' "$b"); done; printf '%b' "$f"; }
idx() { local d; bytes 0 0 8 $#; for d in "$@"; do bytes $((d >> 24 & 255)) $((d >> 16 & 255)) $((d >> 8 & 255)) $((d & 255)); done; }
ramp() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "\\x%02x", (i * 37 + int(i / 7) * 11) % 256 }' | { read -r f; printf '%b' "$f"; }; }
# column FILE TENSOR: a rank-1 tensor's values on one line.   values FILE: of `image`
column() { tv-export -t "$2" "$1" | tail -n +2 | paste -sd' '; }
values() { tv-export --json -t image "$1" | sed -n 's/.*"data": //p' | tr -d '[]} \n' ; }
shape() { tv-info "$1" | awk -F'\t' '$2 == "image" { print $3, $4 }'; }
# is NAME WANT GOT
is() { if [ "$2" = "$3" ]; then pass; else : >"$T/err"; fail "$1: want '$2', got '$3'"; fi; }

{ idx 12 4 4; ramp 192; } >grey-idx3
{ idx 12 4 4 3; ramp 576; } >colour-idx4
{ idx 12; bytes 0 1 2 0 1 2 0 1 2 0 1 2; } >labels-idx1
gzip -k grey-idx3 labels-idx1

# ---- IDX ----
ok 'grey' tv-import --domain target --labels labels-idx1.gz grey-idx3.gz -o grey.tv
is 'grey shape' 'u8 [12,4,4,1]' "$(shape grey.tv)"
is 'labels' '0 1 2 0 1 2 0 1 2 0 1 2' "$(column grey.tv label)"
is 'domain' 'target' "$(column grey.tv domain | tr ' ' '\n' | uniq)"
is 'path' 'grey-idx3.gz#0 grey-idx3.gz#1' "$(column grey.tv path | cut -d' ' -f1,2)"
is 'pixels' "$(od -An -v -tu1 -j16 grey-idx3 | xargs | tr ' ' ,)" "$(values grey.tv)"
ok 'colour' tv-import colour-idx4 -o colour.tv
is 'colour shape' 'u8 [12,4,4,3]' "$(shape colour.tv)"
is 'colour pixels' "$(od -An -v -tu1 -j20 colour-idx4 | xargs | tr ' ' ,)" "$(values colour.tv)"
ok 'pipe' sh -c 'cat grey-idx3.gz | tv-import --domain target --labels labels-idx1.gz - >piped.tv'
ok 'pipe: same images' tv-cmp -t image -t label -t domain grey.tv piped.tv
ok 'threads' sh -c 'tv-import -j1 colour-idx4 --resize 3x2 >one.tv; tv-import -j2 colour-idx4 --resize 3x2 >two.tv'
same 'threads: same bytes' one.tv two.tv
is 'unlabelled' '' "$(tv-info colour.tv | grep label)"

# ---- choice ----
ok 'head' tv-import --labels labels-idx1 --head 5 grey-idx3 -o head.tv
is 'head' '0 1 2 0 1' "$(column head.tv label)"
ok 'per class' tv-import --labels labels-idx1 --per-class 2 grey-idx3 -o per.tv
is 'per class' '0 1 2 0 1 2' "$(column per.tv label)"
ok 'train' tv-import --labels labels-idx1 --split 75:25 --seed 3 grey-idx3 -o train.tv
ok 'val' tv-import --labels labels-idx1 --split 75:25 --seed 3 --part val grey-idx3 -o val.tv
is 'split: sizes' '9 3' "$(column train.tv label | wc -w) $(column val.tv label | wc -w)"
is 'split: whole' 12 "$( (column train.tv path; column val.tv path) | tr ' ' '\n' | sort -u | wc -l)"
is 'split: of every class' '0 1 2' "$(column val.tv label | tr ' ' '\n' | sort | paste -sd' ')"
ok 'names' tv-import --labels labels-idx1 --classes ant,bee,cat grey-idx3 -o named.tv
is 'names' 'ant bee cat' "$(tv-info --meta named.tv | sed -n 's/.*\tclasses\t//p' | sed 's/\\n/ /g')"
fails 3 'labels.*--classes gives only 2|label 2 .*only 2 names' 'too few names' tv-import --labels labels-idx1 --classes ant,bee grey-idx3 -o x.tv
printf '2\n1\n0\n2\n1\n0\n2\n1\n0\n2\n1\n0\n' >labels.txt
ok 'text labels' tv-import --labels labels.txt grey-idx3 -o text.tv
is 'text labels' '2 1 0 2 1 0 2 1 0 2 1 0' "$(column text.tv label)"
tv-export -t label -o labels.npy text.tv
ok 'npy labels' tv-import --labels labels.npy grey-idx3 -o npy.tv
is 'npy labels' "$(column text.tv label)" "$(column npy.tv label)"

# ---- preprocessing ----
ok 'rgb pad' tv-import --rgb --pad 6 --preset half grey-idx3 -o pad.tv
is 'rgb pad: shape' 'u8 [12,6,6,3]' "$(shape pad.tv)"
is 'rgb pad: border and first pixels' '0,0,0,0,0,0,0,0,0,37,37,37' "$(values pad.tv | cut -d, -f$((6 * 3 + 1))-$((6 * 3 + 3)),1-3,4-6,$((7 * 3 + 4))-$((7 * 3 + 6)) --output-delimiter=,)"
is 'half' 'scale=0.00392156862745098 mean=0.5 std=0.5' "$(tv-info pad.tv | awk -F'\t' '$2 == "image" { print $5 }')"
ok 'caffe' tv-import --preset caffe colour-idx4 -o caffe.tv
is 'caffe' 'mean=104,117,123 order=bgr' "$(tv-info caffe.tv | awk -F'\t' '$2 == "image" { print $5 }')"
ok 'own numbers' tv-import --scale 1/4 --mean 1,2,3 --std 0.5 colour-idx4 -o own.tv
is 'own numbers' 'scale=0.25 mean=1,2,3 std=0.5' "$(tv-info own.tv | awk -F'\t' '$2 == "image" { print $5 }')"
ok 'crop' tv-import --crop 2 grey-idx3 -o crop.tv
is 'crop: first image' "$(values grey.tv | cut -d, -f6,7,10,11)" "$(values crop.tv | cut -d, -f1-4)"
ok 'resize' tv-import --resize 2 grey-idx3 -o small.tv
is 'resize: shape' 'u8 [12,2,2,1]' "$(shape small.tv)"
fails 3 'mean "1,2,3": want 1 number, got 3.*--rgb' 'mean of three for grey' tv-import --mean 1,2,3 grey-idx3 -o x.tv
fails 3 'want at least 9x9 pixels to crop, got 4x4' 'crop too large' tv-import --crop 9 grey-idx3 -o x.tv
fails 3 'want at most 3x3 pixels to pad, got 4x4' 'pad too small' tv-import --pad 3 grey-idx3 -o x.tv
fails 2 'resize 0x4: want N or WxH' 'bad resize' tv-import --resize 0x4 grey-idx3 -o x.tv
fails 2 'std 1,0: want numbers other than 0' 'bad std' tv-import --std 1,0 grey-idx3 -o x.tv
fails 2 'want one of --rgb' 'two colours' tv-import --rgb --grey grey-idx3 -o x.tv
fails 2 'split 85: want A:B' 'bad split' tv-import --split 85 grey-idx3 -o x.tv

# ---- folders: PNG made by tv-export ----
ok 'png folder' tv-export -o images/ named.tv
ok 'folder' tv-import --grey images -o folder.tv
is 'folder: labels' '0 0 0 0 1 1 1 1 2 2 2 2' "$(column folder.tv label)"
is 'folder: paths' 'ant/00.png ant/03.png' "$(column folder.tv path | cut -d' ' -f1,2)"
is 'folder: pixels' "$(values named.tv | cut -d, -f1-16,49-64)" "$(values folder.tv | cut -d, -f1-32)"
is 'folder is RGB' 'u8 [12,4,4,3]' "$(tv-import images >rgb.tv; shape rgb.tv)"
ok 'some classes' tv-import --grey --classes cat,ant images -o cat.tv
is 'some classes: in the order asked for' '1 1 1 1 0 0 0 0' "$(column cat.tv label)"
fails 3 'class bea: no such class; did you mean bee' 'no such class' tv-import --classes ant,bea images -o x.tv
printf 'x1 something\nbee the insect\n' >classes.txt
ok 'class file' tv-import --grey --classes classes.txt images -o bee.tv
is 'class file: by the first word' '1 1 1 1' "$(column bee.tv label)"
mkdir -p images/dog/deep/er .hidden && cp images/ant/00.png images/dog/deep/er/z.png && cp images/ant/00.png images/dog/a.png
ok 'nested' tv-import images -o nested.tv
is 'nested' 'dog/a.png dog/deep/er/z.png' "$(column nested.tv path | cut -d' ' -f13,14)"
mkdir flat && cp images/ant/0*.png flat
ok 'flat folder' tv-import flat -o flat.tv
is 'flat folder: no labels' '' "$(tv-info flat.tv | grep -w label)"
ok 'files' tv-import images/ant/00.png images/bee/01.png -o files.tv
is 'files' 'images/ant/00.png images/bee/01.png' "$(column files.tv path)"
mkdir empty && fails 3 'no images here' 'empty folder' tv-import empty -o x.tv

# ---- lists ----
printf 'images/ant/00.png\tb\nimages/bee/01.png\ta\n' >list.tsv
ok 'list' tv-import list.tsv -o list.tv
is 'list: names in byte order' '1 0' "$(column list.tv label)"
mkdir sub && printf 'class,file\n7,"../images/ant/00.png"\n3,../images/bee/01.png\n' >sub/list.csv
ok 'csv list' tv-import sub/list.csv -o csv.tv
is 'csv list: beside the list, columns by name' '7 3' "$(column csv.tv label)"
printf 'images/ant/00.png\t1\nimages/bee/01.png\n' >short.tsv
fails 3 'short.tsv: line 2: want 2 columns' 'short line' tv-import short.tsv -o x.tv
printf 'images/ant/00.png\nimages/absent.png\n' >absent.txt
fails 3 'images/absent.png: cannot be read' 'absent image' tv-import absent.txt -o x.tv

# ---- damage ----
cp -r images bad && rm -r bad/dog && head -c 50 images/ant/03.png >bad/ant/03.png && : >bad/bee/01.png && echo GIF89a >bad/cat/02.png
fails 3 'bad/ant/03.png: PNG: ' 'damaged image' tv-import bad -o x.tv
ok 'skip' tv-import --skip-bad bad -o skip.tv
for f in ant/03.png bee/01.png cat/02.png '3 damaged images left out, 9 imported'; do
    tv-import --skip-bad bad 2>&1 >skip.tv | grep -q "$f" && pass || fail "skipped images are named: $f"
done
is 'skip: labels' '0 0 0 1 1 1 2 2 2' "$(column skip.tv label)"
tv-import -q --skip-bad -j2 bad >skip2.tv; same 'skip: same bytes' skip.tv skip2.tv
head -c 100 grey-idx3 >cut-idx3 && fails 3 'truncated' 'truncated IDX' tv-import cut-idx3 -o x.tv
head -c 100 grey-idx3.gz >cut.gz && fails 3 'truncated' 'truncated gzip' tv-import cut.gz -o x.tv
cat grey-idx3 labels-idx1 >long-idx3 && fails 3 'go on after row 12' 'IDX too long' tv-import long-idx3 -o x.tv
{ idx 11; bytes 0 1 2 0 1 2 0 1 2 0 1; } >few-idx1
fails 3 'few-idx1: want 12 labels, one for each image of grey-idx3, got 11' 'too few labels' tv-import --labels few-idx1 grey-idx3 -o x.tv
fails 3 'labels go with --labels' 'labels as images' tv-import --rgb labels-idx1 -o x.tv
cp images/ant/00.png sizes.png 2>/dev/null; tv-import --resize 5x5 flat | tv-export --format png -o large/ - && cp large/0.png flat/larger.png
fails 3 'flat/larger.png|larger.png: want 4x4 pixels as the images before, got 5x5; --resize' 'sizes differ' tv-import flat -o x.tv
fails 3 'larger.png: want 4x4' 'sizes differ, --skip-bad' tv-import --skip-bad flat -o x.tv
fails 3 'flat/00.png: want at least 5x5 pixels to crop' 'too small for the crop, --skip-bad' tv-import --skip-bad --crop 5 flat -o x.tv
ok 'sizes made equal' tv-import --resize 4 flat -o x.tv && rm x.tv
: >nothing && fails 3 'nothing: empty' 'empty file' tv-import nothing -o x.tv
bytes 1 2 3 4 250 >junk && fails 3 'found none of them' 'junk' tv-import junk -o x.tv
fails 3 'is a tensor stream already' 'a stream' tv-import grey.tv -o x.tv
fails 4 'absent' 'no such file' tv-import absent -o x.tv
fails 3 '--per-class wants labels' 'per class without labels' tv-import --per-class 2 grey-idx3 -o x.tv
fails 2 'did you mean --resize' 'misspelt' tv-import --resise 3 grey-idx3 -o x.tv
is 'no output is left behind' '' "$(ls x.tv* 2>/dev/null)"

# ---- JPEG that stands on its side: EXIF orientation 6, black left half comes to the top ----
base64 -d >side.jpg <<'JPEG'
/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/
2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62r
Z4C8ybqmx5moq6T/wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAUEAEAAAAA
AAAAAAAAAAAAAAAA/9oACAEBAAA/ADKmP//Z
JPEG
ok 'jpeg' tv-import --grey side.jpg -o side.tv
is 'jpeg: turned' 'u8 [1,16,8,1]' "$(shape side.tv)"
is 'jpeg: black above' 'dark light' "$(values side.tv | tr , '\n' | awk 'NR <= 64 { a += $1 } NR > 64 { b += $1 } END { print (a < 640 ? "dark" : "light"), (b > 15000 ? "light" : "dark") }')"

# ---- arrays and tensors ----
ok 'npz' tv-export -o named.npz named.tv
ok 'npz of images' tv-import named.npz -o back.tv
ok 'npz of images: equal' tv-cmp named.tv back.tv
tv-export -t image -o image.npy named.tv
ok 'lone npy' tv-import --labels labels-idx1 --rgb image.npy -o lone.tv
is 'lone npy' 'u8 [12,4,4,3]' "$(shape lone.tv)"
ok 'lone array of numbers' tv-import --name left labels.npy -o left.tv
is 'lone array of numbers' 'left i32 [12]' "$(tv-info left.tv | tail -n 1 | cut -f2-4 | xargs)"
tv-export -t label -o labels.safetensors text.tv
ok 'safetensors' tv-import labels.safetensors -o st.tv
is 'safetensors' '2 1 0 2 1 0 2 1 0 2 1 0' "$(column st.tv label)"
# TensorProto: dims 2, data_type FLOAT, name "w", raw_data 1.0 -2.0
bytes 8 2 16 1 66 1 119 74 8 0 0 128 63 0 0 0 192 >input_0.pb
cp input_0.pb output_0.pb
ok 'pb' tv-import input_0.pb output_0.pb -o pb.tv
is 'pb: named by their files' 'input_0 output_0' "$(tv-info pb.tv | tail -n +2 | cut -f2 | xargs)"
is 'pb: values' '1 -2' "$(column pb.tv input_0)"
ok 'pb names' tv-import --name x,y input_0.pb output_0.pb -o xy.tv
is 'pb names' 'x y' "$(tv-info xy.tv | tail -n +2 | cut -f2 | xargs)"
fails 3 'is there already; --name' 'pb: the same name twice' tv-import input_0.pb input_0.pb -o x.tv
fails 3 'want 2 names' 'pb: too few names' tv-import --name x input_0.pb output_0.pb -o x.tv

# ---- tables of numbers ----
printf 'images,"time, (s)"\n1,2\n' >bad.csv
fails 3 'bad.csv: want names of columns without commas' 'table: a comma in a name' tv-import --name x bad.csv -o x.tv
printf 'images,time (s)\r\n4,0.5\r\n\r\n8, 1e3\r\n' >table.csv
printf '1\t-2\tnan\n' >table.tsv
ok 'table' tv-import --name cost table.csv -o x.tv
is 'table: names of columns' 'f64 [2,2] columns=images,time (s)' "$(tv-info -v x.tv | sed -n 2p | cut -f3- | tr '\t' ' ')"
is 'table: numbers' '4,0.5 8,1000' "$(tv-export --format csv x.tv | tail -n +2 | xargs)"
ok 'two tables' tv-import --name a,b table.csv table.tsv -o x.tv
is 'two tables: without a header' '1,-2,nan' "$(tv-export -t b --format csv x.tv | tail -n 1)"
ok 'tables beside arrays' tv-import table.csv input_0.pb -o x.tv
is 'tables are named by their files' 'table input_0' "$(tv-info x.tv | tail -n +2 | cut -f2 | xargs)"
printf '1,2\n3\n' >bad.csv
{ seq -s, 200000; yes 1 | head -n 200000; } >wide.csv # 320 GB, were all lines as wide as the first
fails 3 'wide.csv: line 2: want 200000 columns as in the first line, got 1' 'table: wide at first' \
    tv-import --name x wide.csv -o x.tv
fails 3 'bad.csv: line 2: want 2 columns as in the first line, got 1' 'table: a short row' tv-import --name x bad.csv -o x.tv
printf 'a,b\n1,2\n3,x\n' >bad.csv
fails 3 "bad.csv: line 3: want a number, got 'x'" 'table: a word' tv-import --name x bad.csv -o x.tv
printf 'a,b\n' >bad.csv
fails 3 'bad.csv: want numbers under the names' 'table: no row' tv-import --name x bad.csv -o x.tv
printf '\n' >bad.csv
fails 3 'bad.csv: want a table of numbers' 'table: no line' tv-import --name x bad.csv -o x.tv
head -c 15 input_0.pb >cut.pb; fails 3 'TensorProto' 'pb: truncated' tv-import cut.pb -o x.tv
fails 3 'want images for these options, got i32' 'image options on tensors' tv-import --rgb labels.npy -o x.tv

{ bytes 0 0 13 4 0 0 0 2 0 0 0 1 0 0 0 0 0 0 0 2; } >none-idx4
fails 3 'no pixels' 'images of no pixels' sh -c 'tv-import --name image none-idx4 -o x.tv'

# ---- reference data ----
if [ -n "$SHARED" ]; then
    D=$SHARED/data
    ok 'svhn' tv-import --domain source --labels "$D/svhn/val-labels-idx1-ubyte.gz" --head 200 --rgb --pad 32 --preset half "$D/svhn/val-images-idx4-ubyte.gz" -o svhn.tv
    ok 'mnist' tv-import --domain target --labels "$D/mnist/t10k-labels-idx1-ubyte.gz" --head 200 --rgb --pad 32 --preset half "$D/mnist/t10k-images-idx3-ubyte.gz" -o mnist.tv
    is 'svhn' 'u8 [200,32,32,3]' "$(shape svhn.tv)"
    is 'mnist' 'u8 [200,32,32,3]' "$(shape mnist.tv)"
    ok 'photographs' tv-import --preset imagenet --head 20 "$D"/imagenet/*.JPEG -o photos.tv
    is 'photographs' 'u8 [20,224,224,3]' "$(shape photos.tv)"
else
    skip 'no reference data'
fi
finish
