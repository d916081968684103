/* num/knn_avx512.c - num/knn_template.h for AVX-512. */
#include <immintrin.h>

#define LANES   16
#define KERNELS tv_knn_avx512
typedef float vec __attribute__((vector_size(64), may_alias));
typedef float half __attribute__((vector_size(32), may_alias, aligned(4)));
typedef double wide __attribute__((vector_size(64)));

static inline unsigned greater(vec a, vec b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GT_OQ); }

#include "num/knn_template.h"
