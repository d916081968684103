/* analysis/svm.c - the finite Newton method of analysis/svm.h, and stratified cross-validation.
 *
 * With A the rows inside the margin (y f < 1), X_A their features (the last of them 1) and k = 1 / 2C, a step
 * leads to
 *
 *     w = (X_A^T X_A + k)^-1 X_A^T y_A          where there are fewer features than rows,
 *     w = X^T v, v_A = (X_A X_A^T + k)^-1 y_A    where there are fewer rows; v is 0 outside A.
 *
 * Where A is the same afterwards that is the minimum.
 */
#include "analysis/svm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/scale.h"
#include "core/mem.h"
#include "num/rng.h"
#include "num/spd.h"

enum { STEPS = 200 }; /* a few suffice; rounding may not let A settle */

struct machine {
    int64_t rows, columns; /* of x: the bias's column is the last */
    double *x, *y;         /* y = +1 or -1 */
    bool by_rows;          /* unknowns: one a row, v; else one a column, w */
    int64_t unknowns, ld;
    double *gram;              /* by rows: X X^T, whole; else X^T X of the rows that are `summed` */
    bool *active, *summed;     /* [rows] A; rows in gram */
    double *factor;            /* of a step's system */
    double *now, *next, *sums; /* [unknowns] the solution, where a step leads; X_A^T y_A or y_A */
    double *f, *f_next;        /* [rows] their decisions */
    double norm;               /* |w|^2 of `now` */
};

/* The rows with use[i] (NULL: all) of x [rows][columns]. */
static void machine_init(struct machine *m, const double *x, const bool *positive, const bool *use,
                         int64_t rows, int64_t columns)
{
    *m = (struct machine){.columns = columns + 1};
    for (int64_t i = 0; i < rows; i++) m->rows += !use || use[i];
    m->x = tv_alloc_aligned((size_t)m->rows, (size_t)m->columns * sizeof *m->x);
    m->y = TV_ARRAY(double, m->rows);
    for (int64_t i = 0, r = 0; i < rows; i++) {
        if (use && !use[i]) continue;
        memcpy(m->x + r * m->columns, x + i * columns, (size_t)columns * sizeof *x);
        m->x[r * m->columns + columns] = 1;
        m->y[r++] = positive[i] ? 1 : -1;
    }
    m->by_rows = m->rows < m->columns;
    m->unknowns = m->by_rows ? m->rows : m->columns;
    m->ld = tv_spd_ld(m->unknowns);
    m->gram = tv_alloc_aligned((size_t)m->unknowns, (size_t)m->ld * sizeof *m->gram);
    m->factor = tv_alloc_aligned((size_t)m->unknowns, (size_t)m->ld * sizeof *m->factor);
    if (m->by_rows)
        tv_gram_f64(m->rows, m->columns, m->x, true, m->gram, m->ld);
    else
        memset(m->gram, 0, (size_t)(m->unknowns * m->ld) * sizeof *m->gram);
    m->active = TV_ARRAY(bool, m->rows);
    m->summed = TV_ARRAY(bool, m->rows);
    m->now = TV_ARRAY(double, m->unknowns);
    m->next = TV_ARRAY(double, m->unknowns);
    m->sums = TV_ARRAY(double, m->unknowns);
    m->f = TV_ARRAY(double, m->rows);
    m->f_next = TV_ARRAY(double, m->rows);
}

static void machine_release(struct machine *m)
{
    free(m->x), free(m->y), free(m->gram), free(m->factor), free(m->active), free(m->summed);
    free(m->now), free(m->next), free(m->sums), free(m->f), free(m->f_next);
}

/* ---- products ---- */

/* By columns: adds or takes away (sign) the rows of A's difference to those that are in gram. */
static void change_sum(struct machine *m, double sign)
{
    double *some = tv_alloc_aligned(TV_SPD_ROWS, (size_t)m->ld * sizeof *some);
    int64_t n = 0;
    memset(some, 0, (size_t)(TV_SPD_ROWS * m->ld) * sizeof *some);
    for (int64_t i = 0; i < m->rows; i++) {
        if (m->active[i] == m->summed[i] || m->active[i] != (sign > 0)) continue;
        memcpy(some + n++ * m->ld, m->x + i * m->columns, (size_t)m->columns * sizeof *some);
        m->summed[i] = m->active[i];
        if (n == TV_SPD_ROWS) tv_syrk_f64(m->columns, n, some, sign, m->gram, m->ld), n = 0;
    }
    if (n) tv_syrk_f64(m->columns, n, some, sign, m->gram, m->ld);
    free(some);
}

/* ---- a step ---- */

/* factor = (gram of A + k), factorised; the rows or columns of it that count: all, or A. */
static void factorise(struct machine *m, int64_t n, const int64_t *which, double k)
{
    double largest = 0;
    for (int64_t i = 0; i < n; i++) {
        const double *from = m->gram + which[i] * m->ld;
        double *to = m->factor + i * m->ld;
        for (int64_t j = i; j < n; j++) to[j] = from[which[j]];
        to[i] += k;
        largest = fmax(largest, to[i]);
    }
    tv_cholesky_f64(n, m->factor, m->ld, largest * 1e-16);
}

/* next and f_next for the present A. */
static void solve(struct machine *m, double k)
{
    int64_t *which = TV_ARRAY(int64_t, m->unknowns), n = 0;
    memset(m->next, 0, (size_t)m->unknowns * sizeof *m->next);
    if (m->by_rows) {
        for (int64_t i = 0; i < m->rows; i++)
            if (m->active[i]) which[n] = i, m->sums[n++] = m->y[i];
    } else {
        change_sum(m, 1);
        change_sum(m, -1);
        for (; n < m->columns; n++) which[n] = n, m->sums[n] = 0;
        for (int64_t i = 0; i < m->rows; i++)
            if (m->active[i]) tv_axpy_f64(n, m->y[i], m->x + i * m->columns, m->sums);
    }
    factorise(m, n, which, k);
    tv_cholesky_solve_f64(n, m->factor, m->ld, m->sums);
    for (int64_t i = 0; i < n; i++) m->next[which[i]] = m->sums[i];
    const double *of = m->by_rows ? m->gram : m->x;
    int64_t ld = m->by_rows ? m->ld : m->columns;
#pragma omp parallel for schedule(static) if (m->rows * m->unknowns > 1 << 16)
    for (int64_t i = 0; i < m->rows; i++) m->f_next[i] = tv_dot_f64(m->unknowns, of + i * ld, m->next);
    free(which);
}

/* w . w' of a solution v and of `next`, whose decisions are f_next. */
static double inner(const struct machine *m, const double *v)
{
    return tv_dot_f64(m->unknowns, v, m->by_rows ? m->f_next : m->next);
}

/* The t >= 0 where |w + t d|^2 / 2 + C sum of squared losses is least, d = next - now: its derivative is
 * piecewise linear and rises; Newton's method between bounds that close in. */
static double line_search(const struct machine *m, double cost, double along, double square)
{
    double low = 0, high = INFINITY, t = 1;
    for (int step = 0; step < STEPS; step++) {
        double slope = along + t * square, curve = square;
        for (int64_t i = 0; i < m->rows; i++) {
            double d = m->f_next[i] - m->f[i], loss = 1 - m->y[i] * (m->f[i] + t * d);
            if (loss <= 0) continue;
            slope -= 2 * cost * loss * m->y[i] * d;
            curve += 2 * cost * d * d;
        }
        if (slope > 0)
            high = t;
        else
            low = t;
        double to = t - slope / curve;
        if (!(curve > 0) || fabs(to - t) <= 1e-14 * t) break;
        t = to > low && to < high ? to : (low + fmin(high, 2 * t)) / 2;
    }
    return t;
}

/* A of the present decisions; whether it differs from what it was. */
static bool find_active(struct machine *m, const double *f, bool keep)
{
    bool differs = false;
    for (int64_t i = 0; i < m->rows; i++) {
        bool inside = m->y[i] * f[i] < 1;
        differs |= inside != m->active[i];
        if (keep) m->active[i] = inside;
    }
    return differs;
}

/* Goes on from `now` to the minimum at this cost. */
static void minimise(struct machine *m, double cost)
{
    for (int step = 0; step < STEPS; step++) {
        find_active(m, m->f, true);
        solve(m, 0.5 / cost);
        double both = inner(m, m->now), norm = inner(m, m->next), along = both - m->norm,
               square = norm - 2 * both + m->norm, t = 1;
        bool done = !find_active(m, m->f_next, false) || square <= 1e-28 * norm;
        if (!done) t = line_search(m, cost, along, square);
        for (int64_t j = 0; j < m->unknowns; j++) m->now[j] += t * (m->next[j] - m->now[j]);
        for (int64_t i = 0; i < m->rows; i++) m->f[i] += t * (m->f_next[i] - m->f[i]);
        m->norm += 2 * t * along + t * t * square;
        if (done) break;
    }
}

static void weights(double *w, double *bias, const struct machine *m)
{
    double *all = TV_ARRAY(double, m->columns);
    if (m->by_rows)
        for (int64_t i = 0; i < m->rows; i++) tv_axpy_f64(m->columns, m->now[i], m->x + i * m->columns, all);
    else
        memcpy(all, m->now, (size_t)m->columns * sizeof *all);
    memcpy(w, all, (size_t)(m->columns - 1) * sizeof *w);
    *bias = all[m->columns - 1];
    free(all);
}

void tv_svm_train(double *w, double *bias, const double *x, const bool *positive, int64_t rows,
                  int64_t columns, double cost)
{
    struct machine m;
    machine_init(&m, x, positive, NULL, rows, columns);
    minimise(&m, cost);
    weights(w, bias, &m);
    machine_release(&m);
}

double tv_svm_decision(const double *w, double bias, const double *x, int64_t columns)
{
    return tv_dot_f64(columns, w, x) + bias;
}

/* ---- cross-validation ---- */

void tv_svm_folds(int32_t *fold, const bool *positive, int64_t rows, int64_t folds, int64_t seed)
{
    int32_t *order = TV_ARRAY(int32_t, rows);
    struct tv_rng rng;
    tv_rng_seed(&rng, (uint64_t)seed, 0);
    for (int64_t i = 0; i < rows; i++) order[i] = (int32_t)i;
    tv_rng_shuffle_i32(&rng, order, rows);
    int64_t dealt = 0; /* goes on from one side to the other, which evens out the folds' sizes */
    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < rows; i++) {
            if (positive[order[i]] == (side == 1)) fold[order[i]] = (int32_t)(dealt++ % folds);
        }
    }
    free(order);
}

/* correct[c]: rows of the fold that are predicted rightly by the machine trained on the others at cost[c]. */
static void validate_fold(int64_t *correct, const double *x, const bool *positive, const int32_t *fold,
                          int64_t rows, int64_t columns, int64_t held_out, const double *cost, int64_t costs)
{
    bool *use = TV_ARRAY(bool, rows);
    double *min = TV_ARRAY(double, columns), *max = TV_ARRAY(double, columns), *w = TV_ARRAY(double, columns),
           bias;
    double *scaled = tv_alloc_aligned((size_t)rows, (size_t)columns * sizeof *scaled);
    struct machine m;
    for (int64_t i = 0; i < rows; i++) use[i] = fold[i] != held_out;
    tv_scale_fit(min, max, x, use, rows, columns);
    tv_scale_apply(scaled, x, rows, columns, min, max);
    machine_init(&m, scaled, positive, use, rows, columns);
    for (int64_t c = 0; c < costs; c++) {
        minimise(&m, cost[c]); /* from where the cost before led */
        weights(w, &bias, &m);
        for (int64_t i = 0; i < rows; i++)
            if (!use[i])
                correct[c] += (tv_svm_decision(w, bias, scaled + i * columns, columns) > 0) == positive[i];
    }
    machine_release(&m);
    free(scaled);
    free(w);
    free(max);
    free(min);
    free(use);
}

void tv_svm_cross_validate(double *accuracy, const double *x, const bool *positive, const int32_t *fold,
                           int64_t rows, int64_t columns, int64_t folds, const double *cost, int64_t costs)
{
    int64_t *correct = TV_ARRAY(int64_t, folds * costs);
#pragma omp parallel for schedule(dynamic)
    for (int64_t f = 0; f < folds; f++)
        validate_fold(correct + f * costs, x, positive, fold, rows, columns, f, cost, costs);
    for (int64_t c = 0; c < costs; c++) {
        int64_t all = 0;
        for (int64_t f = 0; f < folds; f++) all += correct[f * costs + c];
        accuracy[c] = (double)all / (double)rows;
    }
    free(correct);
}
