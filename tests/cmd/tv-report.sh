#!/usr/bin/env bash
# tv-report: one self-contained page; views without streams say so; errors; and in a browser everything a person can do.
. "$(dirname "$0")/../lib.sh"
make_streams=${BUILD:-$ROOT/build}/tests/tools/figures
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || { fail fixture; finish; }
cd "$T/f" || exit 1

# ---- a whole report, as tv-transfer makes it, of domains with names of their own ----
tv-import -q --domain street --labels street-labels.idx.gz --preset half --head 40 street-images.idx.gz -o street.tv
tv-import -q --domain handwriting --labels handwriting-labels.idx.gz --preset half --rgb --pad 32 --head 40 \
    handwriting-images.idx.gz -o handwriting.tv
ok 'tv-transfer' tv-transfer source.onnx target.onnx street.tv handwriting.tv -o out --class 3 --perplexity 10 \
    --formats svg --source-checkpoints 'source-0*.onnx' --target-checkpoints 'target-0*.onnx'
report=out/report.html command_line=$(sed -n '/^tv-report/,/ -o /p' "$T/out" | tr -d '\\\n' | sed 's/ -o .*//')
ok 'a page' grep -q '^<!DOCTYPE html>' $report
ok 'that is complete' sh -c "tail -n1 $report | grep -q '^</html>'"
ok 'asks for nothing' sh -c "! grep -qE '(src|href)=\"?(https?:)?//|@import|url\(' $report"
ok 'small' test "$(stat -c %s $report)" -lt 10000000
# shellcheck disable=SC2086
{
    ok 'again, to a pipe' sh -c "$command_line -j1 >again.html"
    same 'the same bytes' $report again.html
    ok 'small images' $command_line --image-bytes 1k -o small.html
    ok 'are smaller' test "$(stat -c %s small.html)" -lt "$(stat -c %s $report)"
    ok 'title' $command_line --title 'A <b> & </script>' -o title.html
    ok 'title escaped' grep -q '<title>A &lt;b> &amp; &lt;/script></title>' title.html
}

ok 'the domains are called that' grep -q '"domains":\["street","handwriting"\]' $report
ok 'their conductances are found' grep -q '"scaled":{"i16":"' $report

# ---- feature images and kernels ----
ok 'feature images' grep -qE '"features":\{"(source|target)/conv1/[0-9]+":"/9j/' $report
ok 'kernels' grep -qE '"kernels":\{"(source|target)/conv1\.\.conv2/[0-9]+/[0-9]+":\[\[' $report

# ---- parts of it ----
ok 'accuracies alone' tv-report out/eval.tv -o part.html
ok 'from a pipe' sh -c 'tv-report - <out/eval.tv | cmp - part.html || tv-report - <out/eval.tv | grep -q series'
ok 'similarities alone' tv-report out/sim.tv --top 2 -o part.html
tv-sim -q out/attrib-source.tv out/attrib-target.tv --source-ranks out/rank-source.tv --target-ranks out/rank-target.tv \
    -o all.tv
ok 'links of one class, similarities of all' tv-report all.tv --target-links out/links-target.tv -o part.html
ok 'both are there' grep -qE '"class":"3".*"class":"4"|"class":"4".*"class":"3"' part.html
ok 'links' tv-report out/sim.tv --target-links out/links-target.tv -o part.html
if [ -x "$make_streams" ] && mkdir made && "$make_streams" made; then
    ok 'made-up streams' tv-report made/eval.tv made/map.tv made/sim.tv made/discrim.tv made/attrib.tv \
        --images made/source.tv --source-links made/links-s.tv --target-links made/links-t.tv -o made.html
else
    skip "no $make_streams: make test builds it"
fi

# ---- a map of some classes ----
ok 'a map of two classes' tv-tsne -q -t embedding --class 3,4 --perplexity 5 out/infer-target.tv -o some.tv
# shellcheck disable=SC2086
ok 'is matched by path, beside the whole one' ${command_line/out\/map.tv/some.tv out\/map.tv} -o some.html
ok 'says of how many' grep -qE '"maps":\[\{"name":"some.tv","n":[0-9]+,"all":80,' some.html
tv-select --head 30 out/map.tv -o head.tv
tv-select -t pred out/infer-target.tv -o pathless.tv
fails 3 'pathless.tv: pred: want 30 rows as in the map, got 80; with .path.' 'rows that cannot be matched' \
    tv-report head.tv --target-infer pathless.tv -o none.html

# ---- errors ----
head -c 3000 out/sim.tv >cut.tv
fails 3 'cut.tv.*(truncated|ends)' 'a truncated stream' tv-report cut.tv -o none.html
fails 4 'none.tv' 'a stream that is not there' tv-report out/eval.tv --images none.tv -o none.html
fails 2 'top' 'too many neurons' tv-report --top 100000 out/sim.tv -o none.html
ok 'nothing is left' test ! -e none.html

# ---- in a browser ----
CHROMIUM=${CHROMIUM-$(command -v chromium-headless-shell || command -v chromium)}
export CHROMIUM
walk() { # WALK REPORT: see report/drive.js
    node "$ROOT/tests/report/drive.js" "$1" "$2" >seen 2>&1
    ok "$1: $(head -n 3 seen)" grep -q ', 0 failed$' seen
}
tv-report out/eval.tv -o part.html
if [ -n "$CHROMIUM" ] && command -v node >/dev/null; then
    walk whole $report
    walk subset some.html
    walk accuracy part.html
else
    skip 'no chromium and node: tests/packages.txt'
fi
finish
