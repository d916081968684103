/* nn/optim.h - one step of gradient descent on one array of weights, as PyTorch defines it; learning-rate
 * schedules.
 *
 *     g <- g + decay w                                                              (sgd, adam)
 *     sgd     v <- momentum v + g;  w <- w - rate v      nesterov: w <- w - rate (g + momentum v)
 *     adam    m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;
 *             w <- w - rate (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps)             t = 1, 2, ...   Kingma &
 * Ba 2015 adamw   as adam without decay in g;  w <- w - rate decay w  first             Loshchilov & Hutter
 * 2019
 */
#ifndef TV_NN_OPTIM_H
#define TV_NN_OPTIM_H
#include <stdbool.h>
#include <stdint.h>

enum tv_optimizer { TV_SGD, TV_ADAM, TV_ADAMW };
struct tv_optim {
    enum tv_optimizer kind;
    bool nesterov;
    double momentum;          /* sgd */
    double beta1, beta2, eps; /* adam, adamw */
    double decay;             /* weight decay */
};

/* Arrays of state per array of weights, each as long as it and zero at the start: v; or m and v. */
int tv_optim_states(const struct tv_optim *o);
/* Step number t >= 1 on n weights; state[i] are its arrays.  Elementwise: any number of threads gives the
 * same. */
void tv_optim_step(const struct tv_optim *o, double rate, int64_t t, int64_t n, float *w, const float *g,
                   float *const *state);

/* rate(s) = base * warm-up * decay of the step s = 0 .. steps-1 of the whole run:
 *
 *     warm-up    (s+1)/W during the first W steps, 1 after them
 *     constant   1
 *     step       gamma^floor(s / every)
 *     cosine     (1 + cos(pi (s-W)/(steps-W))) / 2 after the warm-up                Loshchilov & Hutter 2017
 */
enum tv_schedule_kind { TV_RATE_CONSTANT, TV_RATE_STEP, TV_RATE_COSINE };
struct tv_schedule {
    enum tv_schedule_kind kind;
    double base, gamma;
    int64_t steps, warmup, every; /* in steps */
};
double tv_schedule_rate(const struct tv_schedule *s, int64_t step);

#endif
