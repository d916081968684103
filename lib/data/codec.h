/* data/codec.h - the image formats behind tv_image_decode(): one function each.  Private to lib/data. */
#ifndef TV_DATA_CODEC_H
#define TV_DATA_CODEC_H
#include "data/image.h"

const char *tv_png_decode(struct tv_image *im, const uint8_t *bytes, size_t n);
const char *tv_jpeg_decode(struct tv_image *im, const uint8_t *bytes, size_t n);
const char *tv_pnm_decode(struct tv_image *im, const uint8_t *bytes, size_t n);

/* EXIF orientation (1..8) in the payload of an APP1 segment; 1 when there is none. */
int tv_exif_orientation(const uint8_t *app1, size_t n);
/* Turns and mirrors the pixels so that an image of that orientation stands upright. */
const char *tv_image_orient(struct tv_image *im, int orientation);

#endif
