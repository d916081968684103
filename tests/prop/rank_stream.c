/* Ranks of a stream do not depend on how its rows are cut and interleaved. */
#include <stdlib.h>
#include "check.h"
#include "analysis/rank.h"
#include "analysis/rank_stream.h"
#include "num/rng.h"

enum { IMAGES = 700, LAYERS = 2, CLASSES = 5 };
static const int64_t neurons[LAYERS] = {7, 12};
static float value[LAYERS][IMAGES * 12];
static int64_t label[IMAGES];

static void fill(void)
{
    struct tv_rng rng;
    tv_rng_seed(&rng, 1, 0);
    for (int i = 0; i < IMAGES; i++) label[i] = (int64_t)tv_rng_below(&rng, CLASSES + 1) - 1;
    for (int l = 0; l < LAYERS; l++) {
        for (int64_t i = 0; i < IMAGES * neurons[l]; i++) value[l][i] = (float)tv_rng_below(&rng, 20);
    }
}

/* Summed ranks of a class and layer in one go. */
static void in_one_go(double *sum, int l, int c)
{
    double x[12], *to = sum;
    for (int64_t j = 0; j < neurons[l]; j++) sum[j] = 0;
    for (int i = 0; i < IMAGES; i++) {
        for (int64_t j = 0; j < neurons[l]; j++) x[j] = (double)value[l][i * neurons[l] + j];
        struct tv_rank_block block = {.sum = &to, .x = x, .images = 1, .n = neurons[l]};
        if (label[i] == c && tv_rank_add(&block, 1)) CHECK(false);
    }
}

static struct tv_tensor *tensor(const char *name, enum tv_dtype t, int64_t columns)
{
    return tv_tensor_new(name, t, columns ? 2 : 1, (int64_t[]){0, columns});
}

/* Deals the rows out in random pieces; `labels_at`: the labels come only when this many layers are complete.
 */
static void deal(struct tv_rank_stream *s, struct tv_tensor **t, uint64_t seed, int labels_at)
{
    int64_t at[LAYERS + 1] = {0};
    struct tv_rng rng;
    tv_rng_seed(&rng, seed, 0);
    for (int left = LAYERS + 1; left > 0;) {
        int i = (int)tv_rng_below(&rng, LAYERS + 1);
        int complete = (at[0] == IMAGES) + (at[1] == IMAGES);
        if (at[i] == IMAGES || (i == LAYERS && complete < labels_at)) continue;
        int64_t n = 1 + (int64_t)tv_rng_below(&rng, 400);
        if (n > IMAGES - at[i]) n = IMAGES - at[i];
        struct tv_record rec = {.event = TV_EV_ROWS, .tensor = t[i], .row0 = at[i], .rows = n};
        rec.data = i < LAYERS ? (void *)(value[i] + at[i] * neurons[i]) : (void *)(label + at[i]);
        CHECK(!tv_rank_stream_take(s, &rec));
        at[i] += n;
        left -= at[i] == IMAGES;
    }
}

static void test_interleaving(void)
{
    const struct tv_rank_options o = {.by = "label", .top = 0.1};
    struct tv_tensor *t[] = {tensor("attrib/a", TV_F32, neurons[0]), tensor("attrib/b", TV_F32, neurons[1]),
                             tensor("label", TV_I64, 0)};
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct tv_rank_stream s;
        tv_rank_stream_init(&s, "test", &o);
        for (int i = 0; i <= LAYERS; i++)
            CHECK(!tv_rank_stream_take(
                &s, &(struct tv_record){.event = TV_EV_TENSOR, .tensor = t[(i + seed) % 3]}));
        deal(&s, t, seed, (int)(seed % 3));
        CHECK(!tv_rank_stream_end(&s));
        CHECK(s.layers == LAYERS && s.census.classes == CLASSES && s.chosen.n == CLASSES);
        for (size_t l = 0; l < s.layers; l++) {
            int which = strcmp(s.layer[l].name, "a") != 0;
            for (int c = 0; c < CLASSES; c++) {
                double want[12];
                in_one_go(want, which, c);
                CHECK(!memcmp(s.layer[l].sum[c], want, (size_t)neurons[which] * sizeof *want));
            }
        }
        tv_rank_stream_release(&s);
    }
    for (int i = 0; i <= LAYERS; i++) tv_tensor_free(t[i]);
}

int main(void)
{
    fill();
    test_interleaving();
    return check_done();
}
