/* core/format.h - the bytes of tv(5): the magic record and the record header.  Only the reader and the writer
 * use it.
 *
 *     offset   0        8                                60
 *     magic    89 'T' 'V' 'S' 0d 0a 1a 0a | major u16 | minor u16 | zeros | CRC-32 of bytes 0..59
 *
 *     offset   0      4    8        16    24     32     40      44            48        60
 *     record   kind | id | stored | raw | row0 | rows | flags | payload CRC | zeros | CRC-32 of bytes 0..59
 *              u32    u32  u64      u64   u64    u64    u32     u32           12 B    u32
 *
 * then `stored` bytes of payload, padded with zeros to a multiple of 64; the payload CRC covers the padding.
 */
#ifndef TV_CORE_FORMAT_H
#define TV_CORE_FORMAT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TV_FORMAT_UNIT = 64, TV_FORMAT_MAJOR = 1, TV_FORMAT_MINOR = 0 };

/* Rows without elements take no bytes, so that nothing else would bound their number. */
enum { TV_FORMAT_EMPTY_ROWS = 1 << 24 };

/* Kinds are four letters in file order. */
#define TV_FORMAT_KIND(a, b, c, d)                                                                           \
    ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define TV_FORMAT_META   TV_FORMAT_KIND('M', 'E', 'T', 'A')
#define TV_FORMAT_TENSOR TV_FORMAT_KIND('T', 'E', 'N', 'S')
#define TV_FORMAT_ROWS   TV_FORMAT_KIND('R', 'O', 'W', 'S')
#define TV_FORMAT_END    TV_FORMAT_KIND('E', 'N', 'D', ' ')

enum {                          /* flags */
       TV_FORMAT_ZLIB = 1,      /* the payload is a zlib stream of `raw` bytes */
       TV_FORMAT_IGNORABLE = 2, /* a reader that does not know the kind may skip the record */
};

struct tv_format_header {
    uint32_t kind;
    uint32_t id;     /* TENS, ROWS: number of the tensor in its segment; END: tv_format_chain of all headers
                        before it */
    uint64_t stored; /* bytes of payload in the file */
    uint64_t raw;    /* bytes of payload once decompressed */
    uint64_t row0;   /* ROWS: index of the first row */
    uint64_t rows;   /* ROWS: number of rows; END: number of records before it */
    uint32_t flags;
    uint32_t crc; /* CRC-32 of payload and padding */
};

/* Bytes of zeros that follow a payload of n bytes. */
static inline size_t tv_format_padding(uint64_t n) { return (size_t)(-n % TV_FORMAT_UNIT); }

void tv_format_magic(uint8_t out[TV_FORMAT_UNIT]);
/* Could these bytes (at least 8) be meant as a stream, perhaps a damaged one? */
bool tv_format_resembles(const uint8_t *head, size_t n);
/* NULL, or what is wrong with the magic record (tv_msg). */
const char *tv_format_check_magic(const uint8_t in[TV_FORMAT_UNIT]);
void tv_format_encode(uint8_t out[TV_FORMAT_UNIT], const struct tv_format_header *h);
/* NULL, or what is wrong with the header (tv_msg). */
const char *tv_format_decode(struct tv_format_header *h, const uint8_t in[TV_FORMAT_UNIT]);
/* CRC-32 of all headers so far, without the CRC at the end of each: what is followed by its own CRC leaves no
 * trace in a CRC, so that headers could be swapped unnoticed. */
uint32_t tv_format_chain(uint32_t chain, const uint8_t header[TV_FORMAT_UNIT]);
/* CRC-32 (zlib's) of any number of bytes, going on from `crc` (0 at first). */
uint32_t tv_crc(uint32_t crc, const void *bytes, size_t n);

/* Little-endian integers at any address. */
uint32_t tv_get32(const uint8_t *p);
uint64_t tv_get64(const uint8_t *p);
void tv_put32(uint8_t *p, uint32_t v);
void tv_put64(uint8_t *p, uint64_t v);

#endif
