/* nn/schedule.h - the learning rate of every step of a run.
 *
 *     rate(s) = base * warm-up * decay of step s = 0 .. steps-1 of the whole run
 *
 *     warm-up    (s+1)/W during the first W steps, 1 after them
 *     constant   1
 *     step       gamma^floor(s / every)
 *     cosine     (1 + cos(pi (s-W)/(steps-W))) / 2 after the warm-up    Loshchilov & Hutter 2017
 */
#ifndef TV_NN_SCHEDULE_H
#define TV_NN_SCHEDULE_H
#include <stdint.h>

enum tv_schedule_kind { TV_RATE_CONSTANT, TV_RATE_STEP, TV_RATE_COSINE };
struct tv_schedule {
    enum tv_schedule_kind kind;
    double base, gamma;
    int64_t steps, warmup, every; /* in steps */
};
double tv_schedule_rate(const struct tv_schedule *s, int64_t step);

#endif
