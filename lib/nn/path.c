#include "nn/path.h"
#include <math.h>

void tv_gauss_legendre(double *alpha, int points)
{
    for (int i = 0; i < points; i++) {
        double x = cos(M_PI * (points - i - 0.25) / (points + 0.5)), step;
        do {
            double p0 = 1, p1 = x;
            for (int k = 2; k <= points; k++) {
                double p2 = ((2 * k - 1) * x * p1 - (k - 1) * p0) / k;
                p0 = p1, p1 = p2;
            }
            if (points == 0) break;
            step = p1 / (points * (x * p1 - p0) / (x * x - 1));
            x -= step;
        } while (fabs(step) > 1e-15);
        alpha[i] = (x + 1) / 2;
    }
}

void tv_path(double *alpha, enum tv_grid grid, int n, double exponent, int ends)
{
    if (grid == TV_GRID_GAUSS_LEGENDRE)
        tv_gauss_legendre(alpha, n + 1);
    else
        for (int k = 0; k <= n; k++)
            alpha[k] = grid == TV_GRID_UNIFORM ? (double)k / n : pow((double)k / n, exponent);
    if (ends) alpha[0] = 0, alpha[n] = 1;
}
