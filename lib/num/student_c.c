/* num/student_c.c - num/student_template.h in plain C. */
#include <stdint.h>

#define LANES   4
#define TARGETS 2
#define KERNELS tv_student_c
typedef float vec __attribute__((vector_size(16), may_alias));

static inline vec fma_(vec a, vec b, vec c) { return a * b + c; }

static inline float sum(vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }

static inline void gather(const float *u, const uint32_t *entry, vec *x, vec *y)
{
    for (int l = 0; l < LANES; l++) {
        (*x)[l] = u[2 * (entry[l] & 0xffff)];
        (*y)[l] = u[2 * (entry[l] & 0xffff) + 1];
    }
}

#include "num/student_template.h"
