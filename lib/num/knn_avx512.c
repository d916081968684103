/* num/knn_avx512.c - num/knn_template.h for AVX-512. */
#include <immintrin.h>
#include <stdint.h>

#define LANES   16
#define KERNELS tv_knn_avx512
typedef float vec __attribute__((vector_size(64), may_alias));
typedef float half __attribute__((vector_size(32), may_alias, aligned(4)));
typedef double wide __attribute__((vector_size(64)));
typedef int32_t ints __attribute__((vector_size(64), may_alias));

static inline unsigned greater(vec a, vec b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GT_OQ); }

/* In a register and stored from there: compressing stores are slow. */
#define COMPRESSED
static inline int64_t append(vec v, unsigned bits, float *to)
{
    int64_t found = __builtin_popcount(bits);
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << found) - 1),
                          _mm512_maskz_compress_ps((__mmask16)bits, (__m512)v));
    return found;
}

static inline int64_t append_ints(ints v, unsigned bits, int32_t *to)
{
    int64_t found = __builtin_popcount(bits);
    _mm512_mask_storeu_epi32(to, (__mmask16)((1u << found) - 1),
                             _mm512_maskz_compress_epi32((__mmask16)bits, (__m512i)v));
    return found;
}

#include "num/knn_template.h"
