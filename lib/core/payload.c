/* core/payload.c - the payload of a rows record as elements in memory. */
#include "core/mem.h"
#include "core/reader.h"
#include <stdlib.h>
#include <string.h>

static uint8_t *inflate_payload(struct tv_reader *r, const struct tv_format_header *h, const uint8_t *payload)
{
    free(r->raw);
    r->raw = tv_inflate_new(&r->inflate, &r->src, r->at, h, payload);
    if (!r->raw)
        tv_reader_fail(r, "the compressed payload does not decompress to %llu bytes",
                       (unsigned long long)h->raw);
    return r->raw;
}

/* u32 length and bytes per string -> terminated strings in the reader's buffers. */
static char **decode_strings(struct tv_reader *r, const struct tv_tensor *t, size_t n, const uint8_t *p,
                             size_t left)
{
    if (n > left / 4) tv_reader_fail(r, "%s: %zu bytes are too few for %zu strings", t->name, left, n);
    r->strings = tv_grow(r->strings, &r->strings_cap, n + 1, sizeof *r->strings);
    /* the terminator takes no more room than the length did */
    r->text.s = tv_grow(r->text.s, &r->text.cap, left + 1, 1);
    char *to = r->text.s;
    for (size_t i = 0; i < n; i++) {
        uint32_t len = left >= 4 ? tv_get32(p) : UINT32_MAX;
        if (left < 4 || len > left - 4) tv_reader_fail(r, "%s: a string reaches past its record", t->name);
        if (memchr(p + 4, 0, len)) tv_reader_fail(r, "%s: a string contains a zero byte", t->name);
        r->strings[i] = memcpy(to, p + 4, len);
        to[len] = 0;
        to += len + 1;
        p += 4 + len;
        left -= 4 + len;
    }
    if (left) tv_reader_fail(r, "%s: %zu bytes follow the last string", t->name, left);
    return r->strings;
}

void *tv_reader_decode(struct tv_reader *r, const struct tv_format_header *h, const struct tv_tensor *t,
                       uint8_t *payload)
{
    bool compressed = h->flags & TV_FORMAT_ZLIB;
    size_t n, bytes;
    if (!tv_mul((size_t)h->rows, (size_t)tv_tensor_row(t), &n)) n = SIZE_MAX;
    if (!tv_mul(n, tv_dtype_size(t->dtype), &bytes)) bytes = SIZE_MAX;
    if (t->dtype != TV_STR && h->raw != bytes)
        tv_reader_fail(r, "%s: %llu rows of %s: want %zu bytes, got %llu", t->name,
                       (unsigned long long)h->rows, tv_tensor_text(t), bytes, (unsigned long long)h->raw);
    if (!compressed && h->raw != h->stored)
        tv_reader_fail(r, "%s: two sizes for an uncompressed payload", t->name);
    if (compressed) payload = inflate_payload(r, h, payload);
    r->in_place = r->src.mapped && !compressed && t->dtype != TV_STR;
    return t->dtype == TV_STR ? (void *)decode_strings(r, t, n, payload, (size_t)h->raw) : payload;
}
