/* fig/figure.h - the figures of SPEC 7, one file each; share/doc/figures.md says what every mark means.
 *
 *     struct tv_figure f = {...};
 *     for each operand: tv_figure_add(&f, path);
 *     message = tv_figure_draw(canvas, &f);           then tv_canvas_write()
 *     tv_figure_release(&f);
 *
 * A figure is drawn at its natural size, about 1100 units wide (the network relation view: what it needs),
 * and sets the canvas' size.  Functions return NULL or a message: what is missing and which program makes it.
 */
#ifndef TV_FIG_FIGURE_H
#define TV_FIG_FIGURE_H
#include "core/stream.h"
#include "data/dataset.h"
#include "fig/canvas.h"
#include "nn/graph.h"

enum tv_figure_kind {
    TV_FIGURE_ACCURACY,
    TV_FIGURE_CLASSES,
    TV_FIGURE_INSTANCES,
    TV_FIGURE_NETWORK,
    TV_FIGURE_FEATURES,
    TV_FIGURE_DOMAINS,
    TV_FIGURE_OVERVIEW,
    TV_FIGURE_ARCH,
    TV_FIGURE_CURVES,
    TV_FIGURES
};
extern const char *const tv_figure_name[]; /* choices; NULL-terminated */

enum tv_figure_sort {
    TV_SORT_DIFFERENCE,
    TV_SORT_INDEX,
    TV_SORT_NAME,
    TV_SORT_SOURCE,
    TV_SORT_TARGET,
    TV_SORT_ERRORS,
};
extern const char *const tv_figure_sort_name[];
enum tv_figure_order { TV_ORDER_MOST, TV_ORDER_LEAST }; /* discriminative neurons first */
extern const char *const tv_figure_order_name[];

/* The streams that a figure takes by option, because two of them hold tensors of the same names. */
enum tv_figure_part {
    TV_PART_SOURCE_RANKS,
    TV_PART_TARGET_RANKS,
    TV_PART_SOURCE_LINKS,
    TV_PART_TARGET_LINKS,
    TV_PART_SOURCE_INFER,
    TV_PART_TARGET_INFER,
    TV_FIGURE_PARTS
};

struct tv_figure {
    int kind;              /* enum tv_figure_kind; TV_FIGURES: all of them, for the report */
    struct tv_set *stream; /* the operands, each with the tensors that the figure uses */
    size_t n, cap;
    struct tv_set *part[TV_FIGURE_PARTS]; /* NULL: not given */
    struct tv_dataset *images;            /* loaded */
    size_t n_images, cap_images;
    struct tv_graph *model; /* arch: the network; NULL: not given */
    /* what to show */
    const char *title;  /* NULL: the figure's own */
    char panel;         /* letter before the title, of a panel of the overview; 0: none */
    const char *class;  /* names and indices, comma separated; NULL: all, or the only one */
    const char *layers; /* names, globs, ranges; NULL: the figure's choice */
    int64_t top;        /* rows, neurons; 0: the figure's choice */
    double width;       /* of the page; 0: 1100 units.  The network and arch are as wide as they need */
    int last_layers;    /* network: so many without --layers; 0: the figure's choice */
    int64_t thumbnails; /* images on the map; 0: none */
    int sort;           /* classes: enum tv_figure_sort */
    int order;          /* features, domains: enum tv_figure_order */
    bool no_rest, no_source_weights; /* network: without the other neurons, the source model's links */
    /* found in the streams by tv_figure_draw */
    const char *class_names; /* meta `classes`; NULL: names are not known */
    char **class_name;       /* [classes] the same, apart */
    size_t classes;
    const char *domain[2]; /* what source and target are called (domain.h); NULL: just so */
};

/* Reads an operand: a stream, a data set (recognised by its tensor `image`), or for arch an ONNX model.  Dies
 * as tv_set_read does. */
const char *tv_figure_add(struct tv_figure *f, const char *path);
void tv_figure_add_part(struct tv_figure *f, enum tv_figure_part part, const char *path);
/* Sets the names of classes and domains from the streams; tv_figure_draw does.  tv_figure_forget_names frees
 * them. */
void tv_figure_find_names(struct tv_figure *f);
void tv_figure_forget_names(struct tv_figure *f);
const char *tv_figure_draw(struct tv_canvas *c, const struct tv_figure *f);
void tv_figure_release(struct tv_figure *f);

const char *tv_figure_accuracy(struct tv_canvas *c, const struct tv_figure *f);
const char *tv_figure_classes(struct tv_canvas *c, const struct tv_figure *f);
const char *tv_figure_instances(struct tv_canvas *c, const struct tv_figure *f);
const char *tv_figure_network(struct tv_canvas *c, const struct tv_figure *f);
const char *tv_figure_features(struct tv_canvas *c, const struct tv_figure *f);
const char *tv_figure_domains(struct tv_canvas *c, const struct tv_figure *f);
const char *tv_figure_overview(struct tv_canvas *c, const struct tv_figure *f);
const char *tv_figure_arch(struct tv_canvas *c, const struct tv_figure *f);
const char *tv_figure_curves(struct tv_canvas *c, const struct tv_figure *f);

#endif
