/* num/knn_kernels.h - the inner loops of num/knn.c, num/topk.c and num/products.c; private to them. */
#ifndef TV_NUM_KNN_KERNELS_H
#define TV_NUM_KNN_KERNELS_H
#include <stdint.h>

struct tv_knn_kernels {
    /* Appends first + j and s[j] to `index` and `value` for every j < m with s[j] > above; returns how many.
     * m is a multiple of 16, s 64-byte aligned. */
    int64_t (*filter)(const float *s, int64_t m, float above, int32_t first, int32_t *index, float *value);
    /* Leaves of value[0..n) and `index` what is above, in its order; returns how many.  value 64-byte aligned,
     * and readable up to a multiple of 16. */
    int64_t (*keep)(float *value, int32_t *index, int64_t n, float above);
    /* How many of the v[j] are above; v as `value` of keep. */
    int64_t (*above)(const float *v, int64_t n, float above);
    /* Copies the v[j] with low <= v[j] <= high; returns how many, and in *larger how many are above `high`.
     * v and `copy` [n] as `value` of keep. */
    int64_t (*between)(const float *v, int64_t n, float low, float high, float *copy, int64_t *larger);
    /* filter for the products x w[j], where x bound[k] is the largest of those of block k (num/products.h);
     * `bounds` is a multiple of 16, and beyond the last block they are NaN. */
    int64_t (*products)(const float *w, const float *bound, int64_t bounds, float x, float above,
                        int32_t first, int32_t *index, float *value);
    /* |a - b|^2 in double precision */
    double (*distance2)(const float *a, const float *b, int64_t p);
};
extern const struct tv_knn_kernels tv_knn_c, tv_knn_avx2, tv_knn_avx512;
/* Those of the set that tv_kernel() chose (num/kernel.h). */
const struct tv_knn_kernels *tv_knn_kernels(void);

#endif
