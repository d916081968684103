#include "nn/sweep_internal.h"
#include "core/err.h"
#include "core/mem.h"
#include "nn/exec_internal.h"
#include "nn/ops.h"
#include "num/ints.h"
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_IMAGES = 16 };

bool tv_sweep_along_path(const struct tv_sweep *s)
{
    return s->o.method == TV_CONDUCTANCE || s->o.method == TV_INTERNAL_INFLUENCE ||
           s->o.method == TV_DEEPLIFT || s->o.method == TV_INTEGRATED_GRADIENTS;
}

int tv_sweep_points(const struct tv_sweep *s) { return tv_sweep_along_path(s) ? s->o.steps + 1 : 1; }

/* Affine in the input: one varying input, itself affine, into an operator that is affine in it. */
static void find_affine(struct tv_sweep *s)
{
    const struct tv_graph *g = s->g;
    s->affine[s->input] = true;
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        int varying = 0, last = -1;
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] >= 0 && g->value[n->in[i]].varies) varying++, last = n->in[i];
        if (varying == 1 && (n->op->flags & TV_OP_AFFINE) && s->affine[last] && n->out[0] != s->logits)
            s->affine[n->out[0]] = true;
    }
}

/* The affine values that non-affine nodes read or that are tapped: where interpolation hands over. */
static void find_frontier(struct tv_sweep *s)
{
    const struct tv_graph *g = s->g;
    bool *mark = TV_ARRAY(bool, (size_t)g->n_values);
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        bool inner = n->n_out && n->out[0] >= 0 && s->affine[n->out[0]];
        for (int i = 0; i < n->n_in && !inner; i++)
            if (n->in[i] >= 0 && s->affine[n->in[i]]) mark[n->in[i]] = true;
    }
    for (int t = 0; t < s->n_taps; t++)
        if (s->affine[s->tap[t]]) mark[s->tap[t]] = true;
    s->frontier = TV_ARRAY(int, (size_t)g->n_values);
    for (int v = 0; v < g->n_values; v++)
        if (mark[v]) s->frontier[s->n_frontier++] = v;
    free(mark);
}

/* Can all nodes that read the value do so from what it is made of, between the limits? */
static bool read_through(const struct tv_sweep *s, int value, struct tv_limits limits)
{
    const struct tv_graph *g = s->g;
    const struct tv_view v = {.clip = &limits};
    int readers = 0;
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        bool pools = tv_view_is_relu(&v) && (n->op->flags & TV_OP_RELU) && n->n_out == 1;
        for (int i = 0; i < n->n_in; i++) {
            if (n->in[i] != value) continue;
            if (i > 0 || !(pools || (s->e.low && tv_exec_can_pairs(&s->e, n)))) return false;
            readers++;
        }
    }
    return readers > 0 && value != s->logits;
}

/* The input of a Relu or another cheap function is kept: attributions compute its output again; the pooling that
 * follows a Relu, and products in bfloat16, read it from there. */
static void find_again(struct tv_sweep *s)
{
    const struct tv_graph *g = s->g;
    const unsigned cheap = TV_OP_OVERWRITES | TV_OP_FORGETS;
    for (int v = 0; v < g->n_values; v++) s->again[v] = -1;
    for (int k = 0; tv_sweep_along_path(s) && k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        if ((n->op->flags & cheap) != cheap || !s->e.keep[n->in[0]] || g->value[n->in[0]].dtype != TV_F32)
            continue;
        struct tv_limits limits;
        int y = n->out[0];
        bool through = tv_node_limits(g, n, &limits) && read_through(s, y, limits), known = true;
        for (int i = 1; i < n->n_in; i++) known &= n->in[i] < 0 || g->value[n->in[i]].data;
        if (through) s->e.clipped[y] = (struct tv_clipped){n->in[0], limits};
        if (through || (known && !s->e.keep[y])) s->again[y] = k;
    }
}

/* Backward reads the values around nodes that are not affine, for the last time at the node that made them;
 * the others go as soon as they are used up. */
static void find_kept(struct tv_sweep *s)
{
    const struct tv_graph *g = s->g;
    tv_exec_between(g, s->logits, s->tap, s->n_taps, s->path);
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        bool on_path = false;
        int varying = 0;
        for (int i = 0; i < n->n_in; i++) {
            on_path |= n->in[i] >= 0 && s->path[n->in[i]];
            varying += n->in[i] >= 0 && g->value[n->in[i]].varies;
        }
        if (!on_path || (n->op->flags & TV_OP_LINEAR) || ((n->op->flags & TV_OP_AFFINE) && varying == 1))
            continue;
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] >= 0) s->e.keep[n->in[i]] = true;
        for (int o = 0; o < n->n_out && !(n->op->flags & TV_OP_FORGETS); o++)
            if (n->out[o] >= 0) s->e.keep[n->out[o]] = true;
    }
    find_again(s);
    for (int t = 0; t < s->n_taps; t++)
        if (s->again[s->tap[t]] < 0) s->e.keep[s->tap[t]] = true;
    s->e.keep[s->logits] = true;
    for (int v = 0; v < g->n_values; v++) s->e.spend[v] = s->e.keep[v];
}

/* Does no way lead from the input to the logits but through `value`? */
static bool is_cut(const struct tv_sweep *s, int value)
{
    const struct tv_graph *g = s->g;
    bool *reached = TV_ARRAY(bool, (size_t)g->n_values), around;
    reached[s->input] = s->input != value;
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        bool any = false;
        for (int i = 0; i < n->n_in; i++) any |= n->in[i] >= 0 && reached[n->in[i]];
        for (int o = 0; o < n->n_out; o++)
            if (n->out[o] >= 0 && n->out[o] != value && g->value[n->out[o]].varies) reached[n->out[o]] |= any;
    }
    around = reached[s->logits];
    free(reached);
    return !around;
}

static const char *check_rows(const struct tv_sweep *s)
{
    for (int v = 0; v < s->g->n_values; v++) {
        const struct tv_value *x = &s->g->value[v];
        if (s->path[v] && x->varies && (x->rank < 1 || x->dim[0] != s->g->batch))
            return tv_msg(
                "value %s: want images along the first dimension, got %lld of %lld; attributions need a "
                "network that keeps images apart",
                x->name, (long long)(x->rank ? x->dim[0] : 1), (long long)s->g->batch);
        if (s->path[v] && x->varies && x->dtype != TV_F32)
            return tv_msg("value %s: want f32 on the way to the logits, got %s", x->name,
                          tv_dtype_name(x->dtype));
    }
    for (int k = 0; k < s->g->n_nodes; k++) {
        const struct tv_node *n = &s->g->node[k];
        if (n->n_out && n->out[0] >= 0 && s->path[n->out[0]] && !n->op->backward)
            return tv_msg("node %s (%s) has no derivative", n->name, n->op->type);
    }
    return NULL;
}

bool tv_sweep_needs_ends(const struct tv_sweep *s, int64_t points, int64_t all)
{
    return s->e.low && points < all;
}

/* Points of a pass: alpha = 0 is the baseline, the same for all images. */
static struct tv_steps steps_of(const struct tv_sweep *s, const struct tv_sweep_pass *p)
{
    return (struct tv_steps){.points = p->points,
                             .first = p->point0,
                             .ends = p->ends,
                             .alpha = s->alpha,
                             .last = p->all - 1,
                             .alike = tv_sweep_along_path(s) &&
                                      (s->o.rule == TV_RULE_SECANT || s->o.grid != TV_GRID_GAUSS_LEGENDRE),
                             .more = !p->ends && p->point0 + p->points < p->all};
}

void tv_sweep_forward(const struct tv_sweep *s, struct tv_exec *e, const struct tv_sweep_pass *p)
{
    struct tv_steps steps = steps_of(s, p);
    int *want = TV_ARRAY(int, (size_t)s->n_taps + 1), n = 0;
    for (int t = 0; t < s->n_taps; t++)
        if (s->again[s->tap[t]] < 0) want[n++] = s->tap[t];
    want[n++] = s->logits;
    tv_exec_forward_steps(e, want, n, &steps);
    free(want);
}

static void nowhere(void *user, int value, const float *m, int64_t first, int64_t n)
{
    (void)user, (void)value, (void)m, (void)first, (void)n;
}

static const char *measure_forward(const struct tv_sweep *s, struct tv_exec *e, int64_t images,
                                   const struct tv_sweep_pass *p)
{
    const char *err = tv_graph_plan(s->g, p->points * images);
    for (int f = 0; !err && f < s->n_frontier; f++) tv_exec_set(e, s->frontier[f]);
    if (!err) tv_sweep_forward(s, e, p);
    return err;
}

/* Bytes of values and multipliers for so many images and points at a time: the run without its arithmetic. */
static const char *measure(const struct tv_sweep *s, int64_t images, int64_t points, int64_t *bytes)
{
    struct tv_exec e;
    struct tv_sweep_pass pass = {.points = points, .all = tv_sweep_points(s)};
    if (s->o.tol > 0 && tv_sweep_along_path(s)) pass.all *= 2; /* which will take several passes */
    tv_exec_init_dry(&e, s->g);
    e.low = s->e.low;
    e.chained = s->e.chained;
    const char *err = tv_graph_plan(s->g, images);
    if (!err) {
        tv_exec_set(&e, s->input);
        tv_exec_forward(&e, s->frontier, s->n_frontier);
        tv_exec_clear(&e);
        memcpy(e.keep, s->e.keep, (size_t)s->g->n_values * sizeof *e.keep);
        memcpy(e.spend, s->e.spend, (size_t)s->g->n_values * sizeof *e.spend);
        memcpy(e.clipped, s->e.clipped, (size_t)s->g->n_values * sizeof *e.clipped);
    }
    if (!err && tv_sweep_needs_ends(s, points, pass.all)) {
        err = measure_forward(s, &e, images,
                              &(struct tv_sweep_pass){.points = 2, .all = pass.all, .ends = true});
        tv_exec_clear(&e);
    }
    if (!err) err = measure_forward(s, &e, images, &pass);
    if (!err) err = tv_graph_plan(s->g, max64(1, points - tv_sweep_along_path(s)) * images);
    if (!err && s->o.method != TV_ACTIVATION) {
        tv_exec_seed(&e, s->logits);
        tv_exec_backward(&e, s->logits, (struct tv_intervals){.images = images}, s->tap, s->n_taps,
                         &(struct tv_exec_sink){.take = nowhere});
    }
    *bytes = tv_exec_bytes(&e);
    tv_exec_release(&e);
    return err;
}

/* What an image takes beside that: the frontier's end, sums, results, its own pixels twice (padded for the
 * first convolution). */
static int64_t image_bytes(const struct tv_sweep *s)
{
    int64_t n = 2 * tv_value_row(&s->g->value[s->input]);
    for (int f = 0; f < s->n_frontier; f++) n += tv_value_row(&s->g->value[s->frontier[f]]);
    for (int t = 0; t < s->n_taps; t++) n += tv_value_row(&s->g->value[s->tap[t]]) + 2 * tv_sweep_width(s, t);
    return n * (s->o.partner ? 2 : 1) * (int64_t)sizeof(float);
}

static const char *too_little(const struct tv_sweep *s, int64_t packed)
{
    int64_t some = 1 << 30, beside = some - tv_exec_budget((uint64_t)some, packed),
            want = ((beside + s->bytes) >> 20) + 1;
    if (s->o.mem)
        return tv_msg("--mem: want at least %lld MiB for this network, got %lld MiB", (long long)want,
                      (long long)(s->o.mem >> 20));
    return tv_msg(
        "this network takes more than the %lld MiB that values have without --mem: want at least --mem %lldM",
        (long long)(tv_exec_budget(0, 0) >> 20), (long long)want);
}

const char *tv_sweep_choose_blocks(struct tv_sweep *s)
{
    int64_t all = tv_sweep_points(s), points = all,
            packed = tv_exec_packed_bytes(s->g, true, s->e.low) +
                     (s->o.partner ? tv_exec_packed_bytes(s->o.partner, true, s->e.low) : 0),
            budget = tv_exec_budget(s->o.mem, packed);
    s->images = s->o.batch ? s->o.batch : DEFAULT_IMAGES;
    for (;;) {
        const char *err = measure(s, s->images, points, &s->values);
        if (err && s->images == 1) return err;
        s->bytes = s->values + s->images * image_bytes(s);
        if (!err && s->bytes <= budget) break;
        bool fewest = err || points <= 2;
        if (s->images > 1 && !s->o.batch)
            s->images--;
        else if (s->images > 1 && fewest)
            s->images = s->images * 3 / 4, points = all;
        else if (fewest)
            return too_little(s, packed);
        else
            points = max64(2, points - max64(1, points / 8));
    }
    s->rows = points * s->images;
    return NULL;
}

const char *tv_sweep_plan(struct tv_sweep *s)
{
    size_t values = (size_t)s->g->n_values;
    s->affine = TV_ARRAY(bool, values);
    s->path = TV_ARRAY(bool, values);
    s->again = TV_ARRAY(int, values);
    find_affine(s);
    find_frontier(s);
    find_kept(s);
    const char *err = check_rows(s);
    if (err) return err;
    s->cut = TV_ARRAY(bool, (size_t)s->n_taps);
    for (int t = 0; t < s->n_taps; t++) s->cut[t] = is_cut(s, s->tap[t]);
    return NULL;
}
