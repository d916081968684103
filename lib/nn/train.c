#include "nn/train.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/str.h"
#include "nn/graph_internal.h"
#include "nn/onnx.h"
#include "nn/ops.h"
#include "nn/train_ops.h"
#include "num/softmax.h"

struct tv_train_state {
    struct tv_exec e;
    struct tv_train_op *op;
    int n_ops;
    int *param_of; /* per value: index, -1: not trained */
    int *want;     /* the parameters' values */
    bool *trained; /* per node: does it read a parameter? */
    int logits;
    int64_t classes;
    double rate; /* of the step under way */
    bool on;     /* the graph is in training */
};

static bool is(const struct tv_node *n, const char *type) { return !strcmp(n->op->type, type); }

/* ---- which weights belong to what ---- */

/* Inputs that training may change, as bits. */
static unsigned weights_of(const struct tv_node *n)
{
    static const struct {
        const char *type;
        unsigned inputs;
    } table[] = {{"Conv", 6},
                 {"ConvTranspose", 6},
                 {"Gemm", 6},
                 {"MatMul", 3},
                 {"BatchNormalization", 6},
                 {"InstanceNormalization", 6},
                 {"LayerNormalization", 6},
                 {"PRelu", 2},
                 {"Add", 3},
                 {"Mul", 3}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (is(n, table[i].type)) return table[i].inputs;
    return 0;
}

/* Constants of arithmetic are weights when a layer comes before them and they are more than a factor. */
static bool is_weight(const struct tv_graph *g, const struct tv_node *n, int i, const bool *behind_layer)
{
    const struct tv_value *v = tv_node_in(g, n, i);
    if (!(weights_of(n) >> i & 1) || !v || !v->trainable) return false;
    if (!is(n, "Add") && !is(n, "Mul")) return true;
    int other = n->in[!i];
    return tv_value_count(v) > 1 && other >= 0 && behind_layer[other];
}

/* Per value: does it come from a layer's output? */
static bool *behind_layer_new(const struct tv_graph *g)
{
    bool *behind = TV_ARRAY(bool, (size_t)g->n_values);
    for (int l = 0; l < g->n_layers; l++) behind[g->node[g->layer[l].node].out[0]] = true;
    for (int k = 0; k < g->n_nodes; k++) {
        bool any = false;
        for (int i = 0; i < g->node[k].n_in; i++) any |= g->node[k].in[i] >= 0 && behind[g->node[k].in[i]];
        for (int o = 0; any && o < g->node[k].n_out; o++)
            if (g->node[k].out[o] >= 0) behind[g->node[k].out[o]] = true;
    }
    return behind;
}

/* Per node: the layer that it is part of (a bias added, a BatchNormalization), -1: none. */
static int *owner_new(const struct tv_graph *g)
{
    int *owner = TV_ARRAY(int, (size_t)g->n_nodes);
    for (int k = 0; k < g->n_nodes; k++) owner[k] = -1;
    for (int l = 0; l < g->n_layers; l++) {
        int k = g->layer[l].node, value = g->node[k].out[0];
        owner[k] = l;
        while (value != g->layer[l].output) {
            do k++;
            while (g->node[k].in[0] != value && (g->node[k].n_in < 2 || g->node[k].in[1] != value));
            owner[k] = l;
            value = g->node[k].out[0];
        }
    }
    return owner;
}

/* Per node: is it frozen?  Names are those of the layers, then those of the nodes that belong to none. */
static const char *find_frozen(const struct tv_graph *g, const char *list, bool *frozen)
{
    if (!list) return NULL;
    int *owner = owner_new(g), n = 0;
    const char **name = TV_ARRAY(const char *, (size_t)(g->n_layers + g->n_nodes));
    const char **alias = TV_ARRAY(const char *, (size_t)(g->n_layers + g->n_nodes));
    int *entry = TV_ARRAY(int, (size_t)g->n_nodes); /* per node: its place among the names */
    for (; n < g->n_layers; n++) {
        name[n] = g->layer[n].name;
        alias[n] = g->node[g->layer[n].node].name;
    }
    for (int k = 0; k < g->n_nodes; k++) {
        entry[k] = owner[k];
        if (owner[k] >= 0 || !weights_of(&g->node[k])) continue;
        entry[k] = n;
        name[n++] = g->node[k].name;
    }
    bool *chosen = TV_ARRAY(bool, (size_t)n);
    const char *err = tv_names_choose(chosen, &(struct tv_names){(size_t)n, name, alias}, list);
    for (int k = 0; k < g->n_nodes; k++) frozen[k] = entry[k] >= 0 && chosen[entry[k]];
    free(owner), free(name), free(alias), free(entry), free(chosen);
    return err;
}

static void add_param(struct tv_train *t, int value)
{
    struct tv_train_state *s = t->s;
    if (s->param_of[value] >= 0) return; /* shared by two nodes */
    s->param_of[value] = t->n_params;
    s->want[t->n_params] = value;
    struct tv_train_param *p = &t->param[t->n_params++];
    *p = (struct tv_train_param){.value = value, .n = tv_value_count(&t->g->value[value])};
    for (int i = 0; i < tv_optim_states(&t->o.optim); i++) p->state[i] = TV_ARRAY(float, (size_t)p->n);
}

static void find_params(struct tv_train *t, const bool *frozen)
{
    struct tv_graph *g = t->g;
    bool *behind = behind_layer_new(g);
    for (int v = 0; v < g->n_values; v++) t->s->param_of[v] = -1;
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        for (int i = 0; !frozen[k] && i < n->n_in; i++)
            if (is_weight(g, n, i, behind)) add_param(t, n->in[i]);
    }
    for (int k = 0; k < g->n_nodes; k++)
        for (int i = 0; i < g->node[k].n_in; i++)
            t->s->trained[k] |= g->node[k].in[i] >= 0 && t->s->param_of[g->node[k].in[i]] >= 0;
    free(behind);
}

/* ---- dropout and batch normalisation ---- */

static bool has_node(const struct tv_graph *g, const char *type)
{
    for (int k = 0; k < g->n_nodes; k++)
        if (is(&g->node[k], type)) return true;
    return false;
}

/* A Dropout node between a layer and its input. */
static void insert_dropout(struct tv_graph *g, const struct tv_layer *l)
{
    char *name = tv_format_new("%s/Dropout", l->name);
    int in = l->input, out = tv_graph_add_value(g, name);
    tv_value_like(&g->value[out], &g->value[in]);
    g->value[out].layout = g->value[in].layout;
    g->value[out].varies = true;
    int at = tv_graph_add_node(g, "Dropout", name, 1, &in, 1, &out);
    g->node[l->node].in[0] = out;
    if (g->node[at].op->setup) g->node[at].op->setup(g, &g->node[at]);
    free(name);
}

static const char *insert_dropouts(struct tv_graph *g)
{
    int last = -1, n = 0;
    for (int l = 0; l < g->n_layers; l++)
        if (g->layer[l].kind == TV_LAYER_FC) last = l, n++;
    if (n == 0) return tv_msg("dropout: the model has no fully-connected layer");
    for (int l = 0; l <= last; l++)
        if (g->layer[l].kind == TV_LAYER_FC && (l != last || n == 1)) insert_dropout(g, &g->layer[l]);
    const char *err = tv_graph_sort(g);
    if (err) return err;
    tv_graph_relink(g);
    if ((err = tv_graph_plan(g, 1))) return err;
    tv_graph_find_layers(g);
    return NULL;
}

/* The ratio of a Dropout node: an attribute before opset 12, then its second input. */
static double ratio_of(const struct tv_graph *g, const struct tv_node *n)
{
    const struct tv_value *v = tv_node_in(g, n, 1);
    if (v && v->data && v->dtype == TV_F32) return *(const float *)v->data;
    return tv_attr_float(n, "ratio", 0.5);
}

static void find_train_ops(struct tv_train *t, const bool *frozen)
{
    struct tv_train_state *s = t->s;
    s->op = TV_ARRAY(struct tv_train_op, (size_t)t->g->n_nodes);
    for (int k = 0; k < t->g->n_nodes; k++) {
        const struct tv_node *n = &t->g->node[k];
        uint64_t seed = t->o.seed + (uint64_t)k * 0x9e3779b97f4a7c15u; /* one sequence a node */
        double ratio = t->o.dropout > 0 ? t->o.dropout : ratio_of(t->g, n);
        if (is(n, "Dropout") && ratio > 0) s->op[s->n_ops++] = tv_train_dropout(t->g, k, ratio, seed);
        if (is(n, "BatchNormalization") && !frozen[k]) s->op[s->n_ops++] = tv_train_batchnorm(t->g, k);
    }
}

static void switch_ops(struct tv_train *t, bool on)
{
    for (int i = 0; i < t->s->n_ops; i++) tv_train_op_switch(t->g, &t->s->op[i], on);
    t->s->on = on;
}

/* ---- life ---- */

/* Marks what backward will read: inputs and outputs of the nodes between the parameters and the logits. */
static void keep_for_backward(struct tv_train *t)
{
    const struct tv_graph *g = t->g;
    bool *between = TV_ARRAY(bool, (size_t)g->n_values), *keep = t->s->e.keep;
    tv_exec_between(g, t->s->logits, t->s->want, t->n_params, between);
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        bool reached = false;
        for (int o = 0; o < n->n_out; o++) reached |= n->out[o] >= 0 && between[n->out[o]];
        for (int i = 0; reached && i < n->n_in; i++)
            if (n->in[i] >= 0) keep[n->in[i]] = true;
        for (int o = 0; reached && o < n->n_out; o++)
            if (n->out[o] >= 0) keep[n->out[o]] = true;
    }
    free(between);
}

/* Per value: the node that makes it, -1: none, and how many inputs of nodes read it. */
static void find_ends(const struct tv_graph *g, int *maker, int *readers)
{
    for (int v = 0; v < g->n_values; v++) maker[v] = -1;
    for (int k = 0; k < g->n_nodes; k++) {
        for (int o = 0; o < g->node[k].n_out; o++)
            if (g->node[k].out[o] >= 0) maker[g->node[k].out[o]] = k;
        for (int i = 0; i < g->node[k].n_in; i++)
            if (g->node[k].in[i] >= 0) readers[g->node[k].in[i]]++;
    }
}

/* Operators whose backward does not read their output. */
static bool forgets_output(const struct tv_node *n)
{
    return is(n, "Conv") || is(n, "Gemm") || is(n, "MatMul") || is(n, "BatchNormalization") || is(n, "Add");
}

/* Does a value lie in memory as another does? */
static bool alike(const struct tv_value *a, const struct tv_value *b)
{
    bool same = a->varies && b->varies && a->dtype == TV_F32 && a->layout == b->layout && a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++) same = a->dim[i] == b->dim[i];
    return same;
}

/* Relu, whose gradient follows from its output, and Add, whose gradient needs no input, overwrite what they
 * read where nobody else needs it; multipliers pass through them and through normalisation in one block.  A
 * Relu that alone follows a normalisation is done on the way. */
static void work_in_place(struct tv_train *t)
{
    const struct tv_graph *g = t->g;
    struct tv_train_state *s = t->s;
    int *maker = TV_ARRAY(int, (size_t)g->n_values), *readers = TV_ARRAY(int, (size_t)g->n_values);
    find_ends(g, maker, readers);
    for (int i = 0, n = s->n_ops; i < n; i++)
        if (is(&g->node[s->op[i].node], "BatchNormalization"))
            s->e.in_place[s->op[i].node] = TV_IN_PLACE_BACKWARD;
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        int x = n->in[0], y = n->out[0];
        if ((!is(n, "Relu") && !is(n, "Add")) || !alike(&g->value[x], &g->value[y])) continue;
        s->e.in_place[k] = TV_IN_PLACE_BACKWARD;
        if (readers[x] > 1 || maker[x] < 0 || x == s->logits || !forgets_output(&g->node[maker[x]])) continue;
        s->e.in_place[k] |= TV_IN_PLACE_FORWARD;
        s->e.keep[x] = false;
        for (int i = 0, ops = s->n_ops; is(n, "Relu") && i < ops; i++)
            if (s->op[i].node == maker[x]) s->op[s->n_ops++] = tv_train_fuse_relu(g, &s->op[i], k);
    }
    free(maker);
    free(readers);
}

/* Layers that --freeze does not name but that cannot be trained: their weight is no initialiser of the file.
 */
static void warn_computed_weights(const struct tv_graph *g, const bool *frozen)
{
    for (int l = 0; l < g->n_layers; l++)
        if (!frozen[g->layer[l].node] && !g->value[g->layer[l].weight].trainable)
            tv_warn("%s: %s: its weight is computed in the file, not stored; it stays as it is",
                    g->name ? g->name : "model", g->layer[l].name);
}

const char *tv_train_init(struct tv_train *t, struct tv_graph *g, const struct tv_train_options *o)
{
    *t = (struct tv_train){.g = g, .o = *o};
    const char *err = o->dropout > 0 && !has_node(g, "Dropout") ? insert_dropouts(g) : NULL;
    if (err) return err;
    struct tv_train_state *s = t->s = TV_NEW(struct tv_train_state);
    tv_exec_init(&s->e, g);
    s->logits = tv_graph_logits(g);
    s->classes = tv_value_row(&g->value[s->logits]);
    t->param = TV_ARRAY(struct tv_train_param, (size_t)g->n_values);
    s->param_of = TV_ARRAY(int, (size_t)g->n_values);
    s->want = TV_ARRAY(int, (size_t)g->n_values);
    s->trained = TV_ARRAY(bool, (size_t)g->n_nodes);
    bool *frozen = TV_ARRAY(bool, (size_t)g->n_nodes);
    if (!(err = find_frozen(g, o->freeze, frozen))) {
        find_params(t, frozen);
        find_train_ops(t, frozen);
        keep_for_backward(t);
        work_in_place(t);
        warn_computed_weights(g, frozen);
        if (t->n_params == 0)
            err = tv_msg("nothing to train: every weight is frozen or computed in the file");
    }
    free(frozen);
    if (err) tv_train_release(t);
    return err;
}

void tv_train_release(struct tv_train *t)
{
    struct tv_train_state *s = t->s;
    if (!s) return;
    if (s->on) switch_ops(t, false);
    for (int i = 0; i < s->n_ops; i++) tv_train_op_release(&s->op[i]);
    for (int i = 0; i < t->n_params; i++) free(t->param[i].state[0]), free(t->param[i].state[1]);
    tv_exec_release(&s->e);
    free(s->op), free(s->param_of), free(s->want), free(s->trained), free(s), free(t->param);
    *t = (struct tv_train){0};
}

/* ---- a step ---- */

const char *tv_train_batch(struct tv_train *t, int64_t n, float **x)
{
    struct tv_train_state *s = t->s;
    if (t->g->batch != n) {
        if (s->on) switch_ops(t, false);
        const char *err = tv_graph_plan(t->g, n);
        if (err) return err;
    }
    if (!s->on) switch_ops(t, true);
    *x = tv_exec_set(&s->e, t->g->input[0]);
    return NULL;
}

/* One row: its loss; p holds the exponentials of the logits when done. */
static double row_loss(float *p, const float *z, int32_t label, int64_t classes, double *sum)
{
    float most = z[0];
    for (int64_t k = 1; k < classes; k++) most = z[k] > most ? z[k] : most;
    *sum = 0;
    for (int64_t k = 0; k < classes; k++) *sum += p[k] = expf(z[k] - most);
    return log(*sum) - ((double)z[label] - most);
}

double tv_train_loss(float *dz, const float *z, const int32_t *label, int64_t rows, int64_t classes)
{
    double loss = 0, sum;
    int64_t labelled = 0;
    for (int64_t i = 0; i < rows; i++) labelled += label[i] >= 0;
    for (int64_t i = 0; i < rows; i++, z += classes, dz += classes) {
        if (label[i] < 0) {
            memset(dz, 0, (size_t)classes * sizeof *dz);
            continue;
        }
        loss += row_loss(dz, z, label[i], classes, &sum);
        for (int64_t k = 0; k < classes; k++)
            dz[k] = (float)((dz[k] / sum - (k == label[i])) / (double)labelled);
    }
    return loss;
}

static int64_t count_right(const float *z, const int32_t *label, int64_t rows, int64_t classes)
{
    int32_t *predicted = TV_ARRAY(int32_t, (size_t)rows);
    int64_t right = 0;
    tv_argmax(predicted, z, rows, classes);
    for (int64_t i = 0; i < rows; i++) right += predicted[i] == label[i];
    free(predicted);
    return right;
}

/* The gradient of a parameter is complete, and nobody needs its old value any more. */
static void update(void *user, int value, const float *gradient, int64_t first, int64_t n)
{
    struct tv_train *t = user;
    (void)first, (void)n;
    const struct tv_train_param *p = &t->param[t->s->param_of[value]];
    tv_optim_step(&t->o.optim, t->s->rate, t->step + 1, p->n, t->g->value[value].data, gradient, p->state);
}

void tv_train_step(struct tv_train *t, const int32_t *label, double rate, double *loss, int64_t *right)
{
    struct tv_train_state *s = t->s;
    struct tv_graph *g = t->g;
    assert(s->on);
    s->rate = rate;
    for (int i = 0; i < s->n_ops; i++) tv_train_op_step(&s->op[i], t->step);
    tv_exec_forward(&s->e, &s->logits, 1);
    const float *z = s->e.data[s->logits];
    *right += count_right(z, label, g->batch, s->classes);
    *loss += tv_train_loss(tv_exec_seed(&s->e, s->logits), z, label, g->batch, s->classes);
    tv_exec_backward(&s->e, s->logits, (struct tv_intervals){0}, s->want, t->n_params,
                     &(struct tv_exec_sink){.take = update, .user = t});
    tv_exec_clear(&s->e);
    for (int k = 0; k < g->n_nodes; k++)
        if (s->trained[k] && g->node[k].op->refresh) g->node[k].op->refresh(g, &g->node[k]);
    t->step++;
}

void tv_train_settle(struct tv_train *t)
{
    switch_ops(t, false);
    for (int i = 0; i < t->s->n_ops; i++) {
        struct tv_node *n = &t->g->node[t->s->op[i].node];
        if (n->op->refresh) n->op->refresh(t->g, n);
    }
}

int64_t tv_train_bytes(struct tv_train *t, int64_t n)
{
    int64_t kept = 0, largest = 0, weights = 0;
    for (int v = 0; v < t->g->n_values; v++) {
        int64_t row = tv_value_row(&t->g->value[v]);
        if (t->g->value[v].data || !t->g->value[v].varies) continue;
        if (t->s->e.keep[v]) kept += row;
        largest = row > largest ? row : largest;
    }
    for (int i = 0; i < t->n_params; i++) weights += t->param[i].n * (1 + tv_optim_states(&t->o.optim));
    return ((kept + 3 * largest) * n + weights) *
           (int64_t)sizeof(float); /* multipliers: of a node's ends and a branch */
}
