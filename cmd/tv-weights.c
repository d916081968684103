/* tv-weights - important links between consecutive layers (SPEC.md 6.3). */
#include "analysis/linkrun.h"
#include "core/cmd.h"

static const char *model, *weights, *layers, *class_list;
static double top = 0.01;

static const struct tv_opt opts[] = {
    {"model", 'm', TV_OPT_STRING, &model, "FILE", "the network (ONNX)"},
    {"weights", 0, TV_OPT_STRING, &weights, "FILE",
     "weights for it (safetensors), matched by name and shape"},
    {"layers", 'l', TV_OPT_STRING, &layers, "LIST",
     "layers: names, ONNX names, globs, ranges (conv1..fc7); all unless given"},
    {"class", 'c', TV_OPT_STRING, &class_list, "LIST",
     "classes by name or index; every class that has images unless given"},
    {"top", 0, TV_OPT_SHARE, &top, "SHARE",
     "share of the pairs that counts in an image, and of the counts that is important", .min = 0, .max = 1},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-weights",
    .summary = "find the important links between consecutive layers",
    .purpose = "analysis",
    .operands = "[DATASET]",
    .example = "tv-weights -m target.onnx --class 3 target.tv -o links.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_MEM | TV_CMD_BATCH | TV_CMD_DRY_RUN,
    .max_args = 1,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (!model) tv_die(TV_USAGE, "want a network: -m FILE.onnx");
    struct tv_linkrun_options o = {
        .model = model,
        .weights = weights,
        .data = tv_cmd_input(&in, 0),
        .layers = layers,
        .classes = class_list,
        .top = top,
        .batch = tv_common.batch,
        .mem = tv_common.mem,
    };
    struct tv_linkrun l;
    tv_check(tv_linkrun_open(&l, &o));
    if (tv_common.dry_run)
        tv_plan_print(&(struct tv_plan){l.run.d.n, tv_linkrun_macs(&l), tv_linkrun_bytes(&l)});
    else {
        tv_check(tv_linkrun_run(&l));
        struct tv_writer *out = tv_writer_open(tv_common.output);
        tv_linkrun_write(&l, out);
        tv_writer_close(out);
    }
    tv_linkrun_close(&l);
    return TV_DONE;
}
