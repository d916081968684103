/* tests/unit/schedule.c - learning rates against their formulas. */
#include "check.h"
#include "nn/schedule.h"

static void test_schedules(void)
{
    struct tv_schedule s = {.kind = TV_RATE_CONSTANT, .base = 0.4, .gamma = 0.5, .steps = 100, .every = 30};
    CHECK_NEAR(tv_schedule_rate(&s, 0), 0.4, 1e-15);
    CHECK_NEAR(tv_schedule_rate(&s, 99), 0.4, 1e-15);
    s.kind = TV_RATE_STEP;
    CHECK_NEAR(tv_schedule_rate(&s, 29), 0.4, 1e-15);
    CHECK_NEAR(tv_schedule_rate(&s, 30), 0.2, 1e-15);
    CHECK_NEAR(tv_schedule_rate(&s, 99), 0.05, 1e-15);
    s.kind = TV_RATE_COSINE;
    CHECK_NEAR(tv_schedule_rate(&s, 0), 0.4, 1e-15);
    CHECK_NEAR(tv_schedule_rate(&s, 50), 0.2, 1e-15);
    CHECK(tv_schedule_rate(&s, 99) > 0 && tv_schedule_rate(&s, 99) < 2e-4);
    s.warmup = 20;
    CHECK_NEAR(tv_schedule_rate(&s, 0), 0.4 / 20, 1e-15);
    CHECK_NEAR(tv_schedule_rate(&s, 19), 0.4, 1e-15);
    CHECK_NEAR(tv_schedule_rate(&s, 20), 0.4, 1e-15);
    CHECK_NEAR(tv_schedule_rate(&s, 60), 0.2, 1e-15);
}

int main(void)
{
    test_schedules();
    return check_done();
}
