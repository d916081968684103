/* core/crc.c - CRC-32 by carry-less multiplication where the processor has it, else zlib's.
 *
 * The message is a polynomial over GF(2); four accumulators of 128 bits take 64 bytes a turn, each being
 * multiplied by x^512 modulo the CRC's polynomial, which two products of 64 bits do:
 *
 *     a <- low(a) x^(512+64) + high(a) x^512 + next 16 bytes      all bits reflected, as in zlib's CRC
 *
 * Then they are folded into one, whose 16 bytes have the CRC of all.  Gopal et al., Fast CRC computation for
 * generic polynomials using PCLMULQDQ instruction, Intel, 2009.
 */
#include "core/format.h"
#include <zlib.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

enum { TURN = 64 };

/* The remainders of x^(n+32) and x^(n-32), reflected: what a low and a high half are multiplied by to move n
 * bits on. */
#define MOVE_512  _mm_set_epi64x(0x1c6e41596, 0x154442bd4)
#define MOVE_2048 _mm_set_epi64x(0x1322d1430, 0x11542778a)
#define MOVE_128  _mm_set_epi64x(0x0ccaa009e, 0x1751997d0)

#define FOLD __attribute__((target("pclmul,sse4.1")))
#define WIDE __attribute__((target("vpclmulqdq,pclmul,avx512f,avx512dq,avx512vl,avx512bw")))

FOLD static inline __m128i fold(__m128i a, __m128i by, __m128i next)
{
    return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(a, by, 0x00), _mm_clmulepi64_si128(a, by, 0x11)),
                         next);
}

/* The CRC of the four accumulators. */
FOLD static uint32_t finish(const __m128i a[4])
{
    uint8_t rest[16];
    __m128i one = fold(fold(fold(a[0], MOVE_128, a[1]), MOVE_128, a[2]), MOVE_128, a[3]);
    _mm_storeu_si128((__m128i *)rest, one);
    return (uint32_t)crc32_z(UINT32_MAX, rest, sizeof rest); /* zlib inverts: its register starts at 0 */
}

/* n bytes, a multiple of TURN and at least that. */
FOLD static uint32_t fold_all(uint32_t crc, const uint8_t *p, size_t n)
{
    const __m128i *in = (const __m128i *)p, *end = (const __m128i *)(p + n);
    __m128i a[4];
    for (int i = 0; i < 4; i++) a[i] = _mm_loadu_si128(in++);
    a[0] = _mm_xor_si128(a[0], _mm_cvtsi32_si128((int)~crc)); /* where the CRC of what was before goes on */
    while (in < end)
        for (int i = 0; i < 4; i++) a[i] = fold(a[i], MOVE_512, _mm_loadu_si128(in++));
    return finish(a);
}

WIDE static inline __m512i fold_wide(__m512i a, __m128i by, __m512i next)
{
    __m512i k = _mm512_broadcast_i32x4(by);
    return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(a, k, 0x00),
                                     _mm512_clmulepi64_epi128(a, k, 0x11), next, 0x96 /* exclusive or */);
}

/* The same with accumulators of 512 bits: n is a multiple of 4 TURN and at least that. */
WIDE static uint32_t fold_all_wide(uint32_t crc, const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n;
    __m512i a[4];
    __m128i one[4];
    for (int i = 0; i < 4; i++, p += TURN) a[i] = _mm512_loadu_si512(p);
    a[0] = _mm512_xor_si512(a[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)~crc)));
    for (; p < end; p += 4 * TURN)
        for (int i = 0; i < 4; i++) a[i] = fold_wide(a[i], MOVE_2048, _mm512_loadu_si512(p + i * TURN));
    for (int i = 1; i < 4; i++) a[i] = fold_wide(a[i - 1], MOVE_512, a[i]);
    _mm512_storeu_si512(one, a[3]);
    return finish(one);
}

static bool has_wide_product(void)
{
    return __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
}
static bool has_product(void) { return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"); }
#else
enum { TURN = 64 };
static uint32_t fold_all(uint32_t crc, const uint8_t *p, size_t n) { return (uint32_t)crc32_z(crc, p, n); }
static uint32_t fold_all_wide(uint32_t crc, const uint8_t *p, size_t n) { return fold_all(crc, p, n); }
static bool has_product(void) { return false; }
static bool has_wide_product(void) { return false; }
#endif

uint32_t tv_crc(uint32_t crc, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    size_t wide = has_wide_product() ? n / (4 * TURN) * (4 * TURN) : 0;
    if (wide) crc = fold_all_wide(crc, p, wide);
    size_t whole = wide + (has_product() ? (n - wide) / TURN * TURN : 0);
    if (whole > wide) crc = fold_all(crc, p + wide, whole - wide);
    return n > whole ? (uint32_t)crc32_z(crc, p + whole, n - whole) : crc;
}
