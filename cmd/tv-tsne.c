/* tv-tsne - a map of the rows of a matrix by t-SNE (SPEC.md 6.6). */
#include "analysis/map.h"
#include "analysis/plan.h"
#include <stdlib.h>
#include "core/cmd.h"
#include "core/mem.h"

static struct tv_map_options o = {
    .perplexity = 40,
    .init = "pca",
    .tsne = {.iterations = 750, .exaggeration = 12, .late_rate = 4, .align = 0.01},
};
static int repulsion;
static const char *const repulsions[] = {"auto", "pairs", "mesh", NULL};

static const struct tv_opt opts[] = {
    {"tensor", 't', TV_OPT_STRING, &o.tensor, "NAME",
     "the matrix [rows, columns]; needless when there is one"},
    {"class", 'c', TV_OPT_STRING, &o.class, "LIST", "map only the rows of these classes, by name or index"},
    {"perplexity", 0, TV_OPT_DOUBLE, &o.perplexity, "P", "effective number of neighbours", .min = 1,
     .max = 1e5},
    {"pca-dims", 0, TV_OPT_INT, &o.pca, "N",
     "reduce the rows to their first N principal components; 0: do not", .min = 0, .max = 1e6},
    {.type = TV_OPT_GROUP, .help = "Descent"},
    {"init", 0, TV_OPT_STRING, &o.init, "START", "pca, random, or a file with points [rows, 2]"},
    {"iterations", 'n', TV_OPT_INT, &o.tsne.iterations, "N", "iterations, the first 250 exaggerated",
     .min = 1, .max = 1e6},
    {"exaggeration", 0, TV_OPT_DOUBLE, &o.tsne.exaggeration, "X", "factor of the early attraction", .min = 1,
     .max = 1000},
    {"learning-rate", 0, TV_OPT_DOUBLE, &o.tsne.learning_rate, "R",
     "of the gradient without its factor 4, while exaggerated; 0: rows / 12, at least 200", .min = 0,
     .max = 1e9},
    {"late-rate", 0, TV_OPT_DOUBLE, &o.tsne.late_rate, "X",
     "factor of the learning rate after the exaggeration", .min = 1e-3, .max = 1000},
    {"repulsion", 0, TV_OPT_CHOICE, &repulsion, "HOW", "all pairs, a particle mesh, or by the number of rows",
     .choices = repulsions},
    {.type = TV_OPT_GROUP, .help = "Several inputs"},
    {"align", 'a', TV_OPT_FLAG, &o.align,
     .help = "map the same rows of several inputs together, so that they can be compared"},
    {"align-weight", 0, TV_OPT_DOUBLE, &o.tsne.align, "X",
     "force between the places of a row in successive maps; 0: only the start is common", .min = 0,
     .max = 100},
    {"transform", 0, TV_OPT_STRING, &o.transform, "MAP",
     "place the second input's rows on this map of the first one's, which does not move"},
    {.type = TV_OPT_GROUP, .help = "Affinities"},
    {"save-p", 0, TV_OPT_FLAG, &o.save_p, .help = "write the affinities too"},
    {"load-p", 0, TV_OPT_STRING, &o.load_p, "FILE",
     "take the affinities that --save-p wrote for the same rows"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-tsne",
    .summary = "map the rows of a matrix by t-SNE",
    .purpose = "analysis",
    .operands = "[FILE...]",
    .example = "tv-infer -m target.onnx target.tv | tv-tsne -t embedding --perplexity 10 -o map.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_SEED | TV_CMD_DRY_RUN | TV_CMD_MEM,
    .max_args = -1,
};

/* How many inputs the options ask for. */
static void check_usage(int inputs)
{
    if (o.align && o.transform) tv_die(TV_USAGE, "--align and --transform: want one of them");
    if (o.align && inputs < 2)
        tv_die(TV_USAGE, "--align: want the inputs to align, two or more, got %d", inputs);
    if (o.transform && inputs != 2)
        tv_die(TV_USAGE, "--transform: want two inputs, the rows of the old map and the new ones, got %d",
               inputs);
    if (!o.align && !o.transform && inputs > 1)
        tv_die(TV_USAGE, "want one input, got %d; --align maps several together, tv-cat joins them", inputs);
    if ((o.save_p || o.load_p) && (o.align || o.transform))
        tv_die(TV_USAGE, "--save-p and --load-p: want a single map, got %s",
               o.align ? "--align" : "--transform");
}

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    check_usage(in.n);
    o.seed = (uint64_t)tv_common.seed;
    o.mem = tv_common.mem;
    o.tsne.repulsion = (enum tv_tsne_repulsion)repulsion;
    struct tv_map m;
    int inputs = in.n ? in.n : 1;
    const char **path = TV_ARRAY(const char *, (size_t)inputs);
    for (int i = 0; i < inputs; i++) path[i] = tv_cmd_input(&in, i);
    tv_check(tv_map_open(&m, path, inputs, &o));
    free(path);
    struct tv_plan plan = tv_map_plan(&m);
    if (tv_common.dry_run)
        tv_plan_print(&plan);
    else {
        struct tv_writer *out = tv_writer_open(tv_common.output);
        tv_check(tv_map_check_memory(&m));
        tv_plan_say(&plan, "rows");
        tv_check(tv_map_run(&m, out));
        tv_writer_close(out);
    }
    tv_map_close(&m);
    return TV_DONE;
}
