#!/usr/bin/env bash
# Attribution streams of GIB gibibytes (default 1) through pipes: bytes a second of tv-select, tv-cat and tv-rank against
# cat's in the same place, the best of three turns, peak memory for a quarter and for all of it, files whose tensors come
# in another order, compression against gzip, both ways on two threads, and CRCs against copying.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
speed=${BUILD:-$ROOT/build}/tests/tools/speed
GIB=${GIB:-1}
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
cd "$T"
OMP_NUM_THREADS=1 "$speed" peak | awk -F'[\t ]' '{v[$1] = $2} END {
    printf "CRC-32\t%.1f GB/s\tcopying %.1f GB/s\tratio %.2f\n", v["crc"], v["copy"], v["crc"] / v["copy"]}'
# passes GIB PROGRAM...: seconds of the whole pipe, processor seconds and peak KiB of the program
passes() { local gib=$1; shift; "$speed" stream "$gib" | /usr/bin/time -o times -f '%e %U %S %M' "$@" | cat >/dev/null; cat times; }
row() { # NAME PROGRAM...
    local name=$1 base wall user sys most few; shift
    read -r _ _ _ few < <(passes "$(awk "BEGIN {print $GIB / 4}")" "$@")
    for _ in 1 2 3; do passes "$GIB" cat >>base.tsv; passes "$GIB" "$@" >>runs.tsv; done
    read -r base _ < <(sort -g base.tsv)
    read -r wall user sys most < <(sort -g runs.tsv)
    rm runs.tsv base.tsv
    awk "BEGIN {b = $GIB * 1.073741824; printf \"%s\t%.2f GB/s\tcat %.2f GB/s\tratio %.2f\t%.2f GB a processor second\tpeak memory %d KiB, of a quarter %d\n\",
        \"$name\", b / $wall, b / $base, $base / $wall, b / ($user + $sys + .001), $most, $few}"
}
row tv-select tv-select -q -t 'attrib/conv*' -
row 'tv-select, all' tv-select -q --head 1000000000 -
row tv-cat tv-cat -q -
row tv-rank tv-rank -q -
row 'tv-rank, one thread' tv-rank -q -j1 -
"$speed" stream 0.25 >part.tv
for t in $(tv-info part.tv | tail -n +2 | cut -f2 | tac); do tv-select -q -t "$t" part.tv; done >apart.tv
for second in part apart; do
    /usr/bin/time -o times -f '%e %M' tv-cat -q part.tv $second.tv | cat >/dev/null
    read -r wall most <times
    awk "BEGIN {printf \"tv-cat part.tv $second.tv\t%.2f GB/s\tpeak memory %d KiB\n\", .5 * 1.073741824 / $wall, $most}"
done
"$speed" stream 0.0625 >part.tv
gzip=$( { TIMEFORMAT=%R; time gzip -1 -c part.tv >/dev/null; } 2>&1)
one=$( { TIMEFORMAT=%R; time tv-cat -q -j1 -z 1 part.tv >/dev/null; } 2>&1)
two=$( { TIMEFORMAT=%R; time tv-cat -q -j2 -z 1 part.tv >/dev/null; } 2>&1)
awk "BEGIN {printf \"tv-cat --compress 1\t%.2f s\tgzip -1 %.2f s\tratio %.2f\ttwo threads %.2f s\tratio %.2f\n\", $one, $gzip, $gzip / $one, $two, $one / $two}"
tv-cat -q -z 1 part.tv -o packed.tv
one=$( { TIMEFORMAT=%R; time cat packed.tv | tv-cat -q -j1 - >/dev/null; } 2>&1)
two=$( { TIMEFORMAT=%R; time cat packed.tv | tv-cat -q -j2 - >/dev/null; } 2>&1)
awk "BEGIN {printf \"a compressed pipe through tv-cat\t%.2f s\ttwo threads %.2f s\tratio %.2f\n\", $one, $two, $one / $two}"
