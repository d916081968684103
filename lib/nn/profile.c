#include "nn/profile.h"
#include "core/mem.h"
#include "core/progress.h"
#include "nn/op.h"
#include "num/machine.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void tv_profile_init(struct tv_profile *p, const struct tv_graph *g)
{
    *p = (struct tv_profile){.begun = tv_seconds()};
    for (int pass = 0; pass < TV_PASSES; pass++)
        p->node[pass] = TV_ARRAY(struct tv_profile_node, (size_t)g->n_nodes);
}

void tv_profile_release(struct tv_profile *p)
{
    for (int pass = 0; pass < TV_PASSES; pass++) free(p->node[pass]);
    *p = (struct tv_profile){0};
}

static int layer_of(const struct tv_graph *g, int k)
{
    for (int l = 0; l < g->n_layers; l++)
        if (g->layer[l].node == k) return l;
    return -1;
}

/* Bytes of a node's inputs and outputs for `rows` rows; of weights their share of the pass. */
static double bytes_of(const struct tv_graph *g, const struct tv_node *n, int64_t rows)
{
    double bytes = 0;
    for (int i = 0; i < n->n_in + n->n_out; i++) {
        int v = i < n->n_in ? n->in[i] : n->out[i - n->n_in];
        if (v < 0) continue;
        const struct tv_value *x = &g->value[v];
        bytes += (double)tv_dtype_size(x->dtype) *
                 (x->varies ? (double)rows * (double)tv_value_row(x)
                            : (double)tv_value_count(x) * (double)rows / (double)g->batch);
    }
    return bytes;
}

void tv_profile_add(struct tv_profile *p, const struct tv_graph *g, enum tv_pass pass, int k,
                    int64_t f32_rows, int64_t bf16_rows, double start)
{
    struct tv_profile_node *n = &p->node[pass][k];
    int l = layer_of(g, k);
    n->seconds += tv_seconds() - start;
    n->bytes += bytes_of(g, &g->node[k], f32_rows + bf16_rows);
    if (l < 0) return;
    n->operations[0] += 2.0 * (double)g->layer[l].macs * (double)f32_rows;
    n->operations[1] += 2.0 * (double)g->layer[l].macs * (double)bf16_rows;
}

/* The machine's limits and what all layers come to. */
struct summary {
    double whole, peak[2], bandwidth;
    double named, layers, least; /* seconds: of all nodes, of layers, of layers at the roofline */
};

static void print_line(struct tv_str *out, const char *prefix, const char *name, const char *pass,
                       const struct tv_profile_node *n, double whole)
{
    double operations = n->operations[0] + n->operations[1];
    tv_str_add(out, "%s%s\t%s\t%.4f\t%.3f\t%.1f\t%.1f", prefix, name, pass, n->seconds, n->seconds / whole,
               1e-9 * operations / n->seconds, 1e-9 * n->bytes / n->seconds);
}

static void sum_up(struct tv_profile_node *to, const struct tv_profile_node *n)
{
    to->seconds += n->seconds;
    to->bytes += n->bytes;
    for (int i = 0; i < 2; i++) to->operations[i] += n->operations[i];
}

static const char *const pass_name[TV_PASSES] = {"forward", "backward"};

static void print_layers(const struct tv_profiled *net, struct tv_str *out, struct summary *s)
{
    for (int k = 0; k < net->g->n_nodes; k++)
        for (int pass = 0; pass < TV_PASSES; pass++) {
            const struct tv_profile_node *n = &net->p->node[pass][k];
            int l = layer_of(net->g, k);
            s->named += n->seconds;
            if (l < 0 || n->seconds == 0) continue;
            double roof =
                fmax(n->operations[0] / s->peak[0] + n->operations[1] / s->peak[1], n->bytes / s->bandwidth);
            print_line(out, net->prefix, net->g->layer[l].name, pass_name[pass], n, s->whole);
            tv_str_add(out, "\t%.2f\n", roof / n->seconds);
            s->least += roof;
            s->layers += n->seconds;
        }
}

static void print_others(const struct tv_profiled *net, struct tv_str *out, double whole)
{
    const struct tv_graph *g = net->g;
    bool *done = TV_ARRAY(bool, (size_t)g->n_nodes);
    for (int k = 0; k < g->n_nodes; k++) {
        if (done[k] || layer_of(g, k) >= 0) continue;
        for (int pass = 0; pass < TV_PASSES; pass++) {
            struct tv_profile_node all = {0};
            for (int i = k; i < g->n_nodes; i++) {
                if (g->node[i].op != g->node[k].op || layer_of(g, i) >= 0) continue;
                sum_up(&all, &net->p->node[pass][i]);
                done[i] = true;
            }
            if (all.seconds == 0) continue;
            print_line(out, net->prefix, g->node[k].op->type, pass_name[pass], &all, whole);
            tv_str_add(out, "\t\n");
        }
    }
    free(done);
}

void tv_profile_print(const struct tv_profiled *net, int n, struct tv_str *out)
{
    struct summary s = {.whole = tv_seconds() - net[0].p->begun}; /* before the machine is measured */
    s.peak[0] = tv_machine_flops();
    s.peak[1] = tv_machine_flops_bf16();
    s.bandwidth = tv_machine_bandwidth();
    tv_str_add(out, "layer\tpass\tseconds\tshare\tGFLOP/s\tGB/s\troofline\n");
    for (int i = 0; i < n; i++) {
        print_layers(&net[i], out, &s);
        print_others(&net[i], out, s.whole);
    }
    tv_str_add(out, "the rest\t\t%.4f\t%.3f\t\t\t\n", s.whole - s.named, (s.whole - s.named) / s.whole);
    tv_str_add(out, "layers\tboth\t%.4f\t%.3f\t\t\t%.2f\n", s.layers, s.layers / s.whole, s.least / s.layers);
    tv_str_add(out, "all\t\t%.4f\t1.000\t\t\t%.2f\n", s.whole, s.least / s.whole);
    tv_str_add(out, "machine\t%.0f GFLOP/s, bf16 %.0f GFLOP/s, %.1f GB/s\n", 1e-9 * s.peak[0],
               1e-9 * s.peak[1], 1e-9 * s.bandwidth);
}
