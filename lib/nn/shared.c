#include "nn/shared.h"
#include "core/mem.h"
#include "nn/onnx_attr.h"
#include "nn/op.h"
#include "nn/ops.h"
#include <stdlib.h>
#include <string.h>

static bool same_shape(const struct tv_value *a, const struct tv_value *b)
{
    return a->dtype == b->dtype && a->rank == b->rank && a->layout == b->layout &&
           !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

static bool same_constant(const struct tv_value *a, const struct tv_value *b)
{
    return a->data && b->data && same_shape(a, b) &&
           !memcmp(a->data, b->data, (size_t)tv_value_count(a) * tv_dtype_size(a->dtype));
}

/* Does value vb of b go in where va goes into a?  `equal` tells for those that vary. */
static bool same_input(const struct tv_graph *a, int va, const struct tv_graph *b, int vb, const int *equal)
{
    if (va < 0 || vb < 0) return va < 0 && vb < 0;
    if (b->value[vb].varies || a->value[va].varies) return equal[vb] == va;
    return same_constant(&a->value[va], &b->value[vb]);
}

static bool same_node(const struct tv_graph *a, const struct tv_node *na, const struct tv_graph *b,
                      const struct tv_node *nb, const int *equal)
{
    if (na->op != nb->op || na->n_in != nb->n_in || na->n_out != nb->n_out) return false;
    for (int i = 0; i < na->n_in; i++) /* the cheap ones first: constants may be large */
        if (nb->in[i] >= 0 && b->value[nb->in[i]].varies && !same_input(a, na->in[i], b, nb->in[i], equal))
            return false;
    for (int o = 0; o < na->n_out; o++)
        if ((na->out[o] < 0) != (nb->out[o] < 0) ||
            (na->out[o] >= 0 && !same_shape(&a->value[na->out[o]], &b->value[nb->out[o]])))
            return false;
    if (!tv_attrs_onnx_equal(na->attrs, nb->attrs) || !tv_conv_folds_equal(na, nb)) return false;
    for (int i = 0; i < na->n_in; i++)
        if (!same_input(a, na->in[i], b, nb->in[i], equal)) return false;
    return true;
}

int *tv_shared_new(const struct tv_graph *a, const struct tv_graph *b)
{
    int *equal = TV_ARRAY(int, (size_t)b->n_values);
    for (int v = 0; v < b->n_values; v++) equal[v] = -1;
    if (!same_shape(&a->value[a->input[0]], &b->value[b->input[0]])) return equal;
    equal[b->input[0]] = a->input[0];
    for (int kb = 0; kb < b->n_nodes; kb++) {
        const struct tv_node *nb = &b->node[kb];
        bool reached = false;
        for (int i = 0; i < nb->n_in; i++) reached |= nb->in[i] >= 0 && equal[nb->in[i]] >= 0;
        for (int ka = 0; reached && ka < a->n_nodes; ka++) {
            const struct tv_node *na = &a->node[ka];
            if (!same_node(a, na, b, nb, equal)) continue;
            for (int o = 0; o < nb->n_out; o++)
                if (nb->out[o] >= 0) equal[nb->out[o]] = na->out[o];
            break;
        }
    }
    return equal;
}
