/* nn/ops_conv.c - Conv, and ConvTranspose, which is the transpose of a Conv from its output's shape to its
 * input's: its forward pass is that Conv's backward pass and the other way round, with the same weight.
 *
 *     Conv            y[n,co,o] = b[co] + sum_{ci,k} x[n,ci, o stride - begin + k dilation] W[co,ci,k]
 *     ConvTranspose   y[n,co, i stride - begin + k dilation] += x[n,ci,i] W[ci,co,k],   y += b[co]
 *
 * Both are linear in x, so the secant is the transpose.
 */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/convolve.h"
#include "nn/loop.h"
#include "nn/ops.h"

struct conv {
    bool transposed;
    struct tv_window w;
    int64_t group;
    int64_t more[TV_WINDOW_MAX],
        size[TV_WINDOW_MAX]; /* ConvTranspose: output_padding; output_shape, 0: none */
    struct tv_conv_cache cache;
    float *bias;    /* with a BatchNormalization folded in; NULL: the input's */
    int64_t folded; /* channels that one was folded into; 0: none */
};

/* Sizes of the spatial dimensions. */
static const char *read_sizes(const struct tv_node *n, const char *name, int64_t *to)
{
    int count;
    const int64_t *v = tv_attr_ints(n, name, &count);
    if (count > TV_WINDOW_MAX)
        return tv_node_msg(n, "%s: want at most %d numbers, got %d", name, TV_WINDOW_MAX, count);
    for (int i = 0; i < count; i++) {
        if (v[i] < 0 || v[i] > 1 << 24) return tv_node_msg(n, "%s: bad size %lld", name, (long long)v[i]);
        to[i] = v[i];
    }
    return NULL;
}

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct conv *s = n->state = TV_NEW(struct conv);
    s->transposed = !strcmp(n->op->type, "ConvTranspose");
    const char *err = tv_want_inputs(n, 2, 3);
    if (!err) err = tv_window_read(n, &s->w);
    if (!err && s->transposed) err = read_sizes(n, "output_padding", s->more);
    if (!err && s->transposed) err = read_sizes(n, "output_shape", s->size);
    s->group = tv_attr_int(n, "group", 1);
    if (!err && s->group < 1) err = tv_node_msg(n, "group: want 1 or more, got %lld", (long long)s->group);
    return err;
}

/* ---- shapes ---- */

/* W is [Co, Ci/group, k...] of the Conv, [Ci, Co/group, k...] of the ConvTranspose. */
static const char *check_weight(const struct tv_node *n, const struct tv_value *x, const struct tv_value *w,
                                const struct tv_value *b)
{
    const struct conv *s = n->state;
    if (w->rank != x->rank)
        return tv_node_msg(n, "weight '%s': want %d dimensions, got %d", w->name, x->rank, w->rank);
    int64_t in = s->transposed ? w->dim[0] : w->dim[1] * s->group,
            out = s->transposed ? w->dim[1] * s->group : w->dim[0];
    if (in != x->dim[1] || w->dim[0] % s->group)
        return tv_node_msg(n, "weight '%s' is for %lld channels in %lld groups, input '%s' has %lld", w->name,
                           (long long)in, (long long)s->group, x->name, (long long)x->dim[1]);
    if (w->dim[0] < 1 || w->dim[1] < 1) return tv_node_msg(n, "weight '%s' has no channels", w->name);
    for (int i = 2; i < w->rank; i++)
        if (w->dim[i] < 1 || w->dim[i] > 1 << 24 || (s->w.n_kernel > 0 && w->dim[i] != s->w.kernel[i - 2]))
            return tv_node_msg(n, "weight '%s' does not have the size that kernel_shape says", w->name);
    if (b && (b->rank != 1 || b->dim[0] != out))
        return tv_node_msg(n, "bias '%s': want one number a channel", b->name);
    return NULL;
}

/* The window of the Conv, with the weight's kernel size, which kernel_shape may leave out.  For a
 * ConvTranspose `big` is the size of its output, and the padding is given for that. */
static struct tv_window window_of(const struct conv *s, const int64_t *weight, int k, const int64_t *small,
                                  const int64_t *big)
{
    struct tv_window w = s->w;
    for (int i = 0; i < k; i++) w.kernel[i] = weight[2 + i];
    if (!s->transposed) return w;
    bool upper = w.pad == TV_PAD_SAME_UPPER, share = upper || w.pad == TV_PAD_SAME_LOWER;
    w.pad = TV_PAD_NOTSET;
    for (int i = 0; i < k; i++) {
        if (!share && !s->size[i]) continue;
        int64_t all = w.stride[i] * (small[2 + i] - 1) + s->more[i] + (w.kernel[i] - 1) * w.dilation[i] + 1 -
                      big[2 + i];
        if (all < 0) all = 0;
        w.begin[i] = upper ? all / 2 : all - all / 2;
        w.end[i] = all - w.begin[i];
    }
    return w;
}

static int64_t transposed_size(const struct conv *s, const struct tv_value *w, int i, int64_t in)
{
    bool same = s->w.pad == TV_PAD_SAME_UPPER || s->w.pad == TV_PAD_SAME_LOWER;
    if (s->size[i]) return s->size[i];
    if (same) return in * s->w.stride[i];
    return s->w.stride[i] * (in - 1) + s->more[i] + (w->dim[2 + i] - 1) * s->w.dilation[i] + 1 -
           s->w.begin[i] - s->w.end[i];
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct conv *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0), *w = tv_node_in(g, n, 1);
    int64_t dim[TV_MAX_RANK];
    const char *err = tv_want_float(g, n);
    if (!err) err = tv_window_check(n, &s->w, x->rank - 2);
    if (!err) err = check_weight(n, x, w, tv_node_in(g, n, 2));
    if (err) return err;
    struct tv_window win = s->transposed ? s->w : window_of(s, w->dim, x->rank - 2, NULL, NULL);
    dim[0] = x->dim[0];
    dim[1] = s->transposed ? w->dim[1] * s->group : w->dim[0];
    for (int i = 0; i < x->rank - 2; i++) {
        dim[2 + i] =
            s->transposed ? transposed_size(s, w, i, x->dim[2 + i]) : tv_window_out(&win, i, x->dim[2 + i]);
        if (dim[2 + i] < 1 && x->dim[2 + i] > 0)
            return tv_node_msg(n, "input '%s' is smaller than the kernel", x->name);
    }
    tv_value_shape(tv_node_out(g, n, 0), x->dtype, x->rank, dim);
    return NULL;
}

/* ---- forward and backward ---- */

/* The Conv from `big` to `small`. */
static struct tv_conv3d convolution(const struct conv *s, const struct tv_view *big,
                                    const struct tv_view *weight, const struct tv_view *small)
{
    int k = big->rank - 2;
    struct tv_window w = window_of(s, weight->dim, k, small->dim, big->dim);
    return tv_convolution(&w, s->group, k, big->dim, weight->dim, small->dim);
}

static void add_run(const void *ctx, int64_t n, char *const *p, const int64_t *step)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) *(float *)(p[0] + i * step[0]) += *(const float *)(p[1] + i * step[1]);
}

/* A per-channel array as a view that broadcasts to `like`. */
static struct tv_view per_channel(const struct tv_view *like, void *data)
{
    struct tv_view b = {.dtype = TV_F32, .rank = like->rank, .data = data};
    for (int i = 0; i < b.rank; i++) b.dim[i] = i == 1 ? like->dim[1] : 1;
    return b;
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    struct conv *s = n->state;
    const float *bias = s->bias ? s->bias : n->n_in > 2 ? in[2].data : NULL;
    if (tv_view_count(&out[0]) == 0) return;
    if (!s->transposed) {
        struct tv_conv3d c = convolution(s, &in[0], &in[1], &out[0]);
        tv_convolve_forward(&c, &s->cache, &out[0], &in[0], in[1].data, bias);
        return;
    }
    struct tv_conv3d c = convolution(s, &out[0], &in[1], &in[0]);
    tv_convolve_back(&c, &s->cache, &out[0], &in[0], in[1].data);
    if (!bias) return;
    struct tv_view b = per_channel(&out[0], in[2].data);
    struct tv_loop l;
    tv_loop_init(&l, &out[0], 1, (const struct tv_view *const[]){&b});
    tv_loop_run(&l, add_run, NULL);
}

static void backward_transposed(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                                const struct tv_view *in0)
{
    struct conv *s = n->state;
    struct tv_conv3d c = convolution(s, &mout[0], &in0[1], &in0[0]);
    if (min[0].data) tv_convolve_forward(&c, &s->cache, &min[0], &mout[0], in0[1].data, NULL);
    if (min[1].data) tv_convolve_weights(&c, min[1].data, NULL, &in0[0], &mout[0]);
    if (n->n_in < 3 || !min[2].data) return;
    struct tv_view db = per_channel(&mout[0], min[2].data);
    db.layout = mout[0].layout;
    tv_sum_to(&db, &mout[0]);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)in1, (void)out0, (void)out1;
    struct conv *s = n->state;
    if (tv_view_count(&mout[0]) == 0 || tv_view_count(&in0[0]) == 0) {
        for (int i = 0; i < n->n_in; i++) tv_view_zero(&min[i]);
        return;
    }
    if (s->transposed) {
        backward_transposed(n, min, mout, in0);
        return;
    }
    struct tv_conv3d c = convolution(s, &in0[0], &in0[1], &mout[0]);
    float *db = n->n_in > 2 ? min[2].data : NULL;
    if (min[0].data) tv_convolve_back(&c, &s->cache, &min[0], &mout[0], in0[1].data);
    if (min[1].data || db) tv_convolve_weights(&c, min[1].data, db, &mout[0], &in0[0]);
}

static bool serves_pairs(const struct tv_node *n, const struct tv_view *out, const struct tv_view *in)
{
    const struct conv *s = n->state;
    if (s->transposed) return false;
    struct tv_conv3d c = convolution(s, &in[0], &in[1], &out[0]);
    return tv_convolve_serves_pairs(&c, &out[0], &in[0]);
}

static void forward_steps(const struct tv_node *n, struct tv_view *out, const struct tv_view *in,
                          int64_t steps, const float *d, const float *share, const float *slope)
{
    struct conv *s = n->state;
    struct tv_conv3d c = convolution(s, &in[0], &in[1], &out[0]);
    tv_convolve_steps(&c, &s->cache, steps, &out[0], d, share, slope, in[1].data);
}

static void backward_pairs(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                           const struct tv_view *in0, int64_t row, int64_t images, float *scratch)
{
    struct conv *s = n->state;
    struct tv_conv3d c = convolution(s, &in0[0], &in0[1], &mout[0]);
    tv_convolve_back_pairs(&c, &s->cache, row, images, &min[0], &mout[0], in0[1].data, scratch);
}

static const struct tv_op_pairs in_pairs = {serves_pairs, forward_steps, backward_pairs};

static void refresh(struct tv_graph *g, struct tv_node *n)
{
    struct conv *s = n->state;
    tv_conv_cache_clear(&s->cache);
    s->cache.constant = g->value[n->in[1]].constant;
}

static void release(struct tv_node *n)
{
    struct conv *s = n->state;
    if (!s) return;
    tv_conv_cache_release(&s->cache);
    free(s->bias);
    free(s);
}

bool tv_conv_fold(const struct tv_graph *g, struct tv_node *n, const float *scale, const float *shift)
{
    struct conv *s = n->state;
    const struct tv_value *w = tv_node_in(g, n, 1), *b = tv_node_in(g, n, 2);
    if (s->transposed || !w->constant || w->rank > 4 || (b && !b->constant) || s->bias) return false;
    int64_t c = w->dim[0];
    const float *bias = b ? b->data : NULL;
    s->folded = c;
    s->bias = TV_ARRAY(float, (size_t)c);
    s->cache.scale = TV_ARRAY(float, (size_t)c);
    memcpy(s->cache.scale, scale, (size_t)c * sizeof *scale);
    for (int64_t i = 0; i < c; i++) s->bias[i] = scale[i] * (bias ? bias[i] : 0) + shift[i];
    tv_conv_cache_clear(&s->cache);
    return true;
}

static bool same_numbers(const float *a, const float *b, int64_t n)
{
    return a && b ? !memcmp(a, b, (size_t)n * sizeof *a) : a == b;
}

bool tv_conv_folds_equal(const struct tv_node *a, const struct tv_node *b)
{
    if (a->op->setup != setup || b->op->setup != setup) return true;
    const struct conv *x = a->state, *y = b->state;
    return x->folded == y->folded && same_numbers(x->bias, y->bias, x->folded) &&
           same_numbers(x->cache.scale, y->cache.scale, x->folded);
}

enum { CONVOLUTION = TV_OP_AFFINE | TV_OP_CHLAST | TV_OP_ROWS };
const struct tv_op tv_ops_conv[] = {
    {"Conv", CONVOLUTION, setup, shape, forward, backward, refresh, release, &in_pairs},
    {"ConvTranspose", CONVOLUTION, setup, shape, forward, backward, refresh, release, NULL},
    TV_OPS_END};
