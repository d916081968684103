/* core/deflate.h - zlib compression on all threads. */
#ifndef TV_CORE_DEFLATE_H
#define TV_CORE_DEFLATE_H
#include <stddef.h>
#include <stdint.h>

struct tv_deflate {
    const void *bytes; /* borrowed */
    size_t n;
    uint8_t *packed; /* the zlib stream; the caller frees it */
    size_t size;
};

/* Compresses each of x[0..count) at a zlib level of 1 to 9.  Pieces of 128 KiB are compressed apart, each
 * with the end of the one before as its dictionary: the bytes do not depend on the threads.  Dies when memory
 * is out. */
void tv_deflate(struct tv_deflate *x, size_t count, int level);

#endif
