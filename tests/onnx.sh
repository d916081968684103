#!/usr/bin/env bash
# Conformance: runs every case of DIR (folders with model.onnx and test_data_set_0/{input_N,output_N}.pb) through
# tv-infer and tv-cmp, and prints a table: passed, refused (exit 3, by name) or failed.  tests/onnx.sh DIR [TABLE.tsv]
set -u
ROOT=$(cd "$(dirname "$0")/.." && pwd)
PATH=${BIN:-$ROOT/bin}:$PATH
dir=$1 table=${2:-/dev/null}
export OMP_WAIT_POLICY=passive OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
passed=0 refused=0 failed=0
: >"$table"
result() { # CASE VERDICT WHY
    printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$table"
    [ "$2" = passed ] || printf '%-60s %-8s %s\n' "$1" "$2" "$3"
    eval "$2=\$(($2 + 1))"
}
run_case() { # inputs and outputs are those of the graph, in order
    local c=$1 name=$2 outputs i=0 args=()
    while [ -e "$c/test_data_set_0/input_$i.pb" ]; do
        args+=(--input "$c/test_data_set_0/input_$i.pb")
        i=$((i + 1))
    done
    [ ${#args[@]} -gt 0 ] || args=(--input=)
    tv-infer -q -m "$c/model.onnx" "${args[@]}" -o "$T/out.tv" 2>"$T/err"
    local code=$?
    if [ $code -eq 3 ]; then result "$name" refused "$(head -n 1 "$T/err")"; return; fi
    if [ $code -ne 0 ]; then result "$name" failed "exit $code: $(head -n 1 "$T/err")"; return; fi
    i=0
    tv-info "$T/out.tv" | tail -n +2 | cut -f2 >"$T/outputs"
    while read -r n; do
        if ! tv-import -q --name "$n" "$c/test_data_set_0/output_$i.pb" -o "$T/want.tv" 2>"$T/err"; then
            result "$name" refused "$(head -n 1 "$T/err")"; return
        fi
        if ! { tv-select -q -t "$n" "$T/out.tv" -o "$T/got.tv" && tv-cmp -q --rtol 1e-3 --atol 1e-5 "$T/want.tv" "$T/got.tv"; } >"$T/cmp" 2>&1
        then
            result "$name" failed "output $n: $(grep -v '^tensor' "$T/cmp" | head -n 1)"; return
        fi
        i=$((i + 1))
    done <"$T/outputs"
    result "$name" passed ""
}
light() { # whole topologies of constant weights: NAME.onnx and NAME_output_0.pb, fed a ramp
    local model=$1 name
    name=$(basename "$model" .onnx)
    "${BUILD:-$ROOT/build}/tests/tools/ramp" 1 3 224 224 >"$T/ramp.npy"
    if ! tv-infer -q -m "$model" --input "$T/ramp.npy" -o "$T/out.tv" 2>"$T/err"; then
        result "$name" failed "$(head -n 1 "$T/err")"; return
    fi
    tv-import -q --name "$(tv-info "$T/out.tv" | sed -n 2p | cut -f2)" "${model%.onnx}_output_0.pb" -o "$T/want.tv"
    if tv-cmp -q --rtol 1e-3 --atol 1e-5 "$T/want.tv" "$T/out.tv" >"$T/cmp" 2>&1; then result "$name" passed ""
    else result "$name" failed "$(grep -v '^tensor' "$T/cmp" | head -n 1)"; fi
}
for m in "$dir"/*.onnx "$dir"/*/light_*.onnx; do
    [ -e "$m" ] && light "$m"
done
for c in "$dir"/*/ "$dir"/*/*/; do
    [ -e "$c/model.onnx" ] || continue
    run_case "${c%/}" "$(basename "${c%/}")"
done
echo "conformance: $passed passed, $refused refused, $failed failed"
[ $failed -eq 0 ]
