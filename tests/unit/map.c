/* Maps of a part of the instances and domains of any name: sides, predictions matched by domain and path, and
 * what cannot be matched. */
#include <stdlib.h>
#include "check.h"
#include "core/mem.h"
#include "fig/figure_parts.h"
#include "fig/map.h"
#include "figures.h"

enum { ALL = 40, SOME = 10 };

/* Row i of a stream of n rows that starts at instance `from` and goes on in steps: domain, path and what it
 * is. */
static void put_rows(struct tv_set *s, const char *name, int64_t n, int64_t from, int64_t step)
{
    made_begin(s, name, 9);
    struct tv_tensor *domain = made(s, TV_STR, 1, n, 0, 0, "domain"),
                     *path = made(s, TV_STR, 1, n, 0, 0, "path");
    int32_t *pred = made(s, TV_I32, 1, n, 0, 0, "pred")->data;
    for (int64_t i = 0; i < n; i++) {
        int64_t k = (from + i * step) % ALL;
        made_string(domain, i, k < ALL / 2 ? "svhn" : "mnist");
        made_string(path, i, tv_msg("#%lld", (long long)(k % (ALL / 2)))); /* the same in both domains */
        pred[i] = (int32_t)(100 + k);
    }
}

static void test_part(void)
{
    struct tv_set map, infer;
    put_rows(&map, "map.tv", SOME, 15, 1);
    made(&map, TV_F32, 2, SOME, 2, 0, "tsne");
    put_rows(&infer, "infer.tv", ALL, 0, 7);
    struct tv_figure f = {.kind = TV_FIGURE_INSTANCES, .stream = &map, .n = 1};
    f.part[TV_PART_SOURCE_INFER] = &infer;
    tv_figure_find_names(&f);
    CHECK_STR(tv_figure_domain(&f, TV_SOURCE), "svhn");
    CHECK_STR(tv_figure_domain(&f, TV_TARGET), "mnist");
    CHECK(tv_map_count(&f) == 1);
    struct tv_map m;
    const char *error = tv_map_load(&m, &f, 0);
    if (CHECK(!error)) {
        CHECK(m.n == SOME && m.all == ALL);
        for (int i = 0; i < SOME; i++) {
            CHECK(m.side[i] == (15 + i < ALL / 2 ? TV_SOURCE : TV_TARGET));
            CHECK(m.pred[TV_SOURCE][i] == 100 + 15 + i); /* of infer.tv, whose rows stand in another order */
            CHECK(m.pred[TV_TARGET][i] == 100 + 15 + i); /* its own */
        }
    }
    tv_map_release(&m);
    tv_figure_forget_names(&f);
    tv_set_release(&map);
    tv_set_release(&infer);
}

/* Rows that no other stream knows have no prediction; without paths only equal numbers of rows match. */
static void test_unknown(void)
{
    struct tv_set map, infer, bare;
    put_rows(&map, "map.tv", SOME, 0, 1);
    made(&map, TV_F32, 2, SOME, 2, 0, "tsne");
    put_rows(&infer, "infer.tv", SOME / 2, 0, 1);
    made_begin(&bare, "bare.tv", 1);
    made(&bare, TV_I32, 1, SOME - 1, 0, 0, "pred");
    struct tv_figure f = {.kind = TV_FIGURE_INSTANCES, .stream = &map, .n = 1};
    f.part[TV_PART_TARGET_INFER] = &infer;
    tv_figure_find_names(&f);
    struct tv_map m;
    CHECK(!tv_map_load(&m, &f, 0) && m.pred[TV_TARGET]);
    for (int i = 0; i < SOME && m.pred[TV_TARGET]; i++)
        CHECK(m.pred[TV_TARGET][i] == (i < SOME / 2 ? 100 + i : -1));
    CHECK(m.all == SOME);
    tv_map_release(&m);
    f.part[TV_PART_TARGET_INFER] = &bare;
    const char *error = tv_map_load(&m, &f, 0);
    CHECK(error &&
          tv_glob("bare.tv: pred: want 10 rows as in the map, got 9; with `path` in both streams *", error));
    tv_map_release(&m);
    tv_figure_forget_names(&f);
    tv_set_release(&map);
    tv_set_release(&infer);
    tv_set_release(&bare);
}

/* "source" and "target" are themselves, wherever they stand; a third name is the target's. */
static void test_names(void)
{
    struct tv_figure f = {0};
    tv_figure_find_names(&f);
    CHECK(tv_figure_side(&f, "source") == TV_SOURCE);
    CHECK(tv_figure_side(&f, "target") == TV_TARGET && tv_figure_side(&f, NULL) == TV_TARGET);
    CHECK(tv_figure_side(&f, "sketch") == TV_TARGET);
    CHECK_STR(tv_figure_domain(&f, TV_SOURCE), "source");
    tv_figure_forget_names(&f);
}

int main(void)
{
    test_part();
    test_unknown();
    test_names();
    return check_done();
}
