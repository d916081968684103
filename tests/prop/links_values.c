/* Values of links against their definition: padding, strides, dilation, groups, layers that are flattened. */
#include "check.h"
#include "model.h"
#include "analysis/links.h"
#include "analysis/links_select.h"
#include "num/kernel.h"

enum { IMAGES = 3 };

static struct tv_rng rng;

struct matrix {
    float *v;
    int64_t na, nb;
};

static void take(void *to, int64_t image, int64_t a, const float *v)
{
    const struct matrix *m = to;
    memcpy(m->v + (image * m->na + a) * m->nb, v, (size_t)m->nb * sizeof *v);
    for (int64_t b = m->nb; b < tv_link_row(m->nb); b++)
        if (v[b] != TV_LINK_NONE) m->v[0] = NAN;
}

/* Loads the model and makes the values of its pair of layers; x [IMAGES][row] random.  New arrays. */
static struct matrix values_new(struct model *m, struct tv_graph *g, struct tv_link_map *map, float **x)
{
    int n = 0;
    CHECK_STR(model_load(m, g) ? "not loaded" : "loaded", "loaded");
    CHECK(!tv_graph_plan(g, 1));
    struct tv_link *l = tv_graph_links_new(g, &n);
    CHECK(n == 1 && !tv_link_map_init(map, g, l));
    tv_links_free(l, n);
    struct matrix v = {.na = map->na, .nb = map->nb};
    const float *row[IMAGES];
    *x = TV_ARRAY(float, IMAGES * map->row);
    for (int64_t i = 0; i < IMAGES * map->row; i++) (*x)[i] = (float)tv_rng_normal(&rng);
    for (int i = 0; i < IMAGES; i++) row[i] = *x + i * map->row;
    v.v = TV_ARRAY(float, IMAGES *v.na *v.nb);
    for (int64_t i = 0; i < IMAGES * v.na * v.nb; i++) v.v[i] = TV_LINK_NONE;
    tv_link_values(map, IMAGES, row, take, &v);
    return v;
}

struct kernel {
    int64_t h, w, k, stride, pad, dilation, in, out, groups;
};

static double definition(const struct kernel *c, const float *x, const float *w, int64_t a, int64_t b)
{
    int64_t group_in = c->in / c->groups, group_out = c->out / c->groups, reach = c->dilation * (c->k - 1);
    if (a / group_in != b / group_out) return TV_LINK_NONE;
    double best = -INFINITY;
    for (int64_t y = -c->pad; y + reach < c->h + c->pad; y += c->stride)
        for (int64_t z = -c->pad; z + reach < c->w + c->pad; z += c->stride) {
            double sum = 0;
            for (int64_t i = 0; i < c->k; i++)
                for (int64_t j = 0; j < c->k; j++) {
                    int64_t iy = y + i * c->dilation, ix = z + j * c->dilation;
                    if (iy < 0 || ix < 0 || iy >= c->h || ix >= c->w) continue;
                    sum += (double)x[(a * c->h + iy) * c->w + ix] *
                           w[((b * group_in + a % group_in) * c->k + i) * c->k + j];
                }
            best = fmax(best, sum);
        }
    return best;
}

static void test_conv(struct kernel c)
{
    struct model m = model_new();
    char *dims = tv_format_new("n,1,%d,%d", (int)c.h, (int)c.w),
         *first = tv_format_new("%d,1,1,1", (int)c.in),
         *second = tv_format_new("%d,%d,%d,%d", (int)c.out, (int)(c.in / c.groups), (int)c.k, (int)c.k),
         *attrs = tv_format_new("I:pads=%d,%d,%d,%d I:strides=%d,%d I:dilations=%d,%d i:group=%d", (int)c.pad,
                                (int)c.pad, (int)c.pad, (int)c.pad, (int)c.stride, (int)c.stride,
                                (int)c.dilation, (int)c.dilation, (int)c.groups);
    model_input(&m, "x", dims);
    model_weight(&m, "w", first);
    model_node(&m, "Conv", "h", "x,w", "");
    model_node(&m, "Relu", "r", "h", "");
    model_weight(&m, "v", second);
    model_node(&m, "Conv", "y", "r,v", attrs);
    model_output(&m, "y");
    struct tv_graph g;
    struct tv_link_map map;
    float *x;
    struct matrix v = values_new(&m, &g, &map, &x);
    const float *w = g.value[g.layer[1].weight].data;
    double off = 0;
    int64_t exist = 0;
    for (int64_t i = 0; i < IMAGES; i++)
        for (int64_t a = 0; a < c.in; a++)
            for (int64_t b = 0; b < c.out; b++) {
                double want = definition(&c, x + i * map.row, w, a, b), got = v.v[(i * c.in + a) * c.out + b];
                exist += i == 0 && isfinite(want);
                if (got != want) off = fmax(off, isfinite(want) ? fabs(want - got) : INFINITY);
            }
    CHECK_NEAR(off, 0, 1e-5);
    CHECK(map.exist == exist);
    free(v.v), free(x), free(dims), free(first), free(second), free(attrs);
    tv_link_map_release(&map);
    tv_graph_release(&g);
}

/* conv -> Flatten -> Gemm with `positions` features a channel, and their mean by linearity. */
static void test_fc(int channels, int side, const char *gemm)
{
    struct model m = model_new();
    int64_t inputs = channels * side * side, outputs = 37;
    bool transposed = strstr(gemm, "transB") != NULL;
    char *dims = tv_format_new("n,1,%d,%d", side, side), *first = tv_format_new("%d,1,1,1", channels),
         *second = transposed ? tv_format_new("%d,%d", (int)outputs, (int)inputs)
                              : tv_format_new("%d,%d", (int)inputs, (int)outputs);
    model_input(&m, "x", dims);
    model_weight(&m, "w", first);
    model_node(&m, "Conv", "h", "x,w", "");
    model_node(&m, "Flatten", "f", "h", "");
    model_weight(&m, "v", second);
    model_node(&m, "Gemm", "y", "f,v", gemm);
    model_output(&m, "y");
    struct tv_graph g;
    struct tv_link_map map;
    float *x, *mean = TV_ARRAY(float, channels *outputs);
    struct matrix v = values_new(&m, &g, &map, &x);
    const float *w = g.value[g.layer[1].weight].data;
    double off = 0, off_mean = 0, *sum = TV_ARRAY(double, inputs);
    for (int64_t f = 0; f < inputs; f++)
        for (int i = 0; i < IMAGES; i++) sum[f] += (double)x[i * inputs + f] / IMAGES;
    tv_link_fc_mean(mean, &map, sum);
    for (int64_t a = 0; a < channels; a++)
        for (int64_t b = 0; b < outputs; b++) {
            double all = 0;
            for (int64_t i = 0; i < IMAGES; i++) {
                double want = 0;
                for (int64_t f = a * side * side; f < (a + 1) * side * side; f++)
                    want += (double)x[i * inputs + f] * w[transposed ? b * inputs + f : f * outputs + b];
                off = fmax(off, fabs(want - v.v[(i * channels + a) * outputs + b]));
                all += want / IMAGES;
            }
            off_mean = fmax(off_mean, fabs(all - mean[a * outputs + b]));
        }
    CHECK_NEAR(off, 0, 1e-5);
    CHECK_NEAR(off_mean, 0, 1e-6);
    free(v.v), free(x), free(mean), free(sum), free(dims), free(first), free(second);
    tv_link_map_release(&map);
    tv_graph_release(&g);
}

/* The largest product of the chosen kernel set against plain sums. */
static void test_maximum(const struct tv_kernel *k)
{
    enum { TAPS = 11, TILES = 3, LD = TV_KERNEL_MAX_MR * TILES };
    float x[TAPS * LD], w[TAPS * TV_KERNEL_MAX_NR], best[TV_KERNEL_MAX_NR];
    for (int i = 0; i < TAPS * LD; i++) x[i] = (float)tv_rng_normal(&rng);
    for (int i = 0; i < TAPS * TV_KERNEL_MAX_NR; i++) w[i] = (float)tv_rng_normal(&rng);
    for (int taps = 1; taps <= TAPS; taps += 5)
        for (int points = k->mr; points <= TILES * k->mr; points += k->mr) {
            for (int j = 0; j < k->nr; j++) best[j] = 1.5f;
            k->maximum(taps, x, LD, points, w, best);
            for (int j = 0; j < k->nr; j++) {
                double want = 1.5;
                for (int p = 0; p < points; p++) {
                    double sum = 0;
                    for (int t = 0; t < taps; t++) sum += (double)x[t * LD + p] * w[t * k->nr + j];
                    want = fmax(want, sum);
                }
                CHECK_NEAR(best[j], want, 1e-5);
            }
        }
}

int main(void)
{
    tv_rng_seed(&rng, 3, 0);
    test_maximum(&tv_kernel_c);
#if defined(__x86_64__)
    if (strstr(tv_kernel()->name, "avx512")) test_maximum(&tv_kernel_avx2);
#endif
    test_maximum(tv_kernel());
    test_conv((struct kernel){7, 9, 3, 1, 1, 1, 5, 40, 1});
    test_conv((struct kernel){8, 8, 3, 2, 1, 1, 4, 6, 1});
    test_conv((struct kernel){9, 7, 3, 1, 2, 2, 4, 6, 2});
    test_conv((struct kernel){5, 6, 5, 3, 4, 1, 6, 6, 6});
    test_conv((struct kernel){4, 4, 1, 1, 0, 1, 3, 33, 1});
    test_conv((struct kernel){6, 6, 2, 1, 0, 3, 2, 4, 1});
    test_fc(5, 3, "i:transB=1");
    test_fc(4, 2, "");
    test_fc(19, 1, "i:transB=1");
    return check_done();
}
