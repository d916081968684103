/* analysis/attribs.h - attributions in a stream: `attrib/<layer>` [images, neurons] with the images' classes.
 *
 * Classes come from a tensor of integers [images], `label` unless asked for otherwise (`pred`,
 * `attrib.target`); a negative one is an image without class.
 */
#ifndef TV_ANALYSIS_ATTRIBS_H
#define TV_ANALYSIS_ATTRIBS_H
#include "analysis/classes.h"
#include "core/stream.h"

/* "attrib/conv3" -> "conv3", NULL for other tensors.  Borrowed from `tensor`. */
const char *tv_attrib_layer(const char *tensor);
/* NULL or a message that names the tensor: want numbers [images, neurons]; integers [images]. */
const char *tv_attrib_check(const struct tv_tensor *t);
const char *tv_attrib_check_classes(const struct tv_tensor *t);
/* NULL or a message: a class index of tensor `by` that is beyond any real one (it would size tables). */
const char *tv_attrib_check_class(const char *by, int32_t class);
/* Messages for a stream without attributions, or without the tensor `by` of their classes. */
const char *tv_attrib_none(void);
const char *tv_attrib_no_classes(const char *by);
/* Sets chosen[n] for the attribution tensors whose layers `list` selects (core/names.h), by name or by their
 * `node` attribute; NULL or a message. */
const char *tv_attrib_choose(bool *chosen, struct tv_tensor *const *t, size_t n, const char *list);
/* Attributes of a result of one class and layer: `class-name` (unless NULL), `instances`, and what is known
 * of the layer (`kind`, `node`). */
void tv_attrib_describe(struct tv_attrs *attrs, const struct tv_tensor *layer, const char *class_name,
                        int64_t instances);

/* Writes the meta of an input to a result, but not `shard`, with a warning: what was added up over the images
 * of one shard cannot be joined.  Nor `model` when `several` were compared. */
void tv_attrib_write_meta(struct tv_writer *w, const struct tv_attrs *meta, bool several);

/* Indices of neurons in a stream: tensor `name` of `s`, i32 [n] (width 1) or [n, width], every one at least 0
 * and below limit[its column].  *t is NULL when the set does not have it.  NULL or a message. */
const char *tv_attrib_indices(const struct tv_tensor **t, const struct tv_set *s, const char *name, int width,
                              const int64_t *limit);

/* The attributions of one model for one set of images, in memory. */
struct tv_attribs {
    struct tv_set set;
    const char *name; /* for messages: where it came from */
    int64_t images;
    int32_t *label; /* [images]; NULL when the stream has no classes */
    struct tv_class_census census;
    int64_t *instances; /* census.instances */
    int layers;
    const char **layer;       /* names, NULL-terminated; borrowed from the tensors */
    struct tv_tensor **value; /* [layers] */
};
/* Reads `path` (`-`: stdin) whole.  Dies in core when the stream is damaged; NULL or a message when it holds
 * no attributions, numbers of rows that differ, or, unless `any_class`, no classes. */
const char *tv_attribs_read(struct tv_attribs *a, const char *path, const char *by, bool any_class);
void tv_attribs_release(struct tv_attribs *a);
/* The layer called `name`, -1 when there is none. */
int tv_attribs_layer(const struct tv_attribs *a, const char *name);
int64_t tv_attribs_neurons(const struct tv_attribs *a, int layer);

/* Indices of the images of a class (TV_ALL_CLASSES: of all images), in order; `rows` has room for a->images.
 * Returns their number. */
enum { TV_ALL_CLASSES = -1 };
int64_t tv_attribs_rows(int32_t *rows, const struct tv_attribs *a, int32_t class);
/* x [n][neurons] = the attributions of images rows[0..n) for all neurons of a layer.  NULL or a message: a
 * value that is not finite. */
const char *tv_attribs_gather(float *x, const struct tv_attribs *a, int layer, const int32_t *rows,
                              int64_t n);
/* x[i * stride + j] = the attribution of image rows[i] for neuron[j], j < neurons; likewise. */
const char *tv_attribs_pick(double *x, int64_t stride, const struct tv_attribs *a, int layer,
                            const int32_t *rows, int64_t n, const int32_t *neuron, int64_t neurons);

#endif
