/* analysis/similarity.h - how alike the neurons of two models behave on the same images (SPEC 6.4; the
 * paper's section 5.3.2, Figure 3 C).
 */
#ifndef TV_ANALYSIS_SIMILARITY_H
#define TV_ANALYSIS_SIMILARITY_H
#include <stdint.h>

/* sim[j][k] = <a_j, b_k> / (|a_j| |b_k|), where a_j is column j of a [images][ns] and b_k column k of b
 * [images][nt]; norms in f64, products in f32 (tv_gemm) that are added in f64 every few hundred images: about
 * 1e-6 off. A column of zeros has similarity 0 to everything.  No NaN or infinity in a, b. */
void tv_similarity_cosine(double *sim, const float *a, int64_t ns, const float *b, int64_t nt,
                          int64_t images);
/* Number of columns of a [images][n] that hold nothing but zeros. */
int64_t tv_similarity_zeros(const float *a, int64_t n, int64_t images);
/* best[k] = the source neuron most similar to target neuron k: the row of the largest sim[.][k], ties by
 * index; -1 when the whole column is 0 (a neuron without attribution is like no other). */
void tv_similarity_best(int32_t *best, const double *sim, int64_t ns, int64_t nt);

#endif
