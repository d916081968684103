/* tv-attrib - attributions of a network's neurons, all layers in one sweep (SPEC.md 6.1). */
#include "analysis/attribute.h"
#include "analysis/plan.h"
#include "core/cmd.h"
#include <stdlib.h>

static struct tv_strings model;
static const char *weights, *layers, *baseline = "0", *target = "label";
static int64_t steps = 13, max_steps = 1664;
static double exponent = 2.5, tol;
static int method, rule, grid, reduce, precision;
static bool peaks, profile;

static const char *const methods[] = {
    "conductance", "activation",           "gradient", "gradient-x-activation", "internal-influence",
    "deeplift",    "integrated-gradients", NULL};
static const char *const rules[] = {"secant", "left", NULL};
static const char *const grids[] = {"power", "uniform", "gauss-legendre", NULL};
static const char *const precisions[] = {"f32", "bf16", NULL};
static const char *const reductions[] = {"max", "sum", "mean", "none", NULL};

static const struct tv_opt opts[] = {
    {"model", 'm', TV_OPT_STRINGS, &model, "FILE",
     "the network (ONNX); twice: source and target, in one pass over the data"},
    {"weights", 0, TV_OPT_STRING, &weights, "FILE",
     "weights for it (safetensors), matched by name and shape"},
    {"layers", 'l', TV_OPT_STRING, &layers, "LIST",
     "layers: names, ONNX names, globs, ranges (conv1..fc7); all unless given"},
    {"method", 0, TV_OPT_CHOICE, &method, "NAME", "what to compute", .choices = methods},
    {"target", 0, TV_OPT_STRING, &target, "CLASS",
     "class whose logit is explained: label, pred, all, or an index or name"},
    {"baseline", 0, TV_OPT_STRING, &baseline, "WHAT",
     "start of the path: a normalised value, black, mean, or a file (npy, tv)"},
    {"reduce", 0, TV_OPT_CHOICE, &reduce, "HOW", "a channel's map to one number", .choices = reductions},
    {"peaks", 0, TV_OPT_FLAG, &peaks, NULL, "also write where in its map each maximum lies: peak/<layer>"},
    {"profile", 0, TV_OPT_FLAG, &profile, NULL,
     "say on stderr where the time went, layer by layer, against what the machine can do",
     .flags = TV_OPT_NODATA},
    {.type = TV_OPT_GROUP, .help = "Integration"},
    {"rule", 0, TV_OPT_CHOICE, &rule, "NAME", "secant (complete at every layer) or left (as Captum)",
     .choices = rules},
    {"grid", 0, TV_OPT_CHOICE, &grid, "NAME", "points along the path", .choices = grids},
    {"steps", 'n', TV_OPT_INT, &steps, "N", "intervals along the path", .min = 1, .max = 100000},
    {"exponent", 0, TV_OPT_DOUBLE, &exponent, "P", "of the power grid (k/n)^P", .min = 0.1, .max = 20},
    {"precision", 0, TV_OPT_CHOICE, &precision, "TYPE",
     "of the products: f32, or bf16 (differences forward, sums in f32; twice as fast where the processor has "
     "it)",
     .choices = precisions},
    {"tol", 0, TV_OPT_DOUBLE, &tol, "T",
     "double the intervals of an image until nothing changes by more (relative L1)", .min = 0, .max = 1},
    {"max-steps", 0, TV_OPT_INT, &max_steps, "N", "where --tol gives up doubling", .min = 1, .max = 100000},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-attrib",
    .summary = "attribute a network's decision to the neurons of every layer",
    .purpose = "model",
    .operands = "[DATASET]",
    .example = "tv-attrib -m target.onnx target.tv | tv-rank --class 3 -o rank.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_MEM | TV_CMD_BATCH | TV_CMD_SHARD | TV_CMD_DRY_RUN,
    .max_args = 1,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (!model.n) tv_die(TV_USAGE, "want a network: -m FILE.onnx");
    if (model.n > TV_ATTRIBUTE_NETS)
        tv_die(TV_USAGE, "-m: want a network, or source and target, got %d", model.n);
    struct tv_attribute_options o = {
        .model = {model.at[0], model.n > 1 ? model.at[1] : NULL},
        .weights = weights,
        .data = tv_cmd_input(&in, 0),
        .layers = layers,
        .target = target,
        .baseline = baseline,
        .sweep = {.method = method,
                  .rule = rule,
                  .grid = grid,
                  .reduce = reduce,
                  .precision = precision,
                  .steps = (int)steps,
                  .exponent = exponent,
                  .tol = tol,
                  .max_steps = (int)max_steps,
                  .mem = tv_common.mem,
                  .batch = tv_common.batch},
        .shard = tv_common.shard,
        .shards = tv_common.shards,
        .peaks = peaks,
        .profile = profile,
    };
    struct tv_attribute a;
    tv_check(tv_attribute_open(&a, &o));
    if (tv_common.dry_run)
        tv_plan_print(&(struct tv_plan){a.run.d.n, tv_attribute_macs(&a), tv_attribute_bytes(&a)});
    else {
        struct tv_writer *out = tv_writer_open(tv_common.output);
        tv_check(tv_attribute_run(&a, out));
        tv_writer_close(out);
        if (profile) {
            char *text = tv_attribute_profile_new(&a);
            tv_tell(text);
            free(text);
        }
    }
    tv_attribute_close(&a);
    return TV_DONE;
}
