/* tests/unit/shared.c - what two networks compute alike: up to the first layer whose weights, attributes or
 * folded normalisation differ. */
#include "check.h"
#include "nn/model.h"
#include "nn/ops.h"
#include "nn/shared.h"
#include <stdlib.h>

/* Layers of b whose outputs are equal to a's. */
static int equal_layers(const struct tv_graph *a, const struct tv_graph *b)
{
    int *equal = tv_shared_new(a, b), n = 0;
    CHECK(equal[b->input[0]] == a->input[0]);
    for (int l = 0; l < b->n_layers; l++) {
        int v = equal[b->layer[l].output];
        CHECK(v < 0 || v == a->layer[l].output);
        n += v >= 0;
    }
    for (int v = 0; v < b->n_values; v++) CHECK(equal[v] < 0 || b->value[v].varies);
    free(equal);
    return n;
}

static float *weight(struct tv_model *m, int layer) { return m->g.value[m->g.layer[layer].weight].data; }

int main(void)
{
    struct tv_model a, b;
    if (!CHECK(!tv_model_new(&a, "lenet", 3, 32, 32, 7, 1)) ||
        !CHECK(!tv_model_new(&b, "lenet", 3, 32, 32, 7, 1)))
        return check_done();
    CHECK(!tv_graph_plan(&a.g, 2) && !tv_graph_plan(&b.g, 2));
    CHECK(equal_layers(&a.g, &b.g) == 4);
    weight(&b, 3)[5] += 1e-6f;
    CHECK(equal_layers(&a.g, &b.g) == 3);
    weight(&b, 1)[0] += 1e-3f;
    CHECK(equal_layers(&a.g, &b.g) == 1);
    float one[16], other[16];
    for (int i = 0; i < 16; i++) one[i] = 1, other[i] = i ? 1 : 2;
    struct tv_node *na = &a.g.node[a.g.layer[0].node], *nb = &b.g.node[b.g.layer[0].node];
    CHECK(tv_conv_fold(&a.g, na, one, one));
    CHECK(equal_layers(&a.g, &b.g) == 0);
    CHECK(tv_conv_fold(&b.g, nb, other, one));
    CHECK(equal_layers(&a.g, &b.g) == 0);
    tv_model_release(&b);
    CHECK(!tv_model_new(&b, "lenet", 3, 32, 32, 7, 2) && !tv_graph_plan(&b.g, 2));
    CHECK(equal_layers(&a.g, &b.g) == 0);
    tv_model_release(&b);
    CHECK(!tv_model_new(&b, "lenet", 3, 28, 28, 7, 1) && !tv_graph_plan(&b.g, 2));
    int *equal = tv_shared_new(&a.g, &b.g);
    CHECK(equal[b.g.input[0]] == -1); /* images of another size */
    free(equal);
    tv_model_release(&a);
    tv_model_release(&b);
    return check_done();
}
