/* golden - judges streams against the independent reference values (golden/README.md); tests/ref/golden.sh
 * runs it.
 *
 *   golden logits GOLDEN MODEL DOMAIN infer.tv      logits and embedding to 1e-4 of their scale
 *   golden left GOLDEN MODEL DOMAIN attrib.tv       the left rule: relative L1, single values, layer by layer
 *   golden default GOLDEN MODEL attrib.tv           the default is at least as near to the converged run as
 *                                                   the left rule
 *   golden complete attrib-sum.tv baseline-infer.tv sums over every layer equal F(x) - F(b)
 *   golden links GOLDEN MODEL CLASS links.tv        link counts, but for ties
 *   golden accuracy GOLDEN eval.tv                  accuracies per epoch, equal to the count; the score
 *   golden u GOLDEN CLASS discrim.tv                SVM weights to 1e-3 of their norm
 *
 * With GOLDEN_IMAGES in the environment only the first so many of the golden images were run (logits, left,
 * default).
 */
#include "check.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/stream.h"
#include <stdlib.h>

static struct tv_set golden, ours;

static double *values(const struct tv_set *s, const char *name, int64_t *rows, int64_t *row)
{
    const struct tv_tensor *t = tv_set_want(s, name, -1);
    *rows = t->rank ? t->dim[0] : 1;
    *row = tv_tensor_row(t);
    return tv_tensor_f64_new(t);
}

/* Images of a golden array that are judged. */
static int64_t judged(int64_t rows)
{
    const char *text = getenv("GOLDEN_IMAGES");
    int64_t first;
    return text && tv_parse_int(text, &first) && first < rows ? first : rows;
}

static double largest(const double *x, int64_t n)
{
    double best = 0;
    for (int64_t i = 0; i < n; i++) best = fmax(best, fabs(x[i]));
    return best;
}

static double l1(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += fabs(a[i] - (b ? b[i] : 0));
    return sum;
}

static void judge_scale(const char *want, const char *name)
{
    int64_t rows, row, rows2, row2;
    double *a = values(&golden, want, &rows, &row), *b = values(&ours, name, &rows2, &row2), worst = 0;
    rows = judged(rows);
    if (CHECK(rows == rows2 && row == row2)) {
        for (int64_t i = 0; i < rows * row; i++) worst = fmax(worst, fabs(a[i] - b[i]));
        printf("%s: largest difference %.2e of %.3g\n", want, worst, largest(a, rows * row));
        CHECK_NEAR(worst, 0, 1e-4 * largest(a, rows * row));
    }
    free(a), free(b);
}

/* Calls `judge` for every golden array that starts with `prefix`, with the layer's name and ours. */
static void each_layer(const char *prefix,
                       void (*judge)(const char *want, const char *layer, const char *name))
{
    int found = 0;
    for (size_t i = 0; i < golden.n; i++) {
        const char *want = golden.at[i]->name;
        if (strncmp(want, prefix, strlen(prefix)) != 0) continue;
        char *name = tv_format_new("attrib/%s", want + strlen(prefix));
        judge(want, want + strlen(prefix), name);
        free(name);
        found++;
    }
    CHECK(found > 0);
}

static void judge_left(const char *want, const char *layer, const char *name)
{
    int64_t rows, row, rows2, row2, off = 0;
    double *a = values(&golden, want, &rows, &row), *b = values(&ours, name, &rows2, &row2), far = 0;
    rows = judged(rows);
    if (CHECK(rows == rows2 && row == row2)) {
        double peak = largest(a, rows * row), relative = l1(a, b, rows * row) / l1(a, NULL, rows * row);
        for (int64_t i = 0; i < rows; i++) {
            double worst = 0;
            for (int64_t j = 0; j < row; j++)
                worst = fmax(worst, fabs(a[i * row + j] - b[i * row + j]) / peak);
            off += worst > 1e-4;
            far = fmax(far, worst);
        }
        printf("%s: relative L1 %.2e, %lld of %lld images off, farthest %.2e\n", layer, relative,
               (long long)off, (long long)rows, far);
        CHECK(relative <= 1e-4);
        CHECK((double)off <= fmax(1, 0.05 * (double)rows)); /* a winner that flips moves an image */
        CHECK(far <= 1e-2);
    }
    free(a), free(b);
}

static const char *model;

static void judge_default(const char *want, const char *layer, const char *name)
{
    int64_t rows, row, all, row2, row3, rows2;
    char *left = tv_format_new("attrib_gl50|%s|target|%s", model, layer);
    double *ref = values(&golden, want, &rows, &row), *peer = values(&golden, left, &all, &row2),
           *b = values(&ours, name, &rows2, &row3), mine = 0, theirs = 0;
    rows = judged(rows);
    if (CHECK(rows <= rows2 && rows <= all && row == row2 && row == row3)) {
        for (int64_t i = 0; i < rows * row; i += row) {
            double size = l1(ref + i, NULL, row);
            if (size == 0) continue;
            mine += l1(ref + i, b + i, row) / size / (double)rows;
            theirs += l1(ref + i, peer + i, row) / size / (double)rows;
        }
        printf("%s: error %.4f, left rule's %.4f\n", layer, mine, theirs);
        CHECK(mine <= theirs + 1e-6); /* the last layer's is rounding in both */
    }
    free(ref), free(peer), free(b), free(left);
}

/* `golden` holds the logits at the baseline here. */
static void judge_complete(void)
{
    int64_t rows, k, one, classes;
    double *fx = values(&ours, "attrib.logit", &rows, &k), *fb = values(&golden, "logits", &one, &classes),
           *target = values(&ours, "attrib.target", &rows, &k);
    for (size_t t = 0; t < ours.n; t++) {
        if (strncmp(ours.at[t]->name, "attrib/", 7) != 0) continue;
        int64_t n, row;
        double *a = values(&ours, ours.at[t]->name, &n, &row), worst = 0;
        for (int64_t i = 0; i < n; i++) {
            double sum = 0, change = fx[i] - fb[(int64_t)target[i]];
            for (int64_t j = 0; j < row; j++) sum += a[i * row + j];
            worst = fmax(worst, fabs(sum - change) / fmax(1, fabs(change)));
        }
        printf("%s: completeness off by %.2e\n", ours.at[t]->name, worst);
        CHECK(worst <= 1e-4);
        free(a);
    }
    free(fx), free(fb), free(target);
}

static void judge_links(const char *class)
{
    char *prefix = tv_format_new("weights|%s|c%s|", model, class);
    for (size_t i = 0; i < golden.n; i++) {
        const char *want = golden.at[i]->name;
        if (strncmp(want, prefix, strlen(prefix)) != 0) continue;
        const char *pair = want + strlen(prefix), *dash = strchr(pair, '-');
        if (!dash) continue;
        char *name = tv_format_new("links/%s/%.*s..%s", class, (int)(dash - pair), pair, dash + 1);
        int64_t rows, row, rows2, row2;
        double *a = values(&golden, want, &rows, &row), *b = values(&ours, name, &rows2, &row2);
        if (CHECK(rows == rows2 && row == row2)) {
            double moved = l1(a, b, rows * row), counted = l1(a, NULL, rows * row);
            printf("%s: %g of %g counts differ\n", pair, moved, counted);
            CHECK(moved <= 1e-3 * counted);
        }
        free(a), free(b), free(name);
    }
    free(prefix);
}

static void judge_u(const char *class)
{
    char *want = tv_format_new("discrim|c%s|u", class), *name = tv_format_new("discrim/%s/u", class);
    int64_t n, n2, row;
    double *a = values(&golden, want, &n, &row), *b = values(&ours, name, &n2, &row), off = 0, norm = 0;
    if (CHECK(n == n2)) {
        for (int64_t i = 0; i < n; i++) off += (a[i] - b[i]) * (a[i] - b[i]), norm += a[i] * a[i];
        printf("u of class %s: off by %.2e of its norm\n", class, sqrt(off / norm));
        CHECK(sqrt(off / norm) <= 1e-3);
    }
    free(a), free(b), free(want), free(name);
}

static void judge_accuracy(void)
{
    static const char *const roles[] = {"source-train", "target-train", "source-val", "target-val"};
    static const char *const models[] = {"source", "target"};
    for (int m = 0; m < 2; m++) {
        int64_t epochs, row;
        double *want = values(&golden, models[m], &epochs, &row);
        for (int r = 0; r < 4; r++) {
            char *name = tv_format_new("correct/%s/%s", models[m], roles[r]),
                 *all = tv_format_new("count/%s", roles[r]);
            int64_t n, one;
            double *correct = values(&ours, name, &n, &one), *count = values(&ours, all, &one, &one);
            for (int64_t e = 0; CHECK(n == epochs) && e < epochs; e++)
                CHECK_NEAR(correct[e], want[e * row + r] * count[0],
                           0.01); /* golden's quotients are single precision */
            free(correct), free(count), free(name), free(all);
        }
        free(want);
    }
    CHECK_NEAR(tv_tensor_get(tv_set_want(&ours, "score", 0), 0), 0.235, 1e-9);
}

int main(int argc, char **argv)
{
    if (argc < 4) return 2;
    const char *what = argv[1];
    tv_set_read(&golden, argv[strcmp(what, "complete") ? 2 : 3], NULL);
    tv_set_read(&ours, strcmp(what, "complete") ? argv[argc - 1] : argv[2], NULL);
    model = argv[3];
    if (!strcmp(what, "logits") && argc == 6) {
        char *logits = tv_format_new("logits|%s|%s", model, argv[4]),
             *embedding = tv_format_new("embedding|%s|%s", model, argv[4]);
        judge_scale(logits, "logits");
        judge_scale(embedding, "embedding");
        free(logits), free(embedding);
    } else if (!strcmp(what, "left") && argc == 6) {
        char *prefix = tv_format_new("attrib_gl50|%s|%s|", model, argv[4]);
        each_layer(prefix, judge_left);
        free(prefix);
    } else if (!strcmp(what, "default")) {
        char *prefix = tv_format_new("attrib_ref|%s|target|", model);
        each_layer(prefix, judge_default);
        free(prefix);
    } else if (!strcmp(what, "complete"))
        judge_complete();
    else if (!strcmp(what, "links"))
        judge_links(argv[4]);
    else if (!strcmp(what, "accuracy"))
        judge_accuracy();
    else if (!strcmp(what, "u"))
        judge_u(argv[3]);
    else
        CHECK(!"known judgement");
    tv_set_release(&golden);
    tv_set_release(&ours);
    return check_done();
}
