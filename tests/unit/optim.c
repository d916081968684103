/* tests/unit/optim.c - optimisers against steps worked out by hand. */
#include "check.h"
#include "nn/optim.h"
#include <stdlib.h>

/* Two steps on one weight of 1 with gradients 0.5 and -0.25. */
static float two_steps(const struct tv_optim *o, double rate, float between[1])
{
    float w = 1, g = 0.5f, s0 = 0, s1 = 0, *state[2] = {&s0, &s1};
    tv_optim_step(o, rate, 1, 1, &w, &g, state);
    *between = w;
    g = -0.25f;
    tv_optim_step(o, rate, 2, 1, &w, &g, state);
    return w;
}

static void test_sgd(void)
{
    float w1, w2 = two_steps(&(struct tv_optim){.kind = TV_SGD}, 0.1, &w1);
    CHECK_NEAR(w1, 0.95, 1e-6);
    CHECK_NEAR(w2, 0.975, 1e-6);

    w2 = two_steps(&(struct tv_optim){.kind = TV_SGD, .momentum = 0.9}, 0.1, &w1);
    CHECK_NEAR(w1, 0.95, 1e-6);
    CHECK_NEAR(w2, 0.95 - 0.1 * (0.9 * 0.5 - 0.25), 1e-6);

    w2 = two_steps(&(struct tv_optim){.kind = TV_SGD, .momentum = 0.9, .nesterov = true}, 0.1, &w1);
    CHECK_NEAR(w1, 1 - 0.1 * (0.5 + 0.9 * 0.5), 1e-6);
    CHECK_NEAR(w2, w1 - 0.1 * (-0.25 + 0.9 * (0.9 * 0.5 - 0.25)), 1e-6);

    w2 = two_steps(&(struct tv_optim){.kind = TV_SGD, .decay = 0.2}, 0.1, &w1);
    CHECK_NEAR(w1, 1 - 0.1 * (0.5 + 0.2), 1e-6);
    CHECK_NEAR(w2, w1 - 0.1 * (-0.25 + 0.2 * w1), 1e-6);
}

static void test_adam(void)
{
    struct tv_optim o = {.kind = TV_ADAM, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8};
    float w1, w2 = two_steps(&o, 0.01, &w1);
    CHECK_NEAR(w1, 0.99, 1e-6); /* the first step is the rate, whatever the gradient */
    double m = (0.9 * 0.05 + 0.1 * -0.25) / (1 - 0.81),
           v = (0.999 * 0.00025 + 0.001 * 0.0625) / (1 - 0.998001);
    CHECK_NEAR(w2, w1 - 0.01 * m / sqrt(v), 1e-6);

    o.kind = TV_ADAMW;
    o.decay = 0.5;
    two_steps(&o, 0.01, &w1);
    CHECK_NEAR(w1, 1 - 0.01 * 0.5 - 0.01, 1e-6);
    o.kind = TV_ADAM; /* decay is part of the gradient: the first step stays the rate */
    two_steps(&o, 0.01, &w1);
    CHECK_NEAR(w1, 0.99, 1e-6);
    CHECK(tv_optim_states(&o) == 2 && tv_optim_states(&(struct tv_optim){.kind = TV_SGD}) == 1);
}

/* Long arrays go through vectors and threads: the same as one element at a time. */
static void test_long(void)
{
    enum { N = 100003 };
    for (int kind = TV_SGD; kind <= TV_ADAMW; kind++) {
        struct tv_optim o = {.kind = (enum tv_optimizer)kind,
                             .momentum = 0.9,
                             .beta1 = 0.9,
                             .beta2 = 0.999,
                             .eps = 1e-8,
                             .decay = 0.01};
        float *a = calloc(4 * N, sizeof *a), *state[2] = {a + 2 * N, a + 3 * N};
        for (int i = 0; i < N; i++) a[i] = (float)(i % 17) - 8, a[N + i] = (float)(i % 29) / 14 - 1;
        tv_optim_step(&o, 0.1, 1, N, a, a + N, state);
        int differ = 0;
        for (int i = 0; i < N; i++) {
            float w = (float)(i % 17) - 8, s0 = 0, s1 = 0, *one[2] = {&s0, &s1};
            tv_optim_step(&o, 0.1, 1, 1, &w, a + N + i, one);
            differ += fabsf(w - a[i]) > 1e-6f * (1 + fabsf(w));
        }
        CHECK(differ == 0);
        free(a);
    }
}

int main(void)
{
    test_sgd();
    test_adam();
    test_long();
    return check_done();
}
