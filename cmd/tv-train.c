/* tv-train - train or fine-tune a network: one ONNX checkpoint an epoch and a log. */
#include "analysis/fit.h"
#include "core/cmd.h"

static int optimizer, schedule;
static const char *const optimizers[] = {[TV_SGD] = "sgd", [TV_ADAM] = "adam", [TV_ADAMW] = "adamw", NULL};
static const char *const schedules[] = {
    [TV_RATE_CONSTANT] = "constant", [TV_RATE_STEP] = "step", [TV_RATE_COSINE] = "cosine", NULL};
static struct tv_fit_options o = {
    .epochs = 10,
    .batch = 64,
    .rate = 0.01,
    .gamma = 0.1,
    .every = 10,
    .train.optim = {.momentum = 0.9, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
};

/* clang-format off */
static const struct tv_opt opts[] = {
    {.name = "model", 'm', TV_OPT_STRING, &o.model, "MODEL",
     "the network to go on from (ONNX), or a new one: lenet, alexnet-s, alexnet"},
    {.name = "weights", 0, TV_OPT_STRING, &o.weights, "FILE", "weights for it (safetensors), matched by name and shape"},
    {.name = "val", 0, TV_OPT_STRING, &o.val, "DATASET", "validation data: accuracy after every epoch"},
    {.name = "head", 0, TV_OPT_INT, &o.head, "K", "replace the last layer by a new one of K classes", .min = 1, .max = 1e6},
    {.name = "freeze", 0, TV_OPT_STRING, &o.train.freeze, "LIST",
     "layers that stay as they are: names, globs, ranges (conv1..conv3)"},
    {.type = TV_OPT_GROUP, .help = "Training"},
    {.name = "epochs", 'e', TV_OPT_INT, &o.epochs, "N", "times that the data are gone through", .min = 1, .max = 1e6},
    {.name = "batch", 'b', TV_OPT_INT, &o.batch, "N", "images a step; part of the result here", .min = 1, .max = 65536},
    {.name = "optimizer", 0, TV_OPT_CHOICE, &optimizer, "NAME", "how weights follow the gradient", .choices = optimizers},
    {.name = "rate", 'r', TV_OPT_DOUBLE, &o.rate, "R", "learning rate", .min = 0, .max = 1e3},
    {.name = "momentum", 0, TV_OPT_DOUBLE, &o.train.optim.momentum, "M", "of sgd", .min = 0, .max = 1},
    {.name = "nesterov", 0, TV_OPT_FLAG, &o.train.optim.nesterov, NULL, "Nesterov's momentum"},
    {.name = "weight-decay", 0, TV_OPT_DOUBLE, &o.train.optim.decay, "D", "pull of every weight towards zero",
     .min = 0, .max = 1e3},
    {.name = "dropout", 0, TV_OPT_SHARE, &o.train.dropout, "P",
     "drop this share of the inputs of every fully-connected layer but the last; or the ratio of the Dropout nodes "
     "that the model has", .min = 0, .max = 0.99},
    {.type = TV_OPT_GROUP, .help = "Learning-rate schedule"},
    {.name = "schedule", 0, TV_OPT_CHOICE, &schedule, "NAME",
     "constant; step: times --gamma every --step epochs; cosine: to zero at the end", .choices = schedules},
    {.name = "warmup", 0, TV_OPT_DOUBLE, &o.warmup, "N", "rise from zero during the first N epochs", .min = 0, .max = 1e6},
    {.name = "step", 0, TV_OPT_DOUBLE, &o.every, "N", "epochs between steps", .min = 0, .max = 1e6},
    {.name = "gamma", 0, TV_OPT_DOUBLE, &o.gamma, "G", "factor of a step", .min = 0, .max = 1},
    {.type = TV_OPT_GROUP, .help = "Augmentation"},
    {.name = "flip", 0, TV_OPT_FLAG, &o.augment.flip, NULL, "mirror half of the images, left and right"},
    {.name = "shift", 0, TV_OPT_INT, &o.augment.shift, "N", "move images by up to N pixels", .min = 0, .max = 4096},
    {.type = TV_OPT_GROUP, .help = "Files"},
    {.name = "checkpoints", 0, TV_OPT_STRING, &o.checkpoints, "PATTERN",
     "names of the checkpoints, '*' stands for the epoch; as -o with -* before the suffix unless given, '' for none",
     .flags = TV_OPT_NODATA},
    {.name = "log", 0, TV_OPT_STRING, &o.log, "FILE",
     "the log; as the checkpoints with log for the epoch unless given", .flags = TV_OPT_NODATA},
    {.name = "resume", 0, TV_OPT_FLAG, &o.resume, NULL,
     "go on after the last epoch that was finished; from the start when there is none", .flags = TV_OPT_NODATA},
    TV_OPTS_END,
};
/* clang-format on */

static const struct tv_cmd cmd = {
    .name = "tv-train",
    .summary = "train or fine-tune a network on labelled images",
    .purpose = "model",
    .operands = "[DATASET]",
    .example = "tv-train -m source.onnx target.tv --freeze conv1 --epochs 5 -o tuned.onnx",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_SEED | TV_CMD_DRY_RUN,
    .max_args = 1,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (!o.model) tv_die(TV_USAGE, "want a model: -m FILE.onnx, or -m lenet for a new one");
    o.data = tv_cmd_input(&in, 0);
    o.out = tv_common.output;
    o.schedule = (enum tv_schedule_kind)schedule;
    o.train.optim.kind = (enum tv_optimizer)optimizer;
    o.train.seed = (uint64_t)tv_common.seed;
    const char *wrong = tv_fit_check(&o);
    if (wrong) tv_die(TV_USAGE, "%s", wrong);
    tv_check(tv_common.dry_run ? tv_fit_plan(&o) : tv_fit(&o));
    return TV_DONE;
}
