#include "analysis/attribute.h"
#include "core/cmd.h"
#include "core/mem.h"
#include "core/str.h"
#include "nn/field.h"
#include <stdlib.h>
#include <string.h>

/* ---- the start of the path ---- */

static int64_t input_row(const struct tv_run *r) { return r->d.c * r->d.h * r->d.w; }

/* Element (channel, position) of an input row in the model's layout. */
static int64_t input_at(const struct tv_run *r, int64_t c, int64_t p)
{
    return r->d.layout == TV_NHWC ? p * r->d.c + c : c * r->d.h * r->d.w + p;
}

/* The mean image: one pass over the data, which is held in memory for the second. */
static const char *baseline_mean(struct tv_run *r, float *b)
{
    int64_t row = input_row(r);
    const char *err = tv_dataset_load(&r->d);
    if (err) return err;
    double *sum = TV_ARRAY(double, (size_t)row);
    for (int64_t i = 0; i < r->d.n; i++) {
        tv_dataset_gather(&r->d, &i, 1, b);
        for (int64_t j = 0; j < row; j++) sum[j] += b[j];
    }
    for (int64_t j = 0; j < row; j++) b[j] = (float)(r->d.n ? sum[j] / (double)r->d.n : 0);
    free(sum);
    tv_dataset_rewind(&r->d);
    return NULL;
}

/* One image [C,H,W] in normalised space. */
static const char *baseline_file(struct tv_run *r, const char *path, float *b)
{
    struct tv_set s = {0};
    tv_set_read(&s, path, NULL);
    if (s.n != 1 || tv_tensor_count(s.at[0]) != input_row(r))
        return tv_msg("baseline %s: want one tensor of %lldx%lldx%lld values, got %s", path,
                      (long long)r->d.c, (long long)r->d.h, (long long)r->d.w,
                      s.n == 1 ? tv_tensor_text(s.at[0]) : "several tensors");
    float *v = tv_tensor_f32_new(s.at[0]);
    int64_t positions = r->d.h * r->d.w;
    for (int64_t c = 0; c < r->d.c; c++)
        for (int64_t p = 0; p < positions; p++) b[input_at(r, c, p)] = v[c * positions + p];
    free(v);
    tv_set_release(&s);
    return NULL;
}

static const char *find_baseline(struct tv_attribute *a, float *b)
{
    struct tv_run *r = &a->run;
    const char *what = a->o.baseline;
    double value;
    if (!strcmp(what, "mean")) {
        if (a->o.shards > 1)
            return "a mean baseline differs from shard to shard; compute it once and give it as a file";
        return baseline_mean(r, b);
    }
    bool black = !strcmp(what, "black");
    if (!black && !tv_parse_double(what, &value)) return baseline_file(r, what, b);
    for (int64_t c = 0; c < r->d.c; c++)
        for (int64_t p = 0; p < r->d.h * r->d.w; p++)
            b[input_at(r, c, p)] = black ? tv_dataset_value(&r->d, c, 0) : (float)value;
    return NULL;
}

/* ---- opening ---- */

static const char *find_target(struct tv_attribute *a)
{
    const char *t = a->o.target;
    a->all = !strcmp(t, "all");
    a->fixed = TV_TARGET_PRED;
    if (a->all || !strcmp(t, "pred")) return NULL;
    if (!strcmp(t, "label")) {
        a->fixed = TV_TARGET_LABEL;
        return a->run.d.labelled
                   ? NULL
                   : tv_msg("%s has no labels; --target pred explains the predicted class", a->run.d.name);
    }
    return tv_run_class(&a->run, t, &a->fixed);
}

/* Layers chosen, and the sweep, of one network; `partner`: another one that runs in turns with it. */
static const char *open_net(struct tv_attribute *a, int k, const float *baseline,
                            const struct tv_graph *partner)
{
    struct tv_attributed *n = &a->net[k];
    struct tv_sweep_options o = a->o.sweep;
    o.partner = partner;
    if (a->o.profile) {
        tv_profile_init(&n->profile, n->g);
        o.profile = &n->profile;
    }
    int n_taps = 0;
    const char *err = tv_run_taps_new(n->g, a->o.layers, &n->tap, &n_taps);
    if (err) return partner ? tv_msg("%s: %s", n->g->name, err) : err;
    if (o.method == TV_INTEGRATED_GRADIENTS)
        n->tap[0] = (struct tv_tap){"input", n->g->input[0], -1}, n_taps = 1;
    int *value = TV_ARRAY(int, (size_t)n_taps + 1);
    for (int t = 0; t < n_taps; t++) value[t] = n->tap[t].value;
    err = tv_sweep_init(&n->sweep, n->g, &o, value, n_taps, baseline);
    free(value);
    return err;
}

/* The second network takes the same images. */
static const char *open_second(struct tv_attribute *a)
{
    enum tv_layout layout = a->run.d.layout;
    if (a->o.weights) return "--weights goes with one network";
    const char *err = tv_run_load(&a->second, a->o.model[1], NULL);
    if (!err) err = tv_run_fits(&a->second, &a->run.d);
    if (!err && a->run.d.layout != layout)
        return tv_msg("%s and %s take images in different layouts", a->run.g.name, a->second.name);
    return err;
}

const char *tv_attribute_open(struct tv_attribute *a, const struct tv_attribute_options *o)
{
    *a = (struct tv_attribute){.o = *o, .n_nets = o->model[1] ? 2 : 1};
    if (o->peaks && (o->sweep.reduce != TV_REDUCE_MAX || !strcmp(o->target, "all")))
        return "--peaks tells where a map's maximum lies: it goes with --reduce max and one target an image";
    const char *err = tv_run_open(&a->run, o->model[0], o->weights, o->data);
    bool two = a->n_nets == 2;
    a->net[0].g = &a->run.g, a->net[0].prefix = two ? "source/" : "";
    a->net[1].g = &a->second, a->net[1].prefix = "target/";
    if (!err && two) err = open_second(a);
    if (!err) err = find_target(a);
    if (!err && o->shards > 1) err = tv_dataset_shard(&a->run.d, o->shard, o->shards);
    if (err) return err;
    float *b = TV_ARRAY(float, (size_t)input_row(&a->run));
    err = find_baseline(a, b);
    for (int k = 0; !err && k < a->n_nets; k++) err = open_net(a, k, b, two ? a->net[1 - k].g : NULL);
    free(b);
    if (err) return err;
    if (two) tv_exec_share(&a->net[1].sweep.e, &a->net[0].sweep.e);
    if (two && !a->all && (err = tv_sweep_pair(&a->net[0].sweep, &a->net[1].sweep))) return err;
    for (int k = 0; k < a->n_nets; k++)
        if (k == 0 || a->net[k].sweep.images < a->images) a->images = a->net[k].sweep.images;
    return NULL;
}

void tv_attribute_close(struct tv_attribute *a)
{
    for (int k = a->n_nets - 1; k >= 0; k--) {
        struct tv_attributed *n = &a->net[k];
        tv_sweep_result_release(&n->sweep, &n->r);
        tv_sweep_release(&n->sweep);
        tv_profile_release(&n->profile);
        free(n->tap), free(n->id.attrib), free(n->id.peak);
    }
    if (a->n_nets == 2) tv_graph_release(&a->second);
    tv_run_close(&a->run);
}

/* ---- writing ---- */

static const char *const method_name[] = {"conductance",           "activation",         "gradient",
                                          "gradient-x-activation", "internal-influence", "deeplift",
                                          "integrated-gradients"};
static const char *const reduce_name[] = {"max", "sum", "mean", "none"};

static int begin_tap(const struct tv_attribute *a, const struct tv_attributed *net, struct tv_writer *w,
                     int t)
{
    const struct tv_value *v = &net->g->value[net->sweep.tap[t]];
    const struct tv_layer *layer = net->tap[t].layer < 0 ? NULL : &net->g->layer[net->tap[t].layer];
    int64_t dim[TV_MAX_RANK] = {a->run.d.n};
    int rank = 1;
    if (a->all) dim[rank++] = net->sweep.classes;
    if (a->o.sweep.reduce != TV_REDUCE_NONE)
        dim[rank++] = tv_sweep_width(&net->sweep, t);
    else
        for (int i = 1; i < v->rank && rank < TV_MAX_RANK; i++) dim[rank++] = v->dim[i];
    struct tv_attrs attrs = {0};
    if (layer) tv_attrs_set(&attrs, "kind", layer->kind == TV_LAYER_CONV ? "conv" : "fc");
    if (layer) tv_attrs_set(&attrs, "node", net->g->node[layer->node].name);
    tv_attrs_set(&attrs, "method", method_name[a->o.sweep.method]);
    tv_attrs_set(&attrs, "reduce", reduce_name[a->o.sweep.reduce]);
    char *name = tv_format_new("%sattrib/%s", net->prefix, net->tap[t].name);
    int id = tv_writer_begin(w, name, TV_F32, rank, dim, &attrs);
    free(name);
    tv_attrs_release(&attrs);
    return id;
}

/* Where the maxima lie: positions in the map, and what of the image an element of the map sees. */
static void begin_peaks(const struct tv_attribute *a, struct tv_attributed *net, struct tv_writer *w)
{
    const struct tv_graph *g = net->g;
    struct tv_field *field = TV_ARRAY(struct tv_field, (size_t)g->n_values);
    tv_graph_fields(g, field);
    for (int t = 0; t < net->sweep.n_taps; t++) {
        const struct tv_value *v = &g->value[net->sweep.tap[t]];
        const struct tv_field *f = &field[net->sweep.tap[t]];
        int64_t dim[2] = {a->run.d.n, tv_sweep_channels(&net->sweep, t)};
        struct tv_attrs attrs = {0};
        if (v->rank == 4 && !f->whole) {
            tv_attrs_setf(&attrs, "map", "%lld,%lld", (long long)v->dim[2], (long long)v->dim[3]);
            tv_attrs_setf(&attrs, "start", "%lld,%lld", (long long)f->start[0], (long long)f->start[1]);
            tv_attrs_setf(&attrs, "size", "%lld,%lld", (long long)f->size[0], (long long)f->size[1]);
            tv_attrs_setf(&attrs, "step", "%lld,%lld", (long long)f->step[0], (long long)f->step[1]);
        }
        char *name = tv_format_new("%speak/%s", net->prefix, net->tap[t].name);
        net->id.peak[t] = tv_writer_begin(w, name, TV_I32, 2, dim, &attrs);
        tv_attrs_release(&attrs);
        free(name);
    }
    free(field);
}

/* A tensor of the network beside those of its layers. */
static int begin_other(const struct tv_attributed *net, struct tv_writer *w, const char *what,
                       enum tv_dtype type, int rank, const int64_t *dim)
{
    char *name = tv_format_new("%sattrib.%s", net->prefix, what);
    int id = tv_writer_begin(w, name, type, rank, dim, NULL);
    free(name);
    return id;
}

static void begin_net(const struct tv_attribute *a, struct tv_attributed *net, struct tv_writer *w)
{
    int n = net->sweep.n_taps;
    int64_t dim[2] = {a->run.d.n, net->sweep.classes};
    net->id.attrib = TV_ARRAY(int, (size_t)n);
    net->id.peak = TV_ARRAY(int, (size_t)n);
    net->id.steps = net->id.target = -1;
    for (int t = 0; t < n; t++) net->id.attrib[t] = begin_tap(a, net, w, t);
    if (a->o.peaks) begin_peaks(a, net, w);
    net->id.delta = begin_other(net, w, "delta", TV_F32, a->all ? 2 : 1, dim);
    net->id.logit = begin_other(net, w, "logit", TV_F32, a->all ? 2 : 1, dim);
    if (!a->all) net->id.target = begin_other(net, w, "target", TV_I32, 1, dim);
    if (!a->all && a->o.sweep.tol > 0) net->id.steps = begin_other(net, w, "steps", TV_I32, 1, dim);
}

/* Images of a run that come out class by class, put image by image. */
static void spread(float *out, const float *in, int64_t images, int64_t classes, int64_t c, int64_t width)
{
    for (int64_t i = 0; i < images; i++)
        memcpy(out + (i * classes + c) * width, in + i * width, (size_t)width * sizeof *out);
}

static const char *run_all(struct tv_attribute *a, struct tv_attributed *net)
{
    struct tv_sweep *s = &net->sweep;
    int64_t images = a->run.b.n, k = s->classes;
    struct tv_sweep_result one;
    tv_sweep_result_init(s, &one, images, false);
    const char *err = NULL;
    for (int64_t c = 0; !err && c < k; c++) {
        for (int64_t i = 0; i < images; i++) one.target[i] = (int32_t)c;
        err = tv_sweep_run(s, images, a->run.x, &one);
        for (int t = 0; !err && t < s->n_taps; t++)
            spread(net->r.attrib[t], one.attrib[t], images, k, c, tv_sweep_width(s, t));
        if (!err) spread(net->r.delta, one.delta, images, k, c, 1);
        if (!err) spread(net->r.logit, one.logit, images, k, c, 1);
    }
    tv_sweep_result_release(s, &one);
    return err;
}

static const char *run_net(struct tv_attribute *a, struct tv_attributed *net)
{
    if (a->all) return run_all(a, net);
    for (int64_t i = 0; i < a->run.b.n; i++)
        net->r.target[i] = (int32_t)(a->fixed == TV_TARGET_LABEL ? a->run.b.label[i] : a->fixed);
    const char *err = tv_sweep_run(&net->sweep, a->run.b.n, a->run.x, &net->r);
    return err && a->n_nets > 1 ? tv_msg("%s: %s", net->g->name, err) : err;
}

static void write_net(const struct tv_attribute *a, const struct tv_attributed *net, struct tv_writer *w)
{
    int64_t rows = a->run.b.n;
    int n = net->sweep.n_taps;
    for (int t = 0; t < n; t++) tv_writer_rows(w, net->id.attrib[t], rows, net->r.attrib[t]);
    for (int t = 0; t < n && a->o.peaks; t++) tv_writer_rows(w, net->id.peak[t], rows, net->r.peak[t]);
    tv_writer_rows(w, net->id.delta, rows, net->r.delta);
    tv_writer_rows(w, net->id.logit, rows, net->r.logit);
    if (net->id.target >= 0) tv_writer_rows(w, net->id.target, rows, net->r.target);
    if (net->id.steps >= 0) tv_writer_rows(w, net->id.steps, rows, net->r.steps);
}

const char *tv_attribute_run(struct tv_attribute *a, struct tv_writer *w)
{
    tv_run_meta(w, (const struct tv_graph *[]){a->net[0].g, a->net[1].g}, a->n_nets);
    tv_dataset_carry_begin(&a->run.d, w);
    for (int k = 0; k < a->n_nets; k++) {
        struct tv_attributed *net = &a->net[k];
        begin_net(a, net, w);
        tv_sweep_result_init(&net->sweep, &net->r, a->images * (a->all ? net->sweep.classes : 1), a->o.peaks);
    }
    const char *err;
    while (!(err = tv_run_next(&a->run, a->images)) && a->run.b.n > 0) {
        if (a->n_nets > 1) err = tv_run_check_labels(&a->run, &a->second);
        for (int k = 0; !err && k < a->n_nets; k++) err = run_net(a, &a->net[k]);
        if (err) break;
        tv_dataset_carry(&a->run.d, w);
        for (int k = 0; k < a->n_nets; k++) write_net(a, &a->net[k], w);
    }
    return err;
}

int64_t tv_attribute_macs(const struct tv_attribute *a)
{
    int64_t images = a->run.d.n > 0 ? a->run.d.n : 1, macs = 0;
    for (int k = 0; k < a->n_nets; k++)
        macs += images * tv_sweep_macs(&a->net[k].sweep) * (a->all ? a->net[k].sweep.classes : 1);
    return macs;
}

int64_t tv_attribute_bytes(const struct tv_attribute *a)
{
    int64_t most = 0;
    for (int k = 0; k < a->n_nets; k++)
        if (tv_sweep_bytes(&a->net[k].sweep) > most) most = tv_sweep_bytes(&a->net[k].sweep);
    return most + a->run.room * input_row(&a->run) * (int64_t)sizeof(float);
}

char *tv_attribute_profile_new(const struct tv_attribute *a)
{
    struct tv_str s = {0};
    struct tv_profiled net[2];
    for (int k = 0; k < a->n_nets; k++)
        net[k] = (struct tv_profiled){&a->net[k].profile, a->net[k].g, a->net[k].prefix};
    tv_profile_print(net, a->n_nets, &s);
    return s.s;
}
