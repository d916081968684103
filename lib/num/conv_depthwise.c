/* num/conv_depthwise.c - depthwise convolution, forward and data-backward, as walks (num/conv_walk.h).
 *
 * A row of the grid is one call of the kernel.  Rows that a tap would find outside are left out here, columns
 * by the kernel: nothing is copied or padded.
 */
#include "num/conv_depthwise.h"
#include "core/mem.h"
#include "num/ints.h"
#include "num/kernel.h"
#include <stdlib.h>

bool tv_conv_is_depthwise(const struct tv_conv *c)
{
    return c->groups > 1 && c->ci == 1 && c->co == c->groups;
}

enum {
    AHEAD = 64, /* channels of tiles between asking for a line and using it: memory's latency */
    STRIP = 8   /* rows of a call, where positions leave no gaps */
};

/* What the rows of a walk share. */
struct plan {
    const struct tv_walk *s;
    int64_t top, bottom; /* rows of the first and the last tap, from a row's first */
    int64_t *numbers, *column;
    int32_t *mask;
    struct tv_depthwise row; /* one that all taps reach */
};

static bool within(int64_t i, int64_t size) { return i >= 0 && i < size; }

/* Do the taps come in runs of `run`, a position apart? */
static bool has_runs(const struct tv_depthwise *d, int64_t run)
{
    if (d->taps % run) return false;
    for (int64_t t = 0; t < d->taps; t += run)
        for (int64_t k = 1; k < run; k++)
            if (d->x_offset[t + k] != d->x_offset[t] + k * d->x_step) return false;
    return true;
}

/* The taps of a row, those from grid row gy that are inside; all of them where gy < 0.  `numbers` has room for
 * three a tap. */
static void find_taps(const struct plan *p, struct tv_depthwise *d, int64_t gy, int64_t *numbers)
{
    const struct tv_walk *s = p->s;
    int64_t *x_offset = numbers, *w_offset = numbers + s->taps, *table = w_offset + s->taps,
            each = s->gw + TV_DEPTHWISE_RUN;
    d->x_offset = x_offset, d->w_offset = w_offset, d->table = table, d->taps = 0;
    for (int64_t t = 0; t < s->taps; t++) {
        int64_t dy = s->tap[t].dy;
        if (gy >= 0 && !within(gy * s->ys + dy, s->h)) continue;
        x_offset[d->taps] = (dy * s->w + s->tap[t].dx) * s->stride;
        w_offset[d->taps] = t * s->cols;
        table[d->taps++] = t * each;
    }
    d->run = has_runs(d, 5) ? 5 : has_runs(d, 3) ? 3 : 1;
    d->inside = 0, d->inside_end = each;
    for (int64_t t = 0; t < d->taps; t += d->run) {
        const int32_t *mask = p->mask + table[t];
        while (d->inside < d->inside_end && !mask[d->inside]) d->inside++;
        while (d->inside < d->inside_end && !mask[d->inside_end - 1]) d->inside_end--;
    }
}

static struct plan plan_new(const struct tv_walk *s)
{
    int64_t each = s->gw + TV_DEPTHWISE_RUN;
    struct plan p = {.s = s,
                     .numbers = TV_ARRAY(int64_t, (size_t)(3 * s->taps + 1)),
                     .column = TV_ARRAY(int64_t, (size_t)(s->taps * each + 1)),
                     .mask = TV_ARRAY(int32_t, (size_t)(s->taps * each + 1))};
    for (int64_t t = 0; t < s->taps; t++) {
        int64_t dx = s->tap[t].dx, first = dx < 0 ? ceil_div(-dx, s->xs) : 0,
                last = dx < s->w ? (s->w - dx - 1) / s->xs : -1;
        p.top = min64(p.top, s->tap[t].dy);
        p.bottom = max64(p.bottom, s->tap[t].dy);
        for (int64_t q = 0; q < each; q++) {
            p.mask[t * each + q] = q >= first && q <= last ? -1 : 0;
            /* elsewhere the nearest one that is inside, or the row's first pixel */
            p.column[t * each + q] = (first > last ? -dx : max64(first, min64(last, q)) * s->xs) * s->stride;
        }
    }
    p.row = (struct tv_depthwise){.column = p.column,
                                  .mask = p.mask,
                                  .x_step = s->xs * s->stride,
                                  .y_step = s->os_x * s->ostride,
                                  .fresh = (p.bottom - s->ys + 1) * s->w * s->stride,
                                  .fresh_rows = s->ys,
                                  .x_row = s->w * s->stride,
                                  .ahead = s->xs == 1 ? max64(1, AHEAD / s->cols) : 0,
                                  .channels = s->cols,
                                  .x_down = s->ys * s->w * s->stride,
                                  .y_down = s->os_y * s->ow * s->ostride};
    find_taps(&p, &p.row, -1, p.numbers);
    return p;
}

static void plan_free(struct plan *p) { free(p->numbers), free(p->column), free(p->mask); }

/* Rows [y0, y1) of an image: those that all taps reach together.  `numbers` has room for three a tap. */
static void walk_strip(const struct plan *p, int64_t image, int64_t y0, int64_t y1, int64_t *numbers)
{
    const struct tv_walk *s = p->s;
    for (int64_t y = y0, rows; y < y1; y += rows) {
        struct tv_depthwise d = p->row;
        for (rows = 0; y + rows < y1; rows++)
            if (!within((y + rows) * s->ys + p->top, s->h) || !within((y + rows) * s->ys + p->bottom, s->h))
                break;
        if (rows == 0) find_taps(p, &d, y, numbers), rows = 1;
        tv_kernel()->depthwise(&d, s->in + (image * s->h + y * s->ys) * s->w * s->stride, s->packed, s->bias,
                               s->out + ((image * s->oh + y * s->os_y + s->oy) * s->ow + s->ox) * s->ostride,
                               rows, s->gw);
    }
}

/* Loads in the order of memory what row y is the first to read, where it reads in steps of several pixels:
 * processors do not foresee those, and wait for each. */
static void fetch_row(const struct plan *p, int64_t image, int64_t y)
{
    const struct tv_walk *s = p->s;
    int64_t last = min64(s->h, y * s->ys + p->bottom + 1), row = s->w * s->stride,
            first = max64(0, y ? (y - 1) * s->ys + p->bottom + 1 : 0);
    tv_kernel()->fetch(s->in + (image * s->h + first) * row, (last - first) * row);
}

void tv_walk_depthwise(const struct tv_walk *walk, int64_t walks)
{
    struct plan *p = TV_ARRAY(struct plan, (size_t)walks);
    int64_t rows = 0, taps = 0, work = 0;
    for (int64_t k = 0; k < walks; k++) {
        p[k] = plan_new(&walk[k]);
        rows = max64(rows, walk[k].gh);
        taps = max64(taps, walk[k].taps);
        work += walk[k].n * walk[k].gh * walk[k].gw * walk[k].taps * walk[k].cols;
    }
    bool gaps = walks == 1 && walk->xs > 1;
    int64_t strip = gaps || walks > 1 ? 1 : STRIP;
#pragma omp parallel if (work > 1 << 15)
    {
        int64_t *numbers = TV_ARRAY(int64_t, (size_t)(3 * taps + 1));
#pragma omp for collapse(2) schedule(static)
        for (int64_t i = 0; i < walk->n; i++)
            for (int64_t y = 0; y < rows; y += strip) {
                if (gaps) fetch_row(p, i, y);
                for (int64_t k = 0; k < walks; k++)
                    walk_strip(&p[k], i, y, min64(walk[k].gh, y + strip), numbers);
            }
        free(numbers);
    }
    for (int64_t k = 0; k < walks; k++) plan_free(&p[k]);
    free(p);
}
