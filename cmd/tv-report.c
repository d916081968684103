/* tv-report - the whole analysis as one interactive HTML page (SPEC 7). */
#include "core/cmd.h"
#include "report/report.h"

static struct tv_report report = {.top = 10, .patches = 5, .thumbnail = 64, .image_bytes = 6u << 20};
static const char *part[TV_FIGURE_PARTS], *features[2];
static struct tv_strings images, source_attrib;

static const struct tv_opt opts[] = {
    {"title", 0, TV_OPT_STRING, &report.title, "TEXT", "title instead of the models' names"},
    {"top", 0, TV_OPT_INT, &report.top, "N", "at most so many important neurons a layer in the network view",
     .min = 1, .max = 40},
    {"patches", 0, TV_OPT_INT, &report.patches, "N", "images or patches a neuron and domain", .min = 1,
     .max = 20},
    {"thumbnail", 0, TV_OPT_INT, &report.thumbnail, "N",
     "longer side of the images in pixels, never enlarged", .min = 16, .max = 256},
    {"image-bytes", 0, TV_OPT_SIZE, &report.image_bytes, "SIZE",
     "JPEG quality and then size are lowered until all images fit in"},
    {.type = TV_OPT_GROUP, .help = "Streams besides the operands"},
    {"images", 0, TV_OPT_STRINGS, &images, "FILE", "data set with the images"},
    {"source-attrib", 0, TV_OPT_STRINGS, &source_attrib, "FILE",
     "tv-attrib's output for the source model: the images its neurons respond to"},
    {"source-features", 0, TV_OPT_STRING, &features[0], "FILE",
     "tv-features' output for the source model: feature images, and kernels of its links"},
    {"target-features", 0, TV_OPT_STRING, &features[1], "FILE", "tv-features' output for the target model"},
    {"source-ranks", 0, TV_OPT_STRING, &part[TV_PART_SOURCE_RANKS], "FILE",
     "tv-rank's output for the source model"},
    {"target-ranks", 0, TV_OPT_STRING, &part[TV_PART_TARGET_RANKS], "FILE",
     "tv-rank's output for the target model"},
    {"source-links", 0, TV_OPT_STRING, &part[TV_PART_SOURCE_LINKS], "FILE",
     "tv-weights' output for the source model"},
    {"target-links", 0, TV_OPT_STRING, &part[TV_PART_TARGET_LINKS], "FILE",
     "tv-weights' output for the target model"},
    {"source-infer", 0, TV_OPT_STRING, &part[TV_PART_SOURCE_INFER], "FILE",
     "tv-infer's output for the source model, for the map's instances"},
    {"target-infer", 0, TV_OPT_STRING, &part[TV_PART_TARGET_INFER], "FILE",
     "tv-infer's output for the target model, for the map's instances"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-report",
    .summary = "write the whole analysis as one interactive HTML page",
    .purpose = "figure",
    .operands = "[FILE...]",
    .example =
        "tv-report eval.tv map.tv sim.tv discrim.tv --images source.tv --images target.tv -o report.html",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_FORCE_TTY,
    .min_args = 0,
    .max_args = -1,
};

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    struct tv_str html = {0};
    if (in.n == 0) tv_check(tv_report_add(&report, tv_cmd_input(&in, 0)));
    for (int i = 0; i < in.n; i++) tv_check(tv_report_add(&report, in.at[i]));
    for (int i = 0; i < images.n; i++) tv_check(tv_report_add(&report, images.at[i]));
    for (int i = 0; i < source_attrib.n; i++) tv_check(tv_report_add_source(&report, source_attrib.at[i]));
    for (int i = 0; i < TV_FIGURE_PARTS; i++)
        if (part[i]) tv_figure_add_part(&report.all, (enum tv_figure_part)i, part[i]);
    for (int model = 0; model < 2; model++)
        if (features[model]) tv_report_add_pictures(&report, model, features[model]);
    tv_check(tv_report_write(&html, &report));
    tv_file_write(tv_common.output, html.s, html.len);
    tv_str_release(&html);
    tv_report_release(&report);
    return TV_DONE;
}
