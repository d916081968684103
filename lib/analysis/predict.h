/* analysis/predict.h - what a network says of a dataset, as a stream: tv-infer without its options.
 * Tensors: share/doc/tensors.md. */
#ifndef TV_ANALYSIS_PREDICT_H
#define TV_ANALYSIS_PREDICT_H
#include "analysis/run.h"
#include "nn/infer.h"

struct tv_predict_options {
    const char *model, *weights, *data;
    const char *layers; /* whose outputs are written as act/<layer>; NULL: none */
    int64_t batch, shard, shards;
    uint64_t mem;
};

struct tv_predict {
    struct tv_run run;
    struct tv_infer infer;
    struct tv_tap *tap; /* written as act/<name>, [n_taps] */
    int n_taps;
    int *id;       /* writer's numbers: logits, pred, prob, embedding, act/... */
    int32_t *pred; /* of the batch at hand, [images] */
    float *prob;   /* [images][classes] */
};

const char *tv_predict_open(struct tv_predict *p, const struct tv_predict_options *o);
const char *tv_predict_run(struct tv_predict *p, struct tv_writer *w);
void tv_predict_close(struct tv_predict *p);
int64_t
tv_predict_macs(const struct tv_predict *p); /* for all images; for one when their number is unknown */
int64_t tv_predict_bytes(const struct tv_predict *p); /* held at most */

/* Predicted classes only, batch by batch: NULL or a message; p->run.b.n == 0 at the end. */
const char *tv_predict_next(struct tv_predict *p);

#endif
