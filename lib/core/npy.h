/* core/npy.h - NumPy's .npy and .npz as another container of tensors: read into a set, written from one.
 * NPZ members may be stored or deflated; names lose their ".npy".  Fortran order is transposed on reading.
 * Functions return NULL or a message (tv_msg). */
#ifndef TV_CORE_NPY_H
#define TV_CORE_NPY_H
#include "core/stream.h"

bool tv_npy_is(const void *head, size_t n); /* does it start like .npy or .npz (zip)? n >= 6 */
/* Parses a whole file at `bytes`; a lone .npy becomes a tensor called `name`. */
const char *tv_npy_parse(struct tv_set *s, const void *bytes, size_t n, const char *name);
/* One array; the file is written under a temporary name and renamed. */
const char *tv_npy_write(const char *path, const struct tv_tensor *t);
const char *tv_npz_write(const char *path, const struct tv_set *s);

#endif
