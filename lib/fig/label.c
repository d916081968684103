/* fig/label.c - see label.h. */
#include "fig/label.h"

#include <math.h>
#include <stdlib.h>
#include "core/mem.h"
#include "num/sort.h"

/* A run of labels that touch: the least-squares position of its first is the mean of y[i] - i * gap. */
struct run {
    double sum, at;
    int first, n;
};

static void settle(struct run *r, double gap, double lo, double hi)
{
    r->at = r->sum / r->n;
    double last = hi - (r->n - 1) * gap;
    if (r->at > last) r->at = last;
    if (r->at < lo) r->at = lo;
}

void tv_label_spread(double *y, int n, double gap, double lo, double hi)
{
    if (n == 0) return;
    if (n > 1 && (n - 1) * gap > hi - lo) gap = (hi - lo) / (n - 1);
    int32_t *order = TV_ARRAY(int32_t, n);
    struct run *run = TV_ARRAY(struct run, n);
    int runs = 0;
    tv_argsort_asc_f64(order, y, n);
    for (int i = 0; i < n; i++) {
        run[runs] = (struct run){.sum = y[order[i]], .first = i, .n = 1};
        settle(&run[runs++], gap, lo, hi);
        while (runs > 1 && run[runs - 2].at + run[runs - 2].n * gap > run[runs - 1].at) {
            struct run *a = &run[runs - 2], *b = &run[runs - 1];
            a->sum += b->sum - b->n * a->n * gap;
            a->n += b->n;
            settle(a, gap, lo, hi);
            runs--;
        }
    }
    for (int r = 0; r < runs; r++)
        for (int i = 0; i < run[r].n; i++) y[order[run[r].first + i]] = run[r].at + i * gap;
    free(order);
    free(run);
}

void tv_taken_add(struct tv_taken *t, struct tv_box b)
{
    t->at = tv_grow(t->at, &t->cap, t->n + 1, sizeof *t->at);
    t->at[t->n++] = b;
}

void tv_taken_release(struct tv_taken *t)
{
    free(t->at);
    *t = (struct tv_taken){0};
}

static bool is_free(const struct tv_taken *t, const struct tv_box *b)
{
    const struct tv_box *in = &t->within;
    if (b->x0 < in->x0 || b->y0 < in->y0 || b->x1 > in->x1 || b->y1 > in->y1) return false;
    for (size_t i = 0; i < t->n; i++)
        if (tv_box_meets(b, &t->at[i])) return false;
    return true;
}

bool tv_label_place(struct tv_taken *t, double x, double y, double dx, double dy, double w, double h,
                    double reach, struct tv_box *place)
{
    enum { DIRECTIONS = 16, RING = 5 };
    double toward = dx == 0 && dy == 0 ? 0 : atan2(dy, dx);
    for (double r = RING; r <= reach; r += RING) {
        for (int k = 0; k < DIRECTIONS; k++) {
            /* 0, +1, -1, +2, -2, ... steps away from the wanted direction */
            double turn = (k % 2 ? 1 : -1) * ((k + 1) / 2) * (2 * M_PI / DIRECTIONS);
            double ux = cos(toward + turn), uy = sin(toward + turn);
            double cx = x + ux * (r + w / 2), cy = y + uy * (r + h / 2);
            struct tv_box b = {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
            if (!is_free(t, &b)) continue;
            tv_taken_add(t, b);
            *place = b;
            return true;
        }
    }
    return false;
}
