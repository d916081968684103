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

/* Bytes of a node's inputs and outputs for `rows` rows. */
static double bytes_of(const struct tv_graph *g, const struct tv_node *n, int64_t rows)
{
    double bytes = 0;
    for (int i = 0; i < n->n_in + n->n_out; i++) {
        int v = i < n->n_in ? n->in[i] : n->out[i - n->n_in];
        if (v < 0) continue;
        const struct tv_value *x = &g->value[v];
        bytes += (double)tv_dtype_size(x->dtype) *
                 (x->varies ? (double)rows * (double)tv_value_row(x) : (double)tv_value_count(x));
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

static void print_line(struct tv_str *out, const char *name, const char *pass,
                       const struct tv_profile_node *n, double whole)
{
    double operations = n->operations[0] + n->operations[1];
    tv_str_add(out, "%s\t%s\t%.4f\t%.3f\t%.1f\t%.1f", name, pass, n->seconds, n->seconds / whole,
               1e-9 * operations / n->seconds, 1e-9 * n->bytes / n->seconds);
}

static void sum_up(struct tv_profile_node *to, const struct tv_profile_node *n)
{
    to->seconds += n->seconds;
    to->bytes += n->bytes;
    for (int i = 0; i < 2; i++) to->operations[i] += n->operations[i];
}

static const char *const pass_name[TV_PASSES] = {"forward", "backward"};

static void print_others(const struct tv_profile *p, const struct tv_graph *g, struct tv_str *out,
                         double whole)
{
    bool *done = TV_ARRAY(bool, (size_t)g->n_nodes);
    for (int k = 0; k < g->n_nodes; k++) {
        if (done[k] || layer_of(g, k) >= 0) continue;
        for (int pass = 0; pass < TV_PASSES; pass++) {
            struct tv_profile_node all = {0};
            for (int i = k; i < g->n_nodes; i++) {
                if (g->node[i].op != g->node[k].op || layer_of(g, i) >= 0) continue;
                sum_up(&all, &p->node[pass][i]);
                done[i] = true;
            }
            if (all.seconds == 0) continue;
            print_line(out, g->node[k].op->type, pass_name[pass], &all, whole);
            tv_str_add(out, "\t\n");
        }
    }
    free(done);
}

void tv_profile_print(const struct tv_profile *p, const struct tv_graph *g, struct tv_str *out)
{
    double whole = tv_seconds() - p->begun, peak[2] = {tv_machine_flops(), tv_machine_flops_bf16()},
           bandwidth = tv_machine_bandwidth(), named = 0, least = 0, layers = 0;
    tv_str_add(out, "layer\tpass\tseconds\tshare\tGFLOP/s\tGB/s\troofline\n");
    for (int k = 0; k < g->n_nodes; k++)
        for (int pass = 0; pass < TV_PASSES; pass++) {
            const struct tv_profile_node *n = &p->node[pass][k];
            int l = layer_of(g, k);
            named += n->seconds;
            if (l < 0 || n->seconds == 0) continue;
            double roof = fmax(n->operations[0] / peak[0] + n->operations[1] / peak[1], n->bytes / bandwidth);
            print_line(out, g->layer[l].name, pass_name[pass], n, whole);
            tv_str_add(out, "\t%.2f\n", roof / n->seconds);
            least += roof;
            layers += n->seconds;
        }
    print_others(p, g, out, whole);
    tv_str_add(out, "the rest\t\t%.4f\t%.3f\t\t\t\n", whole - named, (whole - named) / whole);
    tv_str_add(out, "layers\tboth\t%.4f\t%.3f\t\t\t%.2f\n", layers, layers / whole, least / layers);
    tv_str_add(out, "all\t\t%.4f\t1.000\t\t\t%.2f\n", whole, least / whole);
    tv_str_add(out, "machine\t%.0f GFLOP/s, bf16 %.0f GFLOP/s, %.1f GB/s\n", 1e-9 * peak[0], 1e-9 * peak[1],
               1e-9 * bandwidth);
}
