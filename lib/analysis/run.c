#include "analysis/run.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/progress.h"
#include "core/str.h"
#include "nn/onnx.h"
#include <stdlib.h>
#include <string.h>

const char *tv_run_fits(struct tv_graph *g, struct tv_dataset *d)
{
    int64_t want[3];
    if (g->n_inputs != 1)
        return tv_msg("%s: want a network with one image input, got %d", g->name, g->n_inputs);
    const struct tv_value *x = &g->value[g->input[0]];
    if (x->rank != 4)
        return tv_msg("%s: input %s: want images [N,C,H,W], got rank %d", g->name, x->name, x->rank);
    tv_graph_image(g, want);
    const char *err = tv_dataset_fits(d, want[0], want[1], want[2]);
    if (!err) err = tv_graph_set_image(g, d->c, d->h, d->w);
    d->layout = x->layout;
    return err;
}

const char *tv_run_load(struct tv_graph *g, const char *model, const char *weights)
{
    const char *err = tv_onnx_load(g, model, weights);
    if (err) return tv_msg("%s: %s", tv_basename(model), err);
    tv_graph_fuse(g);
    if (tv_common.mem && tv_memory_peak() > (int64_t)tv_common.mem)
        return tv_msg("--mem: want at least %lld MiB to load %s, got %lld MiB",
                      (long long)(tv_memory_peak() >> 20) + 1, g->name, (long long)(tv_common.mem >> 20));
    tv_history_file(model, tv_file_crc(model));
    if (weights) tv_history_file(weights, tv_file_crc(weights));
    return NULL;
}

/* 0: its logits are not [N,K], nor [N,K,1,1]. */
static int64_t classes_of(const struct tv_graph *g)
{
    const struct tv_value *logits = &g->value[tv_graph_logits(g)];
    return logits->rank >= 2 && tv_value_row(logits) == logits->dim[1] ? logits->dim[1] : 0;
}

const char *tv_run_open(struct tv_run *r, const char *model, const char *weights, const char *data)
{
    *r = (struct tv_run){0};
    const char *err = tv_run_load(&r->g, model, weights);
    if (err) return err;
    if ((err = tv_dataset_open(&r->d, data)) || (err = tv_run_fits(&r->g, &r->d))) return err;
    r->classes = classes_of(&r->g);
    return NULL;
}

const char *tv_run_check_labels(const struct tv_run *r, const struct tv_graph *g)
{
    int64_t classes = classes_of(g);
    for (int64_t i = 0; r->b.label && i < r->b.n; i++)
        if (r->b.label[i] >= classes)
            return tv_msg("%s: image %lld has label %d, but %s has %lld classes", r->d.name,
                          (long long)r->b.row[i], r->b.label[i], g->name, (long long)classes);
    return NULL;
}

const char *tv_run_next(struct tv_run *r, int64_t images)
{
    if (images > r->room) {
        free(r->x);
        r->x = tv_alloc_aligned((size_t)(images * r->d.c * r->d.h * r->d.w), sizeof *r->x);
        r->room = images;
    }
    if (r->done == 0) tv_progress_begin(r->g.name, "images", r->d.n);
    const char *err = tv_dataset_next(&r->d, images, r->x, &r->b);
    if (!err) err = tv_run_check_labels(r, &r->g);
    if (err) return err;
    tv_progress(r->done);
    r->done += r->b.n;
    if (!r->b.n) tv_progress_end();
    return NULL;
}

void tv_run_close(struct tv_run *r)
{
    tv_dataset_close(&r->d);
    tv_graph_release(&r->g);
    free(r->x);
    r->x = NULL;
}

/* Has one of the first n networks a layer of that name? */
static bool named_before(const struct tv_graph *const *g, int n, const char *name)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l < g[k]->n_layers; l++)
            if (!strcmp(g[k]->layer[l].name, name)) return true;
    return false;
}

void tv_run_meta(struct tv_writer *w, const struct tv_graph *const *g, int n)
{
    struct tv_str models = {0}, layers = {0};
    for (int k = 0; k < n; k++) {
        tv_str_add(&models, "%s%s", k ? "\n" : "", g[k]->name);
        for (int l = 0; l < g[k]->n_layers; l++)
            if (!named_before(g, k, g[k]->layer[l].name))
                tv_str_add(&layers, "%s%s", layers.len ? "\n" : "", g[k]->layer[l].name);
    }
    tv_writer_meta(w, "model", models.s);
    tv_writer_meta(w, "layers", layers.s ? layers.s : "");
    tv_str_release(&models);
    tv_str_release(&layers);
}

const char *tv_run_layers_new(const struct tv_graph *g, const char *list, bool **chosen)
{
    size_t n = (size_t)g->n_layers;
    const char **name = tv_graph_layer_names_new(g), **node = TV_ARRAY(const char *, n + 1);
    for (size_t l = 0; l < n; l++) node[l] = g->node[g->layer[l].node].name;
    *chosen = TV_ARRAY(bool, n + 1);
    const char *err = tv_names_choose(*chosen, &(struct tv_names){n, name, node}, list);
    free(name);
    free(node);
    return err;
}

/* Marks the nodes whose names match, but not those whose values are no images' rows.  How many. */
static int choose_nodes(const struct tv_graph *g, const char *pattern, bool *node)
{
    int found = 0;
    for (int k = 0; k < g->n_nodes; k++) {
        const struct tv_node *n = &g->node[k];
        if (!n->n_out || n->out[0] < 0 || !g->value[n->out[0]].varies || !tv_glob(pattern, n->name)) continue;
        node[k] = true;
        found++;
    }
    return found;
}

const char *tv_run_taps_new(const struct tv_graph *g, const char *list, struct tv_tap **tap, int *n)
{
    bool *node = TV_ARRAY(bool, (size_t)g->n_nodes + 1), *layer;
    char **item = list ? tv_split_new(list, ',', NULL) : NULL;
    const char *err = NULL;
    for (int i = 0; !err && (list ? item[i] != NULL : i == 0); i++) {
        err = tv_run_layers_new(g, list ? item[i] : NULL, &layer);
        if (err && choose_nodes(g, item[i], node) > 0)
            err = NULL;
        else
            for (int l = 0; !err && l < g->n_layers; l++) node[g->layer[l].node] |= layer[l];
        free(layer);
    }
    if (item) tv_split_free(item);
    *tap = TV_ARRAY(struct tv_tap, (size_t)g->n_nodes + 1);
    *n = 0;
    for (int k = 0; k < g->n_nodes; k++) {
        if (!node[k]) continue;
        struct tv_tap t = {g->node[k].name, g->node[k].out[0], -1};
        for (int l = 0; l < g->n_layers; l++)
            if (g->layer[l].node == k) t = (struct tv_tap){g->layer[l].name, g->layer[l].output, l};
        bool taken = false; /* a convolution and the normalisation that belongs to it share their output */
        for (int i = 0; i < *n; i++) taken |= (*tap)[i].value == t.value;
        if (!taken) (*tap)[(*n)++] = t;
    }
    free(node);
    return err;
}

const char *tv_run_class(const struct tv_run *r, const char *word, int64_t *index)
{
    const char *err = tv_class_find(index, word, tv_attrs_get(&r->d.meta, "classes"));
    if (!err && *index >= r->classes)
        return tv_msg("class %s: %s has %lld classes", word, r->g.name, (long long)r->classes);
    return err;
}
