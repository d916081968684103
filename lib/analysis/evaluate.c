#include "analysis/evaluate.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/progress.h"
#include "core/str.h"
#include "analysis/run.h"
#include "nn/infer.h"
#include "nn/onnx.h"
#include "num/softmax.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>

struct checkpoints {
    char **path;
    int n;
};

struct job {
    const struct tv_evaluate_options *o;
    struct checkpoints models[TV_MODELS];
    struct tv_dataset data[TV_ROLES];
    bool given[TV_ROLES];
    struct tv_eval eval;
    int64_t classes; /* of the first network; 0 before */
    int64_t done;    /* images, for progress */
};

static int by_version(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* The files that the patterns of a model match; a word without a match is taken as it is, and found missing
 * later. */
static void find_checkpoints(struct checkpoints *c, const struct tv_strings *patterns)
{
    for (int i = 0; i < patterns->n; i++) {
        glob_t found;
        bool any = glob(patterns->at[i], 0, NULL, &found) == 0;
        size_t n = any ? found.gl_pathc : 1;
        c->path = tv_realloc(c->path, (size_t)c->n + n, sizeof *c->path);
        for (size_t k = 0; k < n; k++)
            c->path[c->n + (int)k] = tv_strdup(any ? found.gl_pathv[k] : patterns->at[i]);
        qsort(c->path + c->n, n, sizeof *c->path, by_version);
        c->n += (int)n;
        globfree(&found);
    }
}

/* "target-val=target.tv": the role, TV_ROLES when it is none, and the file. */
static int split_role(const char *word, const char **file)
{
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : 0;
    int role = 0;
    while (role < TV_ROLES &&
           (strlen(tv_eval_role_name[role]) != n || strncmp(tv_eval_role_name[role], word, n) != 0))
        role++;
    *file = equals ? equals + 1 : NULL;
    return role;
}

const char *tv_evaluate_check(const struct tv_evaluate_options *o)
{
    bool given[TV_ROLES] = {false};
    if (o->models[TV_MODEL_SOURCE].n + o->models[TV_MODEL_TARGET].n == 0)
        return "want networks: --source and --target";
    if (!o->data.n) return "want data sets: --data ROLE=FILE, for example --data target-val=target.tv";
    for (int i = 0; i < o->data.n; i++) {
        const char *word = o->data.at[i], *file;
        int role = split_role(word, &file);
        if (role == TV_ROLES)
            return tv_msg("--data %s: want ROLE=FILE with ROLE one of source-train, target-train, "
                          "source-val, target-val",
                          word);
        if (given[role]) return tv_msg("--data %s: %s was given before", word, tv_eval_role_name[role]);
        given[role] = true;
    }
    return NULL;
}

static const char *open_data(struct job *j)
{
    for (int i = 0; i < j->o->data.n; i++) {
        const char *file;
        int role = split_role(j->o->data.at[i], &file);
        const char *err = tv_dataset_open(&j->data[role], file);
        if (!err && !j->data[role].labelled)
            err = tv_msg("%s has no labels: accuracy needs them; tv-import --labels adds them",
                         j->data[role].name);
        if (!err) err = tv_dataset_load(&j->data[role]);
        if (err) return err;
        j->given[role] = true;
    }
    return NULL;
}

static const char *run_data(struct job *j, struct tv_infer *f, enum tv_eval_role role)
{
    struct tv_dataset *d = &j->data[role];
    const char *err = tv_run_fits(f->g, d);
    if (err) return err;
    tv_dataset_rewind(d);
    float *x = tv_alloc_aligned((size_t)(f->images * d->c * d->h * d->w), sizeof *x);
    int32_t *pred = TV_ARRAY(int32_t, (size_t)f->images);
    struct tv_batch b;
    while (!(err = tv_dataset_next(d, f->images, x, &b)) && b.n > 0) {
        if ((err = tv_infer_run(f, b.n, x))) break;
        tv_argmax(pred, f->out[0], b.n, j->classes);
        if ((err = tv_eval_add(&j->eval, role, b.label, pred, b.n))) break;
        tv_progress(j->done += b.n);
    }
    free(x);
    free(pred);
    return err ? tv_msg("%s on %s: %s", f->g->name, d->name, err) : NULL;
}

static const char *run_checkpoint(struct job *j, const char *path, enum tv_eval_model model, int64_t epoch)
{
    struct tv_graph g;
    struct tv_infer f;
    const char *err = tv_onnx_load(&g, path, NULL);
    if (err) return tv_msg("%s: %s", tv_basename(path), err);
    tv_graph_fuse(&g);
    tv_history_file(path, tv_file_crc(path));
    int logits = tv_graph_logits(&g);
    if ((err = tv_infer_init(&f, &g, &logits, 1, j->o->batch, j->o->mem, 0)))
        return tv_msg("%s: %s", g.name, err);
    if (!j->classes) {
        j->classes = f.row[0];
        tv_eval_init(&j->eval, j->classes, j->models[TV_MODEL_SOURCE].n, j->models[TV_MODEL_TARGET].n);
    }
    if (f.row[0] != j->classes)
        return tv_msg("%s: want %lld classes as the first network has, got %lld", g.name,
                      (long long)j->classes, (long long)f.row[0]);
    tv_eval_begin(&j->eval, model, epoch);
    for (int role = 0; !err && role < TV_ROLES; role++)
        if (j->given[role]) err = run_data(j, &f, (enum tv_eval_role)role);
    if (!err) err = tv_eval_end(&j->eval);
    tv_infer_release(&f);
    tv_graph_release(&g);
    return err;
}

static int64_t images_to_run(const struct job *j)
{
    int64_t images = 0;
    for (int role = 0; role < TV_ROLES; role++)
        if (j->given[role]) images += j->data[role].n;
    return images * (j->models[TV_MODEL_SOURCE].n + j->models[TV_MODEL_TARGET].n);
}

static const char *run(struct job *j)
{
    for (int m = 0; m < TV_MODELS; m++) find_checkpoints(&j->models[m], &j->o->models[m]);
    const char *err = open_data(j);
    if (err) return err;
    tv_progress_begin("accuracy", "images", images_to_run(j));
    for (int m = 0; m < TV_MODELS; m++)
        for (int e = 0; !err && e < j->models[m].n; e++)
            err = run_checkpoint(j, j->models[m].path[e], (enum tv_eval_model)m, e);
    if (!err) tv_progress_end();
    return err;
}

const char *tv_evaluate(const struct tv_evaluate_options *o, struct tv_writer *w)
{
    struct job j = {.o = o};
    const char *err = run(&j);
    if (!err) {
        const struct tv_dataset *d =
            NULL; /* the data set whose class names count: the last one that has them */
        for (int role = 0; role < TV_ROLES; role++)
            if (j.given[role] && (int64_t)j.data[role].classes == j.classes) d = &j.data[role];
        if (d) tv_writer_meta(w, "classes", tv_attrs_get(&d->meta, "classes"));
        tv_eval_write(&j.eval, w, d ? (const char *const *)d->class_name : NULL);
        tv_eval_release(&j.eval);
    }
    for (int role = 0; role < TV_ROLES; role++)
        if (j.given[role]) tv_dataset_close(&j.data[role]);
    for (int m = 0; m < TV_MODELS; m++) {
        for (int i = 0; i < j.models[m].n; i++) free(j.models[m].path[i]);
        free(j.models[m].path);
    }
    return err;
}
