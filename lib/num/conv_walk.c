#include "num/conv_walk.h"
#include "num/conv_narrow.h"
#include "core/mem.h"
#include "num/ints.h"
#include "num/kernel.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAPS = 128,
    PANEL_BYTES = 512 << 10,
    CHUNK_TILES = 4,      /* little to wait for at the end, when one thread has the last chunk */
    LONG_CHUNK_TILES = 16 /* where weights are read again for each chunk */
};

typedef void kernel_rows(int64_t taps, int64_t k, const float *const *row, const float *w, float *c,
                         int64_t ldc, int m, int n, const float *from, int64_t ldf);
struct walk {
    struct tv_walk s;
    int mr, nr;
    kernel_rows *rows;
    void (*steps)(int64_t taps, int64_t k, const float *const *row, const float *w, float *c, int64_t ldc,
                  int m, int n, const float *from, int64_t ldf, const float *slope, float share);
    const float *zero;          /* at least k zeros */
    int64_t ylo, yhi, xlo, xhi; /* range of input positions whose taps are all inside */
    int64_t positions, before,  /* of a run; floats from a run's output to the next */
        runs;
};

static void find_inside(struct walk *w)
{
    const struct tv_walk *s = &w->s;
    int64_t ylo = 0, yhi = s->h - 1, xlo = 0, xhi = s->w - 1;
    for (int64_t t = 0; t < s->taps; t++) {
        ylo = max64(ylo, -s->tap[t].dy), yhi = min64(yhi, s->h - 1 - s->tap[t].dy);
        xlo = max64(xlo, -s->tap[t].dx), xhi = min64(xhi, s->w - 1 - s->tap[t].dx);
    }
    w->ylo = ylo, w->yhi = yhi, w->xlo = xlo, w->xhi = xhi;
}

/* Pointers of taps [t0, t1) for `rows` positions from `first`; the rest of the tile repeats the first
 * position. */
static void tile_pointers(const struct walk *w, int64_t first, int rows, int64_t t0, int64_t t1,
                          const float **row)
{
    const struct tv_walk *s = &w->s;
    int mr = w->mr;
    int64_t offset[TAPS];
    for (int64_t t = t0; t < t1; t++) offset[t - t0] = (s->tap[t].dy * s->w + s->tap[t].dx) * s->stride;
    int64_t gx = first % s->gw, gy = first / s->gw % s->gh, image = first / (s->gw * s->gh);
    for (int r = 0; r < rows; r++) {
        int64_t y = gy * s->ys, x = gx * s->xs;
        const float *base = s->in + ((image * s->h + y) * s->w + x) * s->stride;
        if (y >= w->ylo && y <= w->yhi && x >= w->xlo && x <= w->xhi) {
            for (int64_t t = 0; t < t1 - t0; t++) row[t * mr + r] = base + offset[t];
        } else {
            for (int64_t t = 0; t < t1 - t0; t++) {
                int64_t ty = y + s->tap[t0 + t].dy, tx = x + s->tap[t0 + t].dx;
                bool in = ty >= 0 && ty < s->h && tx >= 0 && tx < s->w;
                row[t * mr + r] = in ? base + offset[t] : w->zero;
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

static float *output_row(const struct tv_walk *s, int64_t position)
{
    int64_t gx = position % s->gw, gy = position / s->gw % s->gh, image = position / (s->gw * s->gh);
    return s->out + ((image * s->oh + gy * s->os_y + s->oy) * s->ow + gx * s->os_x + s->ox) * s->ostride;
}

/* One tile of a run against one panel.  Strided output rows go through a buffer. */
static void tile(const struct walk *w, int64_t run, const float *packed, int64_t first, int rows, int64_t t0,
                 int64_t t1, const float *const *row, int64_t j)
{
    const struct tv_walk *s = &w->s;
    int cols = (int)min64(w->nr, s->cols - j);
    const float *panel = packed + j * s->taps * s->k + t0 * s->k * w->nr,
                *bias = s->bias ? s->bias + j : NULL;
    if (s->os_x == 1 && s->os_y == 1) {
        float *c = output_row(s, first) + j;
        const float *from = t0 ? c : bias;
        if (!t0 && s->share)
            w->steps(t1 - t0, s->k, row, panel, c, s->ostride, rows, cols, c - w->before, s->ostride,
                     s->slope + (c - s->out) - run * w->before, s->share[run]);
        else
            w->rows(t1 - t0, s->k, row, panel, c, s->ostride, rows, cols, from, t0 ? s->ostride : 0);
        return;
    }
    float edge[TV_KERNEL_MAX_MR * TV_KERNEL_MAX_NR];
    if (t0)
        for (int r = 0; r < rows; r++)
            memcpy(edge + r * w->nr, output_row(s, first + r) + j, (size_t)cols * sizeof(float));
    w->rows(t1 - t0, s->k, row, panel, edge, w->nr, rows, cols, t0 ? edge : bias, t0 ? w->nr : 0);
    for (int r = 0; r < rows; r++)
        memcpy(output_row(s, first + r) + j, edge + r * w->nr, (size_t)cols * sizeof(float));
}

/* Taps whose weights in a panel fit the second-level cache. */
static int64_t taps_at_once(const struct walk *w)
{
    return max64(1, min64(TAPS, PANEL_BYTES / (w->s.k * w->nr * (int64_t)sizeof(float))));
}

/* A chunk of tiles, in runs [run0, run1), against a group of panels that fits the second-level cache. */
static void walk_chunk(const struct walk *w, int64_t run0, int64_t run1, int64_t p0, int64_t p1, int64_t j0,
                       int64_t j1)
{
    const struct tv_walk *s = &w->s;
    const float *row[TAPS * TV_KERNEL_MAX_MR];
    int64_t tb = taps_at_once(w);
    for (int64_t run = run0; run < run1; run++) {
        const float *packed = s->packed + (s->ways ? (s->first + run) % s->ways * s->set : 0);
        int64_t first = run * w->positions;
        for (int64_t t0 = 0; t0 < s->taps; t0 += tb) {
            int64_t t1 = min64(s->taps, t0 + tb);
            for (int64_t p = first + p0; p < first + p1; p += w->mr) {
                int rows = (int)min64(w->mr, first + p1 - p);
                tile_pointers(w, p, rows, t0, t1, row);
                for (int64_t j = j0; j < j1; j += w->nr) tile(w, run, packed, p, rows, t0, t1, row, j);
            }
        }
    }
}

void tv_walk_run(const struct tv_walk *s)
{
    if (tv_walk_is_narrow(s)) {
        tv_walk_narrow(s);
        return;
    }
    const struct tv_kernel *q = tv_kernel();
    float *zero = tv_alloc((size_t)s->k, sizeof *zero);
    struct walk w = {.s = *s,
                     .mr = q->mr,
                     .nr = q->nr,
                     .rows = s->pairs ? q->pairs : q->rows,
                     .steps = q->steps,
                     .zero = zero};
    assert(!s->share || (s->os_x == 1 && s->os_y == 1));
    find_inside(&w);
    w.positions = s->n * s->gh * s->gw;
    w.runs = max64(1, s->runs);
    w.before = s->n * s->oh * s->ow * s->ostride;
    int64_t panel = max64(1, min64(s->taps, TAPS)) * s->k * q->nr * (int64_t)sizeof(float),
            group = max64(1, PANEL_BYTES / panel) * q->nr, step = s->share ? w.runs : 1,
            chunk = (taps_at_once(&w) < s->taps ? LONG_CHUNK_TILES : CHUNK_TILES) * q->mr;
#pragma omp parallel for collapse(3)                                                                         \
    schedule(dynamic) if (w.runs * w.positions * s->k * s->taps * s->cols > 1 << 15)
    for (int64_t j = 0; j < s->cols; j += group)
        for (int64_t run = 0; run < w.runs; run += step)
            for (int64_t p = 0; p < w.positions; p += chunk)
                walk_chunk(&w, run, run + step, p, min64(w.positions, p + chunk), j,
                           min64(s->cols, j + group));
    free(zero);
}

void tv_walk_zero(const struct tv_walk *s)
{
    for (int64_t p = 0; p < max64(1, s->runs) * s->n * s->gh * s->gw; p++)
        memset(output_row(s, p), 0, (size_t)s->cols * sizeof *s->out);
}
