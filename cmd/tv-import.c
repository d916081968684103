/* tv-import - images and tensors of other formats into a stream (SPEC.md 4). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/cmd.h"
#include "core/progress.h"
#include "data/import.h"

static struct tv_import_options o;
static int part;
static const char *const parts[] = {"train", "val", NULL};

static const struct tv_opt opts[] = {
    {"domain", 'd', TV_OPT_STRING, &o.domain, "NAME", "domain of the images: source, target"},
    {"labels", 'l', TV_OPT_STRING, &o.labels, "FILE", "labels of the images: IDX, NPY, or text, one a line"},
    {"classes", 0, TV_OPT_STRING, &o.classes, "LIST",
     "class names in the order of the model's outputs, separated by commas, or a file of one a line; images "
     "of other classes are left out"},
    {"name", 0, TV_OPT_STRING, &o.name, "NAME",
     "name of a lone tensor, or of a table of numbers; several, separated by commas"},
    {.type = TV_OPT_GROUP, .help = "Which images"},
    {"head", 'n', TV_OPT_INT, &o.choice.head, "N", "the first N images", .min = 1, .max = 1e15},
    {"per-class", 0, TV_OPT_INT, &o.choice.per_class, "N", "the first N images of every class", .min = 1,
     .max = 1e15},
    {"split", 0, TV_OPT_STRING, &o.choice.split, "A:B",
     "split every class at random in this proportion and take one part, chosen by --part"},
    {"part", 0, TV_OPT_CHOICE, &part, "PART", "the part of the split", .choices = parts},
    {"skip-bad", 0, TV_OPT_FLAG, &o.skip_bad, NULL, "name damaged images and go on without them"},
    {.type = TV_OPT_GROUP, .help = "Preprocessing, in this order"},
    {"preset", 'p', TV_OPT_CHOICE, &o.prep.preset, "NAME",
     "raw x; unit x/255; half (x/255-0.5)/0.5; caffe BGR x-(104,117,123); imagenet resize 256, crop 224, "
     "x/255, its mean and std",
     .choices = tv_preset_names},
    {"rgb", 0, TV_OPT_FLAG, &o.prep.rgb, NULL, "three channels, grey repeated"},
    {"bgr", 0, TV_OPT_FLAG, &o.prep.bgr, NULL, "three channels, handed to the model blue first"},
    {"grey", 0, TV_OPT_FLAG, &o.prep.grey, NULL, "one channel"},
    {"resize", 0, TV_OPT_STRING, &o.prep.resize, "N|WxH",
     "bilinear with antialias; N: the shorter side becomes N pixels"},
    {"crop", 0, TV_OPT_INT, &o.prep.crop, "N", "the middle NxN pixels", .min = 1, .max = TV_IMAGE_MAX_SIDE},
    {"pad", 0, TV_OPT_INT, &o.prep.pad, "N", "into the middle of NxN pixels of value 0", .min = 1,
     .max = TV_IMAGE_MAX_SIDE},
    {"scale", 0, TV_OPT_STRING, &o.prep.scale, "X",
     "factor of a pixel value of 0 to 255; one, or one a channel"},
    {"mean", 0, TV_OPT_STRING, &o.prep.mean, "X", "subtracted from it then; one, or one a channel"},
    {"std", 0, TV_OPT_STRING, &o.prep.std, "X", "divides it at last; one, or one a channel"},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-import",
    .summary = "turn images and arrays into a tensor stream",
    .purpose = "data",
    .operands = "[FOLDER | LIST | FILE...]",
    .example = "tv-import --domain target --preset imagenet photos/ -o photos.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_SEED,
    .max_args = -1,
};

/* Tensors as they are. */
static void write_tensors(const struct tv_set *set)
{
    struct tv_writer *w = tv_writer_open(tv_common.output);
    tv_writer_metas(w, &set->meta);
    for (size_t i = 0; i < set->n; i++) tv_writer_put(w, set->at[i]);
    tv_writer_close(w);
}

struct ids {
    int image, label, domain, path;
};

static struct ids begin(struct tv_writer *w, const struct tv_import *im, bool labelled)
{
    struct ids id = {.label = -1};
    char *classes = tv_import_classes_new(im);
    if (classes) tv_writer_meta(w, "classes", classes);
    free(classes);
    id.image = tv_writer_begin(w, "image", im->dtype, 4, im->dim, &im->attrs);
    if (labelled) id.label = tv_writer_begin(w, "label", TV_I32, 1, im->dim, NULL);
    id.domain = tv_writer_begin(w, "domain", TV_STR, 1, im->dim, NULL);
    id.path = tv_writer_begin(w, "path", TV_STR, 1, im->dim, NULL);
    return id;
}

static void write_images(struct tv_import *im)
{
    struct tv_import_block b;
    struct tv_writer *w = NULL;
    struct ids id = {0};
    int64_t done = 0, bad = 0;
    tv_progress_begin("importing", "images", im->chosen);
    while (tv_check(tv_import_next(im, &b)), b.n > 0 || b.bad > 0) {
        for (int64_t i = 0; i < b.bad; i++) tv_warn("%s", b.why[i]);
        if (!w) {
            w = tv_writer_open(tv_common.output);
            id = begin(w, im, b.label != NULL);
        }
        tv_writer_rows(w, id.image, b.n, b.image);
        if (b.label) tv_writer_rows(w, id.label, b.n, b.label);
        tv_writer_rows(w, id.domain, b.n, b.domain);
        tv_writer_rows(w, id.path, b.n, b.path);
        bad += b.bad, done += b.n;
        tv_progress(done + bad);
    }
    tv_progress_end();
    if (bad)
        tv_warn("%lld damaged image%s left out, %lld imported", (long long)bad, bad > 1 ? "s" : "",
                (long long)done);
    tv_writer_close(w);
}

/* An operand that is not there ends the program with 4, as everywhere. */
static void check_readable(const char *path)
{
    if (path && strcmp(path, "-") && access(path, R_OK) != 0) tv_die_errno("%s", path);
}

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    const char *first = tv_cmd_input(&in, 0);
    struct tv_import im;
    o.choice.part = (enum tv_part)part;
    o.choice.seed = tv_common.seed;
    const char *wrong = tv_import_check(&o);
    if (wrong) tv_die(TV_USAGE, "%s", wrong);
    check_readable(o.labels);
    for (int i = 0; i < in.n; i++) check_readable(in.at[i]);
    tv_check(tv_import_open(&im, in.n ? in.at : (char **)&first, in.n ? in.n : 1, &o));
    if (im.images)
        write_images(&im);
    else
        write_tensors(&im.set);
    tv_import_close(&im);
    return TV_DONE;
}
