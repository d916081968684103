/* tv-transfer - the whole analysis: share/tv.mk run by make with its variables set from the options. */
#include "core/cmd.h"
#include "core/mem.h"
#include "core/str.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *source_checkpoints, *target_checkpoints, *source_train, *target_train, *class_list,
    *layers;
static const char *top = "10%", *link_top = "1%", *formats = "svg,png";
static int64_t perplexity = 40, jobs = 1;
static double cost;

static const struct tv_opt opts[] = {
    {"source-checkpoints", 0, TV_OPT_STRING, &source_checkpoints, "GLOB",
     "the source model's checkpoints in order of epochs, a quoted glob: the accuracy chart has epochs then"},
    {"target-checkpoints", 0, TV_OPT_STRING, &target_checkpoints, "GLOB", "the target model's checkpoints"},
    {"source-train", 0, TV_OPT_STRING, &source_train, "FILE", "training data of the source domain"},
    {"target-train", 0, TV_OPT_STRING, &target_train, "FILE", "training data of the target domain"},
    {"class", 'c', TV_OPT_STRING, &class_list, "CLASS",
     "class whose links, network and domains are analysed, by name or index; 0 unless given"},
    {"layers", 'l', TV_OPT_STRING, &layers, "LIST", "layers in the network view and the domain axes"},
    {"top", 0, TV_OPT_STRING, &top, "SHARE", "share of the neurons that are important"},
    {"link-top", 0, TV_OPT_STRING, &link_top, "SHARE", "share of the links that are important"},
    {"perplexity", 0, TV_OPT_INT, &perplexity, "N", "of the t-SNE map", .min = 2, .max = 1000},
    {"cost", 0, TV_OPT_DOUBLE, &cost, "C", "of the linear SVM; by cross-validation unless given", .min = 0,
     .max = 1e9},
    {"formats", 0, TV_OPT_STRING, &formats, "LIST", "of the figures: svg, png, pdf"},
    {"jobs", 0, TV_OPT_INT, &jobs, "N", "commands at a time; the threads are shared among them", .min = 1,
     .max = 1024, .flags = TV_OPT_NODATA},
    TV_OPTS_END,
};

static const struct tv_cmd cmd = {
    .name = "tv-transfer",
    .summary = "run the whole analysis of a fine-tuned network and draw its figures",
    .purpose = "analysis",
    .operands = "SOURCE.onnx TARGET.onnx SOURCE_DATA TARGET_DATA",
    .example = "tv-transfer source.onnx target.onnx source.tv target.tv -o out",
    .opts = opts,
    .common = TV_CMD_OUTPUT | TV_CMD_SEED | TV_CMD_DRY_RUN,
    .min_args = 4,
    .max_args = 4,
};

/* tv.mk of TV_SHARE in the environment, of the source tree or of the installation that this program is in. */
static char *rules_new(const char *bin)
{
    const char *share = getenv("TV_SHARE");
    char *const places[] = {share ? tv_format_new("%s/tv.mk", share) : tv_strdup(""),
                            tv_format_new("%s../share/tv.mk", bin),
                            tv_format_new("%s../share/tv/tv.mk", bin)};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!access(places[i], R_OK)) return places[i];
    tv_die(TV_SYSTEM,
           "tv.mk: not found beside %s; is the installation complete? TV_SHARE names its directory", bin);
}

struct command {
    char **at;
    size_t n, cap;
};

static void add(struct command *c, char *word)
{
    c->at = tv_grow(c->at, &c->cap, c->n + 2, sizeof *c->at);
    c->at[c->n++] = word;
    c->at[c->n] = NULL;
}

/* NAME=VALUE for make; what make or the shell would take apart is refused. */
static void set(struct command *c, const char *name, const char *value)
{
    if (!value) return;
    if (strpbrk(value, " \t\n'\"$#\\;&|<>()`:"))
        tv_die(TV_USAGE,
               "%s: want a name without spaces and without any of '\"$#\\;&|<>()`:, which make cannot carry",
               value);
    add(c, tv_format_new("%s=%s", name, value));
}

static void set_formats(struct command *c)
{
    struct tv_str list = {0};
    char **word = tv_split_new(formats, ',', NULL);
    for (size_t i = 0; word[i]; i++) {
        if (strcmp(word[i], "svg") && strcmp(word[i], "png") && strcmp(word[i], "pdf"))
            tv_die(TV_USAGE, "--formats %s: want a list of svg, png and pdf", formats);
        tv_str_add(&list, "%s%s", i ? " " : "", word[i]);
    }
    add(c, tv_format_new("FORMATS=%s", list.s));
    tv_str_release(&list);
    tv_split_free(word);
}

static void inputs_exist(const struct tv_args *in)
{
    for (int i = 0; i < in->n; i++)
        if (access(in->at[i], R_OK)) tv_die_errno("%s", in->at[i]);
    if (source_train && access(source_train, R_OK)) tv_die_errno("%s", source_train);
    if (target_train && access(target_train, R_OK)) tv_die_errno("%s", target_train);
}

int main(int argc, char **argv)
{
    struct tv_args in = tv_cmd_parse(&cmd, argc, argv);
    if (!tv_common.output) tv_die(TV_USAGE, "want a directory for the results: -o DIR");
    inputs_exist(&in);
    char *bin = tv_program_dir_new();
    struct command c = {0};
    add(&c, "make");
    add(&c, "-f");
    add(&c, rules_new(bin));
    add(&c, tv_format_new("-j%lld", (long long)jobs));
    add(&c, "--no-print-directory");
    if (tv_common.dry_run) add(&c, "-n");
    set(&c, "SOURCE", in.at[0]);
    set(&c, "TARGET", in.at[1]);
    set(&c, "SOURCE_DATA", in.at[2]);
    set(&c, "TARGET_DATA", in.at[3]);
    char *out = tv_strdup(tv_common.output);
    for (size_t n = strlen(out); n > 1 && out[n - 1] == '/'; n--) out[n - 1] = 0;
    set(&c, "OUT", out);
    set(&c, "SOURCE_CHECKPOINTS", source_checkpoints);
    set(&c, "TARGET_CHECKPOINTS", target_checkpoints);
    set(&c, "SOURCE_TRAIN", source_train);
    set(&c, "TARGET_TRAIN", target_train);
    set(&c, "CLASS", class_list);
    set(&c, "LAYERS", layers);
    set(&c, "TOP", top);
    set(&c, "LINK_TOP", link_top);
    add(&c, tv_format_new("PERPLEXITY=%lld", (long long)perplexity));
    add(&c, tv_format_new("SEED=%lld", (long long)tv_common.seed));
    if (cost > 0) add(&c, tv_format_new("COST=%g", cost));
    set_formats(&c);
    int64_t threads = tv_common.threads / jobs > 1 ? tv_common.threads / jobs : 1;
    char *path = tv_format_new("%s:%s", bin, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin"),
         *each = tv_format_new("%lld", (long long)threads);
    setenv("PATH", path, 1);
    setenv("OMP_NUM_THREADS", each, 1);
    setenv("OMP_WAIT_POLICY", "passive", 0); /* commands run side by side: waiting threads give cores away */
    unsetenv("MAKEFLAGS");                   /* of a make that runs this program */
    execvp("make", c.at);
    tv_die_errno("make, which runs the steps");
}
