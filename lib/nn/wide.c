/* nn/wide.c */
#include "nn/wide.h"
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/ops.h"

enum tv_wide tv_wide_of(enum tv_dtype t)
{
    if (tv_dtype_is_float(t)) return TV_WIDE_F64;
    return t == TV_U8 || t == TV_U16 || t == TV_U32 || t == TV_U64 ? TV_WIDE_U64 : TV_WIDE_I64;
}

static enum tv_dtype wide_dtype(enum tv_dtype t)
{
    static const enum tv_dtype wide[] = {TV_F64, TV_I64, TV_U64};
    return wide[tv_wide_of(t)];
}

struct tv_view tv_wide_room_new(const struct tv_view *v)
{
    struct tv_view w = *v;
    w.dtype = wide_dtype(v->dtype);
    w.data = tv_alloc_aligned((size_t)tv_view_count(v), 8);
    return w;
}

struct tv_view tv_widen_new(const struct tv_view *v)
{
    struct tv_view w = tv_wide_room_new(v);
    tv_convert(w.data, w.dtype, v->data, v->dtype, (size_t)tv_view_count(v));
    return w;
}

void tv_narrow(struct tv_view *dst, struct tv_view *wide)
{
    size_t n = (size_t)tv_view_count(dst), size = tv_dtype_size(dst->dtype);
    if (tv_dtype_is_float(dst->dtype))
        tv_convert(dst->data, dst->dtype, wide->data, wide->dtype, n);
    else
        for (size_t i = 0; i < n; i++)
            memcpy((char *)dst->data + i * size, (const char *)wide->data + i * 8, size);
    free(wide->data);
    wide->data = NULL;
}
