/* num/student_template.h - the kernels of num/student.h on vectors of LANES floats; included once per
 * instruction set.
 *
 * Before the inclusion: LANES; TARGETS, the points served together, as many as the registers hold; `vec`, a
 * vector type of GCC's; `vec fma_(vec a, vec b, vec c)` = a * b + c; `void gather(const float *u, const
 * int32_t *column, vec *x, vec *y)`: the points of LANES columns; and KERNELS, the name of the resulting
 * table.
 */
#include "num/student_kernels.h"

static inline vec splat(float a) { return (vec){0} + a; }

/* Halves are added to halves: log2(LANES) roundings. */
static inline float sum(vec v)
{
    float a[LANES];
    for (int i = 0; i < LANES; i++) a[i] = v[i];
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) a[i] += a[i + half];
    return a[0];
}

static void repel(int64_t padded, const float *x, const float *y, int64_t i, float *force, float *z)
{
    vec xi[TARGETS], yi[TARGETS], sx[TARGETS], sy[TARGETS], sz[TARGETS];
    for (int a = 0; a < TARGETS; a++) {
        xi[a] = splat(x[i + a]);
        yi[a] = splat(y[i + a]);
        sx[a] = sy[a] = sz[a] = splat(0);
    }
    for (int64_t j = 0; j < padded; j += LANES) {
        vec xj = *(const vec *)(x + j), yj = *(const vec *)(y + j);
        for (int a = 0; a < TARGETS; a++) {
            vec dx = xi[a] - xj, dy = yi[a] - yj;
            vec q = 1 / fma_(dx, dx, fma_(dy, dy, splat(1)));
            sz[a] += q;
            q *= q;
            sx[a] = fma_(q, dx, sx[a]);
            sy[a] = fma_(q, dy, sy[a]);
        }
    }
    for (int a = 0; a < TARGETS; a++) {
        force[2 * a] = sum(sx[a]);
        force[2 * a + 1] = sum(sy[a]);
        z[a] = sum(sz[a]);
    }
}

static void attract(int64_t m, const int32_t *column, const float *value, const float *u, int64_t i,
                    float *force)
{
    vec xi = splat(u[2 * i]), yi = splat(u[2 * i + 1]), sx = splat(0), sy = splat(0);
    for (int64_t e = 0; e < m; e += LANES) {
        vec xj, yj;
        gather(u, column + e, &xj, &yj);
        vec dx = xi - xj, dy = yi - yj;
        vec pq = *(const vec *)(value + e) / fma_(dx, dx, fma_(dy, dy, splat(1)));
        sx = fma_(pq, dx, sx);
        sy = fma_(pq, dy, sy);
    }
    force[0] = sum(sx);
    force[1] = sum(sy);
}

const struct tv_student_kernels KERNELS = {TARGETS, repel, attract};
