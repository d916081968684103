/* core/stream_read.c - the reader of stream.h.
 *
 *     magic | META key value | TENS 0 | TENS 1 | ROWS 0 [0,G) | ROWS 1 [0,G) | ROWS 0 [G,2G) | ... | END
 *             \______________________ a segment: cat joins several ______________________________/
 *
 * A record is believed only after its header's CRC, its payload's CRC and its place among the others are
 * right: tensors are numbered in order, the rows of each follow one another, and the end record repeats the
 * number of records and the CRC of all their headers, so that a record that was dropped, doubled or swapped
 * is found.  No length is trusted before the bytes are there: mapped files know their size, pipes are read in
 * bounded steps (source.c), and decompressed sizes are bounded by zlib's best ratio (inflate.c).
 */
#include "core/cmd.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/npy.h"
#include "core/reader.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static struct tv_reader *open_readers;

_Noreturn void tv_reader_fail(const struct tv_reader *r, const char *fmt, ...)
{
    char message[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    tv_die(TV_DATA, "%s: at byte %llu: %s", r->name, (unsigned long long)r->at, message);
}

static _Noreturn void fail_truncated(struct tv_reader *r)
{
    r->at = r->src.at;
    tv_reader_fail(r, "truncated: the stream has no end record; was its writer interrupted?");
}

/* ---- opening ---- */

static void read_magic(struct tv_reader *r)
{
    size_t got;
    r->at = r->src.at;
    uint8_t *p = tv_source_take(&r->src, TV_FORMAT_UNIT, &got);
    if (got == 0) tv_reader_fail(r, "empty input: want a tensor stream; did the program before fail?");
    if (got < TV_FORMAT_UNIT && tv_format_resembles(p, got)) fail_truncated(r);
    const char *wrong =
        got < TV_FORMAT_UNIT ? "no magic number of a tensor stream here" : tv_format_check_magic(p);
    if (wrong && r->at == 0 && !tv_format_resembles(p, got))
        tv_die(TV_DATA,
               "%s: want a tensor stream, .npy or .npz, found neither; tv-import makes a stream of images",
               r->name);
    if (wrong) tv_reader_fail(r, "%s", wrong);
    r->file_crc = tv_crc(0, p, TV_FORMAT_UNIT);
    r->chain = 0;
    r->records = 0;
    r->first = r->n;
    r->ended = false;
    free(r->history);
    r->history = NULL;
}

/* "a/b.npy" -> "b": what a lone array is called. */
static char *stem_new(const char *name)
{
    const char *dot = strrchr(name, '.');
    return tv_strndup(name, dot && dot != name ? (size_t)(dot - name) : strlen(name));
}

static void read_foreign(struct tv_reader *r)
{
    size_t n;
    uint8_t *bytes = tv_source_rest(&r->src, &n);
    char *stem = stem_new(r->name);
    r->foreign = TV_NEW(struct tv_set);
    const char *wrong = tv_npy_parse(r->foreign, bytes, n, stem);
    if (wrong) tv_die(TV_DATA, "%s: %s", r->name, wrong);
    r->file_crc = tv_crc(0, bytes, n);
    free(stem);
}

struct tv_reader *tv_reader_open(const char *path)
{
    struct tv_reader *r = TV_NEW(struct tv_reader);
    r->other = open_readers;
    open_readers = r;
    r->turn = tv_history_turn();
    tv_source_open(&r->src, path);
    r->name = r->src.name;
    size_t got;
    uint8_t *head = tv_source_peek(&r->src, 8, &got);
    if (got >= 6 && tv_npy_is(head, got))
        read_foreign(r);
    else
        read_magic(r);
    return r;
}

const char *tv_reader_name(const struct tv_reader *r) { return r->name; }

/* ---- payloads of META and TENS ---- */

struct cursor {
    const uint8_t *p;
    uint64_t left;
};

static const uint8_t *eat(struct tv_reader *r, struct cursor *c, uint64_t n)
{
    if (n > c->left) tv_reader_fail(r, "a field reaches past the end of its record");
    const uint8_t *p = c->p;
    c->p += n;
    c->left -= n;
    return p;
}
static uint32_t eat32(struct tv_reader *r, struct cursor *c) { return tv_get32(eat(r, c, 4)); }

static char *eat_string_new(struct tv_reader *r, struct cursor *c)
{
    uint32_t n = eat32(r, c);
    const uint8_t *p = eat(r, c, n);
    if (memchr(p, 0, n)) tv_reader_fail(r, "a name or attribute contains a zero byte");
    return tv_strndup((const char *)p, n);
}

static void read_meta(struct tv_reader *r, const struct tv_format_header *h, uint8_t *payload,
                      struct tv_record *rec)
{
    size_t n = (size_t)h->stored;
    uint8_t *zero = memchr(payload, 0, n);
    if (!zero || memchr(zero + 1, 0, (size_t)(payload + n - zero - 1)))
        tv_reader_fail(r, "META: want key, zero byte, value");
    char *value = tv_strndup((char *)zero + 1, (size_t)(payload + n - zero - 1));
    free(r->key);
    r->key = tv_strdup((char *)payload);
    const char *old = tv_attrs_get(&r->meta, r->key);
    bool history = !strcmp(r->key, "history");
    if (history && !tv_json_valid(value)) tv_reader_fail(r, "META history is not JSON");
    if (!history && old && strcmp(old, value))
        tv_reader_fail(r, "META %s comes twice with different values; join streams with tv-cat", r->key);
    tv_attrs_set(&r->meta, r->key, value);
    if (history) {
        free(r->history);
        r->history = tv_strdup(value);
    }
    free(value);
    *rec = (struct tv_record){.event = TV_EV_META, .key = r->key, .value = tv_attrs_get(&r->meta, r->key)};
}

/* Dies unless every product of dimensions fits, zeros taken as ones: so that any loop over a shape is safe.
 */
static void check_shape(const struct tv_reader *r, const struct tv_tensor *t)
{
    size_t bytes = tv_dtype_size(t->dtype);
    for (int d = 0; d < t->rank; d++) {
        bool unknown = d == 0 && t->dim[d] == -1;
        if (t->dim[d] < 0 && !unknown) tv_reader_fail(r, "%s: negative dimension", t->name);
        if (t->dim[d] > 0 && !tv_mul(bytes, (size_t)t->dim[d], &bytes)) bytes = SIZE_MAX;
        if (bytes > INT64_MAX / 2)
            tv_reader_fail(r, "%s: the size of shape %s overflows", t->name, tv_tensor_text(t));
    }
}

static void read_tensor(struct tv_reader *r, const struct tv_format_header *h, uint8_t *payload,
                        struct tv_record *rec)
{
    struct cursor c = {payload, h->stored};
    struct tv_tensor *t = TV_NEW(struct tv_tensor);
    r->tensor = tv_grow(r->tensor, &r->cap, r->n + 1, sizeof *r->tensor);
    r->seen = tv_grow(r->seen, &r->seen_cap, r->n + 1, sizeof *r->seen);
    r->seen[r->n] = 0;
    r->tensor[r->n++] = t;
    t->borrowed = true;
    t->name = eat_string_new(r, &c);
    if (h->id != r->n - 1 - r->first) tv_reader_fail(r, "%s: tensors are not numbered in order", t->name);
    if (tv_index_get(&r->names, t->name) >= 0)
        tv_reader_fail(r, "tensor %s comes twice; streams that share tensors are joined by tv-cat", t->name);
    tv_index_put(&r->names, t->name, (int)r->n - 1);
    uint32_t dtype = eat32(r, &c), rank = eat32(r, &c);
    if (!dtype || dtype >= TV_DTYPE_END)
        tv_reader_fail(r, "%s: unknown dtype number %u: written by a newer tv?", t->name, (unsigned)dtype);
    if (rank > TV_MAX_RANK)
        tv_reader_fail(r, "%s: want at most %d dimensions, got %u", t->name, TV_MAX_RANK, (unsigned)rank);
    t->dtype = (enum tv_dtype)dtype;
    t->rank = (int)rank;
    for (int d = 0; d < t->rank; d++) t->dim[d] = (int64_t)tv_get64(eat(r, &c, 8));
    check_shape(r, t);
    for (uint32_t n = eat32(r, &c); n; n--) {
        char *key = eat_string_new(r, &c), *value = eat_string_new(r, &c);
        tv_attrs_set(&t->attrs, key, value);
        free(key);
        free(value);
    }
    if (c.left) tv_reader_fail(r, "%s: its declaration is longer than its fields", t->name);
    *rec = (struct tv_record){.event = TV_EV_TENSOR, .tensor = t, .id = (int)r->n - 1};
}

static void fill_rows(struct tv_reader *r, const struct tv_format_header *h, size_t id, uint8_t *payload,
                      struct tv_record *rec)
{
    struct tv_tensor *t = r->tensor[id];
    *rec = (struct tv_record){.event = TV_EV_ROWS,
                              .tensor = t,
                              .id = (int)id,
                              .row0 = (int64_t)h->row0,
                              .rows = (int64_t)h->rows,
                              .data = tv_reader_decode(r, h, t, payload)};
}

static void read_rows(struct tv_reader *r, const struct tv_format_header *h, uint8_t *payload,
                      struct tv_record *rec)
{
    if (h->id >= r->n - r->first)
        tv_reader_fail(r, "rows of tensor number %u, which was not declared", (unsigned)h->id);
    size_t id = r->first + h->id;
    struct tv_tensor *t = r->tensor[id];
    int64_t limit = t->rank == 0 ? 1 : t->dim[0] >= 0 ? t->dim[0] : INT64_MAX;
    if ((int64_t)h->row0 != r->seen[id])
        tv_reader_fail(r, "%s: want row %lld next, got row %llu: a chunk is missing or doubled", t->name,
                       (long long)r->seen[id], (unsigned long long)h->row0);
    if (!tv_tensor_row(t) && limit > TV_FORMAT_EMPTY_ROWS) limit = TV_FORMAT_EMPTY_ROWS;
    if ((int64_t)h->rows > limit - r->seen[id])
        tv_reader_fail(r, "%s: want at most %lld rows, got more", t->name, (long long)limit);
    r->seen[id] += (int64_t)h->rows;
    fill_rows(r, h, id, payload, rec);
}

static void add_to_history(const struct tv_reader *r, const char *made_by)
{
    tv_history_stream(r->turn, !strcmp(r->src.path, "stdin") ? "-" : r->name, r->file_crc, made_by);
}

/* The end record: counts, CRCs, rows against declared shapes; then the next segment's magic, if there is one.
 */
static void read_end(struct tv_reader *r, const struct tv_format_header *h, uint32_t chain)
{
    if (h->stored || h->flags) tv_reader_fail(r, "END: want no payload");
    if (h->rows != r->records)
        tv_reader_fail(r, "END: want %llu records, got %llu: some are missing", (unsigned long long)h->rows,
                       (unsigned long long)r->records);
    if (h->id != chain) tv_reader_fail(r, "END: CRC of the record headers differs: records were swapped");
    for (size_t i = r->first; i < r->n; i++) {
        struct tv_tensor *t = r->tensor[i];
        int64_t want = t->rank == 0 ? 1 : t->dim[0];
        if (want >= 0 && r->seen[i] != want)
            tv_reader_fail(r, "%s: want %lld rows, got %lld", t->name, (long long)want,
                           (long long)r->seen[i]);
        if (want < 0) {
            t->dim[0] = r->seen[i];
            check_shape(r, t);
        }
    }
    add_to_history(r, r->history);
    size_t got;
    tv_source_peek(&r->src, 1, &got);
    if (got)
        read_magic(r);
    else
        r->ended = true;
}

/* ---- records ---- */

/* Takes one record and checks its CRCs; *chain: CRC of the headers before it. */
static uint8_t *take_record(struct tv_reader *r, struct tv_format_header *h, uint32_t *chain)
{
    size_t got;
    r->at = r->src.at;
    uint8_t *p = tv_source_take(&r->src, TV_FORMAT_UNIT, &got);
    if (got < TV_FORMAT_UNIT) fail_truncated(r);
    const char *wrong = tv_format_decode(h, p);
    if (wrong) tv_reader_fail(r, "%s", wrong);
    *chain = r->chain;
    r->chain = tv_format_chain(r->chain, p);
    r->file_crc = tv_crc(r->file_crc, p, TV_FORMAT_UNIT);
    uint64_t padded = h->stored + tv_format_padding(h->stored);
    tv_inflate_prepare(&r->src, h);
    p = tv_source_take(&r->src, padded, &got);
    if (got < padded) fail_truncated(r);
    if (h->crc != tv_crc(0, p, got)) tv_reader_fail(r, "CRC of the record's payload differs: damaged");
    r->file_crc = (uint32_t)crc32_combine(r->file_crc, h->crc, (z_off_t)padded);
    for (uint64_t i = h->stored; i < padded; i++)
        if (p[i]) tv_reader_fail(r, "padding is not zero");
    if (h->kind != TV_FORMAT_ROWS && (h->raw != h->stored || (h->flags & TV_FORMAT_ZLIB)))
        tv_reader_fail(r, "only rows may be compressed");
    return p;
}

/* One record; false when it holds nothing for the caller (end of a segment, ignorable kind). */
static bool read_record(struct tv_reader *r, struct tv_record *rec)
{
    struct tv_format_header h;
    uint32_t chain;
    uint8_t *payload = take_record(r, &h, &chain);
    if (h.kind == TV_FORMAT_END) return read_end(r, &h, chain), false;
    r->records++;
    if (h.kind == TV_FORMAT_META)
        read_meta(r, &h, payload, rec);
    else if (h.kind == TV_FORMAT_TENSOR)
        read_tensor(r, &h, payload, rec);
    else if (h.kind == TV_FORMAT_ROWS)
        read_rows(r, &h, payload, rec);
    else if (h.flags & TV_FORMAT_IGNORABLE)
        return false;
    else
        tv_reader_fail(r, "unknown kind of record %#x: written by a newer tv?", (unsigned)h.kind);
    return true;
}

static void whole_tensor(struct tv_record *rec, struct tv_tensor *t, int id)
{
    *rec = (struct tv_record){
        .event = TV_EV_ROWS, .tensor = t, .id = id, .rows = t->rank ? t->dim[0] : 1, .data = t->data};
}

static void next_foreign(struct tv_reader *r, struct tv_record *rec)
{
    if (r->foreign_next == r->foreign->n) {
        add_to_history(r, NULL);
        r->ended = true;
        return;
    }
    struct tv_tensor *t = r->foreign->at[r->foreign_next];
    *rec = (struct tv_record){.event = TV_EV_TENSOR, .tensor = t, .id = (int)r->foreign_next};
    if (r->foreign_declared) {
        whole_tensor(rec, t, (int)r->foreign_next);
        r->foreign_next++;
    }
    r->foreign_declared = !r->foreign_declared;
}

enum tv_event tv_reader_next(struct tv_reader *r, struct tv_record *rec)
{
    *rec = (struct tv_record){.event = TV_EV_END};
    while (!r->ended && rec->event == TV_EV_END) {
        if (r->foreign)
            next_foreign(r, rec);
        else if (read_record(r, rec))
            break;
    }
    return rec->event;
}

/* ---- once more ---- */

bool tv_reader_can_again(const struct tv_reader *r) { return r->src.mapped || r->foreign; }

void tv_reader_again(struct tv_reader *r, int id, uint64_t at, struct tv_record *rec)
{
    if (r->foreign) {
        whole_tensor(rec, r->foreign->at[id], id);
        r->in_place = rec->tensor->dtype != TV_STR;
        return;
    }
    struct tv_format_header h;
    size_t from = (size_t)(r->src.next - r->src.at + at) + TV_FORMAT_UNIT;
    uint8_t *p = r->src.bytes + from;
    r->at = at;
    if (tv_format_decode(&h, p - TV_FORMAT_UNIT) || h.stored > r->src.size - from)
        tv_reader_fail(r, "the file was changed while it was read");
    fill_rows(r, &h, (size_t)id, p, rec);
}

void tv_reader_drop(struct tv_reader *r, uint64_t from, uint64_t to)
{
    uint64_t start = r->src.next - r->src.at;
    if (to > r->src.at) to = r->src.at;
    if (r->src.mapped && !r->foreign && from < to)
        tv_source_drop(&r->src, (size_t)(start + from), (size_t)(to - from));
}

/* ---- the end ---- */

void tv_reader_finish(struct tv_reader *r)
{
    struct tv_record rec;
    while (tv_reader_next(r, &rec) != TV_EV_END) {
    }
}

void tv_readers_finish(void)
{
    for (struct tv_reader *r = open_readers; r; r = r->other) tv_reader_finish(r);
}

static void release(struct tv_reader *r)
{
    for (struct tv_reader **p = &open_readers; *p; p = &(*p)->other) {
        if (*p != r) continue;
        *p = r->other;
        break;
    }
    for (size_t i = 0; i < r->n; i++) tv_tensor_free(r->tensor[i]);
    free(r->tensor);
    free(r->seen);
    tv_index_release(&r->names);
    tv_attrs_release(&r->meta);
    free(r->history);
    free(r->raw);
    tv_inflate_release(&r->inflate);
    free(r->strings);
    tv_str_release(&r->text);
    free(r->key);
    if (r->foreign) tv_set_release(r->foreign);
    free(r->foreign);
    tv_source_close(&r->src);
    free(r);
}

void tv_reader_close(struct tv_reader *r)
{
    tv_reader_finish(r);
    release(r);
}

void tv_readers_abandon(void)
{
    while (open_readers) release(open_readers);
}
