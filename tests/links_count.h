/* tests/links_count.h - what the tests of analysis/links_select.h share: counts from values held in memory.
 */
#ifndef TESTS_LINKS_COUNT_H
#define TESTS_LINKS_COUNT_H
#include <stdlib.h>
#include "analysis/links_select.h"
#include "core/mem.h"

/* Counts v [images][na][nb] in one pass, rows from all threads. */
static inline const char *links_count(struct tv_link_counts *l, const float *v, int64_t images)
{
    struct tv_link_counts **of = TV_ARRAY(struct tv_link_counts *, images);
    struct tv_link_scan scan = {0};
    for (int64_t p = 0; p < images; p++) of[p] = l;
    tv_link_scan_begin(&scan, of, images);
#pragma omp parallel for schedule(monotonic : dynamic)
    for (int64_t a = 0; a < l->na; a++) {
        int64_t n = tv_link_row(l->nb);
        float *row = tv_alloc_aligned((size_t)n, sizeof *row);
        for (int64_t p = 0; p < images; p++) {
            for (int64_t b = 0; b < n; b++)
                row[b] = b < l->nb ? v[(p * l->na + a) * l->nb + b] : TV_LINK_NONE;
            tv_link_scan_row(&scan, p, a, row);
        }
        free(row);
    }
    const char *err = tv_link_scan_end(&scan);
    tv_link_scan_release(&scan);
    free(of);
    return err;
}
#endif
