#!/usr/bin/env bash
# tv-info: listing, statistics, keys, history; and what every program's command line has in common.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1
tensor label 4 0 1 -1 2; tensor attrib/conv1 '4 2' 1 2 3 4 5 6 7 8; stream a.tv

# ---- listings ----
equals 'tensors' $'file\ttensor\tdtype\tshape\tattributes' "$(tv-info a.tv | head -n 1)"
equals 'a line each' $'a.tv\tlabel\ti32\t[4]' "$(tv-info a.tv | sed -n 2p | cut -f1-4)"
equals 'statistics' $'-1\t2\t0.5\t0' "$(tv-info --stats a.tv | sed -n 2p | cut -f5-8)"
equals 'from a pipe' stdin "$(tv-info - <a.tv | sed -n 2p | cut -f1)"
equals 'several files' '5' "$(tv-info a.tv a.tv | wc -l)"
ok 'JSON' sh -c 'tv-info --json a.tv | grep -q "{\"file\": \"a.tv\", \"tensor\": \"label\", \"dtype\": \"i32\", \"shape\": \[4\]"'
tv-select -o b.tv a.tv
tv-cat b.tv a.tv -o c.tv
equals 'history' $'tv-cat\n├─ b.tv\n│  └─ tv-select\n│     └─ a.tv\n└─ a.tv' \
    "$(tv-info --history c.tv | sed 's/ [0-9a-f]\{8\}$//; s/ 0\.[0-9.]*.*//' | grep -v -e import -e tensor-)"
ok 'a CRC of the file in it' grep -q "a.tv $(gzip -c a.tv | tail -c 8 | od -An -tx4 -N4 | tr -d ' ')" <(tv-info -H c.tv)
ok 'keys' sh -c 'tv-info --meta a.tv | grep -q "^a.tv	history	{"'

# ---- any command line ----
ok 'help' tv-info --help
ok 'an example first' sh -c 'tv-info --help | head -n 1 | grep -q "^Example: tv-info "'
ok '80 columns' sh -c '! tv-info --help | grep -q "^.\{81\}"'
ok 'version' sh -c 'tv-info --version | grep -q "^tv-info (tv) [0-9]"'
ok 'options after operands' tv-info a.tv --stats
ok 'an unambiguous beginning' tv-info --stat a.tv
ok 'several threads' tv-info -j 2 --threads=1 a.tv
fails 2 'stast: unknown option; did you mean --stats' 'misspelt' tv-info --stast a.tv
fails 2 'unknown option' 'no such letter' tv-info -Z a.tv
fails 2 'takes no value' 'value of a flag' tv-info --stats=1 a.tv
fails 2 'wants a value' 'no value' tv-info a.tv -j
fails 2 'want an integer' 'no number' tv-info -j x a.tv
fails 2 'want a number from 0 to' 'out of bounds' tv-info -j -5 a.tv
fails 2 'goes with neither' 'options that exclude each other' tv-info --history --json a.tv

# ---- inputs that are none ----
fails 4 'nothing.tv: No such file' 'absent' tv-info nothing.tv
fails 4 'Is a directory' 'a directory' tv-info .
fails 3 'empty input' 'empty' tv-info /dev/null
echo text >text
fails 3 'text: want a .*stream' 'text' tv-info text
fails 3 'at byte [0-9]+: truncated' 'cut' sh -c 'head -c 300 a.tv | tv-info -'
ok 'joined by cat' sh -c 'tv-select -t l --rename label=l a.tv | cat a.tv - | tv-info - | grep -q "	l	"'
fails 3 'tensor label comes twice; .*tv-cat' 'joined by cat, with a tensor in common' sh -c 'cat a.tv a.tv | tv-info -'
finish
