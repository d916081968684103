# tests/lib.sh - what a shell test needs; sourced by every tests/*/*.sh.
#
#   ok NAME command...            passes when the command exits 0
#   fails CODE PATTERN NAME command...   passes when it exits CODE and its stderr matches the extended PATTERN
#   complete FILE                 attributions add up to the same at every layer
#   same NAME FILE FILE           passes when the bytes are equal
#   skip WHY                      counts one skipped test
#   sanitized                     do the programs run under sanitizers (make check-asan), twenty times as slow?
#   finish                        last line: "N passed, N failed[, N skipped]"
#
# $BIN programs, $SHARED the reference data (empty when absent), $T a scratch directory that goes away at the end.
# A test script takes no arguments and may be run by hand from anywhere.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BIN=${BIN:-$ROOT/bin}
export TV_SHARE=$ROOT/share # wherever the programs were built
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY-passive}
PATH=$BIN:$PATH
SHARED=${SHARED-$ROOT/../shared}
[ -d "$SHARED/golden" ] || SHARED=
T=$(mktemp -d "${TMPDIR:-/tmp}/tv-test.XXXXXX")
trap 'rm -rf "$T"' EXIT
passed=0 failed=0 skipped=0

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "$(basename "$0"): failed: $1"
    [ -s "$T/err" ] && sed 's/^/    /' "$T/err" | head -5
    return 0
}
ok() {
    local name=$1; shift
    if "$@" >"$T/out" 2>"$T/err"; then pass; else fail "$name (exit $?)"; fi
}
fails() {
    local code=$1 pattern=$2 name=$3 got=0; shift 3
    "$@" >"$T/out" 2>"$T/err" || got=$?
    if [ $got -eq "$code" ] && grep -Eq -- "$pattern" "$T/err"; then pass
    else fail "$name (exit $got, want $code; stderr should match: $pattern)"; fi
}
same() { if cmp -s "$2" "$3"; then pass; else fail "$1: $2 and $3 differ"; fi; }
# complete FILE: the sums of every tensor attrib/* of a `--reduce sum` run equal those of the last one, to 1e-4.
complete() { # FILE [FLOOR]: relative to the sum, or to FLOOR (1) where that is larger
    tv-export -t 'attrib/*' --format tsv "$1" | awk -F'\t' -v tol=1e-4 -v floor="${2:-1}" '
        NR == 1 {for (i = 1; i <= NF; i++) {sub(/\.[0-9]+$/, "", $i); name[i] = $i} n = NF; next}
        {split("", sum); for (i = 1; i <= n; i++) sum[name[i]] += $i
         last = sum[name[n]]; scale = last < 0 ? -last : last; if (scale < floor) scale = floor
         for (k in sum) {d = sum[k] - last; if (d < 0) d = -d; if (d > tol * scale) {print k, sum[k], last; bad = 1}}}
        END {exit bad}'
}
sanitized() { [ -n "${ASAN_OPTIONS-}" ]; }
skip() { skipped=$((skipped + 1)); echo "$(basename "$0"): skipped: $1"; }
finish() {
    echo "$passed passed, $failed failed$([ $skipped -gt 0 ] && echo ", $skipped skipped")"
    exit $((failed > 0))
}

# least COMMAND...: the MiB of --mem with which the command works on target.tv; with a fixed --batch it goes by pieces of
# the path then
least() {
    local m=1 want
    while want=$("$@" --mem ${m}M target.tv -o "$T/least" 2>&1 | sed -n 's/.*at least \([0-9]*\) MiB.*/\1/p'); [ -n "$want" ]; do
        m=$((want > m ? want : m + 1))
    done
    echo $((m + 1)) # a process takes a little more or less each time
}
