/* num/student_kernels.h - the kernels behind num/student.h; private to it. */
#ifndef TV_NUM_STUDENT_KERNELS_H
#define TV_NUM_STUDENT_KERNELS_H
#include "num/student.h"

struct tv_student_kernels {
    int64_t targets; /* points that one call of `repel` serves */
    /* R and z of the points i..i+targets; x, y padded and aligned */
    void (*repel)(int64_t padded, const float *x, const float *y, int64_t i, float *force, float *z);
    /* A of one row of m entries (a multiple of TV_STUDENT_LANES) */
    void (*attract)(int64_t m, const int32_t *column, const float *value, const float *u, int64_t i,
                    float *force);
};
extern const struct tv_student_kernels tv_student_c, tv_student_avx2, tv_student_avx512;

#endif
