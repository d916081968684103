/* data/import.h - what tv-import does: finds out what the operands are, and gives either images, block by
 * block, or tensors as they are.
 *
 *     operand                                   gives
 *     folder, list of paths, image files        images
 *     IDX u8 [N,H,W] or [N,H,W,C]               images            (gzip is unpacked)
 *     NPZ, safetensors with a tensor `image`    images, with its `label`, `domain`, `path`
 *     .npy u8 of 3 or 4 dimensions; any .npy of 4 with labels or called `image`      images
 *     every other IDX, .npy, NPZ, safetensors, ONNX TensorProto (.pb)                tensors
 *     table of numbers with a name of its own, or one of several operands            tensors (data/numbers.h)
 *
 * Images from files are RGB unless grey is asked for.  Functions return NULL or a message (tv_msg).
 */
#ifndef TV_DATA_IMPORT_H
#define TV_DATA_IMPORT_H
#include "data/choose.h"
#include "data/images.h"
#include "data/prep.h"

struct tv_import_options {
    struct tv_prep_options prep;
    struct tv_choice choice;
    const char *labels;  /* file; NULL: the source's own */
    const char *classes; /* list or file; NULL: the source's own */
    const char *domain;  /* of all images; NULL: the source's own */
    const char *name;    /* of lone tensors, comma-separated; NULL: the stem of the file's name */
    bool skip_bad;       /* go on without damaged images */
};

struct tv_import {
    bool images; /* images (the rest of this struct), or tensors in `set` */
    struct tv_set set;
    int64_t chosen; /* images that were chosen */
    enum tv_dtype
        dtype; /* of `image` and its dimensions, known after the first block: u8 [N,h,w,c], f32 [N,c,h,w] */
    int64_t dim[4];        /* dim[0] is -1 when damaged images may go (skip_bad) */
    struct tv_attrs attrs; /* of `image` */
    struct tv_images from;
    struct tv_import_state *s;
};

/* Borrowed until the next block. */
struct tv_import_block {
    int64_t n;            /* images; 0, as `bad`, at the end */
    const void *image;    /* [n,h,w,c] or [n,c,h,w] */
    const int32_t *label; /* NULL when the images have none */
    char *const *domain, *const *path;
    int64_t bad;      /* damaged images left out (skip_bad) */
    char *const *why; /* [bad] path and damage */
};

/* NULL, or what is wrong with the options by themselves. */
const char *tv_import_check(const struct tv_import_options *o);
const char *tv_import_open(struct tv_import *im, char *const *operand, int n,
                           const struct tv_import_options *o);
const char *tv_import_next(struct tv_import *im, struct tv_import_block *b);
void tv_import_close(struct tv_import *im);
/* The meta `classes`: class names, one a line; NULL when there are none.  New string. */
char *tv_import_classes_new(const struct tv_import *im);

/* What the operands are (data/sniff.c): images into `from`, or tensors into `set`; *images says which. */
const char *tv_import_sniff(struct tv_import *im, char *const *operand, int n,
                            const struct tv_import_options *o);

#endif
