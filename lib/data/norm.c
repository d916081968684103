#include "data/norm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/str.h"

/* An attribute's comma-separated numbers to v[0..channels). */
static const char *numbers(double *v, const struct tv_attrs *attrs, const char *key, double otherwise,
                           int64_t channels)
{
    const char *text = tv_attrs_get(attrs, key), *msg = NULL;
    for (int64_t k = 0; k < channels; k++) v[k] = otherwise;
    if (!text) return NULL;
    size_t n;
    char **word = tv_split_new(text, ',', &n);
    if (n != 1 && n != (size_t)channels)
        msg = tv_msg("%s \"%s\": want %s, got %zu%s", key, text,
                     channels == 1 ? "1 number"
                                   : tv_msg("1 or %lld numbers, one a channel", (long long)channels),
                     n, channels == 1 && n == 3 ? "; --rgb makes three channels of grey" : "");
    for (int64_t k = 0; k < channels && !msg; k++)
        if (!tv_parse_double(word[n == 1 ? 0 : k], &v[k]) || !isfinite(v[k]))
            msg = tv_msg("%s \"%s\": want numbers separated by commas", key, text);
        else if (v[k] == 0 && !strcmp(key, "std"))
            msg = tv_msg("std \"%s\": want numbers other than 0", text);
    tv_split_free(word);
    return msg;
}

const char *tv_norm_init(struct tv_norm *n, const struct tv_attrs *attrs, int64_t channels)
{
    const char *order = tv_attrs_get(attrs, "order"), *msg;
    *n = (struct tv_norm){.channels = channels};
    n->scale = TV_ARRAY(double, (size_t)channels);
    n->mean = TV_ARRAY(double, (size_t)channels);
    n->std = TV_ARRAY(double, (size_t)channels);
    n->swap = order && !strcmp(order, "bgr");
    if (order && !n->swap && strcmp(order, "rgb")) return tv_msg("order \"%s\": want rgb or bgr", order);
    if (n->swap && channels != 3)
        return tv_msg("order bgr: want 3 channels, got %lld; --rgb makes three of grey", (long long)channels);
    if ((msg = numbers(n->scale, attrs, "scale", 1, channels)) ||
        (msg = numbers(n->mean, attrs, "mean", 0, channels)) ||
        (msg = numbers(n->std, attrs, "std", 1, channels)))
        return msg;
    n->identity = !n->swap;
    n->table = tv_alloc((size_t)channels, 256 * sizeof(float));
    for (int64_t k = 0; k < channels; k++) {
        n->identity = n->identity && n->scale[k] == 1 && n->mean[k] == 0 && n->std[k] == 1;
        for (int v = 0; v < 256; v++) n->table[k * 256 + v] = tv_norm_value(n, k, v);
    }
    return NULL;
}

void tv_norm_release(struct tv_norm *n)
{
    free(n->scale);
    free(n->mean);
    free(n->std);
    free(n->table);
    memset(n, 0, sizeof *n);
}

void tv_norm_u8(const struct tv_norm *n, float *y, enum tv_layout layout, const uint8_t *px, int64_t pixels)
{
    int64_t c = n->channels, step = layout == TV_NHWC ? c : 1;
    for (int64_t k = 0; k < c; k++) {
        const uint8_t *from = px + (n->swap ? c - 1 - k : k);
        const float *table = n->table + k * 256;
        float *to = y + (layout == TV_NHWC ? k : k * pixels);
        for (int64_t i = 0; i < pixels; i++) to[i * step] = table[from[i * c]];
    }
}

void tv_norm_f32(const struct tv_norm *n, float *y, enum tv_layout layout, const float *x, int64_t pixels)
{
    int64_t c = n->channels, step = layout == TV_NHWC ? c : 1;
    for (int64_t k = 0; k < c; k++) {
        const float *from = x + (n->swap ? c - 1 - k : k) * pixels;
        float *to = y + (layout == TV_NHWC ? k : k * pixels);
        if (n->identity)
            for (int64_t i = 0; i < pixels; i++) to[i * step] = from[i];
        else
            for (int64_t i = 0; i < pixels; i++) to[i * step] = tv_norm_value(n, k, from[i]);
    }
}
