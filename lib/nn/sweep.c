#include "nn/sweep_internal.h"
#include "core/err.h"
#include "core/mem.h"
#include "nn/op.h"
#include "nn/shared.h"
#include "num/ints.h"
#include "num/simd.h"
#include "num/softmax.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool secant(const struct tv_sweep *s) { return tv_sweep_along_path(s) && s->o.rule == TV_RULE_SECANT; }

/* Values of the frontier for the rows set at the input, copied into `out`. */
static const char *run_frontier(struct tv_sweep *s, int64_t images, const float *x, float **out)
{
    const char *err = tv_graph_plan(s->g, images);
    if (err) return err;
    bool *keep = s->e.keep;
    s->e.keep = TV_ARRAY(bool, (size_t)s->g->n_values); /* only what the frontier needs */
    memcpy(tv_exec_set(&s->e, s->input), x,
           (size_t)(images * tv_value_row(&s->g->value[s->input])) * sizeof *x);
    tv_exec_forward(&s->e, s->frontier, s->n_frontier);
    for (int f = 0; f < s->n_frontier; f++)
        memcpy(out[f], s->e.data[s->frontier[f]],
               (size_t)(images * tv_value_row(&s->g->value[s->frontier[f]])) * sizeof *x);
    tv_exec_clear(&s->e);
    free(s->e.keep);
    s->e.keep = keep;
    return NULL;
}

static void allocate(struct tv_sweep *s)
{
    s->at_b = TV_ARRAY(float *, (size_t)s->n_frontier + 1);
    s->at_x = TV_ARRAY(float *, (size_t)s->n_frontier + 1);
    for (int f = 0; f < s->n_frontier; f++) {
        size_t row = (size_t)tv_value_row(&s->g->value[s->frontier[f]]);
        s->at_b[f] = tv_alloc_aligned(row, sizeof(float));
        s->at_x[f] = tv_alloc_aligned(row * (size_t)s->images, sizeof(float));
    }
    s->sum = TV_ARRAY(float *, (size_t)s->n_taps + 1);
    for (int t = 0; t < s->n_taps; t++)
        s->sum[t] =
            tv_alloc_aligned((size_t)(tv_value_row(&s->g->value[s->tap[t]]) * s->images), sizeof(float));
    s->alpha = TV_ARRAY(double, (size_t)max64(s->o.steps, s->o.max_steps) + 1);
}

const char *tv_sweep_init(struct tv_sweep *s, struct tv_graph *g, const struct tv_sweep_options *o,
                          const int *tap, int n_taps, const float *baseline)
{
    *s = (struct tv_sweep){.o = *o, .g = g};
    if (o->method == TV_DEEPLIFT) s->o.steps = 1, s->o.rule = TV_RULE_SECANT, s->o.tol = 0;
    if (g->n_inputs != 1) return tv_msg("want a network with one input, got %d", g->n_inputs);
    const char *err = tv_graph_plan(g, 2); /* two: a batch of one hides what does not scale with it */
    if (err) return err;
    s->logits = tv_graph_logits(g);
    s->input = g->input[0];
    if (g->value[s->logits].rank < 2 || tv_value_row(&g->value[s->logits]) != g->value[s->logits].dim[1])
        return tv_msg("value %s: want logits [images, classes], got rank %d", g->value[s->logits].name,
                      g->value[s->logits].rank);
    s->classes = g->value[s->logits].dim[1];
    bool whole = o->method == TV_INTEGRATED_GRADIENTS;
    s->n_taps = whole ? 1 : n_taps;
    if (!s->n_taps) return "no layer was chosen";
    s->tap = TV_ARRAY(int, (size_t)s->n_taps);
    memcpy(s->tap, whole ? &s->input : tap, (size_t)s->n_taps * sizeof *tap);
    tv_exec_init(&s->e, g);
    s->e.profile = o->profile;
    s->e.low = o->precision == TV_PRECISION_BF16;
    s->e.chained = true;
    if ((err = tv_sweep_plan(s))) return err;
    if ((err = tv_sweep_choose_blocks(s))) return err;
    allocate(s);
    size_t row = (size_t)tv_value_row(&g->value[s->input]);
    s->baseline = tv_alloc_aligned(row, sizeof(float));
    memcpy(s->baseline, baseline, row * sizeof(float));
    return run_frontier(s, 1, s->baseline, s->at_b);
}

void tv_sweep_release(struct tv_sweep *s)
{
    for (int f = 0; s->at_b && f < s->n_frontier; f++) free(s->at_b[f]), free(s->at_x[f]);
    for (int t = 0; s->sum && t < s->n_taps; t++) free(s->sum[t]);
    for (int v = 0; s->given && v < s->g->n_values; v++) tv_exec_give_back(&s->e, s->given[v]);
    tv_exec_release(&s->e);
    free(s->given), free(s->shared);
    free(s->at_b), free(s->at_x), free(s->sum), free(s->alpha), free(s->baseline);
    free(s->tap), free(s->cut), free(s->affine), free(s->frontier), free(s->path), free(s->again);
    *s = (struct tv_sweep){0};
}

/* ---- two networks ---- */

/* Does a node of the heir that is its own read the value? */
static bool read_by_own(const struct tv_sweep *heir, const int *shared, int value)
{
    for (int k = 0; k < heir->g->n_nodes; k++) {
        const struct tv_node *n = &heir->g->node[k];
        if (!n->n_out || n->out[0] < 0 || shared[n->out[0]] >= 0) continue;
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] == value) return true;
    }
    return false;
}

const char *tv_sweep_pair(struct tv_sweep *s, struct tv_sweep *heir)
{
    s->heir = heir;
    heir->given = TV_ARRAY(struct tv_block, (size_t)heir->g->n_values);
    s->shared = TV_ARRAY(int, (size_t)heir->g->n_values);
    for (int v = 0; v < heir->g->n_values; v++) s->shared[v] = -1;
    const char *err = tv_graph_plan(s->g, 2);
    if (!err) err = tv_graph_plan(heir->g, 2);
    if (err) return err;
    free(s->shared);
    s->shared = tv_shared_new(s->g, heir->g);
    for (int v = 0; v < heir->g->n_values;
         v++) /* the heir needs what it keeps and what its own part begins with */
        if (s->shared[v] >= 0 && (heir->e.keep[v] || read_by_own(heir, s->shared, v)))
            s->e.keep[s->shared[v]] = true, s->e.spend[s->shared[v]] = false;
    int64_t images = min64(s->images, heir->images); /* s holds more than it did alone */
    if ((err = tv_sweep_choose_blocks(s))) return err;
    s->images = heir->images = min64(s->images, images);
    s->values = heir->values = max64(s->values, heir->values);
    return NULL;
}

/* After s has run on a block: the values that it still holds go to the heir. */
static void bequeath(struct tv_sweep *s)
{
    struct tv_sweep *heir = s->heir;
    for (int v = 0; v < heir->g->n_values; v++) {
        if (s->shared[v] < 0 || v == heir->input) continue;
        tv_exec_give_back(&heir->e, heir->given[v]); /* of a run that never came */
        heir->given[v] = tv_exec_take_out(&s->e, s->shared[v]);
    }
}

/* What the partner computed takes its place, or goes back to waiting memory where the path is cut otherwise.
 */
static void inherit(struct tv_sweep *s, bool fits)
{
    for (int v = 0; s->given && v < s->g->n_values; v++) {
        if (!s->given[v].data) continue;
        tv_exec_put_in(&s->e, v, s->given[v]);
        if (!fits) tv_exec_drop(&s->e, v);
        s->given[v] = (struct tv_block){0};
    }
}

/* ---- one run ---- */

struct run {
    struct tv_sweep *s;
    int64_t images;
    const int32_t *target;
    struct tv_sweep_pass p; /* being done */
    double *fb, *fx;        /* [images] F at the ends of the path */
};

/* v(alpha) = v_b + alpha (v_x - v_b) for the points of the block; the ends exactly. */
static void interpolate(const struct run *r, int f)
{
    struct tv_sweep *s = r->s;
    int64_t row = tv_value_row(&s->g->value[s->frontier[f]]);
    float *out = tv_exec_set(&s->e, s->frontier[f]);
    const float *b = s->at_b[f];
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t p = 0; p < r->p.points; p++)
        for (int64_t i = 0; i < r->images; i++) {
            float a = (float)s->alpha[r->p.ends && p ? r->p.all - 1 : r->p.point0 + p],
                  *y = out + (p * r->images + i) * row;
            const float *x = s->at_x[f] + i * row;
            if (a == 0)
                memcpy(y, b, (size_t)row * sizeof *y);
            else if (a == 1)
                memcpy(y, x, (size_t)row * sizeof *y);
            else
                for (int64_t j = 0; j < row; j++) y[j] = b[j] + a * (x[j] - b[j]);
        }
}

static int tap_of(const struct tv_sweep *s, int value)
{
    for (int t = 0; t < s->n_taps; t++)
        if (s->tap[t] == value) return t;
    return -1;
}

/* sum += (h_1 - h_0) m */
TV_SIMD static void add_conductance(float *sum, const float *h0, const float *h1, const float *m, int64_t n)
{
    for (int64_t j = 0; j < n; j++) sum[j] += (h1[j] - h0[j]) * m[j];
}

TV_SIMD static void add_scaled(float *sum, const float *m, float by, int64_t n)
{
    for (int64_t j = 0; j < n; j++) sum[j] += by * m[j];
}

enum { AGAIN = 2048 };

/* What `again` makes of n <= AGAIN elements of x. */
static const float *made_again(const struct tv_sweep *s, float *to, const float *x,
                               const struct tv_node *again, int64_t n)
{
    struct tv_view y = {.dtype = TV_F32, .rank = 1, .dim = {n}, .data = to}, in[3] = {y};
    in[0].data = (float *)x;
    for (int i = 1; i < again->n_in; i++) {
        const struct tv_value *v = again->in[i] < 0 ? NULL : &s->g->value[again->in[i]];
        in[i] = v ? tv_view_of(v, v->data) : (struct tv_view){0};
    }
    again->op->forward(again, &y, in);
    return to;
}

static void add_conductance_of(const struct tv_sweep *s, const struct tv_node *again, float *sum,
                               const float *h0, const float *h1, const float *m, int64_t n)
{
    float at[2][AGAIN];
    if (!again) add_conductance(sum, h0, h1, m, n);
    for (int64_t i = 0; again && i < n; i += AGAIN) {
        int64_t some = min64(AGAIN, n - i);
        add_conductance(sum + i, made_again(s, at[0], h0 + i, again, some),
                        made_again(s, at[1], h1 + i, again, some), m + i, some);
    }
}

/* Where conductances of a tap add up as its multipliers are written. */
static float *sum_of(void *user, int value)
{
    const struct tv_sweep *s = ((const struct run *)user)->s;
    bool conductance = s->o.method == TV_CONDUCTANCE || s->o.method == TV_DEEPLIFT;
    return conductance && secant(s) && s->again[value] < 0 ? s->sum[tap_of(s, value)] : NULL;
}

/* Some of a tap's multipliers have arrived: add their share of its attributions. */
static void collect(void *user, int value, const float *m, int64_t first, int64_t n)
{
    const struct run *r = user;
    const struct tv_sweep *s = r->s;
    int64_t point = r->images * tv_value_row(&s->g->value[value]), k = first / point;
    const struct tv_node *again = s->again[value] < 0 ? NULL : &s->g->node[s->again[value]];
    const float *h = s->e.data[again ? again->in[0] : value];
    const double *alpha = s->alpha + r->p.point0 + k;
    float *sum = s->sum[tap_of(s, value)] + first % point;
    if (s->o.method == TV_GRADIENT)
        memcpy(sum, m, (size_t)n * sizeof *sum);
    else if (s->o.method == TV_GRADIENT_X_ACTIVATION)
        for (int64_t i = 0; i < n; i++) sum[i] = h[first + i] * m[i];
    else if (s->o.method == TV_INTERNAL_INFLUENCE)
        add_scaled(sum, m, (float)(alpha[1] - alpha[0]), n);
    else
        add_conductance_of(s, again, sum, h + first, h + first + point, m, n);
}

static const char *forward_points(struct run *r)
{
    struct tv_sweep *s = r->s;
    const char *err = tv_graph_plan(s->g, r->p.points * r->images);
    if (err) return err;
    inherit(s, r->p.points == r->p.all);
    for (int f = 0; f < s->n_frontier; f++)
        if (!s->e.data[s->frontier[f]]) interpolate(r, f);
    tv_sweep_forward(s, &s->e, &r->p);
    return NULL;
}

static double logit_at(const struct run *r, int64_t point, int64_t image)
{
    const struct tv_sweep *s = r->s;
    return s->e.data[s->logits][(point * r->images + image) * s->classes + r->target[image]];
}

/* Points point0 .. point0+points-1: forward, seed the logits, backward. */
static const char *run_points(struct run *r)
{
    struct tv_sweep *s = r->s;
    const char *err = forward_points(r);
    if (err) return err;
    bool gradient = !tv_sweep_along_path(s);
    int64_t intervals = gradient ? r->p.points : r->p.points - 1;
    for (int64_t i = 0; i < r->images; i++) {
        if (r->p.point0 == 0) r->fb[i] = logit_at(r, 0, i);
        r->fx[i] = logit_at(r, r->p.points - 1, i);
    }
    if (s->o.method == TV_ACTIVATION) {
        for (int t = 0; t < s->n_taps; t++)
            memcpy(s->sum[t], s->e.data[s->tap[t]],
                   (size_t)(r->images * tv_value_row(&s->g->value[s->tap[t]])) * sizeof(float));
    } else {
        if ((err = tv_graph_plan(s->g, intervals * r->images))) return err;
        float *m = tv_exec_seed(&s->e, s->logits);
        for (int64_t k = 0; k < intervals * r->images; k++) m[k * s->classes + r->target[k % r->images]] = 1;
        tv_exec_backward(&s->e, s->logits,
                         (struct tv_intervals){secant(s) ? r->images : 0, r->p.point0, r->images}, s->tap,
                         s->n_taps, &(struct tv_exec_sink){collect, sum_of, r});
    }
    if (s->heir && s->o.tol == 0 && r->p.points == r->p.all) bequeath(s);
    tv_exec_clear(&s->e);
    return NULL;
}

/* F at a row block x. */
static const char *plain_logits(struct tv_sweep *s, int64_t images, const float *x, float *logits)
{
    const char *err = tv_graph_plan(s->g, images);
    if (err) return err;
    memcpy(tv_exec_set(&s->e, s->input), x,
           (size_t)(images * tv_value_row(&s->g->value[s->input])) * sizeof *x);
    tv_exec_forward(&s->e, &s->logits, 1);
    memcpy(logits, s->e.data[s->logits], (size_t)(images * s->classes) * sizeof *logits);
    tv_exec_clear(&s->e);
    return NULL;
}

/* Classes of images without a label are the predicted ones. */
static const char *predict_targets(struct tv_sweep *s, int64_t images, const float *x, int32_t *target)
{
    bool any = false;
    for (int64_t i = 0; i < images; i++) {
        any |= target[i] < 0;
        if (target[i] >= s->classes)
            return tv_msg("class %d: the network has %lld", target[i], (long long)s->classes);
    }
    if (!any) return NULL;
    float *logits = TV_ARRAY(float, (size_t)(images * s->classes));
    const char *err = plain_logits(s, images, x, logits);
    for (int64_t i = 0; !err && i < images; i++)
        if (target[i] < 0) tv_argmax(&target[i], logits + i * s->classes, 1, s->classes);
    free(logits);
    return err;
}

/* The ends of a path whose grid leaves them out. */
static const char *path_ends(struct run *r, const float *x)
{
    struct tv_sweep *s = r->s;
    float *logits = TV_ARRAY(float, (size_t)(max64(r->images, 1) * s->classes));
    const char *err = plain_logits(s, 1, s->baseline, logits);
    for (int64_t i = 0; !err && i < r->images; i++) r->fb[i] = logits[r->target[i]];
    if (!err) err = plain_logits(s, r->images, x, logits);
    for (int64_t i = 0; !err && i < r->images; i++) r->fx[i] = logits[i * s->classes + r->target[i]];
    free(logits);
    return err;
}

static const char *run_path(struct run *r, const float *x, int steps)
{
    struct tv_sweep *s = r->s;
    const char *err = run_frontier(s, r->images, x, s->at_x);
    if (err) return err;
    for (int t = 0; t < s->n_taps; t++)
        memset(s->sum[t], 0, (size_t)(r->images * tv_value_row(&s->g->value[s->tap[t]])) * sizeof(float));
    int64_t all = 1, most = max64(2, s->rows / r->images); /* fewer images: more points fit */
    if (tv_sweep_along_path(s)) {
        tv_path(s->alpha, s->o.grid, steps, s->o.exponent, s->o.rule == TV_RULE_SECANT);
        all = steps + 1;
    } else
        s->alpha[0] = 1;
    r->p = (struct tv_sweep_pass){.points = 2, .all = all, .ends = tv_sweep_needs_ends(s, most, all)};
    if (r->p.ends) {
        if ((err = forward_points(r))) return err;
        tv_exec_clear(&s->e);
        r->p.ends = false;
    }
    do {
        r->p.points = min64(most, all - r->p.point0);
        if ((err = run_points(r))) return err;
        r->p.point0 += r->p.points - 1; /* the last point is the first of the next block */
    } while (r->p.point0 + 1 < all);
    return s->alpha[0] == 0 && s->alpha[all - 1] == 1 ? NULL : path_ends(r, x);
}

/* ---- a whole run ---- */

static const char *run_steps(struct tv_sweep *s, int64_t images, const float *x, int steps,
                             struct tv_sweep_result *r)
{
    double *ends = TV_ARRAY(double, 2 * (size_t)images);
    struct run run = {.s = s, .images = images, .target = r->target, .fb = ends, .fx = ends + images};
    const char *err = run_path(&run, x, steps);
    for (int t = 0; !err && t < s->n_taps; t++) tv_sweep_write_tap(s, t, images, r->attrib[t]);
    for (int t = 0; !err && r->peak && t < s->n_taps; t++) tv_sweep_write_peaks(s, t, images, r->peak[t]);
    for (int64_t i = 0; !err && i < images; i++) {
        r->logit[i] = (float)run.fx[i];
        r->delta[i] = tv_sweep_completeness(s, i, run.fx[i] - run.fb[i]);
        if (r->steps) r->steps[i] = steps;
    }
    free(ends);
    return err;
}

/* ---- doubling until nothing moves ---- */

/* Runs the images that still move with twice the steps; those that do not keep the finer result. */
static const char *refine(struct tv_sweep *s, int64_t images, const float *x, struct tv_sweep_result *r)
{
    int64_t row = tv_value_row(&s->g->value[s->input]), left = images,
            *index = TV_ARRAY(int64_t, (size_t)images);
    float *some = TV_ARRAY(float, (size_t)(images * row));
    struct tv_sweep_result fine;
    tv_sweep_result_init(s, &fine, images, r->peak != NULL);
    for (int64_t i = 0; i < images; i++) index[i] = i;
    const char *err = NULL;
    for (int steps = 2 * s->o.steps; !err && left > 0 && steps <= s->o.max_steps; steps *= 2) {
        for (int64_t k = 0; k < left; k++) {
            memcpy(some + k * row, x + index[k] * row, (size_t)row * sizeof *x);
            fine.target[k] = r->target[index[k]];
        }
        err = run_steps(s, left, some, steps, &fine);
        int64_t still = 0;
        for (int64_t k = 0; !err && k < left; k++) {
            bool moves = tv_sweep_change(s, r->attrib, index[k], fine.attrib, k) >= s->o.tol;
            tv_sweep_result_copy(s, r, index[k], &fine, k);
            if (r->steps) r->steps[index[k]] = steps;
            if (moves) index[still++] = index[k];
        }
        left = still;
    }
    tv_sweep_result_release(s, &fine);
    free(index);
    free(some);
    return err;
}

const char *tv_sweep_run(struct tv_sweep *s, int64_t images, const float *x, struct tv_sweep_result *r)
{
    assert(images <= s->images);
    tv_exec_reserve(&s->e, s->values);
    const char *err = predict_targets(s, images, x, r->target);
    if (!err) err = run_steps(s, images, x, s->o.steps, r);
    if (!err && s->o.tol > 0 && tv_sweep_along_path(s)) err = refine(s, images, x, r);
    return err;
}

int64_t tv_sweep_bytes(const struct tv_sweep *s)
{
    return s->bytes + tv_exec_packed_bytes(s->g, true, s->e.low);
}

int64_t tv_sweep_macs(const struct tv_sweep *s)
{
    int64_t macs = 0, points = tv_sweep_points(s);
    for (int l = 0; l < s->g->n_layers; l++) {
        const struct tv_layer *layer = &s->g->layer[l];
        if (s->affine[layer->output])
            macs += layer->macs;
        else
            macs += points * layer->macs;
        if (s->path[layer->input] && s->o.method != TV_ACTIVATION) macs += max64(1, points - 1) * layer->macs;
    }
    return macs;
}
