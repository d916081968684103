/* core/join.h - several streams into one, with the memory of a chunk: rows appended in the order of the
 * inputs, or the shards of one run put together to the bytes that the run in one piece would have written. */
#ifndef TV_CORE_JOIN_H
#define TV_CORE_JOIN_H
#include "core/stream.h"

/* Tensors of one name are appended row by row: equal dtype, row shape and attributes are wanted; without
 * dimensions they have to be equal.  A tensor that an input lacks is an error unless `in_union`, or without
 * dimensions.  A file or an archive may have its tensors in any order, a pipe in that of the other inputs.
 * Inputs of which all carry the key `shard` are taken in its order: all parts once, with equal histories.
 * NULL or a message. */
const char *tv_join(struct tv_reader **in, int n, bool in_union, struct tv_writer *w);

#endif
