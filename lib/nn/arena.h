/* nn/arena.h - memory for the values of a run, which come and go in every size.
 *
 * Pieces are cut from slabs: each from the smallest hole that holds it, the untouched end of a slab last;
 * neighbouring holes become one.  So what a pass took for many small values serves the next for a few large
 * ones, and a run takes what is alive at a time, not what was ever asked for.  The same calls give the same
 * places.
 *
 * A dry arena has addresses but no memory: `tv_arena_bytes` then tells how large a slab the calls would need.
 */
#ifndef TV_NN_ARENA_H
#define TV_NN_ARENA_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tv_arena;
struct tv_arena *tv_arena_new(bool dry);
void tv_arena_free(struct tv_arena *a);

/* A piece of `bytes`, rounded up to a multiple of 64 and so aligned, not initialised; a new slab where no
 * hole is large enough. */
void *tv_arena_take(struct tv_arena *a, int64_t bytes);
/* The piece comes back; `bytes` as it was taken. */
void tv_arena_give(struct tv_arena *a, void *piece, int64_t bytes);
/* One slab of at least `bytes` in place of several, while nothing is taken; otherwise nothing happens. */
void tv_arena_reserve(struct tv_arena *a, int64_t bytes);
/* Of all slabs; of a dry arena, up to the farthest piece so far. */
int64_t tv_arena_bytes(const struct tv_arena *a);

#endif
