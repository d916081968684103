/* analysis/inherit.c - looking up counterparts among the source model's important links. */
#include "analysis/inherit.h"
#include <stdlib.h>
#include "core/mem.h"

/* a, b >= 0 */
static int64_t link_key(int32_t a, int32_t b) { return (int64_t)a << 32 | b; }

static int compare_keys(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static bool has_link(const int64_t *keys, int64_t n, int32_t a, int32_t b)
{
    if (a < 0 || b < 0) return false;
    int64_t key = link_key(a, b);
    return bsearch(&key, keys, (size_t)n, sizeof *keys, compare_keys) != NULL;
}

int64_t tv_inherit(bool *inherited, int32_t *counterpart, const int32_t *target, int64_t nt,
                   const int32_t *source, int64_t ns, const int32_t *best_a, const int32_t *best_b)
{
    int64_t *keys = TV_ARRAY(int64_t, ns), found = 0;
    for (int64_t i = 0; i < ns; i++) keys[i] = link_key(source[2 * i], source[2 * i + 1]);
    qsort(keys, (size_t)ns, sizeof *keys, compare_keys);
    for (int64_t i = 0; i < nt; i++) {
        int32_t a = best_a[target[2 * i]], b = best_b[target[2 * i + 1]];
        counterpart[2 * i] = a;
        counterpart[2 * i + 1] = b;
        inherited[i] = has_link(keys, ns, a, b);
        found += inherited[i];
    }
    free(keys);
    return found;
}
