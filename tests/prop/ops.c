/* tests/prop/ops.c - every operator of the table against the contract of nn/op.h, on random data:
 *
 *     completeness   sum m_in (in1 - in0) = sum m_out (out1 - out0); long, short, partly empty intervals
 *     gradient       in0 = in1: equal to central differences, for what varies and for constants (weights)
 *     affine         operators that say so are, and their backward reads neither inputs nor outputs
 *     layouts        channels-last and plain agree
 *     rows           a row alone gives the same bytes as among others
 *     threads        1 and 3 threads give the same bytes
 *     overlapping    ends that are views of one buffer, as along a path, give the bytes of ends that lie apart
 *     forgetting     operators that say so do without data, or without their outputs
 *     overwriting    operators that say so may put multipliers where they read them
 *     through Relu   operators that say so take the input of a Relu for its output
 *
 * An operator without a case in opcases.h, or that tv(7) does not name, fails the test.
 */
#include <math.h>
#include <omp.h>
#include "check.h"
#include "opcases.h"
#include "nn/layout.h"

enum { BATCH = 3 };

/* ---- one evaluation ---- */

struct state {
    struct opgraph o;
    const struct tv_node *n;
    struct tv_view in0[OPCASE_MAX], in1[OPCASE_MAX], out0[OPCASE_MAX], out1[OPCASE_MAX], m[OPCASE_MAX],
        min[OPCASE_MAX];
};

static struct tv_view room(const struct tv_view *like)
{
    return tv_view_on(like, tv_alloc_aligned(tv_view_bytes(like) + 1, 1));
}

static bool varies(const struct state *s, int i)
{
    return s->o.in[i] >= 0 && s->o.g.value[s->o.in[i]].varies;
}

static bool differentiable(const struct state *s, int i)
{
    return s->o.in[i] >= 0 && s->o.g.value[s->o.in[i]].dtype == TV_F32;
}

static void forward(const struct state *s, struct tv_view *out, const struct tv_view *in)
{
    s->n->op->forward(s->n, out, in);
}

static void backward(struct state *s)
{
    s->n->op->backward(s->n, s->min, s->m, s->in0, s->in1, s->out0, s->out1);
}

/* Random data at both ends. */
static bool prepare(struct state *s, const struct opcase *c, int64_t batch, struct tv_rng *r)
{
    const char *err = opcase_build(&s->o, c, batch, r);
    if (!CHECK(!err)) {
        printf("    %s: %s\n", c->op, err);
        return false;
    }
    s->n = &s->o.g.node[0];
    for (int i = 0; i < s->n->n_in; i++) {
        s->in0[i] = s->in1[i] = s->min[i] = (struct tv_view){0};
        const struct tv_value *v = tv_node_in(&s->o.g, s->n, i);
        if (!v) continue;
        s->in0[i] = s->in1[i] = tv_view_of(v, v->data);
        s->min[i] = room(&s->in0[i]);
        if (!v->varies) continue;
        s->in0[i] = room(&s->in0[i]), s->in1[i] = room(&s->in1[i]);
        opcase_fill(r, s->in0[i].data, tv_view_count(&s->in0[i]), s->o.kind[i]);
        opcase_fill(r, s->in1[i].data, tv_view_count(&s->in1[i]), s->o.kind[i]);
    }
    for (int k = 0; k < s->n->n_out; k++) {
        struct tv_view v = tv_view_of(tv_node_out(&s->o.g, s->n, k), NULL);
        s->out0[k] = room(&v), s->out1[k] = room(&v), s->m[k] = room(&v);
        if (v.dtype == TV_F32) opcase_fill(r, s->m[k].data, tv_view_count(&v), 'v');
    }
    return true;
}

static void release(struct state *s)
{
    for (int i = 0; i < s->n->n_in; i++) {
        if (s->o.in[i] < 0) continue;
        if (varies(s, i)) free(s->in0[i].data), free(s->in1[i].data);
        free(s->min[i].data);
    }
    for (int k = 0; k < s->n->n_out; k++) free(s->out0[k].data), free(s->out1[k].data), free(s->m[k].data);
    tv_graph_release(&s->o.g);
}

static void both_ends(struct state *s)
{
    forward(s, s->out0, s->in0);
    forward(s, s->out1, s->in1);
}

/* sum m (b - a), and the sum of the terms' magnitudes in *size */
static double change(const struct tv_view *m, const struct tv_view *a, const struct tv_view *b, double *size)
{
    const float *w = m->data, *x = a->data, *y = b->data;
    double sum = 0;
    for (int64_t i = 0; i < tv_view_count(m); i++) {
        double t = (double)w[i] * ((double)y[i] - x[i]);
        sum += t;
        *size += fabs(t);
    }
    return sum;
}

static double change_out(const struct state *s, double *size)
{
    double sum = 0;
    for (int k = 0; k < s->n->n_out; k++)
        if (s->m[k].dtype == TV_F32) sum += change(&s->m[k], &s->out0[k], &s->out1[k], size);
    return sum;
}

static double change_in(const struct state *s, double *size)
{
    double sum = 0;
    for (int i = 0; i < s->n->n_in; i++)
        if (varies(s, i) && differentiable(s, i)) sum += change(&s->min[i], &s->in0[i], &s->in1[i], size);
    return sum;
}

/* ---- the properties ---- */

static void name_failure(const struct opcase *c, const char *what, double a, double b)
{
    printf("    %s (%s; %s): %s: %.8g and %.8g\n", c->op, c->attrs, c->in, what, a, b);
}

/* Moves in1 to in0 + by (in1 - in0); every `empty`-th element does not move at all, nor does what is no
 * number. */
static void shorten(struct state *s, float by, int empty)
{
    for (int i = 0; i < s->n->n_in; i++) {
        if (varies(s, i) && !differentiable(s, i))
            memcpy(s->in1[i].data, s->in0[i].data, tv_view_bytes(&s->in0[i]));
        if (!varies(s, i) || !differentiable(s, i)) continue;
        float *x0 = s->in0[i].data, *x1 = s->in1[i].data;
        for (int64_t e = 0; e < tv_view_count(&s->in0[i]); e++)
            x1[e] = e % empty == 0 ? x0[e] : x0[e] + by * (x1[e] - x0[e]);
    }
}

static void check_complete(struct state *s, const struct opcase *c, const char *what)
{
    double size = 1e-6;
    both_ends(s);
    backward(s);
    double out = change_out(s, &size), in = change_in(s, &size);
    if (!CHECK(fabs(in - out) <= 2e-5 * size)) name_failure(c, what, in, out);
}

/* Does the case have something to differentiate? */
static bool has_slope(const struct state *s)
{
    bool any = false;
    for (int i = 0; i < s->n->n_in; i++) any = any || (varies(s, i) && differentiable(s, i));
    return any && s->n->op->backward && s->out0[0].dtype == TV_F32;
}

static void completeness(const struct opcase *c, struct tv_rng *r)
{
    struct state s;
    if (!prepare(&s, c, BATCH, r)) return;
    if (has_slope(&s)) {
        check_complete(&s, c, "completeness");
        shorten(&s, 0.3f, 3);
        check_complete(&s, c, "completeness, empty intervals");
        bool jumps =
            !strcmp(c->op, "Where"); /* a condition that changes by itself leaves no short interval */
        if (!jumps) {
            shorten(&s, 0.02f, 1 << 30);
            check_complete(&s, c, "completeness, short intervals");
        }
    }
    release(&s);
}

/* sum m y */
static double weighted(const struct state *s, const struct tv_view *out)
{
    double sum = 0;
    for (int k = 0; k < s->n->n_out; k++)
        for (int64_t e = 0; s->m[k].dtype == TV_F32 && e < tv_view_count(&s->m[k]); e++)
            sum += (double)((float *)s->m[k].data)[e] * ((float *)out[k].data)[e];
    return sum;
}

static void step(float *x, const float *x0, const float *dir, float h, int64_t n)
{
    for (int64_t e = 0; e < n; e++) x[e] = x0[e] + h * dir[e % 997];
}

/* Central difference of sum m y along `dir`, of what varies (in1 moves away from in0) or of constant `weight`
 * (>= 0), whose values are `base`. */
static double difference(struct state *s, int weight, const float *base, const float *dir, float h)
{
    double sum[2];
    for (int side = 0; side < 2; side++) {
        float by = side ? h : -h;
        for (int i = 0; i < s->n->n_in; i++) {
            if (!differentiable(s, i)) continue;
            if (i == weight) step(s->in0[i].data, base, dir, by, tv_view_count(&s->in0[i]));
            if (weight < 0 && varies(s, i))
                step(s->in1[i].data, s->in0[i].data, dir, by, tv_view_count(&s->in0[i]));
        }
        if (s->n->op->refresh) s->n->op->refresh(&s->o.g, (struct tv_node *)s->n);
        forward(s, s->out1, weight >= 0 ? s->in0 : s->in1);
        sum[side] = weighted(s, s->out1);
    }
    return (sum[1] - sum[0]) / (2 * (double)h);
}

static double along(const struct tv_view *m, const float *dir, double *size)
{
    double sum = 0;
    for (int64_t e = 0; e < tv_view_count(m); e++) {
        double t = (double)((const float *)m->data)[e] * dir[e % 997];
        sum += t;
        *size += fabs(t);
    }
    return sum;
}

/* Is constant input i something that can be learnt, and the function smooth in it? */
static bool learnt(const struct state *s, const struct opcase *c, int i)
{
    if (!differentiable(s, i) || varies(s, i)) return false;
    if (!strcmp(c->op, "BatchNormalization")) return i < 3; /* not the statistics */
    if (!strcmp(c->op, "Pow")) return s->o.kind[0] == 'p';
    return strcmp(c->op, "Clip") && strcmp(c->op, "Pad") && strcmp(c->op, "CastLike");
}

static void check_weight(struct state *s, const struct opcase *c, int i, const float *dir)
{
    double size = 1e-3, g = along(&s->min[i], dir, &size);
    struct tv_view base = room(&s->in0[i]);
    memcpy(base.data, s->in0[i].data, tv_view_bytes(&base));
    double d = difference(s, i, base.data, dir, 3e-4f);
    memcpy(s->in0[i].data, base.data, tv_view_bytes(&base));
    free(base.data);
    if (s->n->op->refresh) s->n->op->refresh(&s->o.g, (struct tv_node *)s->n);
    if (!CHECK(fabs(g - d) <= 5e-3 * size)) name_failure(c, "gradient of a constant", g, d);
}

/* Gradient at in0 of everything that varies, then of each constant, against central differences. */
static void gradient(const struct opcase *c, struct tv_rng *r)
{
    struct state s;
    float dir[997];
    if (!prepare(&s, c, BATCH, r)) return;
    opcase_fill(r, dir, 997, 'v');
    if (has_slope(&s)) {
        shorten(&s, 0, 1);
        both_ends(&s);
        backward(&s);
        double size = 1e-3, g = 0;
        for (int i = 0; i < s.n->n_in; i++)
            if (varies(&s, i) && differentiable(&s, i)) g += along(&s.min[i], dir, &size);
        double d = difference(&s, -1, NULL, dir, 3e-4f);
        if (!CHECK(fabs(g - d) <= 5e-3 * size)) name_failure(c, "gradient", g, d);
        for (int i = 0; i < s.n->n_in; i++)
            if (learnt(&s, c, i)) check_weight(&s, c, i, dir);
    }
    release(&s);
}

static int varying_inputs(const struct state *s)
{
    int n = 0;
    for (int i = 0; i < s->n->n_in; i++) n += varies(s, i);
    return n;
}

/* y((x0 + x1)/2) = (y(x0) + y(x1))/2, and backward is the same when inputs and outputs are not there. */
static void affine(const struct opcase *c, struct tv_rng *r)
{
    struct state s;
    if (!prepare(&s, c, BATCH, r)) return;
    if (has_slope(&s) && (s.n->op->flags & TV_OP_AFFINE) && varying_inputs(&s) == 1) {
        both_ends(&s);
        int at = 0;
        while (!varies(&s, at)) at++;
        struct tv_view first = s.min[at], mean = room(&s.out0[0]), x0 = s.in0[at], x1 = s.in1[at];
        backward(&s);
        s.min[at] = room(&first);
        for (int i = 0; i < s.n->n_in; i++)
            if (i != at)
                free(s.min[i].data), s.min[i].data = NULL; /* gradients of weights do need the input */
        s.in0[at].data = s.in1[at].data = NULL;
        struct tv_view out0 = s.out0[0], out1 = s.out1[0];
        s.out0[0].data = s.out1[0].data = NULL;
        backward(&s);
        s.in0[at] = x0, s.in1[at] = x1, s.out0[0] = out0, s.out1[0] = out1;
        if (!CHECK(!memcmp(first.data, s.min[at].data, tv_view_bytes(&first))))
            name_failure(c, "backward without data", 0, 0);
        const float *y0 = s.out0[0].data, *y1 = s.out1[0].data, *y;
        float *v0 = x0.data, *v1 = x1.data;
        for (int64_t e = 0; e < tv_view_count(&x0); e++) v0[e] = 0.5f * (v0[e] + v1[e]);
        struct tv_view out[OPCASE_MAX];
        memcpy(out, s.out0, sizeof out);
        out[0] = mean;
        forward(&s, out, s.in0);
        y = mean.data;
        double worst = 0;
        for (int64_t e = 0; e < tv_view_count(&mean); e++)
            worst = fmax(worst, fabs(y[e] - 0.5 * ((double)y0[e] + y1[e])));
        if (!CHECK(worst < 1e-4)) name_failure(c, "affine", worst, 0);
        free(first.data);
        free(mean.data);
    }
    release(&s);
}

/* ---- equal bytes ---- */

/* Copies a view's data into the other layout; the caller frees it. */
static struct tv_view other_layout(const struct tv_view *v, bool copy)
{
    struct tv_view w = *v;
    if (v->rank == 4) w.layout = TV_CHLAST;
    w.data = tv_alloc_aligned(tv_view_bytes(v) + 1, 1);
    if (copy) tv_view_copy(&w, v);
    return w;
}

static double worst_difference(const struct tv_view *plain, const struct tv_view *other)
{
    struct tv_view back = room(plain);
    back.layout = TV_PLAIN;
    tv_view_copy(&back, other);
    double worst = 0;
    for (int64_t e = 0; e < tv_view_count(plain); e++) {
        if (plain->dtype == TV_F32)
            worst = fmax(worst, fabs((double)((float *)plain->data)[e] - ((float *)back.data)[e]));
        else if (plain->dtype == TV_BOOL)
            worst = fmax(worst, fabs((double)((uint8_t *)plain->data)[e] - ((uint8_t *)back.data)[e]));
    }
    free(back.data);
    return worst;
}

static bool takes_chlast(const struct state *s)
{
    bool any = false;
    for (int i = 0; i < s->n->n_in; i++) any = any || (varies(s, i) && s->in0[i].rank == 4);
    return any && s->out0[0].rank == 4 && (s->n->op->flags & (TV_OP_LAYOUT | TV_OP_CHLAST | TV_OP_STRIDED));
}

static void layouts(const struct opcase *c, struct tv_rng *r)
{
    struct state s;
    if (!prepare(&s, c, BATCH, r)) return;
    if (takes_chlast(&s)) {
        both_ends(&s);
        if (s.n->op->backward) backward(&s);
        struct state t = s;
        for (int i = 0; i < s.n->n_in; i++) {
            if (!varies(&s, i)) {
                if (s.min[i].data) t.min[i] = room(&s.min[i]);
                continue;
            }
            t.in0[i] = other_layout(&s.in0[i], true), t.in1[i] = other_layout(&s.in1[i], true),
            t.min[i] = other_layout(&s.min[i], false);
        }
        for (int k = 0; k < s.n->n_out; k++)
            t.out0[k] = other_layout(&s.out0[k], false), t.out1[k] = other_layout(&s.out1[k], false),
            t.m[k] = other_layout(&s.m[k], s.m[k].dtype == TV_F32);
        both_ends(&t);
        double worst = 0;
        for (int k = 0; k < s.n->n_out; k++) worst = fmax(worst, worst_difference(&s.out0[k], &t.out0[k]));
        if (!CHECK(worst < 1e-5)) name_failure(c, "layouts, forward", worst, 0);
        if (s.n->op->backward && has_slope(&s)) {
            backward(&t);
            worst = 0;
            for (int i = 0; i < s.n->n_in; i++)
                if (differentiable(&s, i)) worst = fmax(worst, worst_difference(&s.min[i], &t.min[i]));
            if (!CHECK(worst < 1e-4)) name_failure(c, "layouts, backward", worst, 0);
        }
        for (int i = 0; i < s.n->n_in; i++) {
            if (s.o.in[i] < 0) continue;
            free(t.min[i].data);
            if (varies(&s, i)) free(t.in0[i].data), free(t.in1[i].data);
        }
        for (int k = 0; k < s.n->n_out; k++) free(t.out0[k].data), free(t.out1[k].data), free(t.m[k].data);
    }
    release(&s);
}

/* Offset of row `row` in a view with BATCH rows. */
static char *row_of(const struct tv_view *v, int64_t row)
{
    return (char *)v->data + (size_t)row * (tv_view_bytes(v) / BATCH);
}

static void take_row(struct tv_view *one, const struct tv_view *all, int64_t row)
{
    memcpy(one->data, row_of(all, row), tv_view_bytes(one));
}

static void rows(const struct opcase *c, struct tv_rng *r)
{
    struct state s, t;
    struct tv_rng same = *r;
    if (strchr(c->in, 'v') == NULL && strchr(c->in, 'p') == NULL) return;
    if (!strcmp(c->op, "GatherElements") || !strcmp(c->op, "Shape") || !strcmp(c->op, "Size") ||
        strstr(c->in, "c3,"))
        return; /* constants as large as the batch */
    if (!prepare(&s, c, BATCH, r)) return;
    if (!prepare(&t, c, 1, &same)) {
        release(&s);
        return;
    }
    both_ends(&s);
    if (has_slope(&s)) backward(&s);
    for (int64_t row = 0; row < BATCH; row++) {
        for (int i = 0; i < s.n->n_in; i++)
            if (varies(&s, i)) take_row(&t.in0[i], &s.in0[i], row), take_row(&t.in1[i], &s.in1[i], row);
        for (int k = 0; k < s.n->n_out; k++) take_row(&t.m[k], &s.m[k], row);
        both_ends(&t);
        bool equal = true;
        for (int k = 0; k < s.n->n_out; k++)
            equal = equal && !memcmp(t.out1[k].data, row_of(&s.out1[k], row), tv_view_bytes(&t.out1[k]));
        if (!CHECK(equal)) name_failure(c, "rows, forward", (double)row, 0);
        if (!has_slope(&s)) continue;
        backward(&t);
        for (int i = 0; i < s.n->n_in; i++)
            if (varies(&s, i) && differentiable(&s, i))
                equal = equal && !memcmp(t.min[i].data, row_of(&s.min[i], row), tv_view_bytes(&t.min[i]));
        if (!CHECK(equal)) name_failure(c, "rows, backward", (double)row, 0);
    }
    release(&s);
    release(&t);
}

static void threads(const struct opcase *c, struct tv_rng *r)
{
    struct state s, t;
    struct tv_rng same = *r;
    if (!prepare(&s, c, BATCH, r)) return;
    if (prepare(&t, c, BATCH, &same)) {
        omp_set_num_threads(1);
        both_ends(&s);
        if (has_slope(&s)) backward(&s);
        omp_set_num_threads(3);
        both_ends(&t);
        if (has_slope(&t)) backward(&t);
        bool equal = true;
        for (int k = 0; k < s.n->n_out; k++)
            equal = equal && !memcmp(s.out1[k].data, t.out1[k].data, tv_view_bytes(&s.out1[k]));
        for (int i = 0; i < s.n->n_in && has_slope(&s); i++)
            if (differentiable(&s, i))
                equal = equal && !memcmp(s.min[i].data, t.min[i].data, tv_view_bytes(&s.min[i]));
        if (!CHECK(equal)) name_failure(c, "threads", 1, 3);
        release(&t);
    }
    release(&s);
}

/* Backward's bytes for input 0 as it is, beside those in `want`. */
static void check_same(struct state *s, const struct opcase *c, const char *what, const void *want)
{
    backward(s);
    if (!CHECK(!memcmp(s->min[0].data, want, tv_view_bytes(&s->min[0])))) name_failure(c, what, 0, 0);
}

static void overlapping(const struct opcase *c, struct tv_rng *r)
{
    struct state s;
    if (!prepare(&s, c, BATCH, r)) return;
    if (has_slope(&s) && varies(&s, 0) && differentiable(&s, 0)) {
        size_t all = tv_view_bytes(&s.in0[0]), row = all / BATCH;
        char *path = tv_alloc_aligned(all + row, 1), *want = tv_alloc_aligned(all, 1);
        void *x0 = s.in0[0].data, *x1 = s.in1[0].data;
        memcpy(path, x0, all);
        memcpy(path + all, x1, row);
        memcpy(x1, path + row, all);
        both_ends(&s);
        backward(&s);
        memcpy(want, s.min[0].data, all);
        s.in0[0].data = path, s.in1[0].data = path + row;
        check_same(&s, c, "overlapping ends", want);
        s.in0[0].data = x0, s.in1[0].data = x1;
        free(path), free(want);
    }
    release(&s);
}

static void forgetting(const struct opcase *c, struct tv_rng *r)
{
    struct state s;
    if (!prepare(&s, c, BATCH, r)) return;
    bool linear = s.n->op->flags & TV_OP_LINEAR;
    if ((linear || (s.n->op->flags & TV_OP_FORGETS)) && has_slope(&s) && varies(&s, 0)) {
        size_t all = tv_view_bytes(&s.min[0]);
        void *want = tv_alloc_aligned(all, 1);
        struct state t = s;
        both_ends(&s);
        backward(&s);
        memcpy(want, s.min[0].data, all);
        for (int k = 0; k < t.n->n_out; k++) t.out0[k].data = t.out1[k].data = NULL;
        for (int i = 0; linear && i < t.n->n_in; i++)
            if (varies(&s, i)) t.in0[i].data = t.in1[i].data = NULL;
        check_same(&t, c, "forgetting", want);
        free(want);
    }
    release(&s);
}

static void overwriting(const struct opcase *c, struct tv_rng *r)
{
    struct state s;
    if (!prepare(&s, c, BATCH, r)) return;
    if ((s.n->op->flags & TV_OP_OVERWRITES) && has_slope(&s)) {
        void *min = s.min[0].data;
        both_ends(&s);
        backward(&s);
        s.min[0].data = s.m[0].data;
        check_same(&s, c, "overwriting", min);
        s.min[0].data = min;
    }
    release(&s);
}

static void relu(struct tv_view *x)
{
    float *v = x->data;
    for (int64_t e = 0; e < tv_view_count(x); e++) v[e] = v[e] > 0 ? v[e] : 0;
}

/* In the layout given; the kernels see channels that lie next to each other. */
static void through_relu(const struct opcase *c, struct tv_rng *r, bool chlast)
{
    struct state s;
    if (!prepare(&s, c, BATCH, r)) return;
    if ((s.n->op->flags & TV_OP_RELU) && s.n->n_out == 1 && has_slope(&s) && (!chlast || takes_chlast(&s))) {
        if (chlast)
            s.in0[0].layout = s.in1[0].layout = s.min[0].layout = s.m[0].layout = s.out0[0].layout =
                s.out1[0].layout = TV_CHLAST;
        struct state t = s;
        t.in0[0] = room(&s.in0[0]), t.in1[0] = room(&s.in1[0]), t.min[0] = room(&s.min[0]);
        t.out0[0] = room(&s.out0[0]), t.out1[0] = room(&s.out1[0]);
        memcpy(t.in0[0].data, s.in0[0].data, tv_view_bytes(&s.in0[0]));
        memcpy(t.in1[0].data, s.in1[0].data, tv_view_bytes(&s.in1[0]));
        relu(&s.in0[0]), relu(&s.in1[0]);
        const struct tv_limits positive = {0, INFINITY};
        t.in0[0].clip = t.in1[0].clip = &positive;
        both_ends(&s), both_ends(&t);
        if (!CHECK(!memcmp(s.out1[0].data, t.out1[0].data, tv_view_bytes(&s.out1[0]))))
            name_failure(c, "through Relu, forward", 0, 0);
        backward(&s);
        check_same(&t, c, "through Relu, backward", s.min[0].data);
        free(t.in0[0].data), free(t.in1[0].data), free(t.min[0].data), free(t.out0[0].data),
            free(t.out1[0].data);
    }
    release(&s);
}

/* ---- what random data do not reach ---- */

/* A shift common to all inputs changes nothing, however large: Softmax's multipliers stay below those of its
 * output. */
static void softmax_shifted(void)
{
    const float shift[] = {50, -900, 900};
    for (int k = 0; k < 6; k++) {
        struct opcase c = {k % 2 ? "LogSoftmax" : "Softmax", "", "v3,4"};
        struct state s;
        struct tv_rng r;
        tv_rng_seed(&r, 9, (uint64_t)k);
        if (!prepare(&s, &c, BATCH, &r)) continue;
        float *x0 = s.in0[0].data, *x1 = s.in1[0].data;
        for (int i = 0; i < 12; i++) x1[i] = x0[i] + shift[k / 2];
        both_ends(&s);
        backward(&s);
        double sum = 0, most = 0;
        for (int i = 0; i < 12; i++) {
            float m = ((float *)s.min[0].data)[i];
            if (i < 4) sum += m;
            most = fmax(most, fabs(m));
        }
        CHECK_NEAR(sum, 0, 1e-5);
        CHECK(most < 10);
        release(&s);
    }
}

/* ---- the table ---- */

static void every_operator_has_a_case(void)
{
    const struct tv_op *op;
    for (int i = 0; (op = tv_op_at(i)); i++) {
        bool found = false;
        for (int k = 0; k < CASES && !found; k++) found = !strcmp(cases[k].op, op->type);
        if (!CHECK(found)) printf("    no case for operator %s\n", op->type);
        CHECK(op->shape && op->forward && tv_op_find(op->type) == op);
    }
}

/* The manual lists what is supported. */
static void every_operator_is_documented(void)
{
    static char text[1 << 16];
    const struct tv_op *op;
    FILE *f = fopen("man/tv.7", "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    if (!n) {
        SKIP("man/tv.7 is not below the working directory");
        return;
    }
    for (int i = 0; (op = tv_op_at(i)); i++) {
        bool found = !strcmp(op->type, "Layout"); /* our own */
        size_t len = strlen(op->type);
        for (const char *p = text; !found && (p = strstr(p, op->type)); p += len)
            found = strchr(" \n", p[-1]) && strchr(" .\n", p[len]);
        if (!CHECK(found)) printf("    tv(7) does not name operator %s\n", op->type);
    }
}

int main(void)
{
    struct tv_rng r;
    omp_set_num_threads(2);
    every_operator_has_a_case();
    every_operator_is_documented();
    softmax_shifted();
    for (int k = 0; k < CASES; k++) {
        tv_rng_seed(&r, 20, (uint64_t)k);
        completeness(&cases[k], &r);
        gradient(&cases[k], &r);
        affine(&cases[k], &r);
        layouts(&cases[k], &r);
        rows(&cases[k], &r);
        threads(&cases[k], &r);
        overlapping(&cases[k], &r);
        forgetting(&cases[k], &r);
        overwriting(&cases[k], &r);
        through_relu(&cases[k], &r, false);
        through_relu(&cases[k], &r, true);
        omp_set_num_threads(2);
    }
    return check_done();
}
