/* report/statistics.c - the statistics view: what the accuracy chart and the class table show (the paper's
 * section 5.1). */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/figure_parts.h"
#include "fig/glyph.h"
#include "num/sort.h"
#include "report/parts.h"

enum { MOST_WRONG = 12 /* wrong classes listed of a class */ };

static const char *const roles[] = {"source-train", "target-train", "source-val", "target-val"};

static void put_series(struct tv_str *b, const struct tv_figure *f)
{
    tv_object_open(b, "series", '[');
    for (int model = 0; model < 2; model++)
        for (size_t k = 0; k < sizeof roles / sizeof *roles; k++) {
            const struct tv_tensor *t = tv_figure_find(f, "accuracy/%s/%s", tv_side_name[model], roles[k]);
            if (!t || t->rank != 1) continue;
            double *v = tv_tensor_f64_new(t);
            tv_object_open(b, NULL, '{');
            tv_object_text(b, "model", tv_side_name[model]);
            tv_object_text(b, "role", roles[k]);
            tv_object_list(b, "values", v, t->dim[0], 6);
            tv_object_close(b, '}');
            free(v);
        }
    tv_object_close(b, ']');
}

/* [[class, count], ...] of the off-diagonal entries of a row of the confusion matrix, most frequent first. */
static void put_wrong(struct tv_str *b, const double *row, int64_t classes, int64_t k)
{
    double *count = TV_ARRAY(double, (size_t)classes);
    int32_t *order = TV_ARRAY(int32_t, (size_t)classes);
    memcpy(count, row, (size_t)classes * sizeof *count);
    count[k] = 0;
    tv_argsort_desc_f64(order, count, classes);
    tv_object_open(b, "wrong", '[');
    for (int64_t i = 0; i < classes && i < MOST_WRONG && count[order[i]] > 0; i++) {
        double pair[2] = {order[i], count[order[i]]};
        tv_object_list(b, NULL, pair, 2, 12);
    }
    tv_object_close(b, ']');
    free(count);
    free(order);
}

static double sum(const double *v, int64_t n)
{
    double all = 0;
    for (int64_t i = 0; i < n; i++) all += v[i];
    return all;
}

static void put_row(struct tv_str *b, int64_t k, int64_t classes, const double *accuracy[2],
                    const double *confusion)
{
    const double *row = confusion ? confusion + k * classes : NULL;
    tv_object_open(b, NULL, '{');
    tv_object_number(b, "class", (double)k);
    for (int model = 0; model < 2; model++) tv_object_number(b, tv_side_name[model], accuracy[model][k]);
    if (row) {
        double wrong = sum(row, classes) - row[k];
        tv_object_number(b, "images", sum(row, classes));
        tv_object_number(b, "errors", wrong);
        put_wrong(b, row, classes, k);
    }
    tv_object_close(b, '}');
}

static const char *put_rows(struct tv_str *b, const struct tv_figure *f)
{
    const struct tv_tensor *of[2], *m = tv_figure_find(f, "confusion/target/target-val");
    const char *error = NULL;
    for (int model = 0; model < 2; model++) {
        of[model] = tv_figure_find(f, "class/%s-accuracy", tv_side_name[model]);
        if (!of[model]) return NULL;
        error = tv_figure_shape(of[model], 1, of[0]->dim[0], -1);
        if (error) return error;
    }
    int64_t classes = of[0]->dim[0];
    if (m) error = tv_figure_shape(m, 2, classes, classes);
    if (error) return error;
    double *accuracy[2] = {tv_tensor_f64_new(of[0]), tv_tensor_f64_new(of[1])},
           *confusion = m ? tv_tensor_f64_new(m) : NULL;
    tv_object_open(b, "rows", '[');
    for (int64_t k = 0; k < classes; k++)
        put_row(b, k, classes, (const double *[]){accuracy[0], accuracy[1]}, confusion);
    tv_object_close(b, ']');
    tv_object_text(b, "of", tv_figure_epochs(f));
    free(accuracy[0]);
    free(accuracy[1]);
    free(confusion);
    return NULL;
}

const char *tv_report_statistics(struct tv_str *b, const struct tv_figure *f)
{
    const struct tv_tensor *score = tv_figure_find(f, "score");
    if (!score) return NULL;
    tv_object_open(b, "statistics", '{');
    tv_object_number(b, "score", tv_tensor_get(score, 0));
    tv_object_open(b, "counts", '{');
    for (size_t k = 0; k < sizeof roles / sizeof *roles; k++) {
        const struct tv_tensor *t = tv_figure_find(f, "count/%s", roles[k]);
        if (t) tv_object_number(b, roles[k], tv_tensor_get(t, 0));
    }
    tv_object_close(b, '}');
    put_series(b, f);
    const char *error = put_rows(b, f);
    tv_object_close(b, '}');
    return error;
}
