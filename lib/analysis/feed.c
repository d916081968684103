#include "analysis/feed.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/pb.h"
#include "core/str.h"
#include "nn/onnx.h"
#include <stdlib.h>
#include <string.h>

/* The one tensor of a file: TensorProto by its suffix, else a stream or .npy. */
static const char *read_tensor_new(struct tv_tensor **t, const char *path)
{
    size_t length = strlen(path), n;
    if (length > 3 && !strcmp(path + length - 3, ".pb")) {
        void *bytes = tv_file_read_new(path, &n);
        const char *err = tv_pb_parse_new(t, bytes, n, NULL);
        free(bytes);
        tv_history_file(path, tv_file_crc(path));
        return err ? tv_msg("%s: %s", tv_basename(path), err) : NULL;
    }
    struct tv_set s = {0};
    tv_set_read(&s, path, NULL);
    if (s.n != 1) return tv_msg("%s: want one tensor, got %zu; tv-select takes one out", s.name, s.n);
    *t = tv_tensor_new(s.at[0]->name, s.at[0]->dtype, s.at[0]->rank, s.at[0]->dim);
    if (s.at[0]->dtype == TV_STR) return tv_msg("%s: strings cannot be fed to a network", s.name);
    memcpy((*t)->data, s.at[0]->data, (size_t)tv_tensor_count(*t) * tv_dtype_size((*t)->dtype));
    tv_set_release(&s);
    return NULL;
}

/* Words without a name go to the graph's inputs in order. */
static const char *feed_all(struct tv_graph *g, const struct tv_strings *inputs)
{
    for (int i = 0; i < inputs->n; i++) {
        if (!*inputs->at[i]) continue; /* --input= : a graph without inputs */
        const char *word = inputs->at[i], *equals = strchr(word, '=');
        if (!equals && i >= g->n_inputs)
            return tv_msg("--input %s: the graph has %d inputs", word, g->n_inputs);
        char *name =
            equals ? tv_strndup(word, (size_t)(equals - word)) : tv_strdup(g->value[g->input[i]].name);
        struct tv_tensor *t = NULL;
        const char *err = read_tensor_new(&t, equals ? equals + 1 : word);
        if (!err) err = tv_graph_feed(g, name, t);
        tv_tensor_free(t);
        free(name);
        if (err) return err;
    }
    return NULL;
}

const char *tv_feed(const char *model, const struct tv_strings *inputs, struct tv_writer *w)
{
    struct tv_graph g;
    size_t n;
    void *bytes = tv_file_read_new(model, &n);
    char *dir = tv_strndup(model, (size_t)(tv_basename(model) - model));
    const char *err = tv_onnx_parse(&g, bytes, n, *dir ? dir : ".", false);
    free(bytes);
    free(dir);
    if (err) return tv_msg("%s: %s", tv_basename(model), err);
    tv_history_file(model, tv_file_crc(model));
    if ((err = feed_all(&g, inputs)) || (err = tv_graph_plan(&g, 1)))
        return tv_msg("%s: %s", tv_basename(model), err);
    for (int i = 0; i < g.n_outputs; i++) {
        const struct tv_value *v = &g.value[g.output[i]];
        if (!v->data)
            return tv_msg("%s: output %s was not computed; which of its inputs was not given?",
                          tv_basename(model), v->name);
        tv_writer_array(w, v->name, v->dtype, v->rank, v->dim, v->data, NULL);
    }
    tv_graph_release(&g);
    return NULL;
}
