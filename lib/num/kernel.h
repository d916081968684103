/* num/kernel.h - the inner kernels, one set per instruction set (kernel.inc compiled three times), chosen at
 * run time.
 *
 * Two products summing in increasing order of k, starting from what was there before, so that cutting the
 * sum into pieces does not change a bit:
 *
 *   rows   c[r][j] = from[r][j] + sum_t sum_k row[t][r][k] . w[t][k][j]   r < mr, j < nr
 *          through row pointers: no im2col
 *   outer  c[i][j] += sum_p a[p][a0+i] . b[p][j]              i < m, j < nr
 *          for gradients of weights
 *
 * and the largest product over positions, for links (SPEC.md 6.3).
 */
#ifndef TV_NUM_KERNEL_H
#define TV_NUM_KERNEL_H
#include <stdbool.h>
#include <stdint.h>

enum {
    TV_KERNEL_MAX_MR = 14,
    TV_KERNEL_MAX_NR = 32,
    TV_KERNEL_POINTS = 128, /* most that `outer` takes at once */
    TV_KERNEL_STRIP = 8,    /* fewest positions of a strip */
    TV_DEPTHWISE_RUN = 5    /* longest run of taps */
};

/* A grid of points: strides of two arrays along its images, rows and columns, in floats. */
struct tv_points {
    int64_t images, rows, cols;
    int64_t a_image, a_row, a_col;
    int64_t b_image, b_row, b_col;
};

/* Positions that lie x_step and y_step floats apart, and the runs of x that are summed at each. */
struct tv_strip {
    int64_t runs;
    const int64_t *offset, *length;
    int64_t x_step, y_step;
    int64_t ahead; /* tiles of positions from the one computed to the one whose lines are asked for */
};

/* Rows of positions of a depthwise convolution; offsets and steps in floats.
 *
 * Input q of a tap is what it finds at position q of a row, or would beyond it: q < m + TV_DEPTHWISE_RUN.  It
 * lies column[table[tap] + q] from that of position 0 where mask[...] is -1; outside of x's row mask is 0, and
 * column that of another input. */
struct tv_depthwise {
    int64_t taps, channels;
    int64_t run;                        /* taps come in runs of this many that lie x_step apart */
    const int64_t *x_offset, *w_offset; /* of the taps */
    const int64_t *table, *column;
    const int32_t *mask;
    int64_t inside, inside_end;       /* the inputs of runs that are all inside of x's row */
    int64_t x_step, y_step;           /* from one position to the next */
    int64_t x_down, y_down;           /* from one row to the next */
    int64_t fresh, fresh_rows, x_row; /* rows that no position above has read: where, how many, size */
    int64_t ahead; /* tiles from the one computed to the one whose lines are asked for; 0: none are */
};

/* A window whose largest elements went from y0, among x0, to y1, among x1; the same pointers ask for the
 * gradient.  dx[offset[t] + c] += the share of m[c] that tap t has. */
struct tv_window_max {
    int64_t taps;
    const int64_t *offset;
    const float *x0, *x1, *y0, *y1, *m;
    float *dx;
    bool relu;    /* x counts as max(x, 0) */
    bool apart;   /* windows lie apart: dx is written, not added to */
    int32_t *tap; /* per channel: becomes the winner at x1 */
    bool known;   /* it holds the winner at x0 */
};

struct tv_kernel {
    const char *name;
    int mr, nr; /* tile: rows, columns (floats of a packed panel) */
    /* `row` holds `taps` groups of mr pointers to k floats each; `w` is [taps][k][nr]; only rows < m and
     * columns < n of c are written (m <= mr, n <= nr).  The sums start from from[r * ldf + j]: c itself, a
     * bias (ldf 0), another tile; from zero when `from` is NULL. */
    void (*rows)(int64_t taps, int64_t k, const float *const *row, const float *w, float *c, int64_t ldc,
                 int m, int n, const float *from, int64_t ldf);
    /* The same in bfloat16 (num/bf16.h): k counts pairs, each in the place of one float; w is [taps][k][nr]
     * pairs; products and sums in f32. */
    void (*pairs)(int64_t taps, int64_t k, const float *const *row, const float *w, float *c, int64_t ldc,
                  int m, int n, const float *from, int64_t ldf);
    /* The same with sums that start from from[] + share slope[], both with rows ldf apart. */
    void (*steps)(int64_t taps, int64_t k, const float *const *row, const float *w, float *c, int64_t ldc,
                  int m, int n, const float *from, int64_t ldf, const float *slope, float share);
    /* a[p] + a0 and b[p] point to m (any number) and n <= nr floats; reads no more. */
    void (*outer)(int64_t points, const float *const *a, int a0, const float *const *b, float *c, int64_t ldc,
                  int m, int n);
    int lanes; /* floats of a vector */
    /* c[i][v*lanes + l] += sum over the points of a[i] . b[offset[v] + l], i < m, v < vectors; sums start at
     * zero.  a and b are those of the first point. */
    void (*gradient)(const struct tv_points *p, const float *a, const float *b, int vectors,
                     const int64_t *offset, float *c, int64_t ldc, int m);
    /* y[r][j] = bias[j] + sum_t sum_{i < length[t]} x[r][offset[t] + i] . w[t][i][j] for m >= TV_KERNEL_STRIP
     * positions and n <= nr columns, in the order and to the bit of `rows`; w is a panel of nr columns. */
    void (*strip)(const struct tv_strip *s, const float *x, const float *w, const float *bias, float *y,
                  int m, int n);
    /* best[j] = max(best[j], max_{p < points} sum_t x[t * ldx + p] . w[t][j]) for the nr columns of one
     * panel; points is a multiple of mr. */
    void (*maximum)(int64_t taps, const float *x, int64_t ldx, int64_t points, const float *w, float *best);
    /* y[r][c] = bias[c] (0 when NULL) + sum_t x[r][x_offset[t] + c] . w[w_offset[t] + c] for `rows` rows of m
     * positions, over the taps that are inside of x's row. */
    void (*depthwise)(const struct tv_depthwise *d, const float *x, const float *w, const float *bias,
                      float *y, int64_t rows, int64_t m);
    /* Loads n floats, but for the last few, in the order of memory, so that a cache holds them. */
    void (*fetch)(const float *x, int64_t n);
    /* c[r * run + k][j] += sum over the points of a[j] . b[offset[r] + k * step + j] for r < runs, k < run and
     * j < channels; a and b are those of the first point, c has rows of `channels`. */
    void (*depthwise_gradient)(const struct tv_points *p, const float *a, const float *b, int runs, int run,
                               const int64_t *offset, int64_t step, int64_t channels, float *c);
    /* y[c] = max_t x[offset[t] + c] for the channels of a window of at least one tap; a multiple of `lanes`.
     * `relu`: of max(x, 0). */
    void (*window_max)(int64_t taps, const int64_t *offset, int64_t channels, bool relu, const float *x,
                       float *y);
    /* The secant of that maximum (nn/op.h) for so many channels, a multiple of `lanes`. */
    void (*window_max_secant)(const struct tv_window_max *w, int64_t channels);
};

extern const struct tv_kernel tv_kernel_c, tv_kernel_avx2, tv_kernel_avx512, tv_kernel_avx512bf16;
/* The best set for this processor; TV_KERNEL=c|avx2|avx512|avx512bf16 in the environment asks for a lesser
 * one. */
const struct tv_kernel *tv_kernel(void);

#endif
