/* data/dataset.h - a dataset stream (tv-import's output, or an NPZ with `image`) as normalised batches of
 * images.
 *
 *     struct tv_dataset d;
 *     tv_check(tv_dataset_open(&d, path));            // then d.c, d.h, d.w, d.n, d.class_name are known
 *     tv_check(tv_dataset_fits(&d, 3, 32, 32));       // the model's input
 *     d.layout = TV_NHWC;
 *     tv_dataset_carry_begin(&d, out);                // meta, label, domain, path
 *     while (tv_check(tv_dataset_next(&d, 64, x, &b)), b.n > 0) {
 *         ...                                         // x[0 .. b.n)
 *         tv_dataset_carry(&d, out);
 *     }
 *     tv_dataset_close(&d);
 *
 * What an image goes through: y = (x*scale - mean)/std per channel with the attributes of `image`
 * (share/doc/tensors.md), channels swapped first when `order` is bgr.  u8 images are [N,H,W,C] (or [N,H,W],
 * one grey channel), those of any other dtype [N,C,H,W].
 *
 * Works on pipes: holds one batch and one chunk.  Tensors whose rows do not interleave (NPZ) are held in
 * memory. Functions return NULL or a message that names the dataset (tv_msg); a stream that is damaged dies
 * in core.
 */
#ifndef TV_DATA_DATASET_H
#define TV_DATA_DATASET_H
#include "core/stream.h"

struct tv_dataset {
    const char *name;      /* for messages: base name of the file, or "stdin" */
    int64_t n;             /* images that the iteration gives; -1 while unknown (a pipe, a class filter) */
    int64_t c, h, w;       /* channels, height, width */
    enum tv_layout layout; /* of the batches: TV_NCHW, or what the caller sets before the first one */
    bool labelled;         /* is there a `label`? */
    size_t classes;        /* number of class names; 0 when unknown */
    char **class_name;     /* meta `classes`, in index order */
    struct tv_attrs meta;  /* all that the stream said before its first rows */
    struct tv_dataset_state *s;
};

/* What comes with the images of a batch; borrowed until the next call. */
struct tv_batch {
    int64_t n;            /* images; 0 at the end */
    const int64_t *row;   /* [n] index of each in the dataset */
    const int32_t *label; /* [n] -1 unknown; NULL without labels */
    char *const *domain;  /* [n]; NULL without */
    char *const *path;    /* [n]; NULL without */
};

/* "-" is stdin.  Reads up to the first rows. */
const char *tv_dataset_open(struct tv_dataset *d, const char *path);
void tv_dataset_close(struct tv_dataset *d); /* reads and verifies what is left of the stream */

/* "model wants 3x32x32, svhn.tv has 1x28x28; tv-import --rgb --pad 32 gives that"; c, h or w < 0: any. */
const char *tv_dataset_fits(const struct tv_dataset *d, int64_t c, int64_t h, int64_t w);

/* Before the first batch: only rows [n*i/shards, n*(i+1)/shards), which needs the number of rows; and only
 * the classes of a comma-separated list of names and indices. */
const char *tv_dataset_shard(struct tv_dataset *d, int64_t i, int64_t shards);
const char *tv_dataset_only(struct tv_dataset *d, const char *classes);
/* Index of a class given by name or index; -1 when there is none of that name. */
int64_t tv_dataset_class(const struct tv_dataset *d, const char *word);

/* The next at most `max` images into x (room for max*c*h*w floats; NULL: labels and paths only). */
const char *tv_dataset_next(struct tv_dataset *d, int64_t max, float *x, struct tv_batch *b);

/* Normalised value of pixel value `pixel` (0 is black, 255 white) in channel `channel` of the batches. */
float tv_dataset_value(const struct tv_dataset *d, int64_t channel, double pixel);

/* ---- label, domain and path into an output ---- */

/* Writes the meta (and `shard`), begins the carried tensors in the writer's current group; d->n rows or
 * unknown. */
void tv_dataset_carry_begin(struct tv_dataset *d, struct tv_writer *w);
/* Writes their rows of the last batch. */
void tv_dataset_carry(struct tv_dataset *d, struct tv_writer *w);

/* ---- in memory: for training, several models over one dataset, thumbnails ---- */

/* Reads the rest (of the shard and classes asked for); `d->n` is their number then.  u8 images stay u8. */
const char *tv_dataset_load(struct tv_dataset *d);
/* Of a loaded dataset: starts again from the first image. */
void tv_dataset_rewind(struct tv_dataset *d);
/* All rows of a loaded dataset as one batch (labels, paths). */
struct tv_batch tv_dataset_all(const struct tv_dataset *d);
/* Images index[0..n) of a loaded dataset, normalised, into x. */
void tv_dataset_gather(const struct tv_dataset *d, const int64_t *index, int64_t n, float *x);
/* Image i of a loaded dataset as 8-bit RGB [h,w,3], grey repeated: u8 images as imported; of float images
 * [0,1], [-1,1] and [0,255] span black to white, other ranges go from their smallest to their largest value.
 */
void tv_dataset_rgb(const struct tv_dataset *d, int64_t i, uint8_t *rgb);

/* ---- back to pixels ---- */

/* Are the images 8-bit?  Then black and white are known before the first image; else the dataset must be
 * loaded for what follows. */
bool tv_dataset_is_u8(const struct tv_dataset *d);
/* Normalised values of black and white in the batches' channel k, and the channel that it comes from: of
 * three 0 is red. */
void tv_dataset_span(const struct tv_dataset *d, int64_t k, float *black, float *white, int *colour);
/* n images of a batch as 8-bit RGB [n,h,w,3], as tv_dataset_rgb gives them. */
void tv_dataset_pixels(const struct tv_dataset *d, const float *x, int64_t n, uint8_t *rgb);

#endif
