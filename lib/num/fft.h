/* num/fft.h - linear filtering of a plane by an even kernel of global extent, by FFTW in single precision.
 *
 *     grid[a,b] <- sum_{a',b'} G(a - a', b - b') grid[a',b']          0 <= a, a' < ny, 0 <= b, b' < nx
 *
 * The data fill a corner of a periodic my x mx plane (my >= 2 ny, mx >= 2 nx, see num/mesh.c for the rest),
 * whose other rows are never transformed: real transforms along the ny rows, then columns that go to the
 * spectrum and back while they are in the cache, then the rows back.
 *
 * Plans are FFTW_ESTIMATE: measured plans differ from run to run, and their rounding with them.  Every
 * transform runs in one thread, so the result does not depend on their number.
 */
#ifndef TV_NUM_FFT_H
#define TV_NUM_FFT_H
#include <fftw3.h>
#include <stdint.h>
#include "num/team.h"

/* The smallest multiple of 32 >= n without prime factors above 5: sizes that FFTW does fast without
 * measuring. */
int64_t tv_fft_size(int64_t n);

struct tv_fft_filter {
    int64_t ny, nx;  /* rows and columns in use, at most my / 2, mx / 2 */
    int64_t my, mx;  /* period */
    int64_t width;   /* complex numbers from row to row of `rows` */
    int64_t height;  /* complex numbers from column to column of the scratch */
    float *grid;     /* [my / 2][mx] */
    float *rows;     /* [my / 2][width] complex: the rows' spectra */
    float *spectrum; /* [width][my / 2 + 1] by column, divided by my * mx */
    float *columns;  /* scratch of the threads: BLOCK + 1 columns each */
    int threads;
    double *half; /* [mx / 2 + 1][my / 2 + 1] the kernel, its columns transformed; until it is filled */
    fftwf_plan row_forward, row_back, column_forward, column_back;
    fftw_plan even_y, even_x; /* of the kernel; planning real transforms takes many times as long */
};

/* By one thread, also for the others of the team that later apply the filter.  Allocates for a period (both
 * from tv_fft_size) and at most my / 2 rows of mx / 2 columns. */
void tv_fft_filter_init(struct tv_fft_filter *f, int64_t my, int64_t mx);
/* Transforms the kernel, in double precision, because the division by the symbols magnifies rounding at high
 * frequencies: G(a, b) is called for 0 <= a <= my / 2, 0 <= b <= mx / 2, by any thread.  `symbol_y`, `symbol_x`
 * (my / 2 + 1 and mx / 2 + 1 numbers) divide the spectrum.  Of a team, which is through when it returns. */
void tv_fft_filter_fill(struct tv_fft_filter *f, struct tv_team *team,
                        double (*kernel)(const void *context, int64_t a, int64_t b), const void *context,
                        const double *symbol_y, const double *symbol_x);
void tv_fft_filter_release(struct tv_fft_filter *f);
/* Sets ny and nx, and the grid to zero where tv_fft_filter_apply will look; of a team, as the next. */
void tv_fft_filter_clear(struct tv_fft_filter *f, int64_t ny, int64_t nx);
/* Filters the grid in place; what is outside ny x nx is undefined afterwards.  The threads wait for each
 * other before it begins and before it returns. */
void tv_fft_filter_apply(struct tv_fft_filter *f, struct tv_team *team);

#endif
