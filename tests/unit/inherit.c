/* Counterparts of target links among the source model's important links. */
#include "check.h"
#include "analysis/inherit.h"

int main(void)
{
    const int32_t target[] = {0, 0, /* */ 0, 1, /* */ 1, 2, /* */ 2, 0, /* */ 1, 1};
    const int32_t source[] = {4, 7, /* */ 3, 9, /* */ 4, 8};
    const int32_t best_a[] = {4, 3, -1}, best_b[] = {7, 9, -1};
    const int32_t want[] = {4, 7, /* */ 4, 9, /* */ 3, -1, /* */ -1, 7, /* */ 3, 9};
    const bool want_inherited[] = {true, false, false, false, true};
    bool inherited[5];
    int32_t counterpart[10];
    CHECK(tv_inherit(inherited, counterpart, target, 5, source, 3, best_a, best_b) == 2);
    CHECK(!memcmp(counterpart, want, sizeof want));
    CHECK(!memcmp(inherited, want_inherited, sizeof want_inherited));
    CHECK(tv_inherit(inherited, counterpart, target, 5, source, 0, best_a, best_b) == 0);
    CHECK(tv_inherit(inherited, counterpart, target, 0, source, 3, best_a, best_b) == 0);
    return check_done();
}
