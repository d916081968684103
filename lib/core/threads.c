/* core/threads.c - see threads.h. */
#include "core/threads.h"
#include "core/str.h"
#include <omp.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

/* The positive integer that the variable starts with (OMP_NUM_THREADS may be a list "4,2"), else 0. */
static int from_environment(const char *variable)
{
    const char *s = getenv(variable);
    long n = s ? strtol(s, NULL, 10) : 0;
    return n > 0 && n < 100000 ? (int)n : 0;
}

int tv_threads_default(void)
{
    cpu_set_t mask;
    int n = from_environment("OMP_NUM_THREADS");
    if (!n) n = from_environment("SLURM_CPUS_PER_TASK");
    if (!n && sched_getaffinity(0, sizeof mask, &mask) == 0) n = CPU_COUNT(&mask);
    return n > 0 ? n : omp_get_num_procs();
}

int tv_threads_set(int n)
{
    if (n <= 0) n = tv_threads_default();
    omp_set_num_threads(n);
    return n;
}

void tv_threads_yield(char **argv)
{
    static const char spins[] = "3000"; /* some microseconds: longer than a barrier of threads that all run */
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY") || tv_threads_default() < 2) return;
    if (setenv("GOMP_SPINCOUNT", spins, 1) == 0) execv("/proc/self/exe", argv);
    /* still here: no /proc; slower beside others, and right all the same */
}
