/* tv-features - pictures of what neurons stand for (SPEC.md 5, 7). */
#include "analysis/features.h"
#include "analysis/plan.h"
#include "core/cmd.h"

static struct tv_features_options o = {
    .top = 10,
    .patches = 9,
    .maximise = {.steps = 128, .rate = 0.08, .jitter = 0.12, .rotate = 12, .zoom = 0.15},
};

static const struct tv_opt opts[] = {
    {"model", 'm', TV_OPT_STRING, &o.model, "FILE", "the network (ONNX)"},
    {"weights", 0, TV_OPT_STRING, &o.weights, "FILE",
     "weights for it (safetensors), matched by name and shape"},
    {.type = TV_OPT_GROUP, .help = "Which neurons"},
    {"ranks", 0, TV_OPT_STRING, &o.ranks, "FILE", "the important ones of tv-rank's output"},
    {"discrim", 0, TV_OPT_STRING, &o.discrim, "FILE", "the most discriminative ones of tv-discrim's output"},
    {"neurons", 0, TV_OPT_STRING, &o.neurons, "LIST", "these: conv1:3,fc6:12"},
    {"class", 'c', TV_OPT_STRING, &o.classes, "LIST",
     "classes of these streams, by name or index; all unless given"},
    {"layers", 'l', TV_OPT_STRING, &o.layers, "LIST",
     "layers: names, ONNX names, globs, ranges (conv1..fc7); all unless given"},
    {"top", 0, TV_OPT_INT, &o.top, "N",
     "at most so many neurons of each class and layer (ranks), of each class (discrim)", .min = 1,
     .max = 1 << 20},
    {"links", 0, TV_OPT_STRING, &o.links, "FILE",
     "also the kernels of the important links of tv-weights' output"},
    {.type = TV_OPT_GROUP, .help = "Pictures"},
    {"patches", 'k', TV_OPT_INT, &o.patches, "N", "top-activating patches of a neuron; 0: none", .min = 0,
     .max = 1000},
    {"steps", 'n', TV_OPT_INT, &o.maximise.steps, "N",
     "steps of the activation maximisation; 0: no feature images", .min = 0, .max = 100000},
    {"rate", 0, TV_OPT_DOUBLE, &o.maximise.rate, "X", "step size (Adam)", .min = 1e-6, .max = 10},
    {"jitter", 0, TV_OPT_SHARE, &o.maximise.jitter, "SHARE", "random shift in each step, of the image's side",
     .min = 0, .max = 1},
    {"rotate", 0, TV_OPT_DOUBLE, &o.maximise.rotate, "DEGREES", "random turn in each step", .min = 0,
     .max = 180},
    {"zoom", 0, TV_OPT_SHARE, &o.maximise.zoom, "SHARE", "random change of size in each step", .min = 0,
     .max = 0.9},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-features",
    .summary = "picture what neurons respond to: feature images, top-activating patches, kernels",
    .purpose = "model",
    .operands = "[DATASET]",
    .example = "tv-features -m target.onnx --ranks rank.tv --class 3 --top 5 target.tv -o features.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_SEED | TV_CMD_MEM | TV_CMD_BATCH | TV_CMD_DRY_RUN,
    .max_args = 1,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (!o.model) tv_die(TV_USAGE, "want a network: -m FILE.onnx");
    if (!o.ranks && !o.discrim && !o.neurons && !o.links)
        tv_die(TV_USAGE, "want neurons: --ranks FILE, --discrim FILE or --neurons LIST");
    o.data = tv_cmd_input(&in, 0);
    o.maximise.seed = (uint64_t)tv_common.seed;
    o.maximise.mem = tv_common.mem;
    o.maximise.batch = tv_common.batch;
    struct tv_features f;
    tv_check(tv_features_open(&f, &o));
    if (tv_common.dry_run)
        tv_plan_print(&(struct tv_plan){f.run.d.n, tv_features_macs(&f), tv_features_bytes(&f)});
    else {
        struct tv_writer *out = tv_writer_open(tv_common.output);
        tv_check(tv_features_write(&f, out));
        tv_writer_close(out);
    }
    tv_features_close(&f);
    return TV_DONE;
}
