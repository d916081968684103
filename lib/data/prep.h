/* data/prep.h - preprocessing as tv-import takes it: colours, then resize, crop and pad, done to the pixels;
 * scale, mean, std and channel order, recorded as attributes of `image` and done by whoever runs the model
 * (data/norm.h). */
#ifndef TV_DATA_PREP_H
#define TV_DATA_PREP_H
#include "core/tensor.h"
#include "data/image.h"

/* Values of the options of these names; {.preset = TV_PRESET_RAW} asks for nothing. */
enum tv_preset { TV_PRESET_RAW, TV_PRESET_UNIT, TV_PRESET_HALF, TV_PRESET_CAFFE, TV_PRESET_IMAGENET };
extern const char *const tv_preset_names[]; /* in this order, NULL-terminated: choices of --preset */

struct tv_prep_options {
    int preset;                     /* what it sets is overridden by the options below */
    const char *resize;             /* "N": the shorter side; "WxH"; NULL: none */
    int64_t crop, pad;              /* side of the square; 0: none */
    bool rgb, bgr, grey;            /* at most one */
    const char *scale, *mean, *std; /* numbers separated by commas, "1/255" too; NULL: none */
};

struct tv_prep {
    int64_t channels;           /* 1, 3, or 0: as the image is */
    int64_t resize_w, resize_h; /* 0: none; resize_h 0: the shorter side becomes resize_w */
    int64_t crop, pad;          /* 0: none */
    struct tv_attrs attrs;      /* scale, mean, std, order, where given */
};

/* NULL or what is wrong with the options. */
const char *tv_prep_init(struct tv_prep *p, const struct tv_prep_options *o);
void tv_prep_release(struct tv_prep *p);
/* Does it change pixels? */
bool tv_prep_is_active(const struct tv_prep *p);
/* Colours, resize, crop, pad. */
const char *tv_prep_image(const struct tv_prep *p, struct tv_image *im);

#endif
