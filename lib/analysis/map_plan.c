/* analysis/map_plan.c - work and memory of analysis/map.h, known before anything is done. */
#include <math.h>
#include "analysis/affinity.h"
#include "analysis/map.h"
#include "analysis/place.h"
#include "core/err.h"
#include "core/mem.h"

/* What an inner product costs beside its arithmetic, and what a neighbour found, a repelling pair, a stored
 * affinity, a point on the mesh and the mesh itself cost, in multiply-adds of a matrix product: measured. */
enum { PRODUCT = 80, PAIR = 8, NEIGHBOUR = 100, MESH_POINT = 10000, MESH = 200000000, SORTED = 10000 };

static int64_t columns(const struct tv_map *m, int64_t p)
{
    return m->o.pca > 0 && m->o.pca < p ? m->o.pca : p;
}

static struct tv_plan plan_transform(const struct tv_map *m)
{
    int64_t n = m->in[0].x->dim[0], p = m->in[0].p, k = tv_affinity_neighbours(n, m->o.perplexity);
    return (struct tv_plan){m->n, m->n * n * (columns(m, p) + PRODUCT + TV_PLACE_STEPS * PAIR),
                            (n + m->n) * 12 * p + m->n * 8 * k + 16 * n};
}

/* Memory is most when P is made: the neighbours, and P, of at most twice as many entries (measured: 1.4 to
 * 1.5 times as many) and padding.  The rows, a copy and their packed form are smaller unless they are wide.
 * What a descent reads of P (struct tv_student_rows) takes less than the neighbours, unless maps are several.
 */
struct tv_plan tv_map_plan(const struct tv_map *m)
{
    if (m->o.transform) return plan_transform(m);
    int64_t n = m->n, k = tv_affinity_neighbours(n, m->o.perplexity);
    struct tv_plan plan = {.images = n};
    int64_t others = n > TV_MAP_LISTS ? 48 * (int64_t)sqrt((double)n) : n;
    int64_t repulsion = tv_tsne_meshed(&m->o.tsne, n) ? MESH_POINT * n + MESH : PAIR * n * n;
    int64_t joint = n * (8 * (k + k / 2) + 64 + 80), read = n * (4 * (k + k / 2) + k / 2 + 48), rows = 0;
    for (int t = 0; t < m->inputs; t++) {
        int64_t p = m->in[t].p, narrow = columns(m, p);
        plan.macs += n * others * (narrow + PRODUCT) + n * k * SORTED +
                     m->o.tsne.iterations * (repulsion + NEIGHBOUR * k * n);
        plan.bytes += joint;
        rows = 4 * n * (p + 2 * narrow) > rows ? 4 * n * (p + 2 * narrow) : rows;
    }
    int64_t making = n * 8 * k + rows, descent = m->inputs * read;
    plan.bytes += making > descent ? making : descent;
    return plan;
}

const char *tv_map_check_memory(const struct tv_map *m)
{
    int64_t need = tv_map_plan(m).bytes + tv_memory_used();
    if (m->o.mem == 0 || need <= (int64_t)m->o.mem) return NULL;
    return tv_msg(
        "--mem: want %lld MiB for %lld rows at a perplexity of %g, got %lld MiB; lower --perplexity or map "
        "fewer rows",
        (long long)(need >> 20) + 1, (long long)m->n, m->o.perplexity, (long long)(m->o.mem >> 20));
}
