/* analysis/links_select.h - which links are important, given every image's link values (SPEC 6.3; the paper's
 * section 5.3.1, Figure 3 B).
 *
 * v[a][b] is the value of the link from neuron a of layer i to neuron b of layer i+1 for one image.  A pair
 * that does not exist (grouped convolution) has the value TV_LINK_NONE.  In every image the top share of the
 * existing pairs (rounded up, at least 1, ties by index a * nb + b) is active; the counts of being active add
 * up over the images.
 */
#ifndef TV_ANALYSIS_LINKS_SELECT_H
#define TV_ANALYSIS_LINKS_SELECT_H
#include <math.h>
#include <stdint.h>

#define TV_LINK_NONE (-INFINITY)

/* One set of links: two consecutive layers, one class. */
struct tv_link_counts {
    int64_t na, nb; /* neurons of the two layers */
    double share;   /* of the existing pairs that are active in an image */
    int64_t images; /* added so far */
    int32_t *count; /* [na][nb] images in which the pair was active */
    double *sum;    /* [na][nb] of v; TV_LINK_NONE where there is no pair */
};

/* Empty; tv_link_counts_release frees what it holds.  na * nb < 2^31 is the caller's to check:
 * tv_link_counts_check(). */
void tv_link_counts_init(struct tv_link_counts *l, int64_t na, int64_t nb, double share);
void tv_link_counts_release(struct tv_link_counts *l);
const char *tv_link_counts_check(int64_t na, int64_t nb);

/* Counts `images` matrices v [images][na][nb], the same result however the images are cut into calls.  Runs
 * on all threads.  Returns NULL or a message: NaN or +infinity cannot be ordered or averaged. */
const char *tv_link_counts_add(struct tv_link_counts *l, const float *v, int64_t images);
/* mean[a][b] = average of v over the images; NaN where there is no pair and when no image was added. */
void tv_link_counts_mean(float *mean, const struct tv_link_counts *l);
/* Number of important links: `share` of the existing pairs (analysis/share.h). */
int64_t tv_link_counts_top_count(const struct tv_link_counts *l, double share);
/* The important links, (a, b) by (a, b): most counts first, ties by mean value, then by index.  `mean` from
 * tv_link_counts_mean(); k from tv_link_counts_top_count(); top is [k][2]. */
void tv_link_counts_top(int32_t *top, int64_t k, const struct tv_link_counts *l, const float *mean);

#endif
