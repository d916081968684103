/* tv-plot - draw a figure of the analysis, or curves of any numbers (SPEC 7). */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/cmd.h"
#include "fig/figure.h"

static struct tv_figure figure;
static const char *part[TV_FIGURE_PARTS], *font;
static struct tv_strings images;
static int format, theme;
static int64_t width;
static double scale = NAN;

static const char *const formats[] = {"auto", "svg", "png", "pdf", NULL};
static const struct tv_opt opts[] = {
    {"format", 'f', TV_OPT_CHOICE, &format, "FORMAT",
     "kind of file; auto: by the output's suffix, SVG without one", .choices = formats},
    {"width", 'w', TV_OPT_INT, &width, "N",
     "width in pixels, of PDF at 96 an inch; 0: 1600 for PNG (overview: 2400), else the figure's natural "
     "size",
     .min = 0, .max = 30000},
    {"scale", 0, TV_OPT_DOUBLE, &scale, "X", "size in multiples of the natural one, in place of a width",
     .min = 0.05, .max = 20},
    {"theme", 0, TV_OPT_CHOICE, &theme, "THEME", "for screens with a white or a dark ground, or for print",
     .choices = tv_theme_name},
    {"font", 0, TV_OPT_STRING, &font, "FAMILY",
     "font family instead of DejaVu Sans; the layout is measured with it"},
    {"title", 0, TV_OPT_STRING, &figure.title, "TEXT", "title instead of the figure's own"},
    {.type = TV_OPT_GROUP, .help = "What to show"},
    {"class", 'c', TV_OPT_STRING, &figure.class, "LIST",
     "classes by name or index; network, features and domains show one: the stream's first unless given"},
    {"layers", 'l', TV_OPT_STRING, &figure.layers, "LIST",
     "layers: names, globs, ranges (conv1..fc7); network: the deepest five unless given"},
    {"top", 0, TV_OPT_INT, &figure.top, "N",
     "at most so many classes (classes), neurons a layer (network), neurons (features, domains); 0: 40, 10, "
     "10, 5",
     .min = 0, .max = 100000},
    {"sort", 0, TV_OPT_CHOICE, &figure.sort, "KEY", "classes: order of the rows",
     .choices = tv_figure_sort_name},
    {"order", 0, TV_OPT_CHOICE, &figure.order, "WHICH",
     "features, domains: the most or the least discriminative neurons", .choices = tv_figure_order_name},
    {"no-rest", 0, TV_OPT_FLAG, &figure.no_rest, NULL, "network: leave out the regions of the other neurons"},
    {"no-source-weights", 0, TV_OPT_FLAG, &figure.no_source_weights, NULL,
     "network: leave out the source model's links"},
    {"thumbnails", 0, TV_OPT_INT, &figure.thumbnails, "N", "instances: images drawn on the map", .min = 0,
     .max = 1000},
    {.type = TV_OPT_GROUP, .help = "Streams besides the operands"},
    {"images", 0, TV_OPT_STRINGS, &images, "FILE", "data set with the images"},
    {"source-ranks", 0, TV_OPT_STRING, &part[TV_PART_SOURCE_RANKS], "FILE",
     "network, arch: tv-rank's output for the source model"},
    {"target-ranks", 0, TV_OPT_STRING, &part[TV_PART_TARGET_RANKS], "FILE",
     "network, arch: tv-rank's output for the target model"},
    {"source-links", 0, TV_OPT_STRING, &part[TV_PART_SOURCE_LINKS], "FILE",
     "network: tv-weights' output for the source model"},
    {"target-links", 0, TV_OPT_STRING, &part[TV_PART_TARGET_LINKS], "FILE",
     "network: tv-weights' output for the target model"},
    {"source-infer", 0, TV_OPT_STRING, &part[TV_PART_SOURCE_INFER], "FILE",
     "instances: tv-infer's output for the source model, for the map's instances"},
    {"target-infer", 0, TV_OPT_STRING, &part[TV_PART_TARGET_INFER], "FILE",
     "instances: tv-infer's output for the target model, for the map's instances"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-plot",
    .summary = "draw a figure of the analysis as SVG, PNG or PDF",
    .purpose = "figure",
    .operands = "FIGURE [FILE...]",
    .example = "tv-plot accuracy eval.tv -o accuracy.svg",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_FORCE_TTY,
    .min_args = 1,
    .max_args = -1,
};

static int figure_kind(const char *name)
{
    for (int k = 0; tv_figure_name[k]; k++)
        if (!strcmp(tv_figure_name[k], name)) return k;
    const char *near = tv_nearest(name, tv_figure_name);
    tv_die(TV_USAGE,
           "%s: no such figure%s%s%s; there are accuracy, classes, instances, network, features, domains, "
           "overview, arch, curves",
           name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* --format, else the suffix of the output, else SVG. */
static enum tv_format output_format(void)
{
    if (format > 0) return (enum tv_format)(format - 1);
    const char *suffix = tv_common.output ? strrchr(tv_common.output, '.') : NULL;
    for (int k = 0; suffix && tv_format_name[k]; k++)
        if (!strcasecmp(suffix + 1, tv_format_name[k])) return (enum tv_format)k;
    if (suffix)
        tv_die(TV_USAGE, "%s: want a name that ends in .svg, .png or .pdf, or --format", tv_common.output);
    return TV_SVG;
}

static double output_scale(enum tv_format kind, double natural)
{
    if (!isnan(scale)) return scale;
    if (width > 0) return (double)width / natural;
    return kind == TV_PNG ? (figure.kind == TV_FIGURE_OVERVIEW ? 2400 : 1600) / natural : 1;
}

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    struct tv_str file = {0};
    enum tv_format kind = output_format();
    figure.kind = figure_kind(in.at[0]);
    if (in.n == 1) tv_check(tv_figure_add(&figure, tv_cmd_input(&in, 1)));
    for (int i = 1; i < in.n; i++) tv_check(tv_figure_add(&figure, in.at[i]));
    for (int i = 0; i < images.n; i++) tv_check(tv_figure_add(&figure, images.at[i]));
    for (int i = 0; i < TV_FIGURE_PARTS; i++)
        if (part[i]) tv_figure_add_part(&figure, (enum tv_figure_part)i, part[i]);
    struct tv_canvas *canvas = tv_canvas_new(tv_theme_get(theme), font);
    tv_check(tv_figure_draw(canvas, &figure));
    size_t unknown = kind == TV_SVG ? 0 : tv_canvas_unknown(canvas);
    if (unknown)
        tv_warn("%s: no font is installed for %zu of its characters, which show as boxes; install one, or "
                "write SVG",
                in.at[0], unknown);
    tv_check(tv_canvas_write(&file, canvas, kind, output_scale(kind, tv_canvas_width(canvas))));
    tv_file_write(tv_common.output, file.s, file.len);
    tv_str_release(&file);
    tv_canvas_free(canvas);
    tv_figure_release(&figure);
    return TV_DONE;
}
