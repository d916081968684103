/* num/kernel_avx512.h - what kernel.inc leaves to instructions where AVX-512 has masks. */
#ifndef TV_NUM_KERNEL_AVX512_H
#define TV_NUM_KERNEL_AVX512_H
#include <immintrin.h>
#define LARGER(a, b) ((reg)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define ANY(mask)    (_mm512_test_epi32_mask((__m512i)(mask), (__m512i)(mask)) != 0)
#define IF_TAP(x, t, yes, no)                                                                                \
    ((reg)_mm512_mask_mov_ps((__m512)(no), _mm512_cmpeq_epi32_mask((__m512i)(x), _mm512_set1_epi32(t)),      \
                             (__m512)(yes)))
#define IF_EQUAL(x, y, t, no)                                                                                \
    ((bits)_mm512_mask_mov_epi32((__m512i)(no), _mm512_cmp_ps_mask((__m512)(x), (__m512)(y), _CMP_EQ_OQ),    \
                                 _mm512_set1_epi32(t)))
/* The first n lanes of x, all of them where n is more. */
#define STORE_FIRST(y, x, n)                                                                                 \
    _mm512_mask_storeu_ps(y, (__mmask16)((1u << ((n) < 16 ? (n) : 16)) - 1), (__m512)(x))
#endif
