/* tv-export - tensors of a stream in formats that other programs read. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "core/cmd.h"
#include "core/npy.h"
#include "core/str.h"
#include "data/pngs.h"
#include "core/safetensors.h"
#include "data/text.h"

enum { NONE, NPY, NPZ, CSV, TSV, JSON, SAFETENSORS, PNG };
static const char *const formats[] = {"auto", "npy", "npz", "csv", "tsv", "json", "safetensors", "png", NULL};
static int format;
static struct tv_strings globs;

static const struct tv_opt opts[] = {
    {.name = "tensor",
     't',
     TV_OPT_STRINGS,
     &globs,
     "GLOB",
     "only tensors whose name matches; may be repeated"},
    {.name = "format",
     'f',
     TV_OPT_CHOICE,
     &format,
     "NAME",
     "output format; auto: by the suffix of the output, TSV without one; png: a folder of images",
     .choices = formats},
    TV_OPTS_END};

static const struct tv_cmd cmd = {
    .name = "tv-export",
    .summary = "write tensors as NPY, NPZ, CSV, TSV, JSON, safetensors or a folder of PNG",
    .purpose = "data",
    .operands = "[FILE]",
    .example = "tv-export -t 'rank/*' -o rank.npz rank.tv",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_JSON | TV_CMD_FORCE_TTY,
    .max_args = 1,
};

static int format_of(const char *path)
{
    struct stat st;
    if (tv_common.json) return JSON;
    if (format != NONE) return format;
    if (!path || !strcmp(path, "-")) return TSV;
    const char *dot = strrchr(tv_basename(path), '.');
    for (int k = NPY; k < PNG && dot; k++)
        if (!strcmp(dot + 1, formats[k])) return k;
    if (path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode))) return PNG;
    tv_die(TV_USAGE,
           "%s: no format has this suffix; --format names one: npy npz csv tsv json safetensors png", path);
}

static void export_pngs(const char *input)
{
    struct tv_dataset d;
    const char *dir = tv_common.output;
    if (!dir || !strcmp(dir, "-")) tv_die(TV_USAGE, "png: want a folder to write to: -o FOLDER/");
    tv_check(tv_dataset_open(&d, input));
    tv_check(tv_dataset_load(&d));
    const char *failed = tv_pngs_write(dir, &d);
    if (failed && errno == EEXIST)
        tv_die(TV_SYSTEM, "%s: is there already; want a folder that is new", failed);
    if (failed) tv_die_errno("%s", failed);
    tv_dataset_close(&d);
}

static void export_set(const struct tv_set *s, const char *path, int to)
{
    size_t skipped;
    switch (to) {
    case NPY:
        if (s->n != 1)
            tv_die(TV_DATA, "%s: want one tensor for npy, got %zu; choose one with -t, or write npz", s->name,
                   s->n);
        tv_check(tv_npy_write(path, s->at[0]));
        break;
    case NPZ: tv_check(tv_npz_write(path, s)); break;
    case SAFETENSORS:
        tv_safetensors_write(path, s, &skipped);
        if (skipped)
            tv_warn("%zu tensor%s of text left out: safetensors has none", skipped, skipped > 1 ? "s" : "");
        break;
    case JSON: tv_text_json(path, s); break;
    default: tv_check(tv_text_check(s)); tv_text_table(path, s, to == CSV ? ',' : '\t');
    }
}

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    const char *input = tv_cmd_input(&in, 0), *path = tv_common.output;
    int to = format_of(path);
    if (to == PNG) {
        export_pngs(input);
        return TV_DONE;
    }
    struct tv_set s = {0};
    tv_set_read(&s, input, globs.n ? globs.at : NULL);
    if (s.n == 0 && globs.n)
        tv_die(TV_DATA, "%s: no tensor matches %s; tv-info lists them", s.name, globs.at[0]);
    export_set(&s, path, to);
    tv_set_release(&s);
    return TV_DONE;
}
