#include "nn/exec_internal.h"
#include "core/mem.h"
#include "num/bf16.h"
#include "num/simd.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Which nodes must run for `want`, given what is set. */
static bool *nodes_needed_new(const struct tv_exec *e, const int *want, int n_want)
{
    const struct tv_graph *g = e->g;
    bool *value = TV_ARRAY(bool, (size_t)g->n_values), *node = TV_ARRAY(bool, (size_t)g->n_nodes);
    for (int i = 0; i < n_want; i++) value[want[i]] = true;
    for (int k = g->n_nodes - 1; k >= 0; k--) {
        const struct tv_node *n = &g->node[k];
        for (int o = 0; o < n->n_out; o++)
            if (n->out[o] >= 0 && value[n->out[o]] && !e->data[n->out[o]]) node[k] = true;
        for (int i = 0; node[k] && i < n->n_in; i++)
            if (n->in[i] >= 0 && !g->value[n->in[i]].data && !e->data[n->in[i]]) value[n->in[i]] = true;
    }
    free(value);
    return node;
}

/* ---- forward in steps ---- */

TV_SIMD static void clip(float *to, const float *x, struct tv_limits l, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = tv_clip(x[i], l.low, l.high);
}

/* The operator in f32; what lies between limits is made for those that cannot read it so. */
static void run(struct tv_exec *e, const struct tv_node *n, struct tv_view *out, struct tv_view *in)
{
    enum { BLOCK = 8192 };
    struct tv_view x = in[0];
    struct tv_block copy = {0};
    if (n->n_in > 0 && x.clip && !(tv_view_is_relu(&x) && (n->op->flags & TV_OP_RELU))) {
        int64_t count = tv_view_count(&x);
        copy = tv_exec_take(e, count * (int64_t)sizeof(float));
#pragma omp parallel for schedule(static) if (!e->dry && count > BLOCK)
        for (int64_t i = 0; i < (e->dry ? 0 : count); i += BLOCK)
            clip(copy.data + i, (float *)x.data + i, *x.clip, count - i < BLOCK ? count - i : BLOCK);
        in[0].data = copy.data;
        in[0].clip = NULL;
    }
    if (!e->dry) n->op->forward(n, out, in);
    if (copy.data) tv_exec_give(e, copy.data, copy.size);
    in[0] = x;
}

/* The same on some rows of its first input. */
static void forward_rows(struct tv_exec *e, const struct tv_node *n, struct tv_view out, struct tv_view *in,
                         int64_t first)
{
    struct tv_view all = in[0];
    in[0] = tv_exec_some_rows(&all, first, out.dim[0]);
    run(e, n, &out, in);
    in[0] = all;
}

/* The row that all of the first point are, computed once. */
static const float *alike_row(struct tv_exec *e, const struct tv_node *n, const struct tv_view *out,
                              struct tv_view *in)
{
    int64_t row = tv_view_count(out) / out->dim[0];
    float **first = &e->first[n->out[0]];
    if (*first) return *first;
    e->bytes += row * (int64_t)sizeof **first;
    *first = tv_alloc_aligned(e->dry ? 1 : (size_t)row, sizeof **first);
    struct tv_view o = tv_exec_some_rows(out, 0, 1);
    o.data = *first;
    forward_rows(e, n, o, in, 0);
    return *first;
}

static void repeat(float *y, const float *row, int64_t n, int64_t rows)
{
#pragma omp parallel for schedule(static) if (n * rows > 1 << 16)
    for (int64_t i = 0; i < rows; i++) memcpy(y + i * n, row, (size_t)n * sizeof *y);
}

/* The output at the first point: that of the last pass, one row for all, or computed in f32. */
static void first_point(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *s,
                        struct tv_view *out, struct tv_view *in)
{
    int v = n->out[0];
    int64_t rows = out->dim[0] / s->points, row = tv_view_count(out) / out->dim[0];
    float *y = out->data;
    if (s->first > 0) {
        if (!e->dry) memcpy(y, e->last[v].data, (size_t)(rows * row) * sizeof *y);
        tv_exec_give(e, e->last[v].data, e->last[v].size);
        e->last[v] = (struct tv_block){0};
    } else if (s->alike) {
        const float *first = alike_row(e, n, out, in);
        if (!e->dry) repeat(y, first, row, rows);
    } else
        forward_rows(e, n, tv_exec_some_rows(out, 0, rows), in, 0);
}

/* In f32: what is the same for all rows of the first point is computed once. */
static void alike_forward(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *s,
                          struct tv_view *out, struct tv_view *in)
{
    int64_t rows = out->dim[0] / s->points, others = out->dim[0] - rows;
    double start = tv_exec_profile_start(e);
    first_point(e, n, s, out, in);
    forward_rows(e, n, tv_exec_some_rows(out, rows, others), in, rows);
    tv_exec_profile_add(e, TV_PASS_FORWARD, n, others, 0, start);
}

/* to = the second run of rows less the first, all between the limits. */
TV_SIMD static void subtract(float *to, const float *to_run, const float *from_run, struct tv_limits l,
                             int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        to[i] = tv_clip(to_run[i], l.low, l.high) - tv_clip(from_run[i], l.low, l.high);
}

static struct tv_limits limits_of(const struct tv_view *x)
{
    return x->clip ? *x->clip : (struct tv_limits){-INFINITY, INFINITY};
}

/* The way that v goes from the first of so many points to the last. */
static struct tv_block way_of(struct tv_exec *e, const struct tv_view *v, int64_t points)
{
    enum { BLOCK = 8192 };
    int64_t n = tv_view_count(v) / points, end = (points - 1) * n;
    struct tv_block way = tv_exec_take(e, n * (int64_t)sizeof(float));
    const float *from = v->data;
#pragma omp parallel for schedule(static) if (!e->dry && n > BLOCK)
    for (int64_t i = 0; i < (e->dry ? 0 : n); i += BLOCK)
        subtract(way.data + i, from + end + i, from + i, limits_of(v), n - i < BLOCK ? n - i : BLOCK);
    return way;
}

static void forget_way(struct tv_exec *e, struct tv_block *way)
{
    tv_exec_give_back(e, *way);
    *way = (struct tv_block){0};
}

/* Of each step its share of the way from the path's beginning to its end. */
static float *shares_new(const struct tv_steps *s, int64_t steps)
{
    float *share = TV_ARRAY(float, (size_t)steps);
    const double *alpha = s->alpha + s->first, way = s->alpha[s->last] - s->alpha[0];
    for (int64_t p = 0; p < steps; p++) share[p] = (float)((alpha[p + 1] - alpha[p]) / way);
    return share;
}

/* So many steps from the first point on, each a share of the way to the path's end and what is left beside that, in
 * bfloat16.  A pass of the whole path finds the ways itself. */
static void by_differences(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *s,
                           int64_t steps, struct tv_view *out, struct tv_view *in)
{
    struct tv_block *way_in = &e->way_in[n->out[0]], *way_out = &e->way_out[n->out[0]];
    int64_t run = out->dim[0] / s->points;
    struct tv_view all = in[0], x = tv_exec_some_rows(&all, 0, (steps + 1) * run),
                   y = tv_exec_some_rows(out, 0, (steps + 1) * run);
    int64_t inner = tv_view_inner(&x), point = tv_view_count(&x) / (steps + 1);
    bool whole = s->first == 0 && !s->more, works = !e->dry && point > 0;
    if (whole) *way_in = way_of(e, &all, s->points);
    struct tv_block d = tv_exec_take(e, tv_view_pairs(&x) / (steps + 1) * steps * (int64_t)sizeof(float));
    float *share = works ? shares_new(s, steps) : NULL;
    struct tv_limits l = limits_of(&x);
    if (works)
        tv_bf16_steps(d.data, &(struct tv_bf16_steps){.x = x.data,
                                                      .slope = way_in->data,
                                                      .share = share,
                                                      .steps = steps,
                                                      .rows = point / inner,
                                                      .n = inner,
                                                      .low = l.low,
                                                      .high = l.high});
    if (whole) {
        forget_way(e, way_in);
        *way_out = way_of(e, out, s->points);
    }
    in[0] = x;
    if (works) n->op->pairs->forward(n, &y, in, steps, d.data, share, way_out->data);
    in[0] = all;
    free(share);
    tv_exec_give_back(e, d);
}

/* The last point of the way is computed in f32 like the first: what the network says there is exact, and the
 * errors of the steps in between do not reach it. */
static void steps_forward(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *s,
                          struct tv_view *out, struct tv_view *in)
{
    int v = n->out[0];
    int64_t rows = out->dim[0] / s->points, at_last = (s->points - 1) * rows,
            steps = s->more ? s->points - 1 : s->points - 2;
    struct tv_view last = tv_exec_some_rows(out, at_last, rows);
    double start = tv_exec_profile_start(e);
    first_point(e, n, s, out, in);
    if (!s->more && s->points > 1) forward_rows(e, n, last, in, at_last); /* whose way the steps take */
    if (steps > 0) by_differences(e, n, s, steps, out, in);
    tv_exec_profile_add(e, TV_PASS_FORWARD, n,
                        (s->more || s->points == 1 ? 0 : rows) + (s->alike || s->first > 0 ? 0 : rows),
                        steps > 0 ? steps * rows : 0, start);
    if (s->ends) {
        e->way_in[v] = way_of(e, &in[0], s->points);
        e->way_out[v] = way_of(e, out, s->points);
    } else if (!s->more) {
        forget_way(e, &e->way_in[v]);
        forget_way(e, &e->way_out[v]);
    } else {
        int64_t bytes = tv_view_count(&last) * (int64_t)sizeof(float);
        e->last[v] = tv_exec_take(e, bytes);
        if (!e->dry) memcpy(e->last[v].data, last.data, (size_t)bytes);
    }
}

/* ---- one node ---- */

/* Moves a block from one value to another that has none. */
static void hand_over(float **data, int64_t *size, int from, int to)
{
    data[to] = data[from];
    size[to] = size[from];
    data[from] = NULL;
}

/* Is all of the first point one row, to be computed but once? */
static bool begins_alike(const struct tv_steps *s) { return s && s->alike && s->first == 0 && s->points > 1; }

static void node_forward(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *steps)
{
    if (n->n_out == 1 && n->out[0] >= 0 && e->clipped[n->out[0]].of >= 0) return;
    struct tv_view *view = TV_ARRAY(struct tv_view, (size_t)(n->n_in + n->n_out)), *out = view + n->n_in;
    for (int i = 0; i < n->n_in; i++) view[i] = tv_exec_data_view(e, n->in[i], 0);
    if (tv_exec_works(e, n, TV_IN_PLACE_FORWARD)) hand_over(e->data, e->size, n->in[0], n->out[0]);
    for (int o = 0; o < n->n_out; o++) {
        if (n->out[o] < 0) continue;
        if (!e->data[n->out[o]]) tv_exec_set(e, n->out[o]);
        out[o] = tv_exec_data_view(e, n->out[o], 0);
    }
    bool serves = steps && tv_exec_serves_pairs(e, n, out, view);
    if (serves && e->piece.rows) {
        const float *first = alike_row(e, n, out, view);
        if (!e->dry) memcpy(out[0].data, first, (size_t)tv_view_count(&out[0]) * sizeof *first);
    } else if (serves && e->low)
        steps_forward(e, n, steps, out, view);
    else if (serves && begins_alike(steps))
        alike_forward(e, n, steps, out, view);
    else {
        double start = tv_exec_profile_start(e);
        run(e, n, out, view);
        tv_exec_profile_add(e, TV_PASS_FORWARD, n, tv_exec_rows(e), 0, start);
    }
    free(view);
}

/* A pass: which nodes run, and how many of them have yet to read each value. */
struct pass {
    bool *runs;
    int *readers;
    const struct tv_steps *steps;
};

static void drop_unread(struct tv_exec *e, const struct pass *p, const struct tv_node *n)
{
    for (int i = 0; i < n->n_in; i++) {
        int v = n->in[i];
        if (v >= 0 && --p->readers[v] == 0 && !e->keep[v]) tv_exec_drop(e, v);
    }
    for (int o = 0; o < n->n_out; o++) {
        int v = n->out[o];
        if (v >= 0 && p->readers[v] == 0 && !e->keep[v]) tv_exec_drop(e, v);
    }
}

/* ---- chains ---- */

/* Finds what nobody but the chain reads; the rest of what it makes gets its room. `last` [n_values]: the last
 * node to read an inner value. */
static void open_chain(struct tv_exec *e, const struct tv_chain *c, const struct pass *p, int *last)
{
    const struct tv_graph *g = e->g;
    int *reads = TV_ARRAY(int, (size_t)g->n_values);
    for (int k = c->first; k < c->end; k++)
        for (int i = 0; p->runs[k] && i < g->node[k].n_in; i++) {
            int v = g->node[k].in[i];
            if (v >= 0) reads[v]++, last[v] = k;
        }
    for (int k = c->first; k < c->end; k++) {
        int v = g->node[k].out[0];
        if (!p->runs[k] || e->clipped[v].of >= 0) continue;
        e->inner[v] = !e->keep[v] && reads[v] && reads[v] == p->readers[v];
        if (!e->inner[v]) tv_exec_set(e, v);
    }
    free(reads);
}

static void piece_forward(struct tv_exec *e, const struct tv_chain *c, const struct pass *p, const int *last,
                          struct tv_piece piece, const struct tv_steps *steps)
{
    e->piece = piece;
    for (int k = c->first; k < c->end; k++) {
        const struct tv_node *n = &e->g->node[k];
        if (!p->runs[k]) continue;
        node_forward(e, n, steps);
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] >= 0 && e->inner[n->in[i]] && last[n->in[i]] == k) tv_exec_drop(e, n->in[i]);
    }
    e->piece = (struct tv_piece){0};
}

static void chain_forward(struct tv_exec *e, const struct tv_chain *c, const struct pass *p)
{
    const struct tv_graph *g = e->g;
    int *last = TV_ARRAY(int, (size_t)g->n_values);
    int64_t first = 0;
    open_chain(e, c, p, last);
    if (begins_alike(p->steps)) {
        first = g->batch / p->steps->points;
        piece_forward(e, c, p, last, (struct tv_piece){0, 1}, p->steps);
        for (int k = c->first; k < c->end; k++) {
            int v = g->node[k].out[0];
            if (!p->runs[k] || e->inner[v] || e->clipped[v].of >= 0 || e->dry) continue;
            int64_t row = tv_value_row(&g->value[v]);
            repeat(e->data[v] + row, e->data[v], row, first - 1);
        }
    }
    for (int64_t rows; first < g->batch; first += rows) {
        rows = g->batch - first < c->rows ? g->batch - first : c->rows;
        piece_forward(e, c, p, last, (struct tv_piece){first, rows}, NULL);
    }
    for (int k = c->first; k < c->end; k++) {
        if (!p->runs[k]) continue;
        drop_unread(e, p, &g->node[k]);
        e->inner[g->node[k].out[0]] = false;
    }
    free(last);
}

/* What goes by differences needs all points at once. */
static enum tv_exec_part *parts_new(const struct tv_exec *e, const bool *runs, const struct tv_steps *steps)
{
    const struct tv_graph *g = e->g;
    enum tv_exec_part *part = TV_ARRAY(enum tv_exec_part, (size_t)g->n_nodes);
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        bool idle = !runs[k] || (n->n_out == 1 && n->out[0] >= 0 && e->clipped[n->out[0]].of >= 0),
             chain = e->chained && !(e->low && steps && tv_exec_can_pairs(e, n)) &&
                     tv_exec_keeps_rows_apart(e, n);
        part[k] = idle ? TV_EXEC_IDLE : chain ? TV_EXEC_CHAIN : TV_EXEC_ALONE;
    }
    return part;
}

/* ---- the pass ---- */

void tv_exec_forward_steps(struct tv_exec *e, const int *want, int n_want, const struct tv_steps *steps)
{
    const struct tv_graph *g = e->g;
    struct pass p = {.runs = nodes_needed_new(e, want, n_want), .steps = steps};
    enum tv_exec_part *part = parts_new(e, p.runs, steps);
    p.readers = TV_ARRAY(int, (size_t)g->n_values);
    for (int i = 0; i < n_want; i++) p.readers[want[i]] = 1; /* the caller */
    for (int k = 0; k < g->n_nodes; k++)
        for (int i = 0; p.runs[k] && i < g->node[k].n_in; i++)
            if (g->node[k].in[i] >= 0) p.readers[g->node[k].in[i]]++;
    for (int k = 0; k < g->n_nodes;) {
        struct tv_chain c = tv_exec_chain(e, part, k, 1);
        if (c.end > k + 1)
            chain_forward(e, &c, &p);
        else if (p.runs[k]) {
            node_forward(e, &g->node[k], steps);
            drop_unread(e, &p, &g->node[k]);
        }
        k = c.end;
    }
    free(part);
    free(p.readers);
    free(p.runs);
}

void tv_exec_forward(struct tv_exec *e, const int *want, int n_want)
{
    tv_exec_forward_steps(e, want, n_want, NULL);
}
