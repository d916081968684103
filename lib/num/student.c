/* num/student.c - num/student.h: the choice among kernels and the loops over points. */
#include "num/student.h"
#include <string.h>
#include "num/gemm.h"
#include "num/student_kernels.h"

static const struct tv_student_kernels *kernels(void)
{
#if defined(__x86_64__)
    if (!strcmp(tv_kernel_name(), "avx512")) return &tv_student_avx512;
    if (!strcmp(tv_kernel_name(), "avx2")) return &tv_student_avx2;
#endif
    return &tv_student_c;
}

void tv_student_repel(int64_t n, const float *u, float *force, float *z, float *work)
{
    const struct tv_student_kernels *k = kernels();
    int64_t padded = tv_student_pad(n), group = TV_STUDENT_LANES;
    float *x = work, *y = work + padded;
    for (int64_t i = 0; i < padded; i++) {
        x[i] = i < n ? u[2 * i] : TV_STUDENT_FAR;
        y[i] = i < n ? u[2 * i + 1] : TV_STUDENT_FAR;
    }
#pragma omp parallel for schedule(dynamic, 4)
    for (int64_t i0 = 0; i0 < padded; i0 += group) {
        float f[2 * TV_STUDENT_LANES], s[TV_STUDENT_LANES];
        for (int64_t a = 0; a < group; a += k->targets) k->repel(padded, x, y, i0 + a, f + 2 * a, s + a);
        size_t m = (size_t)(n - i0 < group ? n - i0 : group);
        memcpy(force + 2 * i0, f, 2 * m * sizeof *f);
        memcpy(z + i0, s, m * sizeof *s);
    }
}

void tv_student_attract(const struct tv_sparse *p, const float *u, float *force)
{
    const struct tv_student_kernels *k = kernels();
#pragma omp parallel for schedule(dynamic, 64)
    for (int64_t i = 0; i < p->n; i++) {
        int64_t s = p->start[i];
        k->attract(p->start[i + 1] - s, p->column + s, p->value + s, u, i, force + 2 * i);
    }
}

double tv_student_z(int64_t n, const float *u, double *part)
{
#pragma omp parallel for schedule(dynamic, 16)
    for (int64_t i = 0; i < n; i++) {
        double xi = u[2 * i], yi = u[2 * i + 1], s[4] = {0};
        for (int64_t j = 0; j < i; j++) {
            double dx = xi - u[2 * j], dy = yi - u[2 * j + 1];
            s[j & 3] += 1 / (1 + (dx * dx + dy * dy));
        }
        part[i] = s[0] + s[1] + (s[2] + s[3]);
    }
    double z = 0;
    for (int64_t i = 0; i < n; i++) z += part[i];
    return 2 * z;
}
