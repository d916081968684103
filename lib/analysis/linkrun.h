/* analysis/linkrun.h - link counts (analysis/links.h) over a dataset: tv-weights without its options. */
#ifndef TV_ANALYSIS_LINKRUN_H
#define TV_ANALYSIS_LINKRUN_H
#include "analysis/links.h"
#include "analysis/plan.h"
#include "analysis/run.h"
#include "nn/infer.h"

struct tv_linkrun_options {
    const char *model, *weights, *data;
    const char *layers;  /* NULL: all */
    const char *classes; /* NULL: all that have images */
    double top;          /* share of the pairs */
    int64_t batch;
    uint64_t mem;
};

struct tv_linkrun {
    struct tv_run run;
    struct tv_infer infer;
    struct tv_link_table *table;
    const char *classes;
};

const char *tv_linkrun_open(struct tv_linkrun *l, const struct tv_linkrun_options *o);
/* Goes over all images.  NULL or a message: a class without images, no labels. */
const char *tv_linkrun_run(struct tv_linkrun *l);
void tv_linkrun_write(const struct tv_linkrun *l, struct tv_writer *w);
void tv_linkrun_close(struct tv_linkrun *l);
int64_t tv_linkrun_macs(const struct tv_linkrun *l);
int64_t tv_linkrun_bytes(const struct tv_linkrun *l);

#endif
