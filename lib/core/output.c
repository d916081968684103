/* core/output.c - see output.h; also the file functions of cmd.h. */
#include "core/output.h"
#include "core/cmd.h"
#include "core/format.h"
#include "core/mem.h"
#include "core/str.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16 };

static bool is_stdout(const char *path)
{
    return !path || !strcmp(path, "-") || !strcmp(path, "/dev/stdout");
}

void tv_output_widen(int fd)
{
#ifdef F_SETPIPE_SZ
    enum { PIPE = 1 << 20 };
    int size = fcntl(fd, F_GETPIPE_SZ);                         /* -1: no pipe */
    if (size > 0 && size < PIPE) fcntl(fd, F_SETPIPE_SZ, PIPE); /* without leave it stays as it was */
#else
    (void)fd;
#endif
}

void tv_output_refuse_terminal(void)
{
    if (isatty(STDOUT_FILENO))
        tv_die(TV_USAGE, "stdout: binary data is not written to a terminal; use -o FILE or a pipe");
}

/* The file that will be replaced: what a symbolic link points to, be it there or not, else the path.  New
 * string. */
static char *target_new(const char *path)
{
    char *real = realpath(path, NULL), link[4096];
    if (real) return real;
    ssize_t n = readlink(path, link, sizeof link - 1);
    if (n < 0) return tv_strdup(path);
    link[n] = 0;
    return *link == '/' ? tv_strdup(link)
                        : tv_format_new("%.*s%s", (int)(tv_basename(path) - path), path, link);
}

/* A new file; its name ends in six letters of chance.  It is registered for removal before it is there, so
 * that a signal on any thread finds either no file or its name. */
static int create_temp(char *temp)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    char *end = temp + strlen(temp);
    for (int tries = 0; tries < 100; tries++) {
        unsigned char chance[6];
        if (getentropy(chance, sizeof chance)) return -1;
        for (int i = 0; i < 6; i++) end[i - 6] = letters[chance[i] % (sizeof letters - 1)];
        tv_cleanup_unlink(temp);
        int fd = open(temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) return fd;
        tv_cleanup_forget(temp);
        if (errno != EEXIST) return -1;
    }
    return -1;
}

char *tv_file_temp_new(const char *path)
{
    char *target = target_new(path);
    const char *base = tv_basename(target);
    char *temp = tv_format_new("%.*s.%s.......", (int)(base - target), target, base);
    int fd = create_temp(temp);
    if (fd < 0) tv_die_errno("%s: cannot create a file beside it", path);
    /* its mode is private; the result has that of the file it replaces, or what the umask leaves */
    struct stat st;
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = stat(target, &st) == 0 ? st.st_mode & 0777 : 0666 & ~mask;
    if (fchmod(fd, mode) || close(fd)) tv_die_errno("%s", temp);
    free(target);
    return temp;
}

void tv_file_commit(char *temp, const char *path)
{
    char *target = target_new(path);
    if (rename(temp, target)) tv_die_errno("%s: cannot rename the finished file to this name", path);
    tv_cleanup_forget(temp);
    free(temp);
    free(target);
}

void tv_output_open(struct tv_output *o, const char *path, bool binary)
{
    struct stat st;
    *o = (struct tv_output){.fd = STDOUT_FILENO, .name = tv_strdup(is_stdout(path) ? "stdout" : path)};
    if (is_stdout(path)) {
        if (binary) tv_output_refuse_terminal();
        tv_output_widen(o->fd);
        return;
    }
    bool device = !strncmp(path, "/dev/", 5) && strncmp(path, "/dev/shm/", 9); /* that holds files */
    bool in_place = device || !strncmp(path, "/proc/", 6) ||
                    (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
    if (!in_place) {
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            errno = EISDIR;
            tv_die_errno("%s", path);
        }
        o->temp = tv_file_temp_new(path);
    }
    o->fd = open(in_place ? path : o->temp, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (o->fd < 0) tv_die_errno("%s: cannot write", path);
}

static void write_all(struct tv_output *o, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(o->fd, p, n);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0 && errno == EPIPE) tv_die_pipe();
        if (k < 0) tv_die_errno("%s: cannot write", o->name);
        p += k;
        n -= (size_t)k;
    }
}

static void flush(struct tv_output *o)
{
    write_all(o, o->buffer, o->buffered);
    o->buffered = 0;
}

void tv_output_write(struct tv_output *o, const void *bytes, size_t n)
{
    if (o->buffered + n > BUFFER) flush(o);
    if (n >= BUFFER) {
        write_all(o, bytes, n);
        return;
    }
    if (!o->buffer) o->buffer = tv_alloc(BUFFER, 1);
    if (n) memcpy(o->buffer + o->buffered, bytes, n);
    o->buffered += n;
}

void tv_output_close(struct tv_output *o)
{
    flush(o);
    free(o->buffer);
    /* Some file systems report a full disk at close; stdout stays open for whoever writes next. */
    int fd = o->fd == STDOUT_FILENO ? dup(o->fd) : o->fd;
    if (fd < 0 || close(fd)) tv_die_errno("%s: cannot write", o->name);
    if (o->temp) tv_file_commit(o->temp, o->name);
    free(o->name);
    *o = (struct tv_output){.fd = -1};
}

void tv_file_write(const char *path, const void *bytes, size_t n)
{
    struct tv_output o;
    tv_output_open(&o, path, n && memchr(bytes, 0, n));
    tv_output_write(&o, bytes, n);
    tv_output_close(&o);
}

/* ---- whole files ---- */

static int input_open(const char *path)
{
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0) tv_die_errno("%s", path);
    return fd;
}

/* As read(2), whole or until the end of the file; dies on errors. */
static size_t input_read(int fd, const char *path, void *to, size_t n)
{
    size_t have = 0;
    while (have < n) {
        ssize_t k = read(fd, (char *)to + have, n - have);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) tv_die_errno("%s: cannot read", path);
        if (k == 0) break;
        have += (size_t)k;
    }
    return have;
}

uint32_t tv_file_crc(const char *path)
{
    static unsigned char block[1 << 16];
    int fd = input_open(path);
    uint32_t crc = 0;
    for (size_t k; (k = input_read(fd, path, block, sizeof block)) > 0;) crc = tv_crc(crc, block, k);
    if (fd != STDIN_FILENO) close(fd);
    return crc;
}

void *tv_file_read_new(const char *path, size_t *n)
{
    enum { FIRST = 1 << 16 };
    int fd = input_open(path);
    char *bytes = NULL;
    size_t cap = 0, have = 0;
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) bytes = tv_grow(bytes, &cap, (size_t)st.st_size + 2, 1);
    for (;;) {
        if (cap - have < 2) bytes = tv_grow(bytes, &cap, have + FIRST, 1);
        size_t k = input_read(fd, path, bytes + have, cap - have - 1);
        if (!k) break;
        have += k;
    }
    if (fd != STDIN_FILENO) close(fd);
    bytes[have] = 0;
    if (n) *n = have;
    return bytes;
}

char *tv_program_dir_new(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0) tv_die_errno("/proc/self/exe");
    path[n] = 0;
    return tv_strndup(path, (size_t)(tv_basename(path) - path));
}
