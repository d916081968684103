/* core/threads.h - how many threads: -j, else OMP_NUM_THREADS, SLURM_CPUS_PER_TASK, the affinity mask. */
#ifndef TV_CORE_THREADS_H
#define TV_CORE_THREADS_H

int tv_threads_default(void);
/* Lets threads that wait for each other give up their processor soon, unless GOMP_SPINCOUNT or
 * OMP_WAIT_POLICY says otherwise: GNU's OpenMP spins for milliseconds, and beside other programs takes
 * several times as long for it.  It reads its settings before main begins, so the program starts once more
 * with them; argv is main's. */
void tv_threads_yield(char **argv);
/* Sets it for OpenMP; n <= 0: the default.  Returns the number. */
int tv_threads_set(int n);

#endif
