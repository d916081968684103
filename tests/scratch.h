/* tests/scratch.h - a directory for the files of one C test, gone when the program ends. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char scratch_dir[4096];

static int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}
static inline void scratch_end(void) { nftw(scratch_dir, scratch_remove, 16, FTW_DEPTH | FTW_PHYS); }

/* Path of a file in the directory; borrowed until four further calls. */
static inline const char *scratch(const char *name)
{
    static char path[4][5000];
    static int next;
    if (!*scratch_dir) {
        const char *tmp = getenv("TMPDIR");
        snprintf(scratch_dir, sizeof scratch_dir, "%s/tv-test.XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(scratch_dir)) abort();
        atexit(scratch_end);
    }
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", scratch_dir, name);
    return path[next];
}

static inline void scratch_write(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(scratch(name), "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f)) abort();
}
#endif
