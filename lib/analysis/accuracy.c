/* analysis/accuracy.c - confusion matrices and what is read off them; accuracy over epochs. */
#include "analysis/accuracy.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "num/sort.h"

const char *const tv_eval_model_name[] = {"source", "target", NULL};
const char *const tv_eval_role_name[] = {"source-train", "target-train", "source-val", "target-val", NULL};
static const enum tv_eval_role own_validation[] = {TV_ROLE_SOURCE_VAL, TV_ROLE_TARGET_VAL};

/* ---- one confusion matrix ---- */

const char *tv_confusion_add(int32_t *confusion, int64_t classes, const int32_t *label, const int32_t *pred,
                             int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (label[i] >= classes || (label[i] >= 0 && (pred[i] < 0 || pred[i] >= classes)))
            return tv_msg("want labels and predictions below %lld classes, got label %d, prediction %d",
                          (long long)classes, label[i], pred[i]);
    }
    for (int64_t i = 0; i < n; i++) {
        if (label[i] >= 0) confusion[label[i] * classes + pred[i]]++;
    }
    return NULL;
}

int64_t tv_confusion_correct(const int32_t *confusion, int64_t classes)
{
    int64_t correct = 0;
    for (int64_t c = 0; c < classes; c++) correct += confusion[c * classes + c];
    return correct;
}

int64_t tv_confusion_count(const int32_t *confusion, int64_t classes)
{
    int64_t count = 0;
    for (int64_t i = 0; i < classes * classes; i++) count += confusion[i];
    return count;
}

void tv_confusion_accuracy(double *accuracy, const int32_t *confusion, int64_t classes)
{
    for (int64_t c = 0; c < classes; c++) {
        int64_t count = 0;
        for (int64_t k = 0; k < classes; k++) count += confusion[c * classes + k];
        accuracy[c] = count ? (double)confusion[c * classes + c] / (double)count : NAN;
    }
}

int64_t tv_confusion_wrong(int32_t *wrong, const int32_t *confusion, int64_t classes, int64_t c)
{
    const int32_t *row = confusion + c * classes;
    int64_t n = 0, met = 0;
    tv_top_counts(wrong, row, NULL, classes, classes);
    while (met < classes && row[wrong[met]] > 0) {
        if (wrong[met] != c) wrong[n++] = wrong[met];
        met++;
    }
    return n;
}

int64_t tv_accuracy_best(const double *accuracy, int64_t n)
{
    int64_t best = -1;
    for (int64_t i = 0; i < n; i++) {
        if (!isnan(accuracy[i]) && (best < 0 || accuracy[i] > accuracy[best])) best = i;
    }
    return best;
}

double tv_transfer_score(const double *source, int64_t ns, const double *target, int64_t nt)
{
    int64_t s = tv_accuracy_best(source, ns), t = tv_accuracy_best(target, nt);
    return s < 0 || t < 0 ? NAN : target[t] - source[s];
}

/* ---- the epochs of two models ---- */

void tv_eval_init(struct tv_eval *e, int64_t classes, int64_t source_epochs, int64_t target_epochs)
{
    *e = (struct tv_eval){.classes = classes, .epochs = {source_epochs, target_epochs}, .kept = {-1, -1}};
    for (int r = 0; r < TV_ROLES; r++) {
        e->count[r] = -1;
        e->current[r] = TV_ARRAY(int32_t, classes * classes);
        for (int m = 0; m < TV_MODELS; m++) {
            e->correct[m][r] = TV_ARRAY(int64_t, e->epochs[m]);
            e->confusion[m][r] = TV_ARRAY(int32_t, classes * classes);
        }
    }
}

void tv_eval_release(struct tv_eval *e)
{
    for (int r = 0; r < TV_ROLES; r++) {
        free(e->current[r]);
        for (int m = 0; m < TV_MODELS; m++) {
            free(e->correct[m][r]);
            free(e->confusion[m][r]);
        }
    }
    *e = (struct tv_eval){0};
}

void tv_eval_begin(struct tv_eval *e, enum tv_eval_model model, int64_t epoch)
{
    e->model = model;
    e->epoch = epoch;
    for (int r = 0; r < TV_ROLES; r++)
        memset(e->current[r], 0, (size_t)(e->classes * e->classes) * sizeof *e->current[r]);
}

const char *tv_eval_add(struct tv_eval *e, enum tv_eval_role role, const int32_t *label, const int32_t *pred,
                        int64_t n)
{
    const char *bad = tv_confusion_add(e->current[role], e->classes, label, pred, n);
    return bad ? tv_msg("%s: %s", tv_eval_role_name[role], bad) : NULL;
}

/* Is the running epoch the one whose confusion matrices are to be kept? */
static bool best_so_far(const struct tv_eval *e)
{
    enum tv_eval_role own = own_validation[e->model];
    int64_t kept = e->kept[e->model];
    const int64_t *correct = e->correct[e->model][own];
    return kept < 0 || e->count[own] <= 0 || correct[e->epoch] > correct[kept];
}

const char *tv_eval_end(struct tv_eval *e)
{
    for (int r = 0; r < TV_ROLES; r++) {
        int64_t count = tv_confusion_count(e->current[r], e->classes);
        if (e->count[r] < 0 && count > 0) e->count[r] = count;
        if (e->count[r] >= 0 && count != e->count[r])
            return tv_msg("%s: want %lld labelled images in every epoch, got %lld", tv_eval_role_name[r],
                          (long long)e->count[r], (long long)count);
        e->correct[e->model][r][e->epoch] = tv_confusion_correct(e->current[r], e->classes);
    }
    if (!best_so_far(e)) return NULL;
    e->kept[e->model] = e->epoch;
    for (int r = 0; r < TV_ROLES; r++) {
        int32_t *old = e->confusion[e->model][r];
        e->confusion[e->model][r] = e->current[r];
        e->current[r] = old;
    }
    return NULL;
}

void tv_eval_accuracy(double *accuracy, const struct tv_eval *e, enum tv_eval_model model,
                      enum tv_eval_role role)
{
    for (int64_t i = 0; i < e->epochs[model]; i++)
        accuracy[i] = e->count[role] > 0 ? (double)e->correct[model][role][i] / (double)e->count[role] : NAN;
}

double tv_eval_score(const struct tv_eval *e)
{
    double *accuracy[TV_MODELS];
    for (int m = 0; m < TV_MODELS; m++) {
        accuracy[m] = TV_ARRAY(double, e->epochs[m]);
        tv_eval_accuracy(accuracy[m], e, m, TV_ROLE_TARGET_VAL);
    }
    double score = tv_transfer_score(accuracy[TV_MODEL_SOURCE], e->epochs[TV_MODEL_SOURCE],
                                     accuracy[TV_MODEL_TARGET], e->epochs[TV_MODEL_TARGET]);
    for (int m = 0; m < TV_MODELS; m++) free(accuracy[m]);
    return score;
}

/* ---- the stream ---- */

static void put(struct tv_writer *w, const char *what, const char *model, const char *role, enum tv_dtype t,
                int rank, const int64_t *dim, const void *data, const struct tv_attrs *attrs)
{
    char *name = model ? tv_format_new("%s/%s/%s", what, model, role) : tv_format_new("%s/%s", what, role);
    tv_writer_array(w, name, t, rank, dim, data, attrs);
    free(name);
}

static void write_line(const struct tv_eval *e, struct tv_writer *w, int m, int r)
{
    int64_t epochs = e->epochs[m], square[2] = {e->classes, e->classes};
    double *accuracy = TV_ARRAY(double, epochs);
    struct tv_attrs attrs = {0};
    tv_eval_accuracy(accuracy, e, m, r);
    put(w, "accuracy", tv_eval_model_name[m], tv_eval_role_name[r], TV_F64, 1, &epochs, accuracy, NULL);
    put(w, "correct", tv_eval_model_name[m], tv_eval_role_name[r], TV_I64, 1, &epochs, e->correct[m][r],
        NULL);
    tv_attrs_setf(&attrs, "epoch", "%lld", (long long)e->kept[m]);
    put(w, "confusion", tv_eval_model_name[m], tv_eval_role_name[r], TV_I32, 2, square, e->confusion[m][r],
        &attrs);
    tv_attrs_release(&attrs);
    free(accuracy);
}

static void write_classes(const struct tv_eval *e, struct tv_writer *w, const char *const *names)
{
    char **own = TV_ARRAY(char *, e->classes);
    double *accuracy = TV_ARRAY(double, e->classes);
    for (int64_t c = 0; c < e->classes; c++)
        own[c] = names ? tv_strdup(names[c]) : tv_format_new("%lld", (long long)c);
    put(w, "class", NULL, "name", TV_STR, 1, &e->classes, own, NULL);
    for (int m = 0; m < TV_MODELS; m++) {
        char *role = tv_format_new("%s-accuracy", tv_eval_model_name[m]);
        tv_confusion_accuracy(accuracy, e->confusion[m][TV_ROLE_TARGET_VAL], e->classes);
        put(w, "class", NULL, role, TV_F64, 1, &e->classes, accuracy, NULL);
        free(role);
    }
    for (int64_t c = 0; c < e->classes; c++) free(own[c]);
    free(own);
    free(accuracy);
}

void tv_eval_write(const struct tv_eval *e, struct tv_writer *w, const char *const *names)
{
    for (int r = 0; r < TV_ROLES; r++) {
        if (e->count[r] < 0) continue;
        put(w, "count", NULL, tv_eval_role_name[r], TV_I64, 0, NULL, &e->count[r], NULL);
        for (int m = 0; m < TV_MODELS; m++) {
            if (e->epochs[m] > 0) write_line(e, w, m, r);
        }
    }
    if (e->count[TV_ROLE_TARGET_VAL] < 0) return;
    double score = tv_eval_score(e);
    write_classes(e, w, names);
    tv_writer_array(w, "score", TV_F64, 0, NULL, &score, NULL);
}
