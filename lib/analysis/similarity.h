/* analysis/similarity.h - how alike the neurons of two models behave on the same images (SPEC 6.4; the
 * paper's section 5.3.2, Figure 3 C).
 */
#ifndef TV_ANALYSIS_SIMILARITY_H
#define TV_ANALYSIS_SIMILARITY_H
#include <stdint.h>

/* sim[j][k] = <a_j, b_k> / (|a_j| |b_k|), where a_j is column j of a [images][ns] and b_k column k of b
 * [images][nt]. A column of zeros has similarity 0 to everything.  Sums in f64. */
void tv_similarity_cosine(double *sim, const float *a, int64_t ns, const float *b, int64_t nt,
                          int64_t images);
/* Number of columns of a [images][n] that hold nothing but zeros. */
int64_t tv_similarity_zeros(const float *a, int64_t n, int64_t images);
/* best[k] = the source neuron most similar to target neuron k: the row of the largest sim[.][k], ties by
 * index; -1 when the whole column is 0 (a neuron without attribution is like no other). */
void tv_similarity_best(int32_t *best, const double *sim, int64_t ns, int64_t nt);

#endif
