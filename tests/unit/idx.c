/* IDX, plain and gzipped: every type, rows in steps, truncation at every byte, headers that lie. */
#include "check.h"
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>
#include "data/idx.h"
#include "scratch.h"

/* f32 [3,2]: 1, -2, 0.5, 4, 8, 16. */
static const uint8_t floats[] = {0,    0,    0x0d, 2, 0,    0, 0, 3, 0,    0,    0, 2,
                                 0x3f, 0x80, 0,    0, 0xc0, 0, 0, 0, 0x3f, 0,    0, 0,
                                 0x40, 0x80, 0,    0, 0x41, 0, 0, 0, 0x41, 0x80, 0, 0};

static const char *gzip(const char *name, const void *bytes, size_t n)
{
    gzFile f = gzopen(scratch(name), "wb");
    if (gzwrite(f, bytes, (unsigned)n) != (int)n || gzclose(f) != Z_OK) abort();
    return scratch(name);
}

static const char *read_tensor(const char *name, struct tv_tensor **t)
{
    struct tv_bytes *b;
    const char *msg = tv_bytes_open(&b, scratch(name));
    *t = NULL;
    if (!msg) msg = tv_idx_tensor_new(t, b, "x");
    tv_bytes_close(b);
    return msg;
}

static void whole(void)
{
    struct tv_tensor *t;
    scratch_write("a.idx", floats, sizeof floats);
    gzip("a.gz", floats, sizeof floats);
    for (int gz = 0; gz < 2; gz++) {
        CHECK(!read_tensor(gz ? "a.gz" : "a.idx", &t));
        CHECK(t->dtype == TV_F32 && t->rank == 2 && t->dim[0] == 3 && t->dim[1] == 2);
        const float *v = t->data;
        CHECK(v[0] == 1 && v[1] == -2 && v[2] == 0.5f && v[5] == 16);
        tv_tensor_free(t);
    }
    const uint8_t ints[] = {0, 0, 0x0c, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0};
    scratch_write("i.idx", ints, sizeof ints);
    CHECK(!read_tensor("i.idx", &t));
    CHECK(t->dtype == TV_I32 && ((int32_t *)t->data)[0] == -2 && ((int32_t *)t->data)[1] == 65536);
    tv_tensor_free(t);
}

static void in_steps(void)
{
    struct tv_bytes *b;
    struct tv_idx x;
    float v[4];
    uint32_t crc;
    CHECK(!tv_bytes_open(&b, gzip("a.gz", floats, sizeof floats)));
    CHECK(!tv_idx_header(&x, b));
    CHECK(!tv_idx_rows(&x, b, 1, NULL)); /* past the first */
    CHECK(!tv_idx_rows(&x, b, 2, v));
    CHECK(v[0] == 0.5f && v[3] == 16 && x.done == 3);
    CHECK(!tv_idx_end(&x, b));
    CHECK(!tv_bytes_crc(b, &crc));
    tv_bytes_close(b);
    uint8_t raw[256];
    FILE *f = fopen(scratch("a.gz"), "rb");
    size_t n = fread(raw, 1, sizeof raw, f);
    fclose(f);
    CHECK(crc == (uint32_t)crc32(0, raw, (uInt)n));
}

static void truncated(void)
{
    struct tv_tensor *t;
    uint8_t packed[256];
    int accepted = 0;
    for (size_t n = 0; n < sizeof floats; n++) {
        scratch_write("cut.idx", floats, n);
        accepted += read_tensor("cut.idx", &t) == NULL;
        gzip("cut.gz", floats, n);
        accepted += read_tensor("cut.gz", &t) == NULL;
    }
    CHECK(accepted == 0);
    gzip("a.gz", floats, sizeof floats);
    FILE *f = fopen(scratch("a.gz"), "rb");
    size_t size = fread(packed, 1, sizeof packed, f);
    fclose(f);
    for (size_t n = 0; n < size; n++) { /* the gzip file itself is cut: its end is checked, too */
        scratch_write("cut.gz", packed, n);
        struct tv_bytes *b;
        void *bytes;
        size_t got;
        const char *msg = tv_bytes_open(&b, scratch("cut.gz"));
        if (!msg && !(msg = tv_bytes_rest_new(b, 1 << 20, &bytes, &got))) {
            accepted += n >= 2;
            free(bytes);
        }
        tv_bytes_close(b);
    }
    CHECK(accepted == 0);
}

static void lies(void)
{
    struct tv_tensor *t;
    uint8_t more[sizeof floats + 1];
    memcpy(more, floats, sizeof floats);
    more[sizeof floats] = 0;
    scratch_write("more.idx", more, sizeof more);
    CHECK(read_tensor("more.idx", &t) != NULL);
    const uint8_t huge[] = {0,    0,    0x08, 4,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,    0,    3};
    scratch_write("huge.idx", huge, sizeof huge);
    const char *msg = read_tensor("huge.idx", &t);
    CHECK(msg && (strstr(msg, "beyond any file") || strstr(msg, "truncated")));
    const uint8_t not [] = {0, 0, 0x0a, 1, 0, 0, 0, 0};
    scratch_write("not.idx", not, sizeof not );
    CHECK(read_tensor("not.idx", &t) != NULL);
    const uint8_t none[] = {0, 0, 0x08, 1, 0, 0, 0, 0};
    scratch_write("none.idx", none, sizeof none);
    CHECK(!read_tensor("none.idx", &t) && t->dim[0] == 0);
    tv_tensor_free(t);
}

/* A gzip bomb: what it unpacks to is read in steps, and refused beyond what the header wants. */
static void bomb(void)
{
    static uint8_t zeros[4 << 20];
    struct tv_tensor *t;
    memcpy(zeros, (const uint8_t[]){0, 0, 0x08, 1, 0, 0, 0, 10}, 8);
    gzip("bomb.gz", zeros, sizeof zeros);
    const char *msg = read_tensor("bomb.gz", &t);
    CHECK(msg && strstr(msg, "larger than 10 bytes"));
}

int main(void)
{
    whole();
    in_steps();
    truncated();
    lies();
    bomb();
    return check_done();
}
