/* analysis/map.h - t-SNE (analysis/tsne.h) of tensors of streams: tv-tsne without its options.
 *
 *   one input             its map
 *   align, several        maps of the same objects, descending together
 *   transform, two        the second one's rows placed on an old map of the first one's (analysis/place.h)
 *
 * Output: share/doc/tensors.md, tv-tsne.
 */
#ifndef TV_ANALYSIS_MAP_H
#define TV_ANALYSIS_MAP_H
#include "analysis/plan.h"
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
    int64_t pca;        /* dimensions that the rows are reduced to first; 0: none */
    const char *init;   /* pca, random, or a file with a tensor [N,2] */
    uint64_t seed, mem; /* mem: bytes allowed, 0: any */
    bool align;
    const char *transform; /* file with the old map, or NULL */
    bool save_p;           /* write P */
    const char *load_p;    /* file with P, or NULL */
    struct tv_tsne tsne;
};

struct tv_map_input {
    struct tv_set set;
    const struct tv_tensor *x;
    int64_t p; /* columns */
};

struct tv_map {
    struct tv_map_options o;
    int inputs;
    struct tv_map_input *in;
    int64_t n;    /* rows mapped or placed */
    int64_t *row; /* [n] rows of the inputs (transform: of the second) */
};

/* Reads the streams and chooses tensors and rows.  NULL or a message. */
const char *tv_map_open(struct tv_map *m, const char *const *path, int inputs,
                        const struct tv_map_options *o);
const char *tv_map_run(struct tv_map *m, struct tv_writer *w);
void tv_map_close(struct tv_map *m);
/* Work and memory. */
struct tv_plan tv_map_plan(const struct tv_map *m);
/* NULL, or why the memory allowed does not suffice and what to do. */
const char *tv_map_check_memory(const struct tv_map *m);

#endif
