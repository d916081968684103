/* num/student.c - num/student.h: the choice among kernels and the loops over points. */
#include "num/student.h"
#include <string.h>
#include "num/gemm.h"
#include "num/simd.h"
#include "num/student_kernels.h"

static const struct tv_student_kernels *kernels(void)
{
#if defined(__x86_64__)
#if defined(__x86_64__)
    if (!strcmp(tv_kernel_name(), "avx512")) return &tv_student_avx512;
    if (!strcmp(tv_kernel_name(), "avx2")) return &tv_student_avx2;
#endif
#endif
    return &tv_student_c;
}

/* Tiles of LANES points are dealt to PARTS sums, back and forth because early tiles meet more than late ones;
 * the sums are added in order. */
enum { PARTS = 16 };

int64_t tv_student_work(int64_t n) { return (2 + 2 * PARTS) * tv_student_pad(n); }

static void repel_part(const struct tv_student_kernels *k, int64_t n, int64_t part, const float *x,
                       const float *y, float *fx, float *fy, float *z)
{
    int64_t padded = tv_student_pad(n);
    memset(fx, 0, (size_t)padded * sizeof *fx);
    memset(fy, 0, (size_t)padded * sizeof *fy);
    for (int64_t round = 0;; round++) {
        int64_t tile = round * PARTS + (round % 2 ? PARTS - 1 - part : part), i = tile * TV_STUDENT_LANES;
        if (i >= padded) return;
        float s[TV_STUDENT_LANES];
        for (int64_t a = 0; a < TV_STUDENT_LANES; a += k->targets)
            k->repel(padded, x, y, i + a, fx, fy, s + a);
        for (int64_t a = 0; a < TV_STUDENT_LANES && i + a < n; a++) z[i + a] = s[a];
    }
}

void tv_student_repel(struct tv_team *team, int64_t n, const float *u, float *z, float *work)
{
    const struct tv_student_kernels *k = kernels();
    int64_t padded = tv_student_pad(n);
    float *x = work, *y = work + padded, *parts = work + 2 * padded;
#pragma omp for schedule(static) nowait
    for (int64_t i = 0; i < padded; i++) {
        x[i] = i < n ? u[2 * i] : TV_STUDENT_FAR;
        y[i] = i < n ? u[2 * i + 1] : TV_STUDENT_FAR;
    }
    tv_team_wait(team);
#pragma omp for schedule(dynamic, 1) nowait
    for (int64_t part = 0; part < PARTS; part++)
        repel_part(k, n, part, x, y, parts + 2 * part * padded, parts + (2 * part + 1) * padded, z);
}

/* The sums of TV_STUDENT_LANES points. */
TV_SIMD static void collect_tile(const float *parts, int64_t padded, float *force)
{
    float sx[TV_STUDENT_LANES] = {0}, sy[TV_STUDENT_LANES] = {0};
    for (int64_t part = 0; part < PARTS; part++, parts += 2 * padded)
        for (int l = 0; l < TV_STUDENT_LANES; l++) {
            sx[l] += parts[l];
            sy[l] += parts[padded + l];
        }
    for (int l = 0; l < TV_STUDENT_LANES; l++) force[2 * l] = sx[l], force[2 * l + 1] = sy[l];
}

void tv_student_collect(int64_t n, const float *work, float *force)
{
    int64_t padded = tv_student_pad(n);
#pragma omp for schedule(static) nowait
    for (int64_t i = 0; i < padded; i += TV_STUDENT_LANES) {
        float tile[2 * TV_STUDENT_LANES];
        int64_t count = n - i < TV_STUDENT_LANES ? n - i : TV_STUDENT_LANES;
        collect_tile(work + 2 * padded + i, padded, tile);
        memcpy(force + 2 * i, tile, 2 * (size_t)count * sizeof *force);
    }
}

void tv_student_field(int64_t padded, const float *x, const float *y, const float *at_x, const float *at_y,
                      float *fx, float *fy, float *z)
{
    const struct tv_student_kernels *k = kernels();
    for (int64_t a = 0; a < TV_STUDENT_LANES; a += k->targets)
        k->field(padded, x, y, at_x + a, at_y + a, fx + a, fy + a, z + a);
}

void tv_student_attract(const struct tv_student_rows *p, int64_t first, int64_t end, const float *u,
                        float *force)
{
    const struct tv_student_kernels *k = kernels();
    for (int64_t i = first; i < end; i++) {
        int64_t t = p->first[i];
        k->attract(p->first[i + 1] - t, p->base + t, p->entry + t * TV_STUDENT_LANES, p->scale[i], u, i,
                   force + 2 * i);
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
