/* data/numbers.h - a table of numbers in text, CSV or TSV, as a tensor f64 [rows, columns].
 *
 *     images,time (s)         a first line without a number names the columns: attribute `columns`, comma-
 *     4,0.52                  separated
 *     8,1.05
 *
 * Empty lines do not count.
 */
#ifndef TV_DATA_NUMBERS_H
#define TV_DATA_NUMBERS_H
#include "core/tensor.h"

/* *t is new, called `name`.  NULL, or a message with the line: a cell that is no number, rows of different
 * lengths, no row at all. */
const char *tv_numbers_parse_new(struct tv_tensor **t, const char *text, const char *name);

#endif
