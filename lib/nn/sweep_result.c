/* nn/sweep_result.c - from sums over the path to attributions: maps reduced to channels, completeness,
 * change. */
#include "nn/sweep_internal.h"
#include "core/mem.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Channels and positions of a tap, and how they lie in a row: element (c, p) is at c*cs + p*ps. */
static void tap_shape(const struct tv_value *v, int64_t *channels, int64_t *positions, int64_t *cs,
                      int64_t *ps)
{
    int64_t row = tv_value_row(v);
    bool last = v->layout == TV_CHLAST || v->rank == 3;
    *channels = v->rank < 2 ? 1 : v->rank == 3 ? v->dim[2] : v->dim[1];
    *positions = *channels ? row / *channels : 0;
    *cs = last ? 1 : *positions;
    *ps = last ? *channels : 1;
}

int64_t tv_sweep_channels(const struct tv_sweep *s, int t)
{
    int64_t channels, positions, cs, ps;
    tap_shape(&s->g->value[s->tap[t]], &channels, &positions, &cs, &ps);
    return channels;
}

int64_t tv_sweep_width(const struct tv_sweep *s, int t)
{
    int64_t channels, positions, cs, ps;
    tap_shape(&s->g->value[s->tap[t]], &channels, &positions, &cs, &ps);
    return s->o.reduce == TV_REDUCE_NONE ? channels * positions : channels;
}

static float reduce(enum tv_reduce how, const float *x, int64_t n, int64_t step)
{
    if (how == TV_REDUCE_MAX) {
        float best = x[0];
        for (int64_t i = 1; i < n; i++) best = x[i * step] > best ? x[i * step] : best;
        return best;
    }
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i * step];
    return (float)(how == TV_REDUCE_MEAN ? sum / (double)n : sum);
}

void tv_sweep_write_tap(const struct tv_sweep *s, int t, int64_t images, float *out)
{
    int64_t channels, positions, cs, ps, row = tv_value_row(&s->g->value[s->tap[t]]);
    tap_shape(&s->g->value[s->tap[t]], &channels, &positions, &cs, &ps);
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t i = 0; i < images; i++)
        for (int64_t c = 0; c < channels; c++) {
            const float *x = s->sum[t] + i * row + c * cs;
            if (s->o.reduce != TV_REDUCE_NONE)
                out[i * channels + c] = reduce(s->o.reduce, x, positions, ps);
            else if (s->g->value[s->tap[t]].rank == 3) /* logical order is [positions, channels] */
                for (int64_t p = 0; p < positions; p++) out[i * row + p * channels + c] = x[p * ps];
            else
                for (int64_t p = 0; p < positions; p++) out[i * row + c * positions + p] = x[p * ps];
        }
}

void tv_sweep_write_peaks(const struct tv_sweep *s, int t, int64_t images, int32_t *out)
{
    int64_t channels, positions, cs, ps, row = tv_value_row(&s->g->value[s->tap[t]]);
    tap_shape(&s->g->value[s->tap[t]], &channels, &positions, &cs, &ps);
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t i = 0; i < images; i++)
        for (int64_t c = 0; c < channels; c++) {
            const float *x = s->sum[t] + i * row + c * cs;
            int64_t best = 0;
            for (int64_t p = 1; p < positions; p++)
                if (x[p * ps] > x[best * ps]) best = p;
            out[i * channels + c] = (int32_t)best;
        }
}

/* The completeness error farthest from zero over the cuts. */
float tv_sweep_completeness(const struct tv_sweep *s, int64_t image, double change)
{
    double worst = NAN;
    for (int t = 0; t < s->n_taps; t++) {
        if (!s->cut[t]) continue;
        int64_t row = tv_value_row(&s->g->value[s->tap[t]]);
        double sum = 0;
        for (int64_t j = 0; j < row; j++) sum += s->sum[t][image * row + j];
        if (!(fabs(sum - change) <= fabs(worst))) worst = sum - change;
    }
    return (float)worst;
}

/* Largest relative L1 change over the layers of image i between two results. */
double tv_sweep_change(const struct tv_sweep *s, float **old, int64_t i, float **new, int64_t j)
{
    double worst = 0;
    for (int t = 0; t < s->n_taps; t++) {
        int64_t w = tv_sweep_width(s, t);
        double moved = 0, size = 0;
        for (int64_t k = 0; k < w; k++) {
            moved += fabs((double)new[t][j * w + k] - old[t][i * w + k]);
            size += fabs((double)new[t][j * w + k]);
        }
        if (moved > 0) worst = fmax(worst, moved / fmax(size, 1e-30));
    }
    return worst;
}

void tv_sweep_result_init(const struct tv_sweep *s, struct tv_sweep_result *r, int64_t images, bool peaks)
{
    *r = (struct tv_sweep_result){.attrib = TV_ARRAY(float *, (size_t)s->n_taps)};
    if (peaks) r->peak = TV_ARRAY(int32_t *, (size_t)s->n_taps);
    for (int t = 0; t < s->n_taps; t++) {
        r->attrib[t] = TV_ARRAY(float, (size_t)(images * tv_sweep_width(s, t)));
        if (peaks) r->peak[t] = TV_ARRAY(int32_t, (size_t)(images * tv_sweep_channels(s, t)));
    }
    r->delta = TV_ARRAY(float, (size_t)images);
    r->logit = TV_ARRAY(float, (size_t)images);
    r->target = TV_ARRAY(int32_t, (size_t)images);
    r->steps = TV_ARRAY(int32_t, (size_t)images);
}

void tv_sweep_result_release(const struct tv_sweep *s, struct tv_sweep_result *r)
{
    for (int t = 0; r->attrib && t < s->n_taps; t++) {
        free(r->attrib[t]);
        if (r->peak) free(r->peak[t]);
    }
    free(r->attrib), free(r->peak), free(r->delta), free(r->logit), free(r->target), free(r->steps);
    *r = (struct tv_sweep_result){0};
}

void tv_sweep_result_copy(const struct tv_sweep *s, struct tv_sweep_result *to, int64_t i,
                          const struct tv_sweep_result *from, int64_t j)
{
    for (int t = 0; t < s->n_taps; t++) {
        int64_t w = tv_sweep_width(s, t);
        memcpy(to->attrib[t] + i * w, from->attrib[t] + j * w, (size_t)w * sizeof(float));
        int64_t c = tv_sweep_channels(s, t);
        if (to->peak) memcpy(to->peak[t] + i * c, from->peak[t] + j * c, (size_t)c * sizeof(int32_t));
    }
    to->delta[i] = from->delta[j];
    to->logit[i] = from->logit[j];
}
