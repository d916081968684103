/* core/source.h - bytes of an input: a mapped file, or a pipe read into a buffer that grows only as bytes
 * arrive. */
#ifndef TV_CORE_SOURCE_H
#define TV_CORE_SOURCE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tv_source {
    const char *name; /* for messages: base name, or "stdin" */
    int fd;
    uint64_t at;    /* offset of the next byte, from where reading began */
    uint8_t *bytes; /* mapped: the file; else the buffer, 64-byte aligned */
    size_t size;    /* mapped: of the file; else bytes in the buffer, up to its end */
    size_t next;    /* index into `bytes` of the next byte */
    size_t cap;     /* of the buffer */
    size_t dropped; /* mapped: pages before it were given back */
    bool mapped;
    bool keep; /* mapped: pages stay, for they are used in place */
    char *path;
};

/* "-" is stdin.  Dies when it cannot be opened, or is a terminal. */
void tv_source_open(struct tv_source *s, const char *path);
/* The next `want` bytes, fewer at the end of the input (*got), without or with moving on.  Borrowed until the
 * next call; writable (a mapping is private). */
uint8_t *tv_source_peek(struct tv_source *s, uint64_t want, size_t *got);
uint8_t *tv_source_take(struct tv_source *s, uint64_t want, size_t *got);
/* Reads what a pipe holds, without waiting for more, until `want` bytes have come. */
void tv_source_fill(struct tv_source *s, uint64_t want);
/* Gives back the pages of a mapping from that of byte `from` up to, but not including, that of byte from + n;
 * they are read again when they are used again. */
void tv_source_drop(struct tv_source *s, size_t from, size_t n);
/* All that is left. */
uint8_t *tv_source_rest(struct tv_source *s, size_t *got);
/* Frees the buffer or the mapping. */
void tv_source_close(struct tv_source *s);

#endif
