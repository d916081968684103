/* tv-cat - streams joined row by row; the shards of a run put together. */
#include "core/cmd.h"
#include "core/join.h"
#include "core/mem.h"
#include <stdlib.h>

static bool in_union;
static int64_t compress;

static const struct tv_opt opts[] = {
    {"union", 'u', TV_OPT_FLAG, &in_union, .help = "keep tensors that only some inputs have"},
    {"compress", 'z', TV_OPT_INT, &compress, "LEVEL", "zlib level of the output, 1 to 9; 0: not compressed",
     .max = 9, .flags = TV_OPT_NODATA},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-cat",
    .summary = "join streams row by row, or the shards of a run to the whole",
    .purpose = "stream",
    .operands = "[FILE...]",
    .example = "tv-cat source.tv target.tv -o both.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT,
    .max_args = -1,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    int n = in.n ? in.n : 1;
    struct tv_reader **readers = TV_ARRAY(struct tv_reader *, (size_t)n);
    for (int i = 0; i < n; i++) readers[i] = tv_reader_open(tv_cmd_input(&in, i));
    struct tv_writer *w = tv_writer_open(tv_common.output);
    tv_writer_compress(w, (int)compress);
    tv_check(tv_join(readers, n, in_union, w));
    tv_writer_close(w);
    for (int i = 0; i < n; i++) tv_reader_close(readers[i]);
    free(readers);
    return TV_DONE;
}
