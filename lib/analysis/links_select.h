/* analysis/links_select.h - which links are important, given every image's link values (SPEC 6.3; the paper's
 * section 5.3.1, Figure 3 B).
 *
 * v[a][b] is the value of the link from neuron a of layer i to neuron b of layer i+1 for one image.  A pair
 * that does not exist (grouped convolution) has the value TV_LINK_NONE.  In every image the top share of the
 * existing pairs (rounded up, at least 1, ties by index a * nb + b) is active; the counts of being active add
 * up over the images.  Values come row by row and are looked at once: no image's matrix is ever whole.
 */
#ifndef TV_ANALYSIS_LINKS_SELECT_H
#define TV_ANALYSIS_LINKS_SELECT_H
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "num/products.h"
#include "num/topk.h"

#define TV_LINK_NONE (-INFINITY)

/* One set of links: two consecutive layers, one class. */
struct tv_link_counts {
    int64_t na, nb; /* neurons of the two layers */
    int64_t exist;  /* pairs that exist */
    int64_t active; /* of them in an image */
    int64_t images; /* added so far */
    int32_t *count; /* [na][nb] images in which the pair was active */
    double
        *sum; /* [na][nb] of v, TV_LINK_NONE where there is no pair; NULL when the mean is made otherwise */
};

/* Empty; tv_link_counts_release frees what it holds.  `share` of the `exist` pairs is active in an image;
 * `sums`: v is to be added up.  na * nb < 2^31 is the caller's to check: tv_link_counts_check(). */
void tv_link_counts_init(struct tv_link_counts *l, int64_t na, int64_t nb, int64_t exist, double share,
                         bool sums);
void tv_link_counts_release(struct tv_link_counts *l);
const char *tv_link_counts_check(int64_t na, int64_t nb);

/* A pass over the rows of several images' values at once, on all threads.  Zeros at first; keeps its memory
 * from pass to pass. */
struct tv_link_scan {
    struct tv_link_counts *
        *of; /* [images] borrowed: where each image counts; all with the same na, nb, exist */
    int64_t images;
    int threads;
    struct tv_topk *top; /* [images][threads] */
    int64_t slots;       /* of them, since the first pass */
    int64_t *finite;     /* [images][threads] values that were finite */
    int32_t *active;     /* [images] lists of the active pairs */
    size_t finite_cap, active_cap;
    int64_t bad; /* the first image * pairs + pair with a value that is none; -1 */
    float bad_value;
};
/* Elements of a row as tv_link_scan_row takes it. */
static inline int64_t tv_link_row(int64_t nb)
{
    return (nb + TV_TOPK_PIECE - 1) / TV_TOPK_PIECE * TV_TOPK_PIECE;
}
/* Images that may pass at once in so many bytes, at least 1, when the rows of one come from so many threads. */
int64_t tv_link_scan_images(const struct tv_link_counts *l, int64_t bytes, int threads);
void tv_link_scan_begin(struct tv_link_scan *s, struct tv_link_counts **of, int64_t images);
void tv_link_scan_release(struct tv_link_scan *s);
/* Row a of an image: v[0..nb), followed by TV_LINK_NONE up to tv_link_row(nb); 64-byte aligned.  Rows without
 * an existing pair may be left out.  Called by any thread of a parallel region, each in ascending order of
 * a for an image; where v is added up the rows of one neuron by one thread, the images in ascending order. */
void tv_link_scan_row(struct tv_link_scan *s, int64_t image, int64_t a, const float *v);
/* Before the first row of an image, where v is not added up: only values above are looked at; -infinity begins
 * the image anew. */
void tv_link_scan_above(struct tv_link_scan *s, int64_t image, float above);
/* Whether too few values were above. */
bool tv_link_scan_short(const struct tv_link_scan *s, int64_t image);
/* The same as a row of products x w[row][b], which are only made as far as they may be active; false, with
 * nothing taken, when they are not all finite. */
bool tv_link_scan_products(struct tv_link_scan *s, int64_t image, int64_t a, const struct tv_products *p,
                           int64_t row, float x);
/* Counts; the result does not depend on the threads nor on how the images are cut into passes.  Returns NULL
 * or a message, with nothing counted: NaN and infinities cannot be ordered or averaged. */
const char *tv_link_scan_end(struct tv_link_scan *s);

/* mean[a][b] = average of v over the images from `sum`; NaN where there is no pair and when no image was
 * added. */
void tv_link_counts_mean(float *mean, const struct tv_link_counts *l);
/* Number of important links: `share` of the existing pairs (analysis/share.h). */
int64_t tv_link_counts_top_count(const struct tv_link_counts *l, double share);
/* The important links, (a, b) by (a, b): most counts first, ties by mean value, then by index.  `mean` as
 * from tv_link_counts_mean(); k from tv_link_counts_top_count(); top is [k][2]. */
void tv_link_counts_top(int32_t *top, int64_t k, const struct tv_link_counts *l, const float *mean);

#endif
