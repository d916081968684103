/* num/knn_c.c - num/knn_template.h in plain C. */
#include <stdint.h>

#define LANES   4
#define KERNELS tv_knn_c
typedef float vec __attribute__((vector_size(16), may_alias));
typedef float half __attribute__((vector_size(8), may_alias, aligned(4)));
typedef double wide __attribute__((vector_size(16)));
typedef int32_t ints __attribute__((vector_size(16), may_alias));

static inline unsigned greater(vec a, vec b)
{
    unsigned bits = 0;
    for (int l = 0; l < LANES; l++) bits |= (unsigned)(a[l] > b[l]) << l;
    return bits;
}

#include "num/knn_template.h"
