/* num/knn_template.h - the kernels of num/knn_kernels.h on vectors of LANES floats; included once per
 * instruction set.
 *
 * Before the inclusion: LANES; `vec` and `half`, vector types of LANES and LANES / 2 floats, and `wide`, one
 * of LANES / 2 doubles; `unsigned greater(vec a, vec b)`, one bit a lane; and KERNELS, the name of the
 * resulting table.
 */
#include "num/knn_kernels.h"

static int64_t filter(const float *s, int64_t m, float above, int32_t first, int32_t *index, float *value)
{
    int64_t found = 0;
    vec limit = (vec){0} + above;
    for (int64_t j = 0; j < m; j += LANES)
        for (unsigned bits = greater(*(const vec *)(s + j), limit); bits; bits &= bits - 1) {
            int64_t lane = j + __builtin_ctz(bits);
            index[found] = first + (int32_t)lane;
            value[found++] = s[lane];
        }
    return found;
}

static double distance2(const float *a, const float *b, int64_t p)
{
    enum { STEP = LANES / 2 };
    wide sum = {0};
    int64_t j = 0;
    for (; j + STEP <= p; j += STEP) {
        wide d = __builtin_convertvector(*(const half *)(a + j), wide) -
                 __builtin_convertvector(*(const half *)(b + j), wide);
        sum += d * d;
    }
    for (int l = 0; j < p; j++, l++) {
        double d = (double)a[j] - (double)b[j];
        sum[l] += d * d;
    }
    double total = 0;
    for (int l = 0; l < STEP; l++) total += sum[l];
    return total;
}

const struct tv_knn_kernels KERNELS = {filter, distance2};
