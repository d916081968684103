/* nn/maximise.c - see maximise.h. */
#include "nn/maximise.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "nn/op.h"
#include "nn/optim.h"
#include "num/fft.h"
#include "num/rng.h"

enum { MOST = 16 /* neurons at a time */ };
static const float LEAK = 0.03f; /* slope of the objective below zero */

static void nowhere(void *user, int value, const float *m, int64_t first, int64_t n)
{
    (void)user, (void)value, (void)m, (void)first, (void)n;
}

/* Keeps what backward reads; a message when it cannot pass. */
static const char *find_kept(struct tv_maximise *m)
{
    const struct tv_graph *g = m->g;
    const char *error = NULL;
    bool *path = TV_ARRAY(bool, (size_t)g->n_values);
    tv_exec_between(g, m->output, &m->input, 1, path);
    for (int k = 0; k < g->n_nodes && !error; k++) {
        const struct tv_node *n = &g->node[k];
        bool on_path = false;
        for (int o = 0; o < n->n_out; o++) on_path |= n->out[o] >= 0 && path[n->out[o]];
        if (!on_path) continue;
        if (!n->op->backward) error = tv_msg("node %s (%s) has no derivative", n->name, n->op->type);
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] >= 0) m->e.keep[n->in[i]] = true;
        for (int o = 0; o < n->n_out; o++) {
            if (n->out[o] < 0) continue;
            const struct tv_value *v = &g->value[n->out[o]];
            m->e.keep[n->out[o]] = true;
            if (v->rank < 1 || v->dim[0] != g->batch)
                error = tv_msg("value %s: want images along the first dimension", v->name);
        }
    }
    free(path);
    return error;
}

/* Pixels of a channel on the torus, and in the network's input. */
static int64_t plane(const struct tv_maximise *m) { return m->torus.period[0] * m->torus.period[1]; }
static int64_t pixels(const struct tv_maximise *m) { return m->torus.size[0] * m->torus.size[1]; }

/* Bytes for so many images: a step without its arithmetic, and our own arrays. */
static const char *measure(struct tv_maximise *m, int64_t images)
{
    struct tv_exec e;
    tv_exec_init_dry(&e, m->g);
    e.chained = true;
    const char *error = tv_graph_plan(m->g, images);
    if (!error) {
        memcpy(e.keep, m->e.keep, (size_t)m->g->n_values * sizeof *e.keep);
        tv_exec_set(&e, m->input);
        tv_exec_forward(&e, &m->output, 1);
        tv_exec_seed(&e, m->output);
        tv_exec_backward(&e, m->output, (struct tv_intervals){0}, &m->input, 1,
                         &(struct tv_exec_sink){.take = nowhere});
    }
    int64_t own = 4 * m->spectral.size + 3 * plane(m) * m->c + m->spectral.scratch;
    m->values = tv_exec_bytes(&e);
    m->bytes = m->values + images * own * (int64_t)sizeof(float);
    tv_exec_release(&e);
    return error;
}

static const char *choose_batch(struct tv_maximise *m)
{
    int64_t budget = tv_exec_budget(m->o.mem, tv_exec_packed_bytes(m->g, true, false));
    for (m->images = m->o.batch ? m->o.batch : MOST;; m->images -= (m->images + 7) / 8) {
        const char *error = measure(m, m->images);
        bool fits = !error && m->bytes <= budget;
        if (fits || (error && m->images == 1)) return error;
        if (m->images == 1)
            return tv_msg("--mem: want at least %lld MiB for this network, got %lld MiB",
                          (long long)(((int64_t)m->o.mem - budget + m->bytes) >> 20) + 1,
                          (long long)(m->o.mem >> 20));
    }
}

const char *tv_maximise_init(struct tv_maximise *m, struct tv_graph *g, int layer,
                             const struct tv_maximise_input *in, const struct tv_maximise_options *o)
{
    *m = (struct tv_maximise){.o = *o, .in = *in, .g = g, .layer = layer, .input = g->input[0]};
    m->output = g->layer[layer].output;
    const char *error = tv_graph_plan(g, 2);
    if (error) return error;
    const struct tv_value *x = &g->value[m->input];
    m->c = x->dim[1];
    for (int i = 0; i < 2; i++) {
        m->torus.size[i] = x->dim[2 + i];
        m->torus.period[i] = tv_fft_size(x->dim[2 + i]);
    }
    if (x->rank != 4 || (m->c != 1 && m->c != 3))
        return tv_msg("input %s: feature images have 1 or 3 channels, got %lld", x->name, (long long)m->c);
    tv_exec_init(&m->e, g);
    m->e.chained = true;
    tv_spectral_init(&m->spectral, m->c, m->torus.period[0], m->torus.period[1]);
    if ((error = find_kept(m)) || (error = choose_batch(m))) return error;
    tv_exec_reserve(&m->e, m->values);
    size_t n = (size_t)m->images, size = n * (size_t)m->spectral.size, channels = n * (size_t)m->c;
    m->theta = tv_alloc_aligned(size, sizeof(float));
    m->slope = tv_alloc_aligned(size, sizeof(float));
    for (int i = 0; i < 2; i++) m->state[i] = tv_alloc_aligned(size, sizeof(float));
    m->image = tv_alloc_aligned(channels * (size_t)plane(m), sizeof(float));
    m->moved = tv_alloc_aligned(channels * (size_t)pixels(m), sizeof(float));
    m->scratch = tv_alloc_aligned(n * (size_t)m->spectral.scratch, sizeof(float));
    return NULL;
}

void tv_maximise_release(struct tv_maximise *m)
{
    tv_exec_release(&m->e);
    tv_spectral_release(&m->spectral);
    free(m->theta), free(m->slope), free(m->state[0]), free(m->state[1]);
    free(m->image), free(m->moved), free(m->scratch);
    *m = (struct tv_maximise){0};
}

/* ---- one step ---- */

static struct tv_warp draw_warp(struct tv_rng *r, const struct tv_maximise *m)
{
    double u[4];
    for (int i = 0; i < 4; i++) u[i] = 2 * tv_rng_double(r) - 1;
    return (struct tv_warp){.angle = u[0] * m->o.rotate * M_PI / 180,
                            .zoom = 1 + u[1] * m->o.zoom,
                            .shift = {u[2] * m->o.jitter * (double)m->torus.size[0],
                                      u[3] * m->o.jitter * (double)m->torus.size[1]}};
}

/* Position of the input's element (channel, pixel) in a row. */
static int64_t input_at(const struct tv_maximise *m, int64_t k, int64_t p)
{
    return m->g->value[m->input].layout == TV_NHWC ? p * m->c + k : k * pixels(m) + p;
}

/* Image i as the network sees it in this step. */
static void make_input(struct tv_maximise *m, int64_t i, const struct tv_warp *by, float *x)
{
    int64_t n = pixels(m), row = m->c * n;
    float *image = m->image + i * m->c * plane(m), *moved = m->moved + i * row;
    tv_spectral_image(&m->spectral, image, m->theta + i * m->spectral.size,
                      m->scratch + i * m->spectral.scratch);
    tv_warp_apply(moved, image, m->c, &m->torus, by);
    for (int64_t k = 0; k < m->c; k++) {
        const float *v = moved + m->in.colour[k] * n;
        float gain = m->in.white[k] - m->in.black[k];
        for (int64_t p = 0; p < n; p++) x[i * row + input_at(m, k, p)] = m->in.black[k] + gain * v[p];
    }
}

struct sink {
    struct tv_maximise *m;
    int64_t n;
    const struct tv_warp *by;
};

/* From the slopes at the network's input to those of theta; Adam minimises, so the sign turns. */
static void take_slope(void *user, int value, const float *dx, int64_t first, int64_t all)
{
    const struct sink *s = user;
    struct tv_maximise *m = s->m;
    int64_t n = pixels(m), row = m->c * n, whole = m->c * plane(m);
    (void)value, (void)first, (void)all;
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < s->n; i++) {
        float *scratch = m->scratch + i * m->spectral.scratch, *moved = m->moved + i * row;
        float *dimage = TV_ARRAY(float, (size_t)whole);
        for (int64_t k = 0; k < m->c; k++) {
            float gain = m->in.black[k] - m->in.white[k];
            for (int64_t p = 0; p < n; p++)
                moved[m->in.colour[k] * n + p] = gain * dx[i * row + input_at(m, k, p)];
        }
        tv_warp_adjoint(dimage, moved, m->c, &m->torus, &s->by[i]);
        tv_spectral_gradient(&m->spectral, m->slope + i * m->spectral.size, dimage, m->image + i * whole,
                             scratch);
        free(dimage);
    }
}

/* Slopes of the objective at the channel of each image. */
static void seed(struct tv_maximise *m, int64_t n, const int32_t *channel)
{
    const struct tv_value *v = &m->g->value[m->output];
    int64_t row = tv_value_row(v), channels = v->rank == 4 ? v->dim[1] : v->dim[v->rank - 1],
            positions = row / channels;
    bool last = v->rank != 4 || v->layout == TV_CHLAST;
    float *s = tv_exec_seed(&m->e, m->output);
    const float *z = m->e.data[m->output];
    for (int64_t i = 0; i < n; i++)
        for (int64_t p = 0; p < positions; p++) {
            int64_t at = i * row + (last ? p * channels + channel[i] : channel[i] * positions + p);
            s[at] = (z[at] > 0 ? 1 : LEAK) / (float)positions;
        }
}

static void step(struct tv_maximise *m, int64_t n, const int32_t *channel, const struct tv_warp *by)
{
    float *x = tv_exec_set(&m->e, m->input);
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < n; i++) make_input(m, i, &by[i], x);
    tv_exec_forward(&m->e, &m->output, 1);
    seed(m, n, channel);
    tv_exec_backward(&m->e, m->output, (struct tv_intervals){0}, &m->input, 1,
                     &(struct tv_exec_sink){.take = take_slope, .user = &(struct sink){m, n, by}});
    tv_exec_clear(&m->e);
}

const char *tv_maximise_run(struct tv_maximise *m, int64_t n, const int32_t *channel)
{
    static const struct tv_optim adam = {.kind = TV_ADAM, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8};
    const double first = 0.3; /* standard deviation of theta at the start: enough for rare responses */
    const char *error = tv_graph_plan(m->g, n);
    if (error) return error;
    struct tv_rng *r = TV_ARRAY(struct tv_rng, (size_t)n);
    struct tv_warp *by = TV_ARRAY(struct tv_warp, (size_t)n);
    int64_t size = m->spectral.size;
    for (int64_t i = 0; i < n; i++) {
        tv_rng_seed(&r[i], m->o.seed, ((uint64_t)m->layer << 32) + (uint64_t)channel[i]);
        for (int64_t k = 0; k < size; k++) m->theta[i * size + k] = (float)(first * tv_rng_normal(&r[i]));
    }
    for (int i = 0; i < 2; i++) memset(m->state[i], 0, (size_t)(n * size) * sizeof(float));
    for (int64_t t = 1; t <= m->o.steps; t++) {
        for (int64_t i = 0; i < n; i++) by[i] = draw_warp(&r[i], m);
        step(m, n, channel, by);
        tv_optim_step(&adam, m->o.rate, t, n * size, m->theta, m->slope, m->state);
    }
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < n; i++)
        tv_spectral_image(&m->spectral, m->image + i * m->c * plane(m), m->theta + i * size,
                          m->scratch + i * m->spectral.scratch);
    free(r);
    free(by);
    return NULL;
}
