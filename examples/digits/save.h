/* save.h - labelled images to files: IDX as MNIST has it, a folder per class, or one contact sheet. */
#ifndef EXAMPLES_DIGITS_SAVE_H
#define EXAMPLES_DIGITS_SAVE_H
#include <stdint.h>

struct images {
    int64_t n;
    int size, channels, classes; /* labels are 0 .. classes-1 */
    uint8_t *pixels;             /* [n,size,size,channels] */
    uint8_t *label;              /* [n] */
};

/* These end the program when a file cannot be written. */
void save_idx(const struct images *im,
              const char *out); /* OUT-images-idx4-ubyte.gz (grey: idx3), OUT-labels-… */
void save_folder(const struct images *im, const char *out); /* OUT/<label>/<number>.png */
void save_sheet(const struct images *im, const char *out);  /* OUT, a PNG, 20 images a row */

#endif
