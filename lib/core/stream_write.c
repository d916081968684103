/* core/stream_write.c - the writer of stream.h.
 *
 * The bytes depend on what is written, not on how many rows a call brings.  Tensors begun together form a
 * group; its rows wait in one queue a tensor until every queue has G rows, then one chunk of each goes out,
 * in order:
 *
 *     rows(a, 64) rows(b, 64)          a ########|####     -> ROWS a [0,G)  ROWS b [0,G)  ROWS a [G,2G) ...
 *                                      b ########|####
 *
 * G is CHUNK_BYTES over the bytes of the group's rows, at most MAX_ROWS.  A tensor alone in its group whose
 * number of rows is known goes out in chunks of up to LONE_BYTES, so that most can be used in place by
 * whoever maps the file. META records never fall between the chunks of a group: they wait for the next
 * declaration or the end.
 */
#include "core/cmd.h"
#include "core/deflate.h"
#include "core/format.h"
#include "core/mem.h"
#include "core/output.h"
#include "core/reader.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, LONE_BYTES = 64 << 20, MAX_ROWS = 65536, STRING_BYTES = 64 };

/* A tensor and the rows of it that wait. */
struct queue {
    struct tv_tensor *t; /* declaration only */
    uint32_t id;         /* in the file */
    int64_t written;     /* rows */
    struct tv_str bytes; /* encoded rows that wait; the first `head` bytes have gone out */
    size_t head;
    size_t *ends; /* strings: offset in `bytes` of the end of every waiting row */
    size_t ends_cap, ends_head;
    int64_t waiting; /* rows */
    bool open;       /* in the current group */
};

/* Tensors whose rows advance together: their numbers in the table. */
struct group {
    size_t n, cap;
    size_t *at;
    bool declared; /* their TENS records are out */
    int64_t g;     /* rows of a chunk */
};

struct tv_writer {
    struct tv_output out;
    struct queue *queue;
    size_t n, cap;
    struct group group;
    uint32_t ids; /* tensors in the file */
    uint64_t records;
    uint32_t chain;                     /* of the headers so far */
    int level;                          /* of zlib; 0: none */
    struct tv_attrs meta, written_meta; /* waiting for the next declaration; written */
    bool own_history;
    char *history;
    struct tv_index names;
};

/* ---- records ---- */

static void write_record(struct tv_writer *w, struct tv_format_header *h, const void *payload)
{
    static const uint8_t zeros[TV_FORMAT_UNIT];
    uint8_t bytes[TV_FORMAT_UNIT];
    size_t padding = tv_format_padding(h->stored);
    h->crc = tv_crc(tv_crc(0, payload, (size_t)h->stored), zeros, padding);
    tv_format_encode(bytes, h);
    w->chain = tv_format_chain(w->chain, bytes);
    w->records++;
    tv_output_write(&w->out, bytes, sizeof bytes);
    tv_output_write(&w->out, payload, (size_t)h->stored);
    tv_output_write(&w->out, zeros, padding);
}

static void write_meta(struct tv_writer *w, const char *key, const char *value)
{
    struct tv_str b = {0};
    tv_str_put(&b, key, strlen(key) + 1);
    tv_str_put(&b, value, strlen(value));
    struct tv_format_header h = {.kind = TV_FORMAT_META, .stored = b.len, .raw = b.len};
    write_record(w, &h, b.s);
    tv_str_release(&b);
}

static void put32(struct tv_str *b, uint32_t v)
{
    uint8_t bytes[4];
    tv_put32(bytes, v);
    tv_str_put(b, bytes, sizeof bytes);
}

static void put_string(struct tv_str *b, const char *s)
{
    size_t n = strlen(s);
    assert(n <= UINT32_MAX);
    put32(b, (uint32_t)n);
    tv_str_put(b, s, n);
}

static void write_tensor(struct tv_writer *w, struct queue *q)
{
    struct tv_str b = {0};
    put_string(&b, q->t->name);
    put32(&b, q->t->dtype);
    put32(&b, (uint32_t)q->t->rank);
    for (int d = 0; d < q->t->rank; d++) {
        uint8_t bytes[8];
        tv_put64(bytes, (uint64_t)q->t->dim[d]);
        tv_str_put(&b, bytes, sizeof bytes);
    }
    put32(&b, (uint32_t)q->t->attrs.n);
    for (size_t i = 0; i < q->t->attrs.n; i++) {
        put_string(&b, q->t->attrs.at[i].key);
        put_string(&b, q->t->attrs.at[i].value);
    }
    q->id = w->ids++;
    struct tv_format_header h = {.kind = TV_FORMAT_TENSOR, .id = q->id, .stored = b.len, .raw = b.len};
    write_record(w, &h, b.s);
    tv_str_release(&b);
}

/* A chunk on its way out. */
struct chunk {
    struct queue *q;
    int64_t rows;
    const void *payload;
    size_t bytes;
};

/* Chunks in order, each compressed when asked for and when that makes it smaller. */
static void write_chunks(struct tv_writer *w, const struct chunk *c, size_t n)
{
    struct tv_deflate *packed = TV_ARRAY(struct tv_deflate, n);
    for (size_t i = 0; i < n; i++) packed[i] = (struct tv_deflate){.bytes = c[i].payload, .n = c[i].bytes};
    if (w->level) tv_deflate(packed, n, w->level);
    for (size_t i = 0; i < n; i++) {
        struct queue *q = c[i].q;
        bool smaller = packed[i].packed && packed[i].size < c[i].bytes;
        struct tv_format_header h = {.kind = TV_FORMAT_ROWS,
                                     .id = q->id,
                                     .stored = smaller ? packed[i].size : c[i].bytes,
                                     .raw = c[i].bytes,
                                     .row0 = (uint64_t)q->written,
                                     .rows = (uint64_t)c[i].rows,
                                     .flags = smaller ? TV_FORMAT_ZLIB : 0};
        write_record(w, &h, smaller ? packed[i].packed : c[i].payload);
        q->written += c[i].rows;
        free(packed[i].packed);
    }
    free(packed);
}

/* ---- queues ---- */

static size_t row_bytes(const struct tv_tensor *t)
{
    return (size_t)tv_tensor_row(t) * (t->dtype == TV_STR ? 0 : tv_dtype_size(t->dtype));
}

static void enqueue(struct queue *q, int64_t rows, const void *data)
{
    if (q->head && q->head == q->bytes.len) q->head = q->bytes.len = 0;
    if (q->head > q->bytes.len / 2) {
        memmove(q->bytes.s, q->bytes.s + q->head, q->bytes.len -= q->head);
        for (int64_t i = 0; q->t->dtype == TV_STR && i < q->waiting; i++)
            q->ends[q->ends_head + (size_t)i] -= q->head;
        q->head = 0;
    }
    if (q->t->dtype != TV_STR) {
        size_t n = row_bytes(q->t) * (size_t)rows;
        if (n) tv_str_put(&q->bytes, data, n);
    } else {
        const char *const *s = data;
        int64_t row = tv_tensor_row(q->t);
        if (q->waiting) memmove(q->ends, q->ends + q->ends_head, (size_t)q->waiting * sizeof *q->ends);
        q->ends_head = 0;
        q->ends = tv_grow(q->ends, &q->ends_cap, (size_t)(q->waiting + rows), sizeof *q->ends);
        for (int64_t i = 0; i < rows; i++) {
            for (int64_t k = 0; k < row; k++) put_string(&q->bytes, *s++);
            q->ends[q->waiting + i] = q->bytes.len;
        }
    }
    q->waiting += rows;
}

/* The first `rows` waiting rows, which wait no more; borrowed until more come. */
static struct chunk dequeue(struct queue *q, int64_t rows)
{
    size_t from = q->head, end = from + row_bytes(q->t) * (size_t)rows;
    if (q->t->dtype == TV_STR && rows) {
        end = q->ends[q->ends_head + (size_t)rows - 1];
        q->ends_head += (size_t)rows;
    }
    q->head = end;
    q->waiting -= rows;
    return (struct chunk){q, rows, end > from ? q->bytes.s + from : "", end - from};
}

/* ---- groups ---- */

static struct queue *member(const struct tv_writer *w, size_t i) { return &w->queue[w->group.at[i]]; }

/* A chunk of up to `rows` rows of every member that has any; false when none has. */
static bool write_waiting(struct tv_writer *w, int64_t rows)
{
    struct chunk *c = TV_ARRAY(struct chunk, w->group.n);
    size_t n = 0;
    for (size_t i = 0; i < w->group.n; i++) {
        struct queue *q = member(w, i);
        if (q->waiting) c[n++] = dequeue(q, q->waiting < rows ? q->waiting : rows);
    }
    write_chunks(w, c, n);
    free(c);
    return n > 0;
}

static int64_t chunk_rows(const struct tv_writer *w)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < w->group.n; i++) {
        const struct tv_tensor *t = member(w, i)->t;
        sum += t->dtype == TV_STR ? (uint64_t)tv_tensor_row(t) * STRING_BYTES : row_bytes(t);
    }
    const struct tv_tensor *first = member(w, 0)->t;
    bool lone = w->group.n == 1 && (first->rank == 0 || first->dim[0] >= 0);
    uint64_t g = (lone ? LONE_BYTES : CHUNK_BYTES) / (sum ? sum : 1);
    uint64_t most = lone ? LONE_BYTES : MAX_ROWS;
    return (int64_t)(g < 1 ? 1 : g > most ? most : g);
}

static void write_metas(struct tv_writer *w)
{
    for (size_t i = 0; i < w->meta.n; i++) write_meta(w, w->meta.at[i].key, w->meta.at[i].value);
    tv_attrs_copy(&w->written_meta, &w->meta);
    tv_attrs_release(&w->meta);
}

static void declare_group(struct tv_writer *w)
{
    if (w->group.declared || !w->group.n) return;
    write_metas(w);
    for (size_t i = 0; i < w->group.n; i++) write_tensor(w, member(w, i));
    w->group.g = chunk_rows(w);
    w->group.declared = true;
}

static bool group_has(const struct tv_writer *w, int64_t rows)
{
    for (size_t i = 0; i < w->group.n; i++)
        if (member(w, i)->waiting < rows) return false;
    return true;
}

static void close_queue(struct tv_writer *w, struct queue *q)
{
    int64_t want = q->t->rank == 0 ? 1 : q->t->dim[0];
    if (want >= 0 && want != q->written)
        tv_die(TV_DATA, "%s: %s: want %lld rows, the program made %lld", w->out.name, q->t->name,
               (long long)want, (long long)q->written);
    tv_str_release(&q->bytes);
    free(q->ends);
    q->ends = NULL;
    q->open = false;
}

void tv_writer_end_group(struct tv_writer *w)
{
    declare_group(w);
    while (write_waiting(w, w->group.g)) {
    }
    for (size_t i = 0; i < w->group.n; i++) close_queue(w, member(w, i));
    free(w->group.at);
    w->group = (struct group){0};
}

/* ---- interface ---- */

struct tv_writer *tv_writer_open(const char *path)
{
    struct tv_writer *w = TV_NEW(struct tv_writer);
    uint8_t magic[TV_FORMAT_UNIT];
    tv_output_open(&w->out, path, true);
    tv_format_magic(magic);
    tv_output_write(&w->out, magic, sizeof magic);
    return w;
}

void tv_writer_compress(struct tv_writer *w, int level) { w->level = level; }

void tv_writer_history(struct tv_writer *w, const char *json)
{
    w->own_history = true;
    free(w->history);
    w->history = json ? tv_strdup(json) : NULL;
}

void tv_writer_meta(struct tv_writer *w, const char *key, const char *value)
{
    const char *written = tv_attrs_get(&w->written_meta, key);
    if (written && !strcmp(written, value)) return;
    assert(!written && strcmp(key, "history")); /* a reader would refuse a second value */
    tv_attrs_set(&w->meta, key, value);
}

void tv_writer_metas(struct tv_writer *w, const struct tv_attrs *meta)
{
    for (size_t i = 0; i < meta->n; i++)
        if (strcmp(meta->at[i].key, "history")) tv_writer_meta(w, meta->at[i].key, meta->at[i].value);
}

/* A tensor at the end of the table, declared later with its group. */
static int add(struct tv_writer *w, const char *name, enum tv_dtype t, int rank, const int64_t *dim,
               const struct tv_attrs *attrs)
{
    if (tv_index_get(&w->names, name) >= 0)
        tv_die(TV_DATA, "%s: tensor %s would be written twice", w->out.name, name);
    struct tv_tensor *x = TV_NEW(struct tv_tensor);
    x->name = tv_strdup(name);
    x->dtype = t;
    x->rank = rank;
    x->borrowed = true;
    for (int d = 0; d < rank; d++) x->dim[d] = dim[d];
    tv_attrs_copy(&x->attrs, attrs);
    w->queue = tv_grow(w->queue, &w->cap, w->n + 1, sizeof *w->queue);
    w->queue[w->n] = (struct queue){.t = x, .open = true};
    tv_index_put(&w->names, x->name, (int)w->n);
    w->group.at = tv_grow(w->group.at, &w->group.cap, w->group.n + 1, sizeof *w->group.at);
    w->group.at[w->group.n++] = w->n;
    return (int)w->n++;
}

int tv_writer_begin(struct tv_writer *w, const char *name, enum tv_dtype t, int rank, const int64_t *dim,
                    const struct tv_attrs *attrs)
{
    if (w->group.declared) tv_writer_end_group(w);
    return add(w, name, t, rank, dim, attrs);
}

void tv_writer_rows(struct tv_writer *w, int id, int64_t rows, const void *data)
{
    assert(id >= 0 && (size_t)id < w->n && w->queue[id].open);
    declare_group(w);
    struct queue *q = &w->queue[id];
    const char *p = data;
    int64_t g = w->group.g;
    if (w->group.n == 1 && q->t->dtype != TV_STR && !q->waiting) { /* whole chunks need no queue */
        size_t bytes = row_bytes(q->t) * (size_t)g;
        for (; rows >= g; rows -= g) {
            write_chunks(w, &(struct chunk){q, g, p, bytes}, 1);
            p += bytes;
        }
    }
    if (rows > 0) enqueue(q, rows, p);
    while (group_has(w, g)) write_waiting(w, g);
}

void tv_writer_array(struct tv_writer *w, const char *name, enum tv_dtype t, int rank, const int64_t *dim,
                     const void *data, const struct tv_attrs *attrs)
{
    if (w->group.declared) tv_writer_end_group(w);
    /* Tensors begun but without rows yet wait: this one goes out before them, as a group of its own. */
    struct group waiting = w->group;
    w->group = (struct group){0};
    tv_writer_rows(w, add(w, name, t, rank, dim, attrs), rank ? dim[0] : 1, data);
    tv_writer_end_group(w);
    w->group = waiting;
}

void tv_writer_put(struct tv_writer *w, const struct tv_tensor *t)
{
    tv_writer_array(w, t->name, t->dtype, t->rank, t->dim, t->data, &t->attrs);
}

static void write_end(struct tv_writer *w)
{
    struct tv_format_header h = {.kind = TV_FORMAT_END, .id = w->chain, .rows = w->records};
    write_record(w, &h, "");
}

void tv_writer_close(struct tv_writer *w)
{
    tv_writer_end_group(w);
    tv_readers_finish(); /* a result of input that is not whole is none; the history names all of it */
    write_metas(w);
    char *made = w->own_history ? NULL : tv_history_json_new();
    const char *history = w->own_history ? w->history : made;
    if (history) write_meta(w, "history", history);
    write_end(w);
    tv_output_close(&w->out);
    for (size_t i = 0; i < w->n; i++) tv_tensor_free(w->queue[i].t);
    free(w->queue);
    tv_attrs_release(&w->written_meta);
    tv_index_release(&w->names);
    free(made);
    free(w->history);
    free(w);
}
