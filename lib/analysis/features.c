/* analysis/features.c - see features.h. */
#include "analysis/features.h"
#include <stdlib.h>
#include "analysis/kernels.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/progress.h"
#include "core/str.h"
#include "nn/field.h"
#include "nn/infer.h"

/* ---- opening ---- */

static const char *read_neurons(struct tv_features *f)
{
    static const char *const tops[] = {"top/*", 0}, *const discrims[] = {"discrim/*", 0};
    const struct tv_features_options *o = &f->o;
    const char *error = NULL;
    struct tv_set s = {0};
    tv_neurons_init(&f->neurons, &f->run.g, f->chosen);
    if (o->ranks) {
        tv_set_read(&s, o->ranks, tops);
        error = tv_neurons_ranked(&f->neurons, &s, o->classes, o->top);
        tv_set_release(&s);
    }
    if (o->discrim && !error) {
        s = (struct tv_set){0};
        tv_set_read(&s, o->discrim, discrims);
        error = tv_neurons_discriminative(&f->neurons, &s, o->classes, o->top);
        tv_set_release(&s);
    }
    if (o->neurons && !error) error = tv_neurons_listed(&f->neurons, o->neurons);
    if (error || tv_neurons_count(&f->neurons) > 0 || o->links) return error;
    return tv_msg("%s: no neuron of the chosen layers is asked for", f->run.g.name);
}

const char *tv_features_open(struct tv_features *f, const struct tv_features_options *o)
{
    static const char *const tops[] = {"links/*/top", 0};
    *f = (struct tv_features){.o = *o};
    const char *error = tv_run_open(&f->run, o->model, o->weights, o->data);
    if (!error) error = tv_run_layers_new(&f->run.g, o->layers, &f->chosen);
    if (!error) error = read_neurons(f);
    if (!error && !tv_dataset_is_u8(&f->run.d)) error = tv_dataset_load(&f->run.d);
    if (error) return error;
    if (o->links) tv_set_read(&f->links, o->links, tops);
    if (o->links && f->links.n == 0)
        return tv_msg("%s: want links/<class>/<a>..<b>/top, found none; tv-weights makes it", f->links.name);
    for (int64_t k = 0; k < f->run.d.c && (f->run.d.c == 1 || f->run.d.c == 3); k++)
        tv_dataset_span(&f->run.d, k, &f->input.black[k], &f->input.white[k], &f->input.colour[k]);
    return NULL;
}

void tv_features_close(struct tv_features *f)
{
    tv_set_release(&f->links);
    tv_neurons_release(&f->neurons);
    tv_run_close(&f->run);
    free(f->chosen);
}

/* ---- patches ---- */

/* The layers with neurons: their outputs, wanted of a run over the images.  Returns how many. */
static int outputs(const struct tv_features *f, int *layer, int *value)
{
    int n = 0;
    for (int l = 0; l < f->run.g.n_layers; l++)
        if (f->neurons.n[l] > 0) layer[n] = l, value[n++] = f->run.g.layer[l].output;
    return n;
}

static const char *find_patches(struct tv_features *f, struct tv_patches_best *best)
{
    struct tv_run *r = &f->run;
    struct tv_infer infer;
    int *layer = TV_ARRAY(int, (size_t)r->g.n_layers), *value = TV_ARRAY(int, (size_t)r->g.n_layers);
    int n = outputs(f, layer, value);
    uint8_t *rgb = NULL;
    const char *error = tv_infer_init(&infer, &r->g, value, n, f->o.maximise.batch, f->o.maximise.mem, 0);
    if (!error) rgb = tv_alloc((size_t)infer.images, (size_t)(3 * r->d.h * r->d.w));
    while (!error && !(error = tv_run_next(r, infer.images)) && r->b.n > 0) {
        if ((error = tv_infer_run(&infer, r->b.n, r->x))) break;
        tv_dataset_pixels(&r->d, r->x, r->b.n, rgb);
        for (int i = 0; i < n; i++)
            tv_patches_best_add(best, layer[i], r->b.n, infer.out[i],
                                infer.row[i] / r->g.layer[layer[i]].channels, r->b.row, rgb);
    }
    tv_infer_release(&infer);
    free(rgb);
    free(layer);
    free(value);
    return error;
}

static const char *write_patches(struct tv_features *f, struct tv_writer *w)
{
    struct tv_patches_best best;
    tv_patches_best_init(&best, &f->neurons, f->o.patches, f->run.d.h, f->run.d.w);
    const char *error = find_patches(f, &best);
    if (!error) tv_patches_best_write(&best, w);
    tv_patches_best_release(&best);
    return error;
}

/* ---- feature images ---- */

/* Side of the part that is written, along dimension i. */
static int64_t part(const struct tv_field *field, int i, int64_t side)
{
    enum { LEAST = 32 };
    int64_t n = field->whole ? side : 2 * field->size[i];
    if (n < LEAST) n = LEAST;
    return n < side ? n : side;
}

/* The middle of image i as 8-bit pixels [h][w][3]. */
static void to_pixels(uint8_t *rgb, const struct tv_maximise *m, int64_t i, int64_t h, int64_t w)
{
    const int64_t *side = m->torus.period;
    int64_t y0 = (side[0] - h) / 2, x0 = (side[1] - w) / 2, plane = side[0] * side[1];
    const float *image = m->image + i * m->c * plane;
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++)
            for (int64_t k = 0; k < 3; k++) {
                float v = image[(m->c == 3 ? k : 0) * plane + (y0 + y) * side[1] + x0 + x];
                rgb[3 * (y * w + x) + k] = (uint8_t)(255 * v + 0.5f);
            }
}

static const char *maximise_layer(struct tv_features *f, struct tv_writer *w, int l, int64_t *done)
{
    const struct tv_graph *g = &f->run.g;
    int64_t n = f->neurons.n[l];
    struct tv_maximise m;
    const char *error = tv_maximise_init(&m, &f->run.g, l, &f->input, &f->o.maximise);
    if (error) return tv_maximise_release(&m), error;
    struct tv_field *field = TV_ARRAY(struct tv_field, (size_t)g->n_values);
    tv_graph_fields(g, field);
    int64_t h = part(&field[m.output], 0, m.torus.size[0]), wide = part(&field[m.output], 1, m.torus.size[1]),
            dim[4] = {n, h, wide, 3};
    uint8_t *rgb = TV_ARRAY(uint8_t, (size_t)(m.images * h * wide * 3));
    char *name = tv_format_new("feature/%s", g->layer[l].name);
    int id = tv_writer_begin(w, name, TV_U8, 4, dim, NULL);
    for (int64_t i = 0; i < n && !error; i += m.images) {
        int64_t some = n - i < m.images ? n - i : m.images;
        if ((error = tv_maximise_run(&m, some, f->neurons.at[l] + i))) break;
        for (int64_t k = 0; k < some; k++) to_pixels(rgb + k * h * wide * 3, &m, k, h, wide);
        tv_writer_rows(w, id, some, rgb);
        tv_progress(*done += some);
    }
    if (!error) {
        tv_writer_end_group(w);
        tv_writer_array(w, tv_msg("%s/neuron", name), TV_I32, 1, &n, f->neurons.at[l], NULL);
    }
    free(field), free(rgb), free(name);
    tv_maximise_release(&m);
    return error;
}

static const char *write_images(struct tv_features *f, struct tv_writer *w)
{
    const char *error = NULL;
    int64_t done = 0;
    tv_progress_begin("feature images", "neurons", tv_neurons_count(&f->neurons));
    for (int l = 0; l < f->run.g.n_layers && !error; l++)
        if (f->neurons.n[l] > 0) error = maximise_layer(f, w, l, &done);
    tv_progress_end();
    return error;
}

const char *tv_features_write(struct tv_features *f, struct tv_writer *w)
{
    const char *error = NULL;
    bool any = tv_neurons_count(&f->neurons) > 0;
    tv_writer_metas(w, &f->run.d.meta);
    tv_run_meta(w, (const struct tv_graph *[]){&f->run.g}, 1);
    if (any && f->o.patches > 0) error = write_patches(f, w);
    if (any && !error && f->o.maximise.steps > 0) error = write_images(f, w);
    if (!error && f->o.links) error = tv_kernels_write(w, &f->run.g, &f->links, f->o.classes);
    return error;
}

/* ---- what it will take ---- */

int64_t tv_features_macs(const struct tv_features *f)
{
    const struct tv_graph *g = &f->run.g;
    int64_t macs = 0, below = 0, deepest = 0;
    for (int l = 0; l < g->n_layers; l++) {
        below += g->layer[l].macs; /* forward, and twice that with the slopes */
        if (f->neurons.n[l] > 0) deepest = below;
        macs += f->neurons.n[l] * f->o.maximise.steps * 2 * below;
    }
    return macs + (f->o.patches > 0 ? (f->run.d.n > 0 ? f->run.d.n : 1) * deepest : 0);
}

/* Of the search for patches: a batch through the network and what is kept. */
static int64_t patches_bytes(struct tv_features *f)
{
    struct tv_run *r = &f->run;
    struct tv_patches_best best;
    struct tv_infer infer;
    int *layer = TV_ARRAY(int, (size_t)r->g.n_layers), *value = TV_ARRAY(int, (size_t)r->g.n_layers);
    tv_patches_best_init(&best, &f->neurons, f->o.patches, r->d.h, r->d.w);
    int64_t bytes = tv_patches_best_bytes(&best);
    if (!tv_infer_init(&infer, &r->g, value, outputs(f, layer, value), f->o.maximise.batch, f->o.maximise.mem,
                       0))
        bytes += tv_infer_bytes(&infer) + infer.images * 3 * r->d.h * r->d.w;
    tv_infer_release(&infer);
    tv_patches_best_release(&best);
    free(layer);
    free(value);
    return bytes;
}

int64_t tv_features_bytes(struct tv_features *f)
{
    int64_t most = tv_neurons_count(&f->neurons) > 0 && f->o.patches > 0 ? patches_bytes(f) : 0;
    for (int l = 0; l < f->run.g.n_layers && f->o.maximise.steps > 0; l++) {
        struct tv_maximise m;
        if (f->neurons.n[l] == 0) continue;
        const char *error = tv_maximise_init(&m, &f->run.g, l, &f->input, &f->o.maximise);
        if (!error && m.bytes > most) most = m.bytes;
        tv_maximise_release(&m);
    }
    return most + tv_exec_packed_bytes(&f->run.g, true, false);
}
