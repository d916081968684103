/* core/safetensors.h - the safetensors container: u64 length, JSON header, raw little-endian data.
 *
 *     {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"key": "text"}}
 */
#ifndef TV_CORE_SAFETENSORS_H
#define TV_CORE_SAFETENSORS_H
#include "core/stream.h"

/* Does it start like one? n >= 9 bytes are looked at. */
bool tv_safetensors_is(const void *head, size_t n);
/* Parses a whole file; the tensors are added to `s` as copies, the metadata to its meta.  NULL or a message.
 */
const char *tv_safetensors_parse(struct tv_set *s, const void *bytes, size_t n);
/* Writes the numeric tensors of a set (wider types first, so that all data are aligned), its meta and, as
 * "tensor.key", the attributes.  `skipped` receives the number of string tensors left out: the format has
 * none. Dies in core when the file cannot be written. */
void tv_safetensors_write(const char *path, const struct tv_set *s, size_t *skipped);

#endif
