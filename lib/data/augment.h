/* data/augment.h - random changes of training images. */
#ifndef TV_DATA_AUGMENT_H
#define TV_DATA_AUGMENT_H
#include "data/dataset.h"
#include "num/rng.h"

struct tv_augment {
    bool flip;     /* mirror left and right, every other image */
    int64_t shift; /* up to that many pixels in each direction; what comes in is black (pixel value 0) */
};
/* Changes one normalised image [c,h,w] of the dataset, in the layout of its batches. */
void tv_augment_image(const struct tv_augment *a, const struct tv_dataset *d, struct tv_rng *r, float *x);

#endif
