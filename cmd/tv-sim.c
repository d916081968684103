/* tv-sim - similarity of two models' neurons, and which links of the target were inherited (SPEC 6.4). */
#include "analysis/compare.h"
#include "core/cmd.h"

static struct tv_compare_options o = {.by = "label"};

static const struct tv_opt opts[] = {
    {.name = "class",
     'c',
     TV_OPT_STRINGS,
     &o.classes,
     "CLASS",
     "classes by index or name, a list; every class that both streams have unless given"},
    {.name = "layers",
     'l',
     TV_OPT_STRING,
     &o.layers,
     "LIST",
     "layers: names, ONNX names, globs, ranges (conv1..fc7); all unless given"},
    {.name = "by", 0, TV_OPT_STRING, &o.by, "TENSOR", "the images' classes: label, attrib.target"},
    {.type = TV_OPT_GROUP, .help = "What to carry along and look up"},
    {.name = "source-ranks",
     0,
     TV_OPT_STRING,
     &o.source.ranks,
     "FILE",
     "important neurons of the source model"},
    {.name = "target-ranks",
     0,
     TV_OPT_STRING,
     &o.target.ranks,
     "FILE",
     "important neurons of the target model"},
    {.name = "source-links",
     0,
     TV_OPT_STRING,
     &o.source.links,
     "FILE",
     "important links of the source model"},
    {.name = "target-links",
     0,
     TV_OPT_STRING,
     &o.target.links,
     "FILE",
     "important links of the target model"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-sim",
    .summary = "compare the neurons of two models on the same images",
    .purpose = "analysis",
    .operands = "SOURCE TARGET",
    .example = "tv-sim source-attributions.tv target-attributions.tv --class 3 -o sim.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT,
    .min_args = 2,
    .max_args = 2,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (!o.source.links != !o.target.links)
        tv_die(TV_USAGE,
               "--source-links and --target-links go together: target links are looked up in the source's");
    o.source.attribs = in.at[0];
    o.target.attribs = in.at[1];
    struct tv_compare c;
    tv_check(tv_compare_open(&c, &o));
    struct tv_writer *out = tv_writer_open(tv_common.output);
    tv_check(tv_compare_run(&c, out));
    tv_writer_close(out);
    tv_compare_close(&c);
    return TV_DONE;
}
