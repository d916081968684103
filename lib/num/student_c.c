/* num/student_c.c - num/student_template.h in plain C. */
#include <stdint.h>

#define LANES   4
#define TARGETS 2
#define KERNELS tv_student_c
typedef float vec __attribute__((vector_size(16), may_alias));

static inline vec fma_(vec a, vec b, vec c) { return a * b + c; }

static inline float sum(vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }

static inline void gather(const float *u, const int32_t *column, vec *x, vec *y)
{
    for (int l = 0; l < LANES; l++) {
        (*x)[l] = u[2 * column[l]];
        (*y)[l] = u[2 * column[l] + 1];
    }
}

#include "num/student_template.h"
