/* tests/opcase.h - one operator as a graph of its own, from a line of text; for the tests of the operators.
 *
 *     attributes   "i:axis=1 f:alpha=0.5 s:mode=edge I:pads=1,1,1,1"
 *     inputs       "v2,3,4" varies, normal     "c3,4" constant, normal       "b2,3" varies, bool
 *                  "p2,3"   varies, in 0.5..2  "q3"   constant, in 0.5..2    "i=1,-1" constant int64 list
 *                  "j2,2=0,1,1,0" constant int64 of that shape               "-"  left out
 *                  "t2=1.5,3" constant f32 of that shape and these values; "o2=1,0" the same, bool
 */
#ifndef TESTS_OPCASE_H
#define TESTS_OPCASE_H
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "nn/graph_internal.h"
#include "nn/onnx_attr.h"
#include "nn/ops.h"
#include "num/rng.h"

struct opcase {
    const char *op, *attrs, *in;
    int opset, outputs; /* 0: 13 and 1 */
};

enum { OPCASE_MAX = 6 };

struct opgraph {
    struct tv_graph g;
    int in[OPCASE_MAX], n_in;
    char kind[OPCASE_MAX]; /* letters above */
};

static inline int opcase_ints(const char *s, int64_t *v)
{
    int n = 0;
    while (*s && *s != '=') {
        char *end;
        v[n++] = strtoll(s, &end, 10);
        s = *end == ',' ? end + 1 : end;
    }
    return n;
}

static inline void opcase_attrs(struct tv_node *n, const char *attrs)
{
    size_t count;
    char **list = tv_split_new(attrs, ' ', &count);
    for (size_t i = 0; i < count; i++) {
        char *name = list[i] + 2, *value = strchr(list[i], '=');
        int64_t v[32];
        if (!value) continue;
        *value++ = 0;
        if (list[i][0] == 'i') tv_attr_set_int(n, name, atoll(value));
        if (list[i][0] == 'f') tv_attr_set_float(n, name, atof(value));
        if (list[i][0] == 's') tv_attr_set_string(n, name, value);
        if (list[i][0] == 'I') {
            int k = opcase_ints(value, v);
            tv_attr_set_ints(n, name, v, k);
        }
    }
    tv_split_free(list);
}

static inline void opcase_values(struct tv_value *v, const char *s)
{
    int64_t n = tv_value_count(v);
    for (int64_t i = 0; i < n; i++) {
        char *end;
        if (v->dtype == TV_I64)
            ((int64_t *)v->data)[i] = strtoll(s, &end, 10);
        else if (v->dtype == TV_BOOL)
            ((uint8_t *)v->data)[i] = strtol(s, &end, 10) != 0;
        else
            ((float *)v->data)[i] = strtof(s, &end);
        s = *end == ',' ? end + 1 : end;
    }
}

static inline void opcase_fill(struct tv_rng *r, void *data, int64_t n, char kind)
{
    for (int64_t i = 0; i < n; i++) {
        if (kind == 'b')
            ((uint8_t *)data)[i] = tv_rng_below(r, 2) != 0;
        else if (kind == 'p' || kind == 'q')
            ((float *)data)[i] = 0.5f + 1.5f * tv_rng_float(r);
        else
            ((float *)data)[i] = (float)tv_rng_normal(r);
    }
}

/* Adds one input; -1 for "-". */
static inline int opcase_input(struct opgraph *o, const char *text, struct tv_rng *r)
{
    char name[8], kind = text[0];
    const char *values = strchr(text, '=');
    if (kind == '-') return -1;
    snprintf(name, sizeof name, "in%d", o->n_in);
    int at = tv_graph_add_value(&o->g, name);
    struct tv_value *v = &o->g.value[at];
    v->dtype = kind == 'i' || kind == 'j' ? TV_I64 : strchr("bo", kind) ? TV_BOOL : TV_F32;
    v->rank = opcase_ints(text + 1, v->dim);
    if (kind == 'i') { /* the length of the list */
        v->rank = 1;
        v->dim[0] = values[1] != 0;
        for (const char *c = values; *c; c++) v->dim[0] += *c == ',';
    }
    if (strchr("vpb", kind)) {
        int i = o->g.n_inputs++;
        o->g.input[i] = at;
        for (int k = 0; k < v->rank; k++) o->g.input_dim[i][k] = k ? v->dim[k] : -1;
        return at;
    }
    v->constant = true;
    v->data = tv_alloc_aligned((size_t)tv_value_count(v), tv_dtype_size(v->dtype));
    if (values)
        opcase_values(v, values + 1);
    else
        opcase_fill(r, v->data, tv_value_count(v), kind);
    return at;
}

/* Builds and plans it with `batch` rows; NULL or the operator's message. */
static inline const char *opcase_build(struct opgraph *o, const struct opcase *c, int64_t batch,
                                       struct tv_rng *r)
{
    size_t n_in;
    char **list = tv_split_new(c->in, ' ', &n_in);
    int n_out = c->outputs ? c->outputs : 1, out[OPCASE_MAX];
    *o = (struct opgraph){.g = {.opset = c->opset ? c->opset : 13, .free_batch = true}};
    o->g.input = TV_ARRAY(int, OPCASE_MAX);
    o->g.input_dim = tv_alloc(OPCASE_MAX, sizeof *o->g.input_dim);
    for (size_t i = 0; i < n_in && *list[i]; i++) {
        o->kind[o->n_in] = list[i][0];
        o->in[o->n_in] = opcase_input(o, list[i], r);
        o->n_in++;
    }
    tv_split_free(list);
    for (int i = 0; i < n_out; i++) {
        out[i] = tv_graph_add_value(&o->g, "out");
        o->g.value[out[i]].uses = i == 0;
    }
    int at = tv_graph_add_node(&o->g, c->op, "test", o->n_in, o->in, n_out, out);
    struct tv_node *n = &o->g.node[at];
    opcase_attrs(n, c->attrs ? c->attrs : "");
    const char *err = n->op->setup ? n->op->setup(&o->g, n) : NULL;
    if (!err && tv_attr_unknown(n)) err = tv_msg("unknown attribute %s", tv_attr_unknown(n));
    if (!err) err = tv_graph_plan(&o->g, batch);
    if (!err && n->op->refresh) n->op->refresh(&o->g, n);
    return err;
}

#endif
