/* analysis/attribute.h - a sweep (nn/sweep.h) over a dataset, written as a stream: tv-attrib without its
 * options.
 *
 * Tensors: share/doc/tensors.md.  With target `all` every image is explained for each of the K classes and
 * the tensors are attrib/<layer> [N,K,C], attrib.delta and attrib.logit [N,K].  Of two networks, source and
 * target, the names begin with source/ and target/; what both compute alike is computed once.
 */
#ifndef TV_ANALYSIS_ATTRIBUTE_H
#define TV_ANALYSIS_ATTRIBUTE_H
#include "analysis/run.h"
#include "nn/sweep.h"

enum { TV_ATTRIBUTE_NETS = 2 };

struct tv_attribute_options {
    const char *model[TV_ATTRIBUTE_NETS]; /* one, or source and target: the second NULL or not */
    const char *weights, *data;
    const char *layers; /* NULL: all */
    const char *target; /* label, pred, all, or a class */
    const char
        *baseline; /* a number in normalised space, black, mean, or a file of one image in normalised space */
    struct tv_sweep_options sweep;
    int64_t shard, shards;
    bool peaks;   /* write where each map's maximum lies */
    bool profile; /* add up where the time goes */
};

/* One network's share. */
struct tv_attributed {
    struct tv_graph *g;
    const char *prefix; /* of its tensors */
    struct tv_sweep sweep;
    struct tv_tap *tap; /* what is attributed to, [sweep.n_taps] */
    struct {
        int *attrib, *peak, delta, logit, target, steps; /* -1: not written */
    } id;                                                /* the writer's numbers */
    struct tv_sweep_result r;
    struct tv_profile profile;
};

struct tv_attribute {
    struct tv_attribute_options o;
    struct tv_run run;      /* the dataset, and the first network */
    struct tv_graph second; /* the second */
    struct tv_attributed net[TV_ATTRIBUTE_NETS];
    int n_nets;
    int64_t images; /* at a time */
    bool all;       /* target all */
    int64_t fixed;  /* target class, TV_TARGET_LABEL or TV_TARGET_PRED */
};
enum { TV_TARGET_LABEL = -2, TV_TARGET_PRED = -1 };

const char *tv_attribute_open(struct tv_attribute *a, const struct tv_attribute_options *o);
const char *tv_attribute_run(struct tv_attribute *a, struct tv_writer *w);
void tv_attribute_close(struct tv_attribute *a);
/* The profile as TSV (nn/profile.h), layers of two networks with their prefixes; a new string. */
char *tv_attribute_profile_new(const struct tv_attribute *a);
/* What it will take: multiply-adds for all images (or one when their number is unknown), bytes held. */
int64_t tv_attribute_macs(const struct tv_attribute *a);
int64_t tv_attribute_bytes(const struct tv_attribute *a);

#endif
