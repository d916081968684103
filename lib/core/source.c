/* core/source.c - see source.h. */
#include "core/source.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/output.h"
#include "core/str.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ALIGN = 64,
    STEP = 1 << 20,      /* a pipe's buffer grows by doubling, from this on */
    DROP_AFTER = 8 << 20 /* mapped pages are given back in pieces of this size */
};

/* Maps a regular file; false when it is none, is empty or cannot be mapped (then it is read). */
static bool map(struct tv_source *s)
{
    struct stat st;
    if (fstat(s->fd, &st)) tv_die_errno("%s", s->path);
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        tv_die_errno("%s", s->path);
    }
    if (!S_ISREG(st.st_mode) || st.st_size <= 0) return false;
    off_t start = lseek(s->fd, 0, SEEK_CUR); /* stdin may have been read from before */
    if (start < 0 || start % ALIGN || start >= st.st_size) return false;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, s->fd, 0);
    if (p == MAP_FAILED) return false;
    madvise(p, (size_t)st.st_size, MADV_SEQUENTIAL);
    s->bytes = p;
    s->size = (size_t)st.st_size;
    s->next = (size_t)start;
    return s->mapped = true;
}

void tv_source_open(struct tv_source *s, const char *path)
{
    bool is_stdin = !strcmp(path, "-");
    *s = (struct tv_source){.name = is_stdin ? "stdin" : tv_basename(path), .fd = STDIN_FILENO};
    s->path = tv_strdup(is_stdin ? "stdin" : path);
    s->name = tv_basename(s->path);
    if (!is_stdin) s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0) tv_die_errno("%s", path);
    if (isatty(s->fd)) tv_die(TV_USAGE, "%s: is a terminal; name a file or use a pipe", s->path);
    tv_output_widen(s->fd);
    map(s);
}

/* Has room for `want` bytes behind `next`, but no more than doubles the buffer. */
static void make_room(struct tv_source *s, uint64_t want)
{
    size_t have = s->size - s->next;
    if (s->next) {
        memmove(s->bytes, s->bytes + s->next, have);
        s->size = have;
        s->next = 0;
    }
    if (have < s->cap) return;
    size_t cap = s->cap ? s->cap * 2 : STEP;
    if (cap > want && s->cap) cap = want + (-want % ALIGN);
    uint8_t *bytes = tv_alloc_aligned(cap, 1);
    if (have) memcpy(bytes, s->bytes, have);
    free(s->bytes);
    s->bytes = bytes;
    s->cap = cap;
}

/* Reads once, into a buffer that is to hold `want` bytes; false at the end. */
static bool read_more(struct tv_source *s, uint64_t want)
{
    if (s->next + want > s->cap) make_room(s, want);
    ssize_t k = read(s->fd, s->bytes + s->size, s->cap - s->size);
    if (k < 0 && errno != EINTR) tv_die_errno("%s: cannot read", s->path);
    if (k > 0) s->size += (size_t)k;
    return k != 0;
}

void tv_source_fill(struct tv_source *s, uint64_t want)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    while (!s->mapped && s->size - s->next < want && poll(&p, 1, 0) == 1 && (p.revents & POLLIN))
        if (!read_more(s, want)) return;
}

uint8_t *tv_source_peek(struct tv_source *s, uint64_t want, size_t *got)
{
    while (!s->mapped && s->size - s->next < want)
        if (!read_more(s, want)) break;
    size_t left = s->size - s->next;
    *got = want < left ? (size_t)want : left;
    return s->bytes + s->next;
}

void tv_source_drop(struct tv_source *s, size_t from, size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), end = (from + n) / page * page;
    from = from / page * page;
    if (from < end) madvise(s->bytes + from, end - from, MADV_DONTNEED);
}

/* Gives back the pages that were read, so that a large file passes with flat memory. */
static void drop_pages(struct tv_source *s)
{
    if (s->keep || s->next < s->dropped + DROP_AFTER) return;
    tv_source_drop(s, s->dropped, s->next - s->dropped);
    s->dropped = s->next;
}

uint8_t *tv_source_take(struct tv_source *s, uint64_t want, size_t *got)
{
    if (s->mapped) drop_pages(s);
    uint8_t *p = tv_source_peek(s, want, got);
    s->next += *got;
    s->at += *got;
    return p;
}

uint8_t *tv_source_rest(struct tv_source *s, size_t *got)
{
    uint64_t want = STEP;
    if (s->mapped) want = s->size;
    for (;; want *= 2) {
        tv_source_peek(s, want, got);
        if (*got < want || s->mapped) break;
    }
    return tv_source_take(s, *got, got);
}

void tv_source_close(struct tv_source *s)
{
    if (s->mapped)
        munmap(s->bytes, s->size);
    else
        free(s->bytes);
    if (s->fd > STDERR_FILENO) close(s->fd);
    free(s->path);
    *s = (struct tv_source){.fd = -1};
}
