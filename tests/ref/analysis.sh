#!/usr/bin/env bash
# Ranks, similarities and domain discriminability against the golden values, given the golden attributions.
. "$(dirname "$0")/../lib.sh"
[ -n "$SHARED" ] || { skip 'no reference data'; finish; }
golden=$SHARED/golden/svhn-mnist.npz
cd "$T" || exit 1

# MODEL DOMAIN FILE: golden attributions as a stream; names have | where ours have /
attributions() {
    tv-select --rename "attrib_gl50|$1|$2|*=attrib/*" --rename "label|$2=label" -t 'attrib/*' -t label -o "$3" "$golden"
}
ok 'source model on target images' attributions source target as.tv
ok 'target model on target images' attributions target target at.tv
ok 'target model on source images' attributions target source at-on-source.tv

# ---- ranks: exactly ----
for model in source target; do
    ok "ranks of the $model model" tv-rank --top 10% -o "rank-$model.tv" "a${model:0:1}.tv"
    ok 'classes 3 and 8' tv-rank --class 3,8 --top 10% -o few.tv "a${model:0:1}.tv"
    for class in 3 8; do
        tv-select --rename "rank|$model|c$class|*=rank/$class/*" --rename "top|$model|c$class|*=top/$class/*" \
            -t "rank/$class/*" -t "top/$class/*" -o want.tv "$golden"
        ok "$model, class $class" tv-cmp -t "*/$class/*" want.tv "rank-$model.tv"
        ok "$model, class $class of two" tv-cmp -t "*/$class/*" want.tv few.tv
    done
done

# ---- similarity: to 1e-4 ----
ok 'similarity' tv-sim --class 3 --class 8 -o sim.tv as.tv at.tv
tv-select --rename 'sim|c3|*=sim/3/*' --rename 'sim|c8|*=sim/8/*' -t 'sim/*' -o want.tv "$golden"
ok 'similarity' tv-cmp --atol 1e-5 want.tv sim.tv

# ---- discriminability: u to 1e-3 of its norm ----
for class in 3 8; do
    tv-select --rename "discrim|c$class|*=discrim/$class/*" -t "discrim/$class/u" -o want.tv "$golden"
    ok "class $class" tv-discrim --source at-on-source.tv --target at.tv --neurons rank-target.tv --class $class \
        --layers conv1..fc7 --cost 1 -o discrim.tv
    ok "class $class: u" tv-cmp --l1 1e-5 -t "discrim/$class/u" want.tv discrim.tv
    # the golden matrix itself, its rows told apart by the label
    for domain in 0 1; do
        tv-select --rename "discrim|c$class|A=attrib/A" --rename "discrim|c$class|label=label" -t attrib/A -t label \
            --class $domain -o "A$domain.tv" "$golden"
    done
    ok "class $class: A" tv-discrim --source A0.tv --target A1.tv --cost 1 -o discrim.tv
    tv-select --rename "discrim/$class/u=discrim/all/u" -o want-all.tv want.tv
    ok "class $class: u given A" tv-cmp --l1 1e-5 -t discrim/all/u want-all.tv discrim.tv
done
finish
