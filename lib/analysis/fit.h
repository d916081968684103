/* analysis/fit.h - a training run: epochs over a dataset, validation, checkpoints, log, resuming.
 *
 *     every epoch    shuffled images -> augmented -> steps of --batch images (the last one smaller)
 *                    -> validation -> checkpoint (ONNX) -> log (stream)
 *                    -> state (stream: epoch, optimiser, options)
 *
 * The state is written last, under a temporary name first: whenever the run ends, it names a checkpoint that
 * is there. All random numbers follow from the seed, the epoch and the place in it, so that a resumed run
 * needs nothing else.
 */
#ifndef TV_ANALYSIS_FIT_H
#define TV_ANALYSIS_FIT_H
#include "data/augment.h"
#include "nn/schedule.h"
#include "nn/train.h"

struct tv_fit_options {
    const char *model;      /* architecture (nn/arch.h) or ONNX file */
    const char *weights;    /* safetensors, or NULL */
    const char *data, *val; /* datasets; val NULL: no validation */
    int64_t head;           /* outputs of a new last layer; 0: as the model has, or as the data has classes */
    int64_t epochs, batch;
    struct tv_train_options train;
    enum tv_schedule_kind schedule;
    double rate, gamma;   /* of the schedule */
    double warmup, every; /* in epochs */
    struct tv_augment augment;
    const char *out;         /* NULL: standard output */
    const char *checkpoints; /* pattern with one '*' for the epoch; NULL: from `out`; "": none */
    const char *log;         /* NULL: from `out` */
    bool resume;
};

/* NULL, or what is wrong with the options: among themselves, or a model that is nowhere. */
const char *tv_fit_check(const struct tv_fit_options *o);
/* NULL or a message. */
const char *tv_fit(const struct tv_fit_options *o);
/* What tv_fit would do, on standard output. */
const char *tv_fit_plan(const struct tv_fit_options *o);

#endif
