#include "num/products.h"
#include "core/mem.h"
#include "num/knn_kernels.h"
#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 32768, MARGIN = 4 }; /* standard deviations of a rank in the sample */

static void row_init(struct tv_products *p, int64_t row, float *w)
{
    float *high = p->high + row * p->ld, *low = p->low + row * p->ld;
    bool wrong = false;
    for (int64_t b = p->columns; b < p->blocks * TV_PRODUCTS_BLOCK; b++) w[b] = NAN;
    for (int64_t k = 0; k < p->ld; k++) {
        high[k] = low[k] = NAN;
        for (int64_t b = k * TV_PRODUCTS_BLOCK; b < p->columns && b < (k + 1) * TV_PRODUCTS_BLOCK; b++) {
            high[k] = high[k] >= w[b] ? high[k] : w[b];
            low[k] = low[k] <= w[b] ? low[k] : w[b];
            p->largest[row] = fmaxf(p->largest[row], fabsf(w[b]));
            wrong |= isnan(w[b]);
        }
    }
    if (wrong) p->largest[row] = NAN;
}

/* Every so many weights; an odd number, so that they come from all places in a row. */
static void draw_sample(struct tv_products *p)
{
    int64_t ld = p->blocks * TV_PRODUCTS_BLOCK, all = p->rows * p->columns, step = all / SAMPLES | 1;
    p->samples = (all + step - 1) / step;
    p->sample = TV_ARRAY(float, p->samples);
    p->sample_row = TV_ARRAY(int32_t, p->samples);
    for (int64_t i = 0; i < p->samples; i++) {
        int64_t row = i * step / p->columns;
        p->sample[i] = p->w[row * ld + i * step % p->columns];
        p->sample_row[i] = (int32_t)row;
    }
}

void tv_products_init(struct tv_products *p, int64_t rows, int64_t columns, float *w)
{
    int64_t blocks = tv_products_blocks(columns);
    *p = (struct tv_products){.rows = rows, .columns = columns, .blocks = blocks, .w = w};
    p->ld = (blocks + TV_TOPK_PIECE - 1) / TV_TOPK_PIECE * TV_TOPK_PIECE;
    p->high = tv_alloc_aligned((size_t)(rows * p->ld), sizeof *p->high);
    p->low = tv_alloc_aligned((size_t)(rows * p->ld), sizeof *p->low);
    p->largest = TV_ARRAY(float, rows);
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++) row_init(p, r, w + r * blocks * TV_PRODUCTS_BLOCK);
    draw_sample(p);
}

void tv_products_release(struct tv_products *p)
{
    free(p->high);
    free(p->low);
    free(p->largest);
    free(p->sample);
    free(p->sample_row);
    *p = (struct tv_products){0};
}

/* What times x gives the largest product of each block of a row. */
static const float *bounds(const struct tv_products *p, int64_t row, float x)
{
    return (x < 0 ? p->low : p->high) + row * p->ld;
}

float tv_products_guess(const struct tv_products *p, const float *x, int64_t k)
{
    double rank = (double)k / ((double)p->rows * (double)p->columns) * (double)p->samples;
    int64_t place = (int64_t)(rank + MARGIN * sqrt(rank)) + 1, n = 0;
    float *product = tv_alloc_aligned((size_t)p->samples + 1, sizeof *product);
    for (int64_t i = 0; i < p->samples; i++) {
        product[n] = x[p->sample_row[i]] * p->sample[i];
        n += !isnan(product[n]);
    }
    float guess = place <= n ? nextafterf(tv_topk_kth(product, n, place), -INFINITY) : -INFINITY;
    free(product);
    return guess;
}

bool tv_products_add(const struct tv_products *p, struct tv_topk *t, int64_t row, float x, int64_t first)
{
    int64_t columns = p->blocks * TV_PRODUCTS_BLOCK;
    if (!(fabsf(x) * p->largest[row] < INFINITY)) return false;
    if (!t->k) return true;
    tv_topk_room(t, columns);
    t->n += tv_knn_kernels()->products(p->w + row * columns, bounds(p, row, x), p->ld, x, t->above,
                                       (int32_t)first, t->index + t->n, t->value + t->n);
    return true;
}
