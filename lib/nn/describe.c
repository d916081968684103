/* nn/describe.c */
#include "nn/describe.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "nn/op.h"

/* A ModelProto starts with ir_version (field 1, a small number), and another of its fields follows. */
static bool starts_like_model(const unsigned char *p)
{
    static const unsigned char next[] = {0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72};
    return p[0] == 0x08 && p[1] > 0 && p[1] < 0x40 && memchr(next, p[2], sizeof next);
}

bool tv_onnx_is_file(const char *path)
{
    unsigned char head[4];
    FILE *f = strcmp(path, "-") ? fopen(path, "rb") : NULL;
    bool is = f && fread(head, 1, sizeof head, f) == sizeof head && starts_like_model(head);
    if (f) fclose(f);
    return is;
}

const char *const tv_describe_columns[] = {"file",  "layer",      "kind", "node",
                                           "shape", "parameters", "macs", NULL};

/* The shape for any batch, as text and as JSON. */
static void add_shape(struct tv_table *t, const struct tv_value *v)
{
    struct tv_str text = {0}, json = {0};
    for (int i = 0; i < v->rank; i++) {
        bool batch = i == 0 && v->varies;
        const char *start = i ? "," : "[";
        if (batch)
            tv_str_add(&text, "%sN", start);
        else
            tv_str_add(&text, "%s%lld", start, (long long)v->dim[i]);
        tv_str_add(&json, batch ? "%s\"N\"" : "%s%lld", start, (long long)v->dim[i]);
    }
    tv_str_add(&text, v->rank ? "]" : "[]");
    tv_str_add(&json, v->rank ? "]" : "[]");
    tv_table_json(t, json.s, text.s);
    tv_str_release(&text);
    tv_str_release(&json);
}

static void add_line(struct tv_table *t, const char *file, const char *name, const char *kind,
                     const char *node, const struct tv_value *v)
{
    tv_table_text(t, file);
    tv_table_text(t, name);
    tv_table_text(t, kind);
    tv_table_text(t, node);
    add_shape(t, v);
}

static void add_border(struct tv_table *t, const char *file, const char *kind, const struct tv_value *v)
{
    add_line(t, file, v->name, kind, NULL, v);
    tv_table_text(t, NULL);
    tv_table_text(t, NULL);
}

void tv_describe(struct tv_table *t, const struct tv_graph *g, const char *file)
{
    for (int i = 0; i < g->n_inputs; i++) add_border(t, file, "input", &g->value[g->input[i]]);
    for (int i = 0; i < g->n_layers; i++) {
        const struct tv_layer *l = &g->layer[i];
        add_line(t, file, l->name, l->kind == TV_LAYER_CONV ? "conv" : "fc", g->node[l->node].name,
                 &g->value[l->output]);
        tv_table_int(t, l->parameters);
        tv_table_int(t, l->macs);
    }
    for (int i = 0; i < g->n_outputs; i++) add_border(t, file, "output", &g->value[g->output[i]]);
}

static void add_key(struct tv_table *t, const char *file, const char *key, const char *value)
{
    tv_table_text(t, file);
    tv_table_text(t, key);
    tv_table_text(t, value);
}

static void add_number(struct tv_table *t, const char *file, const char *key, int64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)v);
    add_key(t, file, key, text);
}

/* "Conv 5, Relu 7, ..." in the operator table's order, without our own Layout nodes. */
static char *operators_new(const struct tv_graph *g)
{
    struct tv_str s = {0};
    const struct tv_op *op;
    for (int i = 0; (op = tv_op_at(i)); i++) {
        int count = 0;
        for (int k = 0; k < g->n_nodes; k++) count += g->node[k].op == op;
        if (count && strcmp(op->type, "Layout"))
            tv_str_add(&s, "%s%s %d", s.len ? ", " : "", op->type, count);
    }
    return s.s ? s.s : tv_strdup("");
}

void tv_describe_meta(struct tv_table *t, const struct tv_graph *g, const char *file)
{
    int64_t parameters = 0, macs = 0;
    char *operators = operators_new(g);
    for (int i = 0; i < g->n_layers; i++) {
        parameters += g->layer[i].parameters;
        macs += g->layer[i].macs;
    }
    add_number(t, file, "opset", g->opset);
    add_number(t, file, "layers", g->n_layers);
    add_number(t, file, "parameters", parameters);
    add_number(t, file, "macs", macs);
    add_key(t, file, "operators", operators);
    free(operators);
}
