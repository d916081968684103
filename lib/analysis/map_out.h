/* analysis/map_out.h - streams that tv-tsne writes, and reads again (analysis/map.h). */
#ifndef TV_ANALYSIS_MAP_OUT_H
#define TV_ANALYSIS_MAP_OUT_H
#include "analysis/map.h"

/* What is behind the slash in the names of aligned maps: the input's base name without its last suffix.  New
 * string. */
char *tv_map_name_new(const struct tv_map_input *in);
/* The tensors of one number or text a row, of the rows mapped: of the last input, or with `align` of the
 * first one, and as NAME/<input> those of the others that differ from it. */
void tv_map_carry(const struct tv_map *m, struct tv_writer *w);
/* P with its rows in the order of the input's. */
void tv_map_save_p(struct tv_writer *w, const struct tv_sparse *p, double perplexity);
/* Reads what tv_map_save_p wrote, of n rows; NULL, or a message. */
const char *tv_map_load_p(struct tv_sparse *p, const char *path, int64_t n);
/* Reads points [n,2] (n < 0: any number) from a file of one tensor or with a tensor `tsne`; `option` for
 * messages. The caller frees *u. */
const char *tv_map_load_points(float **u, int64_t *n, const char *path, const char *option);

#endif
