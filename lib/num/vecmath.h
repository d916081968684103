/* num/vecmath.h - exponential functions that the compiler can vectorise, within a few units in the last
 * place.
 *
 * Inline and without branches: a loop that calls them in a TV_SIMD function (num/simd.h) becomes vector code,
 * with the same bits for every instruction set, position in an array and number of elements.  The polynomials
 * are least-squares fits in relative error, reweighted to minimax.
 */
#ifndef TV_NUM_VECMATH_H
#define TV_NUM_VECMATH_H
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "num/simd.h"

/* exp(x) = 2^n exp(r), |r| <= ln 2 / 2; 0 below -87, infinite above 88.72. */
TV_INLINE float tv_exp(float x)
{
    const float shift = 12582912.0f; /* 1.5 2^23: adding it rounds to an integer, in the low bits */
    float in = x < -87.0f ? -87.0f : x > 88.72f ? 88.72f : x;
    float t = in * 1.44269504f + shift, n = t - shift;
    float r = (in - n * 0.693359375f) + n * 2.12194440e-4f; /* ln 2 in two parts, the first one exact in n */
    float p = 0.0013950467f;
    p = p * r + 0.008368883f;
    p = p * r + 0.041666206f;
    p = p * r + 0.16666518f;
    p = p * r + 0.5f;
    float y = 1.0f + (r + r * r * p);
    int32_t bits, exponent;
    memcpy(&bits, &y, sizeof bits);
    memcpy(&exponent, &t, sizeof exponent);
    bits += (int32_t)((uint32_t)exponent << 23); /* the shift's own bits fall out at the top */
    memcpy(&y, &bits, sizeof y);
    y = x < -87.0f ? 0.0f : y;
    y = x > 88.72f ? INFINITY : y;
    return x != x ? x : y;
}

TV_INLINE float tv_sigmoid(float x) { return 1.0f / (1.0f + tv_exp(-x)); }

/* x + x^3 Q(x^2) near 0, else 1 - 2 / (exp(2|x|) + 1) with the sign of x */
TV_INLINE float tv_tanh(float x)
{
    float a = fabsf(x), s = x * x, q = -0.0057049887f;
    q = q * s + 0.020639088f;
    q = q * s + -0.053739715f;
    q = q * s + 0.13331442f;
    q = q * s + -0.3333328f;
    float small = x + x * s * q, large = copysignf(1.0f - 2.0f / (tv_exp(2.0f * a) + 1.0f), x);
    return a < 0.625f ? small : large;
}

/* x P(x^2) to 1; 1 - exp(-x^2) S(1/(1 + |x|/2)) to 4, where it has become 1 */
TV_INLINE float tv_erf(float x)
{
    float a = fabsf(x), b = a < 4.0f ? a : 4.0f, s = x * x, p = -0.0005631511f;
    p = p * s + 0.004917576f;
    p = p * s + -0.026711335f;
    p = p * s + 0.11280181f;
    p = p * s + -0.37612325f;
    p = p * s + 1.1283791f;
    float t = 1.0f / (1.0f + 0.5f * b), e = -0.23080164f;
    e = e * t + 0.63667995f;
    e = e * t + -0.06446052f;
    e = e * t + 0.396802f;
    e = e * t + 0.25970063f;
    e = e * t + 0.0018224799f;
    float large = copysignf(1.0f - tv_exp(-b * b) * e, x);
    return x != x ? x : a < 1.0f ? x * p : large;
}

#endif
