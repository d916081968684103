/* num/rng.h - seeded random numbers: xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64.
 *
 * The same (seed, stream) gives the same numbers on every machine; another `stream` gives independent ones,
 * so that parts of a program (weights, dropout, shuffling, folds) do not disturb each other, and threads can
 * have one each: number the streams by what they are for, never by the thread.
 */
#ifndef TV_NUM_RNG_H
#define TV_NUM_RNG_H
#include <stdint.h>

struct tv_rng {
    uint64_t s[4];
};

/* The state's four words are splitmix64 outputs from seed + stream * 0xda942042e4dd58b5. */
void tv_rng_seed(struct tv_rng *r, uint64_t seed, uint64_t stream);
uint64_t tv_rng_u64(struct tv_rng *r);
/* Uniform in [0,1): multiples of 2^-53, and of 2^-24. */
double tv_rng_double(struct tv_rng *r);
float tv_rng_float(struct tv_rng *r);
/* Uniform in 0..n-1 without bias (Lemire's multiplication with rejection); n >= 1. */
uint64_t tv_rng_below(struct tv_rng *r, uint64_t n);
/* Standard normal, by Marsaglia's polar method; the second value of each pair is not kept: no hidden state.
 */
double tv_rng_normal(struct tv_rng *r);
/* Fisher-Yates shuffle of the n elements; every order is equally likely. */
void tv_rng_shuffle_i32(struct tv_rng *r, int32_t *a, int64_t n);
void tv_rng_shuffle_i64(struct tv_rng *r, int64_t *a, int64_t n);

#endif
