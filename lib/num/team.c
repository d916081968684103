/* num/team.c - num/team.h: arrivals are counted; the last one opens the next round. */
#include "num/team.h"
#include <omp.h>
#include <sched.h>

enum { SPINS = 1000 }; /* reads of `round` before the processor is offered to others: about a microsecond */

void tv_team_wait(struct tv_team *t)
{
    int threads = omp_get_num_threads();
    if (threads == 1) return;
    unsigned round = atomic_load(&t->round);
    if (atomic_fetch_add(&t->arrived, 1) == threads - 1) {
        atomic_store(&t->arrived, 0);
        atomic_store(&t->round, round + 1);
        return;
    }
    for (int spin = 0; atomic_load_explicit(&t->round, memory_order_acquire) == round; spin++)
        if (t->meanwhile && t->meanwhile(t->context))
            spin = 0;
        else if (spin >= SPINS)
            sched_yield();
}
