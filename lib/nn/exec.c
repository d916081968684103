#include "nn/exec_internal.h"
#include "core/mem.h"
#include "core/progress.h"
#include "nn/ops.h"
#include "num/ints.h"
#include <stdlib.h>
#include <string.h>

static void init(struct tv_exec *e, struct tv_graph *g, bool dry)
{
    size_t n = (size_t)g->n_values;
    *e = (struct tv_exec){.g = g, .dry = dry, .arena = tv_arena_new(dry)};
    e->data = TV_ARRAY(float *, n);
    e->m = TV_ARRAY(float *, n);
    e->keep = TV_ARRAY(bool, n);
    e->inner = TV_ARRAY(bool, n);
    e->m_inner = TV_ARRAY(bool, n);
    e->open = TV_ARRAY(bool, n);
    e->spend = TV_ARRAY(bool, n);
    e->clipped = TV_ARRAY(struct tv_clipped, n);
    for (size_t v = 0; v < n; v++) e->clipped[v].of = -1;
    e->first = TV_ARRAY(float *, n);
    e->last = TV_ARRAY(struct tv_block, n);
    e->way_in = TV_ARRAY(struct tv_block, n);
    e->way_out = TV_ARRAY(struct tv_block, n);
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

struct tv_block tv_exec_take(struct tv_exec *e, int64_t bytes)
{
    return (struct tv_block){tv_arena_take(e->arena, bytes), bytes};
}

void tv_exec_give(struct tv_exec *e, float *data, int64_t size) { tv_arena_give(e->arena, data, size); }

void tv_exec_drop(struct tv_exec *e, int value)
{
    if (e->data[value]) tv_exec_give(e, e->data[value], e->size[value]);
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
    if (rows.data) tv_exec_give(e, rows.data, rows.size);
}

void tv_exec_drop_multipliers(struct tv_exec *e, int value)
{
    if (e->m[value]) tv_exec_give(e, e->m[value], e->m_size[value]);
    e->m[value] = NULL;
}

void tv_exec_clear(struct tv_exec *e)
{
    for (int v = 0; v < e->g->n_values; v++) {
        tv_exec_drop(e, v);
        tv_exec_drop_multipliers(e, v);
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
        tv_exec_give_back(e, e->way_in[v]);
        tv_exec_give_back(e, e->way_out[v]);
    }
    if (!e->borrowed) tv_arena_free(e->arena);
    free(e->first), free(e->last), free(e->way_in), free(e->way_out);
    free(e->data), free(e->m), free(e->keep), free(e->spend), free(e->clipped), free(e->in_place),
        free(e->size), free(e->m_size), free(e->inner), free(e->m_inner), free(e->open);
    *e = (struct tv_exec){0};
}

float *tv_exec_room(struct tv_exec *e, int value, float **data, int64_t *size)
{
    int64_t bytes = tv_exec_value_bytes(&e->g->value[value]);
    if ((data == e->data ? e->inner : e->m_inner)[value]) bytes = bytes / e->g->batch * e->piece.rows;
    struct tv_block b = tv_exec_take(e, bytes);
    data[value] = b.data;
    size[value] = b.size;
    return b.data;
}

float *tv_exec_set(struct tv_exec *e, int value)
{
    tv_exec_drop(e, value);
    return tv_exec_room(e, value, e->data, e->size);
}

float *tv_exec_seed(struct tv_exec *e, int value)
{
    tv_exec_drop_multipliers(e, value);
    float *m = tv_exec_room(e, value, e->m, e->m_size);
    return e->dry ? m : memset(m, 0, (size_t)tv_exec_value_bytes(&e->g->value[value]));
}

int64_t tv_exec_budget(uint64_t mem, int64_t coming)
{
    enum { DEFAULT = 512 << 20, SLACK = 4 << 20 };
    return mem ? (int64_t)mem - tv_memory_used() - coming - SLACK : DEFAULT;
}

int64_t tv_exec_packed_bytes(const struct tv_graph *g, bool back, bool low)
{
    int64_t bytes = 0, most = 0, f32 = sizeof(float), each = f32 + (back ? f32 : 0) + (low ? f32 / 2 : 0);
    for (int l = 0; l < g->n_layers; l++) {
        if (g->layer[l].kind != TV_LAYER_CONV) continue;
        int64_t weights = tv_value_count(&g->value[g->layer[l].weight]);
        bytes += each * weights;
        most = max64(most, weights);
    }
    if (low) bytes += most * f32; /* packed on the way to bfloat16 */
    for (int k = 0; k < g->n_nodes; k++) bytes += tv_matmul_packed_bytes(g, &g->node[k]);
    return bytes;
}

/* ---- what the passes share ---- */

double tv_exec_profile_start(const struct tv_exec *e) { return e->profile && !e->dry ? tv_seconds() : 0; }

void tv_exec_profile_add(const struct tv_exec *e, enum tv_pass pass, const struct tv_node *n,
                         int64_t f32_rows, int64_t bf16_rows, double start)
{
    if (e->profile && !e->dry)
        tv_profile_add(e->profile, e->g, pass, (int)(n - e->g->node), f32_rows, bf16_rows, start);
}

bool tv_exec_works(const struct tv_exec *e, const struct tv_node *n, enum tv_in_place how)
{
    return e->in_place[n - e->g->node] & how;
}

int64_t tv_exec_rows(const struct tv_exec *e) { return e->piece.rows ? e->piece.rows : e->g->batch; }

struct tv_view tv_exec_some_rows(const struct tv_view *v, int64_t first, int64_t rows)
{
    struct tv_view r = *v;
    int64_t row = v->dim[0] ? tv_view_count(v) / v->dim[0] : 0;
    if (v->data) r.data = (char *)v->data + first * row * (int64_t)tv_dtype_size(v->dtype);
    r.dim[0] = rows;
    return r;
}

struct tv_view tv_exec_piece_of(const struct tv_exec *e, int value, void *data, int64_t first)
{
    const struct tv_value *v = &e->g->value[value];
    struct tv_view view = tv_view_of(v, data);
    if (!v->varies || !e->piece.rows) {
        if (data && first) view.data = (char *)data + first * (tv_exec_value_bytes(v) / e->g->batch);
        return view;
    }
    bool inner =
        data && ((data == e->data[value] && e->inner[value]) || (data == e->m[value] && e->m_inner[value]));
    return tv_exec_some_rows(&view, inner ? 0 : first + e->piece.first, e->piece.rows);
}

struct tv_view tv_exec_data_view(const struct tv_exec *e, int value, int64_t first)
{
    if (value < 0) return (struct tv_view){0};
    const struct tv_value *v = &e->g->value[value];
    if (v->data) return tv_view_of(v, v->data);
    const struct tv_clipped *c = &e->clipped[value];
    struct tv_view view = tv_exec_piece_of(e, value, e->data[c->of < 0 ? value : c->of], first);
    view.clip = c->of < 0 ? NULL : &c->limits;
    return view;
}

bool tv_exec_serves_pairs(const struct tv_exec *e, const struct tv_node *n, const struct tv_view *out,
                          const struct tv_view *in)
{
    if (!n->op->pairs || n->n_out != 1 || n->in[0] < 0 || !e->g->value[n->in[0]].varies) return false;
    for (int i = 1; i < n->n_in; i++)
        if (n->in[i] >= 0 && e->g->value[n->in[i]].varies) return false;
    return n->op->pairs->serves(n, out, in);
}

bool tv_exec_can_pairs(const struct tv_exec *e, const struct tv_node *n)
{
    if (!n->op->pairs || n->n_out != 1 || n->out[0] < 0) return false;
    struct tv_view *in = TV_ARRAY(struct tv_view, (size_t)n->n_in),
                   out = tv_view_of(&e->g->value[n->out[0]], NULL);
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] >= 0) in[i] = tv_view_of(&e->g->value[n->in[i]], NULL);
    bool can = tv_exec_serves_pairs(e, n, &out, in);
    free(in);
    return can;
}
