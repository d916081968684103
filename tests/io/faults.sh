#!/usr/bin/env bash
# Faults of the machine: full disks, closed files, readers that leave, signals, terminals, memory that runs out.
# Every program meets them through lib/core, so that a few of them stand for all.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../streams.sh"
cd "$T" || exit 1
{ printf '\0\0\x08\x02\0\0\xc3\x50\0\0\0\x04'; yes | head -c 200000; } >x.idx # IDX of 50000 x 4 bytes
{ printf '\0\0\x08\x01\0\0\xc3\x50'; yes | head -c 50000; } >label.idx
tv-import --name x,label -o a.tv x.idx label.idx
left() { find . -name '.*.tv.*' | wc -l; } # temporary files that stayed

# ---- full disk, closed output ----
for p in "tv-cat a.tv" "tv-select -t x a.tv" "tv-info a.tv" "tv-cmp a.tv a.tv" "tv-info --help" "tv help" "tv-cat --version"; do
    fails 4 'stdout: cannot write: No space left' "$p on a full disk" sh -c "$p >/dev/full"
    fails 4 'stdout: cannot write: Bad file' "$p with stdout closed" sh -c "$p >&-"
done
fails 4 '/dev/full: cannot write: No space left' 'full device' tv-cat a.tv -o /dev/full
fails 4 'nowhere/o.tv: cannot create' 'no such directory' tv-cat a.tv -o nowhere/o.tv
fails 4 'Is a directory' 'output is a directory' tv-cat a.tv -o .
fails 4 'cannot read: Bad file|stdin: Bad file' 'stdin closed' sh -c 'tv-cat - <&-'
mkdir closed && chmod 555 closed
if [ "$(id -u)" -ne 0 ]; then fails 4 'Permission denied' 'no permission' tv-cat a.tv -o closed/o.tv
else skip 'root may write everywhere'; fi

# ---- where the output goes ----
ok 'a device' tv-cat a.tv -o /dev/null
ok '/dev/stdout' sh -c 'tv-cat a.tv -o /dev/stdout >o.tv && cmp -s o.tv a.tv || tv-cmp -q o.tv a.tv'
if memory=$(mktemp -d /dev/shm/tv-test.XXXXXX 2>/dev/null); then
    ok 'a file in shared memory' tv-cat a.tv -o "$memory/o.tv"
    ok 'whole, and alone' sh -c "tv-cmp -q '$memory/o.tv' a.tv && [ \"\$(ls -A '$memory')\" = o.tv ]"
    rm -r "$memory"
else
    skip 'no /dev/shm'
fi
mkfifo pipe; tv-cmp -q pipe a.tv & reader=$!
ok 'a named pipe' tv-cat a.tv -o pipe
ok 'a named pipe, read' wait $reader
ok 'over its own input' sh -c 'cp a.tv own.tv && tv-cat own.tv -o own.tv && tv-cmp -q own.tv a.tv'
ln -s target.tv link.tv
ok 'through a link' sh -c 'tv-cat a.tv -o link.tv && test -L link.tv && test -f target.tv'
(umask 027; tv-cat a.tv -o mode.tv); equals 'mode as the umask leaves it' 640 "$(stat -c %a mode.tv)"
chmod 604 mode.tv; tv-cat a.tv -o mode.tv; equals 'mode of the file that was there' 604 "$(stat -c %a mode.tv)"

# ---- a reader that leaves ----
tv-cat a.tv a.tv a.tv a.tv a.tv a.tv a.tv a.tv -o more.tv # than the widest pipe (1 MiB) takes before the reader is gone
sh -c 'tv-cat more.tv; echo $? >code' 2>err | head -c 100 >/dev/null
equals 'ends as SIGPIPE does' 141 "$(cat code)"
equals 'quietly' '' "$(cat err)"
(trap '' PIPE; sh -c 'tv-cat more.tv; echo $? >code' 2>err | head -c 100 >/dev/null)
equals 'where SIGPIPE is ignored too' '141 ' "$(cat code) $(cat err)"

# ---- nothing unfinished stays, and what was there stays whole ----
echo before >o.tv
fails 3 'truncated' 'truncated input' sh -c 'head -c 100000 a.tv | tv-cat - -o o.tv'
equals 'the file before is untouched' before "$(head -c 20 o.tv | tr -d '\0')"
tensor x 2 1 2; stream small.tv
mkfifo hold; exec 9<>hold; cat small.tv >hold # a pipe that stays open behind the stream: its reader waits
set -m # else the shell makes its background programs ignore SIGINT
ignored=$((0x$(awk '/^SigIgn/ {print $2}' /proc/self/status))) # by whoever started this: nobody can undo it
for signal in TERM INT HUP; do
    if (((ignored >> ($(kill -l $signal) - 1)) & 1)); then skip "SIG$signal is ignored here"; continue; fi
    tv-cat - small.tv -o o.tv <hold & pid=$!
    for _ in $(seq 100); do [ "$(left)" -gt 0 ] && break; sleep 0.02; done
    equals "SIG$signal: under way" 1 "$(left)"
    kill -$signal $pid; wait $pid 2>/dev/null
    equals "SIG$signal: nothing left" 0 "$(left)"
    equals "SIG$signal: the file before is untouched" before "$(head -c 20 o.tv | tr -d '\0')"
    cat small.tv >hold
done 2>/dev/null
set +m
exec 9>&-

# ---- memory ----
for n in 1 2 5 10 20 30 40 60 80; do
    got=0; TV_FAIL_ALLOC=$n tv-cat a.tv -o n.tv 2>err || got=$?
    if { [ $got -eq 4 ] && grep -q 'tv-cat: out of memory' err && [ ! -e n.tv ]; } || { [ $got -eq 0 ] && tv-cmp -q a.tv n.tv; }; then
        pass; rm -f n.tv
    else fail "allocation $n fails (exit $got)"; fi
done
equals 'nothing left' 0 "$(left)"
if ! sanitized; then # its shadow memory alone takes more
    ok 'small streams ask for little' sh -c 'ulimit -v 400000; head -c 1000 a.tv | tv-info - 2>err; test $? -eq 3'
else
    skip 'no limit of memory under AddressSanitizer'
fi

# ---- a terminal ----
if command -v script >/dev/null; then
    on_tty() { script -qec "$*" /dev/null </dev/null >said 2>&1; }
    code=0; on_tty "tv-cat a.tv" || code=$?
    ok 'no binary data on a terminal' grep -q 'not written to a terminal; use -o FILE' said
    equals 'exit code' 2 $code
    ok 'text on a terminal' on_tty "tv-info a.tv"
    on_tty "tv-info"
    ok 'no waiting for a terminal' grep -q 'no input: name a file or use a pipe' said
else
    skip 'script(1) is not there'
fi
finish
