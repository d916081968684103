/* num/student_avx512.c - num/student_template.h for AVX-512. */
#include <immintrin.h>

#define LANES   16
#define TARGETS 4
#define KERNELS tv_student_avx512
typedef float vec __attribute__((vector_size(64), may_alias));

static inline vec fma_(vec a, vec b, vec c) { return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }

/* Eight points of two floats are eight doubles to the gather. */
static inline void gather(const float *u, const int *column, vec *x, vec *y)
{
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    __m512 a = _mm512_castpd_ps(_mm512_i32gather_pd(_mm256_load_si256((const void *)column), u, 8));
    __m512 b = _mm512_castpd_ps(_mm512_i32gather_pd(_mm256_load_si256((const void *)(column + 8)), u, 8));
    *x = (vec)_mm512_permutex2var_ps(a, even, b);
    *y = (vec)_mm512_permutex2var_ps(a, odd, b);
}

#include "num/student_template.h"
