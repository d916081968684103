/* .npy and .npz: arrays as NumPy writes them, byte by byte; what is written is read back; damage is refused.
 */
#include "check.h"
#include "scratch.h"
#include "core/mem.h"
#include "core/npy.h"
#include "core/str.h"
#include "core/zip.h"
#include <stdlib.h>
#include <zlib.h>

/* An .npy of the given version. */
static struct tv_str array(int version, const char *dict, const void *data, size_t n)
{
    struct tv_str b = {0};
    size_t len = strlen(dict) + 1;
    tv_str_put(&b, "\x93NUMPY", 6);
    tv_str_put(&b, (char[]){(char)version, 0, (char)len, (char)(len >> 8), 0, 0}, version == 1 ? 4 : 6);
    tv_str_add(&b, "%s\n", dict);
    tv_str_put(&b, data, n);
    return b;
}

/* The array parsed, or the message in *wrong. */
static struct tv_tensor *parsed(struct tv_set *s, int version, const char *dict, const void *data, size_t n,
                                const char **wrong)
{
    struct tv_str b = array(version, dict, data, n);
    *s = (struct tv_set){0};
    *wrong = tv_npy_parse(s, b.s, b.len, "a");
    tv_str_release(&b);
    return *wrong ? NULL : s->at[0];
}

static void test_orders(void)
{
    struct tv_set s;
    const char *wrong;
    const int16_t little[6] = {1, 2, 3, 4, 5, 6};
    const uint8_t big[4] = {0x3f, 0x80, 0, 0}; /* 1.0f */
    struct tv_tensor *t;
    for (int version = 1; version <= 3; version++) {
        t = parsed(&s, version, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", little, 12,
                   &wrong);
        CHECK(t && t->dtype == TV_I16 && t->rank == 2 && t->dim[1] == 3 && tv_tensor_get(t, 1) == 2);
        tv_set_release(&s);
    }
    t = parsed(&s, 1, "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", little, 12, &wrong);
    CHECK(t && tv_tensor_get(t, 0) == 1 && tv_tensor_get(t, 1) == 3 && tv_tensor_get(t, 3) == 2);
    tv_set_release(&s);
    t = parsed(&s, 1, "{'descr': '>f4', 'fortran_order': False, 'shape': (), }", big, 4, &wrong);
    CHECK(t && t->rank == 0 && tv_tensor_get(t, 0) == 1);
    tv_set_release(&s);
    t = parsed(&s, 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (0, 5), }", "", 0, &wrong);
    CHECK(t && t->dtype == TV_BOOL && t->dim[1] == 5);
    tv_set_release(&s);
    t = parsed(&s, 1, "{'descr': '|S3', 'fortran_order': False, 'shape': (2,), }", "ab\0xyz", 6, &wrong);
    CHECK(t && t->dtype == TV_STR);
    if (t) CHECK_STR(((char **)t->data)[0], "ab");
    if (t) CHECK_STR(((char **)t->data)[1], "xyz");
    tv_set_release(&s);
    t = parsed(&s, 1, "{'descr': '>U2', 'fortran_order': False, 'shape': (1,), }", "\0\0\0\xe9\0\1\xf6\0", 8,
               &wrong);
    CHECK(t != NULL);
    if (t) CHECK_STR(((char **)t->data)[0], "\xc3\xa9\xf0\x9f\x98\x80");
    tv_set_release(&s);
}

static void test_refused(void)
{
    static const struct {
        const char *dict, *want;
    } cases[] = {
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "dtype"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "plain dtype"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "dtype"},
        {"{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", "dtype"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99,), }", "truncated"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 8), }", "overflows"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 8), }", "overflows"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 0), }", "nothing"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1", "shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", "dimensions"},
        {"{'descr': '<f4', 'shape': (1,), }", "fortran_order"},
        {"{'descr': '<U0', 'fortran_order': False, 'shape': (9999999999,), }", "no size"},
        {"{'descr': '<U1', 'fortran_order': False, 'shape': (2,), }", "Unicode"},
    };
    struct tv_set s;
    const char *wrong;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parsed(&s, 1, cases[i].dict, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, &wrong);
        if (!CHECK(wrong && strstr(wrong, cases[i].want)))
            printf("    %s: %s\n", cases[i].dict, wrong ? wrong : "read");
        tv_set_release(&s);
    }
}

static void test_archive(void)
{
    const char *path = scratch("set.npz");
    struct tv_set want = {0}, got;
    for (int t = 1; t < TV_DTYPE_END; t++) {
        struct tv_tensor *x = tv_set_add(
            &want, tv_tensor_new(tv_dtype_name((enum tv_dtype)t), (enum tv_dtype)t, 2, (int64_t[]){3, 4}));
        for (int64_t i = 0; i < 12 && t != TV_STR; i++)
            tv_convert((char *)x->data + (size_t)i * tv_dtype_size(x->dtype), x->dtype,
                       &(double){(double)(i % 2)}, TV_F64, 1);
        for (int64_t i = 0; i < 12 && t == TV_STR; i++) {
            free(((char **)x->data)[i]);
            ((char **)x->data)[i] = tv_format_new("\xe2\x82\xac%lld", (long long)i);
        }
    }
    CHECK(tv_npz_write(path, &want) == NULL);
    tv_set_read(&got, path, NULL);
    CHECK(got.n == want.n);
    for (size_t i = 0; i < got.n && i < want.n; i++) {
        int wrong = 0;
        for (int64_t k = 0; k < 12; k++) {
            if (want.at[i]->dtype == TV_STR)
                wrong += strcmp(((char **)want.at[i]->data)[k], ((char **)got.at[i]->data)[k]) != 0;
            else
                wrong += tv_tensor_get(want.at[i], k) != tv_tensor_get(got.at[i], k);
        }
        CHECK_STR(got.at[i]->name, want.at[i]->name);
        CHECK(wrong == 0 && (got.at[i]->dtype == want.at[i]->dtype || want.at[i]->dtype == TV_BF16));
    }
    tv_set_release(&want);
    tv_set_release(&got);
}

/* A ZIP file with one deflated member, as numpy.savez_compressed writes it, its directory's `raw` size as
 * given. */
static struct tv_str deflated(uint32_t raw)
{
    struct tv_str npy = array(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1000,), }",
                              (char[1000]){0}, 1000),
                  b = {0};
    uint8_t packed[256];
    z_stream z = {
        .next_in = (Bytef *)npy.s, .avail_in = (uInt)npy.len, .next_out = packed, .avail_out = sizeof packed};
    deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    uint32_t crc = (uint32_t)crc32(0, (Bytef *)npy.s, (uInt)npy.len), stored = (uint32_t)z.total_out;
    uint32_t sizes[3] = {crc, stored, raw ? raw : (uint32_t)npy.len}, at = 0;
    tv_str_put(&b, "PK\3\4\24\0\0\0\10\0\0\0\0\0", 14);
    tv_str_put(&b, sizes, 12);
    tv_str_put(&b, "\5\0\0\0x.npy", 9);
    tv_str_put(&b, packed, stored);
    uint32_t directory = (uint32_t)b.len;
    tv_str_put(&b, "PK\1\2\24\0\24\0\0\0\10\0\0\0\0\0", 16);
    tv_str_put(&b, sizes, 12);
    tv_str_put(&b, "\5\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
    tv_str_put(&b, &at, 4);
    tv_str_put(&b, "x.npy", 5);
    uint32_t size = (uint32_t)b.len - directory;
    tv_str_put(&b, "PK\5\6\0\0\0\0\1\0\1\0", 12);
    tv_str_put(&b, &size, 4);
    tv_str_put(&b, &directory, 4);
    tv_str_put(&b, "\0\0", 2);
    tv_str_release(&npy);
    return b;
}

static void test_zip(void)
{
    struct tv_set s = {0};
    struct tv_str b = deflated(0);
    CHECK(tv_npy_parse(&s, b.s, b.len, "x") == NULL && s.n == 1 && s.at[0]->dim[0] == 1000);
    tv_set_release(&s);
    int wrong = 0;
    for (size_t i = 0; i < b.len;
         i++) { /* from memory of just that size, so that reading on would be noticed */
        char *part = memcpy(tv_alloc(i, 1), b.s, i);
        wrong += tv_npy_parse(&s, part, i, "x") == NULL;
        tv_set_release(&s);
        free(part);
    }
    CHECK(wrong == 0);
    tv_str_release(&b);
    b = deflated(1u << 30);
    const char *m = tv_npy_parse(&s, b.s, b.len, "x");
    CHECK(m && strstr(m, "impossible"));
    tv_str_release(&b);
    tv_set_release(&s);
}

/* An offset of 64 bits that points before the archive when it is added to an address. */
static void test_zip_offset(void)
{
    struct tv_set s = {0};
    struct tv_str b = deflated(0), c = {0};
    const char *end = memmem(b.s, b.len, "PK\5\6", 4), *directory = memmem(b.s, b.len, "PK\1\2", 4);
    if (!CHECK(end && directory)) return;
    memset(b.s + (directory - b.s) + 42, 0xff, 4); /* offset of the member: in the extra field */
    b.s[directory - b.s + 30] = 12;
    tv_str_put(&c, b.s, (size_t)(end - b.s));
    tv_str_put(&c, "\1\0\10\0\xf0\xff\xff\xff\xff\xff\xff\xff", 12);
    tv_str_put(&c, end, 22);
    const char *m = tv_npy_parse(&s, c.s, c.len, "x");
    CHECK(m && strstr(m, "damaged"));
    tv_str_release(&b);
    tv_str_release(&c);
    tv_set_release(&s);
}

int main(void)
{
    test_zip_offset();
    test_orders();
    test_refused();
    test_archive();
    test_zip();
    return check_done();
}
