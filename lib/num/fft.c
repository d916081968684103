/* num/fft.c - num/fft.h. */
#include "num/fft.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"

enum { BLOCK = 16 }; /* complex columns transformed together: two cache lines of a row */

int64_t tv_fft_size(int64_t n)
{
    for (n += n & 1;; n += 2) {
        int64_t r = n;
        while (r % 2 == 0) r /= 2;
        while (r % 3 == 0) r /= 3;
        while (r % 5 == 0) r /= 5;
        if (r == 1) return n;
    }
}

/* The transform of an even kernel is a cosine transform of one quadrant; in double precision, because the
 * division by the symbols magnifies rounding at high frequencies. */
static void spectrum_fill(struct tv_fft_filter *f, double (*kernel)(const void *, int64_t, int64_t),
                          const void *context, const double *symbol_y, const double *symbol_x)
{
    int64_t rows = f->my / 2 + 1, cols = f->mx / 2 + 1, width = f->stride / 2;
    double *g = tv_alloc_aligned((size_t)(rows * cols), sizeof *g),
           scale = 1.0 / ((double)f->my * (double)f->mx);
    fftw_plan p = fftw_plan_r2r_2d((int)rows, (int)cols, g, g, FFTW_REDFT00, FFTW_REDFT00, FFTW_ESTIMATE);
#pragma omp parallel for
    for (int64_t a = 0; a < rows; a++)
        for (int64_t b = 0; b < cols; b++) g[a * cols + b] = kernel(context, a, b);
    fftw_execute(p);
    fftw_destroy_plan(p);
    memset(f->spectrum, 0, (size_t)(rows * width) * sizeof *f->spectrum);
    for (int64_t a = 0; a < rows; a++)
        for (int64_t b = 0; b < cols; b++)
            f->spectrum[a * width + b] = (float)(g[a * cols + b] * scale / (symbol_y[a] * symbol_x[b]));
    free(g);
}

static void plans_make(struct tv_fft_filter *f)
{
    int mx = (int)f->mx, my = (int)f->my;
    fftwf_complex *c = (fftwf_complex *)f->columns;
    f->row_forward = fftwf_plan_dft_r2c_1d(mx, f->grid, (fftwf_complex *)f->grid, FFTW_ESTIMATE);
    f->row_back = fftwf_plan_dft_c2r_1d(mx, (fftwf_complex *)f->grid, f->grid, FFTW_ESTIMATE);
    f->column_forward =
        fftwf_plan_many_dft(1, &my, BLOCK, c, NULL, BLOCK, 1, c, NULL, BLOCK, 1, FFTW_FORWARD, FFTW_ESTIMATE);
    f->column_back = fftwf_plan_many_dft(1, &my, BLOCK, c, NULL, BLOCK, 1, c, NULL, BLOCK, 1, FFTW_BACKWARD,
                                         FFTW_ESTIMATE);
}

void tv_fft_filter_init(struct tv_fft_filter *f, int64_t my, int64_t mx,
                        double (*kernel)(const void *context, int64_t a, int64_t b), const void *context,
                        const double *symbol_y, const double *symbol_x)
{
    int64_t width = (mx / 2 + 1 + BLOCK - 1) / BLOCK * BLOCK;
    *f = (struct tv_fft_filter){.my = my, .mx = mx, .stride = 2 * width, .threads = omp_get_max_threads()};
    f->grid = tv_alloc_aligned((size_t)(my / 2 * f->stride), sizeof(float));
    f->spectrum = tv_alloc_aligned((size_t)((my / 2 + 1) * width), sizeof(float));
    f->columns = tv_alloc_aligned((size_t)(f->threads * my * BLOCK * 2), sizeof(float));
    plans_make(f);
    spectrum_fill(f, kernel, context, symbol_y, symbol_x);
    memset(f->grid, 0, (size_t)(my / 2 * f->stride) * sizeof(float));
}

void tv_fft_filter_release(struct tv_fft_filter *f)
{
    if (!f->grid) return;
    fftwf_destroy_plan(f->row_forward);
    fftwf_destroy_plan(f->row_back);
    fftwf_destroy_plan(f->column_forward);
    fftwf_destroy_plan(f->column_back);
    free(f->grid);
    free(f->spectrum);
    free(f->columns);
    *f = (struct tv_fft_filter){0};
}

void tv_fft_filter_clear(struct tv_fft_filter *f, int64_t ny, int64_t nx)
{
    f->ny = ny;
    f->nx = nx;
#pragma omp parallel for
    for (int64_t a = 0; a < ny; a++) memset(f->grid + a * f->stride, 0, (size_t)f->stride * sizeof(float));
}

/* BLOCK columns from column b on: to the spectrum, times the kernel's, and back. */
static void filter_columns(const struct tv_fft_filter *f, int64_t b, float *c)
{
    int64_t width = f->stride / 2, used = 2 * BLOCK;
    for (int64_t a = 0; a < f->ny; a++)
        memcpy(c + a * used, f->grid + a * f->stride + 2 * b, (size_t)used * sizeof *c);
    memset(c + f->ny * used, 0, (size_t)((f->my - f->ny) * used) * sizeof *c);
    fftwf_execute_dft(f->column_forward, (fftwf_complex *)c, (fftwf_complex *)c);
    for (int64_t a = 0; a < f->my; a++) {
        const float *s = f->spectrum + (a <= f->my / 2 ? a : f->my - a) * width + b;
        for (int64_t i = 0; i < BLOCK; i++) {
            c[a * used + 2 * i] *= s[i];
            c[a * used + 2 * i + 1] *= s[i];
        }
    }
    fftwf_execute_dft(f->column_back, (fftwf_complex *)c, (fftwf_complex *)c);
    for (int64_t a = 0; a < f->ny; a++)
        memcpy(f->grid + a * f->stride + 2 * b, c + a * used, (size_t)used * sizeof *c);
}

void tv_fft_filter_apply(struct tv_fft_filter *f)
{
#pragma omp parallel num_threads(f->threads)
    {
        float *c = f->columns + omp_get_thread_num() * f->my * BLOCK * 2;
#pragma omp for schedule(dynamic, 8)
        for (int64_t a = 0; a < f->ny; a++) {
            float *row = f->grid + a * f->stride;
            fftwf_execute_dft_r2c(f->row_forward, row, (fftwf_complex *)row);
        }
#pragma omp for schedule(dynamic, 1)
        for (int64_t b = 0; b < f->stride / 2; b += BLOCK) filter_columns(f, b, c);
#pragma omp for schedule(dynamic, 8)
        for (int64_t a = 0; a < f->ny; a++) {
            float *row = f->grid + a * f->stride;
            fftwf_execute_dft_c2r(f->row_back, (fftwf_complex *)row, row);
        }
    }
}
