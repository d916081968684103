/* report/pictures.c - what neurons and links look like, and the classes of the streams; see parts.h. */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/names.h"
#include "data/image.h"
#include "report/parts.h"

char **tv_report_keys_new(const struct tv_figure *f, const char *prefix, size_t *n)
{
    char **key = NULL, class[TV_CLASS_TEXT];
    size_t cap = 0;
    *n = 0;
    for (size_t i = 0; i < f->n; i++)
        for (size_t t = 0; t < f->stream[i].n; t++) {
            const char *rest;
            if (!tv_name_split(f->stream[i].at[t]->name, prefix, class, &rest)) continue;
            bool known = false;
            for (size_t k = 0; k < *n && !known; k++) known = !strcmp(key[k], class);
            if (known) continue;
            key = tv_grow(key, &cap, *n + 2, sizeof *key);
            key[(*n)++] = tv_strdup(class);
            key[*n] = NULL;
        }
    return key;
}

/* ---- members, each once ---- */

bool tv_report_members_new(struct tv_report_members *m, char *key)
{
    if (tv_index_get(&m->seen, key) >= 0) {
        free(key);
        return false;
    }
    m->key = tv_grow(m->key, &m->cap, m->n + 1, sizeof *m->key);
    m->key[m->n] = key;
    tv_index_put(&m->seen, key, (int)m->n++);
    return true;
}

void tv_report_members_end(struct tv_report_members *m, struct tv_str *b, const char *name)
{
    tv_object_open(b, name, '{');
    if (m->out.len) tv_str_put(b, m->out.s, m->out.len);
    tv_object_close(b, '}');
    for (size_t k = 0; k < m->n; k++) free(m->key[k]);
    free(m->key);
    tv_index_release(&m->seen);
    tv_str_release(&m->out);
}

/* ---- patches ---- */

static void put_patch(struct tv_str *b, const struct tv_patch *patch)
{
    struct tv_part field = {0};
    if (!tv_patch_field(&field, patch)) field = (struct tv_part){0};
    double v[] = {(double)patch->image, (double)field.x, (double)field.y,
                  (double)field.w,      (double)field.h, patch->value};
    tv_object_list(b, NULL, v, sizeof v / sizeof *v, 6);
}

static void put_patches(struct tv_report_pictures *p, enum tv_side model, const char *layer, int64_t neuron,
                        const char *key)
{
    int most = (int)p->report->patches;
    struct tv_patch *patch = TV_ARRAY(struct tv_patch, (size_t)most);
    struct tv_str *b = &p->patches.out;
    tv_object_open(b, key, '[');
    for (int side = 0; side < 2; side++) {
        int n = tv_patches_top(patch, most, &p->of[model], (enum tv_side)side, layer, neuron);
        tv_object_open(b, NULL, '[');
        for (int k = 0; k < n; k++) put_patch(b, &patch[k]);
        tv_object_close(b, ']');
    }
    tv_object_close(b, ']');
    free(patch);
}

/* ---- feature images ---- */

/* Row of `which` [n] that holds the neuron; -1. */
static int64_t find_neuron(const struct tv_tensor *which, int64_t neuron)
{
    for (int64_t i = 0; which && which->rank == 1 && i < which->dim[0]; i++)
        if ((int64_t)tv_tensor_get(which, i) == neuron) return i;
    return -1;
}

static const char *put_jpeg(struct tv_str *b, const char *key, const uint8_t *rgb, int64_t h, int64_t w)
{
    enum { QUALITY = 85 };
    void *bytes;
    size_t n;
    const char *error = tv_jpeg_encode(rgb, h, w, QUALITY, &bytes, &n);
    if (error) return error;
    tv_object_open(b, key, '"');
    tv_base64(b, bytes, n);
    tv_object_close(b, '"');
    free(bytes);
    return NULL;
}

static const char *put_feature(struct tv_report_pictures *p, enum tv_side model, const char *layer,
                               int64_t neuron, const char *key)
{
    enum { SIDE = 128 };
    const struct tv_set *s = &p->report->pictures[model];
    const struct tv_tensor *t = tv_set_find(s, tv_msg("feature/%s", layer));
    int64_t i = find_neuron(tv_set_find(s, tv_msg("feature/%s/neuron", layer)), neuron);
    if (!t || t->rank != 4 || t->dtype != TV_U8 || i < 0 || i >= t->dim[0]) return NULL;
    if (t->dim[3] != 1 && t->dim[3] != 3) return NULL;
    struct tv_image im = {0};
    const char *error = tv_image_resize_buffer(&im, t->dim[1], t->dim[2], t->dim[3]);
    if (!error) {
        memcpy(im.px, (const uint8_t *)t->data + i * tv_tensor_row(t), (size_t)tv_tensor_row(t));
        tv_image_channels(&im, 3);
        if (im.h > SIDE && im.w > SIDE) error = tv_image_resize_shorter(&im, SIDE);
    }
    if (!error) error = put_jpeg(&p->features.out, key, im.px, im.h, im.w);
    tv_image_release(&im);
    return error;
}

/* ---- kernels ---- */

void tv_report_pictures_link(struct tv_report_pictures *p, enum tv_side model, const char *pair, int64_t a,
                             int64_t b)
{
    const struct tv_set *s = &p->report->pictures[model];
    const struct tv_tensor *t = tv_set_find(s, tv_msg("kernel/%s", pair)),
                           *link = tv_set_find(s, tv_msg("kernel/%s/link", pair));
    if (!t || !link || t->rank != 3 || link->rank != 2 || link->dim[0] != t->dim[0] || link->dim[1] != 2)
        return;
    int64_t i = 0;
    while (i < link->dim[0] &&
           ((int64_t)tv_tensor_get(link, 2 * i) != a || (int64_t)tv_tensor_get(link, 2 * i + 1) != b))
        i++;
    char *key = tv_format_new("%s/%s/%lld/%lld", tv_side_name[model], pair, (long long)a, (long long)b);
    if (i == link->dim[0]) {
        free(key);
        return;
    }
    if (!tv_report_members_new(&p->kernels, key)) return;
    double *row = TV_ARRAY(double, (size_t)t->dim[2]);
    tv_object_open(&p->kernels.out, key, '[');
    for (int64_t y = 0; y < t->dim[1]; y++) {
        for (int64_t x = 0; x < t->dim[2]; x++)
            row[x] = tv_tensor_get(t, (i * t->dim[1] + y) * t->dim[2] + x);
        tv_object_list(&p->kernels.out, NULL, row, t->dim[2], 3);
    }
    tv_object_close(&p->kernels.out, ']');
    free(row);
}

/* ---- all of a class ---- */

void tv_report_pictures_begin(struct tv_report_pictures *p, const struct tv_report *r, const char *class)
{
    *p = (struct tv_report_pictures){.report = r};
    tv_patches_init(&p->of[TV_SOURCE], &r->source, class);
    tv_patches_init(&p->of[TV_TARGET], &r->all, class);
}

void tv_report_pictures_neuron(struct tv_report_pictures *p, enum tv_side model, const char *layer,
                               int64_t neuron)
{
    char *key = tv_format_new("%s/%s/%lld", tv_side_name[model], layer, (long long)neuron);
    if (!tv_report_members_new(&p->patches, key)) return;
    if (tv_patches_any(&p->of[model])) put_patches(p, model, layer, neuron, key);
    const char *error = put_feature(p, model, layer, neuron, key);
    if (error && !p->error) p->error = tv_strdup(error);
}

const char *tv_report_pictures_end(struct tv_report_pictures *p, struct tv_str *b)
{
    const char *error = p->error ? tv_msg("%s", p->error) : NULL;
    tv_report_members_end(&p->patches, b, "patches");
    tv_report_members_end(&p->features, b, "features");
    tv_report_members_end(&p->kernels, b, "kernels");
    for (int side = 0; side < 2; side++) tv_patches_release(&p->of[side]);
    free(p->error);
    return error;
}
