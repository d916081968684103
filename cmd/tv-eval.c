/* tv-eval - accuracy of every checkpoint on every data set, confusion, transferability score (SPEC.md 6.7).
 */
#include "analysis/evaluate.h"
#include "core/cmd.h"

static struct tv_evaluate_options o;

static const struct tv_opt opts[] = {
    {"source", 's', TV_OPT_STRINGS, &o.models[TV_MODEL_SOURCE], "ONNX",
     "checkpoints of the source model in order of epochs: a file or a quoted glob; may be repeated"},
    {"target", 't', TV_OPT_STRINGS, &o.models[TV_MODEL_TARGET], "ONNX", "checkpoints of the target model"},
    {"data", 'd', TV_OPT_STRINGS, &o.data, "ROLE=FILE",
     "a data set and its role: source-train, target-train, source-val or target-val; may be repeated"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-eval",
    .summary = "accuracy per epoch, confusion matrices and the transferability score",
    .purpose = "model",
    .operands = "",
    .example =
        "tv-eval --source 'source-*.onnx' --target 'target-*.onnx' --data target-val=target.tv -o eval.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_MEM | TV_CMD_BATCH,
};

int main(int argc, char **argv)
{
    tv_cmd_parse(&cmd, argc, argv);
    const char *wrong = tv_evaluate_check(&o);
    if (wrong) tv_die(TV_USAGE, "%s", wrong);
    o.batch = tv_common.batch;
    o.mem = tv_common.mem;
    struct tv_writer *out = tv_writer_open(tv_common.output);
    tv_check(tv_evaluate(&o, out));
    tv_writer_close(out);
    return TV_DONE;
}
