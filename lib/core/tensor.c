/* core/tensor.c - see tensor.h; conversions are in convert.c. */
#include "core/tensor.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
    bool is_float;
} dtypes[TV_DTYPE_END] = {
    [TV_U8] = {"u8", 1, false},     [TV_I8] = {"i8", 1, false},
    [TV_U16] = {"u16", 2, false},   [TV_I16] = {"i16", 2, false},
    [TV_U32] = {"u32", 4, false},   [TV_I32] = {"i32", 4, false},
    [TV_U64] = {"u64", 8, false},   [TV_I64] = {"i64", 8, false},
    [TV_BOOL] = {"bool", 1, false}, [TV_F16] = {"f16", 2, true},
    [TV_BF16] = {"bf16", 2, true},  [TV_F32] = {"f32", 4, true},
    [TV_F64] = {"f64", 8, true},    [TV_STR] = {"str", sizeof(char *), false},
};

static bool known(enum tv_dtype t) { return (int)t > 0 && t < TV_DTYPE_END; }
const char *tv_dtype_name(enum tv_dtype t) { return known(t) ? dtypes[t].name : "?"; }
size_t tv_dtype_size(enum tv_dtype t) { return known(t) ? dtypes[t].size : 0; }
bool tv_dtype_is_float(enum tv_dtype t) { return known(t) && dtypes[t].is_float; }

enum tv_dtype tv_dtype_parse(const char *name)
{
    for (int t = 1; t < TV_DTYPE_END; t++)
        if (!strcmp(dtypes[t].name, name)) return (enum tv_dtype)t;
    return 0;
}

/* ---- attributes ---- */

static struct tv_attr *attr_find(const struct tv_attrs *a, const char *key)
{
    for (size_t i = 0; a && i < a->n; i++)
        if (!strcmp(a->at[i].key, key)) return &a->at[i];
    return NULL;
}

const char *tv_attrs_get(const struct tv_attrs *a, const char *key)
{
    const struct tv_attr *p = attr_find(a, key);
    return p ? p->value : NULL;
}

void tv_attrs_set(struct tv_attrs *a, const char *key, const char *value)
{
    struct tv_attr *p = attr_find(a, key);
    char *copy = tv_strdup(value); /* before the old one goes: value may be it */
    if (p) {
        free(p->value);
        p->value = copy;
        return;
    }
    a->at = tv_grow(a->at, &a->cap, a->n + 1, sizeof *a->at);
    a->at[a->n++] = (struct tv_attr){tv_strdup(key), copy};
}

void tv_attrs_setf(struct tv_attrs *a, const char *key, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    size_t n = (size_t)vsnprintf(NULL, 0, fmt, ap);
    char *value = tv_alloc(n + 1, 1);
    vsnprintf(value, n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    tv_attrs_set(a, key, value);
    free(value);
}

void tv_attrs_remove(struct tv_attrs *a, const char *key)
{
    struct tv_attr *p = attr_find(a, key);
    if (!p) return;
    free(p->key);
    free(p->value);
    memmove(p, p + 1, (size_t)(a->at + --a->n - p) * sizeof *p);
}

void tv_attrs_copy(struct tv_attrs *dst, const struct tv_attrs *src)
{
    for (size_t i = 0; src && i < src->n; i++) tv_attrs_set(dst, src->at[i].key, src->at[i].value);
}

void tv_attrs_release(struct tv_attrs *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->at[i].key);
        free(a->at[i].value);
    }
    free(a->at);
    *a = (struct tv_attrs){0};
}

/* ---- tensors ---- */

struct tv_tensor *tv_tensor_around(const char *name, enum tv_dtype t, int rank, const int64_t *dim,
                                   void *data)
{
    assert(known(t) && rank >= 0 && rank <= TV_MAX_RANK);
    struct tv_tensor *x = TV_NEW(struct tv_tensor);
    x->name = tv_strdup(name);
    x->dtype = t;
    x->rank = rank;
    x->data = data;
    size_t n = 1;
    for (int d = 0; d < rank; d++) {
        x->dim[d] = dim[d];
        assert(dim[d] >= 0);
        if (!tv_mul(n, (size_t)dim[d], &n))
            tv_die(TV_SYSTEM, "%s: out of memory: the shape's size overflows", name);
    }
    return x;
}

struct tv_tensor *tv_tensor_new(const char *name, enum tv_dtype t, int rank, const int64_t *dim)
{
    struct tv_tensor *x = tv_tensor_around(name, t, rank, dim, NULL);
    size_t n = (size_t)tv_tensor_count(x);
    x->data = tv_alloc_aligned(n, tv_dtype_size(t));
    if (t == TV_STR)
        for (size_t i = 0; i < n; i++) ((char **)x->data)[i] = tv_strdup("");
    else
        memset(x->data, 0, n * tv_dtype_size(t));
    return x;
}

void tv_tensor_free(struct tv_tensor *t)
{
    if (!t) return;
    if (!t->borrowed && t->data) {
        if (t->dtype == TV_STR)
            for (int64_t i = 0, n = tv_tensor_count(t); i < n; i++) free(((char **)t->data)[i]);
        free(t->data);
    }
    tv_attrs_release(&t->attrs);
    free(t->name);
    free(t);
}

int64_t tv_tensor_row(const struct tv_tensor *t)
{
    int64_t n = 1;
    for (int d = 1; d < t->rank; d++) n *= t->dim[d];
    return n;
}

bool tv_shape_bytes(size_t *bytes, enum tv_dtype t, int rank, const int64_t *dim)
{
    size_t n = tv_dtype_size(t);
    bool empty = false;
    for (int d = 0; d < rank; d++) {
        if (dim[d] < 0 || !tv_mul(n, (size_t)(dim[d] ? dim[d] : 1), &n) || n > PTRDIFF_MAX / 2) return false;
        empty = empty || dim[d] == 0;
    }
    *bytes = empty ? 0 : n;
    return true;
}

int64_t tv_tensor_count(const struct tv_tensor *t) { return t->rank ? t->dim[0] * tv_tensor_row(t) : 1; }

double tv_tensor_get(const struct tv_tensor *t, int64_t i)
{
    double v;
    if (t->dtype == TV_STR) return NAN;
    tv_convert(&v, TV_F64, (const char *)t->data + (size_t)i * tv_dtype_size(t->dtype), t->dtype, 1);
    return v;
}

static void *converted_new(const struct tv_tensor *t, enum tv_dtype to)
{
    size_t n = (size_t)tv_tensor_count(t);
    void *v = tv_alloc_aligned(n, tv_dtype_size(to));
    tv_convert(v, to, t->data, t->dtype, n);
    return v;
}
float *tv_tensor_f32_new(const struct tv_tensor *t) { return converted_new(t, TV_F32); }
double *tv_tensor_f64_new(const struct tv_tensor *t) { return converted_new(t, TV_F64); }
int64_t *tv_tensor_i64_new(const struct tv_tensor *t) { return converted_new(t, TV_I64); }

const char *tv_tensor_text(const struct tv_tensor *t)
{
    struct tv_str b = {0};
    tv_str_add(&b, "%s [", tv_dtype_name(t->dtype));
    for (int d = 0; d < t->rank; d++) {
        if (t->dim[d] < 0)
            tv_str_add(&b, "%s?", d ? "," : "");
        else
            tv_str_add(&b, "%s%lld", d ? "," : "", (long long)t->dim[d]);
    }
    const char *text = tv_msg("%s]", b.s);
    tv_str_release(&b);
    return text;
}
