/* analysis/map.h - t-SNE (analysis/tsne.h) of a tensor of a stream: tv-tsne without its options.
 *
 * Output: `tsne` f32 [N,2], `tsne.kl` f64 [], and the input's other tensors of one number or text a row.
 */
#ifndef TV_ANALYSIS_MAP_H
#define TV_ANALYSIS_MAP_H
#include "analysis/tsne.h"
#include "core/stream.h"

enum {
    TV_MAP_SORT = 8192,    /* rows beyond which they are sorted so that neighbours are near in memory */
    TV_MAP_LISTS = 100000, /* rows beyond which neighbours come from inverted lists */
};

struct tv_map_options {
    const char *tensor; /* [N,P]; NULL: the only float matrix */
    const char *class;  /* rows of these classes only (comma-separated names and indices); NULL: all */
    double perplexity;
    int64_t pca;      /* dimensions that the rows are reduced to first; 0: none */
    const char *init; /* pca, random, or a file with a tensor [N,2] */
    uint64_t seed;
    struct tv_tsne tsne;
};

struct tv_map {
    struct tv_map_options o;
    struct tv_set set;
    const struct tv_tensor *x;
    int64_t n, p; /* rows chosen, columns */
    int64_t *row; /* [n] rows of the input */
};

/* Reads the stream and chooses the tensor and the rows.  NULL or a message. */
const char *tv_map_open(struct tv_map *m, const char *path, const struct tv_map_options *o);
const char *tv_map_run(struct tv_map *m, struct tv_writer *w);
void tv_map_close(struct tv_map *m);
/* For --dry-run: multiply-adds, bytes. */
int64_t tv_map_macs(const struct tv_map *m);
int64_t tv_map_bytes(const struct tv_map *m);

#endif
