/* report/parts.h - the members of the page's data, one file each.  Every function appends one member of the
 * object under way, or nothing when its streams are not given, and returns NULL or a message. */
#ifndef TV_REPORT_PARTS_H
#define TV_REPORT_PARTS_H
#include "fig/patch.h"
#include "report/object.h"
#include "report/report.h"

/* "statistics": score, series of the accuracy chart, rows of the class table. */
const char *tv_report_statistics(struct tv_str *b, const struct tv_figure *f);
/* "instances": the map with label, domain, predictions of both models, path and image of every row. */
const char *tv_report_instances(struct tv_str *b, const struct tv_figure *f, const struct tv_thumbs *t);
/* "network": per class its layers and the links between them. */
const char *tv_report_network(struct tv_str *b, const struct tv_report *r);
/* "features": per class the discriminability of neurons, their scaled conductances, the projection. */
const char *tv_report_features(struct tv_str *b, const struct tv_report *r, const struct tv_thumbs *t);

/* The classes that name tensors PREFIX/<class>/..., in stream order.  New list: tv_split_free. */
char **tv_report_keys_new(const struct tv_figure *f, const char *prefix, size_t *n);

/* What neurons respond to, each once: "patches":{"target/conv1/5":[[image,x,y,w,h,value],...]}; w 0: the
 * whole image. */
struct tv_report_patches {
    int64_t each;
    struct tv_patches of[2]; /* attributions of the source, the target model */
    struct tv_index seen;
    char **key;
    size_t n, cap;
    struct tv_str out;
};
void tv_report_patches_begin(struct tv_report_patches *p, const struct tv_report *r, const char *class);
void tv_report_patches_add(struct tv_report_patches *p, enum tv_side model, const char *layer,
                           int64_t neuron);
void tv_report_patches_end(struct tv_report_patches *p, struct tv_str *b);

#endif
