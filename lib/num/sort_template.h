/* num/sort_template.h - introsort and quickselect of indices; included by sort.c once per type of key.
 *
 * Before the inclusion: FN(name), the names of the functions, `struct FN(order)`, and
 * `static bool FN(before)(struct FN(order) o, int32_t a, int32_t b)`, a strict total order.
 */

static void FN(swap)(int32_t *x, int64_t i, int64_t j)
{
    int32_t t = x[i];
    x[i] = x[j];
    x[j] = t;
}

static void FN(insertion)(struct FN(order) o, int32_t *x, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        int32_t t = x[i];
        int64_t j = i;
        for (; j > 0 && FN(before)(o, t, x[j - 1]); j--) x[j] = x[j - 1];
        x[j] = t;
    }
}

static void FN(sift)(struct FN(order) o, int32_t *x, int64_t i, int64_t n)
{
    for (int64_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && FN(before)(o, x[child], x[child + 1])) child++;
        if (!FN(before)(o, x[i], x[child])) return;
        FN(swap)(x, i, child);
    }
}

static void FN(heapsort)(struct FN(order) o, int32_t *x, int64_t n)
{
    for (int64_t i = n / 2; i-- > 0;) FN(sift)(o, x, i, n);
    for (int64_t i = n; i-- > 1;) {
        FN(swap)(x, 0, i);
        FN(sift)(o, x, 0, i);
    }
}

/* Puts the median of first, middle and last at x[0], splits the rest by it and returns its final place. */
static int64_t FN(partition)(struct FN(order) o, int32_t *x, int64_t n)
{
    int64_t mid = n / 2, last = n - 1;
    if (FN(before)(o, x[mid], x[0])) FN(swap)(x, mid, 0);
    if (FN(before)(o, x[last], x[mid])) FN(swap)(x, last, mid);
    if (FN(before)(o, x[mid], x[0])) FN(swap)(x, mid, 0);
    FN(swap)(x, 0, mid);
    int32_t pivot = x[0];
    int64_t i = 0, j = n;
    for (;;) {
        do i++;
        while (i < n && FN(before)(o, x[i], pivot));
        do j--;
        while (FN(before)(o, pivot, x[j]));
        if (i >= j) break;
        FN(swap)(x, i, j);
    }
    FN(swap)(x, 0, j);
    return j;
}

static int FN(depth)(int64_t n)
{
    int d = 0;
    for (; n > 1; n >>= 1) d += 2;
    return d;
}

static void FN(introsort)(struct FN(order) o, int32_t *x, int64_t n, int depth)
{
    while (n > 16) {
        if (depth-- == 0) {
            FN(heapsort)(o, x, n);
            return;
        }
        int64_t p = FN(partition)(o, x, n);
        if (p < n - p - 1) { /* recursion into the smaller part */
            FN(introsort)(o, x, p, depth);
            x += p + 1;
            n -= p + 1;
        } else {
            FN(introsort)(o, x + p + 1, n - p - 1, depth);
            n = p;
        }
    }
    FN(insertion)(o, x, n);
}

/* Sorts the first k places of x[0..n) only. */
static void FN(select)(struct FN(order) o, int32_t *x, int64_t n, int64_t k)
{
    int32_t *from = x;
    int64_t rest = n, want = k;
    for (int depth = FN(depth)(n); rest > 16 && want > 0 && want < rest; depth--) {
        if (depth == 0) {
            FN(heapsort)(o, from, rest);
            break;
        }
        int64_t p = FN(partition)(o, from, rest);
        if (p >= want) {
            rest = p;
        } else {
            from += p + 1;
            rest -= p + 1;
            want -= p + 1;
        }
    }
    if (rest <= 16) FN(insertion)(o, from, rest);
    FN(introsort)(o, x, k, FN(depth)(k));
}

static void FN(identity)(int32_t *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) x[i] = (int32_t)i;
}

#undef FN
