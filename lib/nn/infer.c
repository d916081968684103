#include "nn/infer.h"
#include "core/err.h"
#include "core/mem.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_IMAGES = 64 };
static const uint64_t DEFAULT_MEM = 512ull << 20;

/* Two generations of values at most are alive in a chain; branches keep more: count the four largest. */
static int64_t image_bytes(const struct tv_graph *g)
{
    int64_t top[4] = {0};
    for (int v = 0; v < g->n_values; v++) {
        if (!g->value[v].varies || g->value[v].data) continue;
        int64_t bytes = tv_value_row(&g->value[v]) * (int64_t)sizeof(float);
        for (int i = 0; i < 4; i++) {
            int64_t swap = top[i];
            if (bytes > swap) top[i] = bytes, bytes = swap;
        }
    }
    return top[0] + top[1] + top[2] + top[3];
}

const char *tv_infer_init(struct tv_infer *f, struct tv_graph *g, const int *want, int n_want, int64_t batch,
                          uint64_t mem)
{
    *f = (struct tv_infer){.g = g, .n_want = n_want};
    const char *err = tv_graph_plan(g, 2);
    if (err) return err;
    int64_t fit = (int64_t)(mem ? mem : DEFAULT_MEM) / (image_bytes(g) + 1);
    f->images = batch ? batch : fit < 1 ? 1 : fit > MOST_IMAGES ? MOST_IMAGES : fit;
    f->want = TV_ARRAY(int, (size_t)n_want);
    memcpy(f->want, want, (size_t)n_want * sizeof *want);
    f->out = TV_ARRAY(float *, (size_t)n_want);
    f->row = TV_ARRAY(int64_t, (size_t)n_want);
    tv_exec_init(&f->e, g);
    for (int i = 0; i < n_want; i++) {
        const struct tv_value *v = &g->value[want[i]];
        if (v->rank < 1 || v->dim[0] != 2 || v->dtype != TV_F32)
            return tv_msg("value %s: want one f32 row an image; this network mixes or retypes its images",
                          v->name);
        f->row[i] = tv_value_row(v);
        f->out[i] = tv_alloc_aligned((size_t)(f->row[i] * f->images), sizeof(float));
    }
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
    memcpy(tv_exec_set(&f->e, g->input[0]), x,
           (size_t)(images * tv_value_row(&g->value[g->input[0]])) * sizeof *x);
    tv_exec_forward(&f->e, f->want, f->n_want);
    for (int i = 0; i < f->n_want; i++)
        tv_rows_to_plain(f->out[i], f->e.data[f->want[i]], &g->value[f->want[i]], images);
    tv_exec_clear(&f->e);
    return NULL;
}

int64_t tv_infer_bytes(const struct tv_infer *f)
{
    int64_t bytes = image_bytes(f->g) * f->images;
    for (int i = 0; i < f->n_want; i++) bytes += f->row[i] * f->images * (int64_t)sizeof(float);
    return bytes;
}
