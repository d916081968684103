/* The stream: what is written is read back, whatever the dtype, the shape and the batching. */
#include "check.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/str.h"
#include "scratch.h"
#include <stdlib.h>
#include <unistd.h>

static struct tv_tensor *filled(const char *name, enum tv_dtype t, int rank, const int64_t *dim)
{
    struct tv_tensor *x = tv_tensor_new(name, t, rank, dim);
    for (int64_t i = 0; i < tv_tensor_count(x); i++) {
        if (t == TV_STR) {
            free(((char **)x->data)[i]);
            ((char **)x->data)[i] = tv_format_new("%s \xc3\xa9 %lld", i % 3 ? "row" : "", (long long)i);
        } else {
            double v = t == TV_BOOL ? i % 2 : (double)(i % 100);
            tv_convert((char *)x->data + (size_t)i * tv_dtype_size(t), t, &v, TV_F64, 1);
        }
    }
    return x;
}

static void check_equal(const struct tv_tensor *a, const struct tv_tensor *b)
{
    if (!CHECK(a && b)) return;
    CHECK_STR(a->name, b->name);
    CHECK(a->dtype == b->dtype && a->rank == b->rank);
    CHECK(!memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim));
    CHECK(a->attrs.n == b->attrs.n);
    for (size_t i = 0; i < a->attrs.n && i < b->attrs.n; i++)
        CHECK_STR(a->attrs.at[i].value, b->attrs.at[i].value);
    if (a->dtype != TV_STR) {
        CHECK(!memcmp(a->data, b->data, (size_t)tv_tensor_count(a) * tv_dtype_size(a->dtype)));
        return;
    }
    bool same = true;
    for (int64_t i = 0; i < tv_tensor_count(a); i++)
        same &= !strcmp(((char **)a->data)[i], ((char **)b->data)[i]);
    CHECK(same);
}

static void test_round_trip(int level)
{
    static const struct {
        int rank;
        int64_t dim[4];
    } shapes[] = {{0, {0}}, {1, {0}}, {1, {7}}, {2, {3, 0}}, {2, {0, 5}}, {4, {2, 3, 4, 5}}, {2, {300, 40}}};
    struct tv_set want = {0}, got;
    const char *path = scratch("all.tv");
    struct tv_writer *w = tv_writer_open(path);
    if (level) tv_writer_compress(w, level);
    tv_writer_meta(w, "classes", "a\nb");
    for (int t = 1; t < TV_DTYPE_END; t++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            const char *name = tv_msg("%s/%zu", tv_dtype_name((enum tv_dtype)t), i);
            struct tv_tensor *x =
                tv_set_add(&want, filled(name, (enum tv_dtype)t, shapes[i].rank, shapes[i].dim));
            tv_attrs_setf(&x->attrs, "number", "%zu", i);
            tv_writer_put(w, x);
        }
    tv_writer_close(w);
    tv_set_read(&got, path, NULL);
    CHECK(got.n == want.n);
    CHECK_STR(tv_attrs_get(&got.meta, "classes"), "a\nb");
    CHECK(tv_attrs_get(&got.meta, "history") != NULL);
    for (size_t i = 0; i < want.n; i++) check_equal(want.at[i], tv_set_find(&got, want.at[i]->name));
    for (size_t i = 0; i < got.n && !level; i++) /* used in the mapping, at a boundary that vectors like */
        if (got.at[i]->dtype != TV_STR && tv_tensor_count(got.at[i]))
            CHECK(got.at[i]->borrowed && (uintptr_t)got.at[i]->data % 64 == 0);
    tv_set_release(&want);
    tv_set_release(&got);
}

/* One group of three tensors of unknown length, brought `batch` rows at a time; META in the middle. */
static void write_batched(const char *path, int64_t n, int64_t batch, bool known)
{
    int64_t da[2] = {known ? n : -1, 900}, db[1] = {known ? n : -1}, one[1] = {4};
    struct tv_tensor *a = filled("a", TV_F32, 2, (int64_t[]){n, 900}),
                     *b = filled("b", TV_I32, 1, (int64_t[]){n}), *c = filled("c", TV_STR, 1, (int64_t[]){n});
    struct tv_writer *w = tv_writer_open(path);
    int ia = tv_writer_begin(w, "a", TV_F32, 2, da, NULL), ib = tv_writer_begin(w, "b", TV_I32, 1, db, NULL);
    tv_writer_array(w, "early", TV_F32, 1, one, (float[]){1, 2, 3, 4}, NULL);
    int ic = tv_writer_begin(w, "c", TV_STR, 1, db, NULL);
    for (int64_t i = 0; i < n; i += batch) {
        int64_t m = n - i < batch ? n - i : batch;
        tv_writer_rows(w, ia, m, (float *)a->data + i * 900);
        tv_writer_rows(w, ib, m, (int32_t *)b->data + i);
        tv_writer_rows(w, ic, m, (char **)c->data + i);
        if (i == 0) tv_writer_meta(w, "model", "m.onnx");
    }
    tv_writer_array(w, "late", TV_F32, 1, one, (float[]){1, 2, 3, 4}, NULL);
    tv_writer_close(w);
    tv_tensor_free(a);
    tv_tensor_free(b);
    tv_tensor_free(c);
}

static void test_batching(void)
{
    enum { N = 1003 };
    for (int known = 0; known < 2; known++) {
        write_batched(scratch("whole.tv"), N, N, known);
        uint32_t crc = tv_file_crc(scratch("whole.tv"));
        for (int64_t batch = 1; batch < N; batch = batch * 3 + 1) {
            write_batched(scratch("batch.tv"), N, batch, known);
            CHECK(tv_file_crc(scratch("batch.tv")) == crc);
        }
        struct tv_set s;
        tv_set_read(&s, scratch("whole.tv"), NULL);
        struct tv_tensor *a = filled("a", TV_F32, 2, (int64_t[]){N, 900}),
                         *c = filled("c", TV_STR, 1, (int64_t[]){N});
        check_equal(tv_set_find(&s, "a"), a);
        check_equal(tv_set_find(&s, "c"), c);
        CHECK(s.n == 5);
        tv_tensor_free(a);
        tv_tensor_free(c);
        tv_set_release(&s);
    }
}

static void test_globs_and_events(void)
{
    struct tv_set s;
    tv_set_read(&s, scratch("whole.tv"), (const char *const[]){"?", NULL});
    CHECK(s.n == 3 && !tv_set_find(&s, "late"));
    tv_set_release(&s);
    struct tv_reader *r = tv_reader_open(scratch("batch.tv"));
    struct tv_record rec;
    int64_t rows[5] = {0};
    bool in_order = true;
    while (tv_reader_next(r, &rec) != TV_EV_END) {
        if (rec.event != TV_EV_ROWS) continue;
        in_order &= rec.row0 == rows[rec.id];
        rows[rec.id] += rec.rows;
    }
    CHECK(in_order && rows[1] == 1003);
    CHECK(tv_reader_next(r, &rec) == TV_EV_END);
    tv_reader_close(r);
}

int main(void)
{
    test_round_trip(0);
    test_round_trip(6);
    test_batching();
    test_globs_and_events();
    return check_done();
}
