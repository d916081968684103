/* num/knn.c - num/knn.h.
 *
 *              groups of <= GROUP rows
 *            +-------+-------+-------+--     A block of queries is multiplied by one packed group after the
 *   <= BLOCK |  s_ij |       |       |       other.  Each query lists candidates with bounds of their s; when
 *   queries  |       |       |       |       the list is long, the k-th largest lower bound becomes the floor
 *            +-------+-------+-------+--     under which nothing of later groups is even looked at.
 *
 * The exact search visits the groups by their distance in index from the block's own, up and down in turn.
 * With inverted lists a group never crosses the border of a cell, and the queries of a cell visit only the
 * groups of the cells near to it.
 */
#include "num/knn.h"
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "num/gemm.h"
#include "num/knn_kernels.h"
#include "num/sort.h"

enum {
    BLOCK = 112,     /* queries multiplied together, at most: a multiple of STEP */
    STEP = 14,       /* rows of a tile of products */
    BLOCKS = 64,     /* of queries, at least while they are long enough: dealt to the threads */
    GROUP = 512,     /* rows packed together, a multiple of 16 */
    SLACK = 256,     /* candidates beyond k that a list may hold before it is cut */
    PROBES = 48,     /* inverted lists: cells visited, at least */
    PROBE_ROWS = 24, /* and rows compared, at least, in units of k */
};

struct group {
    int64_t first, count; /* rows */
    double radius;        /* largest |x_j| */
    float *packed, *bias; /* bias: -|x_j|^2 / 2 */
};

struct block {
    int64_t first, count; /* queries, all of one cell */
    int64_t cell;
};

struct search {
    int64_t longest; /* queries of a block */
    const struct tv_knn_kernels *kernel;
    int64_t n, p, k;     /* candidates, columns, neighbours wanted */
    int64_t query, end;  /* rows whose neighbours are wanted */
    const float *x;      /* [end,p], candidates first */
    double *norm2;       /* [end] |x_i|^2 */
    double rounding;     /* relative error of the computed s */
    int64_t cells;       /* one of everything without inverted lists */
    int64_t *cell_first; /* [cells + 1] rows */
    int64_t *cell_group; /* [cells + 1] groups */
    int32_t *near;       /* [cells,cells] inverted lists: the cells by distance of their centres */
    struct group *group;
    struct block *block;
    int64_t groups, blocks;
    float *packed, *bias; /* of all groups */
};

/* Candidates of one query. */
struct list {
    int64_t count;
    float floor;     /* k candidates have s >= floor for certain */
    double farthest; /* distance and row of the k-th nearest when the list was last settled: later ones are
                        measured */
    int32_t farthest_row;
    int32_t *row;
    float *low, *high; /* bounds of s */
};

/* What a thread needs. */
struct scratch {
    float *tile; /* [BLOCK,GROUP] */
    struct list list[BLOCK];
    double *distance2;
    float *copy;
    int32_t *order;
};

static int64_t list_room(const struct search *s) { return s->k + SLACK + GROUP; }

/* ---- candidates ---- */

/* Bound of |computed s_ij - s_ij| over the rows j of a group: p products and the bias, each rounded once. */
static float error_bound(const struct search *s, int64_t i, const struct group *g)
{
    return (float)(s->rounding * g->radius * (sqrt(s->norm2[i]) + g->radius)) + 1e-30f;
}

static double distance2(const struct search *s, int64_t i, int64_t j)
{
    return s->kernel->distance2(s->x + i * s->p, s->x + j * s->p, s->p);
}

/* Order by (distance, row) of the candidates; distances go to c->distance2. */
static void measure(const struct search *s, int64_t i, const struct list *l, struct scratch *c)
{
    for (int64_t e = 0; e < l->count; e++) c->distance2[e] = distance2(s, i, l->row[e]);
    tv_argsort_tie_f64(c->order, c->distance2, l->row, l->count);
}

/* Keeps exactly the k nearest so far: when bounds do not separate them, as among many equal rows. */
static void list_settle(const struct search *s, int64_t i, struct list *l, struct scratch *c, float bound)
{
    measure(s, i, l, c);
    l->farthest = c->distance2[c->order[s->k - 1]];
    l->farthest_row = l->row[c->order[s->k - 1]];
    l->floor = INFINITY;
    int32_t *row = c->order; /* place e of the order is read before it is written */
    for (int64_t e = 0; e < s->k; e++) {
        int32_t from = c->order[e];
        float exact = (float)((s->norm2[i] - c->distance2[from]) / 2);
        float slack = bound + 0x1p-22f * fabsf(exact);
        l->low[e] = exact - slack;
        l->high[e] = exact + slack;
        l->floor = fminf(l->floor, l->low[e]);
        row[e] = l->row[from];
    }
    l->count = s->k;
    memcpy(l->row, row, (size_t)s->k * sizeof *row);
}

/* Is row j, which the bounds let through, behind the k-th nearest of a settled list all the same? */
static bool list_refuses(const struct search *s, int64_t i, const struct list *l, int32_t j)
{
    if (l->farthest == INFINITY) return false;
    double d = distance2(s, i, j);
    return d > l->farthest || (d == l->farthest && j > l->farthest_row);
}

/* Drops what cannot be among the k nearest. */
static void list_drop(const struct search *s, struct list *l, struct scratch *c)
{
    if (l->count <= s->k) return;
    memcpy(c->copy, l->low, (size_t)l->count * sizeof *l->low);
    l->floor = tv_kth_largest_f32(c->copy, l->count, s->k);
    int64_t kept = 0;
    for (int64_t e = 0; e < l->count; e++) {
        if (l->high[e] < l->floor) continue;
        l->row[kept] = l->row[e];
        l->low[kept] = l->low[e];
        l->high[kept++] = l->high[e];
    }
    l->count = kept;
}

static void list_cut(const struct search *s, int64_t i, struct list *l, struct scratch *c, float bound)
{
    list_drop(s, l, c);
    if (l->count > s->k + SLACK / 2) list_settle(s, i, l, c, bound);
}

/* Appends what a group offers to query i, whose s are in `row`. */
static void list_offer(const struct search *s, int64_t i, const struct group *g, const float *row,
                       struct list *l, struct scratch *c)
{
    float bound = error_bound(s, i, g);
    int64_t padded = (g->count + 15) / 16 * 16, at = l->count;
    int64_t end =
        at + s->kernel->filter(row, padded, l->floor - bound, (int32_t)g->first, l->row + at, l->low + at);
    for (int64_t e = at; e < end; e++) {
        if (l->row[e] == i || list_refuses(s, i, l, l->row[e])) continue;
        l->row[at] = l->row[e];
        l->high[at] = l->low[e] + bound;
        l->low[at++] = l->low[e] - bound;
    }
    l->count = at;
    if (at > s->k + SLACK) list_cut(s, i, l, c, bound);
}

/* ---- one block of queries ---- */

static void offer_group(const struct search *s, const struct block *b, const struct group *g,
                        struct scratch *c)
{
    tv_gemm_packed(b->count, g->count, s->p, s->x + b->first * s->p, s->p, g->packed, g->bias, c->tile, GROUP,
                   false);
    for (int64_t r = 0; r < b->count; r++) {
        float *row = c->tile + r * GROUP;
        for (int64_t j = g->count; j % 16; j++) row[j] = -INFINITY;
        list_offer(s, b->first + r, g, row, &c->list[r], c);
    }
}

/* All groups, the block's own first. */
static void visit_all(const struct search *s, const struct block *b, struct scratch *c)
{
    int64_t own = b->first < s->n ? b->first / GROUP : s->groups - 1;
    offer_group(s, b, &s->group[own], c);
    for (int64_t away = 1; away < s->groups; away++) {
        if (own - away >= 0) offer_group(s, b, &s->group[own - away], c);
        if (own + away < s->groups) offer_group(s, b, &s->group[own + away], c);
    }
}

static void visit_near(const struct search *s, const struct block *b, struct scratch *c)
{
    int64_t rows = 0, enough = PROBE_ROWS * s->k;
    for (int64_t q = 0; q < s->cells && (q < PROBES || rows < enough); q++) {
        int64_t cell = s->near[b->cell * s->cells + q];
        for (int64_t g = s->cell_group[cell]; g < s->cell_group[cell + 1]; g++)
            offer_group(s, b, &s->group[g], c);
        rows += s->cell_first[cell + 1] - s->cell_first[cell];
    }
}

static void search_block(const struct search *s, const struct block *b, struct scratch *c, int32_t *index,
                         float *distance2)
{
    for (int64_t r = 0; r < b->count; r++) {
        c->list[r].count = 0;
        c->list[r].floor = -INFINITY;
        c->list[r].farthest = INFINITY;
    }
    if (s->near)
        visit_near(s, b, c);
    else
        visit_all(s, b, c);
    for (int64_t r = 0; r < b->count; r++) {
        int64_t out = (b->first + r - s->query) * s->k;
        list_drop(s, &c->list[r], c);
        measure(s, b->first + r, &c->list[r], c);
        for (int64_t e = 0; e < s->k; e++) {
            index[out + e] = c->list[r].row[c->order[e]];
            distance2[out + e] = (float)c->distance2[c->order[e]];
        }
    }
}

static struct scratch *scratch_new(const struct search *s)
{
    struct scratch *c = TV_NEW(struct scratch);
    size_t room = (size_t)list_room(s);
    c->tile = tv_alloc_aligned(BLOCK * GROUP, sizeof *c->tile);
    for (int r = 0; r < BLOCK; r++) {
        c->list[r].row = TV_ARRAY(int32_t, room);
        c->list[r].low = TV_ARRAY(float, room);
        c->list[r].high = TV_ARRAY(float, room);
    }
    c->distance2 = TV_ARRAY(double, room);
    c->copy = TV_ARRAY(float, room);
    c->order = TV_ARRAY(int32_t, room);
    return c;
}

static void scratch_free(struct scratch *c)
{
    free(c->tile);
    for (int r = 0; r < BLOCK; r++) {
        free(c->list[r].row);
        free(c->list[r].low);
        free(c->list[r].high);
    }
    free(c->distance2);
    free(c->copy);
    free(c->order);
    free(c);
}

/* ---- groups, blocks and cells ---- */

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

static void group_fill(const struct search *s, struct group *g)
{
    double most = 0;
    for (int64_t j = 0; j < g->count; j++) {
        double n2 = s->norm2[g->first + j];
        g->bias[j] = (float)(-n2 / 2);
        most = fmax(most, n2);
    }
    g->radius = sqrt(most);
    tv_gemm_pack(g->packed, s->p, g->count, s->x + g->first * s->p, s->p, true);
}

static void norms_fill(struct search *s)
{
    float *zero = TV_ARRAY(float, (size_t)s->p);
#pragma omp parallel for
    for (int64_t i = 0; i < s->end; i++) s->norm2[i] = s->kernel->distance2(s->x + i * s->p, zero, s->p);
    free(zero);
}

/* Blocks of the queries from `first` up to `end`, all of one cell. */
static void cut_queries(struct search *s, int64_t first, int64_t end, int64_t cell)
{
    for (int64_t i = first; i < end; i += s->longest)
        s->block[s->blocks++] = (struct block){i, end - i < s->longest ? end - i : s->longest, cell};
}

static void cut_blocks(struct search *s)
{
    int64_t share = ceil_div(s->end - s->query, BLOCKS * STEP) * STEP;
    s->longest = share < 2 * STEP ? 2 * STEP : share > BLOCK ? BLOCK : share;
    s->block = TV_ARRAY(struct block, (size_t)(ceil_div(s->end - s->query, s->longest) + s->cells));
    if (s->query > 0)
        cut_queries(s, s->query, s->end, 0);
    else
        for (int64_t c = 0; c < s->cells; c++) cut_queries(s, s->cell_first[c], s->cell_first[c + 1], c);
}

/* Cuts every cell into groups. */
static void cut_cells(struct search *s)
{
    int64_t at = 0;
    for (int64_t c = 0; c < s->cells; c++)
        s->groups += ceil_div(s->cell_first[c + 1] - s->cell_first[c], GROUP);
    s->group = TV_ARRAY(struct group, (size_t)s->groups);
    s->cell_group = TV_ARRAY(int64_t, (size_t)s->cells + 1);
    s->bias = TV_ARRAY(float, (size_t)s->n);
    size_t packed = 0;
    for (int64_t c = 0; c < s->cells; c++) {
        int64_t last = s->cell_first[c + 1];
        for (int64_t i = s->cell_first[c]; i < last; i += GROUP) {
            int64_t count = last - i < GROUP ? last - i : GROUP;
            s->group[at++] = (struct group){.first = i, .count = count, .bias = s->bias + i};
            packed += (size_t)tv_gemm_packed_size(s->p, count);
        }
        s->cell_group[c + 1] = at;
    }
    float *p = s->packed = tv_alloc_aligned(packed, sizeof *p);
    for (int64_t g = 0; g < s->groups; g++) {
        s->group[g].packed = p;
        p += tv_gemm_packed_size(s->p, s->group[g].count);
    }
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t g = 0; g < s->groups; g++) group_fill(s, &s->group[g]);
}

static void cells_set(struct search *s, const struct tv_cells *given)
{
    int64_t p = s->p, cells = s->cells = given ? given->cells : 1;
    s->cell_first = TV_ARRAY(int64_t, (size_t)cells + 1);
    s->cell_first[1] = s->n;
    if (!given) return;
    memcpy(s->cell_first, given->first, ((size_t)cells + 1) * sizeof *s->cell_first);
    s->near = TV_ARRAY(int32_t, (size_t)(cells * cells));
#pragma omp parallel
    {
        double *d = TV_ARRAY(double, (size_t)cells);
#pragma omp for
        for (int64_t c = 0; c < cells; c++) {
            for (int64_t e = 0; e < cells; e++)
                d[e] = s->kernel->distance2(given->centre + c * p, given->centre + e * p, p);
            tv_argsort_asc_f64(s->near + c * cells, d, cells);
        }
        free(d);
    }
}

const struct tv_knn_kernels *tv_knn_kernels(void)
{
#if defined(__x86_64__)
#if defined(__x86_64__)
    if (!strcmp(tv_kernel_name(), "avx512")) return &tv_knn_avx512;
    if (!strcmp(tv_kernel_name(), "avx2")) return &tv_knn_avx2;
#endif
#endif
    return &tv_knn_c;
}

/* Nobody waits for anybody but at the end; the first thread tells how far all are. */
static void search_all(const struct search *s, int32_t *index, float *distance2,
                       void (*progress)(int64_t done))
{
    atomic_int_fast64_t done = 0;
#pragma omp parallel
    {
        struct scratch *c = scratch_new(s);
#pragma omp for schedule(dynamic, 1)
        for (int64_t b = 0; b < s->blocks; b++) {
            search_block(s, &s->block[b], c, index, distance2);
            int64_t rows = atomic_fetch_add(&done, s->block[b].count) + s->block[b].count;
            if (progress && omp_get_thread_num() == 0) progress(rows);
        }
        scratch_free(c);
    }
}

static void search(struct search *s, const struct tv_cells *cells, int32_t *index, float *distance2,
                   void (*progress)(int64_t done))
{
    s->kernel = tv_knn_kernels();
    s->rounding = 1.01 * 0x1p-24 * (double)(s->p + 4);
    s->norm2 = TV_ARRAY(double, (size_t)s->end);
    cells_set(s, cells);
    norms_fill(s);
    cut_cells(s);
    cut_blocks(s);
    search_all(s, index, distance2, progress);
    free(s->norm2);
    free(s->near);
    free(s->cell_first);
    free(s->cell_group);
    free(s->group);
    free(s->block);
    free(s->packed);
    free(s->bias);
}

void tv_knn(int64_t n, int64_t p, const float *x, int64_t k, const struct tv_cells *cells, int32_t *index,
            float *distance2, void (*progress)(int64_t done))
{
    struct search s = {.n = n, .p = p, .k = k, .end = n, .x = x};
    search(&s, cells, index, distance2, progress);
}

void tv_knn_onto(int64_t n, int64_t m, int64_t p, const float *x, int64_t k, int32_t *index, float *distance2,
                 void (*progress)(int64_t done))
{
    struct search s = {.n = n, .p = p, .k = k, .query = n, .end = n + m, .x = x};
    search(&s, NULL, index, distance2, progress);
}
