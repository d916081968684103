/* Min-max scaling: both ends, constant columns, rows that were not fitted. */
#include "check.h"
#include "analysis/scale.h"

int main(void)
{
    const double x[] = {1, 5, 0, /* */ 3, 5, -4, /* */ 2, 5, -1, /* */ 9, 6, -8};
    const bool use[] = {true, true, true, false};
    const double want[] = {-1, 0, 1, /* */ 1, 0, -1, /* */ 0, 0, 0.5, /* */ 7, 0, -3};
    double min[3], max[3], y[12];
    tv_scale_fit(min, max, x, use, 4, 3);
    CHECK(min[0] == 1 && max[0] == 3 && min[1] == 5 && max[1] == 5 && min[2] == -4 && max[2] == 0);
    tv_scale_apply(y, x, 4, 3, min, max);
    for (int i = 0; i < 12; i++) CHECK_NEAR(y[i], want[i], 1e-15);
    tv_scale_fit(min, max, x, NULL, 4, 3);
    CHECK(max[0] == 9 && max[1] == 6 && min[2] == -8);
    return check_done();
}
