#include "data/bytes.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "core/err.h"
#include "core/mem.h"

enum { RAW = 1 << 16, OUT = 1 << 16, PEEK = 4096, SLURP_MAX = 1 << 30 };

/* raw[raw_at .. raw_n) are packed bytes read from the file and not used; out[at .. n) plain ones not taken.
 */
struct tv_bytes {
    int fd;
    char *name;
    bool packed, raw_end, end;
    size_t file; /* bytes of the file that read_raw has not given; SIZE_MAX: unknown */
    uint32_t crc;
    z_stream z;
    size_t raw_at, raw_n, at, n;
    uint8_t raw[RAW], out[PEEK + OUT];
};

const char *tv_bytes_name(const struct tv_bytes *b) { return b->name; }

static const char *read_raw(struct tv_bytes *b)
{
    ssize_t got;
    do got = read(b->fd, b->raw, RAW);
    while (got < 0 && errno == EINTR);
    if (got < 0) return tv_msg("%s: cannot be read: %s", b->name, strerror(errno));
    if (b->file != SIZE_MAX) b->file -= (size_t)got < b->file ? (size_t)got : b->file;
    b->raw_at = 0, b->raw_n = (size_t)got, b->raw_end = got == 0;
    b->crc = (uint32_t)crc32(b->crc, b->raw, (uInt)got);
    return NULL;
}

const char *tv_bytes_open(struct tv_bytes **out, const char *path)
{
    bool in = !strcmp(path, "-");
    int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    *out = NULL;
    if (fd < 0) return tv_msg("%s: cannot be opened: %s", path, strerror(errno));
    struct tv_bytes *b = TV_NEW(struct tv_bytes);
    struct stat st;
    b->fd = fd;
    b->file = !in && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (size_t)st.st_size : SIZE_MAX;
    b->name = tv_strdup(in ? "stdin" : path);
    const char *msg = read_raw(b);
    if (!msg && b->raw_n >= 2 && b->raw[0] == 0x1f && b->raw[1] == 0x8b) {
        if (inflateInit2(&b->z, 15 + 16) != Z_OK)
            msg = tv_msg("%s: zlib cannot be set up", b->name);
        else
            b->packed = true;
    }
    if (msg)
        tv_bytes_close(b);
    else
        *out = b;
    return msg;
}

void tv_bytes_close(struct tv_bytes *b)
{
    if (!b) return;
    if (b->packed) inflateEnd(&b->z);
    if (b->fd != STDIN_FILENO) close(b->fd);
    free(b->name);
    free(b);
}

/* After a gzip member: another one follows, or the file ends (what is left is padding). */
static const char *next_member(struct tv_bytes *b)
{
    const char *msg;
    if (b->raw_at == b->raw_n && !b->raw_end && (msg = read_raw(b))) return msg;
    if (b->raw_at < b->raw_n && b->raw[b->raw_at] == 0x1f)
        inflateReset(&b->z);
    else
        b->end = true;
    return NULL;
}

static const char *unpack(struct tv_bytes *b, uint8_t *to, size_t room, size_t *got)
{
    const char *msg;
    if (b->raw_at == b->raw_n && !b->raw_end && (msg = read_raw(b))) return msg;
    if (b->raw_end) return tv_msg("%s: gzip data end early: truncated", b->name);
    b->z.next_in = b->raw + b->raw_at, b->z.avail_in = (uInt)(b->raw_n - b->raw_at);
    b->z.next_out = to, b->z.avail_out = (uInt)room;
    int r = inflate(&b->z, Z_NO_FLUSH);
    b->raw_at = b->raw_n - b->z.avail_in;
    *got = room - b->z.avail_out;
    if (r == Z_STREAM_END) return next_member(b);
    if (r != Z_OK && r != Z_BUF_ERROR)
        return tv_msg("%s: gzip data are damaged: %s", b->name, b->z.msg ? b->z.msg : "bad stream");
    return NULL;
}

/* Plain bytes to `to`: at least one, unless the file has ended. */
static const char *fill(struct tv_bytes *b, uint8_t *to, size_t room, size_t *got)
{
    const char *msg;
    *got = 0;
    if (room > OUT) room = OUT;
    while (*got == 0 && !b->end) {
        if (b->packed) {
            if ((msg = unpack(b, to, room, got))) return msg;
            continue;
        }
        if (b->raw_at == b->raw_n && (msg = read_raw(b))) return msg;
        size_t n = b->raw_n - b->raw_at;
        if (n > room) n = room;
        memcpy(to, b->raw + b->raw_at, n);
        b->raw_at += n, *got = n;
        b->end = b->raw_end;
    }
    return NULL;
}

const char *tv_bytes_peek(struct tv_bytes *b, const uint8_t **at, size_t n, size_t *got)
{
    if (b->at > 0) memmove(b->out, b->out + b->at, b->n - b->at), b->n -= b->at, b->at = 0;
    while (b->n < n && !b->end) {
        size_t more;
        const char *msg = fill(b, b->out + b->n, sizeof b->out - b->n, &more);
        if (msg) return msg;
        b->n += more;
    }
    *at = b->out;
    *got = b->n < n ? b->n : n;
    return NULL;
}

const char *tv_bytes_read(struct tv_bytes *b, void *to, size_t n, size_t *got)
{
    size_t have = b->n - b->at < n ? b->n - b->at : n;
    memcpy(to, b->out + b->at, have);
    b->at += have;
    while (have < n && !b->end) {
        size_t more;
        const char *msg = fill(b, (uint8_t *)to + have, n - have, &more);
        if (msg) return msg;
        have += more;
    }
    *got = have;
    return NULL;
}

size_t tv_bytes_bound(const struct tv_bytes *b)
{
    enum { DEFLATE_MAX = 1032 };
    size_t raw = b->raw_n - b->raw_at, plain = b->n - b->at;
    if (b->file == SIZE_MAX || b->file > SIZE_MAX / 2 / DEFLATE_MAX) return SIZE_MAX;
    return plain + (raw + b->file) * (b->packed ? DEFLATE_MAX : 1);
}

const char *tv_bytes_rest_new(struct tv_bytes *b, size_t limit, void **bytes, size_t *n)
{
    uint8_t *buffer = NULL;
    size_t cap = 0, have = 0, got = 0;
    const char *msg;
    do {
        buffer = tv_grow(buffer, &cap, have + OUT + 1, 1);
        if ((msg = tv_bytes_read(b, buffer + have, OUT, &got))) break;
        have += got;
        if (have > limit) msg = tv_msg("%s: larger than %zu bytes", b->name, limit);
    } while (!msg && got == OUT);
    if (msg) {
        free(buffer);
        return msg;
    }
    buffer[have] = 0;
    *bytes = buffer, *n = have;
    return NULL;
}

const char *tv_bytes_crc(struct tv_bytes *b, uint32_t *crc)
{
    const char *msg;
    while (!b->raw_end)
        if ((msg = read_raw(b))) return msg;
    b->end = true;
    *crc = b->crc;
    return NULL;
}

const char *tv_bytes_slurp(const char *path, uint8_t **buffer, size_t *cap, size_t *n)
{
    const char *msg = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;
    *n = 0;
    while (got > 0) {
        *buffer = tv_grow(*buffer, cap, *n + RAW, 1);
        got = read(fd, *buffer + *n, *cap - *n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            *n += (size_t)got;
        if (*n > SLURP_MAX) got = -1, errno = EFBIG;
    }
    if (got < 0) msg = tv_msg("%s: cannot be read: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    return msg;
}
