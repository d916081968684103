/* core/deflate.c - see deflate.h.
 *
 *     header | piece, flushed to a whole byte | ... | last piece, finished | Adler-32 of all
 */
#include "core/deflate.h"
#include "core/err.h"
#include "core/mem.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PIECE = 128 << 10, WINDOW = 32 << 10, HEADER = 2, TRAILER = 4, MEMORY = 8 /* zlib's default */ };

struct piece {
    const struct tv_deflate *of;
    size_t at, n;
    uint8_t *packed;
    size_t size;
    uint32_t adler;
    int code; /* zlib's; Z_OK */
};

static void deflate_piece(struct piece *p, int level)
{
    const uint8_t *bytes = (const uint8_t *)p->of->bytes + p->at;
    z_stream z = {0};
    bool last = p->at + p->n == p->of->n;
    if ((p->code = deflateInit2(&z, level, Z_DEFLATED, -MAX_WBITS, MEMORY, Z_DEFAULT_STRATEGY)) != Z_OK)
        return;
    size_t cap = deflateBound(&z, (uLong)p->n) + 16; /* and the flush */
    p->packed = tv_alloc_aligned(cap, 1);
    if (p->at) deflateSetDictionary(&z, bytes - WINDOW, WINDOW);
    z.next_in = (Bytef *)bytes;
    z.avail_in = (uInt)p->n;
    z.next_out = p->packed;
    z.avail_out = (uInt)cap;
    int code = deflate(&z, last ? Z_FINISH : Z_SYNC_FLUSH);
    if (code != (last ? Z_STREAM_END : Z_OK) || z.avail_in) p->code = Z_BUF_ERROR;
    p->size = cap - z.avail_out;
    p->adler = (uint32_t)adler32(adler32(0, NULL, 0), bytes, (uInt)p->n);
    deflateEnd(&z);
}

/* Puts the pieces of one stream together; returns the first of the next. */
static struct piece *assemble(struct tv_deflate *x, struct piece *p, const struct piece *end, int level)
{
    static const uint8_t flags[] = {0x01, 0x01, 0x5e, 0x5e, 0x5e, 0x5e, 0x9c, 0xda, 0xda, 0xda};
    uLong adler = adler32(0, NULL, 0);
    x->size = HEADER + TRAILER;
    for (struct piece *q = p; q < end && q->of == x; q++) x->size += q->size;
    uint8_t *to = x->packed = tv_alloc_aligned(x->size, 1);
    *to++ = 0x78; /* deflate, a window of 32 KiB */
    *to++ = flags[level];
    for (; p < end && p->of == x; p++) {
        memcpy(to, p->packed, p->size);
        to += p->size;
        adler = adler32_combine(adler, p->adler, (z_off_t)p->n);
        free(p->packed);
    }
    for (int shift = 24; shift >= 0; shift -= 8) *to++ = (uint8_t)(adler >> shift);
    return p;
}

void tv_deflate(struct tv_deflate *x, size_t count, int level)
{
    size_t pieces = 0, made = 0;
    for (size_t i = 0; i < count; i++) pieces += x[i].n ? (x[i].n + PIECE - 1) / PIECE : 1;
    struct piece *piece = TV_ARRAY(struct piece, pieces);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        do {
            size_t n = x[i].n - at < PIECE ? x[i].n - at : PIECE;
            piece[made++] = (struct piece){.of = &x[i], .at = at, .n = n};
            at += n;
        } while (at < x[i].n);
    }
#pragma omp parallel for schedule(dynamic) if (pieces > 1)
    for (size_t i = 0; i < pieces; i++) deflate_piece(&piece[i], level);
    for (size_t i = 0; i < pieces; i++)
        if (piece[i].code != Z_OK) tv_die(TV_SYSTEM, "zlib fails with code %d", piece[i].code);
    struct piece *p = piece;
    for (size_t i = 0; i < count; i++) p = assemble(&x[i], p, piece + pieces, level);
    free(piece);
}
