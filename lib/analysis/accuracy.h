/* analysis/accuracy.h - accuracy per epoch, confusion matrices, per-class accuracy and the transferability
 * score (SPEC 6.7; the paper's section 5.1).
 *
 * Every epoch of the source and of the target model is run over up to four data sets (roles).  For each model
 * the confusion matrices of one epoch are kept: the best on the model's own validation data (source-val,
 * target-val; the earliest of equals), the last one when that data set is not given.
 *
 *     tv_eval_init(&e, classes, source_epochs, target_epochs);
 *     for each model, epoch: tv_eval_begin(); tv_eval_add() per batch; tv_eval_end();
 *     ... tv_eval_write(&e, writer); tv_eval_release(&e);
 */
#ifndef TV_ANALYSIS_ACCURACY_H
#define TV_ANALYSIS_ACCURACY_H
#include <stdint.h>
#include "core/stream.h"

enum tv_eval_model { TV_MODEL_SOURCE, TV_MODEL_TARGET, TV_MODELS };
enum tv_eval_role {
    TV_ROLE_SOURCE_TRAIN,
    TV_ROLE_TARGET_TRAIN,
    TV_ROLE_SOURCE_VAL,
    TV_ROLE_TARGET_VAL,
    TV_ROLES
};
extern const char *const tv_eval_model_name[TV_MODELS + 1]; /* "source" "target" NULL */
extern const char *const tv_eval_role_name[TV_ROLES + 1]; /* "source-train" ... NULL: choices of an option */

/* confusion[label][pred] += 1 for every labelled image (label >= 0); [classes][classes], rows true, columns
 * predicted. Returns NULL or a message: a label or prediction beyond the classes. */
const char *tv_confusion_add(int32_t *confusion, int64_t classes, const int32_t *label, const int32_t *pred,
                             int64_t n);
/* correct = sum of the diagonal, count = sum of all. */
int64_t tv_confusion_correct(const int32_t *confusion, int64_t classes);
int64_t tv_confusion_count(const int32_t *confusion, int64_t classes);
/* accuracy[c] = diagonal / row sum; NaN for a class without images. */
void tv_confusion_accuracy(double *accuracy, const int32_t *confusion, int64_t classes);
/* The wrong classes that images of class c were taken for, most frequent first, ties by index.  Returns how
 * many; `wrong` has room for `classes`. */
int64_t tv_confusion_wrong(int32_t *wrong, const int32_t *confusion, int64_t classes, int64_t c);

/* Index of the largest value, the first of equals; NaN never wins; -1 when there is none. */
int64_t tv_accuracy_best(const double *accuracy, int64_t n);
/* Best target-model accuracy - best source-model accuracy, both on the target validation data; NaN when one
 * of them is missing. */
double tv_transfer_score(const double *source, int64_t ns, const double *target, int64_t nt);

struct tv_eval {
    int64_t classes;
    int64_t epochs[TV_MODELS];
    int64_t *correct[TV_MODELS][TV_ROLES];   /* [epochs] */
    int64_t count[TV_ROLES];                 /* labelled images; -1: role not seen */
    int32_t *confusion[TV_MODELS][TV_ROLES]; /* [classes][classes] of the epoch that is kept */
    int64_t kept[TV_MODELS];                 /* that epoch, -1 before the first */
    int32_t *current[TV_ROLES];              /* the running epoch's */
    enum tv_eval_model model;                /* the running epoch */
    int64_t epoch;
};
void tv_eval_init(struct tv_eval *e, int64_t classes, int64_t source_epochs, int64_t target_epochs);
void tv_eval_release(struct tv_eval *e);
void tv_eval_begin(struct tv_eval *e, enum tv_eval_model model, int64_t epoch);
/* Predictions for some images of a data set.  Returns NULL or a message (labels beyond the classes). */
const char *tv_eval_add(struct tv_eval *e, enum tv_eval_role role, const int32_t *label, const int32_t *pred,
                        int64_t n);
/* Ends the epoch.  Returns NULL or a message: a role's number of images differs from the other epochs'. */
const char *tv_eval_end(struct tv_eval *e);
/* accuracy[epochs] of one line of the chart; all NaN when the role was not seen. */
void tv_eval_accuracy(double *accuracy, const struct tv_eval *e, enum tv_eval_model model,
                      enum tv_eval_role role);
double tv_eval_score(const struct tv_eval *e);
/* The tensors of share/doc/tensors.md (accuracy/, correct/, count/, confusion/, class/, score) for the roles
 * that were seen.  `names`: the classes' names, [classes], or NULL: their indices. */
void tv_eval_write(const struct tv_eval *e, struct tv_writer *w, const char *const *names);

#endif
