/* num/knn_kernels.h - the inner loops of num/knn.c and num/topk.c; private to them. */
#ifndef TV_NUM_KNN_KERNELS_H
#define TV_NUM_KNN_KERNELS_H
#include <stdint.h>

struct tv_knn_kernels {
    /* Appends first + j and s[j] to `index` and `value` for every j < m with s[j] > above; returns how many.
     * m is a multiple of 16, s 64-byte aligned. */
    int64_t (*filter)(const float *s, int64_t m, float above, int32_t first, int32_t *index, float *value);
    /* |a - b|^2 in double precision */
    double (*distance2)(const float *a, const float *b, int64_t p);
};
extern const struct tv_knn_kernels tv_knn_c, tv_knn_avx2, tv_knn_avx512;
/* Those of the set that tv_kernel() chose (num/kernel.h). */
const struct tv_knn_kernels *tv_knn_kernels(void);

#endif
