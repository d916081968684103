#include "nn/train_ops.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/onnx.h"
#include "nn/op.h"
#include "nn/train.h"
#include "num/rng.h"
#include "num/simd.h"

/* ---- Dropout ---- */

struct dropout {
    double ratio;
    uint64_t seed;
    int64_t step;
    uint8_t *keep; /* per element of the last forward pass */
    size_t cap;
};

static void drop_row(const struct dropout *s, int64_t row, int64_t n, uint8_t *keep, float *y, const float *x)
{
    struct tv_rng r;
    tv_rng_seed(&r, s->seed, tv_train_stream(TV_TRAIN_DROPOUT, s->step << 24 | row));
    float scale = (float)(1 / (1 - s->ratio)), ratio = (float)s->ratio;
    for (int64_t i = 0; i < n; i++) {
        keep[i] = tv_rng_float(&r) >= ratio;
        y[i] = keep[i] ? scale * x[i] : 0;
    }
}

static void dropout_forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct dropout *s = n->state;
    int64_t count = tv_view_count(&in[0]), rows = in[0].dim[0], row = count / rows;
    float *y = out[0].data;
    const float *x = in[0].data;
    s->keep = tv_grow(s->keep, &s->cap, (size_t)count, 1);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows; i++) drop_row(s, i, row, s->keep + i * row, y + i * row, x + i * row);
}

static void dropout_backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                             const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                             const struct tv_view *out1)
{
    (void)in0, (void)in1, (void)out0, (void)out1;
    const struct dropout *s = n->state;
    float *dx = min[0].data, scale = (float)(1 / (1 - s->ratio));
    const float *dy = mout[0].data;
    if (!dx) return;
    for (int64_t i = 0, count = tv_view_count(&min[0]); i < count; i++)
        dx[i] = s->keep[i] ? scale * dy[i] : 0;
}

static const struct tv_op dropout_op = {
    .type = "Dropout", .forward = dropout_forward, .backward = dropout_backward};

/* ---- BatchNormalization ---- */

/* Sums over a channel: single precision over BLOCK rows, double over the blocks of a span, then over the
 * spans in order, so that the number of threads does not matter. */
enum { TILE = 16, BLOCK = 64, SPAN = 2048 };

struct batchnorm {
    double eps, momentum;
    float *mean, *scale;       /* of the last batch, per channel: mean and 1/sqrt(var + eps) */
    float *run_mean, *run_var; /* the graph's initialisers */
    float *p, *q, *r;          /* per channel: coefficients of `combine`, or centres of `channel_sums` */
    int64_t channels;
    double *sum; /* per span and channel: two sums */
    size_t cap;
};

/* A view as rows x channels: element (r, c) lies at r / inner * outer + r % inner + c * next; channels-last
 * has inner 1. */
struct matrix {
    int64_t rows, channels, inner, outer, next;
};

static struct matrix matrix_of(const struct tv_view *v)
{
    struct matrix m = {.channels = v->dim[1], .inner = 1};
    int64_t positions = 1;
    for (int i = 2; i < v->rank; i++) positions *= v->dim[i];
    m.rows = v->dim[0] * positions;
    if (v->layout == TV_CHLAST) {
        m.outer = m.channels;
        m.next = 1;
    } else {
        m.inner = m.next = positions;
        m.outer = positions * m.channels;
    }
    return m;
}

/* Adds to sum[2c], sum[2c+1] the sums of (a - ka) and (a - ka)(b - kb) over rows [r0, r1), channels [c0, c0 +
 * n). */
TV_INLINE void add_tile(const struct matrix *m, int64_t r0, int64_t r1, int64_t c0, int64_t n, int64_t next,
                        const float *a, const float *ka, const float *b, const float *kb, double *sum)
{
    float s[TILE] = {0}, ss[TILE] = {0};
    int64_t column = r0 % m->inner, at = r0 / m->inner * m->outer + column + c0 * next;
    for (int64_t r = r0; r < r1; r++, at++) {
        for (int64_t c = 0; c < n; c++) {
            float u = a[at + c * next] - ka[c0 + c];
            s[c] += u;
            ss[c] += u * (b[at + c * next] - kb[c0 + c]);
        }
        if (++column == m->inner) column = 0, at += m->outer - m->inner;
    }
    for (int64_t c = 0; c < n; c++) {
        sum[2 * (c0 + c)] += s[c];
        sum[2 * (c0 + c) + 1] += ss[c];
    }
}

/* All channels of a block of rows; whole tiles of neighbouring channels stay in registers. */
TV_SIMD static void add_block(const struct matrix *m, int64_t r0, int64_t r1, const float *a, const float *ka,
                              const float *b, const float *kb, double *sum)
{
    for (int64_t c = 0; c < m->channels; c += TILE) {
        int64_t n = m->channels - c < TILE ? m->channels - c : TILE;
        if (n == TILE && m->next == 1)
            add_tile(m, r0, r1, c, TILE, 1, a, ka, b, kb, sum);
        else
            add_tile(m, r0, r1, c, n, m->next, a, ka, b, kb, sum);
    }
}

/* The same over all rows and channels, into the first entries of s->sum. */
static void channel_sums(struct batchnorm *s, const struct matrix *m, const float *a, const float *ka,
                         const float *b, const float *kb)
{
    int64_t spans = (m->rows + SPAN - 1) / SPAN, width = 2 * m->channels;
    s->sum = tv_grow(s->sum, &s->cap, (size_t)(spans * width), sizeof *s->sum);
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < spans; k++) {
        double *sum = s->sum + k * width;
        int64_t end = (k + 1) * SPAN < m->rows ? (k + 1) * SPAN : m->rows;
        memset(sum, 0, (size_t)width * sizeof *sum);
        for (int64_t r = k * SPAN; r < end; r += BLOCK)
            add_block(m, r, r + BLOCK < end ? r + BLOCK : end, a, ka, b, kb, sum);
    }
    for (int64_t k = 1; k < spans; k++)
        for (int64_t i = 0; i < width; i++) s->sum[i] += s->sum[k * width + i];
}

/* out = p a + q b + r, channel by channel, for rows [r0, r1). */
TV_SIMD static void combine_rows(const struct batchnorm *s, const struct matrix *m, int64_t r0, int64_t r1,
                                 float *out, const float *a, const float *b)
{
    const float *p = s->p, *q = s->q, *r = s->r;
    int64_t next = m->next, column = r0 % m->inner, at = r0 / m->inner * m->outer + column;
    for (int64_t row = r0; row < r1; row++, at++) {
        for (int64_t c = 0; c < m->channels; c++)
            out[at + c * next] = p[c] * a[at + c * next] + q[c] * b[at + c * next] + r[c];
        if (++column == m->inner) column = 0, at += m->outer - m->inner;
    }
}

static void combine(const struct batchnorm *s, const struct matrix *m, float *out, const float *a,
                    const float *b)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < m->rows; r += BLOCK)
        combine_rows(s, m, r, r + BLOCK < m->rows ? r + BLOCK : m->rows, out, a, b);
}

/* Mean and deviation of the batch, and the running ones.  The sums are taken around the first row's values: a
 * sample of the channel, so that the difference of squares does not cancel. */
static void batch_statistics(struct batchnorm *s, const struct matrix *m, const float *x)
{
    double rows = (double)m->rows, fresh = 1 - s->momentum, unbiased = rows > 1 ? rows / (rows - 1) : 1;
    for (int64_t c = 0; c < m->channels; c++) s->p[c] = x[c * m->next];
    channel_sums(s, m, x, s->p, x, s->p);
    for (int64_t c = 0; c < m->channels; c++) {
        double off = s->sum[2 * c] / rows, var = fmax(0, s->sum[2 * c + 1] / rows - off * off);
        s->mean[c] = (float)(s->p[c] + off);
        s->scale[c] = (float)(1 / sqrt(var + s->eps));
        s->run_mean[c] = (float)(s->momentum * s->run_mean[c] + fresh * (s->p[c] + off));
        s->run_var[c] = (float)(s->momentum * s->run_var[c] + fresh * unbiased * var);
    }
}

static void batchnorm_forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct batchnorm *s = n->state;
    struct matrix m = matrix_of(&in[0]);
    const float *x = in[0].data, *gamma = in[1].data, *beta = in[2].data;
    batch_statistics(s, &m, x);
    for (int64_t c = 0; c < m.channels; c++) {
        s->p[c] = gamma[c] * s->scale[c];
        s->q[c] = 0;
        s->r[c] = beta[c] - s->mean[c] * s->p[c];
    }
    combine(s, &m, out[0].data, x, x);
}

/* With x' = (x - mean) scale, averages over the batch and positions <.>:
 *     dgamma = sum dy x',  dbeta = sum dy,  dx = gamma scale (dy - <dy> - x' <dy x'>) */
static void batchnorm_backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                               const struct tv_view *in0, const struct tv_view *in1,
                               const struct tv_view *out0, const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    struct batchnorm *s = n->state;
    struct matrix m = matrix_of(&in0[0]);
    const float *x = in0[0].data, *dy = mout[0].data, *gamma = in0[1].data;
    memset(s->p, 0, (size_t)m.channels * sizeof *s->p);
    channel_sums(s, &m, dy, s->p, x, s->mean);
    for (int64_t c = 0; c < m.channels; c++) {
        double dbeta = s->sum[2 * c], dgamma = s->sum[2 * c + 1] * s->scale[c], rows = (double)m.rows;
        if (min[1].data) ((float *)min[1].data)[c] = (float)dgamma;
        if (min[2].data) ((float *)min[2].data)[c] = (float)dbeta;
        double slope = gamma[c] * s->scale[c], turn = s->scale[c] * dgamma / rows;
        s->p[c] = (float)slope;
        s->q[c] = (float)(-slope * turn);
        s->r[c] = (float)(slope * (turn * s->mean[c] - dbeta / rows));
    }
    if (min[0].data) combine(s, &m, min[0].data, dy, x);
}

static const struct tv_op batchnorm_op = {
    .type = "BatchNormalization", .forward = batchnorm_forward, .backward = batchnorm_backward};

/* ---- exchanging ---- */

struct tv_train_op tv_train_dropout(const struct tv_graph *g, int node, double ratio, uint64_t seed)
{
    struct dropout *s = TV_NEW(struct dropout);
    *s = (struct dropout){.ratio = ratio, .seed = seed};
    const struct tv_node *n = &g->node[node];
    return (struct tv_train_op){node, &dropout_op, n->op, s, n->state};
}

struct tv_train_op tv_train_batchnorm(struct tv_graph *g, int node)
{
    const struct tv_node *n = &g->node[node];
    struct batchnorm *s = TV_NEW(struct batchnorm);
    s->channels = tv_value_count(&g->value[n->in[1]]);
    s->eps = tv_attr_float(n, "epsilon", 1e-5);
    s->momentum = tv_attr_float(n, "momentum", 0.9);
    float **const per_channel[] = {&s->mean, &s->scale, &s->p, &s->q, &s->r};
    for (int i = 0; i < 5; i++) *per_channel[i] = TV_ARRAY(float, (size_t)s->channels);
    s->run_mean = g->value[n->in[3]].data;
    s->run_var = g->value[n->in[4]].data;
    return (struct tv_train_op){node, &batchnorm_op, n->op, s, n->state};
}

void tv_train_op_release(struct tv_train_op *t)
{
    if (t->op == &dropout_op) {
        free(((struct dropout *)t->state)->keep);
    } else {
        struct batchnorm *s = t->state;
        free(s->mean), free(s->scale), free(s->p), free(s->q), free(s->r), free(s->sum);
    }
    free(t->state);
}

void tv_train_op_switch(struct tv_graph *g, const struct tv_train_op *t, bool on)
{
    struct tv_node *n = &g->node[t->node];
    n->op = on ? t->op : t->infer_op;
    n->state = on ? t->state : t->infer_state;
}

void tv_train_op_step(struct tv_train_op *t, int64_t step)
{
    if (t->op == &dropout_op) ((struct dropout *)t->state)->step = step;
}
