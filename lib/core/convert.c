/* core/convert.c - elements from one dtype to another.  Blocks go through int64_t when the source is an
 * integer and through double otherwise: both hold every value of their sources exactly, so one rounding
 * happens, at the end. */
#include "core/tensor.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 512 };

/* ---- half-width floats ---- */

static double half_to_double(uint16_t h)
{
    int exponent = h >> 10 & 31, mantissa = h & 1023;
    double v;
    if (exponent == 31)
        v = mantissa ? NAN : INFINITY;
    else if (exponent == 0)
        v = ldexp(mantissa, -24);
    else
        v = ldexp(mantissa + 1024, exponent - 25);
    return h & 0x8000 ? -v : v;
}

static double bfloat_to_double(uint16_t h)
{
    uint32_t bits = (uint32_t)h << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* Rounds to `digits` bits of significand (the leading one included) above 2^least, half to even; bits of a
 * format with that many digits, the given bias and all-ones exponent. */
static uint16_t narrow(double v, int digits, int bias, int all_ones)
{
    uint16_t sign = signbit(v) ? 0x8000 : 0;
    int fraction = digits - 1;
    if (isnan(v)) return (uint16_t)(sign | all_ones << fraction | 1 << (fraction - 1));
    v = fabs(v);
    int exponent;
    if (v == 0) return sign;
    if (isinf(v)) return (uint16_t)(sign | all_ones << fraction);
    frexp(v, &exponent);
    exponent--;                                        /* v = 1.x * 2^exponent */
    int e = exponent + bias < 1 ? 1 - bias : exponent; /* subnormals share the smallest exponent */
    double scaled = nearbyint(ldexp(v, fraction - e)); /* the significand as an integer */
    if (scaled >= ldexp(1, digits)) {
        scaled /= 2;
        e++;
    }
    if (e + bias >= all_ones) return (uint16_t)(sign | all_ones << fraction);
    int significand = (int)scaled, hidden = 1 << fraction;
    int biased = significand < hidden ? 0 : e + bias;
    return (uint16_t)(sign | biased << fraction | (significand & (hidden - 1)));
}
static uint16_t double_to_half(double v) { return narrow(v, 11, 15, 31); }
static uint16_t double_to_bfloat(double v) { return narrow(v, 8, 127, 255); }

/* ---- loading a block ---- */

static void load_int(int64_t *to, enum tv_dtype t, const void *from, size_t n)
{
    size_t i;
    switch (t) {
    case TV_U8:
        for (i = 0; i < n; i++) to[i] = ((const uint8_t *)from)[i];
        break;
    case TV_I8:
        for (i = 0; i < n; i++) to[i] = ((const int8_t *)from)[i];
        break;
    case TV_U16:
        for (i = 0; i < n; i++) to[i] = ((const uint16_t *)from)[i];
        break;
    case TV_I16:
        for (i = 0; i < n; i++) to[i] = ((const int16_t *)from)[i];
        break;
    case TV_U32:
        for (i = 0; i < n; i++) to[i] = ((const uint32_t *)from)[i];
        break;
    case TV_I32:
        for (i = 0; i < n; i++) to[i] = ((const int32_t *)from)[i];
        break;
    case TV_I64: memcpy(to, from, n * sizeof *to); break;
    case TV_BOOL:
        for (i = 0; i < n; i++) to[i] = ((const uint8_t *)from)[i] != 0;
        break;
    case TV_U64:
        for (i = 0; i < n; i++) {
            uint64_t v = ((const uint64_t *)from)[i];
            to[i] = v > INT64_MAX ? INT64_MAX : (int64_t)v;
        }
        break;
    default: assert(!"an integer dtype");
    }
}

static void load_float(double *to, enum tv_dtype t, const void *from, size_t n)
{
    size_t i;
    switch (t) {
    case TV_F16:
        for (i = 0; i < n; i++) to[i] = half_to_double(((const uint16_t *)from)[i]);
        break;
    case TV_BF16:
        for (i = 0; i < n; i++) to[i] = bfloat_to_double(((const uint16_t *)from)[i]);
        break;
    case TV_F32:
        for (i = 0; i < n; i++) to[i] = ((const float *)from)[i];
        break;
    case TV_F64: memcpy(to, from, n * sizeof *to); break;
    case TV_U64:
        for (i = 0; i < n; i++) to[i] = (double)((const uint64_t *)from)[i];
        break;
    default: assert(!"a floating-point dtype");
    }
}

/* ---- storing a block ---- */

static int64_t clip(int64_t v, int64_t lo, int64_t hi) { return v < lo ? lo : v > hi ? hi : v; }

static void store_int(void *to, enum tv_dtype t, const int64_t *v, size_t n)
{
    size_t i;
    switch (t) {
    case TV_U8:
        for (i = 0; i < n; i++) ((uint8_t *)to)[i] = (uint8_t)clip(v[i], 0, UINT8_MAX);
        break;
    case TV_I8:
        for (i = 0; i < n; i++) ((int8_t *)to)[i] = (int8_t)clip(v[i], INT8_MIN, INT8_MAX);
        break;
    case TV_U16:
        for (i = 0; i < n; i++) ((uint16_t *)to)[i] = (uint16_t)clip(v[i], 0, UINT16_MAX);
        break;
    case TV_I16:
        for (i = 0; i < n; i++) ((int16_t *)to)[i] = (int16_t)clip(v[i], INT16_MIN, INT16_MAX);
        break;
    case TV_U32:
        for (i = 0; i < n; i++) ((uint32_t *)to)[i] = (uint32_t)clip(v[i], 0, UINT32_MAX);
        break;
    case TV_I32:
        for (i = 0; i < n; i++) ((int32_t *)to)[i] = (int32_t)clip(v[i], INT32_MIN, INT32_MAX);
        break;
    case TV_U64:
        for (i = 0; i < n; i++) ((uint64_t *)to)[i] = v[i] < 0 ? 0 : (uint64_t)v[i];
        break;
    case TV_I64: memcpy(to, v, n * sizeof *v); break;
    case TV_BOOL:
        for (i = 0; i < n; i++) ((uint8_t *)to)[i] = v[i] != 0;
        break;
    case TV_F16:
        for (i = 0; i < n; i++) ((uint16_t *)to)[i] = double_to_half((double)v[i]);
        break;
    case TV_BF16:
        for (i = 0; i < n; i++) ((uint16_t *)to)[i] = double_to_bfloat((double)v[i]);
        break;
    case TV_F32:
        for (i = 0; i < n; i++) ((float *)to)[i] = (float)v[i];
        break;
    case TV_F64:
        for (i = 0; i < n; i++) ((double *)to)[i] = (double)v[i];
        break;
    default: assert(!"a numeric dtype");
    }
}

/* Nearest integer within int64_t, half to even; NaN: 0. */
static int64_t round_int(double v)
{
    if (isnan(v)) return 0;
    if (v <= -0x1p63) return INT64_MIN;
    if (v >= 0x1p63) return INT64_MAX;
    return (int64_t)nearbyint(v);
}

static void store_float(void *to, enum tv_dtype t, const double *v, size_t n)
{
    int64_t whole[BLOCK];
    size_t i;
    switch (t) {
    case TV_F16:
        for (i = 0; i < n; i++) ((uint16_t *)to)[i] = double_to_half(v[i]);
        return;
    case TV_BF16:
        for (i = 0; i < n; i++) ((uint16_t *)to)[i] = double_to_bfloat(v[i]);
        return;
    case TV_F32:
        for (i = 0; i < n; i++) ((float *)to)[i] = (float)v[i];
        return;
    case TV_F64: memcpy(to, v, n * sizeof *v); return;
    case TV_BOOL:
        for (i = 0; i < n; i++) ((uint8_t *)to)[i] = v[i] != 0;
        return;
    case TV_U64:
        for (i = 0; i < n; i++)
            ((uint64_t *)to)[i] = !(v[i] > 0) ? 0 : v[i] >= 0x1p64 ? UINT64_MAX : (uint64_t)nearbyint(v[i]);
        return;
    default:
        for (i = 0; i < n; i++) whole[i] = round_int(v[i]);
        store_int(to, t, whole, n);
    }
}

void tv_convert(void *dst, enum tv_dtype dt, const void *src, enum tv_dtype st, size_t n)
{
    assert(dt != TV_STR && st != TV_STR);
    size_t dsize = tv_dtype_size(dt), ssize = tv_dtype_size(st);
    if (dt == st) {
        memcpy(dst, src, n * dsize);
        return;
    }
    /* u64 above int64_t's range only matters where the destination can hold it: in the floats */
    bool through_double = tv_dtype_is_float(st) || (st == TV_U64 && tv_dtype_is_float(dt));
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK;
        const char *from = (const char *)src + i * ssize;
        char *to = (char *)dst + i * dsize;
        if (through_double) {
            double v[BLOCK];
            load_float(v, st, from, m);
            store_float(to, dt, v, m);
        } else {
            int64_t v[BLOCK];
            load_int(v, st, from, m);
            store_int(to, dt, v, m);
        }
    }
}
