/* analysis/place.c - analysis/place.h. */
#include "analysis/place.h"
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include "core/mem.h"
#include "num/student.h"

enum { LANES = TV_STUDENT_LANES }; /* points placed together */
static const double FIRST_STEP = 0.5, FASTER = 1.5, SLOWER = 0.5;
static const double SETTLED = 1e-3; /* a next step of this length is not taken */

/* The old map's coordinates apart, padded. */
struct plane {
    int64_t padded;
    float *x, *y;
};

/* One new point: the best place so far and the next to try. */
struct point {
    double at[2], best, slope[2], step, trial[2];
    bool settled;
};

static double distance2(const double *v, const float *u)
{
    return (v[0] - u[0]) * (v[0] - u[0]) + (v[1] - u[1]) * (v[1] - u[1]);
}

/* sum_j p_j|i log(1 + |v - u_j|^2) and its gradient. */
static double attraction(const struct tv_place *t, int64_t i, const double *v, double *slope)
{
    double sum = 0;
    slope[0] = slope[1] = 0;
    for (int64_t e = i * t->k; e < (i + 1) * t->k; e++) {
        const float *u = t->u + 2 * (int64_t)t->index[e];
        double d = 1 + distance2(v, u), force = 2 * t->conditional[e] / d;
        sum += t->conditional[e] * log(d);
        for (int a = 0; a < 2; a++) slope[a] += force * (v[a] - u[a]);
    }
    return sum;
}

static void point_start(const struct tv_place *t, int64_t i, struct point *p)
{
    double slope[2], least = INFINITY;
    *p = (struct point){.best = INFINITY, .step = FIRST_STEP};
    for (int64_t e = i * t->k; e < (i + 1) * t->k; e++) {
        const float *u = t->u + 2 * (int64_t)t->index[e];
        double at[2] = {u[0], u[1]}, sum = attraction(t, i, at, slope);
        if (!(sum < least)) continue;
        least = sum;
        p->trial[0] = at[0];
        p->trial[1] = at[1];
    }
}

/* J at the place tried is known: the repulsion (fx, fy, z) is that of all old points. */
static void point_step(const struct tv_place *t, int64_t i, struct point *p, float fx, float fy, float z)
{
    double slope[2], weight = (double)t->n / t->z, cost = attraction(t, i, p->trial, slope) + weight * z;
    if (cost < p->best) {
        p->best = cost;
        p->step *= FASTER;
        p->slope[0] = slope[0] - 2 * weight * fx;
        p->slope[1] = slope[1] - 2 * weight * fy;
        for (int a = 0; a < 2; a++) p->at[a] = p->trial[a];
    } else
        p->step *= SLOWER;
    for (int a = 0; a < 2; a++) p->trial[a] = p->at[a] - p->step * p->slope[a];
    p->settled = p->step * hypot(p->slope[0], p->slope[1]) < SETTLED;
}

/* The points from i0 on, at most LANES. */
static void place_group(const struct tv_place *t, const struct plane *plane, int64_t i0, float *v)
{
    struct point p[LANES];
    float x[LANES] = {0}, y[LANES] = {0}, fx[LANES], fy[LANES], z[LANES];
    int64_t count = t->m - i0 < LANES ? t->m - i0 : LANES;
    for (int64_t l = 0; l < count; l++) point_start(t, i0 + l, &p[l]);
    int64_t moving = count;
    for (int step = 0; step < TV_PLACE_STEPS && moving > 0; step++) {
        for (int64_t l = 0; l < count; l++) {
            x[l] = (float)p[l].trial[0];
            y[l] = (float)p[l].trial[1];
        }
        tv_student_field(plane->padded, plane->x, plane->y, x, y, fx, fy, z);
        moving = 0;
        for (int64_t l = 0; l < count; l++) {
            if (!p[l].settled) point_step(t, i0 + l, &p[l], fx[l], fy[l], z[l]);
            moving += !p[l].settled;
        }
    }
    for (int64_t l = 0; l < count; l++)
        for (int a = 0; a < 2; a++) v[2 * (i0 + l) + a] = (float)p[l].at[a];
}

static struct plane plane_new(const struct tv_place *t)
{
    struct plane plane = {.padded = tv_student_pad(t->n)};
    plane.x = tv_alloc_aligned((size_t)plane.padded, sizeof *plane.x);
    plane.y = tv_alloc_aligned((size_t)plane.padded, sizeof *plane.y);
    for (int64_t j = 0; j < plane.padded; j++) {
        plane.x[j] = j < t->n ? t->u[2 * j] : TV_STUDENT_FAR;
        plane.y[j] = j < t->n ? t->u[2 * j + 1] : TV_STUDENT_FAR;
    }
    return plane;
}

void tv_place(const struct tv_place *t, float *v, void (*progress)(int64_t done))
{
    struct plane plane = plane_new(t);
    atomic_int_fast64_t done = 0;
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < t->m; i += LANES) {
        place_group(t, &plane, i, v);
        int64_t points = atomic_fetch_add(&done, LANES) + LANES;
        if (progress && omp_get_thread_num() == 0) progress(points < t->m ? points : t->m);
    }
    free(plane.x);
    free(plane.y);
}
