/* num/line.c - see line.h. */
#include "num/line.h"

#include <math.h>

static bool is_point(const double *p) { return isfinite(p[0]) && isfinite(p[1]); }

/* Mean of the points; 0, 0 without one. */
static void mean_of(double mean[2], const double *xy, int64_t n)
{
    int64_t points = 0;
    mean[0] = mean[1] = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!is_point(xy + 2 * i)) continue;
        points++;
        for (int a = 0; a < 2; a++) mean[a] += (xy[2 * i + a] - mean[a]) / (double)points;
    }
}

void tv_line_fit(struct tv_line *l, const double *xy, int64_t n, bool origin)
{
    double mean[2], centre[2] = {0, 0}, xx = 0, x_y = 0, left = 0, all = 0, most = 0, high = 0;
    mean_of(mean, xy, n);
    for (int a = 0; a < 2 && !origin; a++) centre[a] = mean[a];
    for (int64_t i = 0; i < n; i++) {
        double x = xy[2 * i] - centre[0], y = xy[2 * i + 1] - centre[1];
        if (!is_point(xy + 2 * i)) continue;
        xx += x * x;
        x_y += x * y;
    }
    l->slope = xx > 0 ? x_y / xx : 0;
    l->intercept = centre[1] - l->slope * centre[0];
    for (int64_t i = 0; i < n; i++) {
        const double *p = xy + 2 * i;
        if (!is_point(p)) continue;
        double at = l->intercept + l->slope * p[0], off = p[1] - at;
        left += off * off;
        all += (p[1] - mean[1]) * (p[1] - mean[1]);
        most = fmax(most, fabs(off));
        high = fmax(high, fabs(at));
    }
    l->r2 = all > 0 ? 1 - left / all : NAN;
    l->deviation = most == 0 && high > 0 ? 0 : most / high;
}
