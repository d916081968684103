/* num/conv.c - forward and data-backward convolution (weight-backward: conv_weights.c). */
#include "num/conv.h"
#include "core/mem.h"
#include "num/bf16.h"
#include "num/conv_depthwise.h"
#include "num/conv_walk.h"
#include "num/ints.h"
#include "num/kernel.h"
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Few channels: a row of the kernel is one long tap over a zero-padded copy of the input. */
static bool long_taps(const struct tv_conv *c)
{
    return c->groups == 1 && c->dw == 1 && c->ci <= 8 && c->kw > 1;
}

static int64_t padded_h(const struct tv_conv *c) { return (c->ho - 1) * c->sh + (c->kh - 1) * c->dh + 1; }
static int64_t padded_w(const struct tv_conv *c) { return (c->wo - 1) * c->sw + c->kw; }

/* Images x inside the zeros of `out`, [n][padded h][padded w][ci]. */
static void pad(const struct tv_conv *c, float *out, const float *x, int64_t n)
{
    int64_t hp = padded_h(c), wp = padded_w(c), ci = c->ci, x0 = max64(0, c->pl),
            x1 = max64(x0, min64(wp, c->pl + c->w));
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++)
        for (int64_t y = max64(0, c->pt); y < min64(hp, c->pt + c->h); y++)
            memcpy(out + ((i * hp + y) * wp + x0) * ci, x + ((i * c->h + y - c->pt) * c->w + x0 - c->pl) * ci,
                   (size_t)((x1 - x0) * ci) * sizeof *out);
}

int64_t tv_conv_packed_size(const struct tv_conv *c)
{
    if (tv_conv_is_depthwise(c)) return c->co * c->kh * c->kw;
    return c->groups * round_up(c->co / c->groups, tv_kernel()->nr) * c->kh * c->kw * c->ci;
}

void tv_conv_pack(const struct tv_conv *c, float *packed, const float *w)
{
    int64_t taps = c->kh * c->kw, nr = tv_kernel()->nr, cg = c->co / c->groups;
    if (tv_conv_is_depthwise(c)) {
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

/* Forward as a walk over x of `k` floats or pairs a tap, `stride` a pixel; per group: in, packed, bias, out.
 */
static struct tv_walk forward_walk(const struct tv_conv *c, const float *x, struct tv_tap *tap, int64_t k,
                                   int64_t stride)
{
    for (int64_t t = 0; t < c->kh * c->kw; t++)
        tap[t] = (struct tv_tap){t / c->kw * c->dh - c->pt, t % c->kw * c->dw - c->pl};
    return (struct tv_walk){.n = c->n,
                            .gh = c->ho,
                            .gw = c->wo,
                            .ys = c->sh,
                            .xs = c->sw,
                            .h = c->h,
                            .w = c->w,
                            .stride = stride,
                            .k = k,
                            .taps = c->kh * c->kw,
                            .tap = tap,
                            .in = x,
                            .cols = c->co / c->groups,
                            .oh = c->ho,
                            .ow = c->wo,
                            .os_y = 1,
                            .os_x = 1,
                            .ostride = c->co};
}

static void run_groups(const struct tv_conv *c, struct tv_walk *s, float *y, const float *packed,
                       const float *bias)
{
    const float *in = s->in, *slope = s->slope;
    for (int64_t g = 0; g < c->groups; g++) {
        s->in = in + g * s->k;
        s->packed = packed + g * round_up(s->cols, tv_kernel()->nr) * s->taps * s->k;
        s->bias = bias ? bias + g * s->cols : NULL;
        s->out = y + g * s->cols;
        s->slope = slope ? slope + g * s->cols : NULL;
        tv_walk_run(s);
    }
}

/* A few images at a time, so that the padded copy stays small, and in a cache. */
static void forward_padded(const struct tv_conv *c, struct tv_walk *s, float *y, const float *x,
                           const float *packed, const float *bias)
{
    enum { BYTES = 4 << 20 };
    int64_t hp = padded_h(c), wp = padded_w(c), size = hp * wp * c->ci, from = c->h * c->w * c->ci,
            to = c->ho * c->wo * c->co,
            some = min64(c->n, max64(omp_get_max_threads(), BYTES / (size * (int64_t)sizeof *x)));
    float *padded = tv_alloc((size_t)(some * size), sizeof *padded);
    s->h = hp, s->w = wp;
    for (int64_t i = 0; i < c->n; i += some) {
        s->n = min64(some, c->n - i);
        pad(c, padded, x + i * from, s->n);
        s->in = padded;
        run_groups(c, s, y + i * to, packed, bias);
    }
    free(padded);
}

void tv_conv_forward(const struct tv_conv *c, float *y, const float *x, const float *packed,
                     const float *bias)
{
    struct tv_tap *tap = tv_alloc((size_t)(c->kh * c->kw), sizeof *tap);
    struct tv_walk s = forward_walk(c, x, tap, c->ci, c->groups * c->ci);
    if (tv_conv_is_depthwise(c)) {
        s.packed = packed, s.bias = bias, s.out = y, s.cols = c->co;
        tv_walk_depthwise(&s, 1);
    } else if (long_taps(c)) {
        s.k = c->kw * c->ci, s.taps = c->kh;
        for (int64_t t = 0; t < s.taps; t++) tap[t] = (struct tv_tap){t * c->dh, 0};
        forward_padded(c, &s, y, x, packed, bias);
    } else
        run_groups(c, &s, y, packed, bias);
    free(tap);
}

/* ---- data-backward ---- */

/* The taps that reach positions i with (i + p) mod s == phase, in the order in which they lie in dy. */
static int64_t phase_taps(const struct tv_conv *c, int64_t py, int64_t px, int64_t *list)
{
    int64_t n = 0;
    for (int64_t t = c->kh * c->kw - 1; t >= 0; t--)
        if (t / c->kw * c->dh % c->sh == py && t % c->kw * c->dw % c->sw == px) list[n++] = t;
    return n;
}

int64_t tv_conv_packed_back_size(const struct tv_conv *c)
{
    if (tv_conv_is_depthwise(c)) return c->co * c->kh * c->kw;
    return c->groups * round_up(c->ci, tv_kernel()->nr) * c->kh * c->kw * (c->co / c->groups);
}

/* Each channel's weights by phase: [phase][tap][channel]. */
static void depthwise_pack_back(const struct tv_conv *c, float *packed, const float *w)
{
    int64_t all = c->kh * c->kw, *list = TV_ARRAY(int64_t, (size_t)all);
    for (int64_t phase = 0; phase < c->sh * c->sw; phase++) {
        int64_t taps = phase_taps(c, phase / c->sw, phase % c->sw, list);
        for (int64_t t = 0; t < taps; t++, packed += c->co)
            for (int64_t ch = 0; ch < c->co; ch++) packed[ch] = w[ch * all + list[t]];
    }
    free(list);
}

/* The weights of a phase's taps that lead from the outputs of a group, which begin at `first`, to a panel of
 * input channels from j0. */
static void pack_back_panel(const struct tv_conv *c, const float *w, const int64_t *tap, int64_t taps,
                            int64_t first, int64_t j0, float *p)
{
    int64_t all = c->kh * c->kw, nr = tv_kernel()->nr;
    for (int64_t t = 0; t < taps; t++)
        for (int64_t o = first; o < first + c->co / c->groups; o++)
            for (int64_t j = j0; j < j0 + nr; j++) *p++ = j < c->ci ? w[(o * c->ci + j) * all + tap[t]] : 0;
}

void tv_conv_pack_back(const struct tv_conv *c, float *packed, const float *w)
{
    if (tv_conv_is_depthwise(c)) {
        depthwise_pack_back(c, packed, w);
        return;
    }
    int64_t all = c->kh * c->kw, nr = tv_kernel()->nr, cg = c->co / c->groups, panels = ceil_div(c->ci, nr),
            *list = TV_ARRAY(int64_t, (size_t)all);
    float *p = packed;
    for (int64_t g = 0; g < c->groups; g++)
        for (int64_t phase = 0; phase < c->sh * c->sw; phase++) {
            int64_t taps = phase_taps(c, phase / c->sw, phase % c->sw, list), panel = taps * cg * nr;
#pragma omp parallel for schedule(static) if (panels * panel > 1 << 15)
            for (int64_t k = 0; k < panels; k++)
                pack_back_panel(c, w, list, taps, g * cg, k * nr, p + k * panel);
            p += panels * panel;
        }
    free(list);
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

/* Data-backward of one phase as a walk over dy of `k` floats or pairs a tap, `stride` a pixel; per group: in,
 * packed, out.  `list` has room for a number a tap. */
static struct tv_walk phase_walk(const struct tv_conv *c, int64_t phase, struct tv_tap *tap, int64_t *list,
                                 int64_t k, int64_t stride)
{
    int64_t taps = phase_taps(c, phase / c->sw, phase % c->sw, list),
            y0 = phase_first(phase / c->sw, c->pt, c->sh), x0 = phase_first(phase % c->sw, c->pl, c->sw);
    for (int64_t t = 0; t < taps; t++)
        tap[t] = (struct tv_tap){(y0 + c->pt - list[t] / c->kw * c->dh) / c->sh,
                                 (x0 + c->pl - list[t] % c->kw * c->dw) / c->sw};
    return (struct tv_walk){.n = c->n,
                            .gh = phase_count(y0, c->h, c->sh),
                            .gw = phase_count(x0, c->w, c->sw),
                            .ys = 1,
                            .xs = 1,
                            .h = c->ho,
                            .w = c->wo,
                            .stride = stride,
                            .k = k,
                            .taps = taps,
                            .tap = tap,
                            .cols = c->ci,
                            .oh = c->h,
                            .ow = c->w,
                            .os_y = c->sh,
                            .os_x = c->sw,
                            .oy = y0,
                            .ox = x0,
                            .ostride = c->groups * c->ci};
}

/* `like`: pairs, runs and ways of the walks. */
static void backward_walks(const struct tv_conv *c, float *dx, const float *dy, const float *packed,
                           const struct tv_walk *like, int64_t k, int64_t stride)
{
    int64_t all = c->kh * c->kw, *list = TV_ARRAY(int64_t, (size_t)all);
    struct tv_tap *tap = TV_ARRAY(struct tv_tap, (size_t)all);
    for (int64_t g = 0; g < c->groups; g++)
        for (int64_t phase = 0; phase < c->sh * c->sw; phase++) {
            struct tv_walk s = phase_walk(c, phase, tap, list, k, stride);
            s.pairs = like->pairs, s.runs = like->runs;
            s.first = like->first, s.ways = like->ways, s.set = like->set;
            s.in = dy + g * k, s.packed = packed, s.out = dx + g * c->ci;
            s.taps ? tv_walk_run(&s) : tv_walk_zero(&s);
            packed += round_up(c->ci, tv_kernel()->nr) * s.taps * k;
        }
    free(tap);
    free(list);
}

static void depthwise_backward(const struct tv_conv *c, float *dx, const float *dy, const float *packed)
{
    int64_t all = c->kh * c->kw, phases = c->sh * c->sw, *list = TV_ARRAY(int64_t, (size_t)all);
    struct tv_tap *tap = TV_ARRAY(struct tv_tap, (size_t)all), *next = tap;
    struct tv_walk *s = TV_ARRAY(struct tv_walk, (size_t)phases);
    for (int64_t phase = 0; phase < phases; phase++) {
        s[phase] = phase_walk(c, phase, next, list, c->co, c->co);
        s[phase].in = dy, s[phase].out = dx, s[phase].cols = c->co;
        s[phase].packed = packed + (next - tap) * c->co;
        next += s[phase].taps;
    }
    tv_walk_depthwise(s, phases);
    free(s);
    free(tap);
    free(list);
}

void tv_conv_backward(const struct tv_conv *c, float *dx, const float *dy, const float *packed_back)
{
    if (tv_conv_is_depthwise(c))
        depthwise_backward(c, dx, dy, packed_back);
    else
        backward_walks(c, dx, dy, packed_back, &(struct tv_walk){0}, c->co / c->groups, c->co);
}

/* ---- in pairs of bfloat16 ---- */

bool tv_conv_has_pairs(const struct tv_conv *c)
{
    return !tv_conv_is_depthwise(c) && (c->groups == 1 || (c->ci % 2 == 0 && c->co / c->groups % 2 == 0));
}

/* Weights of `blocks` [group][panel][tap] of k channels, in `ways` ways. */
static float *pairs_of_panels(float *packed, int64_t blocks, int64_t k, int ways)
{
    int64_t nr = tv_kernel()->nr;
    float *out = tv_alloc_aligned((size_t)(ways * blocks * tv_pairs(k) * nr), sizeof *out);
    tv_bf16_panels(out, packed, blocks, k, nr, ways);
    free(packed);
    return out;
}

float *tv_conv_pairs_new(const struct tv_conv *c, const float *w)
{
    int64_t panels = ceil_div(c->co / c->groups, tv_kernel()->nr);
    float *packed = tv_alloc_aligned((size_t)tv_conv_packed_size(c), sizeof *packed);
    tv_conv_pack(c, packed, w);
    return pairs_of_panels(packed, c->groups * panels * c->kh * c->kw, c->ci, 1);
}

void tv_conv_forward_steps(const struct tv_conv *c, int64_t steps, float *y, const float *d,
                           const float *share, const float *slope, const float *pairs)
{
    struct tv_tap *tap = tv_alloc((size_t)(c->kh * c->kw), sizeof *tap);
    struct tv_walk s = forward_walk(c, d, tap, tv_pairs(c->ci), tv_pairs(c->groups * c->ci));
    s.pairs = true;
    s.runs = steps, s.share = share, s.slope = slope;
    run_groups(c, &s, y + c->n * c->ho * c->wo * c->co, pairs, NULL);
    free(tap);
}

/* Near the logits multipliers are the same at all intervals, and so would be what rounding does to them. */
enum { BACKWARD_WAYS = 2 };

static int64_t backward_blocks(const struct tv_conv *c)
{
    return c->groups * ceil_div(c->ci, tv_kernel()->nr) * c->kh * c->kw;
}

float *tv_conv_pairs_back_new(const struct tv_conv *c, const float *w)
{
    float *packed = tv_alloc_aligned((size_t)tv_conv_packed_back_size(c), sizeof *packed);
    tv_conv_pack_back(c, packed, w);
    return pairs_of_panels(packed, backward_blocks(c), c->co / c->groups, BACKWARD_WAYS);
}

void tv_conv_backward_pairs(const struct tv_conv *c, int64_t row, int64_t images, float *dx, const float *dy,
                            const float *pairs_back, float *scratch)
{
    int64_t k = tv_pairs(c->co / c->groups), stride = tv_pairs(c->co), from = c->ho * c->wo * stride,
            to = c->h * c->w * c->groups * c->ci;
    tv_bf16_path(scratch, dy, c->n, c->ho * c->wo, c->co, row, images);
    /* The rest of the first interval, whole ones, the beginning of the last. */
    for (int64_t i = 0, n; i < c->n; i += n) {
        int64_t rest = (row + i) % images ? images - (row + i) % images : images;
        struct tv_conv some = *c;
        some.n = min64(c->n - i, rest);
        struct tv_walk s = {.pairs = true,
                            .runs = rest == images ? max64(1, (c->n - i) / images) : 1,
                            .ways = BACKWARD_WAYS,
                            .first = (row + i) / images + 1, /* up where multipliers go down */
                            .set = backward_blocks(c) * k * tv_kernel()->nr};
        backward_walks(&some, dx + i * to, scratch + i * from, pairs_back, &s, k, stride);
        n = s.runs * some.n;
    }
}
