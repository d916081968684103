/* num/rng.c - xoshiro256** and the distributions made from it. */
#include "num/rng.h"
#include <math.h>

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }

void tv_rng_seed(struct tv_rng *r, uint64_t seed, uint64_t stream)
{
    uint64_t x = seed + stream * 0xda942042e4dd58b5u;
    for (int i = 0; i < 4; i++) r->s[i] = splitmix64(&x);
}

uint64_t tv_rng_u64(struct tv_rng *r)
{
    uint64_t *s = r->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

double tv_rng_double(struct tv_rng *r) { return (double)(tv_rng_u64(r) >> 11) * 0x1p-53; }

float tv_rng_float(struct tv_rng *r) { return (float)(tv_rng_u64(r) >> 40) * 0x1p-24f; }

uint64_t tv_rng_below(struct tv_rng *r, uint64_t n)
{
    __extension__ typedef unsigned __int128 u128;
    u128 m = (u128)tv_rng_u64(r) * n;
    if ((uint64_t)m < n) {
        uint64_t reject = -n % n; /* 2^64 mod n: the values of the low word that come up once too often */
        while ((uint64_t)m < reject) m = (u128)tv_rng_u64(r) * n;
    }
    return (uint64_t)(m >> 64);
}

double tv_rng_normal(struct tv_rng *r)
{
    double x, y, q;
    do {
        x = 2 * tv_rng_double(r) - 1;
        y = 2 * tv_rng_double(r) - 1;
        q = x * x + y * y;
    } while (q >= 1 || q == 0);
    return x * sqrt(-2 * log(q) / q);
}

void tv_rng_shuffle_i32(struct tv_rng *r, int32_t *a, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)tv_rng_below(r, (uint64_t)i + 1);
        int32_t t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}

void tv_rng_shuffle_i64(struct tv_rng *r, int64_t *a, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)tv_rng_below(r, (uint64_t)i + 1), t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}
