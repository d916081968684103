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
    const uint8_t *keep = s->keep;
    int64_t count = tv_view_count(&min[0]);
    if (!dx) return;
#pragma omp parallel for simd schedule(static) if (count > 1 << 15)
    for (int64_t i = 0; i < count; i++) dx[i] = keep[i] ? scale * dy[i] : 0;
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
    float *slope, *shift;      /* of the last batch: y = slope x + shift */
    float *p, *q, *r;          /* per channel: coefficients of the gradient, or centres of `channel_sums` */
    bool relu;                 /* y = max(0, slope x + shift) */
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

/* A gradient where a Relu behind the normalisation let x through. */
TV_INLINE float gated(bool gate, float dy, float x, float slope, float shift)
{
    return gate && !(slope * x + shift > 0) ? 0 : dy;
}

/* What channel_sums adds up: of (a - ka) and of (a - ka)(b - kb), a gated by b. */
struct terms {
    const float *a, *ka, *b, *kb;
    bool gate;
};

/* Adds to sum[2c], sum[2c+1] the terms of rows [r0, r1), channels [c0, c0 + n). */
TV_INLINE void add_tile(const struct batchnorm *s, const struct matrix *m, const struct terms *t, bool gate,
                        int64_t r0, int64_t r1, int64_t c0, int64_t n, int64_t next, double *sum)
{
    float one[TILE] = {0}, two[TILE] = {0};
    const float *ka = t->ka + c0, *kb = t->kb + c0, *slope = s->slope + c0, *shift = s->shift + c0;
    int64_t column = r0 % m->inner, at = r0 / m->inner * m->outer + column + c0 * next;
    for (int64_t r = r0; r < r1; r++, at++) {
        const float *a = t->a + at, *b = t->b + at;
        for (int64_t c = 0; c < n; c++) {
            float x = b[c * next], u = gated(gate, a[c * next], x, slope[c], shift[c]) - ka[c];
            one[c] += u;
            two[c] += u * (x - kb[c]);
        }
        if (++column == m->inner) column = 0, at += m->outer - m->inner;
    }
    for (int64_t c = 0; c < n; c++) {
        sum[2 * (c0 + c)] += one[c];
        sum[2 * (c0 + c) + 1] += two[c];
    }
}

/* All channels of a block of rows; whole tiles of neighbouring channels stay in registers. */
TV_SIMD static void add_block(const struct batchnorm *s, const struct matrix *m, const struct terms *t,
                              int64_t r0, int64_t r1, double *sum)
{
    for (int64_t c = 0; c < m->channels; c += TILE) {
        int64_t n = m->channels - c < TILE ? m->channels - c : TILE;
        if (n < TILE || m->next != 1)
            add_tile(s, m, t, t->gate, r0, r1, c, n, m->next, sum);
        else if (t->gate)
            add_tile(s, m, t, true, r0, r1, c, TILE, 1, sum);
        else
            add_tile(s, m, t, false, r0, r1, c, TILE, 1, sum);
    }
}

/* The same over all rows and channels, into the first entries of s->sum. */
static void channel_sums(struct batchnorm *s, const struct matrix *m, const struct terms *t)
{
    int64_t spans = (m->rows + SPAN - 1) / SPAN, width = 2 * m->channels;
    s->sum = tv_grow(s->sum, &s->cap, (size_t)(spans * width), sizeof *s->sum);
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < spans; k++) {
        double *sum = s->sum + k * width;
        int64_t end = (k + 1) * SPAN < m->rows ? (k + 1) * SPAN : m->rows;
        memset(sum, 0, (size_t)width * sizeof *sum);
        for (int64_t r = k * SPAN; r < end; r += BLOCK)
            add_block(s, m, t, r, r + BLOCK < end ? r + BLOCK : end, sum);
    }
    for (int64_t k = 1; k < spans; k++)
        for (int64_t i = 0; i < width; i++) s->sum[i] += s->sum[k * width + i];
}

/* y = slope x + shift, and a Relu's part of it, for rows [r0, r1). */
TV_INLINE void normalise(const struct batchnorm *s, const struct matrix *m, bool relu, int64_t next,
                         int64_t r0, int64_t r1, float *y, const float *x)
{
    const float *slope = s->slope, *shift = s->shift;
    int64_t column = r0 % m->inner, at = r0 / m->inner * m->outer + column;
    for (int64_t row = r0; row < r1; row++, at++) {
        for (int64_t c = 0; c < m->channels; c++) {
            float z = slope[c] * x[at + c * next] + shift[c];
            y[at + c * next] = relu && !(z > 0) ? 0 : z;
        }
        if (++column == m->inner) column = 0, at += m->outer - m->inner;
    }
}

/* dx = p dy + q x + r, dy gated by the Relu. */
TV_INLINE void gradient(const struct batchnorm *s, const struct matrix *m, bool relu, int64_t next,
                        int64_t r0, int64_t r1, float *dx, const float *dy, const float *x)
{
    const float *p = s->p, *q = s->q, *r = s->r, *slope = s->slope, *shift = s->shift;
    int64_t column = r0 % m->inner, at = r0 / m->inner * m->outer + column;
    for (int64_t row = r0; row < r1; row++, at++) {
#pragma GCC ivdep
        for (int64_t c = 0; c < m->channels; c++) {
            float xc = x[at + c * next], g = gated(relu, dy[at + c * next], xc, slope[c], shift[c]);
            dx[at + c * next] = p[c] * g + q[c] * xc + r[c];
        }
        if (++column == m->inner) column = 0, at += m->outer - m->inner;
    }
}

/* Rows of a block: y from x, or with dy, dx from dy and x. */
TV_SIMD static void block_rows(const struct batchnorm *s, const struct matrix *m, int64_t r0, int64_t r1,
                               float *out, const float *dy, const float *x)
{
    if (m->next != 1) {
        if (dy)
            gradient(s, m, s->relu, m->next, r0, r1, out, dy, x);
        else
            normalise(s, m, s->relu, m->next, r0, r1, out, x);
    } else if (s->relu) {
        if (dy)
            gradient(s, m, true, 1, r0, r1, out, dy, x);
        else
            normalise(s, m, true, 1, r0, r1, out, x);
    } else if (dy) {
        gradient(s, m, false, 1, r0, r1, out, dy, x);
    } else {
        normalise(s, m, false, 1, r0, r1, out, x);
    }
}

static void all_rows(const struct batchnorm *s, const struct matrix *m, float *out, const float *dy,
                     const float *x)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < m->rows; r += BLOCK)
        block_rows(s, m, r, r + BLOCK < m->rows ? r + BLOCK : m->rows, out, dy, x);
}

/* Mean and deviation of the batch, and the running ones.  The sums are taken around the first row's values: a
 * sample of the channel, so that the difference of squares does not cancel. */
static void batch_statistics(struct batchnorm *s, const struct matrix *m, const float *x)
{
    double rows = (double)m->rows, fresh = 1 - s->momentum, unbiased = rows > 1 ? rows / (rows - 1) : 1;
    for (int64_t c = 0; c < m->channels; c++) s->p[c] = x[c * m->next];
    channel_sums(s, m, &(struct terms){x, s->p, x, s->p, false});
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
        s->slope[c] = gamma[c] * s->scale[c];
        s->shift[c] = beta[c] - s->mean[c] * s->slope[c];
    }
    all_rows(s, &m, out[0].data, NULL, x);
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
    channel_sums(s, &m, &(struct terms){dy, s->p, x, s->mean, s->relu});
    for (int64_t c = 0; c < m.channels; c++) {
        double dbeta = s->sum[2 * c], dgamma = s->sum[2 * c + 1] * s->scale[c], rows = (double)m.rows;
        if (min[1].data) ((float *)min[1].data)[c] = (float)dgamma;
        if (min[2].data) ((float *)min[2].data)[c] = (float)dbeta;
        double slope = gamma[c] * s->scale[c], turn = s->scale[c] * dgamma / rows;
        s->p[c] = (float)slope;
        s->q[c] = (float)(-slope * turn);
        s->r[c] = (float)(slope * (turn * s->mean[c] - dbeta / rows));
    }
    if (min[0].data) all_rows(s, &m, min[0].data, dy, x);
}

static const struct tv_op batchnorm_op = {
    .type = "BatchNormalization", .forward = batchnorm_forward, .backward = batchnorm_backward};

/* ---- Relu behind it ---- */

static void pass_forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)n, (void)out, (void)in;
}

static void pass_backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                          const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                          const struct tv_view *out1)
{
    (void)n, (void)min, (void)mout, (void)in0, (void)in1, (void)out0, (void)out1;
}

static const struct tv_op pass_op = {.type = "Relu", .forward = pass_forward, .backward = pass_backward};

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
    float **const per_channel[] = {&s->mean, &s->scale, &s->slope, &s->shift, &s->p, &s->q, &s->r};
    for (int i = 0; i < 7; i++) *per_channel[i] = TV_ARRAY(float, (size_t)s->channels);
    s->run_mean = g->value[n->in[3]].data;
    s->run_var = g->value[n->in[4]].data;
    return (struct tv_train_op){node, &batchnorm_op, n->op, s, n->state};
}

struct tv_train_op tv_train_fuse_relu(const struct tv_graph *g, struct tv_train_op *norm, int relu)
{
    ((struct batchnorm *)norm->state)->relu = true;
    const struct tv_node *n = &g->node[relu];
    return (struct tv_train_op){relu, &pass_op, n->op, NULL, n->state};
}

void tv_train_op_release(struct tv_train_op *t)
{
    if (t->op == &dropout_op) {
        free(((struct dropout *)t->state)->keep);
    } else if (t->op == &batchnorm_op) {
        struct batchnorm *s = t->state;
        free(s->mean), free(s->scale), free(s->slope), free(s->shift), free(s->p), free(s->q), free(s->r),
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
