/* Active links of an image, counts, means and important links: cases computed by hand. */
#include "check.h"
#include "links_count.h"

/* 2 x 3 pairs, a third of them (2) active in an image. */
static void test_counts(void)
{
    const float v[] = {5, 1, 1, 4, 0, -2, /* */ 1, 1, 1, 1, 1, 1, /* ties by index */ -1, -5, 3, -1, 2, -9};
    const int32_t want[] = {2, 1, 1, 1, 1, 0};
    struct tv_link_counts l;
    float mean[6];
    int32_t top[6];
    tv_link_counts_init(&l, 2, 3, 6, 1.0 / 3, true);
    CHECK(!links_count(&l, v, 1));
    CHECK(!links_count(&l, v + 6, 2));
    CHECK(l.images == 3 && !memcmp(l.count, want, sizeof want));
    tv_link_counts_mean(mean, &l);
    CHECK_NEAR(mean[0], 5.0 / 3, 1e-6);
    CHECK_NEAR(mean[1], -1, 1e-6);
    CHECK_NEAR(mean[5], -10.0 / 3, 1e-6);
    /* counts 2 1 1 1 1 0; equal counts by mean: (0,2) 5/3, (1,0) 4/3, (1,1) 1, (0,1) -1 */
    CHECK(tv_link_counts_top_count(&l, 0.4) == 3);
    tv_link_counts_top(top, 3, &l, mean);
    const int32_t want_top[] = {0, 0, /* */ 0, 2, /* */ 1, 0};
    CHECK(!memcmp(top, want_top, sizeof want_top));
    tv_link_counts_release(&l);
}

/* Two groups of 2 channels: half of the 16 pairs exist; a quarter of those are active. */
static void test_groups(void)
{
    float v[16], mean[16];
    for (int i = 0; i < 16; i++) v[i] = i / 8 == i % 4 / 2 ? -(float)i : TV_LINK_NONE;
    struct tv_link_counts l;
    int32_t top[16];
    tv_link_counts_init(&l, 4, 4, 8, 0.25, true);
    CHECK(!links_count(&l, v, 1));
    CHECK(l.count[0] == 1 && l.count[1] == 1);
    int active = 0;
    for (int i = 0; i < 16; i++) active += l.count[i];
    CHECK(active == 2);
    CHECK(tv_link_counts_top_count(&l, 1) == 8);
    tv_link_counts_mean(mean, &l);
    CHECK(isnan(mean[2]) && mean[0] == 0 && mean[5] == -5);
    tv_link_counts_top(top, 8, &l, mean);
    for (int i = 0; i < 8; i++)
        CHECK(top[2 * i] / 2 == top[2 * i + 1] / 2); /* never a pair that does not exist */
    tv_link_counts_release(&l);
}

static void test_refusals(void)
{
    float v[] = {1, NAN, 0, 2}, mean[4];
    struct tv_link_counts l;
    tv_link_counts_init(&l, 2, 2, 4, 0.01, true);
    const char *bad = links_count(&l, v, 1);
    CHECK(bad && strstr(bad, "nan for pair 1"));
    CHECK(l.images == 0 && l.count[3] == 0);
    tv_link_counts_mean(mean, &l);
    CHECK(isnan(mean[0]));
    v[1] = INFINITY;
    CHECK(links_count(&l, v, 1) != NULL);
    v[1] = TV_LINK_NONE; /* a pair too few */
    CHECK(links_count(&l, v, 1) != NULL);
    v[1] = 1;
    CHECK(!links_count(&l, v, 1));
    CHECK(l.count[3] == 1 && l.count[0] == 0); /* at least one is active */
    tv_link_counts_release(&l);
    CHECK(!tv_link_counts_check(4096, 4096));
    CHECK(tv_link_counts_check(1 << 16, 1 << 16) != NULL);
    CHECK(tv_link_counts_check(0, 5) != NULL);
    CHECK(tv_link_counts_check(INT64_MAX, 2) != NULL);
}

int main(void)
{
    test_counts();
    test_groups();
    test_refusals();
    return check_done();
}
