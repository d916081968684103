/* num/topk.h - the k largest of values that pass by once, in any number of pieces.
 *
 * What is above the threshold is kept; when the buffer is full, the k largest stay and the smallest of them
 * is the new threshold: O(n + k log(n / k)) work in O(k) memory, no second pass, nothing sorted.  Several
 * buffers may share the work: the k largest of all are among the k largest of each.
 *
 * Ties go to the smaller index, as in num/sort.h; so each buffer takes its pieces in ascending order of
 * index.
 */
#ifndef TV_NUM_TOPK_H
#define TV_NUM_TOPK_H
#include <stdint.h>

#define TV_TOPK_PIECE 16 /* elements: pieces are multiples of it */

struct tv_topk {
    int64_t k, n, cap; /* wanted; kept so far, of at most `cap` */
    int64_t room;      /* elements of the arrays */
    float above;       /* only larger values can be among the k largest */
    float *value;      /* [n] */
    int32_t *index;    /* [n] ascending */
};

/* Empty, for pieces of at most `most` elements.  What is zeros or was used before; arrays that are too small
 * are made anew with the first piece. */
void tv_topk_begin(struct tv_topk *t, int64_t k, int64_t most);
void tv_topk_release(struct tv_topk *t);
/* Bytes of one buffer. */
int64_t tv_topk_bytes(int64_t k, int64_t most);
/* Makes room for m more elements, at most `most`, when they are appended by hand. */
void tv_topk_room(struct tv_topk *t, int64_t m);
/* Takes v[0..m), whose indices are first, first + 1, ...: m a multiple of TV_TOPK_PIECE, v 64-byte aligned
 * and without NaN; -infinity is never kept. */
void tv_topk_add(struct tv_topk *t, const float *v, int64_t m, int64_t first);
/* index[0..k), in no useful order: the k largest of all n buffers together, which want equally many; fewer
 * when there are fewer.  Returns how many. */
int64_t tv_topk_choose(int32_t *index, struct tv_topk *t, int64_t n);
/* The k-th largest of v[0..n), 1 <= k <= n, without NaN; 64-byte aligned and readable up to a multiple of
 * 16. */
float tv_topk_kth(const float *v, int64_t n, int64_t k);

#endif
