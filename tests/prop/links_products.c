/* Links of fully-connected layers that are looked at without being made, against all of them: any number of
 * threads and images, also where the sample misleads. */
#include <omp.h>
#include "check.h"
#include "model.h"
#include "analysis/links.h"

enum { IMAGES = 5, INPUTS = 300, OUTPUTS = 401 };

static void take_row(void *scan, int64_t image, int64_t a, const float *v)
{
    tv_link_scan_row(scan, image, a, v);
}

/* Counts of the images at x; `rows`: every value is made.  NULL or a message. */
static const char *count(struct tv_link_counts *l, const struct tv_link_map *map, int64_t images,
                         const float *const *x, bool rows)
{
    struct tv_link_counts *of[IMAGES];
    struct tv_link_scan scan = {0};
    tv_link_counts_init(l, map->na, map->nb, map->exist, 0.02, false);
    for (int i = 0; i < IMAGES; i++) of[i] = l;
    tv_link_scan_begin(&scan, of, images);
    if (rows)
        tv_link_values(map, images, x, take_row, &scan);
    else
        tv_link_scan_values(map, x, &scan);
    const char *err = tv_link_scan_end(&scan);
    tv_link_scan_release(&scan);
    return err;
}

/* Of the weights, which lie [INPUTS][OUTPUTS], one in `spike` is large: of every third one the sample may see
 * nothing else. */
static void test(int spike)
{
    struct model m = model_new();
    model_input(&m, "x", "n,4");
    model_weight(&m, "u", "4,300");
    model_node(&m, "MatMul", "h", "x,u", "");
    float *w = model_weight(&m, "w", "300,401");
    for (int i = 0; spike && i < INPUTS * OUTPUTS; i += spike) w[i] = 10 + fabsf(w[i]);
    model_node(&m, "MatMul", "y", "h,w", "");
    model_output(&m, "y");
    struct tv_graph g;
    struct tv_link_map map;
    int n = 0;
    CHECK(!model_load(&m, &g) && !tv_graph_plan(&g, 1));
    struct tv_link *l = tv_graph_links_new(&g, &n);
    CHECK(n == 1 && !tv_link_map_init(&map, &g, l));
    CHECK(map.products.rows == INPUTS);
    float x[IMAGES][INPUTS];
    const float *row[IMAGES];
    struct tv_rng rng;
    tv_rng_seed(&rng, 4, 0);
    for (int i = 0; i < IMAGES; i++) {
        row[i] = x[i];
        for (int f = 0; f < INPUTS; f++)
            x[i][f] = i == 0 ? 1 : i == 1 ? 0 : fmaxf((float)tv_rng_normal(&rng), i == 2 ? 0 : -9);
    }
    for (int images = 1; images <= IMAGES; images += 2)
        for (int threads = 1; threads <= 4; threads++) {
            struct tv_link_counts want, got;
            omp_set_num_threads(threads);
            CHECK(!count(&want, &map, images, row, true));
            CHECK(!count(&got, &map, images, row, false));
            CHECK(!memcmp(want.count, got.count, sizeof(int32_t) * INPUTS * OUTPUTS));
            tv_link_counts_release(&want);
            tv_link_counts_release(&got);
        }
    x[2][17] = INFINITY;
    struct tv_link_counts want, got;
    char *err = tv_strdup(count(&want, &map, 3, row, true));
    CHECK_STR(count(&got, &map, 3, row, false), err);
    tv_link_counts_release(&want);
    tv_link_counts_release(&got);
    free(err);
    tv_links_free(l, n);
    tv_link_map_release(&map);
    tv_graph_release(&g);
}

int main(void)
{
    test(0);
    test(3);
    test(7);
    return check_done();
}
