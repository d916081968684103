/* tests/fuzz/fuzz.h - what the fuzzers of lib/data share: core's deaths end one input, not the fuzzer, and an
 * input can be a file. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "core/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static jmp_buf fuzz_away;
static void fuzz_jump(enum tv_exit code, const char *message)
{
    (void)message;
    if (code == TV_SYSTEM) abort(); /* out of memory: a length was believed */
    longjmp(fuzz_away, 1);
}

/* The bytes as a file in memory; its path, borrowed until the next call. */
static inline const char *fuzz_file(const uint8_t *bytes, size_t n)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) fd = memfd_create("fuzz", 0);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, bytes, n, 0) != (ssize_t)n) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}
#endif
