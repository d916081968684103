/* analysis/patches.c - see patches.h. */
#include "analysis/patches.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"
#include "nn/field.h"

void tv_patches_best_init(struct tv_patches_best *b, const struct tv_neurons *neurons, int64_t k)
{
    const struct tv_graph *g = neurons->g;
    *b = (struct tv_patches_best){neurons, k, TV_ARRAY(struct tv_patch_layer, (size_t)g->n_layers)};
    for (int l = 0; l < g->n_layers; l++) {
        struct tv_patch_layer *p = &b->layer[l];
        p->n = neurons->n[l];
        p->value = TV_ARRAY(float, (size_t)(p->n * k));
        p->row = TV_ARRAY(int32_t, (size_t)(p->n * k));
        p->place = TV_ARRAY(int32_t, (size_t)(p->n * k));
    }
}

void tv_patches_best_release(struct tv_patches_best *b)
{
    for (int l = 0; b->layer && l < b->neurons->g->n_layers; l++)
        free(b->layer[l].value), free(b->layer[l].row), free(b->layer[l].place);
    free(b->layer);
    *b = (struct tv_patches_best){0};
}

/* Puts a response into neuron j's list, of which `have` entries are filled. */
static void insert(struct tv_patch_layer *p, int64_t j, int64_t k, int64_t have, float value, int64_t row,
                   int64_t place)
{
    float *v = p->value + j * k;
    int32_t *r = p->row + j * k, *at = p->place + j * k;
    int64_t i = have < k ? have : k - 1;
    if (have == k && !(value > v[k - 1])) return;
    for (; i > 0 && v[i - 1] < value; i--) v[i] = v[i - 1], r[i] = r[i - 1], at[i] = at[i - 1];
    v[i] = value, r[i] = (int32_t)row, at[i] = (int32_t)place;
}

void tv_patches_best_add(struct tv_patches_best *b, int l, int64_t images, const float *out,
                         int64_t positions, const int64_t *row)
{
    struct tv_patch_layer *p = &b->layer[l];
    int64_t channels = b->neurons->g->layer[l].channels;
#pragma omp parallel for schedule(static)
    for (int64_t j = 0; j < p->n; j++)
        for (int64_t i = 0; i < images; i++) {
            const float *map = out + (i * channels + b->neurons->at[l][j]) * positions;
            int64_t best = 0, have = p->seen + i < b->k ? p->seen + i : b->k;
            for (int64_t x = 1; x < positions; x++)
                if (map[x] > map[best]) best = x;
            insert(p, j, b->k, have, map[best], row[i], best);
        }
    p->seen += images;
}

/* ---- writing ---- */

/* What a neuron of a layer sees: a window of size[] whose corner moves by step[]. */
struct window {
    int64_t start[2], step[2], size[2], side[2]; /* side: the image's */
    int64_t columns;                             /* of the map */
};

static struct window window_of(const struct tv_graph *g, int l, const struct tv_field *field,
                               const struct tv_dataset *d)
{
    const struct tv_value *v = &g->value[g->layer[l].output];
    const struct tv_field *f = &field[g->layer[l].output];
    struct window w = {.size = {d->h, d->w}, .side = {d->h, d->w}, .columns = v->rank == 4 ? v->dim[3] : 1};
    if (v->rank != 4 || f->whole) return w;
    for (int i = 0; i < 2; i++) {
        w.start[i] = f->start[i], w.step[i] = f->step[i];
        if (f->size[i] < w.size[i]) w.size[i] = f->size[i];
    }
    return w;
}

/* Upper left corner of the window of a position, moved into the image. */
static void corner_of(int32_t corner[2], const struct window *w, int64_t place)
{
    int64_t at[2] = {place / w->columns, place % w->columns};
    for (int i = 0; i < 2; i++) {
        int64_t c = w->start[i] + at[i] * w->step[i], last = w->side[i] - w->size[i];
        corner[i] = (int32_t)(c < 0 ? 0 : c > last ? last : c);
    }
}

/* The k patches of one neuron: pixels [k][h][w][3], corners [k][2]. */
static void cut(uint8_t *pixels, int32_t *corner, uint8_t *image, const struct tv_patch_layer *p,
                int64_t first, int64_t k, const struct window *w, const struct tv_dataset *d)
{
    for (int64_t i = 0; i < k; i++) {
        corner_of(corner + 2 * i, w, p->place[first + i]);
        tv_dataset_rgb(d, p->row[first + i], image);
        for (int64_t y = 0; y < w->size[0]; y++)
            memcpy(pixels + 3 * (i * w->size[0] + y) * w->size[1],
                   image + 3 * ((corner[2 * i] + y) * d->w + corner[2 * i + 1]), (size_t)(3 * w->size[1]));
    }
}

static void write_layer(const struct tv_patches_best *b, int l, const struct window *w,
                        const struct tv_dataset *d, struct tv_writer *out)
{
    const struct tv_patch_layer *p = &b->layer[l];
    const char *layer = b->neurons->g->layer[l].name;
    int64_t k = p->seen < b->k ? p->seen : b->k, dim[5] = {p->n, k, w->size[0], w->size[1], 3};
    int64_t two[3] = {p->n, k, 2}, pixels = 3 * w->size[0] * w->size[1];
    uint8_t *image = TV_ARRAY(uint8_t, (size_t)(3 * d->h * d->w)), *cuts = tv_alloc((size_t)(k * pixels), 1);
    int32_t *corner = TV_ARRAY(int32_t, (size_t)(p->n * k * 2));
    float *value = TV_ARRAY(float, (size_t)(p->n * k));
    int32_t *row = TV_ARRAY(int32_t, (size_t)(p->n * k));
    char *name = tv_format_new("patch/%s", layer);
    int id = tv_writer_begin(out, name, TV_U8, 5, dim, NULL);
    for (int64_t j = 0; j < p->n; j++) {
        cut(cuts, corner + 2 * j * k, image, p, j * b->k, k, w, d);
        tv_writer_rows(out, id, 1, cuts);
        memcpy(value + j * k, p->value + j * b->k, (size_t)k * sizeof *value);
        memcpy(row + j * k, p->row + j * b->k, (size_t)k * sizeof *row);
    }
    tv_writer_end_group(out);
    tv_writer_array(out, tv_msg("patch/%s/neuron", layer), TV_I32, 1, dim, b->neurons->at[l], NULL);
    tv_writer_array(out, tv_msg("patch/%s/value", layer), TV_F32, 2, dim, value, NULL);
    tv_writer_array(out, tv_msg("patch/%s/row", layer), TV_I32, 2, dim, row, NULL);
    tv_writer_array(out, tv_msg("patch/%s/corner", layer), TV_I32, 3, two, corner, NULL);
    free(image), free(cuts), free(corner), free(value), free(row), free(name);
}

void tv_patches_best_write(const struct tv_patches_best *b, const struct tv_dataset *d, struct tv_writer *w)
{
    const struct tv_graph *g = b->neurons->g;
    struct tv_field *field = TV_ARRAY(struct tv_field, (size_t)g->n_values);
    tv_graph_fields(g, field);
    for (int l = 0; l < g->n_layers; l++) {
        struct window window = window_of(g, l, field, d);
        if (b->layer[l].n > 0) write_layer(b, l, &window, d, w);
    }
    free(field);
}
