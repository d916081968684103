/* nn/onnx_inline.c - model-local functions, as PyTorch's dynamo exporter writes them: every call becomes the
 * nodes of the function's body, with names of their own.
 *
 *     y = f(x; a)     f(in; attribute) -> out: t = A(in), out = B(t; attribute)
 *     becomes         "y/1/t" = A(x),  y = B("y/1/t"; a)            1: the number of the call
 */
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "nn/onnx_tensor.h"

enum {
    DEEPEST = 16,
    MOST = 1 << 17,
    MOST_BYTES = 1 << 28
}; /* calls within calls; nodes and calls; copied messages */

struct inliner {
    const Onnx__ModelProto *m;
    Onnx__NodeProto **node; /* the graph's new nodes */
    size_t n, cap, calls, bytes;
};

static bool equal(const char *a, const char *b) { return !strcmp(a ? a : "", b ? b : ""); }

static const Onnx__FunctionProto *function_of(const Onnx__ModelProto *m, const Onnx__NodeProto *n)
{
    for (size_t i = 0; i < m->n_functions; i++)
        if (equal(m->functions[i]->name, n->op_type) && equal(m->functions[i]->domain, n->domain))
            return m->functions[i];
    return NULL;
}

/* A deep copy of a message, through its bytes. */
static ProtobufCMessage *copy_new(struct inliner *l, const ProtobufCMessage *from)
{
    size_t n = protobuf_c_message_get_packed_size(from);
    l->bytes += n;
    uint8_t *bytes = tv_alloc(n, 1);
    protobuf_c_message_pack(from, bytes);
    ProtobufCMessage *to = protobuf_c_message_unpack(from->descriptor, NULL, n, bytes);
    free(bytes);
    return to;
}

/* What a name of the body is called outside. */
static char *outside_new(const Onnx__FunctionProto *f, const Onnx__NodeProto *call, size_t number,
                         const char *name)
{
    if (!*name) return tv_strdup("");
    for (size_t i = 0; i < f->n_input; i++)
        if (equal(f->input[i], name)) return tv_strdup(i < call->n_input ? call->input[i] : "");
    for (size_t i = 0; i < f->n_output && i < call->n_output; i++)
        if (equal(f->output[i], name) && *call->output[i]) return tv_strdup(call->output[i]);
    return tv_format_new("%s/%zu/%s", call->n_output ? call->output[0] : "", number, name);
}

static void rename_all(const Onnx__FunctionProto *f, const Onnx__NodeProto *call, size_t number, char **name,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *to = outside_new(f, call, number, name[i]);
        free(name[i]);
        name[i] = to;
    }
}

/* The attribute that the call gives under `name`, or NULL. */
static const Onnx__AttributeProto *given(const Onnx__NodeProto *call, const char *name)
{
    for (size_t i = 0; i < call->n_attribute; i++)
        if (equal(call->attribute[i]->name, name)) return call->attribute[i];
    return NULL;
}

/* Attributes that stand for one of the call's get its value, and disappear where it has none. */
static void resolve_attributes(struct inliner *l, const Onnx__NodeProto *call, Onnx__NodeProto *n)
{
    size_t left = 0;
    for (size_t i = 0; i < n->n_attribute; i++) {
        Onnx__AttributeProto *a = n->attribute[i];
        if (a->ref_attr_name && *a->ref_attr_name) {
            const Onnx__AttributeProto *value = given(call, a->ref_attr_name);
            Onnx__AttributeProto *b = value ? (Onnx__AttributeProto *)copy_new(l, &value->base) : NULL;
            if (b) {
                free(b->name);
                b->name = tv_strdup(a->name ? a->name : "");
            }
            onnx__attribute_proto__free_unpacked(a, NULL);
            a = b;
        }
        if (a) n->attribute[left++] = a;
    }
    n->n_attribute = left;
}

/* Adds a node, or what it stands for; takes it over. */
static const char *expand(struct inliner *l, Onnx__NodeProto *n, int depth)
{
    const Onnx__FunctionProto *f = function_of(l->m, n);
    const char *err = NULL;
    if (!f) {
        l->node = tv_grow(l->node, &l->cap, l->n + 1, sizeof *l->node);
        l->node[l->n++] = n;
        return NULL;
    }
    if (depth == DEEPEST) err = tv_msg("function '%s' calls itself, or others too deep", f->name);
    size_t number = ++l->calls;
    if (number > MOST || l->n > MOST || l->bytes > MOST_BYTES)
        err = tv_msg("functions that would make more than %d nodes", MOST);
    for (size_t i = 0; i < f->n_node && !err; i++) {
        Onnx__NodeProto *body = (Onnx__NodeProto *)copy_new(l, &f->node[i]->base);
        rename_all(f, n, number, body->input, body->n_input);
        rename_all(f, n, number, body->output, body->n_output);
        resolve_attributes(l, n, body);
        err = expand(l, body, depth + 1);
    }
    onnx__node_proto__free_unpacked(n, NULL);
    return err;
}

const char *tv_onnx_inline(Onnx__ModelProto *m)
{
    struct inliner l = {.m = m};
    Onnx__GraphProto *g = m->graph;
    const char *err = NULL;
    size_t i = 0;
    if (m->n_functions == 0) return NULL;
    for (; i < g->n_node && !err; i++) err = expand(&l, g->node[i], 0);
    for (; i < g->n_node; i++) onnx__node_proto__free_unpacked(g->node[i], NULL);
    free(g->node);
    g->node = l.node;
    g->n_node = l.n;
    return err;
}
