/* domain.h - an image domain of digits: what make-digits can draw. */
#ifndef EXAMPLES_DIGITS_DOMAIN_H
#define EXAMPLES_DIGITS_DOMAIN_H
#include "num/rng.h"

struct domain {
    const char *name;
    int size;     /* height and width */
    int channels; /* 3: RGB, 1: grey */
    /* Fills pixels [size,size,channels] with a picture of the digit; everything else about it comes from `r`.
     */
    void (*draw)(uint8_t *pixels, int digit, struct tv_rng *r);
};
extern const struct domain domain_street;      /* printed house numbers, photographed */
extern const struct domain domain_handwriting; /* strokes of a pen, white on black */

static inline double uniform(struct tv_rng *r, double from, double to)
{
    return from + (to - from) * tv_rng_double(r);
}
static inline int chance(struct tv_rng *r, double p) { return tv_rng_double(r) < p; }
static inline int one_of(struct tv_rng *r, int n) { return (int)tv_rng_below(r, (uint64_t)n); }

#endif
