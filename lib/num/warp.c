/* num/warp.c - see warp.h. */
#include "num/warp.h"
#include <math.h>
#include <string.h>

/* The four pixels around a point, and their weights. */
struct corners {
    int64_t at[4];
    float weight[4];
};

static int64_t wrap(double v, int64_t n)
{
    int64_t i = (int64_t)v % n;
    return i < 0 ? i + n : i;
}

/* The affine map from the window to the torus. */
struct map {
    double a[2][2], at[2]; /* point = a p + at */
    int64_t h, w;
};

static struct map map_of(const struct tv_torus *t, const struct tv_warp *by)
{
    double c = by->zoom * cos(by->angle), s = by->zoom * sin(by->angle);
    double my = (double)(t->size[0] - 1) / 2, mx = (double)(t->size[1] - 1) / 2;
    struct map m = {{{c, -s}, {s, c}}, {0, 0}, t->period[0], t->period[1]};
    m.at[0] = (double)(m.h - 1) / 2 + by->shift[0] - c * my + s * mx;
    m.at[1] = (double)(m.w - 1) / 2 + by->shift[1] - s * my - c * mx;
    return m;
}

static struct corners corners_of(int64_t y, int64_t x, const struct map *m)
{
    double py = m->at[0] + m->a[0][0] * (double)y + m->a[0][1] * (double)x;
    double px = m->at[1] + m->a[1][0] * (double)y + m->a[1][1] * (double)x;
    double fy = floor(py), fx = floor(px);
    int64_t y0 = wrap(fy, m->h), x0 = wrap(fx, m->w), y1 = y0 + 1 < m->h ? y0 + 1 : 0,
            x1 = x0 + 1 < m->w ? x0 + 1 : 0;
    float ty = (float)(py - fy), tx = (float)(px - fx);
    return (struct corners){{y0 * m->w + x0, y0 * m->w + x1, y1 * m->w + x0, y1 * m->w + x1},
                            {(1 - ty) * (1 - tx), (1 - ty) * tx, ty * (1 - tx), ty * tx}};
}

void tv_warp_apply(float *out, const float *in, int64_t c, const struct tv_torus *t, const struct tv_warp *by)
{
    int64_t h = t->size[0], w = t->size[1], period = t->period[0] * t->period[1];
    struct map m = map_of(t, by);
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            struct corners k = corners_of(y, x, &m);
            for (int64_t p = 0; p < c; p++) {
                const float *plane = in + p * period;
                float v = 0;
                for (int i = 0; i < 4; i++) v += k.weight[i] * plane[k.at[i]];
                out[(p * h + y) * w + x] = v;
            }
        }
}

void tv_warp_adjoint(float *din, const float *dout, int64_t c, const struct tv_torus *t,
                     const struct tv_warp *by)
{
    int64_t h = t->size[0], w = t->size[1], period = t->period[0] * t->period[1];
    struct map m = map_of(t, by);
    memset(din, 0, (size_t)(c * period) * sizeof *din);
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            struct corners k = corners_of(y, x, &m);
            for (int64_t p = 0; p < c; p++)
                for (int i = 0; i < 4; i++)
                    din[p * period + k.at[i]] += k.weight[i] * dout[(p * h + y) * w + x];
        }
}
