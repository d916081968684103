/* num/student_avx2.c - num/student_template.h for AVX2. */
#include <immintrin.h>
#include <stdint.h>

#define LANES   8
#define TARGETS 2
#define KERNELS tv_student_avx2
typedef float vec __attribute__((vector_size(32), may_alias));

static inline vec fma_(vec a, vec b, vec c) { return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }

static inline float sum(vec v)
{
    __m128 a = _mm_add_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)));
}

static inline const double *point(const float *u, uint32_t entry)
{
    return (const double *)u + (entry & 0xffff);
}

static inline __m256 load4(const float *u, uint32_t i, uint32_t j, uint32_t k, uint32_t l)
{
    __m128d a = _mm_loadh_pd(_mm_load_sd(point(u, i)), point(u, j));
    __m128d b = _mm_loadh_pd(_mm_load_sd(point(u, k)), point(u, l));
    return _mm256_castpd_ps(_mm256_insertf128_pd(_mm256_castpd128_pd256(a), b, 1));
}

/* A point of two floats moves as one double, in the order that the shuffles, which stay in halves, put right.
 */
static inline void gather(const float *u, const uint32_t *e, vec *x, vec *y)
{
    __m256 a = load4(u, e[0], e[1], e[4], e[5]);
    __m256 b = load4(u, e[2], e[3], e[6], e[7]);
    *x = (vec)_mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0));
    *y = (vec)_mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1));
}

#include "num/student_template.h"
