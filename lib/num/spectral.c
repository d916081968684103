/* num/spectral.c - see spectral.h. */
#include "num/spectral.h"
#include <math.h>
#include <stdlib.h>
#include "core/mem.h"

/* The published root of the covariance of ImageNet's colours, divided by the norm of its longest column. */
static const float COLOUR[3][3] = {
    {0.5629f, 0.1948f, 0.0433f}, {0.5845f, 0, -0.1082f}, {0.5845f, -0.1948f, 0.0649f}};

static const double FINEST = 100; /* at least: the coarsest waves' scale against the finest ones' */

static int64_t half(const struct tv_spectral *s) { return s->w / 2 + 1; }

void tv_spectral_init(struct tv_spectral *s, int64_t c, int64_t h, int64_t w)
{
    *s = (struct tv_spectral){.c = c, .h = h, .w = w};
    int64_t n = h * half(s);
    s->size = 2 * c * n;
    s->scratch = 2 * n + c * h * w;
    s->scale = TV_ARRAY(float, (size_t)n);
    double side = (double)(h > w ? h : w), whole = side / (4 * sqrt((double)(h * w)));
    double power = fmax(1, log(FINEST) / log(fmax(side / 2, 2)));
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < half(s); x++) {
            double fy = (double)(y <= h / 2 ? y : y - h) / (double)h, fx = (double)x / (double)w;
            s->scale[y * half(s) + x] = (float)(whole * pow(fmax(side * hypot(fx, fy), 1), -power));
        }
    float *t = tv_alloc_aligned((size_t)s->scratch, sizeof *t);
    fftwf_complex *spectrum = (fftwf_complex *)t;
    unsigned flags = FFTW_ESTIMATE | FFTW_UNALIGNED; /* one plan for any memory: equal rounding everywhere */
    s->back = fftwf_plan_dft_c2r_2d((int)h, (int)w, spectrum, t + 2 * n, flags);
    s->forward = fftwf_plan_dft_r2c_2d((int)h, (int)w, t + 2 * n, spectrum, flags);
    free(t);
}

void tv_spectral_release(struct tv_spectral *s)
{
    if (!s->scale) return;
    fftwf_destroy_plan(s->back);
    fftwf_destroy_plan(s->forward);
    free(s->scale);
    *s = (struct tv_spectral){0};
}

void tv_spectral_image(const struct tv_spectral *s, float *image, const float *theta, float *scratch)
{
    int64_t n = s->h * half(s), pixels = s->h * s->w;
    float *z = scratch + 2 * n;
    for (int64_t k = 0; k < s->c; k++) {
        for (int64_t i = 0; i < n; i++) {
            scratch[2 * i] = s->scale[i] * theta[2 * (k * n + i)];
            scratch[2 * i + 1] = s->scale[i] * theta[2 * (k * n + i) + 1];
        }
        fftwf_execute_dft_c2r(s->back, (fftwf_complex *)scratch, z + k * pixels);
    }
    for (int64_t k = 0; k < s->c; k++)
        for (int64_t p = 0; p < pixels; p++) {
            float u = s->c == 1 ? z[p] : 0;
            for (int64_t j = 0; j < s->c && s->c == 3; j++) u += COLOUR[k][j] * z[j * pixels + p];
            image[k * pixels + p] = 1 / (1 + expf(-u));
        }
}

void tv_spectral_gradient(const struct tv_spectral *s, float *dtheta, const float *dimage, const float *image,
                          float *scratch)
{
    int64_t n = s->h * half(s), pixels = s->h * s->w;
    float *dz = scratch + 2 * n;
    for (int64_t p = 0; p < pixels; p++) {
        float du[3] = {0};
        for (int64_t k = 0; k < s->c; k++) {
            float v = image[k * pixels + p];
            du[k] = dimage[k * pixels + p] * v * (1 - v);
        }
        dz[p] = du[0];
        for (int64_t j = 0; j < 3 && s->c == 3; j++)
            dz[j * pixels + p] = COLOUR[0][j] * du[0] + COLOUR[1][j] * du[1] + COLOUR[2][j] * du[2];
    }
    for (int64_t k = 0; k < s->c; k++) {
        fftwf_execute_dft_r2c(s->forward, dz + k * pixels, (fftwf_complex *)scratch);
        for (int64_t i = 0; i < n; i++) {
            int64_t x = i % half(s);
            /* the half that is not stored repeats all columns but the first and, of an even width, the last
             */
            float g = s->scale[i] * (x == 0 || 2 * x == s->w ? 1.0f : 2.0f);
            dtheta[2 * (k * n + i)] = g * scratch[2 * i];
            dtheta[2 * (k * n + i) + 1] = g * scratch[2 * i + 1];
        }
    }
}
