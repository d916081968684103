/* A dataset as a stream of batches: see dataset.h.
 *
 *     reader --rows--> column[IMAGE], column[LABEL], ... --rows that all columns have--> batch
 *
 * Rows of several tensors arrive interleaved; each tensor has a queue (data/column.h), and what every queue
 * holds can be handed on.  A loaded dataset is the same queues holding everything. */
#include "data/dataset.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"
#include "data/column.h"
#include "data/norm.h"

enum { IMAGE, LABEL, DOMAIN, PATH, COLUMNS };
static const char *const column_name[COLUMNS] = {"image", "label", "domain", "path"};

struct tv_dataset_state {
    struct tv_reader *reader;
    bool ended, loaded;
    struct tv_column col[COLUMNS];
    struct tv_str others; /* names of tensors that are not ours, for the message when `image` is missing */
    struct tv_norm norm;
    int64_t first, last; /* rows of the shard */
    int64_t shard, shards;
    int64_t next;          /* row of the stream that heads the queues; loaded: next row to hand out */
    bool *wanted;          /* by class; NULL: all */
    size_t classes;        /* of `wanted` */
    struct tv_batch batch; /* the last one; strings in `owned` arrays are ours until the next */
    size_t cap;
    int64_t *row, *pick; /* [cap] of the batch: index in the dataset, place in the queues */
    int32_t *label;
    char **text[2];       /* domain, path */
    int carried[COLUMNS]; /* tensors of the writer */
};

static bool has(const struct tv_dataset_state *s, int k) { return s->col[k].id >= 0; }

/* ---- reading ---- */

static const char *declare_image(struct tv_dataset *d, const struct tv_tensor *t, int id)
{
    bool last = t->dtype == TV_U8; /* channels last */
    if (t->dtype == TV_STR || (t->rank != 4 && !(t->rank == 3 && last)))
        return tv_msg("%s: image: want u8 [N,H,W,C] or f32 [N,C,H,W], got %s", d->name, tv_tensor_text(t));
    d->c = t->rank == 3 ? 1 : last ? t->dim[3] : t->dim[1];
    d->h = last ? t->dim[1] : t->dim[2];
    d->w = last ? t->dim[2] : t->dim[3];
    if (d->c < 1 || d->h < 1 || d->w < 1)
        return tv_msg("%s: image: no pixels: %s", d->name, tv_tensor_text(t));
    tv_column_init(&d->s->col[IMAGE], id, t, last ? TV_U8 : TV_F32);
    const char *msg = tv_norm_init(&d->s->norm, &t->attrs, d->c);
    return msg ? tv_msg("%s: image: %s", d->name, msg) : NULL;
}

static const char *declare(struct tv_dataset *d, const struct tv_tensor *t, int id)
{
    struct tv_dataset_state *s = d->s;
    int k = 0;
    while (k < COLUMNS && strcmp(t->name, column_name[k])) k++;
    if (k == COLUMNS) {
        if (s->others.len < 60) tv_str_add(&s->others, "%s%s", s->others.len ? ", " : "", t->name);
        return NULL;
    }
    if (has(s, k)) return tv_msg("%s: %s: comes twice", d->name, t->name);
    if (k == IMAGE) return declare_image(d, t, id);
    bool text = k != LABEL;
    if (t->rank != 1 || (t->dtype == TV_STR) != text || tv_dtype_is_float(t->dtype))
        return tv_msg("%s: %s: want %s [N], got %s", d->name, t->name, text ? "str" : "i32",
                      tv_tensor_text(t));
    tv_column_init(&s->col[k], id, t, text ? TV_STR : TV_I32);
    return NULL;
}

/* The stream is over: every column has as many rows as there are images. */
static const char *check_ends(const struct tv_dataset *d)
{
    const struct tv_dataset_state *s = d->s;
    for (int k = LABEL; k < COLUMNS; k++)
        if (has(s, k) && s->col[k].seen != s->col[IMAGE].seen)
            return tv_msg("%s: %s: want %lld rows as image has, got %lld", d->name, column_name[k],
                          (long long)s->col[IMAGE].seen, (long long)s->col[k].seen);
    return NULL;
}

/* One record further.  *arrived is set when it brought rows of `image`. */
static const char *pump(struct tv_dataset *d, bool *arrived)
{
    struct tv_dataset_state *s = d->s;
    struct tv_record r;
    switch (tv_reader_next(s->reader, &r)) {
    case TV_EV_META: tv_attrs_set(&d->meta, r.key, r.value); break;
    case TV_EV_TENSOR: return declare(d, r.tensor, r.id);
    case TV_EV_ROWS:
        for (int k = 0; k < COLUMNS; k++)
            if (s->col[k].id == r.id) tv_column_append(&s->col[k], r.rows, r.data, s->first, s->last);
        *arrived = s->col[IMAGE].id == r.id;
        break;
    case TV_EV_END: s->ended = true; return has(s, IMAGE) ? check_ends(d) : NULL;
    }
    return NULL;
}

/* Do rows of image and its companions come interleaved?  Then all of them are declared when the first images
 * come, and some still go on.  Otherwise (NPZ) a label may follow after the last image, and everything is
 * read first. */
static bool interleaved(const struct tv_dataset_state *s)
{
    if (s->col[IMAGE].declared < 0) return true;
    for (int k = LABEL; k < COLUMNS; k++)
        if (has(s, k) && s->col[k].seen < s->col[IMAGE].declared) return true;
    return false;
}

static void read_classes(struct tv_dataset *d)
{
    const char *names = tv_attrs_get(&d->meta, "classes");
    if (names && *names) d->class_name = tv_split_new(names, '\n', &d->classes);
}

const char *tv_dataset_open(struct tv_dataset *d, const char *path)
{
    bool arrived = false;
    const char *msg = NULL;
    memset(d, 0, sizeof *d);
    struct tv_dataset_state *s = d->s = TV_NEW(struct tv_dataset_state);
    for (int k = 0; k < COLUMNS; k++) s->col[k].id = -1;
    s->last = INT64_MAX, s->shards = 1;
    s->reader = tv_reader_open(path);
    d->name = tv_reader_name(s->reader);
    while (!msg && !arrived && !s->ended) msg = pump(d, &arrived);
    if (msg) return msg;
    if (!has(s, IMAGE))
        return tv_msg("%s: want a tensor \"image\", found %s; tv-import makes a dataset", d->name,
                      s->others.len ? s->others.s : "none");
    if (s->ended && s->col[IMAGE].seen == 0) return tv_msg("%s: image: the dataset is empty", d->name);
    if (!interleaved(s))
        while (!msg && !s->ended) msg = pump(d, &arrived);
    d->n = s->ended ? s->col[IMAGE].seen : s->col[IMAGE].declared;
    d->labelled = has(s, LABEL);
    read_classes(d);
    return msg;
}

static void free_batch_strings(struct tv_dataset_state *s)
{
    for (int t = 0; t < 2 && !s->loaded; t++)
        for (int64_t i = 0; i < s->batch.n && has(s, DOMAIN + t); i++) free(s->text[t][i]);
    s->batch.n = 0;
}

void tv_dataset_close(struct tv_dataset *d)
{
    struct tv_dataset_state *s = d->s;
    if (!s) return;
    free_batch_strings(s);
    tv_reader_close(s->reader);
    for (int k = 0; k < COLUMNS; k++) tv_column_release(&s->col[k]);
    tv_norm_release(&s->norm);
    tv_str_release(&s->others);
    free(s->wanted);
    free(s->row);
    free(s->pick);
    free(s->label);
    free(s->text[0]);
    free(s->text[1]);
    free(s);
    if (d->class_name) tv_split_free(d->class_name);
    tv_attrs_release(&d->meta);
    memset(d, 0, sizeof *d);
}

/* ---- what is asked for ---- */

/* The options of tv-import that would bring the data to what the model wants. */
static const char *way_out(const struct tv_dataset *d, int64_t c, int64_t h, int64_t w)
{
    const char *colour = c == d->c || c < 0 ? "" : c == 3 ? " --rgb" : c == 1 ? " --grey" : NULL;
    bool same = (h < 0 || h == d->h) && (w < 0 || w == d->w);
    if (!colour || (!same && (h < 0 || w < 0))) return "is it the right data?";
    if (same) return tv_msg("import it with%s", colour);
    if (h == w && d->h <= h && d->w <= w && h - d->h <= 8)
        return tv_msg("import it with%s --pad %lld", colour, (long long)h);
    return tv_msg("import it with%s --resize %lldx%lld", colour, (long long)w, (long long)h);
}

const char *tv_dataset_fits(const struct tv_dataset *d, int64_t c, int64_t h, int64_t w)
{
    if ((c < 0 || c == d->c) && (h < 0 || h == d->h) && (w < 0 || w == d->w)) return NULL;
    struct tv_str want = {0};
    const int64_t dims[3] = {c, h, w};
    for (int i = 0; i < 3; i++) {
        tv_str_add(&want, i ? "x" : "");
        dims[i] < 0 ? tv_str_add(&want, "any") : tv_str_add(&want, "%lld", (long long)dims[i]);
    }
    const char *msg = tv_msg("%s: the model wants images %s, the data are %lldx%lldx%lld; %s", d->name,
                             want.s, (long long)d->c, (long long)d->h, (long long)d->w, way_out(d, c, h, w));
    tv_str_release(&want);
    return msg;
}

const char *tv_dataset_shard(struct tv_dataset *d, int64_t i, int64_t shards)
{
    struct tv_dataset_state *s = d->s;
    if (shards == 1) return NULL;
    if (d->n < 0)
        return tv_msg("%s: sharding needs the number of images, and a stream from a pipe or with --skip-bad "
                      "does not say "
                      "it; write it to a file with tv-select first",
                      d->name);
    s->first = d->n * i / shards, s->last = d->n * (i + 1) / shards;
    s->shard = i, s->shards = shards, s->next = s->first;
    d->n = s->last - s->first;
    for (int k = 0; k < COLUMNS; k++) { /* what open read already */
        struct tv_column *c = &s->col[k];
        if (!has(s, k)) continue;
        int64_t before = s->first < c->n ? s->first : c->n;
        tv_column_drop(c, before);
        if (c->n > d->n) { /* all was read: cut the end */
            int64_t *index = TV_ARRAY(int64_t, (size_t)d->n);
            for (int64_t j = 0; j < d->n; j++) index[j] = j;
            tv_column_keep(c, index, d->n);
            free(index);
        }
    }
    return NULL;
}

int64_t tv_dataset_class(const struct tv_dataset *d, const char *word)
{
    int64_t index;
    for (size_t i = 0; i < d->classes; i++)
        if (!strcmp(d->class_name[i], word)) return (int64_t)i;
    if (!tv_parse_int(word, &index) || index < 0 || index > INT32_MAX) return -1;
    return d->classes && index >= (int64_t)d->classes ? -1 : index;
}

static const char *unknown_class(const struct tv_dataset *d, const char *word)
{
    const char *near = d->classes ? tv_nearest(word, (const char *const *)d->class_name) : NULL;
    return tv_msg("%s: class %s: no such class%s%s%s", d->name, word, near ? "; did you mean " : "",
                  near ? near : "",
                  near         ? "?"
                  : d->classes ? ""
                               : "; the dataset has no class names, give an index");
}

const char *tv_dataset_only(struct tv_dataset *d, const char *classes)
{
    struct tv_dataset_state *s = d->s;
    const char *msg =
        d->labelled ? NULL : tv_msg("%s: a class was asked for, but the dataset has no labels", d->name);
    size_t n;
    char **word = tv_split_new(classes, ',', &n);
    for (size_t i = 0; i < n && !msg; i++) {
        int64_t k = tv_dataset_class(d, word[i]);
        if (k < 0) {
            msg = unknown_class(d, word[i]);
            break;
        }
        if ((size_t)k >= s->classes) {
            s->wanted = tv_realloc(s->wanted, (size_t)k + 1, sizeof *s->wanted);
            memset(s->wanted + s->classes, 0, (size_t)k + 1 - s->classes);
            s->classes = (size_t)k + 1;
        }
        s->wanted[k] = true;
    }
    tv_split_free(word);
    d->n = -1;
    return msg;
}

float tv_dataset_value(const struct tv_dataset *d, int64_t channel, double pixel)
{
    return tv_norm_value(&d->s->norm, channel, pixel);
}

/* ---- batches ---- */

static bool is_wanted(const struct tv_dataset_state *s, int64_t i)
{
    if (!s->wanted) return true;
    int32_t label = *(int32_t *)tv_column_at(&s->col[LABEL], i);
    return label >= 0 && (size_t)label < s->classes && s->wanted[label];
}

static void normalise(const struct tv_dataset *d, float *y, int64_t i)
{
    const struct tv_column *c = &d->s->col[IMAGE];
    if (c->dtype == TV_U8)
        tv_norm_u8(&d->s->norm, y, d->layout, tv_column_at(c, i), d->h * d->w);
    else
        tv_norm_f32(&d->s->norm, y, d->layout, tv_column_at(c, i), d->h * d->w);
}

/* Rows that every queue holds, at least `want` unless the stream ends before. */
static const char *fill(struct tv_dataset *d, int64_t want, int64_t *have)
{
    struct tv_dataset_state *s = d->s;
    for (;;) {
        bool arrived;
        *have = INT64_MAX;
        for (int k = 0; k < COLUMNS; k++)
            if (has(s, k) && s->col[k].n < *have) *have = s->col[k].n;
        if (*have >= want || s->ended) return NULL;
        const char *msg = pump(d, &arrived);
        if (msg) return msg;
    }
}

static void make_room(struct tv_dataset_state *s, int64_t n)
{
    if ((size_t)n <= s->cap) return;
    s->cap = (size_t)n;
    s->row = tv_realloc(s->row, s->cap, sizeof *s->row);
    s->pick = tv_realloc(s->pick, s->cap, sizeof *s->pick);
    s->label = tv_realloc(s->label, s->cap, sizeof *s->label);
    for (int t = 0; t < 2; t++) s->text[t] = tv_realloc(s->text[t], s->cap, sizeof *s->text[t]);
}

/* Chooses up to `max` wanted rows among the first `have` of the queues: places to s->pick; *used rows were
 * looked at. */
static int64_t pick(struct tv_dataset_state *s, int64_t have, int64_t max, int64_t *used)
{
    int64_t n = 0, i = 0;
    for (; i < have && n < max; i++)
        if (is_wanted(s, i)) s->pick[n++] = i;
    *used = i;
    return n;
}

/* The picked rows become rows [b->n, b->n + n) of the batch; strings move to it. */
static void hand_over(struct tv_dataset *d, float *x, int64_t n)
{
    struct tv_dataset_state *s = d->s;
    int64_t at = s->batch.n, size = d->c * d->h * d->w;
    for (int64_t j = 0; j < n; j++) {
        s->row[at + j] = s->next + s->pick[j];
        if (has(s, LABEL)) s->label[at + j] = *(int32_t *)tv_column_at(&s->col[LABEL], s->pick[j]);
        for (int t = 0; t < 2; t++) {
            if (!has(s, DOMAIN + t)) continue;
            char **from = tv_column_at(&s->col[DOMAIN + t], s->pick[j]);
            s->text[t][at + j] = *from;
            *from = NULL;
        }
    }
    if (x) {
#pragma omp parallel for schedule(static)
        for (int64_t j = 0; j < n; j++) normalise(d, x + (at + j) * size, s->pick[j]);
    }
    s->batch.n += n;
}

static void next_loaded(struct tv_dataset *d, int64_t max, float *x)
{
    struct tv_dataset_state *s = d->s;
    int64_t from = s->next, left = s->col[IMAGE].n - from, n = left < max ? left : max;
    s->batch = tv_dataset_all(d);
    s->batch.n = n, s->batch.row += from;
    if (s->batch.label) s->batch.label += from;
    if (s->batch.domain) s->batch.domain += from;
    if (s->batch.path) s->batch.path += from;
    s->next += n;
    if (!x) return;
    int64_t size = d->c * d->h * d->w;
#pragma omp parallel for schedule(static)
    for (int64_t j = 0; j < n; j++) normalise(d, x + j * size, from + j);
}

const char *tv_dataset_next(struct tv_dataset *d, int64_t max, float *x, struct tv_batch *b)
{
    struct tv_dataset_state *s = d->s;
    const char *msg = NULL;
    free_batch_strings(s);
    if (s->loaded) {
        next_loaded(d, max, x);
        *b = s->batch;
        return NULL;
    }
    make_room(s, max);
    while (s->batch.n < max) {
        int64_t have, used, room = max - s->batch.n;
        if ((msg = fill(d, s->wanted ? 1 : room, &have)) || have == 0) break;
        int64_t n = pick(s, have, room, &used);
        hand_over(d, x, n);
        for (int k = 0; k < COLUMNS; k++)
            if (has(s, k)) tv_column_drop(&s->col[k], used);
        s->next += used;
    }
    s->batch.row = s->row;
    s->batch.label = has(s, LABEL) ? s->label : NULL;
    s->batch.domain = has(s, DOMAIN) ? s->text[0] : NULL;
    s->batch.path = has(s, PATH) ? s->text[1] : NULL;
    *b = s->batch;
    return msg;
}

/* ---- label, domain and path into an output ---- */

void tv_dataset_carry_begin(struct tv_dataset *d, struct tv_writer *w)
{
    struct tv_dataset_state *s = d->s;
    if (s->shards > 1)
        tv_attrs_setf(&d->meta, "shard", "%lld/%lld", (long long)s->shard, (long long)s->shards);
    tv_writer_metas(w, &d->meta);
    for (int k = LABEL; k < COLUMNS; k++)
        if (has(s, k)) s->carried[k] = tv_writer_begin(w, column_name[k], s->col[k].dtype, 1, &d->n, NULL);
}

void tv_dataset_carry(struct tv_dataset *d, struct tv_writer *w)
{
    const struct tv_dataset_state *s = d->s;
    const void *rows[COLUMNS] = {NULL, s->batch.label, s->batch.domain, s->batch.path};
    for (int k = LABEL; k < COLUMNS; k++)
        if (has(s, k)) tv_writer_rows(w, s->carried[k], s->batch.n, rows[k]);
}

/* ---- in memory ---- */

const char *tv_dataset_load(struct tv_dataset *d)
{
    struct tv_dataset_state *s = d->s;
    bool arrived;
    const char *msg = NULL;
    while (!s->ended && !msg) msg = pump(d, &arrived);
    if (msg || s->loaded) return msg;
    int64_t n = s->col[IMAGE].n, used;
    make_room(s, n);
    d->n = pick(s, n, n, &used);
    for (int k = 0; k < COLUMNS && d->n < n; k++)
        if (has(s, k)) tv_column_keep(&s->col[k], s->pick, d->n);
    for (int64_t i = 0; i < d->n; i++) s->row[i] = s->next + s->pick[i];
    s->loaded = true, s->next = 0;
    return NULL;
}

void tv_dataset_rewind(struct tv_dataset *d)
{
    assert(d->s->loaded);
    d->s->next = 0;
}

struct tv_batch tv_dataset_all(const struct tv_dataset *d)
{
    const struct tv_dataset_state *s = d->s;
    assert(s->loaded);
    return (struct tv_batch){
        .n = d->n,
        .row = s->row,
        .label = has(s, LABEL) ? tv_column_at(&s->col[LABEL], 0) : NULL,
        .domain = has(s, DOMAIN) ? tv_column_at(&s->col[DOMAIN], 0) : NULL,
        .path = has(s, PATH) ? tv_column_at(&s->col[PATH], 0) : NULL,
    };
}

void tv_dataset_gather(const struct tv_dataset *d, const int64_t *index, int64_t n, float *x)
{
    int64_t size = d->c * d->h * d->w;
    assert(d->s->loaded);
#pragma omp parallel for schedule(static)
    for (int64_t j = 0; j < n; j++) normalise(d, x + j * size, index[j]);
}

/* Which values of a float image are black and white: [0,1], [-1,1] and [0,255] are taken for what they
 * usually are. */
static void black_and_white(const float *x, int64_t n, float *black, float *white)
{
    float lo = x[0], hi = x[0];
    for (int64_t i = 1; i < n; i++) {
        if (x[i] < lo) lo = x[i];
        if (x[i] > hi) hi = x[i];
    }
    *black = lo, *white = hi;
    if (lo >= 0 && hi <= 255)
        *black = 0, *white = hi > 1 ? 255 : 1;
    else if (lo >= -1 && hi <= 1)
        *black = -1, *white = 1;
}

void tv_dataset_rgb(const struct tv_dataset *d, int64_t i, uint8_t *rgb)
{
    const struct tv_column *col = &d->s->col[IMAGE];
    int64_t pixels = d->h * d->w;
    bool colour = d->c == 3;
    assert(d->s->loaded);
    if (col->dtype == TV_U8) {
        const uint8_t *px = tv_column_at(col, i);
        for (int64_t p = 0; p < pixels; p++)
            for (int k = 0; k < 3; k++) rgb[3 * p + k] = px[p * d->c + (colour ? k : 0)];
        return;
    }
    const float *x = tv_column_at(col, i);
    float black, white;
    black_and_white(x, col->row, &black, &white);
    float gain = white > black ? 255 / (white - black) : 0;
    for (int64_t p = 0; p < pixels; p++)
        for (int k = 0; k < 3; k++) {
            float v = (x[(colour ? k : 0) * pixels + p] - black) * gain;
            rgb[3 * p + k] = v >= 255 ? 255 : v > 0 ? (uint8_t)(v + 0.5f) : 0;
        }
}

/* ---- back to pixels ---- */

bool tv_dataset_is_u8(const struct tv_dataset *d) { return d->s->col[IMAGE].dtype == TV_U8; }

void tv_dataset_span(const struct tv_dataset *d, int64_t k, float *black, float *white, int *colour)
{
    const struct tv_column *col = &d->s->col[IMAGE];
    assert(d->s->loaded || tv_dataset_is_u8(d));
    *black = 0, *white = 255;
    if (col->dtype != TV_U8 && col->n > 0)
        black_and_white(tv_column_at(col, 0), col->n * col->row, black, white);
    *black = tv_norm_value(&d->s->norm, k, *black);
    *white = tv_norm_value(&d->s->norm, k, *white);
    *colour = (int)(d->s->norm.swap ? d->c - 1 - k : k);
}

void tv_dataset_pixels(const struct tv_dataset *d, const float *x, int64_t n, uint8_t *rgb)
{
    int64_t pixels = d->h * d->w, channels = d->c == 3 ? 3 : 1;
    int64_t next = d->layout == TV_NHWC ? d->c : 1, plane = d->layout == TV_NHWC ? 1 : pixels;
    for (int64_t k = 0; k < channels; k++) {
        float black, white;
        int colour;
        tv_dataset_span(d, k, &black, &white, &colour);
        float gain = white != black ? 255 / (white - black) : 0;
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < n; i++)
            for (int64_t p = 0; p < pixels; p++) {
                float v = (x[i * d->c * pixels + k * plane + p * next] - black) * gain;
                uint8_t byte = v >= 255 ? 255
                               : v > 0  ? (uint8_t)(v + 0.5f)
                                        : 0,
                        *at = rgb + 3 * (i * pixels + p);
                if (channels == 3)
                    at[colour] = byte;
                else
                    memset(at, byte, 3);
            }
    }
}
