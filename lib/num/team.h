/* num/team.h - a barrier for threads that meet every few microseconds.
 *
 * OpenMP's own barrier keeps a processor busy for milliseconds before it gives it away.  On a machine that
 * runs other programs too, the thread that all wait for may be the one without a processor: a descent of
 * thousands of short loops was seen to take thirty times as long.  This one gives way after a microsecond.
 *
 *     struct tv_team team = {0};
 *     #pragma omp parallel
 *     while (...) {
 *         step(...);                loops shared out by `#pragma omp for nowait`
 *         tv_team_wait(&team);
 *     }
 *
 * A function "of a team" is called by every thread of a parallel region with the same arguments; outside of
 * one the caller is the whole team.
 */
#ifndef TV_NUM_TEAM_H
#define TV_NUM_TEAM_H
#include <stdatomic.h>
#include <stdbool.h>

struct tv_team {
    atomic_int arrived;
    atomic_uint round;
    /* What a thread can do while it waits, or NULL: some microseconds of work that nobody waits for before
     * the team itself does the rest of it.  False when there is none. */
    bool (*meanwhile)(void *context);
    void *context;
};

/* Returns when every thread of the parallel region has come here: all then see what each wrote before. */
void tv_team_wait(struct tv_team *t);

#endif
