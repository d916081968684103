/* analysis/rank_stream.c - ranks as rows arrive.
 *
 * Rows of `label` and of every `attrib/<layer>` come in any interleaving.  They wait until there are so many
 * whose images' classes are known that ranking them together keeps all threads busy.
 */
#include "analysis/rank_stream.h"
#include <stdlib.h>
#include <string.h>
#include "analysis/attribs.h"
#include "analysis/rank.h"
#include "analysis/share.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/str.h"

/* Bytes of rows that are ranked together. */
#define TOGETHER ((size_t)1 << 20)

void tv_rank_stream_init(struct tv_rank_stream *s, const char *name, const struct tv_rank_options *o)
{
    *s = (struct tv_rank_stream){.o = o, .name = name, .census = {.where = name}};
}

void tv_rank_stream_release(struct tv_rank_stream *s)
{
    for (size_t l = 0; l < s->layers; l++) {
        for (int64_t c = 0; c < s->census.classes; c++) free(s->layer[l].sum[c]);
        free(s->layer[l].sum);
        free(s->layer[l].waiting);
    }
    free(s->layer);
    free(s->instances);
    free(s->label);
    free(s->chosen_layer);
    tv_classes_release(&s->chosen);
    tv_attrs_release(&s->meta);
    *s = (struct tv_rank_stream){0};
}

/* ---- declarations ---- */

/* Is every value of the type an f32? */
static bool fits_f32(enum tv_dtype t)
{
    return t == TV_F32 || t == TV_F16 || t == TV_BF16 || (t != TV_STR && tv_dtype_size(t) <= 2);
}

static const char *declare(struct tv_rank_stream *s, struct tv_tensor *t)
{
    const char *name = tv_attrib_layer(t->name), *bad;
    if (!strcmp(t->name, s->o->by)) {
        s->has_classes = true;
        return tv_attrib_check_classes(t);
    }
    if (!name) return NULL;
    if ((bad = tv_attrib_check(t))) return bad;
    s->layer = tv_grow(s->layer, &s->layer_cap, s->layers + 1, sizeof *s->layer);
    s->layer[s->layers++] = (struct tv_rank_layer){.tensor = t,
                                                   .name = name,
                                                   .neurons = t->dim[1],
                                                   .f32 = fits_f32(t->dtype),
                                                   .sum = TV_ARRAY(double *, s->census.classes)};
    return NULL;
}

/* Room for classes 0..class in every table. */
static void reserve_classes(struct tv_rank_stream *s, int64_t class)
{
    int64_t have = s->census.classes, want = class + 1;
    if (want <= have) return;
    s->instances = tv_realloc(s->instances, (size_t)want, sizeof *s->instances);
    for (int64_t c = have; c < want; c++) s->instances[c] = 0;
    for (size_t l = 0; l < s->layers; l++) {
        struct tv_rank_layer *layer = &s->layer[l];
        layer->sum = tv_realloc(layer->sum, (size_t)want, sizeof *layer->sum);
        for (int64_t c = have; c < want; c++) layer->sum[c] = NULL;
    }
    s->census.classes = want;
    s->census.instances = s->instances;
}

/* ---- rows ---- */

/* Of the rows that wait. */
static size_t row_bytes(const struct tv_rank_layer *layer)
{
    return (size_t)layer->neurons * (layer->f32 ? sizeof(float) : sizeof(double));
}

/* Where the ranks of the layer's next n images go. */
static void find_sums(const struct tv_rank_stream *s, struct tv_rank_layer *layer, int64_t n, double **sum)
{
    for (int64_t p = 0; p < n; p++) {
        int32_t class = s->label[layer->ranked + p];
        if (class >= 0 && !layer->sum[class]) layer->sum[class] = TV_ARRAY(double, layer->neurons);
        sum[p] = class >= 0 ? layer->sum[class] : NULL;
    }
}

/* The rows that wait whose images' classes are known. */
static int64_t known_rows(const struct tv_rank_stream *s, const struct tv_rank_layer *layer)
{
    int64_t known = (int64_t)s->images - layer->ranked, waiting = layer->waiting_to - layer->waiting_from;
    return known < waiting ? known : waiting;
}

static void drop_ranked(struct tv_rank_stream *s, struct tv_rank_layer *layer, int64_t n)
{
    layer->ranked += n;
    layer->waiting_from += n;
    s->waiting -= (size_t)n * row_bytes(layer);
    int64_t left = layer->waiting_to - layer->waiting_from;
    if (left > layer->waiting_from) return; /* moved when that is less than what is gained */
    size_t row = row_bytes(layer);
    if (left) memmove(layer->waiting, layer->waiting + (size_t)layer->waiting_from * row, (size_t)left * row);
    layer->waiting_from = 0;
    layer->waiting_to = left;
}

/* Ranks the rows that wait and have a class. */
static const char *rank_waiting(struct tv_rank_stream *s)
{
    int64_t rows = 0, at = 0;
    for (size_t l = 0; l < s->layers; l++) rows += known_rows(s, &s->layer[l]);
    if (!rows) return NULL;
    double **sum = TV_ARRAY(double *, rows);
    struct tv_rank_block *block = TV_ARRAY(struct tv_rank_block, s->layers);
    for (size_t l = 0; l < s->layers; l++) {
        struct tv_rank_layer *layer = &s->layer[l];
        int64_t n = known_rows(s, layer);
        find_sums(s, layer, n, sum + at);
        block[l] =
            (struct tv_rank_block){.sum = sum + at,
                                   .x = layer->waiting + (size_t)layer->waiting_from * row_bytes(layer),
                                   .f32 = layer->f32,
                                   .images = n,
                                   .n = layer->neurons};
        at += n;
    }
    const struct tv_rank_block *bad = tv_rank_add(block, s->layers);
    const char *message = NULL;
    if (bad) {
        const struct tv_rank_layer *layer = &s->layer[bad - block];
        message = tv_msg("%s: want numbers, got NaN for image %lld, neuron %lld", layer->tensor->name,
                         (long long)(layer->ranked + bad->nan / layer->neurons),
                         (long long)(bad->nan % layer->neurons));
    }
    for (size_t l = 0; l < s->layers; l++) drop_ranked(s, &s->layer[l], block[l].images);
    free(block);
    free(sum);
    return message;
}

/* Appended in pieces, since a chunk may be a whole data set. */
static const char *take_attributions(struct tv_rank_stream *s, struct tv_rank_layer *layer,
                                     const struct tv_record *rec)
{
    enum tv_dtype from = rec->tensor->dtype;
    size_t row = row_bytes(layer), came = (size_t)layer->neurons * tv_dtype_size(from);
    int64_t piece = row < TOGETHER ? (int64_t)(TOGETHER / (row ? row : 1)) : 1;
    const char *bad = NULL;
    for (int64_t done = 0, n; done < rec->rows && !bad; done += n) {
        n = rec->rows - done < piece ? rec->rows - done : piece;
        layer->waiting =
            tv_grow(layer->waiting, &layer->waiting_cap, (size_t)(layer->waiting_to + n) * row, 1);
        tv_convert(layer->waiting + (size_t)layer->waiting_to * row, layer->f32 ? TV_F32 : TV_F64,
                   (const char *)rec->data + (size_t)done * came, from, (size_t)(n * layer->neurons));
        layer->waiting_to += n;
        s->waiting += (size_t)n * row;
        if (s->waiting >= TOGETHER) bad = rank_waiting(s);
    }
    return bad;
}

static const char *take_classes(struct tv_rank_stream *s, const struct tv_record *rec)
{
    s->label = tv_grow(s->label, &s->label_cap, s->images + (size_t)rec->rows, sizeof *s->label);
    int32_t *label = s->label + s->images, largest = -1;
    tv_convert(label, TV_I32, rec->data, rec->tensor->dtype, (size_t)rec->rows);
    for (int64_t i = 0; i < rec->rows; i++) {
        if (label[i] > largest) largest = label[i];
    }
    const char *bad = tv_attrib_check_class(rec->tensor->name, largest);
    if (bad) return bad;
    reserve_classes(s, largest);
    for (int64_t i = 0; i < rec->rows; i++) {
        if (label[i] >= 0) s->instances[label[i]]++;
    }
    s->images += (size_t)rec->rows;
    return s->waiting >= TOGETHER ? rank_waiting(s) : NULL;
}

static const char *take(struct tv_rank_stream *s, const struct tv_record *rec)
{
    if (rec->event == TV_EV_META) tv_attrs_set(&s->meta, rec->key, rec->value);
    if (rec->event == TV_EV_TENSOR) return declare(s, rec->tensor);
    if (rec->event != TV_EV_ROWS || rec->rows == 0) return NULL;
    if (!strcmp(rec->tensor->name, s->o->by)) return take_classes(s, rec);
    for (size_t l = 0; l < s->layers; l++) {
        if (s->layer[l].tensor == rec->tensor) return take_attributions(s, &s->layer[l], rec);
    }
    return NULL;
}

const char *tv_rank_stream_take(struct tv_rank_stream *s, const struct tv_record *rec)
{
    const char *bad = take(s, rec);
    return bad ? tv_msg("%s: %s", s->name, bad) : NULL;
}

/* ---- the end ---- */

static const char *check_complete(const struct tv_rank_stream *s)
{
    if (s->layers == 0) return tv_attrib_none();
    if (!s->has_classes) return tv_attrib_no_classes(s->o->by);
    for (size_t l = 0; l < s->layers; l++) {
        const struct tv_rank_layer *layer = &s->layer[l];
        int64_t images = layer->ranked + layer->waiting_to - layer->waiting_from;
        if (images != (int64_t)s->images)
            return tv_msg("%s: want %lld images as %s has, got %lld", layer->tensor->name,
                          (long long)s->images, s->o->by, (long long)images);
    }
    if (s->census.classes == 0)
        return tv_msg("%s: want images with a class, got none among %zu", s->o->by, s->images);
    return NULL;
}

static const char *choose_layers(struct tv_rank_stream *s)
{
    struct tv_tensor **tensor = TV_ARRAY(struct tv_tensor *, s->layers);
    for (size_t l = 0; l < s->layers; l++) tensor[l] = s->layer[l].tensor;
    s->chosen_layer = TV_ARRAY(bool, s->layers);
    const char *bad = tv_attrib_choose(s->chosen_layer, tensor, s->layers, s->o->layers);
    free(tensor);
    return bad;
}

static void note_unclassed(const struct tv_rank_stream *s)
{
    int64_t with = 0;
    for (int64_t c = 0; c < s->census.classes; c++) with += s->instances[c];
    int64_t without = (int64_t)s->images - with;
    if (without)
        tv_note("%s: %lld image%s without a class", s->name, (long long)without, without == 1 ? "" : "s");
}

const char *tv_rank_stream_end(struct tv_rank_stream *s)
{
    const char *bad = rank_waiting(s);
    if (!bad) bad = check_complete(s);
    if (!bad) bad = choose_layers(s);
    if (bad) return tv_msg("%s: %s", s->name, bad);
    note_unclassed(s);
    s->census.names = tv_attrs_get(&s->meta, "classes");
    if (s->o->classes.n == 0) tv_classes_note_absent(&s->census);
    return tv_classes_choose(&s->chosen, &s->o->classes, &s->census, false);
}

/* ---- results ---- */

static void put(struct tv_writer *w, const char *what, int32_t class, const struct tv_rank_layer *layer,
                enum tv_dtype t, int64_t n, const void *data, const struct tv_attrs *attrs)
{
    char *name = tv_format_new("%s/%d/%s", what, class, layer->name);
    tv_writer_array(w, name, t, 1, &n, data, attrs);
    free(name);
}

static void write_layer(const struct tv_rank_stream *s, struct tv_writer *w, int32_t class,
                        const struct tv_rank_layer *layer)
{
    int64_t k = tv_share_count(s->o->top, layer->neurons);
    int32_t *top = TV_ARRAY(int32_t, k);
    struct tv_attrs attrs = {0};
    char *class_name = tv_class_name_new(s->census.names, class);
    tv_attrib_describe(&attrs, layer->tensor, class_name, s->instances[class]);
    tv_rank_top(top, k, layer->sum[class], layer->neurons);
    put(w, "rank", class, layer, TV_F64, layer->neurons, layer->sum[class], &attrs);
    put(w, "top", class, layer, TV_I32, k, top, &attrs);
    free(class_name);
    tv_attrs_release(&attrs);
    free(top);
}

void tv_rank_stream_write(const struct tv_rank_stream *s, struct tv_writer *w)
{
    tv_attrib_write_meta(w, &s->meta, false);
    for (int64_t c = 0; c < s->chosen.n; c++) {
        for (size_t l = 0; l < s->layers; l++) {
            if (s->chosen_layer[l]) write_layer(s, w, s->chosen.at[c], &s->layer[l]);
        }
    }
}
