#include "nn/infer.h"
#include "core/err.h"
#include "core/mem.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_IMAGES = 64 };

/* Bytes of values for so many images: a run without its arithmetic. */
static const char *measure(struct tv_infer *f, int64_t images, int64_t *values, int64_t *bytes)
{
    struct tv_exec e;
    tv_exec_init_dry(&e, f->g);
    e.chained = true;
    const char *err = tv_graph_plan(f->g, images);
    if (!err) {
        tv_exec_set(&e, f->g->input[0]);
        tv_exec_forward(&e, f->want, f->n_want);
    }
    *values = tv_exec_bytes(&e);
    *bytes = *values + 2 * images * tv_value_row(&f->g->value[f->g->input[0]]) * (int64_t)sizeof(float);
    for (int i = 0; i < f->n_want; i++) *bytes += 2 * images * f->row[i] * (int64_t)sizeof(float);
    tv_exec_release(&e);
    return err;
}

/* As many images at a time as fit the memory. */
static const char *choose_batch(struct tv_infer *f, int64_t batch, uint64_t mem, int64_t beside)
{
    int64_t budget = tv_exec_budget(mem, tv_exec_packed_bytes(f->g, false, false) + beside), values;
    for (f->images = batch ? batch : MOST_IMAGES;; f->images -= (f->images + 7) / 8) {
        const char *err = measure(f, f->images, &values, &f->bytes);
        bool fits = !err && f->bytes <= budget;
        if (fits) tv_exec_reserve(&f->e, values);
        if (fits || (err && f->images == 1)) return err;
        if (f->images == 1)
            return tv_msg("--mem: want at least %lld MiB for this network, got %lld MiB",
                          (long long)(((int64_t)mem - budget + f->bytes) >> 20) + 1, (long long)(mem >> 20));
    }
}

const char *tv_infer_init(struct tv_infer *f, struct tv_graph *g, const int *want, int n_want, int64_t batch,
                          uint64_t mem, int64_t beside)
{
    *f = (struct tv_infer){.g = g, .n_want = n_want};
    const char *err = tv_graph_plan(g, 2);
    if (err) return err;
    f->want = TV_ARRAY(int, (size_t)n_want);
    memcpy(f->want, want, (size_t)n_want * sizeof *want);
    f->out = TV_ARRAY(float *, (size_t)n_want);
    f->row = TV_ARRAY(int64_t, (size_t)n_want);
    tv_exec_init(&f->e, g);
    f->e.chained = true;
    for (int i = 0; i < n_want; i++) {
        const struct tv_value *v = &g->value[want[i]];
        if (v->rank < 1 || v->dim[0] != 2 || v->dtype != TV_F32)
            return tv_msg("value %s: want one f32 row an image; this network mixes or retypes its images",
                          v->name);
        f->row[i] = tv_value_row(v);
    }
    if ((err = choose_batch(f, batch, mem, beside))) return err;
    for (int i = 0; i < n_want; i++)
        f->out[i] = tv_alloc_aligned((size_t)(f->row[i] * f->images), sizeof(float));
    return NULL;
}

void tv_infer_release(struct tv_infer *f)
{
    for (int i = 0; f->out && i < f->n_want; i++) free(f->out[i]);
    tv_exec_release(&f->e);
    free(f->out), free(f->row), free(f->want);
    *f = (struct tv_infer){0};
}

void tv_rows_to_plain(float *out, const float *in, const struct tv_value *v, int64_t rows)
{
    int64_t row = tv_value_row(v);
    if (v->layout != TV_CHLAST || v->rank != 4) {
        memcpy(out, in, (size_t)(rows * row) * sizeof *out);
        return;
    }
    int64_t channels = v->dim[1], positions = v->dim[2] * v->dim[3];
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t p = 0; p < positions; p++)
                out[i * row + c * positions + p] = in[i * row + p * channels + c];
}

const char *tv_infer_run(struct tv_infer *f, int64_t images, const float *x)
{
    struct tv_graph *g = f->g;
    const char *err = tv_graph_plan(g, images);
    if (err) return err;
    int64_t row = tv_value_row(&g->value[g->input[0]]);
    float *in = tv_exec_set(&f->e, g->input[0]);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < images; i++) memcpy(in + i * row, x + i * row, (size_t)row * sizeof *x);
    tv_exec_forward(&f->e, f->want, f->n_want);
    for (int i = 0; i < f->n_want; i++)
        tv_rows_to_plain(f->out[i], f->e.data[f->want[i]], &g->value[f->want[i]], images);
    tv_exec_clear(&f->e);
    return NULL;
}

int64_t tv_infer_bytes(const struct tv_infer *f)
{
    return f->bytes + tv_exec_packed_bytes(f->g, false, false);
}
