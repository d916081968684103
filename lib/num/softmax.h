/* num/softmax.h - rows of logits to probabilities and predictions. */
#ifndef TV_NUM_SOFTMAX_H
#define TV_NUM_SOFTMAX_H
#include <stdint.h>

/* p[i][j] = exp(z[i][j] - max_j z) / sum_j exp(z[i][j] - max_j z), summed in double; p may be z. */
void tv_softmax(float *p, const float *z, int64_t rows, int64_t classes);
/* Index of the largest of each row, the first of equals. */
void tv_argmax(int32_t *index, const float *z, int64_t rows, int64_t classes);

#endif
