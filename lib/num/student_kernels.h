/* num/student_kernels.h - the kernels behind num/student.h; private to it. */
#ifndef TV_NUM_STUDENT_KERNELS_H
#define TV_NUM_STUDENT_KERNELS_H
#include "num/student.h"

struct tv_student_kernels {
    int64_t targets; /* points that one call of `repel` serves */
    /* The points i..i+targets, which begin no tile of TV_STUDENT_LANES points without being in it, with their
     * tile and all points after it: adds what they feel of these, and these of them, to fx, fy; z[0..targets)
     * receives the q of their tile once and of the later points twice.  Arrays of `padded` numbers, aligned.
     */
    void (*repel)(int64_t padded, const float *x, const float *y, int64_t i, float *fx, float *fy, float *z);
    /* What `targets` places at_x, at_y anywhere feel of all points: R to fx, fy, the sum of q to z */
    void (*field)(int64_t padded, const float *x, const float *y, const float *at_x, const float *at_y,
                  float *fx, float *fy, float *z);
    /* A of row i: as many tiles of struct tv_student_rows, their bases and entries */
    void (*attract)(int64_t tiles, const int32_t *base, const uint32_t *entry, float scale, const float *u,
                    int64_t i, float *force);
};
extern const struct tv_student_kernels tv_student_c, tv_student_avx2, tv_student_avx512;

#endif
