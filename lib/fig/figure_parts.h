/* fig/figure_parts.h - what the figures share: finding their tensors, naming classes, the head of the page.
 */
#ifndef TV_FIG_FIGURE_PARTS_H
#define TV_FIG_FIGURE_PARTS_H
#include "fig/figure.h"

#define TV_FIGURE_WIDTH  1100 /* page units */
#define TV_FIGURE_NARROW 1000 /* what lists still fit */
#define TV_FIGURE_MARGIN 28

/* Width of the page, at least TV_FIGURE_NARROW, and where its contents end. */
double tv_figure_width(const struct tv_figure *f);
double tv_figure_right(const struct tv_figure *f);

/* The tensor of that name in any of the operands; NULL when absent. */
const struct tv_tensor *tv_figure_find(const struct tv_figure *f, const char *fmt, ...) TV_PRINTF(2, 3);
/* " · source epoch 10, target epoch 6" (the first's separator included) of the models whose
 * confusion tv-eval kept; "" for models of one epoch, or when it is not known.  Borrowed like tv_msg's. */
const char *tv_figure_epochs(const struct tv_figure *f);
/* A message unless the tensor has this rank and, where dim >= 0, these sizes. */
const char *tv_figure_shape(const struct tv_tensor *t, int rank, int64_t dim0, int64_t dim1);
/* "network: want sim/<class>/<layer>, found none in map.tv; tv-sim makes it" */
const char *tv_figure_missing(const struct tv_figure *f, const char *wanted, const char *maker);

/* Name of class k, or its index.  New string. */
char *tv_figure_class_new(const struct tv_figure *f, int64_t k);
/* The `<class>` of tensors "PREFIX/<class>/...": the one that --class asks for, or the first; `key` is new,
 * NULL when there is none. */
const char *tv_figure_class_key(char **key, const struct tv_figure *f, const char *prefix);
/* "Class bike", "All classes": what a key of tensor names stands for.  New string. */
char *tv_figure_key_text_new(const struct tv_figure *f, const char *key);

/* keep[i]: does --layers ask for name[i], or for its ONNX node (`node` and its entries may be NULL)?  All
 * without the option. */
const char *tv_figure_layers(bool *keep, const struct tv_figure *f, const char *const *name,
                             const char *const *node, int n);

/* Steps of this size, modulo n, visit n marks each once and mix what lies together in the data: no domain is
 * drawn on top of the other. */
int64_t tv_figure_stride(int64_t n);

/* Title and subtitle; the subtitle wraps.  Returns the y below them.  Sets the document's title, too. */
double tv_figure_head(struct tv_canvas *c, const struct tv_figure *f, const char *title, const char *subtitle,
                      double width);
/* Draws `s` in lines no wider than `width`; returns the baseline after the last line. */
double tv_figure_wrap(struct tv_canvas *c, const struct tv_text *style, double x, double y, double width,
                      double line, const char *s);

#endif
