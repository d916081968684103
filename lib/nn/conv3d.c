/* nn/conv3d.c - for each tap k of the kernel: y[o] += w x[o stride + shift], over the o for which that lies
 * inside. */
#include "nn/conv3d.h"
#include <string.h>

static int64_t volume(const int64_t d[3]) { return d[0] * d[1] * d[2]; }

/* The taps' range of output positions along dimension i: first and one past the last o with 0 <= o s + shift
 * < in. */
struct range {
    int64_t from, to, shift;
};

static struct range tap_range(const struct tv_conv3d *c, int i, int64_t k)
{
    int64_t shift = k * c->dilation[i] - c->begin[i], s = c->stride[i];
    int64_t from = shift >= 0 ? 0 : (-shift + s - 1) / s, last = c->in[i] - 1 - shift;
    int64_t to = last < 0 ? 0 : last / s + 1;
    return (struct range){from, to < c->out[i] ? to : c->out[i], shift};
}

/* What a tap does with one output row and the input row under it. */
enum what { FORWARD, BACKWARD, WEIGHT };

static double row(enum what what, float *y, float *x, int64_t n, int64_t step, float w)
{
    double s = 0;
    for (int64_t o = 0; o < n; o++) {
        if (what == FORWARD)
            y[o] += w * x[o * step];
        else if (what == BACKWARD)
            x[o * step] += w * y[o];
        else
            s += (double)y[o] * x[o * step];
    }
    return s;
}

/* One tap of one channel pair over a whole volume. */
static double tap(const struct tv_conv3d *c, enum what what, float *y, float *x, const int64_t k[3], float w)
{
    struct range d = tap_range(c, 0, k[0]), h = tap_range(c, 1, k[1]), v = tap_range(c, 2, k[2]);
    double s = 0;
    if (v.from >= v.to) return 0;
    for (int64_t i = d.from; i < d.to; i++) {
        for (int64_t j = h.from; j < h.to; j++) {
            float *yr = y + (i * c->out[1] + j) * c->out[2] + v.from;
            float *xr = x +
                        ((i * c->stride[0] + d.shift) * c->in[1] + j * c->stride[1] + h.shift) * c->in[2] +
                        v.from * c->stride[2] + v.shift;
            s += row(what, yr, xr, v.to - v.from, c->stride[2], w);
        }
    }
    return s;
}

/* All taps of one channel pair; `w` [kernel]. */
static void taps(const struct tv_conv3d *c, enum what what, float *y, float *x, const float *w)
{
    int64_t k[3], at = 0;
    for (k[0] = 0; k[0] < c->kernel[0]; k[0]++)
        for (k[1] = 0; k[1] < c->kernel[1]; k[1]++)
            for (k[2] = 0; k[2] < c->kernel[2]; k[2]++, at++) tap(c, what, y, x, k, w[at]);
}

void tv_conv3d_forward(const struct tv_conv3d *c, float *y, const float *x, const float *w, const float *bias)
{
    int64_t vi = volume(c->in), vo = volume(c->out), vk = volume(c->kernel), per = c->co / c->groups;
#pragma omp parallel for schedule(static)
    for (int64_t item = 0; item < c->n * c->co; item++) {
        int64_t i = item / c->co, co = item % c->co, first = co / per * c->ci;
        float *out = y + item * vo;
        for (int64_t p = 0; p < vo; p++) out[p] = bias ? bias[co] : 0;
        for (int64_t ci = 0; ci < c->ci; ci++)
            taps(c, FORWARD, out, (float *)x + (i * c->ci * c->groups + first + ci) * vi,
                 w + (co * c->ci + ci) * vk);
    }
}

void tv_conv3d_backward(const struct tv_conv3d *c, float *dx, const float *dy, const float *w)
{
    int64_t vi = volume(c->in), vo = volume(c->out), vk = volume(c->kernel), per = c->co / c->groups;
    int64_t channels = c->ci * c->groups;
#pragma omp parallel for schedule(static)
    for (int64_t item = 0; item < c->n * channels; item++) {
        int64_t i = item / channels, ci = item % channels % c->ci, group = item % channels / c->ci;
        float *in = dx + item * vi;
        memset(in, 0, (size_t)vi * sizeof *in);
        for (int64_t co = group * per; co < (group + 1) * per; co++)
            taps(c, BACKWARD, (float *)dy + (i * c->co + co) * vo, in, w + (co * c->ci + ci) * vk);
    }
}

static void weight_pair(const struct tv_conv3d *c, float *dw, const float *dy, const float *x, int64_t co,
                        int64_t ci)
{
    int64_t vi = volume(c->in), vo = volume(c->out), vk = volume(c->kernel);
    int64_t channel = co / (c->co / c->groups) * c->ci + ci, k[3];
    for (int64_t at = 0; at < vk; at++) { /* tap by tap: a double each, images in order */
        double s = 0;
        k[0] = at / (c->kernel[1] * c->kernel[2]), k[1] = at / c->kernel[2] % c->kernel[1],
        k[2] = at % c->kernel[2];
        for (int64_t i = 0; i < c->n; i++)
            s += tap(c, WEIGHT, (float *)dy + (i * c->co + co) * vo,
                     (float *)x + (i * c->ci * c->groups + channel) * vi, k, 0);
        dw[at] = (float)s;
    }
}

void tv_conv3d_weights(const struct tv_conv3d *c, float *dw, float *db, const float *dy, const float *x)
{
    int64_t vo = volume(c->out), vk = volume(c->kernel);
#pragma omp parallel for schedule(static) if (dw)
    for (int64_t item = 0; item < (dw ? c->co * c->ci : 0); item++)
        weight_pair(c, dw + item * vk, dy, x, item / c->ci, item % c->ci);
#pragma omp parallel for schedule(static) if (db)
    for (int64_t co = 0; co < (db ? c->co : 0); co++) {
        double s = 0;
        for (int64_t i = 0; i < c->n; i++)
            for (int64_t p = 0; p < vo; p++) s += dy[(i * c->co + co) * vo + p];
        db[co] = (float)s;
    }
}
