/* num/conv.c - forward and data-backward convolution over one walk (weight-backward: conv_weights.c).
 *
 * Both are the same walk over a grid of positions: at each, a few taps point at rows of
 * the input and the kernel sums their products with a packed panel of weights.  With a stride s the positions
 * of dx fall into s x s phases; those of one phase are reached by the same taps, so each phase is a walk of
 * its own.
 *
 *     grid (gy, gx)  --tap-->  input row (gy*ys + dy, gx*xs + dx)      zeros outside
 *                    ------->  output row (gy*os + oy, gx*os' + ox)
 */
#include "num/conv.h"
#include "core/mem.h"
#include "num/ints.h"
#include "num/kernel.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TAPS = 128, PANEL_BYTES = 512 << 10, CHUNK_TILES = 16 };

struct tap {
    int64_t dy, dx;
};
struct walk {
    int64_t n, gh, gw;    /* grid of positions, images outermost */
    int64_t ys, xs;       /* input step a position */
    int64_t h, w, stride; /* input size, floats a pixel */
    int64_t k;            /* floats a tap reads */
    int64_t taps;
    const struct tap *tap;
    const float *in;
    const float *packed, *bias; /* [panel][tap][k][nr] */
    int64_t cols;               /* output columns of this walk */
    float *out;
    int64_t oh, ow, os_y, os_x, oy, ox, ostride; /* output size, steps, offsets, floats a pixel */
    const float *zero;                           /* at least k zeros */
    int64_t ylo, yhi, xlo, xhi;                  /* range of input positions whose taps are all inside */
};

static void walk_inside(struct walk *s)
{
    int64_t ylo = 0, yhi = s->h - 1, xlo = 0, xhi = s->w - 1;
    for (int64_t t = 0; t < s->taps; t++) {
        ylo = max64(ylo, -s->tap[t].dy), yhi = min64(yhi, s->h - 1 - s->tap[t].dy);
        xlo = max64(xlo, -s->tap[t].dx), xhi = min64(xhi, s->w - 1 - s->tap[t].dx);
    }
    s->ylo = ylo, s->yhi = yhi, s->xlo = xlo, s->xhi = xhi;
}

/* Pointers of taps [t0, t1) for `rows` positions from `first`; the rest of the tile repeats the first
 * position. */
static void tile_pointers(const struct walk *s, int64_t first, int rows, int mr, int64_t t0, int64_t t1,
                          const float **row)
{
    int64_t offset[TAPS];
    for (int64_t t = t0; t < t1; t++) offset[t - t0] = (s->tap[t].dy * s->w + s->tap[t].dx) * s->stride;
    int64_t gx = first % s->gw, gy = first / s->gw % s->gh, image = first / (s->gw * s->gh);
    for (int r = 0; r < rows; r++) {
        int64_t y = gy * s->ys, x = gx * s->xs;
        const float *base = s->in + ((image * s->h + y) * s->w + x) * s->stride;
        if (y >= s->ylo && y <= s->yhi && x >= s->xlo && x <= s->xhi) {
            for (int64_t t = 0; t < t1 - t0; t++) row[t * mr + r] = base + offset[t];
        } else {
            for (int64_t t = 0; t < t1 - t0; t++) {
                int64_t ty = y + s->tap[t0 + t].dy, tx = x + s->tap[t0 + t].dx;
                bool in = ty >= 0 && ty < s->h && tx >= 0 && tx < s->w;
                row[t * mr + r] = in ? base + offset[t] : s->zero;
            }
        }
        if (++gx == s->gw) {
            gx = 0;
            if (++gy == s->gh) gy = 0, image++;
        }
    }
    for (int64_t t = 0; t < t1 - t0; t++)
        for (int r = rows; r < mr; r++) row[t * mr + r] = row[t * mr];
}

static float *output_row(const struct walk *s, int64_t position)
{
    int64_t gx = position % s->gw, gy = position / s->gw % s->gh, image = position / (s->gw * s->gh);
    return s->out + ((image * s->oh + gy * s->os_y + s->oy) * s->ow + gx * s->os_x + s->ox) * s->ostride;
}

/* One tile against one panel.  Strided output rows go through a buffer. */
static void tile(const struct tv_kernel *q, const struct walk *s, int64_t first, int rows, int64_t t0,
                 int64_t t1, const float *const *row, int64_t j)
{
    int cols = (int)min64(q->nr, s->cols - j);
    const float *w = s->packed + j * s->taps * s->k + t0 * s->k * q->nr;
    enum tv_start start = t0 ? TV_START_C : s->bias ? TV_START_BIAS : TV_START_ZERO;
    const float *bias = s->bias ? s->bias + j : NULL;
    if (s->os_x == 1 && s->os_y == 1) {
        q->rows(t1 - t0, s->k, row, w, output_row(s, first) + j, s->ostride, rows, cols, start, bias);
        return;
    }
    float edge[TV_KERNEL_MAX_MR * TV_KERNEL_MAX_NR];
    if (start == TV_START_C)
        for (int r = 0; r < rows; r++)
            memcpy(edge + r * q->nr, output_row(s, first + r) + j, (size_t)cols * sizeof(float));
    q->rows(t1 - t0, s->k, row, w, edge, q->nr, rows, cols, start, bias);
    for (int r = 0; r < rows; r++)
        memcpy(output_row(s, first + r) + j, edge + r * q->nr, (size_t)cols * sizeof(float));
}

/* A chunk of tiles against a group of panels that fits the second-level cache. */
static void walk_chunk(const struct tv_kernel *q, const struct walk *s, int64_t p0, int64_t p1, int64_t j0,
                       int64_t j1)
{
    const float *row[TAPS * TV_KERNEL_MAX_MR];
    int64_t tb = max64(1, min64(TAPS, PANEL_BYTES / (s->k * q->nr * (int64_t)sizeof(float))));
    for (int64_t t0 = 0; t0 < s->taps; t0 += tb) {
        int64_t t1 = min64(s->taps, t0 + tb);
        for (int64_t p = p0; p < p1; p += q->mr) {
            int rows = (int)min64(q->mr, p1 - p);
            tile_pointers(s, p, rows, q->mr, t0, t1, row);
            for (int64_t j = j0; j < j1; j += q->nr) tile(q, s, p, rows, t0, t1, row, j);
        }
    }
}

static void walk_run(struct walk *s)
{
    const struct tv_kernel *q = tv_kernel();
    walk_inside(s);
    int64_t positions = s->n * s->gh * s->gw,
            panel = max64(1, min64(s->taps, TAPS)) * s->k * q->nr * (int64_t)sizeof(float);
    int64_t group = max64(1, PANEL_BYTES / panel) * q->nr, chunk = CHUNK_TILES * q->mr;
#pragma omp parallel for collapse(2) schedule(dynamic) if (positions * s->k * s->taps * s->cols > 1 << 15)
    for (int64_t j = 0; j < s->cols; j += group)
        for (int64_t p = 0; p < positions; p += chunk)
            walk_chunk(q, s, p, min64(positions, p + chunk), j, min64(s->cols, j + group));
}

/* Few channels: a row of the kernel is one long tap over a zero-padded copy of the input. */
static bool long_taps(const struct tv_conv *c)
{
    return c->groups == 1 && c->dw == 1 && c->ci <= 8 && c->kw > 1;
}

static bool depthwise(const struct tv_conv *c) { return c->groups > 1 && c->ci == 1 && c->co == c->groups; }

static int64_t padded_h(const struct tv_conv *c) { return (c->ho - 1) * c->sh + (c->kh - 1) * c->dh + 1; }
static int64_t padded_w(const struct tv_conv *c) { return (c->wo - 1) * c->sw + c->kw; }

static float *padded_new(const struct tv_conv *c, const float *x)
{
    int64_t hp = padded_h(c), wp = padded_w(c), ci = c->ci;
    float *out = tv_alloc((size_t)(c->n * hp * wp * ci), sizeof *out);
    int64_t x0 = max64(0, c->pl), x1 = min64(wp, c->pl + c->w);
    if (x1 <= x0) return out;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t y = max64(0, c->pt); y < min64(hp, c->pt + c->h); y++)
            memcpy(out + ((i * hp + y) * wp + x0) * ci, x + ((i * c->h + y - c->pt) * c->w + x0 - c->pl) * ci,
                   (size_t)((x1 - x0) * ci) * sizeof *out);
    return out;
}

int64_t tv_conv_packed_size(const struct tv_conv *c)
{
    if (depthwise(c)) return c->co * c->kh * c->kw;
    return c->groups * round_up(c->co / c->groups, tv_kernel()->nr) * c->kh * c->kw * c->ci;
}

void tv_conv_pack(const struct tv_conv *c, float *packed, const float *w)
{
    int64_t taps = c->kh * c->kw, nr = tv_kernel()->nr, cg = c->co / c->groups;
    if (depthwise(c)) {
        for (int64_t t = 0; t < taps; t++)
            for (int64_t ch = 0; ch < c->co; ch++) packed[t * c->co + ch] = w[ch * taps + t];
        return;
    }
    int64_t panels = ceil_div(cg, nr);
#pragma omp parallel for schedule(static)
    for (int64_t gp = 0; gp < c->groups * panels; gp++) {
        int64_t j0 = gp % panels * nr, first = gp / panels * cg;
        float *p = packed + gp * taps * c->ci * nr;
        for (int64_t t = 0; t < taps; t++)
            for (int64_t i = 0; i < c->ci; i++)
                for (int64_t j = 0; j < nr; j++)
                    *p++ = j0 + j < cg ? w[((first + j0 + j) * c->ci + i) * taps + t] : 0;
    }
}

static void depthwise_forward(const struct tv_conv *c, float *y, const float *x, const float *packed,
                              const float *bias)
{
    const struct tv_kernel *q = tv_kernel();
    int64_t ch = c->groups, taps = c->kh * c->kw;
    float *zero = tv_alloc((size_t)ch, sizeof *zero);
#pragma omp parallel
    {
        const float **at = tv_alloc((size_t)taps, sizeof *at);
#pragma omp for collapse(2) schedule(static)
        for (int64_t i = 0; i < c->n; i++)
            for (int64_t oy = 0; oy < c->ho; oy++)
                for (int64_t ox = 0; ox < c->wo; ox++) {
                    for (int64_t t = 0; t < taps; t++) {
                        int64_t iy = oy * c->sh - c->pt + t / c->kw * c->dh,
                                ix = ox * c->sw - c->pl + t % c->kw * c->dw;
                        bool in = iy >= 0 && iy < c->h && ix >= 0 && ix < c->w;
                        at[t] = in ? x + ((i * c->h + iy) * c->w + ix) * ch : zero;
                    }
                    q->depthwise(taps, ch, at, packed, bias, y + ((i * c->ho + oy) * c->wo + ox) * ch);
                }
        free(at);
    }
    free(zero);
}

void tv_conv_forward(const struct tv_conv *c, float *y, const float *x, const float *packed,
                     const float *bias)
{
    if (depthwise(c)) {
        depthwise_forward(c, y, x, packed, bias);
        return;
    }
    bool merged = long_taps(c);
    int64_t taps = merged ? c->kh : c->kh * c->kw, cg = c->co / c->groups;
    struct tap *tap = tv_alloc((size_t)taps, sizeof *tap);
    for (int64_t t = 0; t < taps; t++) {
        if (merged)
            tap[t] = (struct tap){t * c->dh, 0};
        else
            tap[t] = (struct tap){t / c->kw * c->dh - c->pt, t % c->kw * c->dw - c->pl};
    }
    struct walk s = {.n = c->n,
                     .gh = c->ho,
                     .gw = c->wo,
                     .ys = c->sh,
                     .xs = c->sw,
                     .h = c->h,
                     .w = c->w,
                     .stride = c->groups * c->ci,
                     .k = c->ci,
                     .taps = taps,
                     .tap = tap,
                     .in = x,
                     .cols = cg,
                     .oh = c->ho,
                     .ow = c->wo,
                     .os_y = 1,
                     .os_x = 1,
                     .ostride = c->co};
    float *padded = NULL;
    if (merged) {
        s.in = padded = padded_new(c, x);
        s.h = padded_h(c), s.w = padded_w(c), s.k = c->kw * c->ci;
    }
    float *zero = tv_alloc((size_t)s.k, sizeof *zero);
    s.zero = zero;
    const float *in = s.in;
    for (int64_t g = 0; g < c->groups; g++) {
        s.in = in + g * c->ci;
        s.packed = packed + g * round_up(cg, tv_kernel()->nr) * c->kh * c->kw * c->ci;
        s.bias = bias ? bias + g * cg : NULL;
        s.out = y + g * cg;
        walk_run(&s);
    }
    free(zero);
    free(padded);
    free(tap);
}

/* ---- data-backward ---- */

/* The taps that reach positions i with (i + p) mod s == phase. */
static int64_t phase_taps(const struct tv_conv *c, int64_t py, int64_t px, int64_t *list)
{
    int64_t n = 0;
    for (int64_t t = 0; t < c->kh * c->kw; t++)
        if (t / c->kw * c->dh % c->sh == py && t % c->kw * c->dw % c->sw == px) list[n++] = t;
    return n;
}

int64_t tv_conv_packed_back_size(const struct tv_conv *c)
{
    if (depthwise(c)) return c->co * c->kh * c->kw;
    return c->groups * round_up(c->ci, tv_kernel()->nr) * c->kh * c->kw * (c->co / c->groups);
}

void tv_conv_pack_back(const struct tv_conv *c, float *packed, const float *w)
{
    if (depthwise(c)) {
        tv_conv_pack(c, packed, w);
        return;
    }
    int64_t all = c->kh * c->kw, nr = tv_kernel()->nr, cg = c->co / c->groups,
            *list = TV_ARRAY(int64_t, (size_t)all);
    float *p = packed;
    for (int64_t g = 0; g < c->groups; g++)
        for (int64_t phase = 0; phase < c->sh * c->sw; phase++) {
            int64_t taps = phase_taps(c, phase / c->sw, phase % c->sw, list);
            for (int64_t j0 = 0; j0 < c->ci; j0 += nr)
                for (int64_t t = 0; t < taps; t++)
                    for (int64_t o = 0; o < cg; o++)
                        for (int64_t j = 0; j < nr; j++)
                            *p++ = j0 + j < c->ci ? w[((g * cg + o) * c->ci + j0 + j) * all + list[t]] : 0;
        }
    free(list);
}

static void depthwise_backward(const struct tv_conv *c, float *dx, const float *dy, const float *packed)
{
    const struct tv_kernel *q = tv_kernel();
    int64_t ch = c->groups, taps = c->kh * c->kw;
    float *zero = tv_alloc((size_t)ch, sizeof *zero);
#pragma omp parallel
    {
        const float **at = tv_alloc((size_t)taps, sizeof *at);
#pragma omp for collapse(2) schedule(static)
        for (int64_t i = 0; i < c->n; i++)
            for (int64_t iy = 0; iy < c->h; iy++)
                for (int64_t ix = 0; ix < c->w; ix++) {
                    for (int64_t t = 0; t < taps; t++) {
                        int64_t y = iy + c->pt - t / c->kw * c->dh, x = ix + c->pl - t % c->kw * c->dw;
                        bool in = y >= 0 && y % c->sh == 0 && y / c->sh < c->ho && x >= 0 && x % c->sw == 0 &&
                                  x / c->sw < c->wo;
                        at[t] = in ? dy + ((i * c->ho + y / c->sh) * c->wo + x / c->sw) * ch : zero;
                    }
                    q->depthwise(taps, ch, at, packed, NULL, dx + ((i * c->h + iy) * c->w + ix) * ch);
                }
        free(at);
    }
    free(zero);
}

/* First position i >= 0 of a phase, and how many there are below `size`. */
static int64_t phase_first(int64_t phase, int64_t pad, int64_t stride)
{
    return ((phase - pad) % stride + stride) % stride;
}
static int64_t phase_count(int64_t first, int64_t size, int64_t stride)
{
    return first < size ? (size - first + stride - 1) / stride : 0;
}

void tv_conv_backward(const struct tv_conv *c, float *dx, const float *dy, const float *packed_back)
{
    if (depthwise(c)) {
        depthwise_backward(c, dx, dy, packed_back);
        return;
    }
    int64_t all = c->kh * c->kw, cg = c->co / c->groups, *list = TV_ARRAY(int64_t, (size_t)all);
    struct tap *tap = TV_ARRAY(struct tap, (size_t)all);
    float *zero = tv_alloc((size_t)cg, sizeof *zero);
    const float *packed = packed_back;
    for (int64_t g = 0; g < c->groups; g++)
        for (int64_t phase = 0; phase < c->sh * c->sw; phase++) {
            int64_t taps = phase_taps(c, phase / c->sw, phase % c->sw, list);
            int64_t y0 = phase_first(phase / c->sw, c->pt, c->sh),
                    x0 = phase_first(phase % c->sw, c->pl, c->sw);
            for (int64_t t = 0; t < taps; t++)
                tap[t] = (struct tap){(y0 + c->pt - list[t] / c->kw * c->dh) / c->sh,
                                      (x0 + c->pl - list[t] % c->kw * c->dw) / c->sw};
            struct walk s = {.n = c->n,
                             .gh = phase_count(y0, c->h, c->sh),
                             .gw = phase_count(x0, c->w, c->sw),
                             .ys = 1,
                             .xs = 1,
                             .h = c->ho,
                             .w = c->wo,
                             .stride = c->co,
                             .k = cg,
                             .taps = taps,
                             .tap = tap,
                             .in = dy + g * cg,
                             .packed = packed,
                             .cols = c->ci,
                             .out = dx + g * c->ci,
                             .oh = c->h,
                             .ow = c->w,
                             .os_y = c->sh,
                             .os_x = c->sw,
                             .oy = y0,
                             .ox = x0,
                             .ostride = c->groups * c->ci,
                             .zero = zero};
            if (taps)
                walk_run(&s);
            else
                for (int64_t p = 0; p < s.n * s.gh * s.gw; p++)
                    memset(output_row(&s, p), 0, (size_t)c->ci * sizeof *dx);
            packed += round_up(c->ci, tv_kernel()->nr) * taps * cg;
        }
    free(zero);
    free(tap);
    free(list);
}
