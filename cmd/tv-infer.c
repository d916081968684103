/* tv-infer - run a network over a dataset (share/doc/tensors.md: logits, pred, prob, embedding, act/<layer>).
 */
#include "analysis/feed.h"
#include "analysis/plan.h"
#include "analysis/predict.h"
#include "core/cmd.h"

static const char *model, *weights, *layers;
static struct tv_strings inputs;

static const struct tv_opt opts[] = {
    {"model", 'm', TV_OPT_STRING, &model, "FILE", "the network (ONNX)"},
    {"weights", 0, TV_OPT_STRING, &weights, "FILE",
     "weights for it (safetensors), matched by name and shape"},
    {"layers", 'l', TV_OPT_STRING, &layers, "LIST",
     "also write these layers' outputs: names, globs, ranges (conv1..fc7)"},
    {"input", 0, TV_OPT_STRINGS, &inputs, "[NAME=]FILE",
     "instead of a dataset: feed this graph input a tensor (.pb, .npy, .tv) and write every graph output by "
     "its name"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-infer",
    .summary = "run a network over images: logits, predictions, embedding, activations",
    .purpose = "model",
    .operands = "[DATASET]",
    .example = "tv-infer -m target.onnx target.tv -o infer.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_MEM | TV_CMD_BATCH | TV_CMD_SHARD | TV_CMD_DRY_RUN,
    .max_args = 1,
};

static int feed(void)
{
    struct tv_writer *out = tv_writer_open(tv_common.output);
    tv_check(tv_feed(model, &inputs, out));
    tv_writer_close(out);
    return TV_DONE;
}

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (!model) tv_die(TV_USAGE, "want a network: -m FILE.onnx");
    if (inputs.n) return feed();
    struct tv_predict_options o = {
        .model = model,
        .weights = weights,
        .data = tv_cmd_input(&in, 0),
        .layers = layers,
        .batch = tv_common.batch,
        .shard = tv_common.shard,
        .shards = tv_common.shards,
        .mem = tv_common.mem,
    };
    struct tv_predict p;
    tv_check(tv_predict_open(&p, &o));
    if (tv_common.dry_run)
        tv_plan_print(&(struct tv_plan){p.run.d.n, tv_predict_macs(&p), tv_predict_bytes(&p)});
    else {
        struct tv_writer *out = tv_writer_open(tv_common.output);
        tv_check(tv_predict_run(&p, out));
        tv_writer_close(out);
    }
    tv_predict_close(&p);
    return TV_DONE;
}
