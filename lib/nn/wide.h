/* nn/wide.h - elements of any numeric type in 64 bits, for operators on types other than f32; private to
 * lib/nn. Floats become double, signed and bool int64_t, unsigned uint64_t; integers go back modulo 2^bits,
 * as C's. */
#ifndef TV_NN_WIDE_H
#define TV_NN_WIDE_H
#include "nn/op.h"

enum tv_wide { TV_WIDE_F64, TV_WIDE_I64, TV_WIDE_U64 };
enum tv_wide tv_wide_of(enum tv_dtype t);
/* A view on a new array of 64-bit elements; the caller frees its data. */
struct tv_view tv_widen_new(const struct tv_view *v);
/* Room for a result like `v`. */
struct tv_view tv_wide_room_new(const struct tv_view *v);
/* Stores `wide` in `dst` and frees it. */
void tv_narrow(struct tv_view *dst, struct tv_view *wide);

#endif
