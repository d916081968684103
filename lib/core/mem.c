/* core/mem.c - see mem.h.  TV_FAIL_ALLOC=N in the environment makes the Nth allocation fail (tests/io). */
#include "core/mem.h"
#include "core/err.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ALIGNMENT = 64 };

/* Counts down to the failure that a test asked for; 0: no failure wanted. */
static bool fail_now(void)
{
    enum { UNREAD = -1 };
    static _Atomic long left = UNREAD;
    if (atomic_load_explicit(&left, memory_order_relaxed) == UNREAD) {
        const char *s = getenv("TV_FAIL_ALLOC");
        long n = s ? strtol(s, NULL, 10) : 0;
        atomic_store(&left, n > 0 ? n : 0);
    }
    if (atomic_load_explicit(&left, memory_order_relaxed) == 0) return false;
    return atomic_fetch_sub(&left, 1) == 1;
}

static size_t bytes_of(size_t n, size_t size)
{
    size_t bytes;
    if (!tv_mul(n, size, &bytes) || bytes > PTRDIFF_MAX - ALIGNMENT)
        tv_die(TV_SYSTEM, "out of memory: %zu elements of %zu bytes wanted", n, size);
    return bytes ? bytes : 1;
}

static void *checked(void *p, size_t bytes)
{
    if (!p) tv_die(TV_SYSTEM, "out of memory: %zu bytes wanted", bytes);
    return p;
}

void *tv_alloc(size_t n, size_t size)
{
    size_t bytes = bytes_of(n, size);
    return checked(fail_now() ? NULL : calloc(1, bytes), bytes);
}

void *tv_realloc(void *p, size_t n, size_t size)
{
    size_t bytes = bytes_of(n, size);
    return checked(fail_now() ? NULL : realloc(p, bytes), bytes);
}

void *tv_alloc_aligned(size_t n, size_t size)
{
    size_t bytes = (bytes_of(n, size) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return checked(fail_now() ? NULL : aligned_alloc(ALIGNMENT, bytes), bytes);
}

char *tv_strdup(const char *s) { return tv_strndup(s, strlen(s)); }

char *tv_strndup(const char *s, size_t n)
{
    char *p = tv_alloc(n + 1, 1);
    if (n) memcpy(p, s, n);
    return p;
}

void *tv_grow(void *p, size_t *cap, size_t want, size_t size)
{
    if (want <= *cap) return p;
    size_t n = *cap > SIZE_MAX / 2 ? want : *cap * 2;
    if (n < want) n = want;
    if (n < 8) n = 8;
    p = tv_realloc(p, n, size);
    *cap = n;
    return p;
}

int64_t tv_memory_used(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return tv_memory_peak();
    if (fscanf(f, "%ld %ld", &pages, &resident) != 2) resident = 0;
    fclose(f);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

int64_t tv_memory_peak(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (int64_t)r.ru_maxrss * 1024;
}
