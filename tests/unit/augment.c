/* tests/unit/augment.c - flips and shifts: where pixels go, and that the generator alone decides. */
#include "check.h"
#include "core/err.h"
#include "data/augment.h"
#include "scratch.h"

enum { C = 2, H = 5, W = 4, SIZE = C * H * W };

/* A loaded dataset of one image; pixel (c, v, u) of the batch is at. */
static void open_dataset(struct tv_dataset *d, enum tv_layout layout)
{
    static uint8_t pixels[H * W * C];
    for (int i = 0; i < H * W * C; i++) pixels[i] = (uint8_t)(i + 1);
    struct tv_writer *w = tv_writer_open(scratch("one.tv"));
    struct tv_attrs attrs = {0};
    tv_attrs_set(&attrs, "scale", "1");
    tv_attrs_set(&attrs, "mean", "7"); /* black is -7 */
    tv_writer_array(w, "image", TV_U8, 4, (const int64_t[]){1, H, W, C}, pixels, &attrs);
    tv_writer_close(w);
    tv_attrs_release(&attrs);
    tv_check(tv_dataset_open(d, scratch("one.tv")));
    tv_check(tv_dataset_load(d));
    d->layout = layout;
}

static float at(const struct tv_dataset *d, const float *x, int c, int v, int u)
{
    return d->layout == TV_CHLAST ? x[(v * W + u) * C + c] : x[(c * H + v) * W + u];
}

/* Is y the image x moved by some (down, right) within `most`, mirrored or not? */
static bool is_moved(const struct tv_dataset *d, const float *y, const float *x, bool flip, int down,
                     int right)
{
    for (int c = 0; c < C; c++)
        for (int v = 0; v < H; v++)
            for (int u = 0; u < W; u++) {
                int from_v = v - down, from_u = flip ? W - 1 - (u - right) : u - right;
                bool inside = from_v >= 0 && from_v < H && from_u >= 0 && from_u < W;
                if (at(d, y, c, v, u) != (inside ? at(d, x, c, from_v, from_u) : -7)) return false;
            }
    return true;
}

static void test_moves(enum tv_layout layout)
{
    struct tv_dataset d;
    open_dataset(&d, layout);
    float x[SIZE], y[SIZE], z[SIZE];
    tv_dataset_gather(&d, (const int64_t[]){0}, 1, x);
    struct tv_augment both = {.flip = true, .shift = 1};
    int seen[2][3][3] = {{{0}}}, unexplained = 0, differ = 0;
    for (int i = 0; i < 400; i++) {
        struct tv_rng r, again;
        tv_rng_seed(&r, 1, (uint64_t)i);
        again = r;
        memcpy(y, x, sizeof y);
        memcpy(z, x, sizeof z);
        tv_augment_image(&both, &d, &r, y);
        tv_augment_image(&both, &d, &again, z);
        differ += memcmp(y, z, sizeof y) != 0;
        int found = 0;
        for (int f = 0; f < 2; f++)
            for (int v = -1; v <= 1; v++)
                for (int u = -1; u <= 1; u++)
                    if (is_moved(&d, y, x, f, v, u)) seen[f][v + 1][u + 1]++, found++;
        unexplained += found != 1;
    }
    CHECK(unexplained == 0);
    CHECK(differ == 0);
    for (int i = 0; i < 18; i++) CHECK(seen[i / 9][i / 3 % 3][i % 3] > 0);

    struct tv_rng r;
    tv_rng_seed(&r, 1, 0);
    memcpy(y, x, sizeof y);
    tv_augment_image(&(struct tv_augment){0}, &d, &r, y);
    CHECK(memcmp(y, x, sizeof y) == 0);
    tv_dataset_close(&d);
}

int main(void)
{
    test_moves(TV_PLAIN);
    test_moves(TV_CHLAST);
    return check_done();
}
