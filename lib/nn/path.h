/* nn/path.h - where the integration path x(alpha) = b + alpha (x - b) is sampled (SPEC.md 6.1). */
#ifndef TV_NN_PATH_H
#define TV_NN_PATH_H

enum tv_grid {
    TV_GRID_POWER,          /* alpha_k = (k/n)^p, both ends included */
    TV_GRID_UNIFORM,        /* alpha_k = k/n */
    TV_GRID_GAUSS_LEGENDRE, /* the n+1 Gauss-Legendre nodes on [0,1]: no ends */
};

/* The n+1 points of a grid of n steps, ascending.  `ends`: the first and last point are moved to 0 and 1, so
 * that the differences along the path add up (secant rule). */
void tv_path(double *alpha, enum tv_grid grid, int n, double exponent, int ends);
/* The `points` Gauss-Legendre nodes on [0,1], ascending, by Newton's method on the Legendre polynomial. */
void tv_gauss_legendre(double *alpha, int points);

#endif
