/* analysis/inherit.h - which important links of the target model were there in the source model (SPEC 6.4).
 *
 * The counterpart of a target link (n1 -> n2) is the link between the source neurons most similar to n1 and
 * to n2. The target link is inherited when its counterpart is one of the source model's important links.
 */
#ifndef TV_ANALYSIS_INHERIT_H
#define TV_ANALYSIS_INHERIT_H
#include <stdbool.h>
#include <stdint.h>

/* Important links are pairs (a, b): target [nt][2], source [ns][2].  best_a, best_b: tv_similarity_best() of
 * the two layers, -1 where a neuron has no counterpart.  Writes inherited[nt] and counterpart[nt][2]. Returns
 * the number of inherited links. */
int64_t tv_inherit(bool *inherited, int32_t *counterpart, const int32_t *target, int64_t nt,
                   const int32_t *source, int64_t ns, const int32_t *best_a, const int32_t *best_b);

#endif
