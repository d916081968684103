/* nn/infer.h - values of a network for a batch of images, in ONNX's order. */
#ifndef TV_NN_INFER_H
#define TV_NN_INFER_H
#include "nn/exec.h"

struct tv_infer {
    struct tv_graph *g;
    struct tv_exec e;
    int *want, n_want;
    float **out;    /* per wanted value: [images][row] in the logical order, from the last run */
    int64_t *row;   /* per wanted value: elements of one image */
    int64_t bytes;  /* that a run takes */
    int64_t images; /* the most a run may bring */
};
/* `want`: values.  `mem`: bytes that the process may take (0: 512 MiB for values), `beside` of them still to be
 * taken by the caller; `batch` > 0 sets the images of a run.  NULL or a message. */
const char *tv_infer_init(struct tv_infer *f, struct tv_graph *g, const int *want, int n_want, int64_t batch,
                          uint64_t mem, int64_t beside);
void tv_infer_release(struct tv_infer *f);
/* x: rows of the input value, in its layout; images <= f->images. */
const char *tv_infer_run(struct tv_infer *f, int64_t images, const float *x);
/* Bytes that a run takes beside the network. */
int64_t tv_infer_bytes(const struct tv_infer *f);

/* Rows of a value from its layout to the logical order. */
void tv_rows_to_plain(float *out, const float *in, const struct tv_value *v, int64_t rows);

#endif
