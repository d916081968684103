/* Iteration over data sets: values, layouts, carrying, shards, classes, loading, and what does not fit
 * together. */
#include "check.h"
#include <setjmp.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/npy.h"
#include "data/dataset.h"
#include "scratch.h"

enum { N = 23, H = 3, W = 4 };
static uint8_t px[N][H][W][3];
static int32_t label[N];
static char *path[N], *domain[N];

static void make_data(void)
{
    for (int i = 0; i < N * H * W * 3; i++) (&px[0][0][0][0])[i] = (uint8_t)(i * 7 + i / 100);
    for (int i = 0; i < N; i++) {
        label[i] = i % 5 - 1; /* -1: unknown */
        path[i] = tv_alloc(16, 1);
        snprintf(path[i], 16, "p%d", i);
        domain[i] = i % 2 ? "target" : "source";
    }
}

/* Writes the first n images, rows interleaved `step` at a time; labels stop `fewer` rows early. */
static const char *write_dataset(const char *name, int n, bool unknown, int step, int fewer)
{
    struct tv_attrs attrs = {0};
    int64_t dim[4] = {unknown ? -1 : n, H, W, 3}, labels = unknown ? -1 : n - fewer;
    tv_attrs_set(&attrs, "scale", "0.5");
    tv_attrs_set(&attrs, "mean", "1,2,3");
    tv_attrs_set(&attrs, "std", "4");
    tv_attrs_set(&attrs, "order", "bgr");
    struct tv_writer *w = tv_writer_open(scratch(name));
    tv_writer_meta(w, "classes", "ant\nbee\ncat\ndog");
    int image = tv_writer_begin(w, "image", TV_U8, 4, dim, &attrs),
        l = tv_writer_begin(w, "label", TV_I32, 1, &labels, NULL);
    int d = tv_writer_begin(w, "domain", TV_STR, 1, dim, NULL),
        p = tv_writer_begin(w, "path", TV_STR, 1, dim, NULL);
    for (int i = 0; i < n; i += step) {
        int k = n - i < step ? n - i : step, kl = n - fewer - i < k ? n - fewer - i : k;
        tv_writer_rows(w, image, k, px[i]);
        if (kl > 0) tv_writer_rows(w, l, kl, label + i);
        tv_writer_rows(w, d, k, domain + i);
        tv_writer_rows(w, p, k, path + i);
    }
    tv_writer_close(w);
    tv_attrs_release(&attrs);
    return scratch(name);
}

/* What channel k of the model's input should be: bgr swapped, then (x*0.5 - mean)/4. */
static float want(int i, int k, int y, int x) { return (float)((px[i][y][x][2 - k] * 0.5 - (k + 1)) / 4); }

static int batch_is_right(const float *v, const struct tv_batch *b, enum tv_layout layout)
{
    int wrong = 0;
    for (int64_t j = 0; j < b->n; j++) {
        int i = (int)b->row[j];
        for (int k = 0; k < 3; k++)
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++) {
                    int64_t at =
                        layout == TV_NCHW ? ((j * 3 + k) * H + y) * W + x : ((j * H + y) * W + x) * 3 + k;
                    wrong += v[at] != want(i, k, y, x);
                }
        wrong += b->label[j] != label[i] || strcmp(b->path[j], path[i]) || strcmp(b->domain[j], domain[i]);
    }
    return !wrong;
}

/* Goes through; the rows met are counted in seen[]. */
static void iterate(struct tv_dataset *d, int64_t max, int *seen)
{
    static float v[N * H * W * 3];
    static uint8_t rgb[N][H][W][3];
    struct tv_batch b;
    int wrong = 0, short_batches = 0;
    memset(seen, 0, N * sizeof *seen);
    while (!tv_dataset_next(d, max, v, &b) && b.n > 0) {
        wrong += !batch_is_right(v, &b, d->layout);
        tv_dataset_pixels(d, v, b.n, &rgb[0][0][0][0]);
        for (int64_t j = 0; j < b.n; j++) wrong += memcmp(rgb[j], px[b.row[j]], sizeof rgb[j]) != 0;
        short_batches += b.n < max;
        for (int64_t j = 0; j < b.n; j++) seen[b.row[j]]++;
    }
    CHECK(wrong == 0);
    CHECK(short_batches <= 1); /* the last only */
}

static int all_once(const int *seen, int from, int to)
{
    int wrong = 0;
    for (int i = 0; i < N; i++) wrong += seen[i] != (i >= from && i < to);
    return !wrong;
}

static void plain(void)
{
    int seen[N];
    for (int unknown = 0; unknown < 2; unknown++)
        for (int max = 1; max <= N + 1; max += 6) {
            struct tv_dataset d;
            CHECK(!tv_dataset_open(&d, write_dataset("a.tv", N, unknown, 5, 0)));
            CHECK(d.c == 3 && d.h == H && d.w == W && d.labelled && d.classes == 4);
            CHECK(unknown ? d.n == -1 : d.n == N);
            d.layout = max % 4 == 1 ? TV_NHWC : TV_NCHW;
            iterate(&d, max, seen);
            CHECK(all_once(seen, 0, N));
            CHECK_NEAR(tv_dataset_value(&d, 0, 0), -0.25, 0);
            tv_dataset_close(&d);
        }
}

static void shards(void)
{
    int seen[N], sum = 0;
    for (int i = 0; i < 4; i++) {
        struct tv_dataset d;
        CHECK(!tv_dataset_open(&d, write_dataset("a.tv", N, false, 7, 0)));
        CHECK(!tv_dataset_shard(&d, i, 4));
        CHECK(d.n == N * (i + 1) / 4 - N * i / 4);
        iterate(&d, 3, seen);
        CHECK(all_once(seen, N * i / 4, N * (i + 1) / 4));
        sum += (int)d.n;
        tv_dataset_close(&d);
    }
    CHECK(sum == N);
    struct tv_dataset d;
    CHECK(!tv_dataset_open(&d, write_dataset("u.tv", N, true, 7, 0)));
    CHECK(tv_dataset_shard(&d, 0, 2) != NULL || d.n >= 0);
    tv_dataset_close(&d);
}

static void classes(void)
{
    int seen[N];
    struct tv_dataset d;
    CHECK(!tv_dataset_open(&d, write_dataset("a.tv", N, false, 4, 0)));
    CHECK(tv_dataset_class(&d, "cat") == 2 && tv_dataset_class(&d, "3") == 3 &&
          tv_dataset_class(&d, "4") == -1);
    const char *msg = tv_dataset_only(&d, "bee,cta");
    CHECK(msg && strstr(msg, "did you mean cat?"));
    tv_dataset_close(&d);
    CHECK(!tv_dataset_open(&d, write_dataset("a.tv", N, false, 4, 0)));
    CHECK(!tv_dataset_only(&d, "bee,3"));
    iterate(&d, 4, seen);
    int wrong = 0;
    for (int i = 0; i < N; i++) wrong += seen[i] != (label[i] == 1 || label[i] == 3);
    CHECK(wrong == 0);
    tv_dataset_close(&d);
}

static void loading(void)
{
    int seen[N];
    float v[2 * H * W * 3];
    uint8_t rgb[H * W * 3];
    struct tv_dataset d;
    CHECK(!tv_dataset_open(&d, write_dataset("a.tv", N, true, 4, 0)));
    CHECK(!tv_dataset_only(&d, "0,2"));
    CHECK(!tv_dataset_load(&d));
    struct tv_batch all = tv_dataset_all(&d);
    CHECK(all.n == d.n && d.n == 9);
    const int64_t index[2] = {7, 2};
    tv_dataset_gather(&d, index, 2, v);
    struct tv_batch two = {2, (int64_t[]){all.row[7], all.row[2]}, (int32_t[]){all.label[7], all.label[2]},
                           (char *[]){all.domain[7], all.domain[2]}, (char *[]){all.path[7], all.path[2]}};
    CHECK(batch_is_right(v, &two, TV_NCHW));
    tv_dataset_rgb(&d, 7, rgb);
    CHECK(!memcmp(rgb, px[all.row[7]], sizeof rgb));
    for (int pass = 0; pass < 2; pass++) {
        iterate(&d, 4, seen);
        int wrong = 0;
        for (int i = 0; i < N; i++) wrong += seen[i] != (label[i] == 0 || label[i] == 2);
        CHECK(wrong == 0);
        tv_dataset_rewind(&d);
    }
    tv_dataset_close(&d);
}

static void carrying(void)
{
    struct tv_dataset d;
    struct tv_batch b;
    CHECK(!tv_dataset_open(&d, write_dataset("a.tv", N, false, 4, 0)));
    CHECK(!tv_dataset_shard(&d, 1, 2));
    struct tv_writer *w = tv_writer_open(scratch("carried.tv"));
    tv_dataset_carry_begin(&d, w);
    while (!tv_dataset_next(&d, 5, NULL, &b) && b.n > 0) tv_dataset_carry(&d, w);
    tv_writer_close(w);
    tv_dataset_close(&d);
    struct tv_set s = {0};
    tv_set_read(&s, scratch("carried.tv"), NULL);
    CHECK_STR(tv_attrs_get(&s.meta, "classes"), "ant\nbee\ncat\ndog");
    CHECK_STR(tv_attrs_get(&s.meta, "shard"), "1/2");
    CHECK(s.n == 3);
    const struct tv_tensor *l = tv_set_want(&s, "label", 1), *p = tv_set_want(&s, "path", 1);
    CHECK(l->dim[0] == N - N / 2 && p->dim[0] == N - N / 2);
    CHECK(((int32_t *)l->data)[3] == label[N / 2 + 3]);
    CHECK_STR(((char **)p->data)[3], path[N / 2 + 3]);
    tv_set_release(&s);
}

/* NPZ: labels after the images, 64-bit; floats [N,C,H,W] pass as they are. */
static void archive(void)
{
    struct tv_set s = {0};
    const int64_t dim[4] = {N, 2, H, W}, n = N;
    struct tv_tensor *image = tv_tensor_new("image", TV_F64, 4, dim),
                     *l = tv_tensor_new("label", TV_I64, 1, &n);
    for (int i = 0; i < N * 2 * H * W; i++) ((double *)image->data)[i] = i * 0.25;
    for (int i = 0; i < N; i++) ((int64_t *)l->data)[i] = i;
    tv_set_add(&s, image);
    tv_set_add(&s, l);
    CHECK(!tv_npz_write(scratch("a.npz"), &s));
    tv_set_release(&s);
    struct tv_dataset d;
    struct tv_batch b;
    float v[4 * 2 * H * W];
    int64_t done = 0, wrong = 0;
    CHECK(!tv_dataset_open(&d, scratch("a.npz")));
    CHECK(d.n == N && d.c == 2 && d.labelled);
    while (!tv_dataset_next(&d, 4, v, &b) && b.n > 0) {
        for (int64_t j = 0; j < b.n; j++) wrong += b.label[j] != done + j;
        for (int64_t j = 0; j < b.n * 2 * H * W; j++) wrong += v[j] != (float)(done * 2 * H * W + j) * 0.25f;
        done += b.n;
    }
    CHECK(done == N && wrong == 0);
    CHECK(tv_dataset_fits(&d, 2, H, W) == NULL && tv_dataset_fits(&d, -1, H, -1) == NULL);
    const char *msg = tv_dataset_fits(&d, 3, 32, 32);
    CHECK(msg && strstr(msg, "3x32x32") && strstr(msg, "2x3x4"));
    tv_dataset_close(&d);
}

static jmp_buf away;
static void jump(enum tv_exit code, const char *message)
{
    (void)message;
    longjmp(away, (int)code);
}

static void mistakes(void)
{
    struct tv_dataset d;
    struct tv_batch b;
    const char *msg;
    CHECK(!tv_dataset_open(&d, write_dataset("a.tv", N, true, 5, 3))); /* labels are short */
    while (!(msg = tv_dataset_next(&d, 5, NULL, &b)) && b.n > 0)
        ;
    CHECK(msg && strstr(msg, "label"));
    tv_dataset_close(&d);
    struct tv_writer *w = tv_writer_open(scratch("other.tv"));
    const int64_t three[3] = {1, 2, 3};
    tv_writer_array(w, "attrib/conv1", TV_F32, 1, (int64_t[]){2}, (float[]){1, 2}, NULL);
    tv_writer_close(w);
    msg = tv_dataset_open(&d, scratch("other.tv"));
    CHECK(msg && strstr(msg, "attrib/conv1") && strstr(msg, "tv-import"));
    tv_dataset_close(&d);
    w = tv_writer_open(scratch("flat.tv"));
    tv_writer_array(w, "image", TV_F32, 3, three, (float[]){1, 2, 3, 4, 5, 6}, NULL);
    tv_writer_close(w);
    msg = tv_dataset_open(&d, scratch("flat.tv"));
    CHECK(msg && strstr(msg, "want u8 [N,H,W,C] or f32 [N,C,H,W], got f32 [1,2,3]"));
    tv_dataset_close(&d);
    tv_die_hook = jump;
    int code = setjmp(away);
    if (!code) (void)!tv_dataset_open(&d, scratch("absent.tv"));
    CHECK(code == TV_SYSTEM);
    tv_die_hook = NULL;
}

int main(void)
{
    make_data();
    plain();
    shards();
    classes();
    loading();
    carrying();
    archive();
    mistakes();
    return check_done();
}
