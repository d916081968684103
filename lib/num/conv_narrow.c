/* num/conv_narrow.c - walks to few output channels or with few products a sum, along the rows of the grid.
 *
 * With one vector of sums a position there is a load for each multiply-add, and pointers to the rows would
 * be loaded as well; with few products, finding those pointers costs much of the time.  So a tile takes
 * neighbours of one row, in a copy of the input whose border of zeros makes all taps fall inside: then a
 * position is a step, and taps that follow each other are one run.
 */
#include "num/conv_narrow.h"
#include "core/mem.h"
#include "num/ints.h"
#include "num/kernel.h"
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 256 << 10, /* of the copy: stays in the second-level cache */
    AHEAD = 128,             /* products a sum between asking for a line and using it: memory's latency */
    MOST_AHEAD = 4,          /* tiles: what more of them ask for would push lines out */
    FEW = 512 /* products a sum: panels of weights that are small beside the second-level cache */
};

struct narrow {
    const struct tv_walk *s;
    const struct tv_kernel *q;
    struct tv_strip strip;
    int64_t top, left;    /* input position of the copy's first row and pixel */
    int64_t high, wide;   /* copy: rows below a grid row's first that its taps reach, pixels */
    int64_t pixel, line;  /* floats from one to the next */
    int64_t rows, strips; /* grid rows of a block, blocks of an image */
    bool direct;          /* all taps are inside: no copy */
};

static void find_extent(struct narrow *n)
{
    const struct tv_walk *s = n->s;
    int64_t y0 = s->tap[0].dy, y1 = y0, x0 = s->tap[0].dx, x1 = x0;
    for (int64_t t = 1; t < s->taps; t++) {
        y0 = min64(y0, s->tap[t].dy), y1 = max64(y1, s->tap[t].dy);
        x0 = min64(x0, s->tap[t].dx), x1 = max64(x1, s->tap[t].dx);
    }
    n->top = y0, n->left = x0;
    n->high = y1 - y0 + 1, n->wide = (s->gw - 1) * s->xs + x1 - x0 + 1;
    n->direct = y0 >= 0 && x0 >= 0 && (s->gh - 1) * s->ys + y1 < s->h && (s->gw - 1) * s->xs + x1 < s->w;
    n->pixel = n->direct ? s->stride : s->k;
    n->line = (n->direct ? s->w : n->wide) * n->pixel;
}

bool tv_walk_is_narrow(const struct tv_walk *s)
{
    struct narrow n = {.s = s};
    bool narrow = s->cols <= tv_kernel()->lanes || s->taps * s->k <= FEW;
    if (!narrow || s->pairs || s->runs > 1 || s->share || s->taps == 0 || s->gw < TV_KERNEL_STRIP)
        return false;
    find_extent(&n);
    return n.direct || s->k <= s->stride;
}

/* Runs of taps that follow each other. */
static void find_runs(struct narrow *n, int64_t *offset, int64_t *length)
{
    const struct tv_walk *s = n->s;
    int64_t ahead = min64(MOST_AHEAD, ceil_div(AHEAD, s->taps * s->k));
    n->strip = (struct tv_strip){0, offset, length, s->xs * n->pixel, s->os_x * s->ostride, ahead};
    for (int64_t t = 0; t < s->taps; t++) {
        int64_t at = (s->tap[t].dy - n->top) * n->line + (s->tap[t].dx - n->left) * n->pixel,
                last = n->strip.runs - 1;
        if (last >= 0 && offset[last] + length[last] == at) {
            length[last] += s->k;
            continue;
        }
        offset[last + 1] = at;
        length[last + 1] = s->k;
        n->strip.runs++;
    }
}

/* Input rows [y0, y1) of an image, with zeros where there are none. */
static void copy_rows(const struct narrow *n, int64_t image, int64_t y0, int64_t y1, float *to)
{
    const struct tv_walk *s = n->s;
    int64_t k = s->k, x0 = min64(n->wide, max64(0, -n->left)), x1 = max64(x0, min64(n->wide, s->w - n->left));
    for (int64_t y = y0; y < y1; y++, to += n->line) {
        const float *from = s->in + ((image * s->h + y) * s->w + x0 + n->left) * s->stride;
        bool inside = y >= 0 && y < s->h;
        int64_t first = inside ? x0 : n->wide, last = inside ? x1 : n->wide;
        memset(to, 0, (size_t)(first * k) * sizeof *to);
        if (k == s->stride)
            memcpy(to + first * k, from, (size_t)((last - first) * k) * sizeof *to);
        else
            for (int64_t x = first; x < last; x++, from += s->stride)
                memcpy(to + x * k, from, (size_t)k * sizeof *to);
        memset(to + last * k, 0, (size_t)((n->wide - last) * k) * sizeof *to);
    }
}

static void block(const struct narrow *n, int64_t b, float *room)
{
    const struct tv_walk *s = n->s;
    int64_t image = b / n->strips, y0 = b % n->strips * n->rows, y1 = min64(s->gh, y0 + n->rows),
            first = y0 * s->ys + n->top;
    const float *x = room;
    if (n->direct)
        x = s->in + ((image * s->h + first) * s->w + n->left) * s->stride;
    else
        copy_rows(n, image, first, first + (y1 - y0 - 1) * s->ys + n->high, room);
    for (int64_t j = 0; j < s->cols; j += n->q->nr)
        for (int64_t y = y0; y < y1; y++) {
            float *out = s->out + ((image * s->oh + y * s->os_y + s->oy) * s->ow + s->ox) * s->ostride + j;
            n->q->strip(&n->strip, x + (y - y0) * s->ys * n->line, s->packed + j * s->taps * s->k,
                        s->bias ? s->bias + j : NULL, out, (int)s->gw, (int)min64(n->q->nr, s->cols - j));
        }
}

void tv_walk_narrow(const struct tv_walk *s)
{
    struct narrow n = {.s = s, .q = tv_kernel()};
    int64_t *runs = tv_alloc((size_t)(2 * s->taps), sizeof *runs);
    find_extent(&n);
    find_runs(&n, runs, runs + s->taps);
    n.rows = min64(s->gh, max64(1, BLOCK_BYTES / (s->ys * n.line * (int64_t)sizeof(float))));
    n.strips = ceil_div(s->gh, n.rows);
    int64_t room = ((n.rows - 1) * s->ys + n.high) * n.line;
#pragma omp parallel if (s->n * s->gh * s->gw * s->k * s->taps * s->cols > 1 << 15)
    {
        float *copy = n.direct ? NULL : tv_alloc_aligned((size_t)room, sizeof *copy);
#pragma omp for schedule(dynamic)
        for (int64_t b = 0; b < s->n * n.strips; b++) block(&n, b, copy);
        free(copy);
    }
    free(runs);
}
