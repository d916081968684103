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
