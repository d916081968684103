/* Weights, bias and axes of the domain classifier against liblinear's and NumPy's values for the same matrix.
 */
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "analysis/discrim.h"
#include "core/str.h"
#include "core/stream.h"

static struct tv_set golden;

static double *values_new(int class, const char *what, int64_t *n)
{
    char *name = tv_format_new("discrim|c%d|%s", class, what);
    const struct tv_tensor *t = tv_set_want(&golden, name, -1);
    *n = t->dim[0];
    free(name);
    return tv_tensor_f64_new(t);
}

static double norm(const double *x, const double *y, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (x[i] - (y ? y[i] : 0)) * (x[i] - (y ? y[i] : 0));
    return sqrt(sum);
}

static void test_class(int class)
{
    const struct tv_discrim_options o = {.cost = 1, .folds = 10};
    struct tv_discrim d;
    int64_t rows, n, one, source = 0;
    double *a = values_new(class, "A", &rows), *label = values_new(class, "label", &rows);
    double *u = values_new(class, "u", &n), *bias = values_new(class, "bias", &one),
           *pc1 = values_new(class, "pc1", &n);
    while (source < rows && label[source] == 0) source++; /* rows: source, then target */
    if (!CHECK(!tv_discrim_run(&d, a, source, rows - source, n, &o))) return;
    CHECK_NEAR(norm(d.u, u, n) / norm(u, NULL, n), 0, 1e-5);
    CHECK_NEAR(d.bias, bias[0], 1e-5);

    /* axes: u / |u|, and pc1 without its part along it */
    double along = 0, off[2] = {0}, rest = 0;
    for (int64_t j = 0; j < n; j++) along += pc1[j] * u[j] / norm(u, NULL, n);
    for (int64_t j = 0; j < n; j++) {
        pc1[j] -= along * u[j] / norm(u, NULL, n);
        rest += pc1[j] * pc1[j];
    }
    for (int64_t j = 0; j < n; j++) {
        off[0] = fmax(off[0], fabs(d.axes[2 * j] - u[j] / norm(u, NULL, n)));
        off[1] = fmax(off[1], fabs(d.axes[2 * j + 1] - pc1[j] / sqrt(rest)));
    }
    CHECK_NEAR(off[0], 0, 1e-6);
    CHECK_NEAR(off[1], 0, 1e-6);
    tv_discrim_release(&d);
    free(a);
    free(label);
    free(u);
    free(bias);
    free(pc1);
}

int main(void)
{
    static const char *const globs[] = {"discrim|*", NULL};
    const char *shared = getenv("SHARED");
    char *path = tv_format_new("%s/golden/svhn-mnist.npz", shared ? shared : "../shared");
    if (access(path, R_OK)) {
        SKIP("no reference data");
        return check_done();
    }
    tv_set_read(&golden, path, globs);
    test_class(3);
    test_class(8);
    tv_set_release(&golden);
    free(path);
    return check_done();
}
