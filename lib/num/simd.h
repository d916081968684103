/* num/simd.h - plain loops compiled once per instruction set, chosen when the program starts.
 *
 * For loops over contiguous data that the compiler vectorises by itself; what needs registers planned is in
 * num/kernel.inc.  Products and sums are not contracted here, so every version gives the same bits.
 */
#ifndef TV_NUM_SIMD_H
#define TV_NUM_SIMD_H

/* Sanitizers run before the choice could be made; clang has no such attribute for static functions. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define TV_SIMD __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define TV_SIMD
#endif

/* For what such loops call: only inlined code is compiled for their instruction set. */
#define TV_INLINE static inline __attribute__((always_inline))

/* x between limits; the higher one wins where they cross, and what is no number stays so. */
TV_INLINE float tv_clip(float x, float low, float high)
{
    float y = x < low ? low : x;
    return y > high ? high : y;
}

#endif
