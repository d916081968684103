/* fig/map.h - a t-SNE map with what is known of its instances, for the instance view (the paper's
 * section 5.2).
 *
 * The map may hold a part of the images (tv-tsne --class, tv-select before it).  Predictions come from the
 * streams of
 * --source-infer and --target-infer: row by row where they list the map's instances, else by domain and path.
 */
#ifndef TV_FIG_MAP_H
#define TV_FIG_MAP_H
#include "fig/domain.h"

struct tv_map {
    const char *name; /* of its stream, borrowed */
    int64_t n;
    int64_t all;        /* instances that the other streams know of; n when they know of no more */
    double *at;         /* [n][2] */
    int64_t *label;     /* [n] -1: unknown; NULL: not given */
    int64_t *pred[2];   /* [n] of the source, the target model; -1: unknown; NULL: not given */
    enum tv_side *side; /* [n] */
    char *const *domain, *const *path; /* [n] borrowed; NULL: not given */
};
/* Maps among the operands. */
int tv_map_count(const struct tv_figure *f);
/* Reads map k of them.  NULL or a message. */
const char *tv_map_load(struct tv_map *m, const struct tv_figure *f, int k);
void tv_map_release(struct tv_map *m);

#endif
