/* core/inflate.c - see inflate.h. */
#include "core/inflate.h"
#include "core/mem.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    RATIO = 1032, /* zlib cannot shrink more: a larger claim is refused before memory is asked for */
    AHEAD_BYTES = 16 << 20, /* decompressed, beyond the record that is wanted */
    PIPE_BYTES = 4 << 20    /* compressed, that are read ahead from a pipe */
};

static bool possible(const struct tv_format_header *h) { return h->raw / RATIO <= h->stored; }

static void inflate_one(struct tv_inflated *x)
{
    uLong in = (uLong)x->stored, out = (uLong)x->n;
    x->bytes = tv_alloc_aligned(x->n, 1);
    int code = uncompress2(x->bytes, &out, x->packed, &in);
    if (code == Z_OK && in == x->stored && out == x->n) return;
    free(x->bytes);
    x->bytes = NULL;
}

static void add(struct tv_inflate *f, uint64_t at, const struct tv_format_header *h, const uint8_t *payload)
{
    f->ahead = tv_grow(f->ahead, &f->cap, f->n + 1, sizeof *f->ahead);
    f->ahead[f->n++] = (struct tv_inflated){at, payload, (size_t)h->stored, (size_t)h->raw, NULL};
}

/* Adds the compressed records that follow, as far as they are there and whole. */
static void look_ahead(struct tv_inflate *f, const struct tv_source *src)
{
    size_t next = src->next, bytes = 0;
    uint64_t at = src->at;
    struct tv_format_header h;
    while (src->size - next >= TV_FORMAT_UNIT && !tv_format_decode(&h, src->bytes + next)) {
        uint64_t length = TV_FORMAT_UNIT + h.stored + tv_format_padding(h.stored);
        if (h.kind == TV_FORMAT_END || length > src->size - next) return;
        if (h.kind == TV_FORMAT_ROWS && (h.flags & TV_FORMAT_ZLIB)) {
            if (!possible(&h) || h.raw > AHEAD_BYTES - bytes) return;
            bytes += (size_t)h.raw;
            add(f, at, &h, src->bytes + next + TV_FORMAT_UNIT);
        }
        next += (size_t)length;
        at += length;
    }
}

void tv_inflate_prepare(struct tv_source *src, const struct tv_format_header *h)
{
    if ((h->flags & TV_FORMAT_ZLIB) && omp_get_max_threads() > 1 && h->stored < UINT64_MAX - PIPE_BYTES)
        tv_source_fill(src, h->stored + PIPE_BYTES);
}

void tv_inflate_release(struct tv_inflate *f)
{
    for (; f->next < f->n; f->next++) free(f->ahead[f->next].bytes);
    free(f->ahead);
    *f = (struct tv_inflate){0};
}

uint8_t *tv_inflate_new(struct tv_inflate *f, const struct tv_source *src, uint64_t at,
                        const struct tv_format_header *h, const uint8_t *payload)
{
    if (!possible(h)) return NULL;
    for (; f->next < f->n; f->next++) {
        struct tv_inflated *x = &f->ahead[f->next];
        if (x->at == at && x->n == h->raw) return f->next++, x->bytes;
        free(x->bytes);
    }
    f->n = f->next = 0;
    add(f, at, h, payload);
    if (omp_get_max_threads() > 1) look_ahead(f, src);
#pragma omp parallel for schedule(dynamic) if (f->n > 1)
    for (size_t i = 0; i < f->n; i++) inflate_one(&f->ahead[i]);
    return f->ahead[f->next++].bytes;
}
