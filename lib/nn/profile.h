/* nn/profile.h - where a run's time goes, node by node, against the machine's roofline (num/machine.h).
 *
 * A pass of a layer over some rows needs at least
 *
 *     max(operations / peak, bytes / bandwidth) seconds,     bytes: its input, output and weights, once
 *
 * and what it reaches of the roofline is that over what it took.
 */
#ifndef TV_NN_PROFILE_H
#define TV_NN_PROFILE_H
#include "core/str.h"
#include "nn/graph.h"

enum tv_pass { TV_PASS_FORWARD, TV_PASS_BACKWARD, TV_PASSES };

struct tv_profile {
    struct tv_profile_node {
        double seconds, operations[2], bytes; /* operations in f32 and in bfloat16 */
    } * node[TV_PASSES];                      /* per node of the graph */
    double begun;
};
void tv_profile_init(struct tv_profile *p, const struct tv_graph *g);
void tv_profile_release(struct tv_profile *p);

/* Adds a pass of node k over so many rows that took from `start` (tv_seconds) until now. */
void tv_profile_add(struct tv_profile *p, const struct tv_graph *g, enum tv_pass pass, int k,
                    int64_t f32_rows, int64_t bf16_rows, double start);

/* A network of the run; its name before those of its layers and operators, "" for a lone one. */
struct tv_profiled {
    const struct tv_profile *p;
    const struct tv_graph *g;
    const char *prefix;
};
/* TSV, for each of n networks a line for every layer and pass, then one for every other operator; then the
 * rest of the time since the first one's tv_profile_init: name, pass, seconds, share of them, GFLOP/s, GB/s,
 * and for layers the part of the roofline. */
void tv_profile_print(const struct tv_profiled *net, int n, struct tv_str *out);

#endif
