/* num/student_template.h - the kernels of num/student.h on vectors of LANES floats; included once per
 * instruction set.
 *
 * Before the inclusion: LANES; TARGETS, the points served together, as many as the registers hold; `vec`, a
 * vector type of GCC's; `vec fma_(vec a, vec b, vec c)` = a * b + c; `float sum(vec)`, halves added to
 * halves; `void gather(const float *u, const uint32_t *entry, vec *x, vec *y)`: the points whose numbers
 * are the lower halves of LANES entries; and KERNELS, the name of the resulting table.
 */
#include <stddef.h>
#include "num/student_kernels.h"

static inline vec splat(float a) { return (vec){0} + a; }

struct targets {
    vec x[TARGETS], y[TARGETS], sx[TARGETS], sy[TARGETS], sz[TARGETS];
};

/* The targets and LANES points from j on; when `both`, the points feel the targets too.  Step after step for
 * all targets: so a processor has the targets' chains of operations in view at once. */
static inline __attribute__((always_inline)) void meet(struct targets *t, const float *x, const float *y,
                                                       int64_t j, float *fx, float *fy, int both)
{
    vec xj = *(const vec *)(x + j), yj = *(const vec *)(y + j), back_x = splat(0), back_y = splat(0);
    vec dx[TARGETS], dy[TARGETS], q[TARGETS];
    for (int a = 0; a < TARGETS; a++) dx[a] = t->x[a] - xj;
    for (int a = 0; a < TARGETS; a++) dy[a] = t->y[a] - yj;
    for (int a = 0; a < TARGETS; a++) q[a] = fma_(dx[a], dx[a], splat(1));
    for (int a = 0; a < TARGETS; a++) q[a] = fma_(dy[a], dy[a], q[a]);
    for (int a = 0; a < TARGETS; a++) q[a] = 1 / q[a];
    for (int a = 0; a < TARGETS; a++) t->sz[a] += q[a];
    for (int a = 0; a < TARGETS; a++) q[a] *= q[a];
    for (int a = 0; a < TARGETS; a++) {
        t->sx[a] = fma_(q[a], dx[a], t->sx[a]);
        t->sy[a] = fma_(q[a], dy[a], t->sy[a]);
        back_x = fma_(q[a], dx[a], back_x);
        back_y = fma_(q[a], dy[a], back_y);
    }
    if (!both) return;
    *(vec *)(fx + j) -= back_x;
    *(vec *)(fy + j) -= back_y;
}

static void repel(int64_t padded, const float *x, const float *y, int64_t i, float *fx, float *fy, float *z)
{
    struct targets t;
    int64_t own = i - i % TV_STUDENT_LANES, next = own + TV_STUDENT_LANES;
    for (int a = 0; a < TARGETS; a++) {
        t.x[a] = splat(x[i + a]);
        t.y[a] = splat(y[i + a]);
        t.sx[a] = t.sy[a] = t.sz[a] = splat(0);
    }
    for (int64_t j = own; j < next; j += LANES) meet(&t, x, y, j, fx, fy, 0);
    for (int a = 0; a < TARGETS; a++) {
        z[a] = sum(t.sz[a]);
        t.sz[a] = splat(0);
    }
    for (int64_t j = next; j < padded; j += LANES) meet(&t, x, y, j, fx, fy, 1);
    for (int a = 0; a < TARGETS; a++) {
        fx[i + a] += sum(t.sx[a]);
        fy[i + a] += sum(t.sy[a]);
        z[a] += 2 * sum(t.sz[a]);
    }
}

static void field(int64_t padded, const float *x, const float *y, const float *at_x, const float *at_y,
                  float *fx, float *fy, float *z)
{
    struct targets t;
    for (int a = 0; a < TARGETS; a++) {
        t.x[a] = splat(at_x[a]);
        t.y[a] = splat(at_y[a]);
        t.sx[a] = t.sy[a] = t.sz[a] = splat(0);
    }
    for (int64_t j = 0; j < padded; j += LANES) meet(&t, x, y, j, NULL, NULL, 0);
    for (int a = 0; a < TARGETS; a++) {
        fx[a] = sum(t.sx[a]);
        fy[a] = sum(t.sy[a]);
        z[a] = sum(t.sz[a]);
    }
}

enum { AHEAD = 64 * TV_STUDENT_LANES }; /* entries asked for before they are read: 4 KiB */

/* Values of LANES entries, in units of 2^-96 .. 2^-126. */
static inline vec values(const uint32_t *entry)
{
    typedef uint32_t words __attribute__((vector_size(sizeof(vec)), may_alias));
    return (vec)((*(const words *)entry & 0xffff0000u) >> 4);
}

static void attract(int64_t tiles, const int32_t *base, const uint32_t *entry, float scale, const float *u,
                    int64_t i, float *force)
{
    vec xi = splat(u[2 * i]), yi = splat(u[2 * i + 1]), sx = splat(0), sy = splat(0);
    for (int64_t t = 0; t < tiles; t++) {
        const float *near = u + 2 * (int64_t)base[t];
        __builtin_prefetch(entry + AHEAD, 0, 0);
        for (int l = 0; l < TV_STUDENT_LANES; l += LANES, entry += LANES) {
            vec xj, yj;
            gather(near, entry, &xj, &yj);
            vec dx = xi - xj, dy = yi - yj;
            vec pq = values(entry) * splat(scale) / fma_(dx, dx, fma_(dy, dy, splat(1)));
            sx = fma_(pq, dx, sx);
            sy = fma_(pq, dy, sy);
        }
    }
    force[0] = sum(sx);
    force[1] = sum(sy);
}

const struct tv_student_kernels KERNELS = {TARGETS, repel, field, attract};
