/* tests/prop/chains.c - random networks give the same bytes whether nodes run one by one or in chains, and
 * whatever the pieces of a chain (nn/exec_internal.h). */
#include <math.h>
#include "check.h"
#include "model.h"
#include "nn/sweep.h"

enum { IMAGES = 3, STEPS = 4, MAPS = 24, SIZE = 9, CLASSES = 4, NETS = 20, MARGIN = 64 };

/* The feature maps that a network has so far. */
struct maps {
    int n;
    int64_t channels[MAPS], size[MAPS];
};

static const char *name_of(int i)
{
    static char name[4][16];
    static int next;
    char *s = name[next++ % 4];
    snprintf(s, sizeof name[0], i ? "v%d" : "x", i);
    return s;
}

static void add_conv(struct model *m, struct maps *f, int from, int kind)
{
    char w[16], in[32], dims[40], attrs[64];
    bool depthwise = kind == 1;
    int64_t k = kind == 2 ? 1 : 3, ci = f->channels[from],
            co = depthwise ? ci : 1 + (int64_t)(tv_rng_double(&m->r) * 40), stride = kind == 3 ? 2 : 1;
    snprintf(w, sizeof w, "w%d", f->n);
    snprintf(dims, sizeof dims, "%lld,%lld,%lld,%lld", (long long)co, (long long)(depthwise ? 1 : ci),
             (long long)k, (long long)k);
    model_weight(m, w, dims);
    snprintf(in, sizeof in, "%s,%s", name_of(from), w);
    snprintf(attrs, sizeof attrs, "I:pads=%lld,%lld,%lld,%lld I:strides=%lld,%lld i:group=%lld",
             (long long)k / 2, (long long)k / 2, (long long)k / 2, (long long)k / 2, (long long)stride,
             (long long)stride, (long long)(depthwise ? ci : 1));
    model_node(m, "Conv", name_of(f->n), in, attrs);
    f->channels[f->n] = co;
    f->size[f->n++] = (f->size[from] + stride - 1) / stride;
}

static void add_unary(struct model *m, struct maps *f, int from, const char *type)
{
    char in[32];
    snprintf(in, sizeof in, "%s%s", name_of(from), !strcmp(type, "Clip") ? ",low,high" : "");
    model_node(m, type, name_of(f->n), in, "");
    f->channels[f->n] = f->channels[from];
    f->size[f->n++] = f->size[from];
}

/* Add or Concat of two maps that fit; false where they do not. */
static bool add_join(struct model *m, struct maps *f, int a, int b, bool concat)
{
    char in[32];
    if (f->size[a] != f->size[b] || (!concat && f->channels[a] != f->channels[b])) return false;
    if (concat && f->channels[a] + f->channels[b] > 80) return false;
    snprintf(in, sizeof in, "%s,%s", name_of(a), name_of(b));
    model_node(m, concat ? "Concat" : "Add", name_of(f->n), in, concat ? "i:axis=1" : "");
    f->channels[f->n] = concat ? f->channels[a] + f->channels[b] : f->channels[a];
    f->size[f->n++] = f->size[a];
    return true;
}

static void add_pool(struct model *m, struct maps *f, int from)
{
    model_node(m, "MaxPool", name_of(f->n), name_of(from), "I:kernel_shape=2,2 I:strides=1,1");
    f->channels[f->n] = f->channels[from];
    f->size[f->n++] = f->size[from] - 1;
}

/* A convolution and an elementwise function of one map, in either order, and their sum. */
static void add_fork(struct model *m, struct maps *f, int from, const char *type, bool swapped)
{
    if (swapped) add_unary(m, f, from, type);
    add_conv(m, f, from, 1);
    if (!swapped) add_unary(m, f, from, type);
    add_join(m, f, f->n - 2, f->n - 1, false);
}

static int below(struct model *m, int n) { return (int)(tv_rng_double(&m->r) * n); }

/* A random network; its last map leads to the logits. */
static struct model random_net(uint64_t seed)
{
    static const char *const unary[] = {"Relu", "Relu", "Clip", "LeakyRelu", "HardSwish", "Sigmoid"};
    struct model m = model_new();
    struct maps f = {1, {3}, {SIZE}};
    tv_rng_seed(&m.r, seed, 1);
    model_input(&m, "x", "n,3,9,9");
    model_weight(&m, "low", "1")[0] = -0.2f;
    model_weight(&m, "high", "1")[0] = 0.6f;
    add_conv(&m, &f, 0, 0);
    int wanted = 8 + below(&m, 12);
    for (int tries = 0; f.n < wanted && tries < 200; tries++) {
        int kind = below(&m, 12), last = f.n - 1, any = 1 + below(&m, last);
        int from = below(&m, 4) ? last : any;
        if (kind < 4)
            add_conv(&m, &f, from, kind);
        else if (kind < 7)
            add_unary(&m, &f, from, unary[below(&m, 6)]);
        else if (kind < 9)
            add_join(&m, &f, last, any, kind == 8);
        else if (kind < 11)
            add_fork(&m, &f, from, unary[below(&m, 6)], below(&m, 2));
        else if (f.size[from] > 3)
            add_pool(&m, &f, from);
    }
    char dims[24];
    snprintf(dims, sizeof dims, "%lld,%d", (long long)f.channels[f.n - 1], CLASSES);
    model_weight(&m, "last", dims);
    model_node(&m, "GlobalAveragePool", "mean", name_of(f.n - 1), "");
    model_node(&m, "Flatten", "flat", "mean", "");
    model_node(&m, "MatMul", "y", "flat,last", "");
    model_output(&m, "y");
    return m;
}

/* Every convolution's output, dead ends too, and about half of the other values on the way to the logits. */
static int choose_taps(const struct tv_graph *g, int *tap)
{
    int n = 0, logits = tv_graph_logits(g);
    bool *mask = TV_ARRAY(bool, (size_t)g->n_values);
    tv_exec_between(g, logits, g->input, 1, mask);
    for (int k = 0; k < g->n_nodes; k++) {
        int v = g->node[k].out[0];
        bool layer = tv_graph_layer(g, g->node[k].name) >= 0;
        if (v != logits && (layer || (mask[v] && v % 2))) tap[n++] = v;
    }
    free(mask);
    return n;
}

/* All results, one after the other. */
static float *results_new(struct tv_graph *g, const struct tv_sweep_options *o, const float *x, bool chained,
                          int64_t piece_bytes, size_t *bytes)
{
    struct tv_sweep s;
    struct tv_sweep_result r;
    int *tap = TV_ARRAY(int, (size_t)g->n_nodes), n = choose_taps(g, tap);
    float *baseline = TV_ARRAY(float, (size_t)tv_value_row(&g->value[g->input[0]]));
    const char *err = tv_sweep_init(&s, g, o, tap, n, baseline);
    if (!CHECK(!err)) printf("    %s\n", err), exit(1);
    s.e.chained = chained, s.e.piece_bytes = piece_bytes;
    tv_sweep_result_init(&s, &r, IMAGES, false);
    for (int i = 0; i < IMAGES; i++) r.target[i] = i % CLASSES;
    CHECK(!tv_sweep_run(&s, IMAGES, x, &r));
    if (chained && !piece_bytes && !CHECK(tv_arena_bytes(s.e.arena) <= s.values + MARGIN))
        printf("    %lld bytes, foreseen: %lld\n", (long long)tv_arena_bytes(s.e.arena), (long long)s.values);
    size_t all = 2 * IMAGES, at = 0;
    for (int t = 0; t < s.n_taps; t++) all += (size_t)(IMAGES * tv_sweep_width(&s, t));
    float *to = TV_ARRAY(float, all);
    for (int t = 0; t < s.n_taps; t++) {
        size_t size = (size_t)(IMAGES * tv_sweep_width(&s, t));
        memcpy(to + at, r.attrib[t], size * sizeof *to);
        at += size;
    }
    memcpy(to + at, r.logit, IMAGES * sizeof *to);
    memcpy(to + at + IMAGES, r.delta, IMAGES * sizeof *to);
    *bytes = all * sizeof *to;
    tv_sweep_result_release(&s, &r);
    tv_sweep_release(&s);
    free(baseline);
    free(tap);
    return to;
}

static void test_options(struct tv_graph *g, uint64_t seed, const struct tv_sweep_options *o, const float *x)
{
    static const int64_t pieces[] = {1, 30 << 10, 0};
    size_t n, m;
    float *alone = results_new(g, o, x, false, 0, &n);
    for (int i = 0; i < 3; i++) {
        float *chained = results_new(g, o, x, true, pieces[i], &m);
        if (!CHECK(n == m && !memcmp(alone, chained, n)))
            printf("    net %d, method %d, rule %d, precision %d, pieces of %lld bytes\n", (int)seed,
                   (int)o->method, (int)o->rule, (int)o->precision, (long long)pieces[i]);
        free(chained);
    }
    free(alone);
}

/* ---- against sums of all multipliers ---- */

struct told {
    const struct tv_exec *e;
    double *sum[64]; /* per tap: [IMAGES][channels] */
    const int *tap;
    int n;
};

static void add_up(void *user, int value, const float *m, int64_t first, int64_t count)
{
    const struct told *t = user;
    const struct tv_value *v = &t->e->g->value[value];
    int64_t row = tv_value_row(v), channels = v->dim[1], positions = row / channels;
    const float *h = t->e->data[value];
    for (int i = 0; i < t->n; i++)
        for (int64_t j = 0; t->tap[i] == value && j < count; j++) {
            int64_t at = first + j, c = v->layout == TV_CHLAST ? at % channels : at % row / positions;
            t->sum[i][at / row % IMAGES * channels + c] +=
                ((double)h[at + IMAGES * row] - h[at]) * (double)m[j];
        }
}

/* Conductances by the definition, from an executor that keeps everything. */
static void test_sums(struct tv_graph *g, uint64_t seed, const float *x)
{
    struct tv_sweep_options o = {
        .batch = IMAGES, .steps = STEPS, .exponent = 1, .reduce = TV_REDUCE_SUM, .grid = TV_GRID_POWER};
    size_t bytes, at = 0;
    float *got = results_new(g, &o, x, true, 30 << 10, &bytes);
    int *tap = TV_ARRAY(int, (size_t)g->n_nodes), n = choose_taps(g, tap), in = g->input[0];
    struct tv_exec e;
    struct told told = {.e = &e, .tap = tap, .n = n};
    CHECK(!tv_graph_plan(g, (STEPS + 1) * IMAGES));
    tv_exec_init(&e, g);
    for (int v = 0; v < g->n_values; v++) e.keep[v] = true;
    int64_t row = tv_value_row(&g->value[in]) * IMAGES;
    float *rows = tv_exec_set(&e, in);
    for (int64_t i = 0; i < (STEPS + 1) * row; i++) rows[i] = (float)(i / row) / STEPS * x[i % row];
    int logits = tv_graph_logits(g);
    tv_exec_forward(&e, &logits, 1);
    CHECK(!tv_graph_plan(g, STEPS * IMAGES));
    float *seeds = tv_exec_seed(&e, logits);
    for (int i = 0; i < STEPS * IMAGES; i++) seeds[i * CLASSES + i % IMAGES % CLASSES] = 1;
    for (int i = 0; i < n; i++) told.sum[i] = TV_ARRAY(double, (size_t)(IMAGES * g->value[tap[i]].dim[1]));
    tv_exec_backward(&e, logits, (struct tv_intervals){.offset = IMAGES}, tap, n,
                     &(struct tv_exec_sink){.take = add_up, .user = &told});
    for (int t = 0; t < n; t++) {
        size_t size = (size_t)(IMAGES * g->value[tap[t]].dim[1]);
        double most = 0, off = 0;
        for (size_t i = 0; i < size; i++) {
            most = fmax(most, fabs(told.sum[t][i]));
            off = fmax(off, fabs(told.sum[t][i] - got[at + i]));
        }
        if (!CHECK(off <= 2e-4 * most + 1e-6))
            printf("    net %d, %s: %g apart of %g\n", (int)seed, g->value[tap[t]].name, off, most);
        at += size;
        free(told.sum[t]);
    }
    tv_exec_release(&e);
    free(got);
    free(tap);
}

int main(void)
{
    float x[IMAGES * 3 * SIZE * SIZE];
    struct tv_rng r;
    tv_rng_seed(&r, 11, 0);
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) x[i] = (float)tv_rng_normal(&r);
    for (uint64_t seed = 0; seed < NETS; seed++) {
        struct model m = random_net(seed);
        struct tv_graph g;
        const char *err = model_load(&m, &g);
        if (!CHECK(!err)) {
            printf("    net %d: %s\n", (int)seed, err);
            continue;
        }
        struct tv_sweep_options o = {.steps = STEPS, .exponent = 1, .reduce = TV_REDUCE_SUM};
        static const enum tv_method method[] = {TV_CONDUCTANCE, TV_GRADIENT_X_ACTIVATION,
                                                TV_INTERNAL_INFLUENCE};
        for (int k = 0; k < 3; k++)
            for (int rule = 0; rule < (k ? 1 : 2); rule++)
                for (int low = 0; low < (k ? 1 : 2); low++) {
                    o.method = method[k], o.rule = rule ? TV_RULE_LEFT : TV_RULE_SECANT;
                    o.precision = low ? TV_PRECISION_BF16 : TV_PRECISION_F32;
                    o.mem = 0, o.batch = IMAGES;
                    test_options(&g, seed, &o, x);
                }
        test_sums(&g, seed, x);
        tv_graph_release(&g);
    }
    return check_done();
}
