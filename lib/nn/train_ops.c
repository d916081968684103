#include "nn/train_ops.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/onnx.h"
#include "nn/op.h"
#include "nn/train.h"
#include "num/rng.h"

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

/* Sums over a channel run over blocks of BLOCK rows first, whatever the number of threads. */
enum { BLOCK = 256 };

struct batchnorm {
    double eps, momentum;
    float *mean, *scale;       /* of the last batch: mean and 1/sqrt(var + eps), per channel */
    float *run_mean, *run_var; /* the graph's initialisers */
    int64_t channels;
    double *sum; /* per block and channel: two sums */
    size_t cap;
};

/* Element (row r, channel c) of a view taken as rows x channels lies at r / inner * outer + r % inner
 * + c * next: channels-last has inner 1. */
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

static inline int64_t row_at(const struct matrix *m, int64_t r)
{
    return r / m->inner * m->outer + r % m->inner;
}

/* Sums over the rows of one block, for all channels: of a, and of a * (b - mean) / deviation; b NULL: of (a -
 * mean)^2, mean NULL: of a alone. */
static void block_sums(const struct batchnorm *s, const struct matrix *m, int64_t block, const float *a,
                       const float *b, const float *mean, double *sum)
{
    int64_t end = (block + 1) * BLOCK < m->rows ? (block + 1) * BLOCK : m->rows;
    memset(sum, 0, 2 * (size_t)m->channels * sizeof *sum);
    for (int64_t r = block * BLOCK; r < end; r++) {
        int64_t at = row_at(m, r);
        for (int64_t c = 0; c < m->channels; c++, at += m->next) {
            float centred = mean ? (b ? b : a)[at] - mean[c] : 0;
            sum[2 * c] += a[at];
            sum[2 * c + 1] += b ? a[at] * centred * s->scale[c] : centred * centred;
        }
    }
}

/* The same over all rows, into the first 2 * channels entries of s->sum. */
static void channel_sums(struct batchnorm *s, const struct matrix *m, const float *a, const float *b,
                         const float *mean)
{
    int64_t blocks = (m->rows + BLOCK - 1) / BLOCK, width = 2 * m->channels;
    s->sum = tv_grow(s->sum, &s->cap, (size_t)(blocks * width), sizeof *s->sum);
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < blocks; k++) block_sums(s, m, k, a, b, mean, s->sum + k * width);
    for (int64_t k = 1; k < blocks; k++)
        for (int64_t i = 0; i < width; i++) s->sum[i] += s->sum[k * width + i];
}

/* Mean and deviation of the batch, and the running ones. */
static void batch_statistics(struct batchnorm *s, const struct matrix *m, const float *x)
{
    double rows = (double)m->rows, fresh = 1 - s->momentum, unbiased = rows > 1 ? rows / (rows - 1) : 1;
    channel_sums(s, m, x, NULL, NULL);
    for (int64_t c = 0; c < m->channels; c++) s->mean[c] = (float)(s->sum[2 * c] / rows);
    channel_sums(s, m, x, NULL, s->mean); /* around the mean: no cancellation */
    for (int64_t c = 0; c < m->channels; c++) {
        double var = s->sum[2 * c + 1] / rows;
        s->scale[c] = (float)(1 / sqrt(var + s->eps));
        s->run_mean[c] = (float)(s->momentum * s->run_mean[c] + fresh * s->mean[c]);
        s->run_var[c] = (float)(s->momentum * s->run_var[c] + fresh * unbiased * var);
    }
}

static void batchnorm_forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct batchnorm *s = n->state;
    struct matrix m = matrix_of(&in[0]);
    const float *x = in[0].data, *gamma = in[1].data, *beta = in[2].data;
    float *y = out[0].data;
    batch_statistics(s, &m, x);
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < m.rows; r++) {
        int64_t at = row_at(&m, r);
        for (int64_t c = 0; c < m.channels; c++, at += m.next)
            y[at] = gamma[c] * s->scale[c] * (x[at] - s->mean[c]) + beta[c];
    }
}

/* With x' = (x - mean) / deviation, averages over the batch and positions <.>:
 *     dgamma = sum dy x',  dbeta = sum dy,  dx = gamma / deviation (dy - <dy> - x' <dy x'>) */
static void batchnorm_backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                               const struct tv_view *in0, const struct tv_view *in1,
                               const struct tv_view *out0, const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    struct batchnorm *s = n->state;
    struct matrix m = matrix_of(&in0[0]);
    const float *x = in0[0].data, *dy = mout[0].data, *gamma = in0[1].data;
    float *dx = min[0].data;
    channel_sums(s, &m, dy, x, s->mean);
    for (int64_t c = 0; c < m.channels; c++) {
        if (min[1].data) ((float *)min[1].data)[c] = (float)s->sum[2 * c + 1];
        if (min[2].data) ((float *)min[2].data)[c] = (float)s->sum[2 * c];
        s->sum[2 * c] /= (double)m.rows;
        s->sum[2 * c + 1] /= (double)m.rows;
    }
    if (!dx) return;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < m.rows; r++) {
        int64_t at = row_at(&m, r);
        for (int64_t c = 0; c < m.channels; c++, at += m.next) {
            float centred = (x[at] - s->mean[c]) * s->scale[c];
            dx[at] =
                gamma[c] * s->scale[c] * (dy[at] - (float)s->sum[2 * c] - centred * (float)s->sum[2 * c + 1]);
        }
    }
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
    s->mean = TV_ARRAY(float, (size_t)s->channels);
    s->scale = TV_ARRAY(float, (size_t)s->channels);
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
        free(s->mean);
        free(s->scale);
        free(s->sum);
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
