/* analysis/patches.c - see patches.h. */
#include "analysis/patches.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"
#include "nn/field.h"

static struct tv_patch_window window_of(const struct tv_graph *g, int l, const struct tv_field *f, int64_t h,
                                        int64_t w)
{
    const struct tv_value *v = &g->value[g->layer[l].output];
    struct tv_patch_window o = {.size = {h, w}, .side = {h, w}, .columns = v->rank == 4 ? v->dim[3] : 1};
    if (v->rank != 4 || f->whole) return o;
    for (int i = 0; i < 2; i++) {
        o.start[i] = f->start[i], o.step[i] = f->step[i];
        if (f->size[i] < o.size[i]) o.size[i] = f->size[i];
    }
    return o;
}

static int64_t patch_bytes(const struct tv_patch_layer *p)
{
    return 3 * p->window.size[0] * p->window.size[1];
}

void tv_patches_best_init(struct tv_patches_best *b, const struct tv_neurons *neurons, int64_t k, int64_t h,
                          int64_t w)
{
    const struct tv_graph *g = neurons->g;
    struct tv_field *field = TV_ARRAY(struct tv_field, (size_t)g->n_values);
    *b = (struct tv_patches_best){neurons, k, TV_ARRAY(struct tv_patch_layer, (size_t)g->n_layers)};
    tv_graph_fields(g, field);
    for (int l = 0; l < g->n_layers; l++) {
        struct tv_patch_layer *p = &b->layer[l];
        size_t entries = (size_t)(neurons->n[l] * k);
        p->window = window_of(g, l, &field[g->layer[l].output], h, w);
        p->n = neurons->n[l];
        p->value = TV_ARRAY(float, entries);
        p->row = TV_ARRAY(int32_t, entries);
        p->place = TV_ARRAY(int32_t, entries);
        p->slot = TV_ARRAY(int32_t, entries);
        p->pixels = tv_alloc(entries, (size_t)patch_bytes(p));
    }
    free(field);
}

void tv_patches_best_release(struct tv_patches_best *b)
{
    for (int l = 0; b->layer && l < b->neurons->g->n_layers; l++) {
        struct tv_patch_layer *p = &b->layer[l];
        free(p->value), free(p->row), free(p->place), free(p->slot), free(p->pixels);
    }
    free(b->layer);
    *b = (struct tv_patches_best){0};
}

int64_t tv_patches_best_bytes(const struct tv_patches_best *b)
{
    int64_t bytes = 0;
    for (int l = 0; l < b->neurons->g->n_layers; l++)
        bytes += b->layer[l].n * b->k * patch_bytes(&b->layer[l]);
    return bytes;
}

/* Upper left corner of the window of a position, moved into the image. */
static void corner_of(int32_t corner[2], const struct tv_patch_window *w, int64_t place)
{
    int64_t at[2] = {place / w->columns, place % w->columns};
    for (int i = 0; i < 2; i++) {
        int64_t c = w->start[i] + at[i] * w->step[i], last = w->side[i] - w->size[i];
        corner[i] = (int32_t)(c < 0 ? 0 : c > last ? last : c);
    }
}

static void cut(uint8_t *pixels, const struct tv_patch_window *w, int64_t place, const uint8_t *image)
{
    int32_t corner[2];
    corner_of(corner, w, place);
    for (int64_t y = 0; y < w->size[0]; y++)
        memcpy(pixels + 3 * y * w->size[1], image + 3 * ((corner[0] + y) * w->side[1] + corner[1]),
               (size_t)(3 * w->size[1]));
}

/* Puts a response to an image into neuron j's list, of which `have` entries are filled. */
static void insert(struct tv_patch_layer *p, int64_t j, int64_t k, int64_t have, float value, int64_t row,
                   int64_t place, const uint8_t *image)
{
    float *v = p->value + j * k;
    int32_t *r = p->row + j * k, *at = p->place + j * k, *slot = p->slot + j * k;
    int64_t i = have < k ? have : k - 1;
    if (have == k && !(value > v[k - 1])) return;
    int32_t free_slot = have < k ? (int32_t)have : slot[k - 1];
    for (; i > 0 && v[i - 1] < value; i--)
        v[i] = v[i - 1], r[i] = r[i - 1], at[i] = at[i - 1], slot[i] = slot[i - 1];
    v[i] = value, r[i] = (int32_t)row, at[i] = (int32_t)place, slot[i] = free_slot;
    cut(p->pixels + (j * k + free_slot) * patch_bytes(p), &p->window, place, image);
}

void tv_patches_best_add(struct tv_patches_best *b, int l, int64_t images, const float *out,
                         int64_t positions, const int64_t *row, const uint8_t *rgb)
{
    struct tv_patch_layer *p = &b->layer[l];
    int64_t channels = b->neurons->g->layer[l].channels, bytes = 3 * p->window.side[0] * p->window.side[1];
#pragma omp parallel for schedule(static)
    for (int64_t j = 0; j < p->n; j++)
        for (int64_t i = 0; i < images; i++) {
            const float *map = out + (i * channels + b->neurons->at[l][j]) * positions;
            int64_t best = 0, have = p->seen + i < b->k ? p->seen + i : b->k;
            for (int64_t x = 1; x < positions; x++)
                if (map[x] > map[best]) best = x;
            insert(p, j, b->k, have, map[best], row[i], best, rgb + i * bytes);
        }
    p->seen += images;
}

/* ---- writing ---- */

static void write_layer(const struct tv_patches_best *b, int l, struct tv_writer *out)
{
    const struct tv_patch_layer *p = &b->layer[l];
    const char *layer = b->neurons->g->layer[l].name;
    int64_t k = p->seen < b->k ? p->seen : b->k, dim[5] = {p->n, k, p->window.size[0], p->window.size[1], 3};
    int64_t two[3] = {p->n, k, 2}, bytes = patch_bytes(p);
    uint8_t *cuts = tv_alloc((size_t)k, (size_t)bytes);
    int32_t *corner = TV_ARRAY(int32_t, (size_t)(p->n * k * 2));
    float *value = TV_ARRAY(float, (size_t)(p->n * k));
    int32_t *row = TV_ARRAY(int32_t, (size_t)(p->n * k));
    char *name = tv_format_new("patch/%s", layer);
    int id = tv_writer_begin(out, name, TV_U8, 5, dim, NULL);
    for (int64_t j = 0; j < p->n; j++) {
        int64_t first = j * b->k;
        for (int64_t i = 0; i < k; i++) {
            memcpy(cuts + i * bytes, p->pixels + (first + p->slot[first + i]) * bytes, (size_t)bytes);
            corner_of(corner + 2 * (j * k + i), &p->window, p->place[first + i]);
        }
        tv_writer_rows(out, id, 1, cuts);
        memcpy(value + j * k, p->value + first, (size_t)k * sizeof *value);
        memcpy(row + j * k, p->row + first, (size_t)k * sizeof *row);
    }
    tv_writer_end_group(out);
    tv_writer_array(out, tv_msg("patch/%s/neuron", layer), TV_I32, 1, dim, b->neurons->at[l], NULL);
    tv_writer_array(out, tv_msg("patch/%s/value", layer), TV_F32, 2, dim, value, NULL);
    tv_writer_array(out, tv_msg("patch/%s/row", layer), TV_I32, 2, dim, row, NULL);
    tv_writer_array(out, tv_msg("patch/%s/corner", layer), TV_I32, 3, two, corner, NULL);
    free(cuts), free(corner), free(value), free(row), free(name);
}

void tv_patches_best_write(const struct tv_patches_best *b, struct tv_writer *w)
{
    for (int l = 0; l < b->neurons->g->n_layers; l++)
        if (b->layer[l].n > 0) write_layer(b, l, w);
}
