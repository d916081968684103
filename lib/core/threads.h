/* core/threads.h - how many threads: -j, else OMP_NUM_THREADS, SLURM_CPUS_PER_TASK, the affinity mask. */
#ifndef TV_CORE_THREADS_H
#define TV_CORE_THREADS_H

int tv_threads_default(void);
/* Sets it for OpenMP; n <= 0: the default.  Returns the number. */
int tv_threads_set(int n);

#endif
