/* analysis/fit_run.h - a training run under way, shared by fit.c and fit_files.c; private to lib/analysis. */
#ifndef TV_ANALYSIS_FIT_RUN_H
#define TV_ANALYSIS_FIT_RUN_H
#include "analysis/fit.h"
#include "core/output.h"
#include "nn/model.h"

enum tv_fit_series { TV_FIT_LOSS, TV_FIT_ACCURACY, TV_FIT_VAL, TV_FIT_RATE, TV_FIT_SERIES };

struct tv_fit {
    const struct tv_fit_options *o;
    struct tv_dataset train, val;
    struct tv_model model;
    struct tv_train trainer;
    int64_t *rows, n_rows;           /* of the training images that have a label */
    int64_t done;                    /* epochs finished */
    int64_t images;                  /* gone through in this run, for progress */
    double *series[TV_FIT_SERIES];   /* [o->epochs] the log */
    char *history;                   /* of every output: as if the run had not been interrupted */
    char *checkpoints, *log, *state; /* paths; NULL: not written */
    struct tv_output out, next;      /* the result and the next checkpoint, opened before the work */
};

/* Sets the paths from the options. */
void tv_fit_name_files(struct tv_fit *f);
/* Opens the checkpoint of the epoch that begins: what cannot be written is found before the work. */
void tv_fit_open_checkpoint(struct tv_fit *f);
/* After an epoch: checkpoint, log, state, in this order. */
const char *tv_fit_save(struct tv_fit *f);
/* Is there a state to go on from?  Before f->trainer exists: loads the checkpoint into f->model and sets
 * f->done. */
const char *tv_fit_resume_model(struct tv_fit *f, bool *resumed);
/* Then the optimiser's state and the log. */
const char *tv_fit_resume_trainer(struct tv_fit *f);

#endif
