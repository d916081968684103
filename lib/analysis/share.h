/* analysis/share.h - "the top 10 %" as a number (SPEC 6.2, 6.3). */
#ifndef TV_ANALYSIS_SHARE_H
#define TV_ANALYSIS_SHARE_H
#include <math.h>
#include <stdint.h>

/* ceil(share * n), at least 1 and at most n; 0 when n is 0.  A product that is a whole number but for its
 * rounding (0.07 * 100 > 7 in binary) counts as that number. */
static inline int64_t tv_share_count(double share, int64_t n)
{
    double exact = share * (double)n, whole = nearbyint(exact);
    int64_t k = (int64_t)(fabs(exact - whole) < 1e-9 * (whole + 1) ? whole : ceil(exact));
    if (k < 1) k = 1;
    return k < n ? k : n;
}

#endif
