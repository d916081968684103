/* num/network.h - a sorting network for some hundred items: it compares eight pairs at once and never branches.
 * Up to a thousand items it takes a third to a half of a radix sort's time.  K. E. Batcher, Sorting networks
 * and their applications, AFIPS 1968. */
#ifndef TV_NUM_NETWORK_H
#define TV_NUM_NETWORK_H
#include <stdint.h>

enum { TV_NETWORK_LANES = 8, TV_NETWORK_FEWEST = 64 };

/* sorted[0..n) = items[0..n) ascending; items are used up.  n: a power of two, at least TV_NETWORK_FEWEST;
 * items at a 64-byte boundary. */
void tv_network_sort_avx512(uint64_t *items, int64_t n, uint64_t *sorted);

#endif
