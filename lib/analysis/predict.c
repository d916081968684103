#include "analysis/predict.h"
#include "core/mem.h"
#include "core/str.h"
#include "num/softmax.h"
#include <stdlib.h>

enum { LOGITS, EMBEDDING, ACT }; /* slots of infer.out */

const char *tv_predict_open(struct tv_predict *p, const struct tv_predict_options *o)
{
    *p = (struct tv_predict){0};
    struct tv_graph *g = &p->run.g;
    const char *err = tv_run_open(&p->run, o->model, o->weights, o->data);
    if (err) return err;
    if (!g->n_layers)
        return tv_msg("%s: want a layer (Conv, Gemm, MatMul), whose input is the embedding; found none",
                      g->name);
    if (o->layers && (err = tv_run_taps_new(g, o->layers, &p->tap, &p->n_taps))) return err;
    if (o->shards > 1 && (err = tv_dataset_shard(&p->run.d, o->shard, o->shards))) return err;
    int *want = TV_ARRAY(int, (size_t)p->n_taps + ACT), n = ACT;
    want[LOGITS] = tv_graph_logits(g);
    want[EMBEDDING] = tv_graph_embedding(g);
    for (int t = 0; t < p->n_taps; t++) want[n++] = p->tap[t].value;
    err = tv_infer_init(&p->infer, g, want, n, o->batch, o->mem, 0);
    free(want);
    if (err) return err;
    if (!p->run.classes)
        return tv_msg("%s: want logits [images, classes] as output %s", g->name,
                      g->value[tv_graph_logits(g)].name);
    p->pred = TV_ARRAY(int32_t, (size_t)p->infer.images);
    p->prob = TV_ARRAY(float, (size_t)(p->infer.images * p->run.classes));
    return NULL;
}

void tv_predict_close(struct tv_predict *p)
{
    tv_infer_release(&p->infer);
    tv_run_close(&p->run);
    free(p->tap), free(p->id), free(p->pred), free(p->prob);
}

const char *tv_predict_next(struct tv_predict *p)
{
    const char *err = tv_run_next(&p->run, p->infer.images);
    if (err || !p->run.b.n) return err;
    if ((err = tv_infer_run(&p->infer, p->run.b.n, p->run.x))) return err;
    tv_argmax(p->pred, p->infer.out[LOGITS], p->run.b.n, p->run.classes);
    return NULL;
}

static int begin(struct tv_predict *p, struct tv_writer *w, const char *name, enum tv_dtype t, int64_t width)
{
    int64_t dim[2] = {p->run.d.n, width};
    return tv_writer_begin(w, name, t, width ? 2 : 1, dim, NULL);
}

static int begin_act(struct tv_predict *p, struct tv_writer *w, const struct tv_tap *tap)
{
    const struct tv_value *v = &p->run.g.value[tap->value];
    int64_t dim[TV_MAX_RANK] = {p->run.d.n};
    for (int i = 1; i < v->rank; i++) dim[i] = v->dim[i];
    char *name = tv_format_new("act/%s", tap->name);
    int id = tv_writer_begin(w, name, TV_F32, v->rank, dim, NULL);
    free(name);
    return id;
}

const char *tv_predict_run(struct tv_predict *p, struct tv_writer *w)
{
    tv_run_meta(w, (const struct tv_graph *[]){&p->run.g}, 1);
    tv_dataset_carry_begin(&p->run.d, w);
    p->id = TV_ARRAY(int, (size_t)p->n_taps + 4);
    p->id[0] = begin(p, w, "logits", TV_F32, p->run.classes);
    p->id[1] = begin(p, w, "pred", TV_I32, 0);
    p->id[2] = begin(p, w, "prob", TV_F32, p->run.classes);
    p->id[3] = begin(p, w, "embedding", TV_F32, p->infer.row[EMBEDDING]);
    for (int t = 0; t < p->n_taps; t++) p->id[4 + t] = begin_act(p, w, &p->tap[t]);
    const char *err;
    while (!(err = tv_predict_next(p)) && p->run.b.n > 0) {
        int64_t rows = p->run.b.n;
        tv_dataset_carry(&p->run.d, w);
        tv_softmax(p->prob, p->infer.out[LOGITS], rows, p->run.classes);
        tv_writer_rows(w, p->id[0], rows, p->infer.out[LOGITS]);
        tv_writer_rows(w, p->id[1], rows, p->pred);
        tv_writer_rows(w, p->id[2], rows, p->prob);
        for (int i = EMBEDDING; i < p->infer.n_want; i++)
            tv_writer_rows(w, p->id[i + 2], rows, p->infer.out[i]);
    }
    return err;
}

int64_t tv_predict_macs(const struct tv_predict *p)
{
    int64_t macs = 0;
    for (int l = 0; l < p->run.g.n_layers; l++) macs += p->run.g.layer[l].macs;
    return macs * (p->run.d.n > 0 ? p->run.d.n : 1);
}

int64_t tv_predict_bytes(const struct tv_predict *p)
{
    int64_t row = p->run.d.c * p->run.d.h * p->run.d.w + p->run.classes + 1;
    return tv_infer_bytes(&p->infer) + p->infer.images * row * (int64_t)sizeof(float);
}
