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
    c->forward = c->back = NULL;
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

static float *pack(struct tv_conv_cache *cache, const struct tv_conv *c, const float *w, bool back)
{
    int64_t size = back ? tv_conv_packed_back_size(c) : tv_conv_packed_size(c);
    float *p = tv_alloc_aligned((size_t)size, sizeof *p), *s = scaled(cache, c, w);
    (back ? tv_conv_pack_back : tv_conv_pack)(c, p, s);
    if (s != w) free(s);
    return p;
}

static float *packed_forward(struct tv_conv_cache *cache, const struct tv_conv *c, const float *w)
{
    if (cache->forward) return cache->forward;
    float *p = pack(cache, c, w, false);
    if (cache->constant) cache->forward = p;
    return p;
}

static float *packed_back(struct tv_conv_cache *cache, const struct tv_conv *c, const float *w)
{
    if (cache->back) return cache->back;
    float *p = pack(cache, c, w, true);
    if (cache->constant) cache->back = p;
    return p;
}

static void done_with(const struct tv_conv_cache *cache, float *packed)
{
    if (packed != cache->forward && packed != cache->back) free(packed);
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
    float *packed = packed_forward(cache, &f, w), *from = chlast(x), *to = room(y);
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
    float *packed = packed_back(cache, &f, w), *from = chlast(y), *to = room(x);
    tv_conv_backward(&f, to, from, packed);
    store(x, to);
    release(y, from);
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
