/* num/student_rows.c - num/student.h: sparse rows in half the memory. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "num/student.h"

enum {
    LANES = TV_STUDENT_LANES,
    REACH = 1 << 16,    /* columns that the entries of one tile can name */
    TOP = -96,          /* values in units of the scale are below 2^TOP, a float's exponent of 31 */
    SMALLEST = 1 << 23, /* of a float's bits that is no subnormal number */
    DROPPED = 23 - 11,  /* bits of a float's fraction */
};

/* v / scale without a float's sign, three bits of its exponent and DROPPED of its fraction: rounded to
 * nearest, ties to even. */
static uint32_t value_pack(float v, float scale)
{
    uint32_t bits;
    v /= scale;
    memcpy(&bits, &v, sizeof bits);
    if (bits < SMALLEST) return 0;
    return (bits + (1 << (DROPPED - 1)) - 1 + (bits >> DROPPED & 1)) >> DROPPED;
}

/* So that the largest value of the row has an exponent of 30, which rounding may make 31. */
static float row_scale(const struct tv_sparse *p, int64_t i)
{
    float most = 0;
    int exponent;
    for (int64_t e = p->start[i]; e < p->start[i + 1]; e++) most = fmaxf(most, p->value[e]);
    frexpf(most, &exponent);
    return ldexpf(1, exponent - TOP);
}

/* The entries of row i from *e on that make the next tile, to `at`; false when none is left. */
static bool next_tile(const struct tv_sparse *p, int64_t i, int64_t *e, int64_t at[LANES], int32_t *base,
                      int *count)
{
    int32_t least = INT32_MAX, most = 0;
    for (*count = 0; *e < p->start[i + 1] && *count < LANES; ++*e) {
        int32_t c = p->column[*e], low = c < least ? c : least, high = c > most ? c : most;
        if (p->value[*e] == 0) continue;
        if (high - low >= REACH) break;
        least = low;
        most = high;
        at[(*count)++] = *e;
    }
    *base = least;
    return *count > 0;
}

static void row_pack(struct tv_student_rows *r, const struct tv_sparse *p, int64_t i)
{
    int64_t at[LANES], e = p->start[i];
    int count;
    r->scale[i] = row_scale(p, i);
    for (int64_t t = r->first[i]; t < r->first[i + 1]; t++) {
        next_tile(p, i, &e, at, &r->base[t], &count);
        for (int l = 0; l < LANES; l++)
            r->entry[t * LANES + l] = l < count ? value_pack(p->value[at[l]], r->scale[i]) << 16 |
                                                      (uint32_t)(p->column[at[l]] - r->base[t])
                                                : 0;
    }
}

void tv_student_rows_init(struct tv_student_rows *r, const struct tv_sparse *p)
{
    int64_t n = p->n;
    *r = (struct tv_student_rows){
        .n = n, .first = TV_ARRAY(int64_t, (size_t)n + 1), .scale = TV_ARRAY(float, (size_t)n)};
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        int64_t at[LANES], e = p->start[i];
        int32_t base;
        int count;
        while (next_tile(p, i, &e, at, &base, &count)) r->first[i + 1]++;
    }
    for (int64_t i = 0; i < n; i++) r->first[i + 1] += r->first[i];
    r->base = TV_ARRAY(int32_t, (size_t)r->first[n]);
    r->entry = tv_alloc_aligned((size_t)r->first[n] * LANES, sizeof *r->entry);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) row_pack(r, p, i);
}

void tv_student_rows_release(struct tv_student_rows *r)
{
    free(r->first);
    free(r->base);
    free(r->entry);
    free(r->scale);
    *r = (struct tv_student_rows){0};
}
