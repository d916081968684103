/* report/report.h - the whole analysis as one HTML page that opens from disk (SPEC 7).
 *
 *     struct tv_report r = {.thumbnail = 64, ...};
 *     for each operand: tv_report_add(&r, path);
 *     message = tv_report_write(&html, &r);           then tv_file_write()
 *     tv_report_release(&r);
 *
 * The page holds the data as JSON (object.h), the images as sheets of thumbnails (sheet.h), the accuracy
 * chart as tv-plot draws it, and the script and the style sheet of lib/report/web.  A view whose streams are
 * not given is left out; the page says which program makes them.
 */
#ifndef TV_REPORT_REPORT_H
#define TV_REPORT_REPORT_H
#include "fig/figure.h"

struct tv_report {
    struct tv_figure all;      /* operands, parts, data sets */
    struct tv_figure source;   /* attributions of the source model; images are those of `all` */
    struct tv_set pictures[2]; /* tv-features' output for the source, the target model; may be empty */
    const char *title;         /* NULL: the models' names */
    int64_t top;               /* neurons a layer in the network view */
    int64_t patches;           /* images or patches a neuron and domain */
    int64_t thumbnail;         /* longer side of an image, in pixels */
    uint64_t image_bytes;      /* all thumbnails together */
};

/* Reads an operand: a stream, or a data set (recognised by its tensor `image`). */
const char *tv_report_add(struct tv_report *r, const char *path);
/* Reads attributions of the source model. */
const char *tv_report_add_source(struct tv_report *r, const char *path);
/* Reads feature images and kernels of a model (0 source, 1 target). */
void tv_report_add_pictures(struct tv_report *r, int model, const char *path);
/* The page, appended to `html`.  NULL or a message. */
const char *tv_report_write(struct tv_str *html, struct tv_report *r);
void tv_report_release(struct tv_report *r);

#endif
