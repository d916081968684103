/* core/format.c - see format.h. */
#include "core/format.h"
#include "core/err.h"
#include <string.h>

/* Payloads are used in place. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the stream is little-endian and mapped into memory");

static const uint8_t MAGIC[8] = {0x89, 'T', 'V', 'S', '\r', '\n', 0x1a, '\n'};
enum { CRC_AT = 60, RESERVED_AT = 48 };

uint32_t tv_get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
uint64_t tv_get64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
void tv_put32(uint8_t *p, uint32_t v) { memcpy(p, &v, sizeof v); }
void tv_put64(uint8_t *p, uint64_t v) { memcpy(p, &v, sizeof v); }

void tv_format_magic(uint8_t out[TV_FORMAT_UNIT])
{
    memset(out, 0, TV_FORMAT_UNIT);
    memcpy(out, MAGIC, sizeof MAGIC);
    tv_put32(out + 8, TV_FORMAT_MAJOR | TV_FORMAT_MINOR << 16);
    tv_put32(out + CRC_AT, tv_crc(0, out, CRC_AT));
}

bool tv_format_resembles(const uint8_t *head, size_t n)
{
    return n >= 4 && !memcmp(head + 1, MAGIC + 1, 3) && (head[0] & 0x7f) == (MAGIC[0] & 0x7f);
}

const char *tv_format_check_magic(const uint8_t in[TV_FORMAT_UNIT])
{
    if (memcmp(in, MAGIC, sizeof MAGIC))
        return tv_format_resembles(in, sizeof MAGIC)
                   ? tv_msg("the magic number was changed on the way (a transfer in text mode?)")
                   : tv_msg("no magic number of a tensor stream here");
    if (tv_get32(in + CRC_AT) != tv_crc(0, in, CRC_AT))
        return tv_msg("CRC of the magic record differs: damaged");
    unsigned major = in[8] | (unsigned)in[9] << 8;
    if (major != TV_FORMAT_MAJOR)
        return tv_msg("format version %u, this program reads version %d; use the tv that wrote it", major,
                      TV_FORMAT_MAJOR);
    return NULL;
}

void tv_format_encode(uint8_t out[TV_FORMAT_UNIT], const struct tv_format_header *h)
{
    memset(out, 0, TV_FORMAT_UNIT);
    tv_put32(out, h->kind);
    tv_put32(out + 4, h->id);
    tv_put64(out + 8, h->stored);
    tv_put64(out + 16, h->raw);
    tv_put64(out + 24, h->row0);
    tv_put64(out + 32, h->rows);
    tv_put32(out + 40, h->flags);
    tv_put32(out + 44, h->crc);
    tv_put32(out + CRC_AT, tv_crc(0, out, CRC_AT));
}

uint32_t tv_format_chain(uint32_t chain, const uint8_t header[TV_FORMAT_UNIT])
{
    return tv_crc(chain, header, CRC_AT);
}

const char *tv_format_decode(struct tv_format_header *h, const uint8_t in[TV_FORMAT_UNIT])
{
    static const uint8_t zeros[CRC_AT - RESERVED_AT];
    if (tv_get32(in + CRC_AT) != tv_crc(0, in, CRC_AT))
        return tv_msg("CRC of the record header differs: damaged");
    *h = (struct tv_format_header){.kind = tv_get32(in),
                                   .id = tv_get32(in + 4),
                                   .stored = tv_get64(in + 8),
                                   .raw = tv_get64(in + 16),
                                   .row0 = tv_get64(in + 24),
                                   .rows = tv_get64(in + 32),
                                   .flags = tv_get32(in + 40),
                                   .crc = tv_get32(in + 44)};
    if (memcmp(in + RESERVED_AT, zeros, sizeof zeros))
        return tv_msg("reserved bytes of the record header are not zero");
    if (h->flags & ~(uint32_t)(TV_FORMAT_ZLIB | TV_FORMAT_IGNORABLE))
        return tv_msg("unknown record flags %#x: written by a newer tv?", (unsigned)h->flags);
    if (h->stored > INT64_MAX - TV_FORMAT_UNIT || h->raw > INT64_MAX || h->row0 > INT64_MAX ||
        h->rows > INT64_MAX)
        return tv_msg("a length of the record header is out of range");
    return NULL;
}
