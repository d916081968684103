/* num/spectral.h - images parametrised by their spectrum in decorrelated colours (Olah, Mordvintsev and
 * Schubert, Feature visualization, Distill 2017): gradient descent on it takes equal steps at all frequencies
 * and along the colours of natural images.
 *
 *     z_k = irfft2(s theta_k),   s(f) = n / (4 sqrt(hw)) max(n f, 1)^-p     n = max(h, w), f: cycles a pixel
 *     image = sigmoid(C z)       C: square root of the colours' covariance over ImageNet, largest column 1
 *
 * p = 1, the spectrum of natural images, or more where the image is so small that its finest waves would get
 * more than 1/100 of the coarsest ones' scale: networks of small images are not robust against fine noise.
 * With one channel C = 1.  theta of an image: complex [c][h][w/2+1] as pairs of floats.  Images are planes
 * [c][h][w] in (0,1), RGB.
 */
#ifndef TV_NUM_SPECTRAL_H
#define TV_NUM_SPECTRAL_H
#include <fftw3.h>
#include <stdint.h>

struct tv_spectral {
    int64_t c, h, w; /* c: 1 or 3 */
    int64_t size;    /* floats of theta */
    int64_t scratch; /* floats that a call needs, not shared by threads */
    float *scale;    /* [h][w/2+1] */
    fftwf_plan back, forward;
};
void tv_spectral_init(struct tv_spectral *s, int64_t c, int64_t h, int64_t w);
void tv_spectral_release(struct tv_spectral *s);
void tv_spectral_image(const struct tv_spectral *s, float *image, const float *theta, float *scratch);
/* dtheta = (d image / d theta)^T dimage, at `image` = tv_spectral_image(theta). */
void tv_spectral_gradient(const struct tv_spectral *s, float *dtheta, const float *dimage, const float *image,
                          float *scratch);

#endif
