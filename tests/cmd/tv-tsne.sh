#!/usr/bin/env bash
# tv-tsne: determinism, choices, what comes along, errors.
. "$(dirname "$0")/../lib.sh"
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1
tv-infer -q -m target.onnx source.tv -o is.tv && tv-infer -q -m target.onnx target.tv -o it.tv && tv-cat is.tv it.tv -o i.tv
map() { tv-tsne -q -t embedding --perplexity 10 "$@"; }

ok "both domains" map i.tv -o a.tv
for o in -j1 -j2 "--seed 1"; do
    ok "with $o" map $o i.tv -o b.tv
    ok "same map with $o" bash -c "tv-select -t tsne a.tv -o x.tv && tv-select -t tsne b.tv -o y.tv && tv-cmp x.tv y.tv"
done
ok "from a pipe" bash -c "tv-tsne -q -t embedding --perplexity 10 - <i.tv >p.tv"
for t in tsne tsne.kl label domain path pred; do ok "writes $t" bash -c "tv-info a.tv | cut -f2 | grep -qx $t"; done
ok "another seed" map --seed 2 i.tv -o seed.tv
ok "makes another map" bash -c '! tv-cmp -q -t tsne a.tv seed.tv'
ok "random start depends on the seed" bash -c '
    tv-tsne -q -t embedding --init random --seed 1 --perplexity 5 it.tv -o r1.tv && tv-tsne -q -t embedding --init random --seed 2 --perplexity 5 it.tv -o r2.tv && ! tv-cmp -q -t tsne r1.tv r2.tv'
ok "mesh" map --repulsion mesh i.tv -o mesh.tv
ok "reduced" map --pca-dims 8 i.tv -o pca.tv
ok "same mesh with -j2" bash -c 'tv-tsne -q -j1 -t embedding --perplexity 10 --repulsion mesh i.tv -o m1.tv &&
    tv-tsne -q -j2 -t embedding --perplexity 10 --repulsion mesh i.tv -o m2.tv && cmp m1.tv m2.tv'
ok "from an earlier map" map --init a.tv --iterations 50 i.tv -o again.tv
kl() { tv-export -q -t tsne.kl --format csv "$1" -o - | tail -n 1; }
ok "short descent" map --iterations 60 i.tv -o short.tv
ok "goes on from a map" map --init short.tv --exaggeration 1 --iterations 300 i.tv -o longer.tv
ok "and gets further" awk "BEGIN {exit !($(kl longer.tv) < $(kl short.tv))}"
ok "one class" bash -c 'tv-tsne -q -t embedding --class 3 --perplexity 2 i.tv | tv-info - | grep -q "tsne.*\[8,2\]"'
ok "a lone matrix needs no name" bash -c 'tv-export -q -t embedding -o e.npy it.tv && tv-tsne -q --perplexity 5 e.npy -o e.tv'
ok "dry run" map --dry-run i.tv
ok "enough memory" map --mem 1G i.tv -o a.tv
fails 3 'mem.*want.*MiB' "too little memory" map --mem 1M i.tv -o none.tv

ok "writes the affinities" map --save-p i.tv -o p.tv
ok "their sum is 1" bash -c "tv-export -q -t tsne.p/value --format csv p.tv -o - | awk 'NR > 1 {s += \$1} END {exit !(s > .99999 && s < 1.00001)}'"
ok "takes them again" map --load-p p.tv i.tv -o q.tv
ok "same map" tv-cmp -q -t 'tsne*' --rtol 0 --atol 0 q.tv a.tv
fails 3 'tsne.p.*want 40 rows, got 80' "affinities of other rows" map --load-p p.tv it.tv -o none.tv
fails 3 'tsne.p/start' "no affinities" map --load-p a.tv i.tv -o none.tv
ok "negative affinities" bash -c "tv-select -t tsne.p/start -t tsne.p/column p.tv -o two.tv &&
    tv-select -t tsne.p/value p.tv | tv-export -t tsne.p/value -o v.npy - && { head -c 128 v.npy; printf '\\0\\0\\200\\277'; tail -c +133 v.npy; } >w.npy &&
    tv-select --rename 'w=tsne.p/value' w.npy -o w.tv && tv-cat -u two.tv w.tv -o bad.tv"
fails 3 'entry 0: want a column below 80 and a value from 0 to 1, got [0-9]*, -1' "are refused" map --load-p bad.tv i.tv -o none.tv

# The mean of tsne.shift is the distance between corresponding rows of successive maps.
mean() { tv-export -q -t "$2" --format csv "$1" -o - | awk 'NR > 1 {s += $1; n++} END {print s / n}'; }
tv-infer -q -m source.onnx target.tv -o before.tv
ok "aligned" map --align before.tv it.tv -o aligned.tv
ok "same aligned with -j2" bash -c 'tv-tsne -q -t embedding --perplexity 10 -j1 --align before.tv it.tv -o j1.tv && tv-tsne -q -t embedding --perplexity 10 -j2 --align before.tv it.tv -o j2.tv && cmp j1.tv j2.tv'
ok "only the start in common" map --align --align-weight 0 before.tv it.tv -o apart.tv
ok "a map alone is that of no weight" bash -c 'tv-tsne -q -t embedding --perplexity 10 before.tv | tv-select -t tsne - -o alone.tv && tv-select --rename tsne/before=tsne apart.tv | tv-select -t tsne - -o first.tv && tv-cmp -q alone.tv first.tv'
for t in tsne/before tsne/it tsne.kl/it tsne.shift/it label path pred pred/it; do ok "writes $t" bash -c "tv-info aligned.tv | cut -f2 | grep -qx $t"; done
ok "rows stay near" awk "BEGIN {exit !($(mean aligned.tv tsne.shift/it) < .3 * $(mean apart.tv tsne.shift/it))}"
ok "at little divergence" awk "BEGIN {exit !($(mean aligned.tv tsne.kl/it) < 1.3 * $(mean apart.tv tsne.kl/it))}"
fails 3 'path: row 0: want' "other rows" map --align is.tv it.tv -o none.tv
fails 3 'want 40 rows' "another number of rows" map --align it.tv i.tv -o none.tv
mkdir -p other && cp it.tv other/
fails 3 'two inputs are called so' "equal names" map --align it.tv other/it.tv -o none.tv
fails 2 'two or more' "one input" map --align it.tv -o none.tv
fails 2 '\-\-align maps several' "several without --align" map it.tv is.tv -o none.tv

# Most rows of the old map land so that no other place is nearer than their own.
ok "old map" map it.tv -o old.tv
ok "places rows" map --transform old.tv it.tv it.tv -o placed.tv
for m in old placed; do tv-export -q -t tsne --format csv $m.tv -o $m.csv; done
paste -d, old.csv placed.csv >both.csv
ok "each beside itself" awk -F, 'NR > 1 {x[NR] = $1; y[NR] = $2; u[NR] = $3; v[NR] = $4}
    END {for (i = 2; i <= NR; i++) {
             least = 1e9
             for (j = 2; j <= NR; j++) {d = (u[i]-x[j])^2 + (v[i]-y[j])^2; if (d < least) {least = d; nearest = j}}
             own += nearest == i
         }
         exit !(own > .8 * (NR - 1))}' both.csv
ok "places do not depend on the others" bash -c 'tv-select --head 7 it.tv | tv-tsne -q -t embedding --perplexity 10 -j2 --transform old.tv it.tv - | tv-select -t tsne - -o seven.tv &&
    tv-select -t tsne --head 7 placed.tv | tv-cmp -q --rtol 0 --atol 0 - seven.tv'
ok "carries the new rows' tensors" bash -c 'tv-tsne -q -t embedding --perplexity 10 --transform old.tv it.tv is.tv -o new.tv && tv-cmp -q -t path new.tv is.tv'
fails 2 'want two inputs' "new rows without the old ones" map --transform old.tv is.tv -o none.tv
fails 3 'transform.*want 40 points' "a map of other rows" map --transform a.tv it.tv is.tv -o none.tv
ok "rows of other columns" bash -c 'tv-select -t logits it.tv | tv-select --rename logits=embedding - -o narrow.tv'
fails 3 'columns as in' "not among the old ones" map --transform old.tv it.tv narrow.tv -o none.tv
npy() { printf '\223NUMPY\1\0v\0'; printf '%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2, 2), }"; } # header of 128 bytes
export -f npy
bash -c '{ npy "<i2" 12; for i in 1 2 3 4 5 6 7 8 9 A B C; do printf "\\x0$i\0\\x0$i\0"; done; } >ints.npy'
ok "a lone matrix of integers" tv-tsne -q --perplexity 3 ints.npy -o ints.tv
bash -c '{ npy "<f4" 12; head -c 96 /dev/zero; } >equal.npy'
ok "equal rows" bash -c 'tv-tsne --perplexity 3 equal.npy -o equal.tv 2>&1 | grep -q "all rows are equal"'
ok "classes by name or index" bash -c 'tv-tsne -q -t embedding --class 3,8 --perplexity 2 i.tv | tv-select -t label - | tv-export --format csv -o - - | grep -Eqv "^(label|3|8)" && exit 1 || exit 0'
fails 3 'logits.*-t NAME' "several matrices" tv-tsne -q --perplexity 5 i.tv -o none.tv
fails 3 'perplexity' "perplexity beyond the rows" tv-tsne -q -t embedding --perplexity 60 it.tv -o none.tv
fails 3 'nothing' "no such tensor" tv-tsne -q -t nothing i.tv -o none.tv
fails 3 'init.*points' "another number of points" map --init a.tv it.tv -o none.tv
bash -c '{ npy "<f4" 12; printf "\0\0\300\177"; head -c 92 /dev/zero; } >nan12.npy'
fails 3 'init.*coordinates under' "a start that is not finite" tv-tsne -q --perplexity 2 --init nan12.npy ints.npy -o none.tv
fails 3 'row 0, column 0' "a NaN" bash -c '{ npy "<f4" 8; printf "\0\0\300\177"; head -c 60 /dev/zero; } >nan.npy; tv-tsne -q --perplexity 2 nan.npy -o none.tv'
fails 3 'flew apart.*--learning-rate' "too large a rate" map --learning-rate 1e9 i.tv -o none.tv
fails 3 'at least 4 rows' "too few rows" tv-tsne -q -t embedding --class 77 i.tv -o none.tv
ok "no file left by failures" test ! -e none.tv
finish
