/* Confusion matrices, per-class accuracy, the best epoch and the transferability score. */
#include "check.h"
#include "analysis/accuracy.h"

static void test_confusion(void)
{
    const int32_t label[] = {0, 0, 1, 1, 1, -1, 0}, pred[] = {0, 2, 1, 0, 2, 7, 2};
    const int32_t want[] = {1, 0, 2, /* */ 1, 1, 1, /* */ 0, 0, 0};
    int32_t m[9] = {0}, wrong[3];
    double accuracy[3];
    CHECK(!tv_confusion_add(m, 3, label, pred, 7));
    CHECK(!memcmp(m, want, sizeof want));
    CHECK(tv_confusion_correct(m, 3) == 2);
    CHECK(tv_confusion_count(m, 3) == 6);
    tv_confusion_accuracy(accuracy, m, 3);
    CHECK_NEAR(accuracy[0], 1.0 / 3, 1e-15);
    CHECK_NEAR(accuracy[1], 1.0 / 3, 1e-15);
    CHECK(isnan(accuracy[2]));
    CHECK(tv_confusion_wrong(wrong, m, 3, 0) == 1 && wrong[0] == 2);
    CHECK(tv_confusion_wrong(wrong, m, 3, 1) == 2 && wrong[0] == 0 && wrong[1] == 2);
    CHECK(tv_confusion_wrong(wrong, m, 3, 2) == 0);
}

static void test_confusion_refuses(void)
{
    const int32_t label[] = {0, 3}, pred[] = {0, 0}, good[] = {0, 1}, beyond[] = {1, 3}, none[] = {0, -1};
    int32_t m[9] = {0};
    CHECK(tv_confusion_add(m, 3, label, pred, 2) != NULL);
    CHECK(tv_confusion_add(m, 3, good, beyond, 2) != NULL);
    CHECK(tv_confusion_add(m, 3, good, none, 2) != NULL);
    CHECK(tv_confusion_count(m, 3) == 0); /* all or nothing */
}

static void test_score(void)
{
    const double s[] = {0.5, 0.75, NAN}, t[] = {0.9, 0.85}, none[] = {NAN};
    CHECK(tv_accuracy_best(s, 3) == 1);
    CHECK(tv_accuracy_best(none, 1) == -1);
    CHECK(tv_accuracy_best((const double[]){0.4, 0.4}, 2) == 0);
    CHECK_NEAR(tv_transfer_score(s, 3, t, 2), 0.15, 1e-15);
    CHECK(isnan(tv_transfer_score(s, 3, none, 1)));
    CHECK(isnan(tv_transfer_score(s, 0, t, 2)));
}

/* One epoch over source-val (2 images) and target-val (2 images), given predictions; the labels are 0 and 1.
 */
static void run_epoch(struct tv_eval *e, enum tv_eval_model model, int64_t epoch, int32_t s0, int32_t s1,
                      int32_t t0, int32_t t1)
{
    const int32_t label[] = {0, 1}, on_source[] = {s0, s1}, on_target[] = {t0, t1};
    tv_eval_begin(e, model, epoch);
    CHECK(!tv_eval_add(e, TV_ROLE_SOURCE_VAL, label, on_source, 2));
    CHECK(!tv_eval_add(e, TV_ROLE_TARGET_VAL, label, on_target, 1)); /* in two batches */
    CHECK(!tv_eval_add(e, TV_ROLE_TARGET_VAL, label + 1, on_target + 1, 1));
    CHECK(!tv_eval_end(e));
}

static void test_eval(void)
{
    struct tv_eval e;
    double line[3];
    tv_eval_init(&e, 2, 3, 1);
    run_epoch(&e, TV_MODEL_SOURCE, 0, 0, 0, 0, 0);
    run_epoch(&e, TV_MODEL_SOURCE, 1, 0, 1, 1, 0); /* best on its own validation data */
    run_epoch(&e, TV_MODEL_SOURCE, 2, 0, 1, 0, 1); /* as good there: the earlier one is kept */
    run_epoch(&e, TV_MODEL_TARGET, 0, 1, 0, 0, 0);
    CHECK(e.kept[TV_MODEL_SOURCE] == 1 && e.kept[TV_MODEL_TARGET] == 0);
    CHECK(e.count[TV_ROLE_SOURCE_VAL] == 2 && e.count[TV_ROLE_SOURCE_TRAIN] == -1);
    tv_eval_accuracy(line, &e, TV_MODEL_SOURCE, TV_ROLE_TARGET_VAL);
    CHECK(line[0] == 0.5 && line[1] == 0 && line[2] == 1);
    tv_eval_accuracy(line, &e, TV_MODEL_SOURCE, TV_ROLE_TARGET_TRAIN);
    CHECK(isnan(line[0]) && isnan(line[2]));
    const int32_t want[] = {0, 1, 1, 0};
    CHECK(!memcmp(e.confusion[TV_MODEL_SOURCE][TV_ROLE_TARGET_VAL], want, sizeof want));
    CHECK_NEAR(tv_eval_score(&e), 0.5 - 1, 0);
    tv_eval_release(&e);
}

/* Without its own validation data a model's last epoch is kept; the number of images may not change. */
static void test_eval_without_validation(void)
{
    const int32_t label[] = {0, 1}, right[] = {0, 1}, wrong[] = {1, 0};
    struct tv_eval e;
    tv_eval_init(&e, 2, 3, 0);
    for (int64_t epoch = 0; epoch < 2; epoch++) {
        tv_eval_begin(&e, TV_MODEL_SOURCE, epoch);
        CHECK(!tv_eval_add(&e, TV_ROLE_TARGET_VAL, label, epoch ? wrong : right, 2));
        CHECK(!tv_eval_end(&e));
    }
    CHECK(e.kept[TV_MODEL_SOURCE] == 1);
    CHECK(isnan(tv_eval_score(&e)));
    tv_eval_begin(&e, TV_MODEL_SOURCE, 2);
    CHECK(!tv_eval_add(&e, TV_ROLE_TARGET_VAL, label, right, 1));
    const char *bad = tv_eval_end(&e);
    CHECK(bad && strstr(bad, "target-val: want 2 labelled images in every epoch, got 1"));
    bad = tv_eval_add(&e, TV_ROLE_SOURCE_VAL, (const int32_t[]){2}, right, 1);
    CHECK(bad && strstr(bad, "source-val: want labels"));
    tv_eval_release(&e);
}

int main(void)
{
    test_confusion();
    test_confusion_refuses();
    test_score();
    test_eval();
    test_eval_without_validation();
    return check_done();
}
