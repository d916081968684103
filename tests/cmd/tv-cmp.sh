#!/usr/bin/env bash
# tv-cmp: equal, close, different; shapes, dtypes and names; exit codes.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1
no() { # the command says "no": exit 1
    local name=$1 code=0; shift
    "$@" >"$T/said" 2>"$T/err" || code=$?
    if [ $code -eq 1 ]; then pass; else fail "$name (exit $code, want 1)"; fi
}
tensor x 3 100 200 300; tensor y 1 7; stream a.tv
tensor x 3 100 201 300; tensor y 1 7; stream b.tv
tensor x '3 1' 100 200 300; tensor y 1 7; stream shape.tv
tensor x 3 100 200 300; stream less.tv

ok 'a file and itself' tv-cmp a.tv a.tv
ok 'a file and a pipe' sh -c 'tv-cmp a.tv - <a.tv'
no 'different' tv-cmp a.tv b.tv
tv-cmp a.tv b.tv >table
equals 'the table' $'x\tdifferent\t3\t1\t1\t0.005\t0.0016666666666666668' "$(sed -n 2p table)"
equals 'what is equal' $'y\tequal\t1\t0\t0\t0\t0' "$(sed -n 3p table)"
ok 'absolute tolerance' tv-cmp --atol 1 a.tv b.tv
no 'too small' tv-cmp --atol 0.99 a.tv b.tv
ok 'relative tolerance' tv-cmp --rtol 0.005 a.tv b.tv
no 'relative to the first file' tv-cmp --rtol 0.004987 b.tv a.tv -t x --rtol 0.004975
ok 'relative to the first file' tv-cmp --rtol 0.0049752 b.tv a.tv
ok 'sum of differences' tv-cmp --l1 0.0017 a.tv b.tv
no 'sum of differences' tv-cmp --l1 0.0016 a.tv b.tv
ok 'chosen tensors' tv-cmp -t y a.tv b.tv
no 'shapes' tv-cmp a.tv shape.tv
ok 'shapes are named' grep -q 'shapes differ: i32 \[3\], i32 \[3,1\]' "$T/said"
no 'only in the first' tv-cmp a.tv less.tv
ok 'only in the first' grep -q 'y	only in the first' "$T/said"
no 'only in the second' tv-cmp less.tv a.tv
ok 'only in the second' grep -q 'y	only in the second' "$T/said"
no 'quiet' tv-cmp -q a.tv b.tv
ok 'quiet' test ! -s "$T/said"
ok 'JSON' sh -c 'tv-cmp --json a.tv a.tv | grep -q "{\"tensor\": \"x\", \"verdict\": \"equal\", \"count\": 3"'
fails 2 'want FILE FILE, got 1' 'one file' tv-cmp a.tv
fails 3 'matches z' 'no such tensor' tv-cmp -t z a.tv b.tv
fails 3 'truncated' 'cut' sh -c 'head -c 200 a.tv | tv-cmp a.tv -'

# ---- dtypes, NaN, infinities: arrays as IDX files of doubles and floats ----
idx() { printf '%b' "\\x00\\x00\\x0$1\\x01\\x00\\x00\\x00\\x0$2$3" >idx; tv-import --name x -o "$4" idx; }
idx d 2 '\x3f\x80\x00\x00\x7f\xc0\x00\x00' f.tv
idx e 2 '\x3f\xf0\x00\x00\x00\x00\x00\x00\x7f\xf8\x00\x00\x00\x00\x00\x00' d.tv
idx d 2 '\x3f\x80\x00\x00\x7f\x80\x00\x00' inf.tv
no 'dtypes' tv-cmp f.tv d.tv
ok 'dtypes, with a tolerance; NaN is NaN' tv-cmp --rtol 1e-9 f.tv d.tv
no 'NaN is not infinite' tv-cmp --rtol 1 --atol 1e30 f.tv inf.tv
no 'infinite is not NaN' tv-cmp --l1 1e30 inf.tv f.tv
ok 'infinite is infinite' tv-cmp inf.tv inf.tv
finish
