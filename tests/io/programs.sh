#!/usr/bin/env bash
# Every program that reads streams x every fault of its input and its output: the right exit code, a message, no file.
. "$(dirname "$0")/../lib.sh"
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1
tv-infer -q -m target.onnx target.tv -o infer.tv
tv-attrib -q -m target.onnx target.tv -o at.tv
tv-attrib -q -m target.onnx source.tv -o at-on-source.tv
tv-rank -q at.tv -o rank.tv
tv-eval -q --source source.onnx --target target.onnx --data target-val=target.tv -o eval.tv
mkdir out

# input of each program and its command; IN is the input, OUT where its output goes
commands='
target.tv|tv-info IN
target.tv|tv-cat IN -o OUT.tv
target.tv|tv-select --head 3 IN -o OUT.tv
target.tv|tv-cmp IN target.tv
target.tv|tv-export -t label IN -o OUT.npz
target.tv|tv-infer -q -m target.onnx IN -o OUT.tv
target.tv|tv-attrib -q -m target.onnx --steps 2 IN -o OUT.tv
target.tv|tv-weights -q -m target.onnx --class 3 IN -o OUT.tv
target.tv|tv-eval -q --target target.onnx --data target-val=IN -o OUT.tv
target.tv|tv-train -q -m lenet --epochs 1 --batch 20 IN -o OUT.onnx
at.tv|tv-rank -q IN -o OUT.tv
at.tv|tv-sim -q IN at.tv --class 3 -o OUT.tv
at.tv|tv-discrim -q --source at-on-source.tv --target IN --neurons rank.tv --class 3 --cost 1 -o OUT.tv
infer.tv|tv-tsne -q -t embedding --perplexity 5 --iterations 20 IN -o OUT.tv
eval.tv|tv-plot classes IN -o OUT.svg
'
flip() { # FILE OFFSET: one bit
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    printf "\\x$(printf %x $((byte ^ 4)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
run() { # COMMAND with IN and OUT replaced
    local c=${1//IN/bad.tv}
    ${c//OUT/out/o}
}
nothing_left() { ok "$1: nothing left" test -z "$(ls -A out)"; rm -rf out/* out/.[!.]*; }

while IFS='|' read -r input command; do
    [ -n "$input" ] || continue
    size=$(stat -c %s "$input") name=${command%% *}
    cp "$input" bad.tv
    ok "$name as it should be" run "$command"
    rm -rf out/* out/.[!.]*
    for at in 64 128 $((size / 128 * 64)) $((size - 64)) $((size - 1)); do
        head -c "$at" "$input" >bad.tv
        fails 3 'truncated|ends|cut' "$name: input cut at $at" run "$command"
    done
    for at in 9 70 $((size / 3)) $((size / 2)) $((size * 3 / 4)) $((size - 60)); do
        cp "$input" bad.tv
        flip bad.tv "$at"
        fails 3 'bad.tv' "$name: a bit flipped at $at" run "$command"
    done
    : >bad.tv
    fails 3 'empty|truncated' "$name: empty input" run "$command"
    rm bad.tv
    fails 4 'bad.tv' "$name: no input" run "$command"
    nothing_left "$name"
    cp "$input" bad.tv
    for n in 3 40; do # the nth allocation fails: out of memory, or it was not reached
        code=0
        TV_FAIL_ALLOC=$n run "$command" >"$T/out" 2>"$T/err" || code=$?
        if { [ $code -eq 4 ] && grep -q 'out of memory' "$T/err"; } || [ $code -eq 0 ]; then pass
        else fail "$name: allocation $n fails (exit $code)"; fi
    done
    rm -rf out/* out/.[!.]*
    case $command in
    *' -o OUT'*)
        case $name in tv-train | tv-export) continue ;; esac # write files by name only
        to_stdout=${command% -o OUT*}
        fails 4 'No space left' "$name: full disk" bash -c "${to_stdout//IN/bad.tv} >/dev/full"
        fails 4 'Bad file' "$name: stdout closed" bash -c "${to_stdout//IN/bad.tv} >&-"
        ;;
    esac
done <<<"$commands"

# a signal while a network runs
for program in "tv-attrib -q -m target.onnx --steps 400" "tv-infer -q -m target.onnx --batch 1"; do
    mkfifo slow.tv
    (head -c 60000 target.tv; sleep 5; tail -c +60001 target.tv) >slow.tv 2>/dev/null & writer=$!
    $program slow.tv -o out/o.tv 2>"$T/err" & pid=$!
    sleep 0.5
    kill -TERM $pid
    code=0; wait $pid || code=$?
    kill $writer 2>/dev/null
    ok "${program%% *}: ends by SIGTERM" test $code -eq 143
    nothing_left "${program%% *} after SIGTERM"
    rm slow.tv
done 2>/dev/null
finish
