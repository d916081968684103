/* num/fft.c - num/fft.h. */
#include "num/fft.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"

enum {
    BLOCK = 16, /* columns copied together: two cache lines of a row */
    APART =
        8, /* more complex numbers between columns than they have: columns of 2^k numbers share cache sets */
};

int64_t tv_fft_size(int64_t n)
{
    for (n = (n + 31) / 32;; n++) {
        int64_t r = n;
        while (r % 2 == 0) r /= 2;
        while (r % 3 == 0) r /= 3;
        while (r % 5 == 0) r /= 5;
        if (r == 1) return 32 * n;
    }
}

static fftwf_complex *as_complex(float *x) { return (fftwf_complex *)x; }

static void plans_make(struct tv_fft_filter *f)
{
    int mx = (int)f->mx, my = (int)f->my;
    fftwf_complex *in = as_complex(f->columns), *out = in + BLOCK * f->height;
    f->row_forward = fftwf_plan_dft_r2c_1d(mx, f->grid, as_complex(f->rows), FFTW_ESTIMATE);
    f->row_back = fftwf_plan_dft_c2r_1d(mx, as_complex(f->rows), f->grid, FFTW_ESTIMATE);
    f->column_forward = fftwf_plan_dft_1d(my, in, out, FFTW_FORWARD, FFTW_ESTIMATE);
    f->column_back = fftwf_plan_dft_1d(my, out, in, FFTW_BACKWARD, FFTW_ESTIMATE);
    fftw_complex *even = tv_alloc_aligned((size_t)(my > mx ? my : mx), sizeof *even);
    f->even_y = fftw_plan_dft_1d(my, even, even, FFTW_FORWARD, FFTW_ESTIMATE);
    f->even_x = fftw_plan_dft_1d(mx, even, even, FFTW_FORWARD, FFTW_ESTIMATE);
    free(even);
}

static float *zeros_new(int64_t count)
{
    float *x = tv_alloc_aligned((size_t)count, sizeof *x);
    memset(x, 0, (size_t)count * sizeof *x);
    return x;
}

void tv_fft_filter_init(struct tv_fft_filter *f, int64_t my, int64_t mx)
{
    int team = omp_get_num_threads(), threads = omp_get_max_threads() > team ? omp_get_max_threads() : team;
    *f = (struct tv_fft_filter){.my = my, .mx = mx, .threads = threads};
    f->width = (mx / 2 + 1 + BLOCK - 1) / BLOCK * BLOCK;
    f->height = my + APART;
    f->grid = zeros_new(my / 2 * mx);
    f->rows = zeros_new(my / 2 * f->width * 2);
    f->spectrum = zeros_new(f->width * (my / 2 + 1));
    f->columns = zeros_new(f->threads * (BLOCK + 1) * f->height * 2);
    f->half = tv_alloc_aligned((size_t)((my / 2 + 1) * (mx / 2 + 1)), sizeof *f->half);
    plans_make(f);
}

void tv_fft_filter_release(struct tv_fft_filter *f)
{
    if (!f->grid) return;
    fftwf_destroy_plan(f->row_forward);
    fftwf_destroy_plan(f->row_back);
    fftwf_destroy_plan(f->column_forward);
    fftwf_destroy_plan(f->column_back);
    fftw_destroy_plan(f->even_y);
    fftw_destroy_plan(f->even_x);
    free(f->half);
    free(f->grid);
    free(f->rows);
    free(f->spectrum);
    free(f->columns);
    *f = (struct tv_fft_filter){0};
}

/* The spectra of two even sequences, real and imaginary part of z[0 .. n / 2], which have no imaginary parts
 * that could mix. */
static void transform_even(fftw_plan plan, double (*z)[2], int64_t n)
{
    for (int64_t k = 1; k < n / 2; k++) z[n - k][0] = z[k][0], z[n - k][1] = z[k][1];
    fftw_execute_dft(plan, z, z);
}

/* Columns b and b + 1 of the kernel, transformed; of the last one alone twice. */
static void spectrum_columns(struct tv_fft_filter *f, int64_t b,
                             double (*kernel)(const void *context, int64_t a, int64_t b), const void *context,
                             double (*z)[2])
{
    int64_t rows = f->my / 2 + 1, next = b < f->mx / 2 ? b + 1 : b;
    for (int64_t a = 0; a < rows; a++) z[a][0] = kernel(context, a, b), z[a][1] = kernel(context, a, next);
    transform_even(f->even_y, z, f->my);
    for (int64_t a = 0; a < rows; a++) f->half[b * rows + a] = z[a][0], f->half[next * rows + a] = z[a][1];
}

/* Rows a .. a + BLOCK of the half-transformed kernel, into the spectrum. */
static void spectrum_rows(struct tv_fft_filter *f, int64_t a, const double *symbol_y, const double *symbol_x,
                          double (*z)[2])
{
    int64_t rows = f->my / 2 + 1, cols = f->mx / 2 + 1, ld = f->mx + APART,
            count = rows - a < BLOCK ? rows - a : BLOCK;
    double scale = 1.0 / ((double)f->my * (double)f->mx);
    for (int64_t b = 0; b < cols; b++)
        for (int64_t i = 0; i < BLOCK; i++)
            z[i / 2 * ld + b][i % 2] = i < count ? f->half[b * rows + a + i] : 0;
    for (int64_t i = 0; i < count; i += 2) transform_even(f->even_x, z + i / 2 * ld, f->mx);
    for (int64_t b = 0; b < cols; b++)
        for (int64_t i = 0; i < count; i++)
            f->spectrum[b * rows + a + i] =
                (float)(z[i / 2 * ld + b][i % 2] * scale / (symbol_y[a + i] * symbol_x[b]));
}

void tv_fft_filter_fill(struct tv_fft_filter *f, struct tv_team *team,
                        double (*kernel)(const void *context, int64_t a, int64_t b), const void *context,
                        const double *symbol_y, const double *symbol_x)
{
    double(*z)[2] = tv_alloc_aligned((size_t)(BLOCK / 2 * (f->mx + APART) + f->my), sizeof *z);
#pragma omp for schedule(dynamic, 4) nowait
    for (int64_t b = 0; b <= f->mx / 2; b += 2) spectrum_columns(f, b, kernel, context, z);
    tv_team_wait(team);
#pragma omp for schedule(dynamic, 1) nowait
    for (int64_t a = 0; a <= f->my / 2; a += BLOCK) spectrum_rows(f, a, symbol_y, symbol_x, z);
    free(z);
    tv_team_wait(team);
#pragma omp master
    {
        free(f->half);
        f->half = NULL;
    }
}

void tv_fft_filter_clear(struct tv_fft_filter *f, int64_t ny, int64_t nx)
{
#pragma omp master
    {
        f->ny = ny;
        f->nx = nx;
    }
#pragma omp for schedule(static) nowait
    for (int64_t a = 0; a < ny; a++) memset(f->grid + a * f->mx, 0, (size_t)f->mx * sizeof(float));
}

/* One column of ny numbers: to the spectrum, times the kernel's, and back. */
static void filter_column(const struct tv_fft_filter *f, const float *spectrum, float *column, float *out)
{
    int64_t my = f->my, half = my / 2;
    memset(column + 2 * f->ny, 0, (size_t)(2 * (my - f->ny)) * sizeof *column);
    fftwf_execute_dft(f->column_forward, as_complex(column), as_complex(out));
    for (int64_t a = 0; a <= half; a++) {
        out[2 * a] *= spectrum[a];
        out[2 * a + 1] *= spectrum[a];
    }
    for (int64_t a = half + 1; a < my; a++) {
        out[2 * a] *= spectrum[my - a];
        out[2 * a + 1] *= spectrum[my - a];
    }
    fftwf_execute_dft(f->column_back, as_complex(out), as_complex(column));
}

/* BLOCK columns from column b on. */
static void filter_block(const struct tv_fft_filter *f, int64_t b, float *columns)
{
    double *c = (double *)columns, *rows = (double *)f->rows + b; /* complex numbers move as doubles */
    for (int64_t a = 0; a < f->ny; a++)
        for (int64_t i = 0; i < BLOCK; i++) c[i * f->height + a] = rows[a * f->width + i];
    for (int64_t i = 0; i < BLOCK; i++)
        filter_column(f, f->spectrum + (b + i) * (f->my / 2 + 1), columns + 2 * i * f->height,
                      columns + 2 * BLOCK * f->height);
    for (int64_t a = 0; a < f->ny; a++)
        for (int64_t i = 0; i < BLOCK; i++) rows[a * f->width + i] = c[i * f->height + a];
}

void tv_fft_filter_apply(struct tv_fft_filter *f, struct tv_team *team)
{
    float *columns = f->columns + omp_get_thread_num() * (BLOCK + 1) * f->height * 2;
    tv_team_wait(team);
#pragma omp for schedule(dynamic, 8) nowait
    for (int64_t a = 0; a < f->ny; a++)
        fftwf_execute_dft_r2c(f->row_forward, f->grid + a * f->mx, as_complex(f->rows + 2 * a * f->width));
    tv_team_wait(team);
#pragma omp for schedule(dynamic, 1) nowait
    for (int64_t b = 0; b < f->width; b += BLOCK) filter_block(f, b, columns);
    tv_team_wait(team);
#pragma omp for schedule(dynamic, 8) nowait
    for (int64_t a = 0; a < f->ny; a++)
        fftwf_execute_dft_c2r(f->row_back, as_complex(f->rows + 2 * a * f->width), f->grid + a * f->mx);
    tv_team_wait(team);
}
