/* report/object.c - see object.h. */
#include "report/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"

/* The comma after what came before, and the key. */
static void begin(struct tv_str *b, const char *key)
{
    if (b->len && !strchr("{[:", b->s[b->len - 1])) tv_str_put(b, ",", 1);
    if (!key) return;
    tv_str_json(b, key);
    tv_str_put(b, ":", 1);
}

void tv_object_open(struct tv_str *b, const char *key, char bracket)
{
    begin(b, key);
    tv_str_put(b, &bracket, 1);
}

void tv_object_close(struct tv_str *b, char bracket) { tv_str_put(b, &bracket, 1); }

void tv_object_text(struct tv_str *b, const char *key, const char *value)
{
    begin(b, key);
    if (value)
        tv_str_json(b, value);
    else
        tv_str_add(b, "null");
}

static void put(struct tv_str *b, double v, int digits)
{
    if (isfinite(v))
        tv_str_add(b, "%.*g", digits, v);
    else
        tv_str_add(b, "null");
}

void tv_object_number(struct tv_str *b, const char *key, double value)
{
    begin(b, key);
    put(b, value, 12);
}

void tv_object_list(struct tv_str *b, const char *key, const double *v, int64_t n, int digits)
{
    tv_object_open(b, key, '[');
    for (int64_t i = 0; i < n; i++) {
        begin(b, NULL);
        put(b, v[i], digits);
    }
    tv_object_close(b, ']');
}

void tv_object_indices(struct tv_str *b, const char *key, const int64_t *v, int64_t n)
{
    tv_object_open(b, key, '[');
    for (int64_t i = 0; i < n; i++) tv_str_add(b, "%s%lld", i ? "," : "", (long long)v[i]);
    tv_object_close(b, ']');
}

void tv_object_texts(struct tv_str *b, const char *key, char *const *v, int64_t n)
{
    tv_object_open(b, key, '[');
    for (int64_t i = 0; i < n; i++) tv_object_text(b, NULL, v[i]);
    tv_object_close(b, ']');
}

void tv_base64(struct tv_str *b, const void *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = bytes;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v =
            (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
        char four[4] = {digit[v >> 18], digit[v >> 12 & 63], left > 1 ? digit[v >> 6 & 63] : '=',
                        left > 2 ? digit[v & 63] : '='};
        tv_str_put(b, four, 4);
    }
}

static void typed(struct tv_str *b, const char *key, const char *type, const void *v, size_t bytes)
{
    tv_object_open(b, key, '{');
    tv_str_add(b, "\"%s\":\"", type);
    tv_base64(b, v, bytes);
    tv_str_add(b, "\"}");
}

void tv_object_f32(struct tv_str *b, const char *key, const double *v, int64_t n)
{
    float *f = TV_ARRAY(float, (size_t)n);
    for (int64_t i = 0; i < n; i++) f[i] = (float)v[i];
    typed(b, key, "f32", f, (size_t)n * sizeof *f);
    free(f);
}

void tv_object_i32(struct tv_str *b, const char *key, const int64_t *v, int64_t n)
{
    int32_t *w = TV_ARRAY(int32_t, (size_t)n);
    for (int64_t i = 0; i < n; i++) w[i] = (int32_t)v[i];
    typed(b, key, "i32", w, (size_t)n * sizeof *w);
    free(w);
}

void tv_object_i16(struct tv_str *b, const char *key, const int16_t *v, int64_t n)
{
    typed(b, key, "i16", v, (size_t)n * sizeof *v);
}
