#include "nn/schedule.h"
#include <math.h>

double tv_schedule_rate(const struct tv_schedule *s, int64_t step)
{
    if (step < s->warmup) return s->base * (double)(step + 1) / (double)s->warmup;
    switch (s->kind) {
    case TV_RATE_STEP: return s->base * pow(s->gamma, (double)(step / s->every));
    case TV_RATE_COSINE:
        return s->base * (1 + cos(M_PI * (double)(step - s->warmup) / (double)(s->steps - s->warmup))) / 2;
    default: return s->base;
    }
}
