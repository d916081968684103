/* analysis/svm.c - liblinear behind plain arrays, and stratified cross-validation. */
#include "analysis/svm.h"
#include <dlfcn.h>
#include <linear.h>
#include <stdlib.h>
#include "analysis/scale.h"
#include "core/mem.h"
#include "num/rng.h"

/* The rows with use[i] (NULL: all) as liblinear's sparse vectors; column `columns` + 1 is the bias's. */
struct sparse {
    struct problem p;
    struct feature_node *nodes;
};

static void sparse_init(struct sparse *s, const double *x, const bool *positive, const bool *use,
                        int64_t rows, int64_t columns)
{
    *s = (struct sparse){.p = {.n = (int)columns + 1, .bias = 1}};
    s->p.y = TV_ARRAY(double, rows);
    s->p.x = TV_ARRAY(struct feature_node *, rows);
    s->nodes = tv_alloc_aligned((size_t)rows, (size_t)(columns + 2) * sizeof *s->nodes);
    struct feature_node *at = s->nodes;
    for (int64_t i = 0; i < rows; i++) {
        if (use && !use[i]) continue;
        s->p.y[s->p.l] = positive[i] ? 1 : -1;
        s->p.x[s->p.l++] = at;
        for (int64_t j = 0; j < columns; j++) {
            double v = x[i * columns + j];
            if (v != 0) *at++ = (struct feature_node){.index = (int)j + 1, .value = v};
        }
        *at++ = (struct feature_node){.index = (int)columns + 1, .value = 1};
        *at++ = (struct feature_node){.index = -1};
    }
}

static void sparse_release(struct sparse *s)
{
    free(s->p.x);
    free(s->p.y);
    free(s->nodes);
}

static void quiet(const char *text) { (void)text; }

/* What liblinear has for the whole process.  Its vectors are BLAS's, and OpenBLAS cuts those of more than
 * 10^4 elements by its own number of threads, which would show in the last digits. */
static void prepare_once(void)
{
    static bool done;
#pragma omp critical(tv_svm_prepare)
    if (!done) {
        void (*set_threads)(int);
        *(void **)&set_threads = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
        if (set_threads) set_threads(1);
        set_print_string_function(quiet);
        done = true;
    }
}

static void solve(double *w, double *bias, const struct sparse *s, int64_t columns, double cost, double eps)
{
    struct parameter param = {.solver_type = L2R_L2LOSS_SVC, .C = cost, .eps = cost > 1 ? eps / cost : eps};
    prepare_once();
    struct model *m = train(&s->p, &param);
    double sign = m->label[0] > 0 ? 1 : -1; /* its weights point to its first class */
    for (int64_t j = 0; j < columns; j++) w[j] = sign * m->w[j];
    *bias = sign * m->w[columns];
    free_and_destroy_model(&m);
}

void tv_svm_train(double *w, double *bias, const double *x, const bool *positive, int64_t rows,
                  int64_t columns, double cost)
{
    struct sparse s;
    sparse_init(&s, x, positive, NULL, rows, columns);
    solve(w, bias, &s, columns, cost, TV_SVM_EPS);
    sparse_release(&s);
}

double tv_svm_decision(const double *w, double bias, const double *x, int64_t columns)
{
    double sum = 0;
    for (int64_t j = 0; j < columns; j++) sum += w[j] * x[j];
    return sum + bias;
}

void tv_svm_folds(int32_t *fold, const bool *positive, int64_t rows, int64_t folds, int64_t seed)
{
    int32_t *order = TV_ARRAY(int32_t, rows);
    struct tv_rng rng;
    tv_rng_seed(&rng, (uint64_t)seed, 0);
    for (int64_t i = 0; i < rows; i++) order[i] = (int32_t)i;
    tv_rng_shuffle_i32(&rng, order, rows);
    int64_t dealt = 0; /* goes on from one side to the other, which evens out the folds' sizes */
    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < rows; i++) {
            if (positive[order[i]] == (side == 1)) fold[order[i]] = (int32_t)(dealt++ % folds);
        }
    }
    free(order);
}

/* Rows of the fold that are predicted rightly by the machine trained on the others. */
static int64_t validate_fold(const double *x, const bool *positive, const int32_t *fold, int64_t rows,
                             int64_t columns, int64_t held_out, double cost)
{
    bool *use = TV_ARRAY(bool, rows);
    double *min = TV_ARRAY(double, columns), *max = TV_ARRAY(double, columns), *w = TV_ARRAY(double, columns),
           bias;
    double *scaled = tv_alloc_aligned((size_t)rows, (size_t)columns * sizeof *scaled);
    int64_t correct = 0;
    struct sparse s;
    for (int64_t i = 0; i < rows; i++) use[i] = fold[i] != held_out;
    tv_scale_fit(min, max, x, use, rows, columns);
    tv_scale_apply(scaled, x, rows, columns, min, max);
    sparse_init(&s, scaled, positive, use, rows, columns);
    solve(w, &bias, &s, columns, cost, TV_SVM_CV_EPS);
    for (int64_t i = 0; i < rows; i++) {
        if (!use[i]) correct += (tv_svm_decision(w, bias, scaled + i * columns, columns) > 0) == positive[i];
    }
    sparse_release(&s);
    free(scaled);
    free(w);
    free(max);
    free(min);
    free(use);
    return correct;
}

double tv_svm_cross_validate(const double *x, const bool *positive, const int32_t *fold, int64_t rows,
                             int64_t columns, int64_t folds, double cost)
{
    int64_t correct = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : correct)
    for (int64_t f = 0; f < folds; f++) correct += validate_fold(x, positive, fold, rows, columns, f, cost);
    return (double)correct / (double)rows;
}
