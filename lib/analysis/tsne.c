/* analysis/tsne.c - SPEC 6.6: start, descent, divergence. */
#include "analysis/tsne.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include "core/err.h"
#include "core/mem.h"
#include "num/mesh.h"
#include "num/pca.h"
#include "num/rng.h"
#include "num/simd.h"

static const double START = 1e-4; /* standard deviation of the first axis */
static const double JITTER = 1e-6;
static const float EARLY_MOMENTUM = 0.5f; /* while P is exaggerated */
static const float MOMENTUM = 0.8f;
static const float GAIN_UP = 0.2f, GAIN_DOWN = 0.8f, GAIN_LEAST = 0.01f;
static const double RATE_PER_POINT = 1.0 / 12;
static const double RATE_LEAST = 200;    /* small maps would not unfold in time */
static const double MESH_SPACING = 0.25; /* ends in the KL of all pairs to 1e-3 */

/* ---- start ---- */

bool tv_tsne_scale(int64_t n, float *u)
{
    double mean[2] = {0}, variance = 0;
    for (int64_t e = 0; e < 2 * n; e++) mean[e % 2] += (double)u[e] / (double)n;
    for (int64_t i = 0; i < n; i++) variance += (u[2 * i] - mean[0]) * (u[2 * i] - mean[0]) / (double)n;
    if (!(variance > 0)) return false;
    for (int64_t e = 0; e < 2 * n; e++) u[e] = (float)((u[e] - mean[e % 2]) * (START / sqrt(variance)));
    return true;
}

bool tv_tsne_start_pca(int64_t n, int64_t p, const float *x, float *u)
{
    int64_t axes = p < 2 ? p : 2;
    double *axis = TV_ARRAY(double, (size_t)(2 * p)), variance[2] = {0};
    tv_pca_f32(n, p, x, axes, axis, variance);
#pragma omp parallel for
    for (int64_t i = 0; i < n; i++)
        for (int64_t a = 0; a < 2; a++) {
            double s = 0;
            for (int64_t j = 0; j < p; j++) s += x[i * p + j] * axis[a * p + j];
            u[2 * i + a] = (float)s;
        }
    free(axis);
    return tv_tsne_scale(n, u);
}

void tv_tsne_jitter(int64_t n, uint64_t seed, float *u)
{
    struct tv_rng r;
    tv_rng_seed(&r, seed, 0);
    for (int64_t e = 0; e < 2 * n; e++) u[e] += (float)(JITTER * tv_rng_normal(&r));
}

void tv_tsne_start_random(int64_t n, uint64_t seed, float *u)
{
    struct tv_rng r;
    tv_rng_seed(&r, seed, 0);
    for (int64_t e = 0; e < 2 * n; e++) u[e] = (float)(START * tv_rng_normal(&r));
}

/* ---- descent ---- */

/* Nodes of the mesh beyond which points that are few repel each other pair by pair all the same: so many for
 * each, and so many in any case. */
enum { NODES_PER_POINT = 64, NODES_LEAST = 512 * 512 };

bool tv_tsne_meshed(const struct tv_tsne *o, int64_t n)
{
    return o->repulsion == TV_TSNE_MESH || (o->repulsion == TV_TSNE_AUTO && n > TV_TSNE_PAIRS_MAX);
}

struct descent {
    int64_t n;
    struct tv_student_rows p;
    float *u, *step, *gain;        /* [n,2] */
    float *last;                   /* [n,2] aligned maps: where the points were before this iteration */
    float *attraction, *repulsion; /* [n,2] */
    float *z, *work;               /* [n]; of tv_student_repel */
    struct tv_mesh mesh;
    bool meshed;
    struct tv_team *team;
};

/* All maps, descending together. */
struct descents {
    struct descent *map;
    int64_t maps;
    float align; /* lambda / n */
    struct tv_team team;
    int64_t done;     /* iterations */
    atomic_bool flew; /* a point is too far */
    /* Attraction is done in portions of rows, at any time between two steps: threads that wait for others
     * take some, so that the few strips of a mesh need not be of one size.  Portions of all maps and
     * iterations are counted in one row. */
    int64_t rows, portions;                  /* of one portion; of all maps */
    atomic_int_fast64_t next_portion, until; /* what may be done in this iteration */
};

static void descent_init(struct descent *d, const struct tv_tsne *o, const struct tv_tsne_map *map,
                         struct tv_team *team)
{
    const struct tv_sparse *p = map->p;
    size_t size = 2 * (size_t)p->n;
    *d = (struct descent){.n = p->n, .u = map->u, .team = team};
    tv_student_rows_init(&d->p, p);
    d->meshed = tv_tsne_meshed(o, p->n);
    d->last = TV_ARRAY(float, size);
    d->step = TV_ARRAY(float, size);
    d->gain = TV_ARRAY(float, size);
    d->attraction = TV_ARRAY(float, size);
    d->repulsion = TV_ARRAY(float, size);
    d->z = TV_ARRAY(float, size);
    if (d->meshed) tv_mesh_init(&d->mesh, p->n, MESH_SPACING);
    if (!d->meshed || p->n <= TV_TSNE_PAIRS_MAX)
        d->work = tv_alloc_aligned((size_t)tv_student_work(p->n), sizeof(float));
}

static void descent_release(struct descent *d)
{
    tv_student_rows_release(&d->p);
    free(d->last);
    free(d->step);
    free(d->gain);
    free(d->attraction);
    free(d->repulsion);
    free(d->z);
    free(d->work);
    if (d->meshed) tv_mesh_release(&d->mesh);
}

/* Few points can be far apart, as those of an unsettled map: the mesh between them is then much work for
 * nothing. */
static bool mesh_pays(const struct descent *d)
{
    if (!d->meshed || d->n > TV_TSNE_PAIRS_MAX) return d->meshed;
    return tv_mesh_nodes(&d->mesh, d->u) <= (double)(NODES_LEAST + NODES_PER_POINT * d->n);
}

/* Sum of the z_i less the n points themselves, in one order, by every thread for itself. */
TV_SIMD static double sum_z(int64_t n, const float *z)
{
    enum { LANES = 8 }; /* additions under way at a time */
    double s[LANES] = {0}, total = -(double)n;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) s[l] += z[i + l];
    for (; i < n; i++) total += z[i];
    for (int l = 0; l < LANES; l++) total += s[l];
    return total;
}

/* Phases begin at rest. */
static void rest(struct descent *d)
{
#pragma omp for schedule(static) nowait
    for (int64_t e = 0; e < 2 * d->n; e++) {
        d->step[e] = 0;
        d->gain[e] = 1;
    }
}

struct phase {
    int64_t before, iterations;
    float exaggeration, momentum, rate;
};

/* One step of the coordinates from `first` to before `end`, along the gradient A - R / Z and the pull of the
 * places in the maps before and after.  False when a point is too far. */
TV_SIMD static bool step(const struct descent *d, const struct phase *f, const float *before,
                         const float *after, float align, float inverse_z, int64_t first, int64_t end)
{
    const float *last = d->last, *attraction = d->attraction, *repulsion = d->repulsion;
    float *u = d->u, *gains = d->gain, *steps = d->step;
    const float exaggeration = f->exaggeration, momentum = f->momentum, rate = f->rate;
    int far = 0;
#pragma omp simd reduction(| : far)
    for (int64_t e = first; e < end; e++) {
        float at = last[e], pull = align * ((at - before[e]) + (at - after[e]));
        float g = exaggeration * attraction[e] - inverse_z * repulsion[e] + pull;
        float up = gains[e] + GAIN_UP, down = gains[e] * GAIN_DOWN, gain = steps[e] * g < 0 ? up : down;
        gain = gain < GAIN_LEAST ? GAIN_LEAST : gain;
        float move = momentum * steps[e] - rate * gain * g, to = at + move;
        steps[e] = move;
        gains[e] = gain;
        u[e] = to;
        far |= !(fabsf(to) < TV_TSNE_FAR);
    }
    return !far;
}

/* One step of map t, by the threads of a team, each on its share. */
static void descend(struct descents *all, int64_t t, const struct phase *f)
{
    const struct descent *d = &all->map[t];
    const float *before = (t > 0 ? d - 1 : d)->last, *after = (t + 1 < all->maps ? d + 1 : d)->last;
    float inverse_z = (float)(1 / sum_z(d->n, d->z));
    int64_t thread = omp_get_thread_num(), threads = omp_get_num_threads();
    if (!step(d, f, before, after, all->align, inverse_z, 2 * d->n * thread / threads,
              2 * d->n * (thread + 1) / threads))
        atomic_store(&all->flew, true);
}

/* One portion of the attraction that this iteration has left; false when there is none.  Forth in one
 * iteration and back in the next: what the cache still holds of P need not come from memory again. */
static bool attract_some(void *context)
{
    struct descents *all = context;
    int_fast64_t k = atomic_load(&all->next_portion);
    while (k < atomic_load(&all->until))
        if (atomic_compare_exchange_weak(&all->next_portion, &k, k + 1)) {
            int64_t each = all->portions / all->maps, portion = k % all->portions;
            if (k / all->portions % 2) portion = all->portions - 1 - portion;
            const struct descent *d = &all->map[portion / each];
            int64_t first = portion % each * all->rows, end = first + all->rows;
            tv_student_attract(&d->p, first, end < d->n ? end : d->n, d->u, d->attraction);
            return true;
        }
    return false;
}

enum { PORTIONS = 64, ROWS_LEAST = 16, ROWS_MOST = 256 }; /* of a map; rows of a portion: some microseconds */

static void portions_init(struct descents *all, int64_t n)
{
    int64_t rows = n / PORTIONS;
    all->rows = rows < ROWS_LEAST ? ROWS_LEAST : rows > ROWS_MOST ? ROWS_MOST : rows;
    all->portions = all->maps * ((n + all->rows - 1) / all->rows);
    all->team.meanwhile = attract_some;
    all->team.context = all;
}

/* Attraction comes last: its small portions fill the time of threads that have no more repulsion to do. */
static void forces(struct descents *all, struct descent *d)
{
    bool mesh = mesh_pays(d);
    if (mesh)
        tv_mesh_repel(&d->mesh, d->team, d->u, d->repulsion, d->z);
    else
        tv_student_repel(d->team, d->n, d->u, d->z, d->work);
    while (attract_some(all)) continue;
    tv_team_wait(d->team);
    if (!mesh) tv_student_collect(d->n, d->work, d->repulsion);
#pragma omp for schedule(static) nowait
    for (int64_t e = 0; e < 2 * d->n; e++) d->last[e] = d->u[e];
}

/* The iterations of one phase, until a point flies away.  Nobody writes `flew` between the wait at the end of
 * an iteration and the first one of the next, so all threads leave together. */
static void descend_phase(struct descents *all, const struct phase *f, void (*progress)(int64_t done))
{
    for (int64_t t = 0; t < all->maps; t++) rest(&all->map[t]);
    for (int64_t it = 0; it < f->iterations && !atomic_load(&all->flew); it++) {
        atomic_store(&all->until, (f->before + it + 1) * all->portions);
        for (int64_t t = 0; t < all->maps; t++) forces(all, &all->map[t]);
        tv_team_wait(&all->team);
        for (int64_t t = 0; t < all->maps; t++) descend(all, t, f);
        tv_team_wait(&all->team);
#pragma omp master
        {
            all->done++;
            if (progress) progress(all->done);
        }
    }
}

/* The exaggerated and the plain phase of a descent. */
static void phases(const struct tv_tsne *o, int64_t n, struct phase f[2])
{
    double rate = o->learning_rate, late = rate * o->late_rate;
    if (!(rate > 0)) {
        rate = fmax((double)n * RATE_PER_POINT, RATE_LEAST);
        late = fmax((double)n * RATE_PER_POINT * o->late_rate, RATE_LEAST);
    }
    int64_t early = o->iterations / 3 < TV_TSNE_EARLY ? o->iterations / 3 : TV_TSNE_EARLY;
    if (o->exaggeration == 1) early = 0;
    f[0] = (struct phase){0, early, (float)o->exaggeration, EARLY_MOMENTUM, (float)rate};
    f[1] = (struct phase){early, o->iterations - early, 1, MOMENTUM, (float)late};
}

const char *tv_tsne_run(const struct tv_tsne *o, int64_t maps, struct tv_tsne_map *map,
                        void (*progress)(int64_t done))
{
    int64_t n = map->p->n;
    struct descents all = {.map = TV_ARRAY(struct descent, (size_t)maps), .maps = maps};
    struct phase phase[2];
    const char *error = NULL;
    all.align = (float)(o->align / (double)n);
    phases(o, n, phase);
    for (int64_t t = 0; t < maps; t++) descent_init(&all.map[t], o, &map[t], &all.team);
    portions_init(&all, n);
#pragma omp parallel
    for (const struct phase *f = phase; f < phase + 2; f++) descend_phase(&all, f, progress);
    if (all.flew)
        error = tv_msg("the points flew apart at iteration %lld with a learning rate of %g; use a smaller "
                       "--learning-rate",
                       (long long)all.done, (double)phase[all.done > phase[0].iterations].rate);
    for (int64_t t = 0; t < maps; t++) {
        descent_release(&all.map[t]);
        if (!error) map[t].z = tv_tsne_z(n, map[t].u);
    }
    free(all.map);
    return error;
}

static double z_mesh(int64_t n, const float *u)
{
    struct tv_mesh mesh;
    struct tv_team team = {0};
    float *force = TV_ARRAY(float, 2 * (size_t)n), *part = TV_ARRAY(float, (size_t)n);
    tv_mesh_init(&mesh, n, MESH_SPACING);
#pragma omp parallel
    tv_mesh_repel(&mesh, &team, u, force, part);
    double z = sum_z(n, part);
    tv_mesh_release(&mesh);
    free(force);
    free(part);
    return z;
}

double tv_tsne_z(int64_t n, const float *u)
{
    if (n > TV_TSNE_EXACT_KL) return z_mesh(n, u);
    double *part = TV_ARRAY(double, (size_t)n), z = tv_student_z(n, u, part);
    free(part);
    return z;
}

double tv_tsne_kl(const struct tv_sparse *p, const float *u, double z)
{
    double *part = TV_ARRAY(double, (size_t)p->n), kl = 0;
#pragma omp parallel for schedule(dynamic, 64)
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t e = p->start[i]; e < p->start[i + 1]; e++) {
            if (!(p->value[e] > 0)) continue;
            const float *a = u + 2 * i, *b = u + 2 * (int64_t)p->column[e];
            double dx = (double)a[0] - b[0], dy = (double)a[1] - b[1];
            part[i] += p->value[e] * log(p->value[e] * z * (1 + dx * dx + dy * dy));
        }
    for (int64_t i = 0; i < p->n; i++) kl += part[i];
    free(part);
    return kl;
}
