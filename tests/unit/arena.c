/* Memory for values: pieces do not overlap, holes become one, a dry arena tells what a real one will need. */
#include "check.h"
#include "core/mem.h"
#include "nn/arena.h"
#include "num/rng.h"
#include <stdlib.h>

enum { PIECES = 40, STEPS = 4000, LARGEST = 5000 };

struct piece {
    unsigned char *at;
    int64_t size;
};

static void fill(const struct piece *p, int with)
{
    if (p->at) memset(p->at, with, (size_t)p->size);
}

static bool holds(const struct piece *p, int what)
{
    for (int64_t i = 0; i < p->size; i++)
        if (p->at[i] != what) return false;
    return true;
}

/* Takes and gives at random; nothing that is taken is ever touched by another. */
static void test_random(void)
{
    struct tv_arena *a = tv_arena_new(false);
    struct piece p[PIECES] = {{0}};
    struct tv_rng r;
    bool whole = true, aligned = true;
    tv_rng_seed(&r, 1, 0);
    for (int step = 0; step < STEPS; step++) {
        int i = (int)tv_rng_below(&r, PIECES);
        if (p[i].at) {
            whole &= holds(&p[i], i);
            tv_arena_give(a, p[i].at, p[i].size);
            p[i] = (struct piece){0};
        } else {
            p[i].size = (int64_t)tv_rng_below(&r, LARGEST);
            p[i].at = tv_arena_take(a, p[i].size);
            aligned &= (uintptr_t)p[i].at % 64 == 0;
            fill(&p[i], i);
        }
    }
    for (int i = 0; i < PIECES; i++)
        if (p[i].at) tv_arena_give(a, p[i].at, p[i].size);
    CHECK(whole && aligned);
    int64_t all = tv_arena_bytes(a);
    tv_arena_reserve(a, 0); /* all holes are one again */
    void *one = tv_arena_take(a, all - 128);
    CHECK_NEAR((double)tv_arena_bytes(a), (double)all, 64);
    tv_arena_give(a, one, all - 128);
    tv_arena_free(a);
}

/* The calls of a pass: values that stay, then multipliers in the room of values that go. */
static void pass(struct tv_arena *a, const int64_t *size, int n)
{
    struct piece value[PIECES], m = {0};
    for (int i = 0; i < n; i++) value[i] = (struct piece){tv_arena_take(a, size[i]), size[i]};
    for (int i = n - 1; i >= 0; i--) {
        struct piece before = {tv_arena_take(a, size[i] / 2), size[i] / 2};
        if (m.at) tv_arena_give(a, m.at, m.size);
        m = before;
        tv_arena_give(a, value[i].at, value[i].size);
    }
    tv_arena_give(a, m.at, m.size);
}

static void test_dry(void)
{
    struct tv_arena *dry = tv_arena_new(true), *a = tv_arena_new(false);
    int64_t size[PIECES], sum = 0;
    struct tv_rng r;
    tv_rng_seed(&r, 2, 0);
    for (int i = 0; i < PIECES; i++) sum += size[i] = 64 + (int64_t)tv_rng_below(&r, LARGEST);
    pass(dry, size, PIECES);
    int64_t needed = tv_arena_bytes(dry);
    CHECK(needed >= sum && needed < sum + 2 * LARGEST + 256 * PIECES);
    tv_arena_reserve(a, needed);
    for (int again = 0; again < 3; again++) pass(a, size, PIECES);
    CHECK_NEAR((double)tv_arena_bytes(a), (double)needed, 64); /* what was promised is enough */
    tv_arena_free(dry);
    tv_arena_free(a);
}

int main(void)
{
    test_random();
    test_dry();
    return check_done();
}
