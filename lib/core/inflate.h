/* core/inflate.h - compressed payloads of the records that lie in memory already, decompressed ahead on all
 * threads. */
#ifndef TV_CORE_INFLATE_H
#define TV_CORE_INFLATE_H
#include "core/format.h"
#include "core/source.h"

/* One payload.  Its bytes are used only after its record's CRC was found right. */
struct tv_inflated {
    uint64_t at; /* offset of its record */
    const uint8_t *packed;
    size_t stored, n;
    uint8_t *bytes; /* [n], owned; NULL when it does not decompress */
};
struct tv_inflate {
    struct tv_inflated *ahead;
    size_t n, cap, next;
};

/* Before the payload of the record with header `h` is taken: reads ahead what a pipe holds. */
void tv_inflate_prepare(struct tv_source *src, const struct tv_format_header *h);
/* The payload of the record at offset `at`, whose header is `h`, in a new buffer; NULL when it does not
 * decompress to h->raw bytes.  What follows in `src` is looked at, but not taken. */
uint8_t *tv_inflate_new(struct tv_inflate *f, const struct tv_source *src, uint64_t at,
                        const struct tv_format_header *h, const uint8_t *payload);
void tv_inflate_release(struct tv_inflate *f);

#endif
