/* nn/maximise.h - feature images of neurons by activation maximisation (Olah et al., Distill 2017).
 *
 *     max over theta of  mean_p r(z_p)      z: the channel of a layer's output, p its positions,
 *                                           r(z) = z above zero, 0.03 z below
 *
 * for the image that theta stands for (num/spectral.h), shifted, turned and scaled at random in every step
 * (num/warp.h); Adam.  r, because the mean of a first convolution itself only knows the image's mean colour.
 * The image is the middle of a torus whose sides suit the FFT.
 *
 * Every neuron has its own random numbers, so an image does not depend on those made together with it.
 */
#ifndef TV_NN_MAXIMISE_H
#define TV_NN_MAXIMISE_H
#include "nn/exec.h"
#include "num/spectral.h"
#include "num/warp.h"

/* What the network's input is of pixels from black to white. */
struct tv_maximise_input {
    float black[3], white[3]; /* normalised value in each channel */
    int colour[3];            /* the channel's colour: 0 red, 1 green, 2 blue; 0 when there is only one */
};
struct tv_maximise_options {
    int64_t steps;
    double rate;   /* of Adam */
    double jitter; /* largest shift, in parts of the image's side */
    double rotate; /* largest turn, in degrees */
    double zoom;   /* largest change of size, in parts of it */
    uint64_t seed;
    uint64_t mem;  /* bytes that the process may take; 0: 512 MiB for values */
    int64_t batch; /* neurons at a time; 0: as many as fit */
};
struct tv_maximise {
    struct tv_maximise_options o;
    struct tv_maximise_input in;
    struct tv_graph *g;
    struct tv_exec e;
    struct tv_spectral spectral;
    int layer, input, output; /* values: input, output */
    int64_t c;
    struct tv_torus torus;
    int64_t images;                  /* the most a run may bring */
    int64_t bytes;                   /* that a run takes */
    int64_t values;                  /* of these, values and multipliers */
    float *theta, *slope, *state[2]; /* [images][spectral.size] */
    float *image, *moved;            /* [images][c][torus.period], [images][c][torus.size] */
    float *scratch;                  /* [images][spectral.scratch] */
};
/* NULL or a message: an input without one or three channels, an operator without derivative. */
const char *tv_maximise_init(struct tv_maximise *m, struct tv_graph *g, int layer,
                             const struct tv_maximise_input *in, const struct tv_maximise_options *o);
void tv_maximise_release(struct tv_maximise *m);
/* Feature images of `n` <= m->images channels: m->image holds them then, RGB planes [c][torus.period]
 * in (0,1). */
const char *tv_maximise_run(struct tv_maximise *m, int64_t n, const int32_t *channel);

#endif
