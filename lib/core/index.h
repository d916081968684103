/* core/index.h - from names to numbers: a hash table over strings that somebody else owns. */
#ifndef TV_CORE_INDEX_H
#define TV_CORE_INDEX_H
#include <stddef.h>

struct tv_index {
    struct tv_index_slot {
        const char *name; /* borrowed; NULL: free */
        int value;
    } * slot;
    size_t cap, n; /* cap: a power of two */
};
/* The number stored under `name`, -1 when there is none. */
int tv_index_get(const struct tv_index *x, const char *name);
/* Stores `value` >= 0 under `name`, replacing what was there. */
void tv_index_put(struct tv_index *x, const char *name, int value);
void tv_index_release(struct tv_index *x);

#endif
