/* analysis/fit_files.c - what a training run leaves behind: checkpoints, log, and the state to resume from.
 *
 *     OUT-01.onnx OUT-02.onnx ...   OUT-log.tv   OUT-state.tv        around -o OUT.onnx
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "analysis/fit_run.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/str.h"
#include "nn/arch.h"

static const char *const series_name[TV_FIT_SERIES] = {"train/loss", "train/accuracy", "val/accuracy",
                                                       "train/rate"};

/* ---- names ---- */

/* `pattern` with its '*' replaced. */
static char *fill_new(const char *pattern, const char *with)
{
    const char *star = strchr(pattern, '*');
    return tv_format_new("%.*s%s%s", (int)(star - pattern), pattern, with, star + 1);
}

/* The same with another suffix than the pattern's. */
static char *beside_new(const char *pattern, const char *with)
{
    char *path = fill_new(pattern, with), *dot = strrchr(tv_basename(path), '.');
    if (dot) *dot = 0;
    char *named = tv_format_new("%s.tv", path);
    free(path);
    return named;
}

static char *checkpoint_new(const struct tv_fit *f, int64_t epoch)
{
    int digits = 2;
    for (int64_t most = 100; most <= f->o->epochs; most *= 10) digits++;
    char *number = tv_format_new("%0*lld", digits, (long long)epoch),
         *path = fill_new(f->checkpoints, number);
    free(number);
    return path;
}

void tv_fit_name_files(struct tv_fit *f)
{
    const struct tv_fit_options *o = f->o;
    if (o->checkpoints && *o->checkpoints) {
        f->checkpoints = tv_strdup(o->checkpoints);
    } else if (!o->checkpoints && o->out) {
        const char *dot = strrchr(tv_basename(o->out), '.');
        size_t stem = dot ? (size_t)(dot - o->out) : strlen(o->out);
        f->checkpoints = tv_format_new("%.*s-*.onnx", (int)stem, o->out);
    }
    if (f->checkpoints) f->state = beside_new(f->checkpoints, "state");
    if (o->log)
        f->log = tv_strdup(o->log);
    else if (f->checkpoints)
        f->log = beside_new(f->checkpoints, "log");
}

/* A word that is neither a file nor an architecture was meant for the latter. */
static const char *check_model(const char *model)
{
    if (tv_arch_is(model) || strpbrk(model, "./") || !access(model, F_OK)) return NULL;
    const char *const *name = tv_arch_names(), *near = tv_nearest(model, name);
    struct tv_str all = {0};
    for (int i = 0; name[i]; i++) tv_str_add(&all, "%s%s", i ? ", " : "", name[i]);
    const char *wrong = tv_msg("-m %s: neither a file nor an architecture (%s)%s%s%s", model, all.s,
                               near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    tv_str_release(&all);
    return wrong;
}

const char *tv_fit_check(const struct tv_fit_options *o)
{
    const char *wrong = check_model(o->model);
    if (wrong) return wrong;
    const char *pattern = o->checkpoints, *star = pattern ? strchr(pattern, '*') : NULL;
    if (pattern && *pattern && (!star || strchr(star + 1, '*')))
        return tv_msg("--checkpoints %s: want one '*', where the number of the epoch goes", pattern);
    if (!pattern && o->out && strchr(o->out, '*')) return tv_msg("-o %s: want a name without '*'", o->out);
    if (o->resume && (pattern ? !*pattern : !o->out))
        return "--resume: want -o FILE or --checkpoints PATTERN, where the state is kept";
    if (o->warmup > (double)o->epochs) return "--warmup: want at most the number of epochs";
    return NULL;
}

/* ---- writing ---- */

static void write_series(const struct tv_fit *f, struct tv_writer *w)
{
    for (int i = 0; i < TV_FIT_SERIES; i++)
        if (i != TV_FIT_VAL || f->o->val)
            tv_writer_array(w, series_name[i], TV_F64, 1, &f->done, f->series[i], NULL);
}

static void write_log(const struct tv_fit *f)
{
    struct tv_writer *w = tv_writer_open(f->log);
    tv_writer_meta(w, "model", f->model.g.name);
    write_series(f, w);
    tv_writer_history(w, f->history);
    tv_writer_close(w);
}

static char *state_name_new(const struct tv_fit *f, int param, int i)
{
    return tv_format_new("optimizer/%d/%s", i, f->model.g.value[f->trainer.param[param].value].name);
}

static void write_state(const struct tv_fit *f)
{
    struct tv_writer *w = tv_writer_open(f->state);
    char *checkpoint = checkpoint_new(f, f->done);
    char *crc = tv_format_new("%08x", (unsigned)tv_file_crc(checkpoint));
    tv_writer_meta(w, "model", f->model.g.name);
    tv_writer_meta(w, "checkpoint", tv_basename(checkpoint));
    tv_writer_meta(w, "checkpoint-crc", crc);
    tv_writer_array(w, "optimizer/step", TV_I64, 0, NULL, &f->trainer.step, NULL);
    write_series(f, w);
    for (int p = 0; p < f->trainer.n_params; p++)
        for (int i = 0; i < tv_optim_states(&f->o->train.optim); i++) {
            char *name = state_name_new(f, p, i);
            tv_writer_array(w, name, TV_F32, 1, &f->trainer.param[p].n, f->trainer.param[p].state[i], NULL);
            free(name);
        }
    tv_writer_history(w, f->history);
    tv_writer_close(w);
    free(checkpoint);
    free(crc);
}

void tv_fit_open_checkpoint(struct tv_fit *f)
{
    if (!f->checkpoints) return;
    char *path = checkpoint_new(f, f->done + 1);
    tv_output_open(&f->next, path, true);
    free(path);
}

const char *tv_fit_save(struct tv_fit *f)
{
    const char *err = f->checkpoints ? tv_model_write(&f->model, &f->next) : NULL;
    if (!err && f->log) write_log(f);
    if (!err && f->state) write_state(f);
    return err;
}

/* ---- resuming ---- */

static const char *check_state(const struct tv_fit *f, const struct tv_set *s, const char *checkpoint)
{
    const char *history = tv_attrs_get(&s->meta, "history"), *crc = tv_attrs_get(&s->meta, "checkpoint-crc");
    if (!history || strcmp(history, f->history))
        return tv_msg("%s: made with other options, data, model or version (tv-info --history shows them); "
                      "remove it to start again",
                      f->state);
    char *found = tv_format_new("%08x", (unsigned)tv_file_crc(checkpoint));
    bool same = crc && !strcmp(crc, found);
    free(found);
    return same ? NULL
                : tv_msg("%s: it is not the checkpoint that %s continues; remove the latter to start again",
                         checkpoint, f->state);
}

const char *tv_fit_resume_model(struct tv_fit *f, bool *resumed)
{
    *resumed = f->o->resume && access(f->state, F_OK) == 0;
    if (!*resumed) return NULL;
    struct tv_set s = {0};
    tv_set_read(&s, f->state, (const char *const[]){series_name[TV_FIT_LOSS], NULL});
    int64_t done = tv_set_want(&s, series_name[TV_FIT_LOSS], 1)->dim[0];
    if (done < 1 || done > f->o->epochs) {
        tv_set_release(&s);
        return tv_msg("%s: want 1 to %lld epochs, got %lld", f->state, (long long)f->o->epochs,
                      (long long)done);
    }
    char *path = checkpoint_new(f, done), *name = tv_strdup(f->model.g.name);
    const char *err = check_state(f, &s, path);
    tv_set_release(&s);
    if (!err) {
        tv_model_release(&f->model);
        err = tv_model_load(&f->model, path, NULL);
    }
    if (!err) { /* the log names the model that training began with */
        free(f->model.g.name);
        f->model.g.name = name;
        f->done = done;
    } else {
        free(name);
    }
    free(path);
    return err;
}

const char *tv_fit_resume_trainer(struct tv_fit *f)
{
    struct tv_set s = {0};
    tv_set_read(&s, f->state, NULL);
    f->trainer.step = (int64_t)tv_tensor_get(tv_set_want(&s, "optimizer/step", 0), 0);
    for (int i = 0; i < TV_FIT_SERIES; i++)
        if (i != TV_FIT_VAL || f->o->val) {
            const struct tv_tensor *t = tv_set_want(&s, series_name[i], 1);
            for (int64_t e = 0; e < f->done && e < t->dim[0]; e++) f->series[i][e] = tv_tensor_get(t, e);
        }
    const char *err = NULL;
    for (int p = 0; p < f->trainer.n_params; p++)
        for (int i = 0; !err && i < tv_optim_states(&f->o->train.optim); i++) {
            char *name = state_name_new(f, p, i);
            const struct tv_tensor *t = tv_set_want(&s, name, 1);
            if (t->dtype != TV_F32 || t->dim[0] != f->trainer.param[p].n)
                err = tv_msg("%s: %s: want f32 [%lld], got %s", f->state, name,
                             (long long)f->trainer.param[p].n, tv_tensor_text(t));
            else
                memcpy(f->trainer.param[p].state[i], t->data, (size_t)t->dim[0] * sizeof(float));
            free(name);
        }
    tv_set_release(&s);
    return err;
}
