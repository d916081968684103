#include "nn/exec.h"
#include "core/mem.h"
#include "core/progress.h"
#include "nn/op.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void init(struct tv_exec *e, struct tv_graph *g, bool dry)
{
    size_t n = (size_t)g->n_values;
    *e = (struct tv_exec){.g = g, .dry = dry, .arena = tv_arena_new(dry)};
    e->data = TV_ARRAY(float *, n);
    e->m = TV_ARRAY(float *, n);
    e->keep = TV_ARRAY(bool, n);
    e->spend = TV_ARRAY(bool, n);
    e->relu_of = TV_ARRAY(int, n);
    for (size_t v = 0; v < n; v++) e->relu_of[v] = -1;
    e->first = TV_ARRAY(float *, n);
    e->last = TV_ARRAY(struct tv_block, n);
    e->in_place = TV_ARRAY(unsigned char, (size_t)g->n_nodes);
    e->size = TV_ARRAY(int64_t, n);
    e->m_size = TV_ARRAY(int64_t, n);
}

void tv_exec_init(struct tv_exec *e, struct tv_graph *g) { init(e, g, false); }

void tv_exec_init_dry(struct tv_exec *e, struct tv_graph *g) { init(e, g, true); }

void tv_exec_share(struct tv_exec *e, const struct tv_exec *owner)
{
    if (!e->borrowed) tv_arena_free(e->arena);
    e->arena = owner->arena;
    e->borrowed = true;
}

void tv_exec_reserve(struct tv_exec *e, int64_t bytes) { tv_arena_reserve(e->arena, bytes); }

int64_t tv_exec_bytes(const struct tv_exec *e) { return tv_arena_bytes(e->arena) + e->bytes; }

static int64_t value_bytes(const struct tv_value *v)
{
    return tv_value_count(v) * (int64_t)tv_dtype_size(v->dtype);
}

static struct tv_block take(struct tv_exec *e, int64_t bytes)
{
    return (struct tv_block){tv_arena_take(e->arena, bytes), bytes};
}

static void give(struct tv_exec *e, float *data, int64_t size) { tv_arena_give(e->arena, data, size); }

void tv_exec_drop(struct tv_exec *e, int value)
{
    if (e->data[value]) give(e, e->data[value], e->size[value]);
    e->data[value] = NULL;
}

struct tv_block tv_exec_take_out(struct tv_exec *e, int value)
{
    struct tv_block rows = {e->data[value], e->data[value] ? e->size[value] : 0};
    e->data[value] = NULL;
    return rows;
}

void tv_exec_put_in(struct tv_exec *e, int value, struct tv_block rows)
{
    tv_exec_drop(e, value);
    e->data[value] = rows.data;
    e->size[value] = rows.size;
}

void tv_exec_give_back(struct tv_exec *e, struct tv_block rows)
{
    if (rows.data) give(e, rows.data, rows.size);
}

static void drop_multipliers(struct tv_exec *e, int value)
{
    if (e->m[value]) give(e, e->m[value], e->m_size[value]);
    e->m[value] = NULL;
}

void tv_exec_clear(struct tv_exec *e)
{
    for (int v = 0; v < e->g->n_values; v++) {
        tv_exec_drop(e, v);
        drop_multipliers(e, v);
    }
    tv_arena_reserve(e->arena, 0);
}

void tv_exec_release(struct tv_exec *e)
{
    if (!e->g) return;
    tv_exec_clear(e);
    for (int v = 0; v < e->g->n_values; v++) {
        free(e->first[v]);
        tv_exec_give_back(e, e->last[v]);
    }
    if (!e->borrowed) tv_arena_free(e->arena);
    free(e->first), free(e->last);
    free(e->data), free(e->m), free(e->keep), free(e->spend), free(e->relu_of), free(e->in_place),
        free(e->size), free(e->m_size);
    *e = (struct tv_exec){0};
}

static float *set(struct tv_exec *e, int value, float **data, int64_t *size)
{
    struct tv_block b = take(e, value_bytes(&e->g->value[value]));
    data[value] = b.data;
    size[value] = b.size;
    return b.data;
}

float *tv_exec_set(struct tv_exec *e, int value)
{
    tv_exec_drop(e, value);
    return set(e, value, e->data, e->size);
}

float *tv_exec_seed(struct tv_exec *e, int value)
{
    drop_multipliers(e, value);
    float *m = set(e, value, e->m, e->m_size);
    return e->dry ? m : memset(m, 0, (size_t)value_bytes(&e->g->value[value]));
}

int64_t tv_exec_budget(uint64_t mem, int64_t coming)
{
    enum { DEFAULT = 512 << 20, SLACK = 4 << 20 };
    return mem ? (int64_t)mem - tv_memory_used() - coming - SLACK : DEFAULT;
}

int64_t tv_exec_packed_bytes(const struct tv_graph *g, bool back)
{
    int64_t bytes = 0;
    for (int l = 0; l < g->n_layers; l++)
        if (g->layer[l].kind == TV_LAYER_CONV)
            bytes += (back ? 2 : 1) * tv_value_count(&g->value[g->layer[l].weight]) * (int64_t)sizeof(float);
    return bytes;
}

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

static double profile_start(const struct tv_exec *e) { return e->profile && !e->dry ? tv_seconds() : 0; }

static void profile_add(const struct tv_exec *e, enum tv_pass pass, const struct tv_node *n, int64_t f32_rows,
                        int64_t bf16_rows, double start)
{
    if (e->profile && !e->dry)
        tv_profile_add(e->profile, e->g, pass, (int)(n - e->g->node), f32_rows, bf16_rows, start);
}

static struct tv_view data_view(const struct tv_exec *e, int value)
{
    if (value < 0) return (struct tv_view){0};
    const struct tv_value *v = &e->g->value[value];
    bool relu = e->relu_of[value] >= 0;
    struct tv_view view =
        tv_view_of(v, v->data ? v->data : (void *)e->data[relu ? e->relu_of[value] : value]);
    view.relu = relu;
    return view;
}

/* ---- forward in steps ---- */

/* Does the operator multiply in bfloat16 here? */
static bool serves_pairs(const struct tv_exec *e, const struct tv_node *n, const struct tv_view *out,
                         const struct tv_view *in)
{
    if (!n->op->pairs || n->n_out != 1 || n->in[0] < 0 || !e->g->value[n->in[0]].varies) return false;
    for (int i = 1; i < n->n_in; i++)
        if (n->in[i] >= 0 && e->g->value[n->in[i]].varies) return false;
    return n->op->pairs->serves(n, out, in);
}

/* Rows [first, first + rows) of a view. */
static struct tv_view some_rows(const struct tv_view *v, int64_t first, int64_t rows)
{
    struct tv_view r = *v;
    r.data = (float *)v->data + first * (tv_view_count(v) / v->dim[0]);
    r.dim[0] = rows;
    return r;
}

/* The operator in f32 on some rows of its first input. */
static void forward_rows(const struct tv_node *n, struct tv_view out, struct tv_view *in, int64_t first)
{
    struct tv_view all = in[0];
    in[0] = some_rows(&all, first, out.dim[0]);
    n->op->forward(n, &out, in);
    in[0] = all;
}

/* The output at the first point: that of the last pass, one row for all, or computed in f32. */
static void first_point(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *s,
                        struct tv_view *out, struct tv_view *in)
{
    int v = n->out[0];
    int64_t rows = out->dim[0] / s->points, row = tv_view_count(out) / out->dim[0];
    float *y = out->data, **first = &e->first[v];
    if (s->goes_on) {
        if (!e->dry) memcpy(y, e->last[v].data, (size_t)(rows * row) * sizeof *y);
        give(e, e->last[v].data, e->last[v].size);
        e->last[v] = (struct tv_block){0};
        return;
    }
    bool known = s->alike && *first;
    if (s->alike && !known) {
        e->bytes += row * (int64_t)sizeof *y;
        *first = tv_alloc_aligned(e->dry ? 1 : (size_t)row, sizeof *y);
    }
    if (e->dry) return;
    struct tv_view o = some_rows(out, 0, s->alike ? 1 : rows);
    if (s->alike) o.data = *first;
    if (!known) forward_rows(n, o, in, 0);
    for (int64_t i = 0; s->alike && i < rows; i++) memcpy(y + i * row, *first, (size_t)row * sizeof *y);
}

/* In f32: what is the same for all rows of the first point is computed once. */
static void alike_forward(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *s,
                          struct tv_view *out, struct tv_view *in)
{
    int64_t rows = out->dim[0] / s->points, others = out->dim[0] - rows;
    double start = profile_start(e);
    first_point(e, n, s, out, in);
    if (e->dry) return;
    forward_rows(n, some_rows(out, rows, others), in, rows);
    profile_add(e, TV_PASS_FORWARD, n, others, 0, start);
}

/* The last point of the way is computed in f32 like the first: what the network says there is exact, and the
 * errors of the steps in between do not reach it. */
static void steps_forward(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *s,
                          struct tv_view *out, struct tv_view *in)
{
    int64_t rows = out->dim[0] / s->points, at_last = (s->points - 1) * rows,
            steps = s->more ? s->points - 1 : s->points - 2;
    struct tv_view last = some_rows(out, at_last, rows);
    double start = profile_start(e);
    first_point(e, n, s, out, in);
    if (steps > 0) {
        struct tv_block scratch = take(e, tv_view_pairs(&in[0]) * (int64_t)sizeof(float));
        struct tv_view x = some_rows(&in[0], 0, (steps + 1) * rows),
                       y = some_rows(out, 0, (steps + 1) * rows), all = in[0];
        in[0] = x;
        if (!e->dry) n->op->pairs->forward(n, &y, in, steps, scratch.data);
        in[0] = all;
        give(e, scratch.data, scratch.size);
    }
    if (!s->more && !e->dry && s->points > 1) forward_rows(n, last, in, at_last);
    profile_add(e, TV_PASS_FORWARD, n,
                (s->more || s->points == 1 ? 0 : rows) + (s->alike || s->goes_on ? 0 : rows),
                steps > 0 ? steps * rows : 0, start);
    if (!s->more) return;
    int64_t bytes = tv_view_count(&last) * (int64_t)sizeof(float);
    e->last[n->out[0]] = take(e, bytes);
    if (!e->dry) memcpy(e->last[n->out[0]].data, last.data, (size_t)bytes);
}

/* ---- forward ---- */

/* Moves a block from one value to another that has none. */
static void hand_over(float **data, int64_t *size, int from, int to)
{
    data[to] = data[from];
    size[to] = size[from];
    data[from] = NULL;
}

static bool works(const struct tv_exec *e, const struct tv_node *n, enum tv_in_place how)
{
    return e->in_place[n - e->g->node] & how;
}

static void node_forward(struct tv_exec *e, const struct tv_node *n, const struct tv_steps *steps)
{
    if (n->n_out == 1 && n->out[0] >= 0 && e->relu_of[n->out[0]] >= 0) return;
    struct tv_view *view = TV_ARRAY(struct tv_view, (size_t)(n->n_in + n->n_out)), *out = view + n->n_in;
    for (int i = 0; i < n->n_in; i++) view[i] = data_view(e, n->in[i]);
    if (works(e, n, TV_IN_PLACE_FORWARD)) hand_over(e->data, e->size, n->in[0], n->out[0]);
    for (int o = 0; o < n->n_out; o++) {
        if (n->out[o] < 0) continue;
        if (!e->data[n->out[o]]) tv_exec_set(e, n->out[o]);
        out[o] = data_view(e, n->out[o]);
    }
    bool serves = steps && serves_pairs(e, n, out, view);
    if (serves && e->low)
        steps_forward(e, n, steps, out, view);
    else if (serves && steps->alike && !steps->goes_on && steps->points > 1)
        alike_forward(e, n, steps, out, view);
    else if (!e->dry) {
        double start = profile_start(e);
        n->op->forward(n, out, view);
        profile_add(e, TV_PASS_FORWARD, n, e->g->batch, 0, start);
    }
    free(view);
}

void tv_exec_forward_steps(struct tv_exec *e, const int *want, int n_want, const struct tv_steps *steps)
{
    const struct tv_graph *g = e->g;
    bool *node = nodes_needed_new(e, want, n_want);
    int *readers =
        TV_ARRAY(int, (size_t)g->n_values); /* nodes of this pass that have yet to read the value */
    for (int i = 0; i < n_want; i++) readers[want[i]] = 1; /* the caller */
    for (int k = 0; k < g->n_nodes; k++)
        for (int i = 0; node[k] && i < g->node[k].n_in; i++)
            if (g->node[k].in[i] >= 0) readers[g->node[k].in[i]]++;
    for (int k = 0; k < g->n_nodes; k++) {
        if (!node[k]) continue;
        node_forward(e, &g->node[k], steps);
        for (int i = 0; i < g->node[k].n_in; i++) {
            int v = g->node[k].in[i];
            if (v >= 0 && --readers[v] == 0 && !e->keep[v]) tv_exec_drop(e, v);
        }
        for (int o = 0; o < g->node[k].n_out; o++) {
            int v = g->node[k].out[o];
            if (v >= 0 && readers[v] == 0 && !e->keep[v]) tv_exec_drop(e, v);
        }
    }
    free(readers);
    free(node);
}

void tv_exec_forward(struct tv_exec *e, const int *want, int n_want)
{
    tv_exec_forward_steps(e, want, n_want, NULL);
}

/* ---- backward ---- */

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

/* A value's rows from forward row `first` on, in the shape planned for backward; constants as they are. */
static struct tv_view rows_view(const struct tv_exec *e, int value, int64_t first)
{
    struct tv_view view = data_view(e, value);
    if (value >= 0 && !e->g->value[value].data && view.data)
        view.data = (char *)view.data +
                    first * (tv_view_count(&view) / e->g->batch) * (int64_t)tv_dtype_size(view.dtype);
    return view;
}

static void add(float *sum, const float *x, int64_t n)
{
#pragma omp parallel for simd schedule(static) if (n > 1 << 16)
    for (int64_t i = 0; i < n; i++) sum[i] += x[i];
}

/* Multipliers of one input.  They go straight to m[] for its first reader and through a block for the others.
 */
static struct tv_block want_input(struct tv_exec *e, int value, struct tv_view *min)
{
    const struct tv_value *v = &e->g->value[value];
    struct tv_block aside = {0};
    *min = tv_view_of(v, NULL);
    if (!e->m[value])
        min->data = set(e, value, e->m, e->m_size);
    else {
        aside = take(e, value_bytes(v));
        min->data = aside.data;
    }
    return aside;
}

/* In bfloat16 where that is wanted and the operator can and only its first input's multipliers are asked for.
 */
static bool pairs_backward(struct tv_exec *e, const struct tv_node *n, struct tv_view *min,
                           const struct tv_view *mout, const struct tv_view *in0)
{
    if (!e->low || !min[0].data || !serves_pairs(e, n, mout, in0)) return false;
    for (int i = 1; i < n->n_in; i++)
        if (min[i].data) return false;
    struct tv_block scratch = take(e, tv_view_pairs(mout) * (int64_t)sizeof(float));
    if (!e->dry) n->op->pairs->backward(n, min, mout, in0, scratch.data);
    give(e, scratch.data, scratch.size);
    return true;
}

/* May the multipliers of input 0 take the place of output 0's?  Who wanted those has had them. */
static bool overwrites(const struct tv_exec *e, const struct tv_node *n)
{
    if (works(e, n, TV_IN_PLACE_BACKWARD)) return true;
    if (!(n->op->flags & TV_OP_OVERWRITES)) return false;
    const struct tv_value *x = &e->g->value[n->in[0]], *y = &e->g->value[n->out[0]];
    return x->layout == y->layout && value_bytes(x) == value_bytes(y);
}

static void node_backward(struct tv_exec *e, const struct tv_node *n, const bool *mask, int64_t first,
                          int64_t offset)
{
    int ni = n->n_in, no = n->n_out;
    struct tv_view *min = TV_ARRAY(struct tv_view, (size_t)(3 * ni + 3 * no)), *in0 = min + ni,
                   *in1 = in0 + ni, *mout = in1 + ni, *out0 = mout + no, *out1 = out0 + no;
    struct tv_block *aside = TV_ARRAY(struct tv_block, (size_t)ni);
    for (int o = 0; o < no; o++) {
        if (n->out[o] < 0) continue;
        mout[o] = tv_view_of(&e->g->value[n->out[o]], e->m[n->out[o]]);
        out0[o] = rows_view(e, n->out[o], first);
        out1[o] = rows_view(e, n->out[o], first + offset);
    }
    if (overwrites(e, n) && mask[n->in[0]] && !e->m[n->in[0]]) {
        hand_over(e->m, e->m_size, n->out[0], n->in[0]);
        min[0] = mout[0];
    }
    for (int i = 0; i < ni; i++) {
        bool same = i == 0 && works(e, n, TV_IN_PLACE_FORWARD);
        in0[i] = same ? out0[0] : rows_view(e, n->in[i], first);
        in1[i] = same ? out1[0] : rows_view(e, n->in[i], first + offset);
        if (n->in[i] >= 0 && mask[n->in[i]] && !min[i].data) aside[i] = want_input(e, n->in[i], &min[i]);
    }
    assert(n->op->backward);
    double start = profile_start(e);
    bool low = pairs_backward(e, n, min, mout, in0);
    if (!low && !e->dry) n->op->backward(n, min, mout, in0, in1, out0, out1);
    profile_add(e, TV_PASS_BACKWARD, n, low ? 0 : e->g->batch, low ? e->g->batch : 0, start);
    for (int i = 0; i < ni; i++) {
        if (!aside[i].data) continue;
        if (!e->dry) add(e->m[n->in[i]], aside[i].data, tv_view_count(&min[i]));
        give(e, aside[i].data, aside[i].size);
    }
    free(aside);
    free(min);
}

void tv_exec_backward(struct tv_exec *e, int from, int64_t first, int64_t offset, const int *want, int n_want,
                      tv_exec_sink *sink, void *user)
{
    const struct tv_graph *g = e->g;
    bool *mask = TV_ARRAY(bool, (size_t)g->n_values), *wanted = TV_ARRAY(bool, (size_t)g->n_values);
    tv_exec_between(g, from, want, n_want, mask);
    for (int i = 0; i < n_want; i++) wanted[want[i]] = true;
    for (int k = g->n_nodes - 1; k >= 0; k--) {
        const struct tv_node *n = &g->node[k];
        bool carries = false, goes_on = false;
        for (int o = 0; o < n->n_out; o++) {
            int v = n->out[o];
            if (v < 0 || !e->m[v]) continue;
            carries = true;
            if (wanted[v]) sink(user, v, e->m[v]);
        }
        for (int i = 0; i < n->n_in; i++) goes_on |= n->in[i] >= 0 && mask[n->in[i]];
        if (carries && goes_on) node_backward(e, n, mask, first, offset);
        for (int o = 0; o < n->n_out; o++) {
            if (n->out[o] < 0) continue;
            if (carries) drop_multipliers(e, n->out[o]);
            if (e->spend[n->out[o]]) tv_exec_drop(e, n->out[o]);
        }
    }
    for (int v = 0; v < g->n_values; v++) { /* graph inputs and weights have no producer */
        if (!e->m[v]) continue;
        if (wanted[v]) sink(user, v, e->m[v]);
        drop_multipliers(e, v);
    }
    free(mask);
    free(wanted);
}
