/* num/knn_avx2.c - num/knn_template.h for AVX2. */
#include <immintrin.h>
#include <stdint.h>

#define LANES   8
#define KERNELS tv_knn_avx2
typedef float vec __attribute__((vector_size(32), may_alias));
typedef float half __attribute__((vector_size(16), may_alias, aligned(4)));
typedef double wide __attribute__((vector_size(32)));
typedef int32_t ints __attribute__((vector_size(32), may_alias));

static inline unsigned greater(vec a, vec b)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_GT_OQ));
}

#include "num/knn_template.h"
