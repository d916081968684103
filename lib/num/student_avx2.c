/* num/student_avx2.c - num/student_template.h for AVX2. */
#include <immintrin.h>

#define LANES   8
#define TARGETS 2
#define KERNELS tv_student_avx2
typedef float vec __attribute__((vector_size(32), may_alias));

static inline vec fma_(vec a, vec b, vec c) { return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }

/* Four points of two floats are four doubles to the gather; the shuffles leave the points in the order 0 1 4
 * 5 2 3 6 7 of `column`, put right by the last permutation. */
static inline void gather(const float *u, const int *column, vec *x, vec *y)
{
    __m256 a =
        _mm256_castpd_ps(_mm256_i32gather_pd((const double *)u, _mm_load_si128((const void *)column), 8));
    __m256 b = _mm256_castpd_ps(
        _mm256_i32gather_pd((const double *)u, _mm_load_si128((const void *)(column + 4)), 8));
    __m256d xx = _mm256_castps_pd(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0)));
    __m256d yy = _mm256_castps_pd(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
    *x = (vec)_mm256_permute4x64_pd(xx, _MM_SHUFFLE(3, 1, 2, 0));
    *y = (vec)_mm256_permute4x64_pd(yy, _MM_SHUFFLE(3, 1, 2, 0));
}

#include "num/student_template.h"
