/* num/network_avx512.c - see network.h: a bitonic sorting network in which a run of items lies in each lane.
 *
 * Item i lies in row i % m of lane i / m.  Distances below m are then between rows, 8 comparisons at once and
 * no lane moves; only three steps of the last three merges are between lanes.
 *
 *     flip   i with its mirror image in the merged run    halve   i with i + d, for d = k/4, k/8, ... 1
 *
 * Rows pass through registers eight at a time, for three steps of the network: a step by itself would be bound
 * by loads and stores.
 */
#include "num/network.h"
#include <immintrin.h>

typedef uint64_t vec __attribute__((vector_size(64), may_alias));

/* a, b <- the smaller, the larger in every lane */
static inline void order(vec *a, vec *b)
{
    __m512i x = (__m512i)*a, y = (__m512i)*b;
    *a = (vec)_mm512_min_epu64(x, y);
    *b = (vec)_mm512_max_epu64(x, y);
}

/* Distances 2 and 1 of four rows. */
static inline void halve_four(vec *a, vec *b, vec *c, vec *d)
{
    order(a, c), order(b, d);
    order(a, b), order(c, d);
}

static inline void halve2(vec *x, int64_t d) { order(x, x + d); }

static inline void halve4(vec *x, int64_t d)
{
    vec v[4];
    for (int i = 0; i < 4; i++) v[i] = x[i * d];
    halve_four(v, v + 1, v + 2, v + 3);
    for (int i = 0; i < 4; i++) x[i * d] = v[i];
}

static inline void halve8(vec *x, int64_t d)
{
    vec v[8];
    for (int i = 0; i < 8; i++) v[i] = x[i * d];
    for (int i = 0; i < 4; i++) order(v + i, v + i + 4);
    for (int i = 0; i < 8; i += 4) halve_four(v + i, v + i + 1, v + i + 2, v + i + 3);
    for (int i = 0; i < 8; i++) x[i * d] = v[i];
}

/* Distances k/2, k/4 ... 1 in all blocks of k of the m rows. */
static void halve(vec *x, int64_t m, int64_t k)
{
    for (int64_t d; k > 1; k = d) {
        d = k >= 8 ? k / 8 : 1;
        for (int64_t block = 0; block < m; block += k)
            for (vec *row = x + block; row < x + block + d; row++) {
                if (k >= 8)
                    halve8(row, d);
                else if (k == 4)
                    halve4(row, d);
                else
                    halve2(row, d);
            }
    }
}

/* The flip of k >= 8 rows, and distances k/4 and k/8. */
static void flip(vec *x, int64_t k)
{
    int64_t d = k / 8;
    for (int64_t row = 0; row < d; row++) {
        vec *lo = x + row, *hi = x + k - 1 - row, a[4], b[4];
        for (int i = 0; i < 4; i++) a[i] = lo[i * d], b[i] = hi[-i * d];
        for (int i = 0; i < 4; i++) order(a + i, b + i);
        halve_four(a, a + 1, a + 2, a + 3);
        halve_four(b + 3, b + 2, b + 1, b);
        for (int i = 0; i < 4; i++) lo[i * d] = a[i], hi[-i * d] = b[i];
    }
}

/* Eight rows, by the shortest network. */
static void sort8(vec *x)
{
    vec v[8];
    for (int i = 0; i < 8; i++) v[i] = x[i];
    order(v + 0, v + 2), order(v + 1, v + 3), order(v + 4, v + 6), order(v + 5, v + 7);
    order(v + 0, v + 4), order(v + 1, v + 5), order(v + 2, v + 6), order(v + 3, v + 7);
    order(v + 0, v + 1), order(v + 2, v + 3), order(v + 4, v + 5), order(v + 6, v + 7);
    order(v + 2, v + 4), order(v + 3, v + 5), order(v + 1, v + 4), order(v + 3, v + 6);
    order(v + 1, v + 2), order(v + 3, v + 4), order(v + 5, v + 6);
    for (int i = 0; i < 8; i++) x[i] = v[i];
}

/* Lanes whose numbers have this bit get the larger of `a` and `b`, the others the smaller. */
static inline __m512i larger_in(int bit, __m512i a, __m512i b)
{
    __mmask8 upper = bit == 1 ? 0xaa : bit == 2 ? 0xcc : 0xf0;
    return _mm512_mask_max_epu64(_mm512_min_epu64(a, b), upper, a, b);
}

/* The lanes of every group of 2, 4 or 8 in reverse. */
static inline __m512i mirror(int lanes, __m512i a)
{
    const __m512i number = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm512_permutexvar_epi64(_mm512_xor_si512(number, _mm512_set1_epi64(lanes - 1)), a);
}

/* Lane distances 2 and 1, as far as they are within a group. */
static inline __m512i halve_lanes(int lanes, __m512i a)
{
    if (lanes == 8) a = larger_in(2, a, _mm512_permutex_epi64(a, 0x4e));
    if (lanes >= 4) a = larger_in(1, a, _mm512_permutex_epi64(a, 0xb1));
    return a;
}

/* The flip over groups of lanes of m rows each, and the distances between lanes. */
static void flip_lanes(vec *x, int64_t m, int lanes)
{
    for (int64_t row = 0; row < m / 2; row++) {
        __m512i a = (__m512i)x[row], b = (__m512i)x[m - 1 - row];
        x[row] = (vec)halve_lanes(lanes, larger_in(lanes / 2, a, mirror(lanes, b)));
        x[m - 1 - row] = (vec)halve_lanes(lanes, larger_in(lanes / 2, b, mirror(lanes, a)));
    }
}

void tv_network_sort_avx512(uint64_t *items, int64_t n, uint64_t *sorted)
{
    vec *x = (vec *)items;
    int64_t m = n / TV_NETWORK_LANES;
    for (int64_t row = 0; row < m; row += 8) sort8(x + row);
    for (int64_t k = 16; k <= m; k *= 2) {
        for (int64_t block = 0; block < m; block += k) flip(x + block, k);
        halve(x, m, k / 8);
    }
    for (int lanes = 2; lanes <= TV_NETWORK_LANES; lanes *= 2) {
        flip_lanes(x, m, lanes);
        halve(x, m, m);
    }
    for (int64_t lane = 0; lane < TV_NETWORK_LANES; lane++)
        for (int64_t row = 0; row < m; row++) *sorted++ = items[row * TV_NETWORK_LANES + lane];
}
