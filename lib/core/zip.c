/* core/zip.c - see zip.h.  Numbers of sections are those of PKWARE's APPNOTE.TXT. */
#include "core/zip.h"
#include "core/err.h"
#include "core/format.h"
#include "core/mem.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    LOCAL = 0x04034b50,     /* 4.3.7 */
    CENTRAL = 0x02014b50,   /* 4.3.12 */
    END = 0x06054b50,       /* 4.3.16 */
    END64 = 0x06064b50,     /* 4.3.14 */
    LOCATOR64 = 0x07064b50, /* 4.3.15 */
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR64_SIZE = 20,
    EXTRA64 = 1,       /* 4.5.3 */
    DOS_DATE = 0x0021, /* 1 January 1980 */
    UTF8_NAMES = 0x800,
    ZLIB_BEST_RATIO = 1032
};

struct entry {
    unsigned flags, method;
    uint32_t crc;
    uint64_t stored, raw, at;
    const uint8_t *name;
    size_t name_len;
};

static unsigned get16(const uint8_t *p) { return p[0] | (unsigned)p[1] << 8; }

/* ---- reading ---- */

/* The end record: the last one in the file whose comment reaches the file's end. */
static const uint8_t *find_end(const uint8_t *zip, size_t n)
{
    if (n < END_SIZE) return NULL;
    size_t lowest = n > END_SIZE + 65535 ? n - END_SIZE - 65535 : 0;
    for (size_t i = n - END_SIZE + 1; i-- > lowest;)
        if (tv_get32(zip + i) == END && get16(zip + i + 20) == n - i - END_SIZE) return zip + i;
    return NULL;
}

/* Place and number of the central directory's entries. */
static const char *find_directory(const uint8_t *zip, size_t n, uint64_t *at, uint64_t *count)
{
    const uint8_t *end = find_end(zip, n);
    if (!end) return tv_msg("truncated: no end of the ZIP directory");
    *count = get16(end + 10);
    *at = tv_get32(end + 16);
    if (*count != UINT16_MAX && *at != UINT32_MAX) return NULL;
    if (end - zip < LOCATOR64_SIZE || tv_get32(end - LOCATOR64_SIZE) != LOCATOR64) return NULL;
    uint64_t end64 = tv_get64(end - LOCATOR64_SIZE + 8);
    if (end64 > n || n - end64 < END64_SIZE || tv_get32(zip + end64) != END64)
        return tv_msg("damaged ZIP64 end of directory");
    *count = tv_get64(zip + end64 + 32);
    *at = tv_get64(zip + end64 + 48);
    return NULL;
}

/* Sizes that did not fit in 32 bits are in the extra field, in this order. */
static bool read_extra64(struct entry *e, const uint8_t *p, size_t n)
{
    while (n >= 4) {
        size_t id = get16(p), len = get16(p + 2);
        if (len > n - 4) return false;
        if (id == EXTRA64) {
            uint64_t *const field[] = {&e->raw, &e->stored, &e->at};
            const uint8_t *q = p + 4;
            for (int i = 0; i < 3; i++) {
                if (*field[i] != UINT32_MAX) continue;
                if (q + 8 > p + 4 + len) return false;
                *field[i] = tv_get64(q);
                q += 8;
            }
            return true;
        }
        p += 4 + len;
        n -= 4 + len;
    }
    return true;
}

static const char *read_entry(struct entry *e, const uint8_t *zip, size_t n, uint64_t *at)
{
    if (*at > n || n - *at < CENTRAL_SIZE || tv_get32(zip + *at) != CENTRAL)
        return tv_msg("damaged ZIP directory");
    const uint8_t *p = zip + *at;
    size_t extra = get16(p + 30), comment = get16(p + 32), left = n - *at - CENTRAL_SIZE;
    *e = (struct entry){.flags = get16(p + 8),
                        .method = get16(p + 10),
                        .crc = tv_get32(p + 16),
                        .stored = tv_get32(p + 20),
                        .raw = tv_get32(p + 24),
                        .at = tv_get32(p + 42),
                        .name = p + CENTRAL_SIZE,
                        .name_len = get16(p + 28)};
    if (e->name_len + extra + comment > left || !read_extra64(e, e->name + e->name_len, extra))
        return tv_msg("damaged ZIP directory");
    *at += CENTRAL_SIZE + e->name_len + extra + comment;
    return NULL;
}

static bool inflate_raw(uint8_t *to, size_t n, const uint8_t *from, size_t m)
{
    z_stream z = {.next_in = (Bytef *)from, .next_out = to};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) tv_die(TV_SYSTEM, "out of memory while decompressing");
    int code = Z_OK;
    size_t in = m, out = n;
    while (code == Z_OK || code == Z_BUF_ERROR) {
        uInt give = in > (1u << 30) ? 1u << 30 : (uInt)in, room = out > (1u << 30) ? 1u << 30 : (uInt)out;
        z.avail_in = give;
        z.avail_out = room;
        code = inflate(&z, Z_NO_FLUSH);
        in -= give - z.avail_in;
        out -= room - z.avail_out;
        if (give == z.avail_in && room == z.avail_out) break; /* no progress */
    }
    inflateEnd(&z);
    return code == Z_STREAM_END && !in && !out;
}

static const char *open_member(struct tv_zip_member *m, const struct entry *e, const uint8_t *zip, size_t n)
{
    if (e->flags & 1) return tv_msg("%s: encrypted", m->name);
    if (e->at > n || n - e->at < LOCAL_SIZE || tv_get32(zip + e->at) != LOCAL)
        return tv_msg("%s: damaged ZIP header", m->name);
    const uint8_t *p = zip + e->at;
    uint64_t at = e->at + LOCAL_SIZE + get16(p + 26) + get16(p + 28);
    if (at > n || e->stored > n - at) return tv_msg("%s: truncated", m->name);
    m->bytes = zip + at;
    m->n = (size_t)e->raw;
    if (e->method == 8) {
        if (e->raw / ZLIB_BEST_RATIO > e->stored) return tv_msg("%s: impossible uncompressed size", m->name);
        m->bytes = m->owned = tv_alloc_aligned((size_t)e->raw, 1);
        if (!inflate_raw(m->owned, m->n, zip + at, (size_t)e->stored))
            return tv_msg("%s: damaged deflate data", m->name);
    } else if (e->method != 0 || e->stored != e->raw) {
        return tv_msg("%s: want a stored or deflated member, got ZIP method %u", m->name, e->method);
    }
    if (tv_crc(0, m->bytes, m->n) != e->crc) return tv_msg("%s: CRC differs: damaged", m->name);
    return NULL;
}

const char *tv_zip_each(const uint8_t *zip, size_t n,
                        const char *(*use)(void *ctx, const struct tv_zip_member *m), void *ctx)
{
    uint64_t at = 0, count = 0, sum = 0;
    const char *wrong = find_directory(zip, n, &at, &count);
    for (uint64_t i = 0; !wrong && i < count; i++) {
        struct entry e;
        struct tv_zip_member m = {0};
        if ((wrong = read_entry(&e, zip, n, &at))) break;
        m.name = tv_strndup((const char *)e.name, e.name_len);
        /* members that share bytes would let a small file ask for much memory */
        if (e.stored > n || (sum += e.stored) > n) wrong = tv_msg("%s: members overlap", m.name);
        if (!wrong) wrong = open_member(&m, &e, zip, n);
        if (!wrong) wrong = use(ctx, &m);
        free(m.owned);
        free(m.name);
    }
    return wrong;
}

/* ---- writing ---- */

struct tv_zip_entry {
    char *name;
    uint32_t crc;
    uint64_t n, at;
};

static void put16(struct tv_str *b, unsigned v) { tv_str_put(b, (uint8_t[]){v & 255, v >> 8 & 255}, 2); }
static void put32(struct tv_str *b, uint32_t v)
{
    put16(b, v & 0xffff);
    put16(b, v >> 16);
}
static void put64(struct tv_str *b, uint64_t v)
{
    put32(b, (uint32_t)v);
    put32(b, (uint32_t)(v >> 32));
}

static bool is_large(const struct tv_zip_entry *e) { return e->n >= UINT32_MAX || e->at >= UINT32_MAX; }

/* Fields common to both headers, from "version needed" to the lengths of name and extra field. */
static void put_common(struct tv_str *b, const struct tv_zip_entry *e, size_t extra)
{
    uint32_t size = is_large(e) ? UINT32_MAX : (uint32_t)e->n;
    put16(b, is_large(e) ? 45 : 20);
    put16(b, UTF8_NAMES);
    put16(b, 0); /* stored */
    put16(b, 0); /* time */
    put16(b, DOS_DATE);
    put32(b, e->crc);
    put32(b, size);
    put32(b, size);
    put16(b, (unsigned)strlen(e->name));
    put16(b, (unsigned)extra);
}

static void flush(struct tv_zip_writer *w, struct tv_str *b)
{
    tv_output_write(w->out, b->s, b->len);
    w->at += b->len;
    tv_str_release(b);
}

void tv_zip_add(struct tv_zip_writer *w, const char *name, const struct tv_zip_piece *piece, size_t parts)
{
    struct tv_zip_entry e = {.name = tv_strdup(name), .at = w->at};
    for (size_t i = 0; i < parts; i++) {
        e.crc = tv_crc(e.crc, piece[i].bytes, piece[i].n);
        e.n += piece[i].n;
    }
    struct tv_str b = {0};
    size_t extra = is_large(&e) ? 20 : 0;
    put32(&b, LOCAL);
    put_common(&b, &e, extra);
    tv_str_put(&b, name, strlen(name));
    if (extra) {
        put16(&b, EXTRA64);
        put16(&b, 16);
        put64(&b, e.n);
        put64(&b, e.n);
    }
    flush(w, &b);
    for (size_t i = 0; i < parts; i++) tv_output_write(w->out, piece[i].bytes, piece[i].n);
    w->at += e.n;
    w->entry = tv_grow(w->entry, &w->cap, w->n + 1, sizeof *w->entry);
    w->entry[w->n++] = e;
}

static void put_central(struct tv_str *b, const struct tv_zip_entry *e)
{
    size_t extra = is_large(e) ? 28 : 0;
    put32(b, CENTRAL);
    put16(b, 45); /* made by */
    put_common(b, e, extra);
    put16(b, 0); /* comment */
    put16(b, 0); /* disk */
    put16(b, 0); /* internal attributes */
    put32(b, 0); /* external attributes */
    put32(b, is_large(e) ? UINT32_MAX : (uint32_t)e->at);
    tv_str_put(b, e->name, strlen(e->name));
    if (!extra) return;
    put16(b, EXTRA64);
    put16(b, 24);
    put64(b, e->n);
    put64(b, e->n);
    put64(b, e->at);
}

void tv_zip_finish(struct tv_zip_writer *w)
{
    struct tv_str b = {0};
    uint64_t at = w->at;
    for (size_t i = 0; i < w->n; i++) put_central(&b, &w->entry[i]);
    uint64_t size = b.len;
    bool large = w->n >= UINT16_MAX || at >= UINT32_MAX || size >= UINT32_MAX;
    if (large) {
        put32(&b, END64);
        put64(&b, END64_SIZE - 12);
        put16(&b, 45);
        put16(&b, 45);
        put32(&b, 0);
        put32(&b, 0);
        put64(&b, w->n);
        put64(&b, w->n);
        put64(&b, size);
        put64(&b, at);
        put32(&b, LOCATOR64);
        put32(&b, 0);
        put64(&b, at + size);
        put32(&b, 1);
    }
    put32(&b, END);
    put32(&b, 0); /* disks */
    put16(&b, large ? UINT16_MAX : (unsigned)w->n);
    put16(&b, large ? UINT16_MAX : (unsigned)w->n);
    put32(&b, large ? UINT32_MAX : (uint32_t)size);
    put32(&b, large ? UINT32_MAX : (uint32_t)at);
    put16(&b, 0); /* comment */
    flush(w, &b);
    for (size_t i = 0; i < w->n; i++) free(w->entry[i].name);
    free(w->entry);
}
