/* nn/optim.h - one step of gradient descent on one array of weights, as PyTorch defines it.
 *
 *     g <- g + decay w                                                     (sgd, adam)
 *     sgd     v <- momentum v + g
 *             w <- w - rate v                 nesterov: w <- w - rate (g + momentum v)
 *     adam    m <- b1 m + (1-b1) g,  v <- b2 v + (1-b2) g^2                t = 1, 2, ...
 *             w <- w - rate (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps)    Kingma & Ba 2015
 *     adamw   w <- w - rate decay w, then adam without decay in g          Loshchilov & Hutter 2019
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

#endif
