#include "nn/optim.h"
#include <math.h>

enum { PARALLEL_FROM = 1 << 15 }; /* weights; below, threads cost more than they bring */

int tv_optim_states(const struct tv_optim *o) { return o->kind == TV_SGD ? 1 : 2; }

static void sgd(const struct tv_optim *o, float rate, int64_t n, float *w, const float *g, float *v)
{
    float momentum = (float)o->momentum, decay = (float)o->decay;
    bool nesterov = o->nesterov;
#pragma omp parallel for simd schedule(static) if (n >= PARALLEL_FROM)
    for (int64_t i = 0; i < n; i++) {
        float d = g[i] + decay * w[i];
        v[i] = momentum * v[i] + d;
        w[i] -= rate * (nesterov ? d + momentum * v[i] : v[i]);
    }
}

static void adam(const struct tv_optim *o, double rate, int64_t t, int64_t n, float *w, const float *g,
                 float *m, float *v)
{
    bool apart = o->kind == TV_ADAMW;
    float b1 = (float)o->beta1, b2 = (float)o->beta2, eps = (float)o->eps;
    float decay = apart ? 0 : (float)o->decay, keep = apart ? (float)(1 - rate * o->decay) : 1;
    float scale = (float)(rate / (1 - pow(o->beta1, (double)t)));
    float root = (float)(1 / sqrt(1 - pow(o->beta2, (double)t)));
#pragma omp parallel for simd schedule(static) if (n >= PARALLEL_FROM)
    for (int64_t i = 0; i < n; i++) {
        float d = g[i] + decay * w[i];
        m[i] = b1 * m[i] + (1 - b1) * d;
        v[i] = b2 * v[i] + (1 - b2) * d * d;
        w[i] = keep * w[i] - scale * m[i] / (sqrtf(v[i]) * root + eps);
    }
}

void tv_optim_step(const struct tv_optim *o, double rate, int64_t t, int64_t n, float *w, const float *g,
                   float *const *state)
{
    if (o->kind == TV_SGD)
        sgd(o, (float)rate, n, w, g, state[0]);
    else
        adam(o, rate, t, n, w, g, state[0], state[1]);
}
