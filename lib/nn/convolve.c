/* nn/convolve.c */
#include "nn/convolve.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/layout.h"
#include "nn/ops.h"
#include "num/conv.h"

void tv_conv_cache_clear(struct tv_conv_cache *c)
{
    free(c->forward);
    free(c->back);
    free(c->pairs);
    free(c->pairs_back);
    c->forward = c->back = c->pairs = c->pairs_back = NULL;
}

void tv_conv_cache_release(struct tv_conv_cache *c)
{
    tv_conv_cache_clear(c);
    free(c->scale);
    c->scale = NULL;
}

struct tv_conv3d tv_convolution(const struct tv_window *w, int64_t groups, int k, const int64_t *x,
                                const int64_t *weight, const int64_t *y)
{
    struct tv_conv3d c = {.n = x[0], .co = weight[0], .ci = weight[1], .groups = groups};
    for (int i = 0; i < 3; i++) c.in[i] = c.out[i] = c.kernel[i] = c.stride[i] = c.dilation[i] = 1;
    for (int i = 0; i < k; i++) {
        int to = i + 3 - k;
        c.in[to] = x[2 + i], c.out[to] = y[2 + i], c.kernel[to] = weight[2 + i];
        c.stride[to] = w->stride[i], c.dilation[to] = w->dilation[i];
        c.begin[to] = tv_window_begin(w, i, x[2 + i]);
    }
    return c;
}

static bool has_volume(const struct tv_view *x) { return x->rank == 5; }

static struct tv_conv flat(const struct tv_conv3d *c)
{
    return (struct tv_conv){.n = c->n,
                            .ci = c->ci,
                            .co = c->co,
                            .groups = c->groups,
                            .h = c->in[1],
                            .w = c->in[2],
                            .ho = c->out[1],
                            .wo = c->out[2],
                            .kh = c->kernel[1],
                            .kw = c->kernel[2],
                            .sh = c->stride[1],
                            .sw = c->stride[2],
                            .dh = c->dilation[1],
                            .dw = c->dilation[2],
                            .pt = c->begin[1],
                            .pl = c->begin[2]};
}

/* ---- packed weights ---- */

/* The weights times the cache's scale: `w` itself, or a copy that the caller frees. */
static float *scaled(const struct tv_conv_cache *cache, const struct tv_conv *c, const float *w)
{
    int64_t each = c->ci * c->kh * c->kw;
    if (!cache->scale) return (float *)w;
    float *s = tv_alloc_aligned((size_t)(c->co * each), sizeof *s);
    for (int64_t i = 0; i < c->co * each; i++) s[i] = w[i] * cache->scale[i / each];
    return s;
}

static float *forward_new(const struct tv_conv *c, const float *w)
{
    float *p = tv_alloc_aligned((size_t)tv_conv_packed_size(c), sizeof *p);
    tv_conv_pack(c, p, w);
    return p;
}

static float *back_new(const struct tv_conv *c, const float *w)
{
    float *p = tv_alloc_aligned((size_t)tv_conv_packed_back_size(c), sizeof *p);
    tv_conv_pack_back(c, p, w);
    return p;
}

/* The weights packed by `make`: those of the cache's member `kept`, or some that done_with() frees. */
static float *get_packed(const struct tv_conv_cache *cache, float **kept, const struct tv_conv *c,
                         const float *w, float *(*make)(const struct tv_conv *, const float *))
{
    if (*kept) return *kept;
    float *s = scaled(cache, c, w), *p = make(c, s);
    if (s != w) free(s);
    if (cache->constant) *kept = p;
    return p;
}

static void done_with(const struct tv_conv_cache *cache, float *packed)
{
    if (!cache->constant) free(packed);
}

/* ---- channels-last data ---- */

static int64_t positions(const struct tv_view *v)
{
    int64_t n = 1;
    for (int i = 2; i < v->rank; i++) n *= v->dim[i];
    return n;
}

/* The view's data channels-last: its own, or a copy that release() frees. */
static float *chlast(const struct tv_view *v)
{
    if (v->layout == TV_CHLAST) return v->data;
    float *t = tv_alloc_aligned((size_t)tv_view_count(v), sizeof *t);
    tv_chlast_from_plain(t, v->data, v->dim[0], v->dim[1], positions(v));
    return t;
}

static void release(const struct tv_view *v, float *t)
{
    if (t != v->data) free(t);
}

/* Room for a channels-last result, and the way home from it. */
static float *room(const struct tv_view *v)
{
    return v->layout == TV_CHLAST ? v->data : tv_alloc_aligned((size_t)tv_view_count(v), sizeof(float));
}

static void store(const struct tv_view *v, float *t)
{
    if (t == v->data) return;
    tv_plain_from_chlast(v->data, t, v->dim[0], v->dim[1], positions(v));
    free(t);
}

/* ---- the three directions ---- */

void tv_convolve_forward(const struct tv_conv3d *c, struct tv_conv_cache *cache, struct tv_view *y,
                         const struct tv_view *x, const float *w, const float *bias)
{
    if (has_volume(x)) {
        tv_conv3d_forward(c, y->data, x->data, w, bias);
        return;
    }
    struct tv_conv f = flat(c);
    float *packed = get_packed(cache, &cache->forward, &f, w, forward_new), *from = chlast(x), *to = room(y);
    tv_conv_forward(&f, to, from, packed, bias);
    store(y, to);
    release(x, from);
    done_with(cache, packed);
}

void tv_convolve_back(const struct tv_conv3d *c, struct tv_conv_cache *cache, struct tv_view *x,
                      const struct tv_view *y, const float *w)
{
    if (has_volume(x)) {
        tv_conv3d_backward(c, x->data, y->data, w);
        return;
    }
    struct tv_conv f = flat(c);
    float *packed = get_packed(cache, &cache->back, &f, w, back_new), *from = chlast(y), *to = room(x);
    tv_conv_backward(&f, to, from, packed);
    store(x, to);
    release(y, from);
    done_with(cache, packed);
}

bool tv_convolve_serves_pairs(const struct tv_conv3d *c, const struct tv_view *y, const struct tv_view *x)
{
    struct tv_conv f = flat(c);
    return x->rank == 4 && x->layout == TV_CHLAST && y->layout == TV_CHLAST && tv_conv_has_pairs(&f);
}

void tv_convolve_steps(const struct tv_conv3d *c, struct tv_conv_cache *cache, int64_t steps,
                       struct tv_view *y, const float *d, const float *share, const float *slope,
                       const float *w)
{
    struct tv_conv f = flat(c);
    f.n /= steps + 1;
    float *packed = get_packed(cache, &cache->pairs, &f, w, tv_conv_pairs_new);
    tv_conv_forward_steps(&f, steps, y->data, d, share, slope, packed);
    done_with(cache, packed);
}

void tv_convolve_back_pairs(const struct tv_conv3d *c, struct tv_conv_cache *cache, int64_t row,
                            int64_t images, struct tv_view *x, const struct tv_view *y, const float *w,
                            float *scratch)
{
    struct tv_conv f = flat(c);
    float *packed = get_packed(cache, &cache->pairs_back, &f, w, tv_conv_pairs_back_new);
    tv_conv_backward_pairs(&f, row, images, x->data, y->data, packed, scratch);
    done_with(cache, packed);
}

void tv_convolve_weights(const struct tv_conv3d *c, float *dw, float *db, const struct tv_view *dy,
                         const struct tv_view *x)
{
    if (has_volume(x)) {
        tv_conv3d_weights(c, dw, db, dy->data, x->data);
        return;
    }
    struct tv_conv f = flat(c);
    float *dyl = chlast(dy), *xl = chlast(x);
    float *unwanted = dw ? NULL : tv_alloc_aligned((size_t)(f.co * f.ci * f.kh * f.kw), sizeof *unwanted);
    tv_conv_weights(&f, dw ? dw : unwanted, db, dyl, xl);
    free(unwanted);
    release(dy, dyl);
    release(x, xl);
}
