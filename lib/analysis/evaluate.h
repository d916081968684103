/* analysis/evaluate.h - checkpoints over data sets (SPEC.md 6.7): tv-eval without its options. */
#ifndef TV_ANALYSIS_EVALUATE_H
#define TV_ANALYSIS_EVALUATE_H
#include "analysis/accuracy.h"
#include "core/opt.h"
#include "core/stream.h"

struct tv_evaluate_options {
    struct tv_strings
        models[TV_MODELS];  /* per model: files and globs of its checkpoints, in order of epochs */
    struct tv_strings data; /* ROLE=FILE */
    int64_t batch;
    uint64_t mem;
};
/* NULL or what is wrong with the options: no models or data sets, an unknown role, one that comes twice. */
const char *tv_evaluate_check(const struct tv_evaluate_options *o);
/* With options that were checked, runs every checkpoint over every data set and writes the tensors of
 * share/doc/tensors.md.  Files that a glob matches are taken in natural order (source-2 before source-10).
 * NULL or a message. */
const char *tv_evaluate(const struct tv_evaluate_options *o, struct tv_writer *w);

#endif
