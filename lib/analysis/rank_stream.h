/* analysis/rank_stream.h - ranks of a stream of attributions, per class and layer, as its rows arrive
 * (SPEC 6.2).
 *
 * Memory: one sum per class, layer and neuron; the images' classes; a megabyte or two of rows, which are ranked
 * together; and rows that came before their images' classes, which are none where chunks interleave as
 * tv-attrib writes them (an NPZ with its labels last is held whole).
 */
#ifndef TV_ANALYSIS_RANK_STREAM_H
#define TV_ANALYSIS_RANK_STREAM_H
#include "analysis/classes.h"
#include "core/stream.h"

/* One layer. */
struct tv_rank_layer {
    struct tv_tensor *tensor; /* owned by the reader */
    const char *name;         /* "conv3"; borrowed from it */
    int64_t neurons;
    int64_t ranked; /* images that were ranked or, without a class, left out */
    bool f32;       /* of `waiting`; else f64 */
    char *waiting;  /* rows [waiting_from .. waiting_to) that are not ranked yet */
    int64_t waiting_from, waiting_to;
    size_t waiting_cap; /* bytes */
    double **sum;       /* [classes] -> [neurons] summed ranks; NULL for a class without images */
};

struct tv_rank_options {
    const char *by;            /* tensor of the images' classes */
    const char *layers;        /* list of layers; NULL: all */
    struct tv_strings classes; /* classes; empty: all that have images */
    double top;                /* share of a layer's neurons that are important */
};

struct tv_rank_stream {
    const struct tv_rank_options *o; /* borrowed */
    const char *name;                /* of the input, for messages; borrowed */
    struct tv_attrs meta;            /* of the input */
    bool has_classes;                /* was the tensor of the classes declared? */
    int32_t *label;                  /* [images] as far as it came */
    size_t images, label_cap;
    struct tv_class_census census; /* what came */
    int64_t *instances;            /* census.instances */
    struct tv_rank_layer *layer;
    size_t layers, layer_cap;
    size_t waiting;           /* bytes of all layers */
    struct tv_classes chosen; /* after tv_rank_stream_end */
    bool *chosen_layer;       /* [layers] */
};

void tv_rank_stream_init(struct tv_rank_stream *s, const char *name, const struct tv_rank_options *o);
void tv_rank_stream_release(struct tv_rank_stream *s);
/* Takes one record of the reader; tensors that are neither attributions nor classes are passed over.
 * NULL or a message that names the input and the tensor. */
const char *tv_rank_stream_take(struct tv_rank_stream *s, const struct tv_record *rec);
/* After the last record: NULL or a message when something is missing, numbers of rows differ, or a class or
 * layer that was asked for is not there. */
const char *tv_rank_stream_end(struct tv_rank_stream *s);
/* Writes the meta, then rank/<class>/<layer> and top/<class>/<layer> for the chosen classes and layers. */
void tv_rank_stream_write(const struct tv_rank_stream *s, struct tv_writer *w);

#endif
