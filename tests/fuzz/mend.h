/* tests/fuzz/mend.h - random bytes as a stream.  All would fail at the first CRC: the CRCs and the end record
 * are put right before the bytes are read. */
#ifndef TESTS_FUZZ_MEND_H
#define TESTS_FUZZ_MEND_H
#include <string.h>
#include "core/format.h"
#include "fuzz.h"

/* Makes the magic, headers and payloads of `b` agree with their CRCs, as far as records can be found. */
static inline void fuzz_mend(uint8_t *b, size_t n)
{
    uint32_t chain = 0;
    uint64_t records = 0;
    if (n < TV_FORMAT_UNIT) return;
    tv_format_magic(b);
    for (size_t at = TV_FORMAT_UNIT; n - at >= TV_FORMAT_UNIT;) {
        uint8_t *h = b + at;
        uint64_t left = n - at - TV_FORMAT_UNIT, stored = tv_get64(h + 8),
                 padding = tv_format_padding(stored);
        if (stored > left || padding > left - stored) return;
        bool end = tv_get32(h) == TV_FORMAT_END;
        memset(h + TV_FORMAT_UNIT + stored, 0, padding);
        if (end) tv_put32(h + 4, chain);
        if (end) tv_put64(h + 32, records);
        tv_put32(h + 44, tv_crc(0, h + TV_FORMAT_UNIT, (size_t)(stored + padding)));
        tv_put32(h + 60, tv_crc(0, h, 60));
        chain = tv_format_chain(chain, h);
        records++;
        at += TV_FORMAT_UNIT + (size_t)(stored + padding);
    }
}

/* The mended bytes as a file (fuzz_file). */
static inline const char *fuzz_mended_file(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n + 1);
    memcpy(copy, bytes, n);
    fuzz_mend(copy, n);
    const char *path = fuzz_file(copy, n);
    free(copy);
    return path;
}
#endif
