#include "nn/exec_internal.h"
#include "core/mem.h"
#include <assert.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

void tv_exec_between(const struct tv_graph *g, int from, const int *want, int n_want, bool *mask)
{
    bool *after = TV_ARRAY(bool, (size_t)g->n_values), *before = TV_ARRAY(bool, (size_t)g->n_values);
    for (int i = 0; i < n_want; i++) after[want[i]] = true;
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        bool reached = false;
        for (int i = 0; i < n->n_in; i++) reached |= n->in[i] >= 0 && after[n->in[i]];
        for (int o = 0; o < n->n_out; o++)
            if (n->out[o] >= 0) after[n->out[o]] |= reached;
    }
    before[from] = true;
    for (int k = g->n_nodes - 1; k >= 0; k--) {
        const struct tv_node *n = &g->node[k];
        bool leads = false;
        for (int o = 0; o < n->n_out; o++) leads |= n->out[o] >= 0 && before[n->out[o]];
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] >= 0) before[n->in[i]] |= leads;
    }
    for (int v = 0; v < g->n_values; v++) mask[v] = after[v] && before[v];
    free(after);
    free(before);
}

static void add(float *sum, const float *x, int64_t n)
{
#pragma omp parallel for simd schedule(static) if (n > 1 << 16)
    for (int64_t i = 0; i < n; i++) sum[i] += x[i];
}

/* Is the next node the first to write multipliers of the value, or of its piece? */
static bool unwritten(const struct tv_exec *e, int value) { return !e->m[value] || e->open[value]; }

/* Multipliers of one input.  They go straight to m[] for its first reader and through a block for the others.
 */
static struct tv_block want_input(struct tv_exec *e, int value, struct tv_view *min)
{
    struct tv_block aside = {0};
    bool first = unwritten(e, value);
    if (!e->m[value]) tv_exec_room(e, value, e->m, e->m_size);
    *min = tv_exec_piece_of(e, value, e->m[value], 0);
    e->open[value] = false;
    if (!first) {
        aside = tv_exec_take(e, tv_view_count(min) * (int64_t)sizeof(float));
        min->data = aside.data;
    }
    return aside;
}

/* In bfloat16 where that is wanted and the operator can and only its first input's multipliers are asked for.
 */
static bool pairs_backward(struct tv_exec *e, const struct tv_node *n, const struct tv_intervals *intervals,
                           struct tv_view *min, const struct tv_view *mout, const struct tv_view *in0)
{
    if (!e->low || !min[0].data || !tv_exec_serves_pairs(e, n, mout, in0)) return false;
    for (int i = 1; i < n->n_in; i++)
        if (min[i].data) return false;
    struct tv_block scratch = tv_exec_take(e, tv_view_pairs(mout) * (int64_t)sizeof(float));
    int64_t images = intervals->images ? intervals->images : e->g->batch,
            row = intervals->first * images + e->piece.first;
    if (!e->dry) n->op->pairs->backward(n, min, mout, in0, row, images, scratch.data);
    tv_exec_give(e, scratch.data, scratch.size);
    return true;
}

/* May the multipliers of input 0 take the place of output 0's?  Who wanted those has had them. */
static bool overwrites(const struct tv_exec *e, const struct tv_node *n)
{
    if (tv_exec_works(e, n, TV_IN_PLACE_BACKWARD)) return true;
    if (!(n->op->flags & TV_OP_OVERWRITES)) return false;
    if (e->piece.rows && !(e->m_inner[n->in[0]] && e->m_inner[n->out[0]])) return false;
    const struct tv_value *x = &e->g->value[n->in[0]], *y = &e->g->value[n->out[0]];
    return x->layout == y->layout && tv_exec_value_bytes(x) == tv_exec_value_bytes(y);
}

/* ---- a node ---- */

enum { MOST_INPUTS = 3 }; /* of an operator that conducts */

struct pass {
    struct tv_intervals intervals;
    bool *mask, *wanted; /* per value: multipliers go through it; the caller asks for them */
    int *writers;        /* per value: nodes that write its multipliers */
    bool *told;          /* per value: the caller has had its multipliers, or those of its piece */
    const struct tv_exec_sink *sink;
};

/* What a node's backward takes (nn/op.h). */
struct views {
    struct tv_view *min, *in0, *in1, *mout, *out0, *out1, *all;
};

static struct views views_new(int ni, int no)
{
    struct tv_view *v = TV_ARRAY(struct tv_view, (size_t)(3 * ni + 3 * no));
    return (struct views){v, v + ni, v + 2 * ni, v + 3 * ni, v + 3 * ni + no, v + 3 * ni + 2 * no, v};
}

/* Multipliers of a value from element `begin` on; those of a wanted one that the elementwise node `n` writes,
 * unless that is NULL. */
struct arrival {
    const struct pass *p;
    int value;
    const float *m;
    int64_t begin, end, point; /* elements of the rows; of a point */
    const struct tv_node *n;
    const struct views *v;
};

static struct tv_view some(const struct tv_view *all, int64_t first, int64_t n)
{
    return (struct tv_view){.dtype = TV_F32, .rank = 1, .dim = {n}, .data = (float *)all->data + first};
}

/* Elements [first, first + count) of the rows. */
static void run_block(const struct arrival *a, int64_t first, int64_t count)
{
    const struct tv_exec_sink *sink = a->p->sink;
    int64_t at = first - a->begin;
    if (!a->n) {
        sink->take(sink->user, a->value, a->m + at, first, count);
        return;
    }
    const struct views *v = a->v;
    struct tv_view in0[MOST_INPUTS], in1[MOST_INPUTS], min = some(v->min, at, count),
                                                       mout = some(v->mout, at, count);
    memcpy(in0, v->in0, (size_t)a->n->n_in * sizeof *in0);
    memcpy(in1, v->in1, (size_t)a->n->n_in * sizeof *in1);
    in0[0] = some(v->in0, at, count), in1[0] = some(v->in1, at, count);
    a->n->op->conduct(a->n, &min, &mout, in0, in1, sink->sum(sink->user, a->value) + first % a->point);
}

/* Each thread has the same elements of all points, in their order. */
static void run_points(const struct arrival *a)
{
    enum { LEAST = 16384, LINE = 16 };
    if (a->begin >= a->end) return;
    int64_t n = a->point, k0 = a->begin / n, k1 = (a->end - 1) / n, j0 = k0 == k1 ? a->begin - k0 * n : 0,
            j1 = k0 == k1 ? a->end - k0 * n : n;
#pragma omp parallel if (a->end - a->begin > LEAST)
    {
        int64_t threads = omp_get_num_threads(), each = ((j1 - j0) / threads / LINE + 1) * LINE,
                from = j0 + omp_get_thread_num() * each, to = from + each < j1 ? from + each : j1;
        for (int64_t k = k0; k <= k1; k++) {
            int64_t first = k * n + from, end = k * n + to;
            if (first < a->begin) first = a->begin;
            if (end > a->end) end = a->end;
            if (first < end) run_block(a, first, end - first);
        }
    }
}

static struct arrival arrival_of(const struct tv_exec *e, const struct pass *p, int value)
{
    int64_t row = tv_value_row(&e->g->value[value]), begin = e->piece.first * row;
    return (struct arrival){.p = p,
                            .value = value,
                            .m = tv_exec_piece_of(e, value, e->m[value], 0).data,
                            .begin = begin,
                            .end = begin + tv_exec_rows(e) * row,
                            .point = p->intervals.images * row};
}

/* The multipliers of a value are complete. */
static void tell(struct tv_exec *e, const struct pass *p, int value)
{
    if (!p->wanted[value] || p->told[value] || e->dry) return;
    struct arrival a = arrival_of(e, p, value);
    if (p->intervals.images)
        run_points(&a);
    else
        p->sink->take(p->sink->user, value, a.m, a.begin, a.end - a.begin);
}

/* The views of a node whose output's multipliers are there; `aside` [n_in]: inputs that had some before. */
static void open_views(struct tv_exec *e, const struct pass *p, const struct tv_node *n, struct views *v,
                       struct tv_block *aside)
{
    for (int o = 0; o < n->n_out; o++) {
        if (n->out[o] < 0) continue;
        v->mout[o] = tv_exec_piece_of(e, n->out[o], e->m[n->out[o]], 0);
        v->out0[o] = tv_exec_data_view(e, n->out[o], 0);
        v->out1[o] = tv_exec_data_view(e, n->out[o], p->intervals.offset);
    }
    if (overwrites(e, n) && p->mask[n->in[0]] && unwritten(e, n->in[0])) {
        e->m[n->in[0]] = e->m[n->out[0]], e->m_size[n->in[0]] = e->m_size[n->out[0]];
        e->m[n->out[0]] = NULL;
        e->open[n->in[0]] = false;
        v->min[0] = v->mout[0];
    }
    for (int i = 0; i < n->n_in; i++) {
        bool same = i == 0 && tv_exec_works(e, n, TV_IN_PLACE_FORWARD);
        v->in0[i] = same ? v->out0[0] : tv_exec_data_view(e, n->in[i], 0);
        v->in1[i] = same ? v->out1[0] : tv_exec_data_view(e, n->in[i], p->intervals.offset);
        if (n->in[i] >= 0 && p->mask[n->in[i]] && !v->min[i].data)
            aside[i] = want_input(e, n->in[i], &v->min[i]);
    }
}

/* Is the node elementwise, and the only one to write multipliers of a value whose conductances add up?  Then it
 * does so on the way. */
static bool conducts(const struct pass *p, const struct tv_node *n)
{
    int x = n->in[0];
    return n->op->conduct && p->intervals.images && n->n_in <= MOST_INPUTS && p->wanted[x] &&
           p->writers[x] == 1 && p->sink->sum && p->sink->sum(p->sink->user, x);
}

static void node_backward(struct tv_exec *e, const struct tv_node *n, const struct pass *p)
{
    struct views v = views_new(n->n_in, n->n_out);
    struct tv_block *aside = TV_ARRAY(struct tv_block, (size_t)n->n_in);
    bool sums = conducts(p, n), low = false;
    for (int o = 0; o < n->n_out; o++)
        if (n->out[o] >= 0 && e->m[n->out[o]]) tell(e, p, n->out[o]);
    open_views(e, p, n, &v, aside);
    assert(n->op->backward);
    int64_t rows = tv_exec_rows(e);
    double start = tv_exec_profile_start(e);
    if (sums) {
        struct arrival a = arrival_of(e, p, n->in[0]);
        a.n = n, a.v = &v;
        if (!e->dry) run_points(&a);
        p->told[n->in[0]] = true;
    } else if (!(low = pairs_backward(e, n, &p->intervals, v.min, v.mout, v.in0)) && !e->dry)
        n->op->backward(n, v.min, v.mout, v.in0, v.in1, v.out0, v.out1);
    tv_exec_profile_add(e, TV_PASS_BACKWARD, n, low ? 0 : rows, low ? rows : 0, start);
    for (int i = 0; i < n->n_in; i++) {
        if (!aside[i].data) continue;
        struct tv_view sum = tv_exec_piece_of(e, n->in[i], e->m[n->in[i]], 0);
        if (!e->dry) add(sum.data, aside[i].data, tv_view_count(&sum));
        tv_exec_give(e, aside[i].data, aside[i].size);
    }
    free(aside);
    free(v.all);
}

/* ---- the pass ---- */

/* A node whose output's multipliers are complete, if there are any; true then. */
static bool carry(struct tv_exec *e, const struct pass *p, const struct tv_node *n)
{
    bool carries = false, goes_on = false;
    for (int o = 0; o < n->n_out; o++) carries |= n->out[o] >= 0 && e->m[n->out[o]];
    for (int i = 0; i < n->n_in; i++) goes_on |= n->in[i] >= 0 && p->mask[n->in[i]];
    if (carries && goes_on) node_backward(e, n, p);
    for (int o = 0; carries && !goes_on && o < n->n_out; o++)
        if (n->out[o] >= 0 && e->m[n->out[o]]) tell(e, p, n->out[o]);
    return carries;
}

/* Do multipliers reach an output of the node? */
static bool reaches(const struct pass *p, const struct tv_node *n)
{
    bool any = false;
    for (int o = 0; o < n->n_out; o++) any |= n->out[o] >= 0 && p->mask[n->out[o]];
    return any;
}

static void drop_outputs(struct tv_exec *e, const struct tv_node *n, bool carries)
{
    for (int o = 0; o < n->n_out; o++) {
        if (n->out[o] < 0) continue;
        if (carries) tv_exec_drop_multipliers(e, n->out[o]);
        if (e->spend[n->out[o]]) tv_exec_drop(e, n->out[o]);
    }
}

/* Multipliers that only the chain reads and writes are inner; the others get their room. `open` [n_values]:
 * those whose first writer is in the chain. */
static void open_chain(struct tv_exec *e, const struct tv_chain *c, const struct pass *p, bool *open)
{
    const struct tv_graph *g = e->g;
    for (int k = c->first; k < c->end; k++)
        for (int i = 0; i < g->node[k].n_in; i++) {
            int v = g->node[k].in[i];
            if (v < 0 || !p->mask[v] || !p->mask[g->node[k].out[0]] || e->m[v]) continue;
            open[v] = true;
            e->m_inner[v] = g->value[v].producer >= c->first;
        }
    for (int v = 0; v < g->n_values; v++)
        if (open[v] && !e->m_inner[v]) tv_exec_room(e, v, e->m, e->m_size);
}

static void chain_backward(struct tv_exec *e, const struct tv_chain *c, const struct pass *p)
{
    const struct tv_graph *g = e->g;
    bool *open = TV_ARRAY(bool, (size_t)g->n_values);
    open_chain(e, c, p, open);
    for (int64_t first = 0, rows; first < g->batch; first += rows) {
        rows = g->batch - first < c->rows ? g->batch - first : c->rows;
        e->piece = (struct tv_piece){first, rows};
        for (int v = 0; v < g->n_values; v++)
            if (open[v]) e->open[v] = true, p->told[v] = false;
        for (int k = c->end - 1; k >= c->first; k--) {
            int v = g->node[k].out[0];
            carry(e, p, &g->node[k]);
            if (e->m_inner[v]) tv_exec_drop_multipliers(e, v);
        }
    }
    e->piece = (struct tv_piece){0};
    for (int v = 0; v < g->n_values; v++)
        if (open[v]) e->open[v] = e->m_inner[v] = false;
    for (int k = c->end - 1; k >= c->first; k--) drop_outputs(e, &g->node[k], true);
    free(open);
}

static enum tv_exec_part *parts_new(const struct tv_exec *e, const bool *mask)
{
    const struct tv_graph *g = e->g;
    enum tv_exec_part *part = TV_ARRAY(enum tv_exec_part, (size_t)g->n_nodes);
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        bool chain = e->chained && !(n->op->flags & TV_OP_PATH) && n->n_out == 1 && n->out[0] >= 0 &&
                     mask[n->out[0]] && tv_exec_keeps_rows_apart(e, n);
        for (int i = 0; i < n->n_in; i++) /* gradients of weights sum over all rows */
            chain &= n->in[i] < 0 || !mask[n->in[i]] || g->value[n->in[i]].varies;
        part[k] = chain ? TV_EXEC_CHAIN : TV_EXEC_ALONE;
    }
    return part;
}

void tv_exec_backward(struct tv_exec *e, int from, struct tv_intervals intervals, const int *want, int n_want,
                      const struct tv_exec_sink *sink)
{
    const struct tv_graph *g = e->g;
    size_t values = (size_t)g->n_values;
    struct pass p = {.intervals = intervals,
                     .mask = TV_ARRAY(bool, values),
                     .wanted = TV_ARRAY(bool, values),
                     .told = TV_ARRAY(bool, values),
                     .writers = TV_ARRAY(int, values),
                     .sink = sink};
    tv_exec_between(g, from, want, n_want, p.mask);
    for (int i = 0; i < n_want; i++) p.wanted[want[i]] = true;
    for (int k = 0; k < g->n_nodes; k++)
        for (int i = 0; i < g->node[k].n_in; i++)
            if (g->node[k].in[i] >= 0) p.writers[g->node[k].in[i]] += reaches(&p, &g->node[k]);
    enum tv_exec_part *part = parts_new(e, p.mask);
    for (int k = g->n_nodes - 1; k >= 0;) {
        struct tv_chain c = tv_exec_chain(e, part, k, -1);
        if (c.end - c.first > 1)
            chain_backward(e, &c, &p);
        else
            drop_outputs(e, &g->node[k], carry(e, &p, &g->node[k]));
        k = c.first - 1;
    }
    for (int v = 0; v < g->n_values; v++) { /* graph inputs and weights have no producer */
        if (!e->m[v]) continue;
        tell(e, &p, v);
        tv_exec_drop_multipliers(e, v);
    }
    free(part);
    free(p.told);
    free(p.writers);
    free(p.mask);
    free(p.wanted);
}
