#include "nn/exec_internal.h"
#include <omp.h>

/* What a node reads and writes of a piece, by thread, should stay in the caches; nodes whose rows differ more in
 * size than by DIFFER take pieces of their own. */
enum { PIECE_BYTES = 4 << 20, DIFFER = 3 };

static bool by_rows(const struct tv_exec *e, const struct tv_value *v)
{
    return v->dtype == TV_F32 && v->rank >= 2 && v->dim[0] == e->g->batch;
}

bool tv_exec_keeps_rows_apart(const struct tv_exec *e, const struct tv_node *n)
{
    const struct tv_graph *g = e->g;
    if (!(n->op->flags & TV_OP_ROWS) || n->n_out != 1 || n->out[0] < 0) return false;
    const struct tv_value *y = &g->value[n->out[0]];
    if (!y->varies || !by_rows(e, y)) return false;
    for (int i = 0; i < n->n_in; i++) {
        if (n->in[i] < 0 || !g->value[n->in[i]].varies) continue;
        const struct tv_value *x = &g->value[n->in[i]];
        bool weight = i > 0 && !(n->op->flags & (TV_OP_SAME | TV_OP_LINEAR));
        if (!by_rows(e, x) || x->rank != y->rank || weight) return false;
    }
    return true;
}

/* Rows of a piece for one node. */
static int64_t rows_of(const struct tv_exec *e, const struct tv_node *n)
{
    const struct tv_graph *g = e->g;
    int64_t row = tv_value_row(&g->value[n->out[0]]);
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] >= 0 && g->value[n->in[i]].varies) row += tv_value_row(&g->value[n->in[i]]);
    int64_t bytes = e->piece_bytes ? e->piece_bytes : omp_get_max_threads() * (int64_t)PIECE_BYTES,
            rows = bytes / (row * (int64_t)sizeof(float) + 1);
    return rows < 1 ? 1 : rows > g->batch ? g->batch : rows;
}

struct tv_chain tv_exec_chain(const struct tv_exec *e, const enum tv_exec_part *part, int k, int step)
{
    const struct tv_graph *g = e->g;
    if (part[k] != TV_EXEC_CHAIN) return (struct tv_chain){k, k + 1, g->batch};
    int64_t least = g->batch, most = 1;
    int to = k;
    for (int i = k; i >= 0 && i < g->n_nodes && part[i] != TV_EXEC_ALONE; i += step) {
        if (part[i] == TV_EXEC_IDLE) continue;
        int64_t rows = rows_of(e, &g->node[i]), low = rows < least ? rows : least,
                high = rows > most ? rows : most;
        if (high > DIFFER * low) break;
        least = low, most = high, to = i;
    }
    return step > 0 ? (struct tv_chain){k, to + 1, least} : (struct tv_chain){to, k + 1, least};
}
