/* Conversions between dtypes, attributes, shapes. */
#include "check.h"
#include "core/str.h"
#include "core/tensor.h"
#include <stdlib.h>

static double through(enum tv_dtype t, double v)
{
    uint64_t room = 0;
    tv_convert(&room, t, &v, TV_F64, 1);
    tv_convert(&v, TV_F64, &room, t, 1);
    return v;
}

/* Every bit pattern of a 16-bit float survives the way to double and back; neighbours round to the nearer
 * one. */
static void test_narrow(enum tv_dtype t, unsigned infinity)
{
    int wrong = 0, between = 0;
    for (unsigned bits = 0; bits < 0x10000; bits++) {
        uint16_t h = (uint16_t)bits, back;
        double v;
        tv_convert(&v, TV_F64, &h, t, 1);
        tv_convert(&back, t, &v, TV_F64, 1);
        if (isnan(v))
            wrong += (back & infinity) != infinity || back == infinity;
        else
            wrong += back != h;
        if ((bits & 0x7fff) + 1 >= infinity) continue;
        uint16_t next = (uint16_t)(h + 1);
        double w, half;
        tv_convert(&w, TV_F64, &next, t, 1);
        half = v + (w - v) / 2; /* exact; goes to the even one */
        tv_convert(&back, t, &half, TV_F64, 1);
        between += back != (h & 1 ? next : h);
        half = nextafter(half, w);
        tv_convert(&back, t, &half, TV_F64, 1);
        between += back != next;
    }
    CHECK(wrong == 0);
    CHECK(between == 0);
    CHECK(through(t, INFINITY) == INFINITY && through(t, 1e300) == INFINITY &&
          through(t, -1e300) == -INFINITY);
}

static void test_saturation(void)
{
    CHECK(through(TV_U8, 300) == 255 && through(TV_U8, -3) == 0 && through(TV_U8, 2.5) == 2);
    CHECK(through(TV_I8, -300) == -128 && through(TV_I16, 1e9) == 32767 &&
          through(TV_U32, 1e20) == 4294967295.0);
    CHECK(through(TV_I64, 1e30) == 0x1p63 && through(TV_U64, 1e30) == 0x1p64 && through(TV_U64, -1) == 0);
    CHECK(through(TV_I32, NAN) == 0 && through(TV_BOOL, 0.25) == 1);
    uint64_t big = UINT64_MAX;
    int64_t i;
    float f;
    tv_convert(&i, TV_I64, &big, TV_U64, 1);
    tv_convert(&f, TV_F32, &big, TV_U64, 1);
    CHECK(i == INT64_MAX && f == 0x1p64f);
    i = INT64_MAX - 1; /* exact where no float is between */
    tv_convert(&big, TV_U64, &i, TV_I64, 1);
    CHECK(big == INT64_MAX - 1);
    i = -7;
    tv_convert(&big, TV_U64, &i, TV_I64, 1);
    CHECK(big == 0);
}

static void test_blocks(void)
{
    enum { N = 5000 };
    static int16_t from[N];
    static float to[N];
    int wrong = 0;
    for (int i = 0; i < N; i++) from[i] = (int16_t)(i * 7 - 9000);
    tv_convert(to, TV_F32, from, TV_I16, N);
    for (int i = 0; i < N; i++) wrong += to[i] != (float)from[i];
    CHECK(wrong == 0);
}

static void test_tensors(void)
{
    struct tv_tensor *t = tv_tensor_new("x", TV_F32, 3, (int64_t[]){2, 3, 4});
    CHECK(tv_tensor_count(t) == 24 && tv_tensor_row(t) == 12 && (uintptr_t)t->data % 64 == 0);
    CHECK_STR(tv_tensor_text(t), "f32 [2,3,4]");
    ((float *)t->data)[23] = 2.5f;
    CHECK(tv_tensor_get(t, 23) == 2.5 && tv_tensor_get(t, 0) == 0);
    tv_attrs_set(&t->attrs, "a", "1");
    tv_attrs_setf(&t->attrs, "b", "%d", 2);
    tv_attrs_set(&t->attrs, "a", "3");
    CHECK(t->attrs.n == 2);
    CHECK_STR(tv_attrs_get(&t->attrs, "a"), "3");
    tv_attrs_remove(&t->attrs, "a");
    CHECK(!tv_attrs_get(&t->attrs, "a") && t->attrs.n == 1);
    tv_tensor_free(t);
    t = tv_tensor_new("s", TV_STR, 1, (int64_t[]){2});
    CHECK_STR(((char **)t->data)[1], "");
    CHECK(isnan(tv_tensor_get(t, 0)));
    t->dim[0] = -1;
    CHECK_STR(tv_tensor_text(t), "str [?]");
    t->dim[0] = 2;
    tv_tensor_free(t);
    for (int d = 1; d < TV_DTYPE_END; d++) CHECK((int)tv_dtype_parse(tv_dtype_name((enum tv_dtype)d)) == d);
    CHECK(tv_dtype_parse("f8") == 0);
}

int main(void)
{
    test_narrow(TV_F16, 0x7c00);
    test_narrow(TV_BF16, 0x7f80);
    test_saturation();
    test_blocks();
    test_tensors();
    return check_done();
}
