/* num/line.h - a straight line through points, by least squares, and how far they are from it. */
#ifndef TV_NUM_LINE_H
#define TV_NUM_LINE_H
#include <stdbool.h>
#include <stdint.h>

struct tv_line {
    double intercept, slope; /* y = intercept + slope x */
    double r2;               /* 1 - sum (y - line)^2 / sum (y - mean of y)^2; NaN when all y are equal */
    double deviation;        /* largest |y - line| / largest |line| over the points; NaN without points */
};
/* Points xy [n,2]; those that are not finite do not count.  `origin`: intercept 0.  Fewer different x than
 * the line has parameters: slope 0. */
void tv_line_fit(struct tv_line *l, const double *xy, int64_t n, bool origin);

#endif
