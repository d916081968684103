/* tv-select - a subset of a stream by tensor, row, class and layer; renaming, attributes. */
#include "core/cmd.h"
#include "core/select.h"

static struct tv_select_options o = {.last = -1};
static const char *rows;
static int64_t head = -1;

static const struct tv_opt opts[] = {
    {"tensor", 't', TV_OPT_STRINGS, &o.tensors, "GLOB", "take the tensors whose name matches"},
    {"not", 'n', TV_OPT_STRINGS, &o.except, "GLOB", "leave out the tensors whose name matches"},
    {"class", 'c', TV_OPT_STRING, &o.class, "CLASS",
     "rows with this label (index or name), and of the tensors named by a class those of this one"},
    {"layers", 'l', TV_OPT_STRING, &o.layers, "LIST",
     "of the tensors named by layers those of these: names, globs, ranges (conv1..fc7)"},
    {"head", 0, TV_OPT_INT, &head, "N", "the first N rows of every tensor; -1: all", .min = -1, .max = 9e15},
    {"rows", 'r', TV_OPT_STRING, &rows, "A:B", "rows A up to but not including B, counted from 0"},
    {"rename", 0, TV_OPT_STRINGS, &o.renames, "OLD=NEW",
     "rename tensors before selecting; what a * matched on the left stands for the * on the right"},
    {"attr", 'a', TV_OPT_STRINGS, &o.attrs, "GLOB:KEY=VALUE",
     "set an attribute of the tensors whose new name matches; without a value: take it away"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-select",
    .summary = "select tensors and rows of a stream, rename tensors, set attributes",
    .purpose = "stream",
    .operands = "[FILE]",
    .example = "tv-select -t 'attrib/*' -t label --class 3 --head 20 attrib.tv -o small.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT,
    .max_args = 1,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (rows && head >= 0) tv_die(TV_USAGE, "--head and --rows: want one of them");
    const char *wrong = rows ? tv_select_parse_rows(&o, rows) : NULL;
    if (wrong) tv_die(TV_USAGE, "--rows: %s", wrong);
    if (head >= 0) o.last = head;
    struct tv_reader *r = tv_reader_open(tv_cmd_input(&in, 0));
    struct tv_writer *w = tv_writer_open(tv_common.output);
    tv_check(tv_select_run(&o, r, w));
    tv_writer_close(w);
    tv_reader_close(r);
    return TV_DONE;
}
