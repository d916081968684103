#!/usr/bin/env bash
# Includes point downwards only (core <- num <- nn, data <- analysis <- fig <- report), only core prints or exits, and
# files and functions stay readable.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
declare -A below=([core]='core' [num]='core|num' [nn]='core|num|nn' [data]='core|num|data'
    [analysis]='core|num|nn|data|analysis' [fig]='core|num|nn|data|analysis|fig'
    [report]='core|num|nn|data|analysis|fig|report')
for dir in lib/*/; do
    module=$(basename "$dir")
    ok "$module includes what is below" test -z \
        "$(grep -hE '#include "[a-z]+/' "$dir"*.[ch] | grep -vE "\"(${below[$module]:-none})/" | tee /dev/stderr)"
    [ "$module" = core ] && continue
    ok "$module neither prints nor exits" test -z \
        "$(grep -nE '\b(f?printf|f?puts|putchar|perror|exit|abort)\(' "$dir"*.c | grep -v snprintf | tee /dev/stderr)"
done
ok 'files below 700 lines' test -z "$(wc -l lib/*/*.[ch] cmd/*.c | awk '$2 != "total" && $1 >= 700' | tee /dev/stderr)"
ok 'programs below 200 lines' test -z "$(wc -l cmd/*.c | awk '$2 != "total" && $1 >= 200' | tee /dev/stderr)"
finish
