/* data/cells.h - the cells of a line of a table: tab-separated text, or CSV with its quotes (RFC 4180). */
#ifndef TV_DATA_CELLS_H
#define TV_DATA_CELLS_H
#include <stddef.h>

/* '\t' when the line has one, else ','. */
char tv_cells_separator(const char *line);
/* New strings; tv_split_free frees them.  *n is their number, at least 1. */
char **tv_cells_new(const char *line, char separator, size_t *n);

#endif
