/* nn/unary_template.h - loops of one elementwise function; included once per function by ops_unary.c.
 *
 * Before the inclusion: FN(name); F(x), the function; DF(x), its derivative; NEAR(a, b), true where the
 * interval is so short that the derivative at its middle is better than the quotient of differences, which
 * loses digits (it must be true for a == b).  `p` holds the parameters.  None of them may branch: the loops
 * become vector code.  CHEAP, defined, says that computing the function again takes less time than reading
 * its outputs from memory.  The results may lie where x or dy do.
 */
#ifdef CHEAP
#define CHANGE(i, a, b) (F(b) - F(a))
#else
#define CHANGE(i, a, b) (y1[i] - y0[i])
#endif

TV_SIMD static void FN(forward)(const float *parameter, float *y, const float *x, int64_t n)
{
    const float p[PARAMS] = {parameter[0], parameter[1], parameter[2]};
    (void)p;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++) {
        float v = x[i];
        y[i] = F(v);
    }
}

TV_SIMD static void FN(backward)(const float *parameter, float *dx, const float *dy, const float *x0,
                                 const float *x1, const float *y0, const float *y1, int64_t n)
{
    const float p[PARAMS] = {parameter[0], parameter[1], parameter[2]};
    (void)p, (void)y0, (void)y1;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++) {
        float a = x0[i], b = x1[i], m = 0.5f * (a + b), slope = DF(m), quotient = CHANGE(i, a, b) / (b - a);
        dx[i] = dy[i] * (NEAR(a, b) ? slope : quotient);
    }
}

#ifdef CHEAP
/* The same, and sum += (x1 - x0) dx. */
TV_SIMD static void FN(conduct)(const float *parameter, float *dx, const float *dy, const float *x0,
                                const float *x1, float *sum, int64_t n)
{
    const float p[PARAMS] = {parameter[0], parameter[1], parameter[2]};
    (void)p;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++) {
        float a = x0[i], b = x1[i], m = 0.5f * (a + b), slope = DF(m), quotient = CHANGE(i, a, b) / (b - a),
              d = dy[i] * (NEAR(a, b) ? slope : quotient);
        dx[i] = d;
        sum[i] += (b - a) * d;
    }
}
#endif

#undef FN
#undef F
#undef DF
#undef NEAR
#undef CHANGE
#undef CHEAP
