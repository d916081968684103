#include "analysis/fit.h"
#include "analysis/run.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/fit_run.h"
#include "analysis/plan.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/progress.h"
#include "nn/arch.h"
#include "nn/head.h"
#include "nn/infer.h"
#include "num/softmax.h"

/* ---- data and model ---- */

/* One more than the largest label. */
static int64_t labels_of(const struct tv_dataset *d)
{
    struct tv_batch all = tv_dataset_all(d);
    int64_t n = 0;
    for (int64_t i = 0; i < all.n; i++) n = all.label[i] >= n ? all.label[i] + 1 : n;
    return n;
}

static const char *open_data(struct tv_dataset *d, const char *path)
{
    const char *err = tv_dataset_open(d, path);
    if (err) return err;
    if (!d->labelled)
        return tv_msg("%s has no labels: training needs them; tv-import --labels adds them", d->name);
    if ((err = tv_dataset_load(d))) return err;
    return labels_of(d) ? NULL : tv_msg("%s: no image has a label", d->name);
}

static void find_rows(struct tv_fit *f)
{
    struct tv_batch all = tv_dataset_all(&f->train);
    f->rows = TV_ARRAY(int64_t, (size_t)all.n);
    for (int64_t i = 0; i < all.n; i++)
        if (all.label[i] >= 0) f->rows[f->n_rows++] = i;
}

static const char *start_model(struct tv_fit *f)
{
    const struct tv_fit_options *o = f->o;
    const struct tv_dataset *d = &f->train;
    if (tv_arch_is(o->model)) {
        int64_t k = o->head ? o->head : d->classes ? (int64_t)d->classes : labels_of(d);
        return tv_model_new(&f->model, o->model, d->c, d->h, d->w, k, o->train.seed);
    }
    const char *err = tv_model_load(&f->model, o->model, o->weights);
    if (err) return err;
    tv_history_file(o->model, tv_file_crc(o->model));
    if (o->weights) tv_history_file(o->weights, tv_file_crc(o->weights));
    if (!o->head || o->head == tv_head_classes(&f->model.g)) return NULL;
    return tv_model_head(&f->model, o->head, o->train.seed);
}

static const char *check_data(struct tv_fit *f, struct tv_dataset *d)
{
    struct tv_graph *g = &f->model.g;
    int64_t classes = tv_head_classes(g), labels = labels_of(d);
    if (labels > classes)
        return tv_msg("%s: label %lld, but %s has %lld classes; --head %lld gives it a new last layer",
                      d->name, (long long)(labels - 1), g->name, (long long)classes, (long long)labels);
    return tv_run_fits(g, d);
}

/* ---- training ---- */

/* Images index[0..n) of epoch `epoch`, from its place `first` on, into x. */
static void gather(struct tv_fit *f, int64_t epoch, int64_t first, const int64_t *index, int64_t n, float *x)
{
    const struct tv_augment *a = &f->o->augment;
    int64_t size = f->train.c * f->train.h * f->train.w;
    tv_dataset_gather(&f->train, index, n, x);
    if (!a->flip && !a->shift) return;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        struct tv_rng r;
        tv_rng_seed(&r, f->o->train.seed, tv_train_stream(TV_TRAIN_AUGMENT, epoch << 32 | (first + i)));
        tv_augment_image(a, &f->train, &r, x + i * size);
    }
}

static struct tv_schedule schedule_of(const struct tv_fit *f)
{
    const struct tv_fit_options *o = f->o;
    int64_t per_epoch = (f->n_rows + o->batch - 1) / o->batch, every = llround(o->every * (double)per_epoch);
    return (struct tv_schedule){.kind = o->schedule,
                                .base = o->rate,
                                .gamma = o->gamma,
                                .steps = o->epochs * per_epoch,
                                .warmup = llround(o->warmup * (double)per_epoch),
                                .every = every > 0 ? every : 1};
}

/* The rows in the order of an epoch. */
static int64_t *shuffled_new(const struct tv_fit *f, int64_t epoch)
{
    struct tv_rng r;
    int64_t *order = TV_ARRAY(int64_t, (size_t)f->n_rows);
    memcpy(order, f->rows, (size_t)f->n_rows * sizeof *order);
    tv_rng_seed(&r, f->o->train.seed, tv_train_stream(TV_TRAIN_SHUFFLE, epoch));
    tv_rng_shuffle_i64(&r, order, f->n_rows);
    return order;
}

static const char *train_epoch(struct tv_fit *f)
{
    struct tv_schedule schedule = schedule_of(f);
    struct tv_batch all = tv_dataset_all(&f->train);
    int64_t epoch = f->done, right = 0, *order = shuffled_new(f, epoch);
    int32_t *label = TV_ARRAY(int32_t, (size_t)f->o->batch);
    double loss = 0, rate = 0;
    const char *err = NULL;
    for (int64_t at = 0; !err && at < f->n_rows; at += f->o->batch) {
        int64_t n = f->n_rows - at < f->o->batch ? f->n_rows - at : f->o->batch;
        float *x;
        if ((err = tv_train_batch(&f->trainer, n, &x))) break;
        gather(f, epoch, at, order + at, n, x);
        for (int64_t i = 0; i < n; i++) label[i] = all.label[order[at + i]];
        rate = tv_schedule_rate(&schedule, f->trainer.step);
        tv_train_step(&f->trainer, label, rate, &loss, &right);
        tv_progress(f->images += n);
    }
    if (!err && !isfinite(loss))
        err = tv_msg("epoch %lld: the loss is no number any more; a lower --rate or --warmup may help",
                     (long long)epoch + 1);
    f->series[TV_FIT_LOSS][epoch] = loss / (double)f->n_rows;
    f->series[TV_FIT_ACCURACY][epoch] = (double)right / (double)f->n_rows;
    f->series[TV_FIT_RATE][epoch] = rate;
    free(order);
    free(label);
    return err;
}

static const char *validate(struct tv_fit *f, double *accuracy)
{
    struct tv_infer run;
    struct tv_batch b;
    int logits = tv_graph_logits(&f->model.g);
    const char *err = tv_infer_init(&run, &f->model.g, &logits, 1, 0, 0, 0);
    if (err) return err;
    float *x = tv_alloc_aligned((size_t)(run.images * f->val.c * f->val.h * f->val.w), sizeof *x);
    int32_t *predicted = TV_ARRAY(int32_t, (size_t)run.images);
    int64_t right = 0, labelled = 0;
    tv_dataset_rewind(&f->val);
    while (!(err = tv_dataset_next(&f->val, run.images, x, &b)) && b.n > 0) {
        if ((err = tv_infer_run(&run, b.n, x))) break;
        tv_argmax(predicted, run.out[0], b.n, run.row[0]);
        for (int64_t i = 0; i < b.n; i++) labelled += b.label[i] >= 0, right += predicted[i] == b.label[i];
    }
    *accuracy = (double)right / (double)labelled;
    free(x);
    free(predicted);
    tv_infer_release(&run);
    return err;
}

static void say_epoch(const struct tv_fit *f)
{
    int64_t e = f->done - 1;
    char val[40] = "";
    if (f->o->val) snprintf(val, sizeof val, ", validation accuracy %.4f", f->series[TV_FIT_VAL][e]);
    tv_say("epoch %lld/%lld: loss %.4f, accuracy %.4f%s, rate %.3g", (long long)f->done,
           (long long)f->o->epochs, f->series[TV_FIT_LOSS][e], f->series[TV_FIT_ACCURACY][e], val,
           f->series[TV_FIT_RATE][e]);
}

static const char *run_epochs(struct tv_fit *f)
{
    const char *err = NULL;
    tv_progress_begin("training", "images", (f->o->epochs - f->done) * f->n_rows);
    while (!err && f->done < f->o->epochs) {
        tv_fit_open_checkpoint(f);
        if ((err = train_epoch(f))) break;
        tv_train_settle(&f->trainer);
        if (f->o->val && (err = validate(f, &f->series[TV_FIT_VAL][f->done]))) break;
        f->done++;
        say_epoch(f);
        err = tv_fit_save(f);
    }
    tv_progress_end();
    return err;
}

/* ---- the whole ---- */

static const char *prepare(struct tv_fit *f)
{
    const struct tv_fit_options *o = f->o;
    const char *err = open_data(&f->train, o->data);
    if (!err && o->val) err = open_data(&f->val, o->val);
    if (err) return err;
    find_rows(f);
    err = start_model(f);
    if (!err) err = check_data(f, &f->train);
    if (!err && o->val) err = check_data(f, &f->val);
    return err;
}

static const char *train(struct tv_fit *f)
{
    bool resumed = false;
    tv_fit_name_files(f);
    tv_output_open(&f->out, f->o->out, true);
    f->history = tv_history_json_new(); /* before the state is read, which is no input of the result */
    for (int i = 0; i < TV_FIT_SERIES; i++) f->series[i] = TV_ARRAY(double, (size_t)f->o->epochs);
    const char *err = tv_fit_resume_model(f, &resumed);
    if (!err) err = tv_train_init(&f->trainer, &f->model.g, &f->o->train);
    if (!err && resumed) err = tv_fit_resume_trainer(f);
    if (!err && resumed) tv_note("%s: goes on after epoch %lld", f->state, (long long)f->done);
    if (!err) err = run_epochs(f);
    if (!err) tv_train_settle(&f->trainer);
    return err ? err : tv_model_write(&f->model, &f->out);
}

static void release(struct tv_fit *f)
{
    tv_train_release(&f->trainer);
    tv_model_release(&f->model);
    if (f->train.s) tv_dataset_close(&f->train);
    if (f->val.s) tv_dataset_close(&f->val);
    for (int i = 0; i < TV_FIT_SERIES; i++) free(f->series[i]);
    free(f->rows), free(f->history), free(f->checkpoints), free(f->log), free(f->state);
}

const char *tv_fit(const struct tv_fit_options *o)
{
    struct tv_fit f = {.o = o};
    const char *err = prepare(&f);
    if (!err) err = train(&f);
    release(&f);
    return err;
}

const char *tv_fit_plan(const struct tv_fit_options *o)
{
    struct tv_fit f = {.o = o};
    const char *err = prepare(&f);
    if (!err) err = tv_train_init(&f.trainer, &f.model.g, &o->train);
    if (!err) {
        const struct tv_graph *g = &f.model.g;
        int64_t macs = 0, images = f.n_rows * o->epochs;
        for (int l = 0; l < g->n_layers; l++) macs += g->layer[l].macs;
        /* forward, and backward to the data and to the weights */
        tv_plan_print(&(struct tv_plan){images, 3 * macs * images, tv_train_bytes(&f.trainer, o->batch)});
    }
    release(&f);
    return err;
}
