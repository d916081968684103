/* nn/ops_pool.c - MaxPool and AveragePool over windows of one to three spatial dimensions, and the global
 * pools.
 *
 * All loops go over a list of window offsets for one output position, with the channels innermost where data
 * lies channels-last.  The secant of a maximum whose winner moves from a to b (SPEC.md 6.1): t m to a and (1
 * - t) m to b, t = p/(p + q), p = x_a - x_b at the start, q = x_b - x_a at the end.  Ties: the first in scan
 * order wins.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/ops.h"
#include "num/kernel.h"
#include "num/simd.h"
#include "nn/wide.h"
#include "nn/window.h"

struct pool {
    struct tv_window w;
    bool max, global, include_pad, column_major;
};

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    struct pool *s = n->state = TV_NEW(struct pool);
    s->max = strstr(n->op->type, "Max") != NULL;
    s->global = !strncmp(n->op->type, "Global", 6);
    const char *err = tv_want_inputs(n, 1, 1);
    if (err || s->global) return err;
    if ((err = tv_window_read(n, &s->w))) return err;
    if (!s->w.n_kernel) return tv_node_msg(n, "kernel_shape is missing");
    s->w.ceil = tv_attr_int(n, "ceil_mode", 0) != 0;
    s->include_pad = tv_attr_int(n, "count_include_pad", 0) != 0;
    s->column_major = s->max && tv_attr_int(n, "storage_order", 0) != 0;
    return NULL;
}

static struct tv_window window_of(const struct pool *s, int k, const int64_t *in)
{
    struct tv_window w = s->w;
    for (int i = 0; i < k && s->global; i++) {
        w.kernel[i] = in[i] > 0 ? in[i] : 1;
        w.stride[i] = w.dilation[i] = 1;
    }
    return w;
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    const struct pool *s = n->state;
    const struct tv_value *x = tv_node_in(g, n, 0);
    const char *err = s->max ? tv_want_numeric(g, n) : tv_want_float(g, n);
    if (!err && (x->dtype == TV_BOOL)) err = tv_node_msg(n, "input '%s': want numbers, got bool", x->name);
    if (!err) err = tv_window_check(n, &s->w, x->rank - 2);
    if (err) return err;
    struct tv_window w = window_of(s, x->rank - 2, x->dim + 2);
    int64_t dim[TV_MAX_RANK] = {x->dim[0], x->dim[1]};
    for (int i = 2; i < x->rank; i++) {
        dim[i] = tv_window_out(&w, i - 2, x->dim[i]);
        if (dim[i] < 1 && x->dim[i] > 0)
            return tv_node_msg(n, "input '%s' is smaller than the window", x->name);
    }
    tv_value_shape(tv_node_out(g, n, 0), x->dtype, x->rank, dim);
    tv_value_shape(tv_node_out(g, n, 1), TV_I64, x->rank, dim);
    return NULL;
}

/* ---- geometry ---- */

/* Three spatial dimensions, missing ones of size 1 in front; strides in elements of x and y. */
struct geometry {
    int64_t n, c;
    int64_t in[3], out[3], kernel[3], stride[3], dilation[3], begin[3], end[3];
    int64_t xn, xc, xs[3], yn, yc, ys[3];
};

static void spatial(const struct tv_view *v, int64_t *n, int64_t *c, int64_t s[3])
{
    int64_t stride[TV_MAX_RANK];
    tv_view_strides(v, stride);
    *n = stride[0];
    *c = stride[1];
    for (int i = 0; i < 3; i++) s[i] = 0;
    for (int i = 2; i < v->rank; i++) s[i - 2 + 5 - v->rank] = stride[i];
}

static struct geometry geometry_of(const struct pool *s, const struct tv_view *x, const struct tv_view *y)
{
    int k = x->rank - 2;
    struct tv_window w = window_of(s, k, x->dim + 2);
    struct geometry g = {.n = x->dim[0], .c = x->dim[1]};
    for (int i = 0; i < 3; i++) g.in[i] = g.out[i] = g.kernel[i] = g.stride[i] = g.dilation[i] = 1;
    for (int i = 0; i < k; i++) {
        int to = i + 3 - k;
        g.in[to] = x->dim[2 + i], g.out[to] = y->dim[2 + i], g.kernel[to] = w.kernel[i];
        g.stride[to] = w.stride[i], g.dilation[to] = w.dilation[i];
        g.begin[to] = tv_window_begin(&w, i, x->dim[2 + i]);
        g.end[to] = tv_window_end(&w, i, x->dim[2 + i]);
    }
    spatial(x, &g.xn, &g.xc, g.xs);
    spatial(y, &g.yn, &g.yc, g.ys);
    return g;
}

/* The taps of dimension i for output position o that lie inside: [*from, *to); returns the input index of tap
 * 0. */
static int64_t taps(const struct geometry *g, int i, int64_t o, int64_t *from, int64_t *to)
{
    int64_t start = o * g->stride[i] - g->begin[i], d = g->dilation[i];
    int64_t last = (g->in[i] - 1 - start) < 0 ? -1 : (g->in[i] - 1 - start) / d;
    *from = start < 0 ? (-start + d - 1) / d : 0;
    *to = last + 1 < g->kernel[i] ? last + 1 : g->kernel[i];
    return start;
}

/* Offsets in x (within one channel of one image) of the window's taps that lie inside, in scan order. */
static int64_t window_offsets(const struct geometry *g, const int64_t o[3], int64_t *offset)
{
    int64_t from[3], to[3], start[3], n = 0;
    for (int i = 0; i < 3; i++) start[i] = taps(g, i, o[i], &from[i], &to[i]);
    for (int64_t a = from[0]; a < to[0]; a++)
        for (int64_t b = from[1]; b < to[1]; b++)
            for (int64_t c = from[2]; c < to[2]; c++)
                offset[n++] = (start[0] + a * g->dilation[0]) * g->xs[0] +
                              (start[1] + b * g->dilation[1]) * g->xs[1] +
                              (start[2] + c * g->dilation[2]) * g->xs[2];
    return n;
}

/* Number of elements an average divides by: with include_pad all up to the padding's end, without only the
 * real ones. */
static float divisor(const struct geometry *g, bool include_pad, const int64_t o[3], int64_t inside)
{
    if (!include_pad) return inside > 0 ? (float)inside : 1;
    int64_t n = 1;
    for (int i = 0; i < 3; i++) {
        int64_t room =
            g->in[i] + g->end[i] - (o[i] * g->stride[i] - g->begin[i]); /* from the first tap to the end */
        int64_t k = (room + g->dilation[i] - 1) / g->dilation[i];
        n *= k < g->kernel[i] ? k : g->kernel[i];
    }
    return n > 0 ? (float)n : 1;
}

static int64_t window_size(const struct geometry *g)
{
    int64_t n = 1;
    for (int i = 0; i < 3; i++)
        n *= g->kernel[i] < g->in[i] ? g->kernel[i] : g->in[i]; /* taps inside, at most */
    return n;
}

/* Does no element lie in two windows?  Then does each lie in one? */
static bool apart(const struct geometry *g)
{
    bool apart = true;
    for (int i = 0; i < 3; i++) apart &= g->stride[i] > (g->kernel[i] - 1) * g->dilation[i];
    return apart;
}

static bool everywhere(const struct geometry *g)
{
    bool all = true;
    for (int i = 0; i < 3; i++)
        all &= g->dilation[i] == 1 && g->stride[i] == g->kernel[i] && g->begin[i] >= 0 &&
               g->out[i] * g->stride[i] - g->begin[i] >= g->in[i];
    return all;
}

/* ---- one block of work: some channels of one image, all positions ---- */

enum { CHANNELS = 64 }; /* of a block */

struct job {
    const struct geometry *g;
    const struct pool *s;
    float *y;             /* output */
    const float *y0, *y1; /* in backward, output at both ends */
    const float *x0, *x1; /* input at both ends; the pointers are to the block's first channel */
    float *dx;
    const float *dy;
    int64_t channels;
    bool relu;       /* x counts as max(x, 0) */
    bool apart;      /* no two windows share an element, and none is left out: dx is written, not added to */
    int64_t *offset; /* scratch of window_size() */
    int32_t
        *winner; /* in backward, per position and channel: the tap that won at the end of the last interval */
    bool goes_on; /* the last interval is the one before this */
};
typedef void position_fn(const struct job *j, int64_t y_at, int64_t taps, const int64_t o[3]);

/* Zeros for the block's channels in rows [from, to) of the input. */
static void clear_rows(const struct job *j, int64_t from, int64_t to)
{
    const struct geometry *g = j->g;
    for (int64_t a = 0; a < g->in[0]; a++)
        for (int64_t b = from; b < to; b++)
            for (int64_t c = 0; c < g->in[2]; c++) {
                float *x = j->dx + a * g->xs[0] + b * g->xs[1] + c * g->xs[2];
                if (g->xc == 1)
                    memset(x, 0, (size_t)j->channels * sizeof *x);
                else
                    for (int64_t i = 0; i < j->channels; i++) x[i * g->xc] = 0;
            }
}

/* The rows of the input that windows up to row o reach, in an image of one plane; all rows of deeper ones. */
static int64_t rows_reached(const struct geometry *g, int64_t o)
{
    int64_t end = o * g->stride[1] - g->begin[1] + (g->kernel[1] - 1) * g->dilation[1] + 1;
    return g->in[0] > 1 || end > g->in[1] ? g->in[1] : end < 0 ? 0 : end;
}

/* Asks for what the next row of windows is the first to read below this window: the processor does not see by
 * itself which way short pieces of rows go on.  (Inlined: GCC drops calls of a function that only asks.) */
TV_INLINE void ask_below(const struct job *j, const float *x, const int64_t o[3])
{
    enum { LINE = 64 / sizeof *x };
    const struct geometry *g = j->g;
    int64_t column = o[2] * g->stride[2] - g->begin[2], to = column + g->stride[2];
    if (column < 0) column = 0;
    if (to > g->in[2]) to = g->in[2];
    for (int64_t row = rows_reached(g, o[1]); row < rows_reached(g, o[1] + 1); row++)
        for (int64_t k = column; k < to; k++)
            for (int64_t c = 0; c < j->channels; c += LINE)
                __builtin_prefetch(x + row * g->xs[1] + k * g->xs[2] + c);
}

static void each_position(const struct job *j, position_fn *fn)
{
    const struct geometry *g = j->g;
    const float *ask = g->xc == 1 && j->s->max && g->in[0] == 1 ? j->x1 ? j->x1 : j->x0 : NULL;
    bool clears = j->dx && !j->apart;
    int64_t o[3], cleared = 0;
    for (o[0] = 0; o[0] < g->out[0]; o[0]++)
        for (o[1] = 0; o[1] < g->out[1]; o[1]++) {
            if (clears && rows_reached(g, o[1]) > cleared) {
                clear_rows(j, cleared, rows_reached(g, o[1]));
                cleared = rows_reached(g, o[1]);
            }
            for (o[2] = 0; o[2] < g->out[2]; o[2]++) {
                if (ask) ask_below(j, ask, o);
                fn(j, o[0] * g->ys[0] + o[1] * g->ys[1] + o[2] * g->ys[2], window_offsets(g, o, j->offset),
                   o);
            }
        }
    if (clears) clear_rows(j, cleared, g->in[1]);
}

static float begin(const struct job *j, float x) { return j->relu && !(x > 0) ? 0 : x; }

static void max_forward_by(const struct job *j, int64_t xc, int64_t yc, int64_t y_at, int64_t taps)
{
    float best[CHANNELS];
    for (int64_t c = 0; c < j->channels; c++)
        best[c] = taps ? begin(j, j->x0[j->offset[0] + c * xc]) : -INFINITY;
    for (int64_t t = 1; t < taps; t++) {
        const float *x = j->x0 + j->offset[t];
        for (int64_t c = 0; c < j->channels; c++) best[c] = x[c * xc] > best[c] ? x[c * xc] : best[c];
    }
    for (int64_t c = 0; c < j->channels; c++) j->y[y_at + c * yc] = best[c];
}

/* Channels that are whole vectors next to each other go through the kernel, the rest one by one. */
static int64_t whole_vectors(const struct job *j, int64_t taps)
{
    return j->g->xc == 1 && j->g->yc == 1 && taps ? j->channels / tv_kernel()->lanes * tv_kernel()->lanes : 0;
}

static struct job after(const struct job *j, int64_t channels)
{
    struct job rest = *j;
    int64_t x = channels * j->g->xc, y = channels * j->g->yc;
    rest.channels -= channels;
    if (j->x0) rest.x0 += x;
    if (j->x1) rest.x1 += x;
    if (j->y) rest.y += y;
    if (j->dx) rest.dx += x;
    if (j->dy) rest.dy += y;
    return rest;
}

static void max_forward(const struct job *j, int64_t y_at, int64_t taps, const int64_t o[3])
{
    (void)o;
    int64_t whole = whole_vectors(j, taps);
    if (whole) tv_kernel()->window_max(taps, j->offset, whole, j->relu, j->x0, j->y + y_at);
    if (whole == j->channels) return;
    struct job rest = after(j, whole);
    max_forward_by(&rest, j->g->xc, j->g->yc, y_at, taps);
}

TV_INLINE void average_forward_by(const struct job *j, int64_t xc, int64_t yc, int64_t y_at, int64_t taps,
                                  float by)
{
    float sum[CHANNELS] = {0};
    for (int64_t t = 0; t < taps; t++) {
        const float *x = j->x0 + j->offset[t];
        for (int64_t c = 0; c < j->channels; c++) sum[c] += x[c * xc];
    }
    for (int64_t c = 0; c < j->channels; c++) j->y[y_at + c * yc] = sum[c] / by;
}

TV_SIMD static void average_forward_contiguous(const struct job *j, int64_t y_at, int64_t taps, float by)
{
    average_forward_by(j, 1, 1, y_at, taps, by);
}

static void average_forward(const struct job *j, int64_t y_at, int64_t taps, const int64_t o[3])
{
    float by = divisor(j->g, j->s->include_pad, o, taps);
    if (j->g->xc == 1 && j->g->yc == 1)
        average_forward_contiguous(j, y_at, taps, by);
    else
        average_forward_by(j, j->g->xc, j->g->yc, y_at, taps, by);
}

/* Tap and value of the largest element, the first of equal ones.  `xc` is the distance of
 * channels. */
static void winners(const struct job *j, const float *restrict x, int64_t xc, int64_t taps,
                    int32_t *restrict tap, float *restrict best)
{
    const int64_t n = j->channels;
    for (int64_t c = 0; c < n; c++) {
        best[c] = begin(j, x[j->offset[0] + c * xc]);
        tap[c] = 0;
    }
    for (int32_t t = 1; t < taps; t++) {
        const float *restrict v = x + j->offset[t];
        for (int64_t c = 0; c < n; c++) {
            float new = v[c * xc], old = best[c];
            int32_t better = -(new > old); /* all bits or none: a choice would become a branch */
            best[c] = new > old ? new : old;
            tap[c] = (tap[c] & ~better) | (t & better);
        }
    }
}

/* to[c] = x at tap[c]; on the bits, for a choice would become a branch. */
static void at_taps(const struct job *j, const float *restrict x, int64_t xc, int64_t taps,
                    const int32_t *restrict tap, float *restrict to)
{
    const int64_t n = j->channels;
    int32_t bits[CHANNELS] = {0};
    for (int32_t t = 0; t < taps; t++) {
        const float *restrict v = x + j->offset[t];
        for (int64_t c = 0; c < n; c++) {
            int32_t there;
            memcpy(&there, &v[c * xc], sizeof there);
            bits[c] |= there & -(tap[c] == t);
        }
    }
    memcpy(to, bits, (size_t)n * sizeof *to);
    for (int64_t c = 0; c < n; c++) to[c] = begin(j, to[c]);
}

/* dx at tap[c] += m[c] */
static void add_at_taps(const struct job *j, int64_t xc, int64_t taps, const int32_t *restrict tap,
                        const float *restrict m)
{
    const int64_t n = j->channels;
    for (int32_t t = 0; t < taps; t++) {
        float *restrict dx = j->dx + j->offset[t];
        for (int64_t c = 0; c < n; c++) {
            float by = m[c];
            dx[c * xc] += tap[c] == t ? by : 0;
        }
    }
}

static void max_backward_by(const struct job *j, int64_t xc, int64_t y_at, int64_t taps)
{
    int32_t first[CHANNELS], second[CHANNELS], moved = 0;
    float m[CHANNELS], x0a[CHANNELS], x1b[CHANNELS], x0b[CHANNELS], x1a[CHANNELS], rest[CHANNELS];
    const int64_t yc = j->g->yc;
    for (int64_t c = 0; c < j->channels; c++) m[c] = j->dy[y_at + c * yc];
    winners(j, j->x0, xc, taps, first, x0a);
    if (j->x1 != j->x0) {
        winners(j, j->x1, xc, taps, second, x1b);
        for (int64_t c = 0; c < j->channels; c++) moved |= first[c] ^ second[c];
    }
    if (moved) {
        at_taps(j, j->x0, xc, taps, second, x0b);
        at_taps(j, j->x1, xc, taps, first, x1a);
        for (int64_t c = 0; c < j->channels; c++) {
            float p = x0a[c] - x0b[c], q = x1b[c] - x1a[c], t = p + q > 0 ? p / (p + q) : 1;
            rest[c] = m[c] * (1 - t); /* the same element: p = q = 0 */
            m[c] *= t;
        }
        add_at_taps(j, xc, taps, second, rest);
    }
    add_at_taps(j, xc, taps, first, m);
}

static void max_backward(const struct job *j, int64_t y_at, int64_t taps, const int64_t o[3])
{
    const struct geometry *g = j->g;
    if (taps == 0) return;
    int64_t whole = whole_vectors(j, taps);
    if (whole)
        tv_kernel()->window_max_secant(
            &(struct tv_window_max){.taps = taps,
                                    .offset = j->offset,
                                    .x0 = j->x0,
                                    .x1 = j->x1,
                                    .y0 = j->y0 + y_at,
                                    .y1 = j->y1 + y_at,
                                    .m = j->dy + y_at,
                                    .dx = j->dx,
                                    .relu = j->relu,
                                    .apart = j->apart,
                                    .tap =
                                        j->winner + ((o[0] * g->out[1] + o[1]) * g->out[2] + o[2]) * CHANNELS,
                                    .known = j->goes_on},
            whole);
    if (whole == j->channels) return;
    struct job rest = after(j, whole);
    for (int64_t t = 0; j->apart && t < taps; t++)
        for (int64_t c = 0; c < rest.channels; c++) rest.dx[j->offset[t] + c * j->g->xc] = 0;
    max_backward_by(&rest, j->g->xc, y_at, taps);
}

TV_INLINE void average_backward_by(const struct job *j, int64_t xc, int64_t yc, int64_t y_at, int64_t taps,
                                   float by)
{
    float m[CHANNELS];
    for (int64_t c = 0; c < j->channels; c++) m[c] = j->dy[y_at + c * yc] / by;
    for (int64_t t = 0; t < taps; t++) {
        float *dx = j->dx + j->offset[t];
        for (int64_t c = 0; c < j->channels; c++) dx[c * xc] += m[c];
    }
}

TV_SIMD static void average_backward_contiguous(const struct job *j, int64_t y_at, int64_t taps, float by)
{
    average_backward_by(j, 1, 1, y_at, taps, by);
}

static void average_backward(const struct job *j, int64_t y_at, int64_t taps, const int64_t o[3])
{
    float by = divisor(j->g, j->s->include_pad, o, taps);
    if (j->g->xc == 1 && j->g->yc == 1)
        average_backward_contiguous(j, y_at, taps, by);
    else
        average_backward_by(j, j->g->xc, j->g->yc, y_at, taps, by);
}

/* Blocks of channels of single images: no two touch the same element, whatever the windows' overlap.  `job`
 * holds the arrays' starts.  The intervals of a path are taken one after the other image by image: the end of
 * one is the start of the next, and still in a cache. */
static void run(struct job job, position_fn *fn)
{
    const struct geometry *g = job.g;
    int64_t block = g->xc == 1 ? CHANNELS : 1, blocks = (g->c + block - 1) / block, size = window_size(g);
    int64_t images = job.x1 > job.x0 && g->xn > 0 ? (job.x1 - job.x0) / g->xn : 0;
    if (images < 1 || g->n % images || (job.x1 - job.x0) % g->xn)
        images = g->n; /* the ends are no rows of one array */
    int64_t points = images ? g->n / images : 0, windows = job.dx ? g->out[0] * g->out[1] * g->out[2] : 0;
#pragma omp parallel
    {
        struct job j = job;
        j.offset = tv_alloc_aligned((size_t)size, sizeof *j.offset);
        j.winner = tv_alloc_aligned((size_t)(windows * CHANNELS), sizeof *j.winner);
        int64_t last = -1;
#pragma omp for schedule(static)
        for (int64_t item = 0; item < g->n * blocks; item++) {
            j.goes_on = item % points && item == last + 1;
            last = item;
            int64_t c = item / points % blocks * block, n = item % points * images + item / points / blocks,
                    x = n * g->xn + c * g->xc, y = n * g->yn + c * g->yc;
            j.channels = g->c - c < block ? g->c - c : block;
            if (job.y) j.y = job.y + y;
            if (job.dy) j.dy = job.dy + y;
            if (job.y0) j.y0 = job.y0 + y, j.y1 = job.y1 + y;
            if (job.dx) j.dx = job.dx + x;
            j.x0 = job.x0 ? job.x0 + x : NULL;
            j.x1 = job.x1 ? job.x1 + x : NULL;
            each_position(&j, fn);
        }
        free(j.offset), free(j.winner);
    }
}

/* ---- MaxPool on other types, and its second output ---- */

/* Index of an element in its image set as ONNX counts it: row-major over [N,C,...], or with storage_order 1
 * the last two dimensions exchanged. */
static int64_t flat_index(const struct geometry *g, bool column_major, int64_t nc, int64_t offset)
{
    int64_t size = g->in[0] * g->in[1] * g->in[2];
    if (!column_major) return nc * size + offset;
    int64_t column = offset % g->in[2], row = offset / g->in[2] % g->in[1],
            depth = offset / g->in[2] / g->in[1];
    return nc * size + depth * g->in[1] * g->in[2] + column * g->in[1] + row;
}

static bool greater(const struct tv_view *w, int64_t a, int64_t b)
{
    if (w->dtype == TV_F64) return ((const double *)w->data)[a] > ((const double *)w->data)[b];
    if (w->dtype == TV_U64) return ((const uint64_t *)w->data)[a] > ((const uint64_t *)w->data)[b];
    return ((const int64_t *)w->data)[a] > ((const int64_t *)w->data)[b];
}

/* Plain data of any type; the indices where they are wanted. */
static void max_wide(const struct pool *s, struct tv_view *out, const struct tv_view *in, int64_t *index)
{
    struct tv_view x = *in, y = *out;
    x.layout = y.layout = TV_PLAIN;
    struct geometry g = geometry_of(s, &x, &y);
    struct tv_view w = tv_widen_new(&x), r = tv_wide_room_new(&y);
    int64_t *offset = TV_ARRAY(int64_t, (size_t)window_size(&g)), at = 0, o[3];
    for (int64_t nc = 0; nc < g.n * g.c; nc++) {
        for (o[0] = 0; o[0] < g.out[0]; o[0]++)
            for (o[1] = 0; o[1] < g.out[1]; o[1]++)
                for (o[2] = 0; o[2] < g.out[2]; o[2]++, at++) {
                    int64_t taps = window_offsets(&g, o, offset), best = 0;
                    for (int64_t t = 1; t < taps; t++)
                        if (greater(&w, nc * g.xc + offset[t], nc * g.xc + offset[best])) best = t;
                    memcpy((char *)r.data + at * 8,
                           (char *)w.data + (nc * g.xc + (taps ? offset[best] : 0)) * 8, 8);
                    if (index) index[at] = flat_index(&g, s->column_major, nc, offset[best]);
                }
    }
    tv_narrow(out, &r);
    free(w.data);
    free(offset);
}

/* ---- the operators ---- */

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    const struct pool *s = n->state;
    if (tv_view_count(&out[0]) == 0) return;
    int64_t *index = n->n_out > 1 ? out[1].data : NULL;
    if (s->max && (in[0].dtype != TV_F32 || index)) {
        max_wide(s, &out[0], &in[0], index);
        return;
    }
    struct geometry g = geometry_of(s, &in[0], &out[0]);
    run((struct job){.g = &g, .s = s, .y = out[0].data, .x0 = in[0].data, .relu = tv_view_is_relu(&in[0])},
        s->max ? max_forward : average_forward);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    const struct pool *s = n->state;
    if (!min[0].data) return;
    if (!mout[0].data || tv_view_count(&mout[0]) == 0) {
        tv_view_zero(&min[0]);
        return;
    }
    struct geometry g = geometry_of(s, &in0[0], &mout[0]);
    struct job job = {
        .g = &g, .s = s, .dx = min[0].data, .dy = mout[0].data, .relu = tv_view_is_relu(&in0[0])};
    if (s->max) job.x0 = in0[0].data, job.x1 = in1[0].data, job.y0 = out0[0].data, job.y1 = out1[0].data;
    job.apart = s->max && apart(&g) && everywhere(&g);
    run(job, s->max ? max_backward : average_backward);
}

const struct tv_op tv_ops_pool[] = {
    {"MaxPool", TV_OP_CHLAST | TV_OP_SAME | TV_OP_ROWS | TV_OP_PATH | TV_OP_TYPES | TV_OP_RELU, setup, shape,
     forward, backward, NULL, NULL},
    {"AveragePool", TV_OP_CHLAST | TV_OP_SAME | TV_OP_ROWS | TV_OP_AFFINE, setup, shape, forward, backward,
     NULL, NULL},
    {"GlobalMaxPool", TV_OP_CHLAST | TV_OP_SAME | TV_OP_ROWS | TV_OP_PATH | TV_OP_TYPES | TV_OP_RELU, setup,
     shape, forward, backward, NULL, NULL},
    {"GlobalAveragePool", TV_OP_CHLAST | TV_OP_SAME | TV_OP_ROWS | TV_OP_AFFINE, setup, shape, forward,
     backward, NULL, NULL},
    TV_OPS_END};
