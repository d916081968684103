#!/usr/bin/env bash
# The ONNX conformance cases: everything in scope passes, the rest is refused by name, nothing is wrong.
. "$(dirname "$0")/../lib.sh"
[ -n "$SHARED" ] && [ -d "$SHARED/onnx-tests" ] || { skip "no conformance cases"; finish; }
"$ROOT/tests/onnx.sh" "$SHARED/onnx-tests" "$T/table.tsv" >"$T/out" 2>&1 || cat "$T/out"
passed=$(grep -c '	passed	' "$T/table.tsv") failed=$(grep -c '	failed	' "$T/table.tsv")
grep '	refused	' "$T/table.tsv" | grep -v 'sequences' >"$T/unexpected"
[ -s "$T/unexpected" ] && fail "refused: $(cat "$T/unexpected")"
finish
