/* core/select.h - a subset of a stream: tensors by name, class and layer, rows by number and class; and
 * renaming.
 *
 * Names are changed first, then everything is selected by the new ones.  Rows that came before the labels
 * they are selected by wait in memory; there are none where chunks interleave, as the programs write them. */
#ifndef TV_CORE_SELECT_H
#define TV_CORE_SELECT_H
#include "core/opt.h"
#include "core/stream.h"

struct tv_select_options {
    struct tv_strings tensors; /* globs; none: all */
    struct tv_strings except;  /* globs */
    struct tv_strings renames; /* OLD=NEW, one '*' at most on each side, applied in order */
    struct tv_strings attrs;   /* GLOB:KEY=VALUE, applied in order; without a value the attribute goes */
    const char *class;         /* index or name: rows with that label, and tensors <kind>/<class>/... of it */
    const char *layers;        /* core/names.h; tensors that belong to no layer stay */
    int64_t first, last;       /* rows [first, last) of what is left; last < 0: to the end */
};
/* "A:B", "A:", ":B", rows counted from 0.  NULL or a message. */
const char *tv_select_parse_rows(struct tv_select_options *o, const char *text);
/* Copies the selection of all that `r` brings, keys included.  NULL or a message. */
const char *tv_select_run(const struct tv_select_options *o, struct tv_reader *r, struct tv_writer *w);

#endif
