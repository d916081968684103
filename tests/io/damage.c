/* No damage goes unnoticed: a stream cut at any byte, or with any bit flipped, is refused with exit code 3
 * and a message, from a file and from a pipe, and so is one whose parts are whole but in the wrong place. */
#include "check.h"
#include "core/cmd.h"
#include "core/format.h"
#include "core/mem.h"
#include "scratch.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

static jmp_buf out;
static enum tv_exit code;
static char message[512];
static const char *whole, *part;

static void on_die(enum tv_exit c, const char *m)
{
    code = c;
    snprintf(message, sizeof message, "%s", m);
    longjmp(out, 1);
}

static enum tv_exit read_all(const char *path)
{
    code = TV_DONE;
    message[0] = 0;
    close_range(3, ~0U, 0); /* what the reader before left behind when it died */
    if (!setjmp(out)) {
        struct tv_reader *r = tv_reader_open(path);
        struct tv_record rec;
        while (tv_reader_next(r, &rec) != TV_EV_END) {
        }
        tv_reader_close(r);
    }
    return code;
}

static void put_file(const char *path, const void *bytes, size_t n)
{
    unlink(path); /* a truncated file that is written again costs a disk access */
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    close(fd);
}

/* The bytes through a pipe on stdin; they fit in its buffer. */
static enum tv_exit read_piped(const void *bytes, size_t n)
{
    int fd[2];
    if (pipe(fd) || write(fd[1], bytes, n) != (ssize_t)n) return TV_SYSTEM;
    close(fd[1]);
    dup2(fd[0], STDIN_FILENO);
    close(fd[0]);
    return read_all("-");
}

static void make_stream(void)
{
    struct tv_attrs attrs = {0};
    tv_attrs_set(&attrs, "kind", "conv");
    struct tv_writer *w = tv_writer_open(whole);
    tv_writer_history(w, "{\"program\":\"test\"}");
    tv_writer_meta(w, "classes", "a\nb");
    int x = tv_writer_begin(w, "x", TV_F32, 2, (int64_t[]){-1, 3}, &attrs);
    int s = tv_writer_begin(w, "s", TV_STR, 1, (int64_t[]){-1}, NULL);
    tv_writer_rows(w, x, 2, (float[]){1, 2, 3, 4, 5, 6});
    tv_writer_rows(w, s, 2, (const char *[]){"one", "two"});
    tv_writer_compress(w, 9);
    tv_writer_array(w, "zeros", TV_I64, 1, (int64_t[]){40}, (int64_t[40]){0}, NULL);
    tv_writer_array(w, "scalar", TV_F64, 0, NULL, &(double){4}, NULL);
    tv_writer_close(w);
    tv_attrs_release(&attrs);
}

static void test_cut(const uint8_t *bytes, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        put_file(part, bytes, i);
        wrong += read_all(part) != TV_DATA || !message[0];
        wrong += read_piped(bytes, i) != TV_DATA || !message[0];
    }
    CHECK(wrong == 0);
    put_file(part, bytes, n - 64);
    read_all(part);
    CHECK(strstr(message, "truncated") && strstr(message, tv_msg("at byte %zu", n - 64)));
}

static void test_flipped(uint8_t *bytes, size_t n)
{
    int wrong = 0;
    for (size_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (bit % 8 == 0) {
            put_file(part, bytes, n);
            wrong += read_all(part) != TV_DATA;
        }
        wrong += read_piped(bytes, n) != TV_DATA || !message[0];
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK(wrong == 0);
    CHECK(read_piped(bytes, n) == TV_DONE);
}

/* ---- whole records in the wrong place ---- */

/* Offsets of the records, the end record included; returns their number. */
static int find_records(const uint8_t *bytes, size_t n, size_t *at)
{
    int count = 0;
    for (size_t i = TV_FORMAT_UNIT; i < n;) {
        uint64_t stored = tv_get64(bytes + i + 8);
        at[count++] = i;
        i += TV_FORMAT_UNIT + stored + tv_format_padding(stored);
    }
    at[count] = n;
    return count;
}

/* The stream made of the magic and the given records. */
static enum tv_exit read_order(const uint8_t *bytes, const size_t *at, const int *order, int n)
{
    struct tv_str b = {0};
    tv_str_put(&b, bytes, TV_FORMAT_UNIT);
    for (int i = 0; i < n; i++) tv_str_put(&b, bytes + at[order[i]], at[order[i] + 1] - at[order[i]]);
    enum tv_exit c = read_piped(b.s, b.len);
    tv_str_release(&b);
    return c;
}

static void test_misplaced(const uint8_t *bytes, size_t n)
{
    size_t at[32];
    int count = find_records(bytes, n, at), order[33], wrong = 0;
    for (int i = 0; i < count; i++) order[i] = i;
    CHECK(read_order(bytes, at, order, count) == TV_DONE);
    for (int drop = 0; drop < count; drop++) {
        int k = 0;
        for (int i = 0; i < count; i++)
            if (i != drop) order[k++] = i;
        wrong += read_order(bytes, at, order, k) != TV_DATA;
    }
    for (int twice = 0; twice < count; twice++) {
        int k = 0;
        for (int i = 0; i < count; i++) {
            order[k++] = i;
            if (i == twice) order[k++] = i;
        }
        wrong += read_order(bytes, at, order, k) != TV_DATA;
    }
    for (int a = 0; a < count; a++)
        for (int b = a + 1; b < count; b++) {
            for (int i = 0; i < count; i++) order[i] = i == a ? b : i == b ? a : i;
            wrong += read_order(bytes, at, order, count) != TV_DATA;
        }
    CHECK(wrong == 0);
}

/* ---- records that are right in themselves and claim what cannot be ---- */

static enum tv_exit read_crafted(struct tv_format_header *h, const void *payload)
{
    struct tv_str b = {0};
    uint8_t head[TV_FORMAT_UNIT], zeros[TV_FORMAT_UNIT] = {0};
    size_t n = h->stored <= 128 ? (size_t)h->stored : 64;
    tv_format_magic(head);
    tv_str_put(&b, head, sizeof head);
    h->crc = tv_crc(tv_crc(0, payload, n), zeros, tv_format_padding(n));
    tv_format_encode(head, h);
    tv_str_put(&b, head, sizeof head);
    tv_str_put(&b, payload, n);
    tv_str_put(&b, zeros, tv_format_padding(n));
    enum tv_exit c = read_piped(b.s, b.len);
    tv_str_release(&b);
    return c;
}

/* A declaration of tensor "t" with the given fields. */
static enum tv_exit read_declared(uint32_t id, uint32_t dtype, uint32_t rank, int64_t dim)
{
    uint8_t p[5 + 8 + 8 * 9 + 4] = {1, 0, 0, 0, 't'};
    tv_put32(p + 5, dtype);
    tv_put32(p + 9, rank);
    for (uint32_t d = 0; d < rank && d < 9; d++) tv_put64(p + 13 + 8 * d, (uint64_t)dim);
    uint64_t n = 13 + 8 * (uint64_t)rank + 4;
    struct tv_format_header h = {.kind = TV_FORMAT_TENSOR, .id = id, .stored = n, .raw = n};
    return read_crafted(&h, p);
}

static void test_claims(void)
{
    uint8_t zeros[64] = {0};
    struct tv_format_header h = {.kind = TV_FORMAT_ROWS, .stored = 1ull << 40, .raw = 1ull << 40};
    CHECK(read_crafted(&h, zeros) == TV_DATA); /* a terabyte that does not come */
    h = (struct tv_format_header){
        .kind = TV_FORMAT_ROWS, .stored = 64, .raw = 1ull << 40, .flags = TV_FORMAT_ZLIB};
    CHECK(read_crafted(&h, zeros) == TV_DATA && strstr(message, "not declared"));
    h = (struct tv_format_header){.kind = TV_FORMAT_KIND('N', 'E', 'W', '!'), .stored = 8, .raw = 8};
    CHECK(read_crafted(&h, zeros) == TV_DATA && strstr(message, "unknown kind"));
    h.flags = TV_FORMAT_IGNORABLE;
    CHECK(read_crafted(&h, zeros) == TV_DATA && strstr(message, "truncated"));
    h.flags = 64;
    CHECK(read_crafted(&h, zeros) == TV_DATA && strstr(message, "flags"));
    CHECK(read_declared(0, TV_F32, 2, 3) == TV_DATA && strstr(message, "truncated"));
    CHECK(read_declared(1, TV_F32, 2, 3) == TV_DATA && strstr(message, "order"));
    CHECK(read_declared(0, 99, 2, 3) == TV_DATA && strstr(message, "dtype"));
    CHECK(read_declared(0, TV_F32, 9, 1) == TV_DATA && strstr(message, "dimensions"));
    CHECK(read_declared(0, TV_F32, 2, 1ll << 40) == TV_DATA && strstr(message, "overflows"));
    CHECK(read_declared(0, TV_F32, 2, -1) == TV_DATA && strstr(message, "negative"));
}

static void test_versions(uint8_t *bytes, size_t n)
{
    uint8_t saved[TV_FORMAT_UNIT];
    memcpy(saved, bytes, sizeof saved);
    bytes[10] = 7; /* minor */
    tv_put32(bytes + 60, tv_crc(0, bytes, 60));
    CHECK(read_piped(bytes, n) == TV_DONE);
    bytes[8] = 2; /* major */
    tv_put32(bytes + 60, tv_crc(0, bytes, 60));
    CHECK(read_piped(bytes, n) == TV_DATA && strstr(message, "version 2"));
    memcpy(bytes, saved, sizeof saved);
    bytes[0] &= 0x7f; /* what seven-bit mail makes of it */
    CHECK(read_piped(bytes, n) == TV_DATA && strstr(message, "text mode"));
    memcpy(bytes, saved, sizeof saved);
}

int main(void)
{
    size_t n;
    whole = scratch("whole.tv"), part = scratch("part.tv");
    make_stream();
    uint8_t *bytes = tv_file_read_new(whole, &n);
    tv_die_hook = on_die;
    CHECK(read_all(whole) == TV_DONE);
    test_cut(bytes, n);
    test_flipped(bytes, n);
    test_misplaced(bytes, n);
    test_claims();
    test_versions(bytes, n);
    free(bytes);
    return check_done();
}
