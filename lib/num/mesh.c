/* num/mesh.c - num/mesh.h.
 *
 *      cell row 2 |  .   :   :   .  |     A point in cell (a, b) touches nodes a-1..a+2, b-1..b+2: cells
 *      cell row 1 |  :   * - *   :  |     four rows apart touch different nodes.  So strips of rows are
 *      cell row 0 |  :   * . *   :  |     spread at once, each by one thread: the even strips, then the
 *                 +-----------------+     odd ones.  Every node receives its terms in one order.
 */
#include "num/mesh.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"

enum {
    ORDER = 4,    /* nodes that a point touches along an axis */
    STRIP = 6,    /* rows of cells spread by one thread, at least ORDER - 1 */
    CELLS = 48,   /* wanted along the longer axis of the points, at least */
    BLOCK = 1024, /* points counted together when they are sorted */
    MARGIN = 8, /* nodes beyond the data that the period must hold: inverse filtering widens the kernel, each
                   node further by 0.27 */
};

static int64_t blocks(int64_t n) { return (n + BLOCK - 1) / BLOCK; }

void tv_mesh_init(struct tv_mesh *m, int64_t n, double spacing)
{
    *m = (struct tv_mesh){.n = n, .spacing = spacing};
    m->order = TV_ARRAY(int32_t, (size_t)n);
    m->row = TV_ARRAY(int32_t, (size_t)n);
    m->box = TV_ARRAY(struct tv_mesh_box, (size_t)blocks(n));
}

void tv_mesh_release(struct tv_mesh *m)
{
    tv_fft_filter_release(&m->filter);
    free(m->order);
    free(m->row);
    free(m->box);
    free(m->first);
    free(m->histogram);
    *m = (struct tv_mesh){0};
}

/* ---- splines ---- */

/* Weights of the four nodes around t in [0,1) past the second, and their derivatives. */
static inline void spline(float t, float *w)
{
    float s = 1 - t;
    w[0] = s * s * s * (1 / 6.f);
    w[1] = (4 - t * t * (6 - 3 * t)) * (1 / 6.f);
    w[2] = (4 - s * s * (6 - 3 * s)) * (1 / 6.f);
    w[3] = t * t * t * (1 / 6.f);
}

static inline void spline_slope(float t, float *d)
{
    float s = 1 - t;
    d[0] = -0.5f * s * s;
    d[1] = t * (1.5f * t - 2);
    d[2] = s * (2 - 1.5f * s);
    d[3] = 0.5f * t * t;
}

/* ---- the grid ---- */

/* K(r) - K(e) with e = m->reach, written so that nothing cancels when r and e are both tiny. */
static double kernel(const void *context, int64_t a, int64_t b)
{
    const struct tv_mesh *m = context;
    double r2 = m->h * m->h * ((double)(a * a) + (double)(b * b));
    if (m->reach == 0) return 1 / (1 + r2);
    double e2 = m->reach * m->reach;
    return (e2 - r2) / ((1 + r2) * (1 + e2));
}

/* Squared discrete symbol of the cubic B-spline: ((4 + 2 cos(2 pi k / period)) / 6)^2. */
static double *symbol_new(int64_t period)
{
    double *s = TV_ARRAY(double, (size_t)period / 2 + 1);
    for (int64_t k = 0; k <= period / 2; k++) {
        double b = (2 + cos(2 * acos(-1) * (double)k / (double)period)) / 3;
        s[k] = b * b;
    }
    return s;
}

/* For so many nodes and some more; self_fill needs a few in any case. */
static int64_t period(int64_t nodes)
{
    int64_t room = nodes + nodes / 16 > MARGIN ? nodes + nodes / 16 : MARGIN;
    return tv_fft_size(2 * (room + MARGIN));
}

/* Reads potential and slopes (per cell) at a point from the ORDER x ORDER nodes at g. */
static inline void interpolate(const float *g, int64_t stride, float tx, float ty, float *psi, float *gx,
                               float *gy)
{
    float wx[ORDER], wy[ORDER], dx[ORDER], dy[ORDER];
    spline(tx, wx);
    spline(ty, wy);
    spline_slope(tx, dx);
    spline_slope(ty, dy);
    *psi = *gx = *gy = 0;
    for (int i = 0; i < ORDER; i++) {
        float value = 0, slope = 0;
        for (int j = 0; j < ORDER; j++) {
            value += wx[j] * g[i * stride + j];
            slope += dx[j] * g[i * stride + j];
        }
        *psi += wy[i] * value;
        *gx += wy[i] * slope;
        *gy += dy[i] * value;
    }
}

static inline void spread(float *g, int64_t stride, float tx, float ty)
{
    float wx[ORDER], wy[ORDER];
    spline(tx, wx);
    spline(ty, wy);
    for (int i = 0; i < ORDER; i++)
        for (int j = 0; j < ORDER; j++) g[i * stride + j] += wy[i] * wx[j];
}

/* What a point feels of itself, by its place in its cell: an unsmooth remainder of the interpolation that is
 * larger than all other errors among sparse points.  Each entry is a point alone on the plane, seen through
 * the filter's response to one node, MARGIN nodes from the border. */
static void self_fill(struct tv_mesh *m)
{
    enum { AT = MARGIN };
    const struct tv_fft_filter *f = &m->filter;
    float response[ORDER * 2 - 1][ORDER * 2 - 1], zero;
    for (int i = 0; i < 2 * ORDER - 1; i++)
        for (int j = 0; j < 2 * ORDER - 1; j++)
            response[i][j] = f->grid[(AT + i - ORDER + 1) * f->mx + AT + j - ORDER + 1];
    for (int a = 0; a <= TV_MESH_SELF; a++)
        for (int b = 0; b <= TV_MESH_SELF; b++) {
            float ty = (float)a / TV_MESH_SELF, tx = (float)b / TV_MESH_SELF, w[ORDER * ORDER] = {0};
            float near[ORDER * ORDER] = {0};
            spread(w, ORDER, tx, ty);
            for (int s = 0; s < ORDER * ORDER; s++)
                for (int t = 0; t < ORDER * ORDER; t++)
                    near[t] +=
                        w[s] * response[t / ORDER - s / ORDER + ORDER - 1][t % ORDER - s % ORDER + ORDER - 1];
            interpolate(near, ORDER, tx, ty, &zero, &m->self[a][b][0], &m->self[a][b][1]);
        }
}

/* By one thread; renew() does the rest. */
static void filter_make(struct tv_mesh *m, int64_t my, int64_t mx)
{
    tv_fft_filter_release(&m->filter);
    tv_fft_filter_init(&m->filter, my, mx);
    m->symbol[0] = symbol_new(mx);
    m->symbol[1] = symbol_new(my);
}

/* Fills the new filter and applies it to one node; of a team. */
static void renew(struct tv_mesh *m, struct tv_team *team)
{
    tv_fft_filter_fill(&m->filter, team, kernel, m, m->symbol[1], m->symbol[0]);
    tv_fft_filter_clear(&m->filter, 2 * MARGIN, 2 * MARGIN);
    tv_team_wait(team);
#pragma omp master
    m->filter.grid[MARGIN * m->filter.mx + MARGIN] = 1;
    tv_fft_filter_apply(&m->filter, team);
#pragma omp master
    {
        self_fill(m);
        free(m->symbol[0]);
        free(m->symbol[1]);
    }
    tv_team_wait(team);
}

static struct tv_mesh_box bounds(const float *u, int64_t n)
{
    float x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        float x = u[2 * i], y = u[2 * i + 1];
        x0 = x < x0 ? x : x0;
        x1 = x > x1 ? x : x1;
        y0 = y < y0 ? y : y0;
        y1 = y > y1 ? y : y1;
    }
    return (struct tv_mesh_box){{x0, y0}, {x1, y1}};
}

double tv_mesh_nodes(const struct tv_mesh *m, const float *u)
{
    struct tv_mesh_box b = bounds(u, m->n);
    return (((double)b.hi[0] - b.lo[0]) / m->spacing + ORDER) *
           (((double)b.hi[1] - b.lo[1]) / m->spacing + ORDER);
}

/* Cells past the origin along one axis, the fraction included; not negative. */
static inline double cells(float u, double origin, double per_unit)
{
    return ((double)u - origin) * per_unit;
}

/* Spacing for points over `extent`: the wanted one unless that takes too many nodes, or too few to resolve
 * the forces among them. */
static double spacing_for(double wanted, double extent)
{
    double h = wanted, least = wanted * 0x1p-40;
    while (extent / h + ORDER > TV_MESH_NODES) h *= 2;
    while (extent / h < CELLS && h > least) h /= 2;
    return h;
}

/* The box around the boxes of all blocks. */
static struct tv_mesh_box box_all(const struct tv_mesh *m)
{
    struct tv_mesh_box b = m->box[0];
    for (int64_t k = 1; k < blocks(m->n); k++)
        for (int a = 0; a < 2; a++) {
            b.lo[a] = fminf(b.lo[a], m->box[k].lo[a]);
            b.hi[a] = fmaxf(b.hi[a], m->box[k].hi[a]);
        }
    return b;
}

/* Places the grid around the points.  The filter is made anew only when the points outgrow its period, fill
 * less than a quarter of it along an axis, or the spacing changes. */
static void grid_place(struct tv_mesh *m)
{
    struct tv_mesh_box b = box_all(m);
    double h = spacing_for(m->spacing, fmax((double)b.hi[0] - b.lo[0], (double)b.hi[1] - b.lo[1]));
    m->per_unit = 1 / h;
    m->origin[0] = b.lo[0];
    m->origin[1] = b.lo[1];
    m->nx = (int64_t)cells(b.hi[0], m->origin[0], m->per_unit) + ORDER;
    m->ny = (int64_t)cells(b.hi[1], m->origin[1], m->per_unit) + ORDER;
    struct tv_fft_filter *f = &m->filter;
    int64_t room_y = f->my / 2 - MARGIN, room_x = f->mx / 2 - MARGIN;
    bool fits = f->grid && h == m->h && m->ny <= room_y && m->nx <= room_x;
    bool wide = 4 * (m->ny + MARGIN) < room_y || 4 * (m->nx + MARGIN) < room_x;
    m->h = h;
    m->reach = h < m->spacing ? CELLS * h : 0;
    m->renewed = !fits || wide;
    if (m->renewed) filter_make(m, period(m->ny), period(m->nx));
    m->first = tv_grow(m->first, &m->first_cap, (size_t)m->ny + 1, sizeof *m->first);
    m->histogram =
        tv_grow(m->histogram, &m->histogram_cap, (size_t)(blocks(m->n) * m->ny), sizeof *m->histogram);
}

/* Stable counting sort of the points by row of cells, in three steps: blocks of points count for themselves.
 */
static void block_count(struct tv_mesh *m, const float *u, int64_t k)
{
    int32_t *count = m->histogram + k * m->ny;
    memset(count, 0, (size_t)m->ny * sizeof *count);
    for (int64_t i = k * BLOCK; i < m->n && i < (k + 1) * BLOCK; i++) {
        m->row[i] = (int32_t)cells(u[2 * i + 1], m->origin[1], m->per_unit);
        count[m->row[i]]++;
    }
}

/* Counts become places. */
static void blocks_place(struct tv_mesh *m)
{
    int32_t at = 0;
    for (int64_t r = 0; r < m->ny; r++) {
        m->first[r] = at;
        for (int64_t k = 0; k < blocks(m->n); k++) {
            int32_t count = m->histogram[k * m->ny + r];
            m->histogram[k * m->ny + r] = at;
            at += count;
        }
    }
    m->first[m->ny] = at;
}

static void block_sort(struct tv_mesh *m, int64_t k)
{
    for (int64_t i = k * BLOCK; i < m->n && i < (k + 1) * BLOCK; i++)
        m->order[m->histogram[k * m->ny + m->row[i]]++] = (int32_t)i;
}

/* First node of a point along one axis, and how far it is past the second one. */
static inline int64_t locate(const struct tv_mesh *m, const float *u, int axis, float *t)
{
    double c = cells(u[axis], m->origin[axis], m->per_unit);
    int32_t whole = (int32_t)c;
    *t = (float)(c - whole);
    return whole;
}

static void spread_row(struct tv_mesh *m, const float *u, int64_t r)
{
    int64_t stride = m->filter.mx;
    for (int64_t k = m->first[r]; k < m->first[r + 1]; k++) {
        const float *p = u + 2 * (int64_t)m->order[k];
        float tx, ty;
        int64_t b = locate(m, p, 0, &tx);
        locate(m, p, 1, &ty);
        spread(m->filter.grid + r * stride + b, stride, tx, ty);
    }
}

/* Bilinear in the table of self_fill. */
static inline void self_force(const struct tv_mesh *m, float tx, float ty, float *gx, float *gy)
{
    tx *= TV_MESH_SELF;
    ty *= TV_MESH_SELF;
    int b = tx < TV_MESH_SELF ? (int)tx : TV_MESH_SELF - 1,
        a = ty < TV_MESH_SELF ? (int)ty : TV_MESH_SELF - 1;
    const float(*p)[2] = &m->self[a][b], (*q)[2] = &m->self[a + 1][b];
    tx -= (float)b;
    ty -= (float)a;
    *gx = (1 - ty) * ((1 - tx) * p[0][0] + tx * p[1][0]) + ty * ((1 - tx) * q[0][0] + tx * q[1][0]);
    *gy = (1 - ty) * ((1 - tx) * p[0][1] + tx * p[1][1]) + ty * ((1 - tx) * q[0][1] + tx * q[1][1]);
}

static void read_point(const struct tv_mesh *m, const float *u, float *force, float *z)
{
    float tx, ty, psi, gx, gy, sx, sy, scale = (float)(-0.5 * m->per_unit);
    int64_t stride = m->filter.mx, b = locate(m, u, 0, &tx), a = locate(m, u, 1, &ty);
    interpolate(m->filter.grid + a * stride + b, stride, tx, ty, &psi, &gx, &gy);
    self_force(m, tx, ty, &sx, &sy);
    force[0] = scale * (gx - sx);
    force[1] = scale * (gy - sy);
    *z = m->reach == 0 ? psi : (float)(psi + (double)m->n / (1 + m->reach * m->reach));
}

/* Grid and order of the points; of a team. */
static void prepare(struct tv_mesh *m, struct tv_team *team, const float *u)
{
#pragma omp for schedule(static) nowait
    for (int64_t k = 0; k < blocks(m->n); k++)
        m->box[k] = bounds(u + 2 * k * BLOCK, m->n - k * BLOCK < BLOCK ? m->n - k * BLOCK : BLOCK);
    tv_team_wait(team);
#pragma omp master
    grid_place(m);
    tv_team_wait(team);
    if (m->renewed) renew(m, team);
    tv_fft_filter_clear(&m->filter, m->ny, m->nx);
#pragma omp for schedule(static) nowait
    for (int64_t k = 0; k < blocks(m->n); k++) block_count(m, u, k);
    tv_team_wait(team);
#pragma omp master
    blocks_place(m);
    tv_team_wait(team);
#pragma omp for schedule(static) nowait
    for (int64_t k = 0; k < blocks(m->n); k++) block_sort(m, k);
    tv_team_wait(team);
}

void tv_mesh_repel(struct tv_mesh *m, struct tv_team *team, const float *u, float *force, float *z)
{
    if (m->n == 0) return;
    prepare(m, team, u);
    int64_t rows = m->ny - ORDER + 1;
    for (int odd = 0; odd < 2; odd++) {
#pragma omp for schedule(dynamic, 1) nowait
        for (int64_t r0 = odd * STRIP; r0 < rows; r0 += 2 * STRIP)
            for (int64_t r = r0; r < r0 + STRIP && r < rows; r++) spread_row(m, u, r);
        tv_team_wait(team);
    }
    tv_fft_filter_apply(&m->filter, team);
#pragma omp for schedule(dynamic, 256) nowait
    for (int64_t k = 0; k < m->n; k++) {
        int64_t i = m->order[k];
        read_point(m, u + 2 * i, force + 2 * i, z + i);
    }
}
