/* tv-discrim - domain discriminability of a model's neurons (SPEC 6.5). */
#include "analysis/domains.h"
#include "core/cmd.h"

static struct tv_domains_options o = {.by = "label", .discrim = {.folds = 10, .common = 10}};

static const struct tv_opt opts[] = {
    {.name = "source",
     's',
     TV_OPT_STRING,
     &o.source,
     "FILE",
     "the model's attributions for the source images"},
    {.name = "target",
     't',
     TV_OPT_STRING,
     &o.target,
     "FILE",
     "the model's attributions for the target images"},
    {.name = "neurons",
     'n',
     TV_OPT_STRING,
     &o.neurons,
     "FILE",
     "important neurons (tv-rank); every neuron unless given"},
    {.name = "class",
     'c',
     TV_OPT_STRINGS,
     &o.classes,
     "CLASS",
     "all (as unless given), classes by index or name, '*' for each class; a list"},
    {.name = "layers",
     'l',
     TV_OPT_STRING,
     &o.layers,
     "LIST",
     "layers: names, ONNX names, globs, ranges (conv1..fc7); all unless given"},
    {.name = "by", 0, TV_OPT_STRING, &o.by, "TENSOR", "the images' classes: label, attrib.target"},
    {.type = TV_OPT_GROUP, .help = "Classifier"},
    {.name = "cost",
     'C',
     TV_OPT_DOUBLE,
     &o.discrim.cost,
     "C",
     "cost of errors; 0: the best of 0.001 to 100 in cross-validation",
     .min = 0,
     .max = 1e9},
    {.name = "folds",
     0,
     TV_OPT_INT,
     &o.discrim.folds,
     "N",
     "folds of the cross-validation, at most",
     .min = 2,
     .max = 1000},
    {.name = "common",
     0,
     TV_OPT_INT,
     &o.discrim.common,
     "N",
     "source instances to list at least, nearest to the target first",
     .min = 0,
     .max = 1e9},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-discrim",
    .summary = "find the neurons by which a model tells two domains apart",
    .purpose = "analysis",
    .operands = "--source FILE --target FILE",
    .example = "tv-discrim --source at-on-source.tv --target at.tv --neurons rank-t.tv -o discrim.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_SEED,
    .max_args = 0,
};

int main(int argc, char **argv)
{
    tv_cmd_parse(&cmd, argc, argv);
    if (!o.source || !o.target)
        tv_die(TV_USAGE, "want attributions of one model for both domains: --source FILE --target FILE");
    o.discrim.seed = tv_common.seed;
    struct tv_domains d;
    tv_check(tv_domains_open(&d, &o));
    struct tv_writer *out = tv_writer_open(tv_common.output);
    tv_check(tv_domains_run(&d, out));
    tv_writer_close(out);
    tv_domains_close(&d);
    return TV_DONE;
}
