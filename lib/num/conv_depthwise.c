/* num/conv_depthwise.c - depthwise convolution, forward and data-backward, as walks (num/conv_walk.h).
 *
 * A row of the grid falls into spans of columns that the same taps reach: one inside, the others at the
 * borders.  What a tap would find outside is zero and is left out, so nothing is copied or padded.
 */
#include "num/conv_depthwise.h"
#include "core/mem.h"
#include "num/ints.h"
#include "num/kernel.h"
#include <stdlib.h>

/* Span i of a walk covers the columns from[i] to from[i + 1]; its lowest tap is `bottom` rows down. */
struct spans {
    int64_t n, *from, bottom;
};

static bool within(int64_t i, int64_t size) { return i >= 0 && i < size; }

static struct spans spans_new(const struct tv_walk *s)
{
    struct spans p = {.from = TV_ARRAY(int64_t, (size_t)(2 * s->taps + 2))};
    for (int64_t t = 0; t < s->taps; t++) p.bottom = max64(p.bottom, s->tap[t].dy);
    for (int64_t g = 0; g < s->gw; g++) {
        bool same = g > 0;
        for (int64_t t = 0; t < s->taps && same; t++)
            same = within(g * s->xs + s->tap[t].dx, s->w) == within((g - 1) * s->xs + s->tap[t].dx, s->w);
        if (!same) p.from[p.n++] = g;
    }
    p.from[p.n] = s->gw;
    return p;
}

/* How many taps follow each other a position apart: the same number everywhere, or 1. */
static int64_t run_length(const struct tv_depthwise *d)
{
    int64_t run = 1;
    while (run < d->taps && d->x_offset[run] == d->x_offset[run - 1] + d->x_step) run++;
    for (int64_t t = 0; t < d->taps; t++)
        if (d->taps % run || d->x_offset[t] != d->x_offset[t / run * run] + t % run * d->x_step) return 1;
    return run;
}

/* Row gy of an image; `room` for two numbers a tap. */
static void walk_row(const struct tv_walk *s, const struct spans *p, int64_t image, int64_t gy, int64_t *room)
{
    struct tv_depthwise d = {.channels = s->cols,
                             .x_offset = room,
                             .w_offset = room + s->taps,
                             .x_step = s->xs * s->stride,
                             .y_step = s->os_x * s->ostride,
                             .x_pixels = s->xs,
                             .fresh = (p->bottom - s->ys + 1) * s->w * s->stride,
                             .fresh_rows = s->ys,
                             .x_row = s->w * s->stride};
    const float *in = s->in + (image * s->h + gy * s->ys) * s->w * s->stride;
    float *out = s->out + ((image * s->oh + gy * s->os_y + s->oy) * s->ow + s->ox) * s->ostride;
    for (int64_t i = 0; i < p->n; i++) {
        int64_t from = p->from[i];
        d.taps = 0;
        for (int64_t t = 0; t < s->taps; t++) {
            int64_t dy = s->tap[t].dy, dx = s->tap[t].dx;
            if (!within(gy * s->ys + dy, s->h) || !within(from * s->xs + dx, s->w)) continue;
            room[d.taps] = (dy * s->w + dx) * s->stride;
            room[s->taps + d.taps++] = t * s->cols;
        }
        d.run = run_length(&d);
        tv_kernel()->depthwise(&d, in + from * d.x_step, s->packed, s->bias, out + from * d.y_step,
                               p->from[i + 1] - from);
    }
}

void tv_walk_depthwise(const struct tv_walk *walk, int64_t walks)
{
    struct spans *p = TV_ARRAY(struct spans, (size_t)walks);
    int64_t rows = 0, taps = 0, work = 0;
    for (int64_t k = 0; k < walks; k++) {
        p[k] = spans_new(&walk[k]);
        rows = max64(rows, walk[k].gh);
        taps = max64(taps, walk[k].taps);
        work += walk[k].n * walk[k].gh * walk[k].gw * walk[k].taps * walk[k].cols;
    }
#pragma omp parallel if (work > 1 << 15)
    {
        int64_t *room = TV_ARRAY(int64_t, (size_t)(2 * taps + 1));
#pragma omp for collapse(2) schedule(static)
        for (int64_t i = 0; i < walk->n; i++)
            for (int64_t gy = 0; gy < rows; gy++)
                for (int64_t k = 0; k < walks; k++)
                    if (gy < walk[k].gh) walk_row(&walk[k], &p[k], i, gy, room);
        free(room);
    }
    for (int64_t k = 0; k < walks; k++) free(p[k].from);
    free(p);
}
