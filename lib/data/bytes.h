/* data/bytes.h - the bytes of an input file, front to back; gzip files are unpacked on the way.
 * Functions return NULL or a message (tv_msg) that names the file. */
#ifndef TV_DATA_BYTES_H
#define TV_DATA_BYTES_H
#include <stddef.h>
#include <stdint.h>

struct tv_bytes;

/* "-" is stdin. */
const char *tv_bytes_open(struct tv_bytes **b, const char *path);
void tv_bytes_close(struct tv_bytes *b); /* NULL is fine */
/* For messages: the path as given, or "stdin". */
const char *tv_bytes_name(const struct tv_bytes *b);
/* The next n bytes without taking them (n <= 4096); *got < n only when the file ends before. */
const char *tv_bytes_peek(struct tv_bytes *b, const uint8_t **at, size_t n, size_t *got);
/* Takes the next n bytes; *got < n only when the file ends before. */
const char *tv_bytes_read(struct tv_bytes *b, void *to, size_t n, size_t *got);
/* No more than this many plain bytes can still come, by the size of the file and gzip's best ratio; SIZE_MAX
 * for a pipe.
 */
size_t tv_bytes_bound(const struct tv_bytes *b);
/* Takes all that is left into a new buffer (one zero byte after its end), at most `limit` bytes. */
const char *tv_bytes_rest_new(struct tv_bytes *b, size_t limit, void **bytes, size_t *n);
/* Reads the file to its end and gives the CRC-32 of its own bytes (packed, if it is). */
const char *tv_bytes_crc(struct tv_bytes *b, uint32_t *crc);

/* A whole small file as it is, into a buffer that is reused (grown as needed); at most 1 GiB.  Not for stdin.
 */
const char *tv_bytes_slurp(const char *path, uint8_t **buffer, size_t *cap, size_t *n);

#endif
