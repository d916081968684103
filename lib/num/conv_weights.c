/* num/conv_weights.c - gradients of a convolution's weights and bias.
 *
 * For one image dw is a product over its output positions: of dy's channels there with the part of x that the
 * window covers.  In x with its border of zeros a row of the window is one contiguous run of kw*ci floats, so
 * the vectors of that product lie at fixed offsets from the position's first tap:
 *
 *     x, padded   . . [k0 k1 k2] . .  \
 *                 . . [k3 k4 k5] . .   } runs, cut into vectors
 *                 . . [k6 k7 k8] . .  /      dw[o][run] += dy[position][o] . x[position + run]
 *
 * A depthwise convolution has one sum a tap and channel, with vectors over the channels:
 *
 *     dw[tap][channel] += dy[position][channel] . x[position + tap][channel]
 *
 * Images are cut into blocks whose padded copy stays in the second-level cache, blocks into chunks with sums
 * of their own, which are added in order at the end.  The cut depends on the shapes alone: any number of
 * threads gives the same bytes.
 */
#include "core/mem.h"
#include "num/conv.h"
#include "num/conv_depthwise.h"
#include "num/ints.h"
#include "num/kernel.h"
#include "num/simd.h"
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 192 << 10, /* of x and dy */
    CHUNK_POINTS = 512,      /* fewer would not be worth a sum of their own */
    CHUNKS = 16,             /* at most */
    PARTIAL_BYTES = 16 << 20,
    MIN_ROWS = 16, /* output channels of a unit, at least */
    UNITS = 8
};

struct job {
    const struct tv_conv *c; /* of a depthwise convolution: as one group */
    bool depthwise;
    const float *x, *dy;
    const struct tv_kernel *q;
    int64_t hp, wp;           /* of the padded input */
    int64_t runs, run;        /* of the window: number, floats */
    int64_t vectors, width;   /* of all runs: number, floats */
    int64_t *offset;          /* [vectors], from the first tap; depthwise: [runs] */
    int64_t sums;             /* floats of a chunk */
    int64_t images, rows;     /* of a block: images, and output rows where one image is too large */
    int64_t strips, blocks;   /* blocks of an image (or 1), of all */
    int64_t chunks, parts, m; /* chunks, parts of a group's output channels, channels of a part */
    bool direct;              /* x needs no copy */
    float *partial;           /* [chunk][co][width], depthwise: [chunk][tap][co] */
    double *bias;             /* [chunk][co] or NULL */
};

/* ---- the plan ---- */

static void plan_depthwise(struct job *j)
{
    const struct tv_conv *c = j->c;
    j->runs = c->kh;
    j->sums = c->kh * c->kw * c->co;
    j->offset = tv_alloc((size_t)j->runs, sizeof *j->offset);
    for (int64_t r = 0; r < j->runs; r++) j->offset[r] = r * c->dh * j->wp * c->ci;
    j->direct = c->pt == 0 && c->pl == 0 && j->hp <= c->h && j->wp == c->w;
}

static void plan_runs(struct job *j)
{
    const struct tv_conv *c = j->c;
    int lanes = j->q->lanes;
    bool whole = c->dw == 1; /* a window's row is one run */
    j->runs = whole ? c->kh : c->kh * c->kw;
    j->run = whole ? c->kw * c->ci : c->ci;
    int64_t each = ceil_div(j->run, lanes);
    j->vectors = j->runs * each;
    j->width = j->vectors * lanes;
    j->sums = c->co * j->width;
    j->offset = tv_alloc((size_t)j->vectors, sizeof *j->offset);
    for (int64_t v = 0; v < j->vectors; v++) {
        int64_t r = v / each, y = whole ? r : r / c->kw, x = whole ? 0 : r % c->kw;
        j->offset[v] = (y * c->dh * j->wp + x * c->dw) * c->ci + v % each * lanes;
    }
    j->direct =
        c->groups == 1 && c->pt == 0 && c->pl == 0 && j->hp <= c->h && j->wp == c->w && j->run % lanes == 0;
}

static void plan_blocks(struct job *j)
{
    const struct tv_conv *c = j->c;
    int64_t row = (c->sh * j->wp * c->ci + c->wo * c->co) * (int64_t)sizeof(float),
            rows = max64(1, BLOCK_BYTES / row);
    j->rows = min64(rows, c->ho);
    j->images = max64(1, min64(c->n, rows / c->ho));
    j->strips = ceil_div(c->ho, j->rows);
    j->blocks = ceil_div(c->n, j->images) * j->strips;
    int64_t cg = c->co / c->groups, most = PARTIAL_BYTES / (j->sums * (int64_t)sizeof(float));
    j->chunks = min64(min64(CHUNKS, c->n * c->ho * c->wo / CHUNK_POINTS), most);
    j->chunks = max64(1, min64(j->chunks, j->blocks));
    j->parts = 1, j->m = cg;
    if (j->depthwise) return;
    j->parts = max64(1, min64(ceil_div(UNITS, j->chunks * c->groups), cg / MIN_ROWS));
    j->m = round_up(ceil_div(cg, j->parts), MIN_ROWS / 2);
    j->parts = ceil_div(cg, j->m);
}

/* ---- one unit: a chunk of blocks, a part of a group's output channels ---- */

/* Input rows [y0, y1) of the padded image, channels of one group. */
static void copy_rows(const struct job *j, int64_t image, int64_t group, int64_t y0, int64_t y1, float *to)
{
    const struct tv_conv *c = j->c;
    int64_t ci = c->ci, all = c->groups * ci, x0 = min64(j->wp, max64(0, c->pl)),
            x1 = max64(x0, min64(j->wp, c->pl + c->w));
    for (int64_t y = y0; y < y1; y++, to += j->wp * ci) {
        const float *from = j->x + ((image * c->h + y - c->pt) * c->w + x0 - c->pl) * all + group * ci;
        if (y < c->pt || y >= c->pt + c->h) {
            memset(to, 0, (size_t)(j->wp * ci) * sizeof *to);
            continue;
        }
        memset(to, 0, (size_t)(x0 * ci) * sizeof *to);
        if (c->groups == 1)
            memcpy(to + x0 * ci, from, (size_t)((x1 - x0) * ci) * sizeof *to);
        else
            for (int64_t x = x0; x < x1; x++, from += all)
                for (int64_t i = 0; i < ci; i++) to[x * ci + i] = from[i];
        memset(to + x1 * ci, 0, (size_t)((j->wp - x1) * ci) * sizeof *to);
    }
}

/* sum[i] += a[p * stride + i] over `rows` rows: single precision over a few, double over all. */
TV_SIMD static void add_columns(double *sum, const float *a, int64_t rows, int64_t stride, int64_t n)
{
    enum { WIDTH = 16, FEW = 64 };
    for (int64_t i = 0; i < n; i += WIDTH)
        for (int64_t r = 0; r < rows; r += FEW) {
            int64_t end = min64(rows, r + FEW);
            float s[WIDTH] = {0};
            if (n - i >= WIDTH)
                for (int64_t p = r; p < end; p++)
                    for (int64_t k = 0; k < WIDTH; k++) s[k] += a[p * stride + i + k];
            else
                for (int64_t p = r; p < end; p++)
                    for (int64_t k = 0; k < n - i; k++) s[k] += a[p * stride + i + k];
            for (int64_t k = 0; k < min64(WIDTH, n - i); k++) sum[i + k] += s[k];
        }
}

static void block(const struct job *j, int64_t b, int64_t group, int64_t first, int m, float *room,
                  float *out, double *bias)
{
    const struct tv_conv *c = j->c;
    int64_t image = b / j->strips * j->images, images = min64(j->images, c->n - image),
            y0 = b % j->strips * j->rows, rows = min64(j->rows, c->ho - y0);
    int64_t high = j->direct ? c->h : (rows - 1) * c->sh + (c->kh - 1) * c->dh + 1, line = j->wp * c->ci;
    const float *x = room, *dy = j->dy + (image * c->ho + y0) * c->wo * c->co + first;
    struct tv_points p = {images, rows,        c->wo,        c->ho * c->wo * c->co, c->wo * c->co,
                          c->co,  high * line, c->sh * line, c->sw * c->ci};
    if (j->direct)
        x = j->x + (image * c->h + y0 * c->sh) * line;
    else
        for (int64_t i = 0; i < images; i++)
            copy_rows(j, image + i, group, y0 * c->sh, y0 * c->sh + high, room + i * high * line);
    /* vectors of channels are read far apart from each other */
    for (int64_t i = 0; j->depthwise && i < images; i++) j->q->fetch(dy + i * p.a_image, rows * p.a_row);
    if (j->depthwise)
        j->q->depthwise_gradient(&p, dy, x, (int)c->kh, (int)c->kw, j->offset, c->dw * c->ci, c->ci, out);
    else
        j->q->gradient(&p, dy, x, (int)j->vectors, j->offset, out, j->width, m);
    for (int64_t i = 0; bias && i < images; i++)
        add_columns(bias, dy + i * p.a_image, rows * c->wo, c->co, m);
}

static void unit(const struct job *j, int64_t chunk, int64_t group, int64_t part, float *room)
{
    int64_t cg = j->c->co / j->c->groups, first = group * cg + part * j->m, m = min64(j->m, cg - part * j->m),
            at = chunk * j->c->co + first;
    float *out = j->partial + chunk * j->sums + first * j->width;
    memset(out, 0, (size_t)(j->depthwise ? j->sums : m * j->width) * sizeof *out);
    for (int64_t b = chunk * j->blocks / j->chunks; b < (chunk + 1) * j->blocks / j->chunks; b++)
        block(j, b, group, first, (int)m, room, out, j->bias ? j->bias + at : NULL);
}

/* ---- the sums of the chunks, in order, as ONNX orders weights ---- */

TV_SIMD static void add_row(float *sum, const float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) sum[i] += x[i];
}

/* Output channel o. */
static void finish(const struct job *j, int64_t o, float *dw)
{
    const struct tv_conv *c = j->c;
    int64_t all = c->kh * c->kw, taps = all / j->runs, each = j->width / j->runs;
    float *sum = j->partial + o * j->width;
    for (int64_t k = 1; k < j->chunks; k++) add_row(sum, sum + k * j->sums, j->width);
    for (int64_t i = 0; i < c->ci; i++)
        for (int64_t r = 0; r < j->runs; r++)
            for (int64_t t = 0; t < taps; t++)
                dw[(o * c->ci + i) * all + r * taps + t] = sum[r * each + t * c->ci + i];
}

/* A tap of all channels. */
static void finish_depthwise(const struct job *j, int64_t tap, float *dw)
{
    int64_t co = j->c->co, all = j->c->kh * j->c->kw;
    float *sum = j->partial + tap * co;
    for (int64_t k = 1; k < j->chunks; k++) add_row(sum, sum + k * j->sums, co);
    for (int64_t o = 0; o < co; o++) dw[o * all + tap] = sum[o];
}

static void finish_bias(const struct job *j, float *db)
{
    for (int64_t o = 0; o < j->c->co; o++) {
        double s = 0;
        for (int64_t k = 0; k < j->chunks; k++) s += j->bias[k * j->c->co + o];
        db[o] = (float)s;
    }
}

void tv_conv_weights(const struct tv_conv *of, float *dw, float *db, const float *dy, const float *x)
{
    struct tv_conv whole = *of;
    const struct tv_conv *c = &whole;
    struct job j = {.c = c, .depthwise = tv_conv_is_depthwise(of), .x = x, .dy = dy, .q = tv_kernel()};
    if (j.depthwise) whole.ci = whole.co, whole.groups = 1;
    j.hp = (c->ho - 1) * c->sh + (c->kh - 1) * c->dh + 1;
    j.wp = (c->wo - 1) * c->sw + (c->kw - 1) * c->dw + 1;
    j.depthwise ? plan_depthwise(&j) : plan_runs(&j);
    plan_blocks(&j);
    size_t room = (size_t)(j.images * ((j.rows - 1) * c->sh + (c->kh - 1) * c->dh + 1) * j.wp * c->ci);
    j.partial = tv_alloc_aligned((size_t)(j.chunks * j.sums), sizeof *j.partial);
    if (db) j.bias = tv_alloc((size_t)(j.chunks * c->co), sizeof *j.bias);
#pragma omp parallel
    {
        /* vectors of the last run may read beyond it, what they find there is left out */
        float *copy = j.direct ? NULL : tv_alloc(room + (size_t)j.q->lanes, sizeof *copy);
#pragma omp for collapse(3) schedule(dynamic)
        for (int64_t chunk = 0; chunk < j.chunks; chunk++)
            for (int64_t group = 0; group < c->groups; group++)
                for (int64_t part = 0; part < j.parts; part++) unit(&j, chunk, group, part, copy);
        free(copy);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < (j.depthwise ? c->kh * c->kw : c->co); i++)
            j.depthwise ? finish_depthwise(&j, i, dw) : finish(&j, i, dw);
    }
    if (db) finish_bias(&j, db);
    free(j.partial);
    free(j.bias);
    free(j.offset);
}
