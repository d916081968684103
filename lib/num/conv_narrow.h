/* num/conv_narrow.h - walks to few output channels or with few products a sum; private to lib/num. */
#ifndef TV_NUM_CONV_NARROW_H
#define TV_NUM_CONV_NARROW_H
#include "num/conv_walk.h"

/* Is it one, of rows long enough for the kernel? */
bool tv_walk_is_narrow(const struct tv_walk *s);
/* As tv_walk_run, to the bit. */
void tv_walk_narrow(const struct tv_walk *s);

#endif
