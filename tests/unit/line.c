/* Least-squares lines: exact ones, one worked by hand, points that are not there. */
#include "check.h"
#include "num/line.h"

int main(void)
{
    struct tv_line l;
    const double exact[] = {1, 5, 3, 9, 2, 7};
    tv_line_fit(&l, exact, 3, false);
    CHECK_NEAR(l.intercept, 3, 1e-14);
    CHECK_NEAR(l.slope, 2, 1e-14);
    CHECK_NEAR(l.r2, 1, 1e-14);
    CHECK_NEAR(l.deviation, 0, 1e-14);

    /* through the origin: slope (1*1 + 2*3) / (1 + 4) = 1.4; left over -0.4 and 0.2 */
    const double two[] = {1, 1, 2, 3};
    tv_line_fit(&l, two, 2, true);
    CHECK_NEAR(l.intercept, 0, 0);
    CHECK_NEAR(l.slope, 1.4, 1e-15);
    CHECK_NEAR(l.deviation, 0.4 / 2.8, 1e-15);
    CHECK_NEAR(l.r2, 1 - 0.2 / 2, 1e-15);

    const double holes[] = {1, 5, NAN, 1, 3, 9, 7, INFINITY, 2, 7};
    tv_line_fit(&l, holes, 5, false);
    CHECK_NEAR(l.slope, 2, 1e-14);

    /* far from the origin the sums must not cancel */
    const double far[] = {1e9, 1, 1e9 + 1, 2, 1e9 + 2, 3};
    tv_line_fit(&l, far, 3, false);
    CHECK_NEAR(l.slope, 1, 1e-9);

    const double same[] = {2, 1, 2, 3};
    tv_line_fit(&l, same, 2, false);
    CHECK(l.slope == 0 && l.intercept == 2);
    tv_line_fit(&l, exact, 0, false);
    CHECK(l.slope == 0 && isnan(l.r2) && isnan(l.deviation));
    const double zero[] = {0, 0, 1, 0};
    tv_line_fit(&l, zero, 2, true);
    CHECK(l.slope == 0 && isnan(l.r2) && isnan(l.deviation));
    return check_done();
}
