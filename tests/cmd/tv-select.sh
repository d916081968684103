#!/usr/bin/env bash
# tv-select: tensors, rows, classes, layers, renaming; the same from files and pipes.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1
names() { tv-info "$1" | tail -n +2 | cut -f2 | xargs; }
tensor attrib/conv1 '5 2' 0 1 10 11 20 21 30 31 40 41
tensor attrib/conv2 5 0 1 2 3 4
tensor label 5 3 7 3 7 3
tensor class/list 3 7 8 9
stream a.tv

# ---- tensors ----
tv-select -t 'attrib/*' -o x.tv a.tv
equals 'by glob' 'attrib/conv1 attrib/conv2' "$(names x.tv)"
tv-select -t 'attrib/*' -t label --not '*2' -o x.tv a.tv
equals 'without' 'attrib/conv1 label' "$(names x.tv)"
fails 3 'no tensor matches labl; did you mean label' 'no such tensor' tv-select -t labl a.tv

# ---- rows ----
tv-select --head 2 -o x.tv a.tv
equals 'head' '0 1 10 11' "$(values x.tv attrib/conv1)"
tv-select --rows 1:3 -o x.tv a.tv
equals 'rows' '10 11 20 21' "$(values x.tv attrib/conv1)"
equals 'rows of a short tensor' '8 9' "$(values x.tv class/list)"
tv-select --rows 3: -o x.tv a.tv
equals 'to the end' '7 3' "$(values x.tv label)"
tv-select --rows 9: -o x.tv a.tv
equals 'none left' '[0,2]' "$(tv-info x.tv | sed -n 2p | cut -f4)"
for bad in 3 3:1 a: -1:2; do fails 2 'want rows A:B' "rows $bad" tv-select --rows="$bad" a.tv; done
fails 2 'want one of them' 'head and rows' tv-select --head 1 --rows 1: a.tv

# ---- classes ----
tv-select --class 3 -o x.tv a.tv
equals 'rows of a class' '0 1 20 21 40 41' "$(values x.tv attrib/conv1)"
equals 'other tensors whole' '7 8 9' "$(values x.tv class/list)"
tv-select --class 3 --rows 1:3 -o x.tv a.tv
equals 'rows are counted after' '20 21 40 41' "$(values x.tv attrib/conv1)"
tv-select --class 5 -o x.tv a.tv
equals 'absent class' '[0,2]' "$(tv-info x.tv | sed -n 2p | cut -f4)"
fails 3 'no class names; give its index' 'a name without names' tv-select --class dog a.tv
tensor rank/3/conv1 2 5 6; tensor rank/7/conv1 2 7 8; stream r.tv
tv-select --class 7 -o x.tv r.tv
equals 'tensors named by class' 'rank/7/conv1' "$(names x.tv)"
fails 3 'label, or tensors named by class 5; found neither' 'class in no name' tv-select --class 5 r.tv

# ---- rows whose labels come first, last, in chunks of their own ----
for order in 'attrib/conv1 label' 'label attrib/conv1'; do
    for t in $order; do
        tv-select --rename "$t=y" -t y a.tv | tv-select --rename "y=$t" -o "${t##*/}.tv"
    done
    cat $(printf '%s.tv ' ${order//attrib\//}) >apart.tv
    tv-select --class 3 -o x.tv apart.tv
    equals "order: $order" '0 1 20 21 40 41' "$(values x.tv attrib/conv1)"
    ok "order: $order, from a pipe" sh -c 'tv-select --class 3 <apart.tv >y.tv && tv-cmp x.tv y.tv'
done

# ---- attributes ----
attributes() { tv-info -v "$1" | tail -n +2 | cut -f5 | tr '\n' '|'; }
tv-select --rename 'attrib/*=a/*' --attr 'a/*:unit=s' --attr 'a/conv1:unit=m=s' --attr 'label:kind=x' -o x.tv a.tv
equals 'set, by the new names' 'unit=m=s|unit=s|kind=x||' "$(attributes x.tv)"
tv-select --attr '*:unit=' -o y.tv x.tv
equals 'taken away' '||kind=x||' "$(attributes y.tv)"
ok 'data as before' tv-cmp x.tv y.tv
for bad in x x:y :y=z 'x:=z'; do fails 3 'want GLOB:KEY=VALUE' "attribute $bad" tv-select --attr "$bad" a.tv; done
ok 'no such tensor: a warning' sh -c 'tv-select --attr "none:a=b" -o x.tv a.tv 2>&1 | grep -q "none:a=b: no tensor matches"'

# ---- layers ----
fails 3 'does not say its layers' 'layers of a stream without them' tv-select --layers conv1 a.tv
tv-export -o a.npz a.tv
tv-select --layers conv2 -o x.tv a.npz
equals 'layers of an archive' 'attrib/conv2 label class/list' "$(names x.tv)"
fails 3 'no layer conv3; did you mean conv1' 'no such layer' tv-select --layers conv3 a.npz
tensor links/3/conv1..conv2 1 0; tensor links/3/conv2..fc3 1 0; tensor rank/3/fc3 1 0; tensor rank/3/conv1 1 0
tensor rank/3/conv2 1 0; stream l.tv
tv-export -o l.npz l.tv
tv-select --layers conv1..conv2 -o x.tv l.npz
equals 'pairs of layers' 'links/3/conv1..conv2 rank/3/conv1 rank/3/conv2' "$(names x.tv)"

# ---- renaming ----
tv-select --rename 'attrib/*=*/sum' --rename 'label=y' -o x.tv a.tv
equals 'with a star' 'conv1/sum conv2/sum y class/list' "$(names x.tv)"
tv-select --rename '*1=a' --rename 'a=b' -t b -o x.tv a.tv
equals 'one after the other, before selecting' b "$(names x.tv)"
ok 'a rule that matches nothing is said' sh -c 'tv-select --rename z=y a.tv 2>&1 >/dev/null | grep -q "no tensor matches"'
fails 3 'written twice' 'two of one name' tv-select --rename 'attrib/conv2=label' -o x2.tv a.tv
for bad in a a= =b '*=a*b*' 'a=*' '*a*=b'; do fails 3 '--rename: want' "rename $bad" tv-select --rename "$bad" -o x2.tv a.tv; done
ok 'nothing left behind' test ! -e x2.tv -a -z "$(ls -A | grep '^\.')"

# ---- an independent archive ----
if [ -n "$SHARED" ]; then
    tv-select --rename 'attrib_gl50|target|target|*=attrib/*' --rename 'label|target=label' -t 'attrib/*' -t label \
        --layers conv2..fc6 --class 3 --head 4 -o x.tv "$SHARED/golden/svhn-mnist.npz"
    equals 'names of another program' 'label attrib/conv2 attrib/conv3 attrib/conv4 attrib/conv5 attrib/fc6' "$(names x.tv)"
    equals 'their rows' '3 3 3 3' "$(values x.tv label)"
else
    skip 'no reference data'
fi
finish
