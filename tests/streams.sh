# tests/streams.sh - small streams for shell tests, and what they hold; sourced after lib.sh.
#
#   tensor NAME "DIMS" VALUE...   adds a tensor of 32-bit integers to the stream under way
#   nan_tensor NAME               adds f32 [1,2]: 1, NaN
#   stream FILE                   ends it: a file of those tensors, made by tv-import
#   values FILE TENSOR            its numbers or strings, separated by blanks
#   equals NAME WANT GOT          passes when the texts are equal

stream_names='' stream_files=()

tensor() {
    local name=$1 file=$T/tensor-${#stream_files[@]} dims v out; shift
    read -ra dims <<<"$1"; shift
    out="\\x00\\x00\\x0c\\x0${#dims[@]}" # IDX: big-endian i32
    for v in "${dims[@]}" "$@"; do
        printf -v v '\\x%02x\\x%02x\\x%02x\\x%02x' $((v >> 24 & 255)) $((v >> 16 & 255)) $((v >> 8 & 255)) $((v & 255))
        out+=$v
    done
    printf '%b' "$out" >"$file"
    stream_names+=${stream_names:+,}$name stream_files+=("$file")
}
nan_tensor() {
    printf '\x00\x00\x0d\x02\x00\x00\x00\x01\x00\x00\x00\x02\x3f\x80\x00\x00\x7f\xc0\x00\x00' >"$T/tensor-${#stream_files[@]}"
    stream_names+=${stream_names:+,}$1 stream_files+=("$T/tensor-${#stream_files[@]}")
}
stream() {
    tv-import --name "$stream_names" -o "$1" "${stream_files[@]}" || fail "making $1"
    rm -f "${stream_files[@]}"
    stream_names='' stream_files=()
}
values() { tv-export --json -t "$2" "$1" | sed -n 's/.*"data": \(.*[]0-9a-z]\)}}}$/\1/p' | tr -d '[]"' | tr -s ', ' ' '; }
equals() { if [ "$2" = "$3" ]; then pass; else : >"$T/err"; fail "$1: want '$2', got '$3'"; fi; }
