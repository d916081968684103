/* data/text.h - tensors as text: a table (CSV, TSV) or JSON.
 *
 * A table has one column a rank-1 tensor, called as it is, and C columns `name.0` to `name.C-1` a tensor
 * [N,C], side by side under a header line.  Floats are written with the fewest digits that read back equal;
 * in JSON, which has no NaN and no infinity, those become null.
 */
#ifndef TV_DATA_TEXT_H
#define TV_DATA_TEXT_H
#include "core/stream.h"

/* NULL, or why the tensors do not make one table (more than two dimensions, different numbers of rows). */
const char *tv_text_check(const struct tv_set *s);
/* Writes the table; `sep` ',' quotes as RFC 4180, '\t' writes tab, line end and backslash as \t \n \\. */
void tv_text_table(const char *path, const struct tv_set *s, char sep);
/* {"meta": {...}, "tensors": {"name": {"dtype", "shape", "attributes", "data": nested arrays}}} */
void tv_text_json(const char *path, const struct tv_set *s);

#endif
