/* tests/unit/sort.c - orders against their definition, on arrays with many ties, sorted runs, infinities and
 * NaN. */
#include <stdbool.h>
#include <stdlib.h>
#include "check.h"
#include "num/rng.h"
#include "num/sort.h"

enum { N = 3000 };

static bool is_before(double x, double y, int a, int b, bool desc)
{
    if (isnan(x) || isnan(y)) return isnan(x) && isnan(y) ? a < b : isnan(y);
    if (x != y) return desc ? x > y : x < y;
    return a < b;
}

static bool ordered(const int32_t *index, const double *v, int n, int k, bool desc)
{
    for (int i = 1; i < k; i++)
        if (!is_before(v[index[i - 1]], v[index[i]], index[i - 1], index[i], desc)) return false;
    for (int i = k; k > 0 && i < n; i++)
        if (!is_before(v[index[k - 1]], v[index[i]], index[k - 1], index[i], desc)) return false;
    char seen[N] = {0};
    for (int i = 0; i < n; i++) {
        if (index[i] < 0 || index[i] >= n || seen[index[i]]++) return false;
    }
    return true;
}

/* kind 0: many ties; 1: ascending; 2: descending; 3: all equal; 4: with NaN and infinities; 5: organ pipe */
static double value(struct tv_rng *r, int kind, int i, int n)
{
    switch (kind) {
    case 0: return (double)tv_rng_below(r, 10);
    case 1: return i;
    case 2: return -i;
    case 3: return 1;
    case 4: return (double[]){NAN, INFINITY, -INFINITY, 0, -0.0, 1}[tv_rng_below(r, 6)];
    default: return i < n / 2 ? i : n - i;
    }
}

static void check_array(const double *v, int n)
{
    static float f[N];
    static int32_t index[N];
    for (int i = 0; i < n; i++) f[i] = (float)v[i];
    tv_argsort_asc_f64(index, v, n);
    CHECK(ordered(index, v, n, n, false));
    tv_argsort_desc_f64(index, v, n);
    CHECK(ordered(index, v, n, n, true));
    tv_argsort_asc_f32(index, f, n);
    CHECK(ordered(index, v, n, n, false));
    tv_argsort_desc_f32(index, f, n);
    CHECK(ordered(index, v, n, n, true));
    for (int k = 0; k <= n; k += 1 + n / 7) {
        tv_top_f64(index, v, n, k);
        CHECK(ordered(index, v, n, k, true));
        tv_top_f32(index, f, n, k);
        CHECK(ordered(index, v, n, k, true));
    }
}

static void test_kth(void)
{
    static float v[N];
    struct tv_rng r;
    tv_rng_seed(&r, 4, 0);
    for (int t = 0; t < 200; t++) {
        int n = 1 + (int)tv_rng_below(&r, 300), k = 1 + (int)tv_rng_below(&r, (uint64_t)n), more = 0,
            equal = 0;
        for (int i = 0; i < n; i++) v[i] = t % 2 ? (float)tv_rng_below(&r, 8) : tv_rng_float(&r);
        float kth = tv_kth_largest_f32(v, n, k);
        for (int i = 0; i < n; i++) more += v[i] > kth, equal += v[i] == kth;
        CHECK(more < k && k <= more + equal);
    }
}

static void test_tie(void)
{
    const double v[] = {2, 1, 2, 1, 0};
    const int32_t tie[] = {3, 9, 1, 4, 7};
    int32_t index[5];
    tv_argsort_tie_f64(index, v, tie, 5);
    CHECK(index[0] == 4 && index[1] == 3 && index[2] == 1 && index[3] == 2 && index[4] == 0);
}

static void test_counts(void)
{
    const int32_t count[] = {2, 5, 5, 0, 5, 2};
    const float value[] = {1, 3, 4, 9, 4, 2};
    int32_t index[6];
    tv_top_counts(index, count, value, 6, 4);
    CHECK(index[0] == 2 && index[1] == 4 && index[2] == 1 && index[3] == 5);
    tv_top_counts(index, count, NULL, 6, 6);
    CHECK(index[0] == 1 && index[1] == 2 && index[2] == 4 && index[3] == 0 && index[4] == 5 && index[5] == 3);
}

int main(void)
{
    static double v[N];
    struct tv_rng r;
    tv_rng_seed(&r, 1, 0);
    const int sizes[] = {0, 1, 2, 3, 15, 16, 17, 18, 100, N};
    for (int kind = 0; kind < 6; kind++)
        for (int s = 0; s < 10; s++) {
            for (int i = 0; i < sizes[s]; i++) v[i] = value(&r, kind, i, sizes[s]);
            check_array(v, sizes[s]);
        }
    test_kth();
    test_tie();
    test_counts();
    return check_done();
}
