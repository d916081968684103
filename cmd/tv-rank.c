/* tv-rank - neuron importance: summed ranks and the top neurons per class and layer (SPEC 6.2). */
#include <stdlib.h>
#include "analysis/rank_stream.h"
#include "core/cmd.h"

static struct tv_rank_options o = {.by = "label", .top = 0.1};

static const struct tv_opt opts[] = {
    {.name = "class",
     'c',
     TV_OPT_STRINGS,
     &o.classes,
     "CLASS",
     "classes by index or name, a list; every class that has images unless given"},
    {.name = "layers",
     'l',
     TV_OPT_STRING,
     &o.layers,
     "LIST",
     "layers: names, ONNX names, globs, ranges (conv1..fc7); all unless given"},
    {.name = "top",
     't',
     TV_OPT_SHARE,
     &o.top,
     "SHARE",
     "share of a layer's neurons that are important, rounded up"},
    {.name = "by", 0, TV_OPT_STRING, &o.by, "TENSOR", "the images' classes: label, attrib.target, pred"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-rank",
    .summary = "rank the neurons of every layer by their attributions",
    .purpose = "analysis",
    .operands = "[FILE]",
    .example = "tv-attrib -m target.onnx target.tv | tv-rank --top 10% -o rank.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT,
    .max_args = 1,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    struct tv_reader *input = tv_reader_open(tv_cmd_input(&in, 0));
    struct tv_rank_stream s;
    struct tv_record rec;
    tv_rank_stream_init(&s, tv_reader_name(input), &o);
    while (tv_reader_next(input, &rec) != TV_EV_END) tv_check(tv_rank_stream_take(&s, &rec));
    tv_check(tv_rank_stream_end(&s));
    struct tv_writer *out = tv_writer_open(tv_common.output);
    tv_rank_stream_write(&s, out);
    tv_writer_close(out);
    tv_rank_stream_release(&s);
    tv_reader_close(input);
    return TV_DONE;
}
