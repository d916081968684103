#!/usr/bin/env bash
# tv-plot: every figure in three formats; size, themes, pipes, determinism; what is missing or wrong is named.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
make_streams=${BUILD:-$ROOT/build}/tests/tools/figures
if [ ! -x "$make_streams" ]; then
    skip "no $make_streams: make test builds it"
    finish
fi
"$make_streams" . || { fail 'making the streams'; finish; }
links='--source-links links-s.tv --target-links links-t.tv'

width() { od -An -tu1 -j16 -N4 "$1" | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }'; }
equals() { if [ "$2" = "$3" ]; then pass; else fail "$1: want $2, got $3"; fi; }

# ---- every figure ----
for figure in 'accuracy eval.tv' 'classes eval.tv' 'instances map.tv' "network sim.tv $links" \
    'features discrim.tv attrib.tv source.tv' 'domains discrim.tv --images source.tv' 'curves curves.tv' \
    "overview eval.tv map.tv sim.tv discrim.tv attrib.tv source.tv $links"; do
    name=${figure%% *}
    for format in svg png pdf; do
        # shellcheck disable=SC2086
        ok "$name as $format" tv-plot $figure -o "$name.$format"
        # shellcheck disable=SC2086
        tv-plot -j1 $figure --format $format >again 2>"$T/err"
        same "$name as $format, to a pipe" "$name.$format" again
    done
    if command -v xmllint >/dev/null; then ok "$name: XML" xmllint --noout "$name.svg"; else skip "$name: no xmllint"; fi
    ok "$name: text is text" grep -q '<text .*</text>' "$name.svg"
    equals "$name: width" $([ "$name" = overview ] && echo 2400 || echo 1600) "$(width "$name.png")"
    equals "$name: PDF" %PDF "$(head -c4 "$name.pdf")"
    case $(grep -c 'id="' "$name.svg"),$(grep -o ' id="[^"]*"' "$name.svg" | sort -u | wc -l) in
    0,*) fail "$name: no ids" ;;
    *) pass ;;
    esac
done

equals 'overview: six panels' 6 "$(grep -c 'class="panel"' overview.svg)"

# ---- the network as a graph ----
"$ROOT/tests/fixture.sh" "$T/f" >"$T/err" 2>&1 || fail fixture
ok 'attributions' sh -c 'tv-attrib -q -m f/target.onnx f/target.tv | tv-rank - -o ranks.tv'
for format in svg png pdf; do
    ok "arch as $format" tv-plot arch f/target.onnx --target-ranks ranks.tv --class 3 -o "arch.$format"
    tv-plot arch f/target.onnx --target-ranks ranks.tv --class 3 --format $format >again 2>"$T/err"
    same "arch as $format, to a pipe" "arch.$format" again
done
equals 'arch: layers' 4 "$(grep -c 'class="layer"' arch.svg)"
equals 'arch: important neurons' 4 "$(grep -c 'class="important"' arch.svg)"
fails 3 'arch: want one ONNX model as operand' 'arch without a model' tv-plot arch ranks.tv
fails 3 'arch shows one model' 'arch of two models' tv-plot arch f/source.onnx f/target.onnx
fails 3 'arch: want top/<class>/<layer>, found none in eval.tv; tv-rank makes it' 'arch without ranks' \
    tv-plot arch f/target.onnx --target-ranks eval.tv

ok 'a feature image' tv-features -q -m f/target.onnx --neurons conv1:3 --steps 2 -k 0 f/target.tv -o feature.tv
ok 'beside the features' tv-plot features discrim.tv feature.tv --layers conv1 --top 100 -o features.svg
equals 'one of them' 1 "$(grep -c 'class="feature"' features.svg)"

# ---- size, theme, text ----
ok 'width' tv-plot accuracy eval.tv --width 700 -o x.png
equals 'width of the PNG' 700 "$(width x.png)"
ok 'width of SVG' tv-plot accuracy eval.tv --width 550 -o x.svg
ok 'width in the SVG' grep -q '^<svg .* width="550" .* viewBox="0 0 1100 ' x.svg
ok 'scale' tv-plot accuracy eval.tv --scale 0.5 -o x.png
equals 'scale of the PNG' 550 "$(width x.png)"
ok 'dark' tv-plot accuracy eval.tv --theme dark -o x.svg
ok 'dark ground' grep -q '<rect class="ground" .*fill="#14171c"' x.svg
ok 'title' tv-plot accuracy eval.tv --title 'A <b> & c' -o x.svg
ok 'title in the SVG' grep -q '<title>A &lt;b&gt; &amp; c</title>' x.svg
ok 'font' tv-plot accuracy eval.tv --font 'DejaVu Serif' -o x.svg
ok 'font in the SVG' grep -q "font-family=\"'DejaVu Serif', " x.svg
ok 'standard input' sh -c 'tv-plot accuracy - <eval.tv >x.svg && tv-plot accuracy eval.tv | cmp - x.svg'

# ---- choices ----
ok 'top' tv-plot classes eval.tv --top 4 -o x.svg
equals 'rows' 4 "$(grep -c 'class="class"' x.svg)"
ok 'one class of the map' tv-plot instances map.tv --class 2 -o x.svg
equals 'its entry and the others' 2 "$(grep -c 'class="class"' x.svg)"
ok 'thumbnails' tv-plot instances map.tv source.tv --thumbnails 5 -o x.svg
ok 'thumbnails drawn' grep -q 'class="thumbnail"' x.svg
ok 'one layer' tv-plot network sim.tv --layers conv2 -o x.svg
equals 'one matrix' 1 "$(grep -c 'class="matrix"' x.svg)"
# shellcheck disable=SC2086
ok 'without the source model' tv-plot network sim.tv $links --no-source-weights --no-rest -o x.svg
ok 'only the target model' sh -c '! grep -q "id=\"links-source" x.svg && grep -q "id=\"links-target" x.svg'
ok 'least' tv-plot features discrim.tv --order least --top 3 -o x.svg
equals 'the last rank first' 20 "$(sed -n 's/.*class="neuron".*data-rank="\([0-9]*\)".*/\1/p' x.svg | head -1)"

# ---- curves of one's own numbers ----
printf 'images,time (s)\n4,0.5\n8,1\n16,2.2\n' >mine.csv
ok 'a table as a curve' sh -c "tv-import --name curve/cost/mine mine.csv |
    tv-select --attr 'curve/*:reference=proportional' | tv-plot curves - -o x.svg"
equals 'its points' 3 "$(grep -c 'class="point"' x.svg)"
ok 'its axes' sh -c 'grep -q ">images</text>" x.svg && grep -q ">time (s)</text>" x.svg'
equals 'its line' "$(awk 'BEGIN {printf "%.6f", (2 + 8 + 35.2) / (16 + 64 + 256)}')" \
    "$(sed -n 's/.*data-slope="\([0-9.]*\)".*/\1/p' x.svg | awk '{printf "%.6f", $1}')"
fails 3 'curve/cost/mine: is in two streams' 'the same curve twice' \
    sh -c 'tv-import --name curve/cost/mine mine.csv -o mine.tv; tv-plot curves mine.tv mine.tv'

# ---- what is wrong ----
fails 2 'acuracy: no such figure; did you mean accuracy\?' 'misspelt figure' tv-plot acuracy eval.tv
fails 2 'did you mean --theme' 'misspelt option' tv-plot accuracy eval.tv --teme dark
fails 2 'want a name that ends in .svg, .png or .pdf, or --format' 'unknown suffix' tv-plot accuracy eval.tv -o x.gif
fails 3 'accuracy: want accuracy/<model>/<role>, found none in map.tv; tv-eval makes it' 'accuracy' tv-plot accuracy map.tv
fails 3 'classes: want class/source-accuracy .* found none in map.tv; tv-eval makes it' 'classes' tv-plot classes map.tv
fails 3 'instances: want a map .*, found none in eval.tv; tv-tsne makes it' 'instances' tv-plot instances eval.tv
fails 3 'network: want sim/<class>/<layer>, found none in map.tv; tv-sim makes it' 'network' tv-plot network map.tv
fails 3 'features: want discrim/<class>/u, found none in map.tv, .*source.tv; tv-discrim makes it' 'features' \
    tv-plot features map.tv source.tv
fails 3 'domains: want discrim/<class>/u, found none in map.tv; tv-discrim makes it' 'domains' tv-plot domains map.tv
fails 3 'curves: want curve/<panel>/<series>, found none in map.tv; tv-import.* makes it' 'curves' tv-plot curves map.tv
fails 3 'no layer conv9' 'unknown layer' tv-plot network sim.tv --layers conv9
fails 3 'sim/4/<layer>, found none' 'class without similarities' tv-plot network sim.tv --class 4
fails 3 'links-s.tv: want links/3/|map.tv: want links/3/' 'no links' tv-plot network sim.tv --target-links map.tv
fails 3 'thumbnails: want the data sets' 'no images' tv-plot instances map.tv --thumbnails 5
fails 3 'no class 9' 'unknown class' tv-plot instances map.tv --class 9
fails 3 'at most 32767 pixels' 'too large' tv-plot features discrim.tv --top 20 --width 30000 -o x.png
fails 4 '' 'unreadable' tv-plot accuracy none.tv
head -c 1000 eval.tv >short.tv
rm -f x.svg
fails 3 'short.tv' 'truncated' tv-plot accuracy short.tv -o x.svg
ok 'no file left behind' test ! -e x.svg
finish
