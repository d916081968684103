/* report/parts.h - the members of the page's data, one file each.  Every function appends one member of the
 * object under way, or nothing when its streams are not given, and returns NULL or a message. */
#ifndef TV_REPORT_PARTS_H
#define TV_REPORT_PARTS_H
#include "fig/patch.h"
#include "report/object.h"
#include "report/report.h"

/* "statistics": score, series of the accuracy chart, rows of the class table. */
const char *tv_report_statistics(struct tv_str *b, const struct tv_figure *f);
/* "maps": each with label, domain, predictions of both models, path and image of every row. */
const char *tv_report_instances(struct tv_str *b, const struct tv_figure *f, const struct tv_thumbs *t);
/* "network": per class its layers and the links between them. */
const char *tv_report_network(struct tv_str *b, const struct tv_report *r);
/* "features": per class the discriminability of neurons, their scaled conductances, the projection. */
const char *tv_report_features(struct tv_str *b, const struct tv_report *r, const struct tv_thumbs *t);

/* The classes that name tensors PREFIX/<class>/..., in stream order.  New list: tv_split_free. */
char **tv_report_keys_new(const struct tv_figure *f, const char *prefix, size_t *n);

/* Members of an object, each once. */
struct tv_report_members {
    struct tv_index seen;
    char **key;
    size_t n, cap;
    struct tv_str out;
};
/* False when there is one of that key, which is taken over. */
bool tv_report_members_new(struct tv_report_members *m, char *key);
/* Appends them as `name`; frees them. */
void tv_report_members_end(struct tv_report_members *m, struct tv_str *b, const char *name);

/* What neurons and links look like:
 *     "patches":{"target/conv1/5":[[[image,x,y,w,h,value],...] source, [...] target]}    w 0: the whole image
 *     "features":{"target/conv1/5":"base64 of a JPEG"}                 tv-features' feature images
 *     "kernels":{"target/conv1..conv2/5/7":[[row],...]}                and kernels of links
 */
struct tv_report_pictures {
    const struct tv_report *report;
    struct tv_patches of[2]; /* attributions of the source, the target model */
    struct tv_report_members patches, features, kernels;
    char *error; /* the first one, for the end */
};
void tv_report_pictures_begin(struct tv_report_pictures *p, const struct tv_report *r, const char *class);
void tv_report_pictures_neuron(struct tv_report_pictures *p, enum tv_side model, const char *layer,
                               int64_t neuron);
/* The link between neurons a and b of the layers `pair`, "conv1..conv2". */
void tv_report_pictures_link(struct tv_report_pictures *p, enum tv_side model, const char *pair, int64_t a,
                             int64_t b);
/* Appends all of it.  NULL or a message. */
const char *tv_report_pictures_end(struct tv_report_pictures *p, struct tv_str *b);

#endif
