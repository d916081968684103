/* The stream's reader: record by record, and whole sets.  Random bytes would all fail at the first CRC, so
 * that the CRCs and the end record are put right before the bytes are read. */
#include "fuzz.h"
#include "core/format.h"
#include "core/reader.h"
#include <string.h>

/* Makes the magic, headers and payloads of `b` agree with their CRCs, as far as records can be found. */
static void mend(uint8_t *b, size_t n)
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct tv_set s;
    struct tv_record rec;
    uint8_t *copy = malloc(n + 1);
    memcpy(copy, bytes, n);
    mend(copy, n);
    const char *path = fuzz_file(copy, n);
    free(copy);
    tv_die_hook = fuzz_jump;
    if (!setjmp(fuzz_away)) {
        struct tv_reader *r = tv_reader_open(path);
        while (tv_reader_next(r, &rec) != TV_EV_END) {
        }
        tv_reader_close(r);
        tv_set_read(&s, path, NULL);
    }
    tv_set_release(&s);
    tv_readers_abandon();
    return 0;
}
