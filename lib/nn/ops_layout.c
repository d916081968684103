/* nn/ops_layout.c - Layout: the same values in the other memory order. */
#include <string.h>
#include "nn/layout.h"
#include "nn/loop.h"
#include "nn/ops.h"

enum { TILE = 16 };

/* b[j][i] = a[i][j], tile by tile; rows of `a` are `rows`. */
static void transpose(float *b, const float *a, int64_t rows, int64_t cols)
{
    for (int64_t i0 = 0; i0 < rows; i0 += TILE) {
        int64_t i1 = i0 + TILE < rows ? i0 + TILE : rows;
        for (int64_t j0 = 0; j0 < cols; j0 += TILE) {
            int64_t j1 = j0 + TILE < cols ? j0 + TILE : cols;
            for (int64_t i = i0; i < i1; i++)
                for (int64_t j = j0; j < j1; j++) b[j * rows + i] = a[i * cols + j];
        }
    }
}

void tv_chlast_from_plain(float *dst, const float *src, int64_t n, int64_t c, int64_t positions)
{
    int64_t row = c * positions;
    if (c == 1 || positions == 1) {
        memcpy(dst, src, (size_t)(n * row) * sizeof *dst);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) transpose(dst + i * row, src + i * row, c, positions);
}

void tv_plain_from_chlast(float *dst, const float *src, int64_t n, int64_t c, int64_t positions)
{
    tv_chlast_from_plain(dst, src, n, positions, c);
}

void tv_view_copy(struct tv_view *dst, const struct tv_view *src)
{
    if (dst->layout == src->layout) {
        memcpy(dst->data, src->data, tv_view_bytes(src));
        return;
    }
    if (src->dtype != TV_F32) {
        int64_t from[TV_MAX_RANK], to[TV_MAX_RANK];
        tv_view_strides(src, from);
        tv_view_strides(dst, to);
        tv_box_copy(tv_dtype_size(src->dtype), src->rank, src->dim, dst->data, to, src->data, from);
        return;
    }
    int64_t n = src->dim[0], c = src->dim[1], positions = src->dim[2] * src->dim[3];
    if (dst->layout == TV_CHLAST)
        tv_chlast_from_plain(dst->data, src->data, n, c, positions);
    else
        tv_plain_from_chlast(dst->data, src->data, n, c, positions);
}

static const char *setup(struct tv_graph *g, struct tv_node *n)
{
    (void)g;
    return tv_want_inputs(n, 1, 1);
}

static const char *shape(struct tv_graph *g, struct tv_node *n)
{
    tv_value_like(tv_node_out(g, n, 0), tv_node_in(g, n, 0));
    return NULL;
}

static void forward(const struct tv_node *n, struct tv_view *out, const struct tv_view *in)
{
    (void)n;
    tv_view_copy(&out[0], &in[0]);
}

static void backward(const struct tv_node *n, struct tv_view *min, const struct tv_view *mout,
                     const struct tv_view *in0, const struct tv_view *in1, const struct tv_view *out0,
                     const struct tv_view *out1)
{
    (void)n, (void)in0, (void)in1, (void)out0, (void)out1;
    if (min[0].data) tv_view_copy(&min[0], &mout[0]);
}

const struct tv_op tv_ops_layout[] = {{.type = "Layout",
                                       .flags = TV_OP_AFFINE | TV_OP_STRUCTURE | TV_OP_SAME,
                                       .setup = setup,
                                       .shape = shape,
                                       .forward = forward,
                                       .backward = backward},
                                      TV_OPS_END};
