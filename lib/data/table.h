/* data/table.h - tensors as text: a table (CSV, TSV) or JSON.
 *
 * A table has one column a rank-1 tensor, called as it is, and C columns `name.0` to `name.C-1` a tensor
 * [N,C], side by side under a header line.  Floats are written with the fewest digits that read back equal;
 * in JSON, which has no NaN and no infinity, those become null.
 */
#ifndef TV_DATA_TABLE_H
#define TV_DATA_TABLE_H
#include "core/stream.h"

/* NULL, or why the tensors do not make one table (more than two dimensions, different numbers of rows). */
const char *tv_table_check(const struct tv_set *s);
/* Writes the table; `sep` ',' quotes as RFC 4180, '\t' writes tab, line end and backslash as \t \n \\. */
void tv_table_write(const char *path, const struct tv_set *s, char sep);
/* {"meta": {...}, "tensors": {"name": {"dtype", "shape", "attributes", "data": nested arrays}}} */
void tv_json_write(const char *path, const struct tv_set *s);

#endif
