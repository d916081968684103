/* make-digits.c - makes image domains of digits for the demo and the tests: street numbers and handwriting.
 *
 * Image i shows digit i mod K and depends on (seed, domain, i) alone, so that any number of threads gives the
 * same files and a longer set begins with the shorter one.
 */
#include "core/cmd.h"
#include "core/mem.h"
#include "domain.h"
#include "save.h"
#include <stdlib.h>

static const struct domain *const domains[] = {&domain_street, &domain_handwriting};
static const char *const domain_names[] = {"street", "handwriting", NULL};
static const char *const format_names[] = {"idx", "folder", "sheet", NULL};
static void (*const save[])(const struct images *im, const char *out) = {save_idx, save_folder, save_sheet};

static int domain, format;
static int64_t count = 160, classes = 10;

static const struct tv_opt opts[] = {{.name = "domain",
                                      .letter = 'd',
                                      .type = TV_OPT_CHOICE,
                                      .value = &domain,
                                      .metavar = "NAME",
                                      .help = "printed house numbers, 32x32 RGB, or pen strokes, 28x28 grey",
                                      .choices = domain_names},
                                     {.name = "count",
                                      .letter = 'n',
                                      .type = TV_OPT_INT,
                                      .value = &count,
                                      .metavar = "N",
                                      .help = "number of images",
                                      .min = 1,
                                      .max = 1e7},
                                     {.name = "classes",
                                      .type = TV_OPT_INT,
                                      .value = &classes,
                                      .metavar = "K",
                                      .help = "digits 0 to K-1 only",
                                      .min = 1,
                                      .max = 10},
                                     {.name = "format",
                                      .letter = 'f',
                                      .type = TV_OPT_CHOICE,
                                      .value = &format,
                                      .metavar = "FORMAT",
                                      .help = "OUT-images-idx4-ubyte.gz and OUT-labels-idx1-ubyte.gz; "
                                              "OUT/<digit>/*.png; or OUT, one PNG to look at",
                                      .choices = format_names},
                                     TV_OPTS_END};

static const struct tv_cmd cmd = {.name = "make-digits",
                                  .summary = "make images of digits",
                                  .purpose = "data",
                                  .operands = "OUT",
                                  .example = "make-digits --domain street --count 7000 --seed 1 street-train",
                                  .opts = opts,
                                  .common = TV_CMD_SEED,
                                  .min_args = 1,
                                  .max_args = 1};

int main(int argc, char **argv)
{
    struct tv_args args = tv_cmd_parse(&cmd, argc, argv);
    const struct domain *d = domains[domain];
    size_t size = (size_t)d->size * (size_t)d->size * (size_t)d->channels;
    struct images im = {.n = count, .size = d->size, .channels = d->channels, .classes = (int)classes};
    im.pixels = TV_ARRAY(uint8_t, (size_t)count * size);
    im.label = TV_ARRAY(uint8_t, (size_t)count);
#pragma omp parallel for schedule(dynamic, 16)
    for (int64_t i = 0; i < count; i++) {
        struct tv_rng r;
        tv_rng_seed(&r, (uint64_t)tv_common.seed, (uint64_t)(2 * i + domain));
        im.label[i] = (uint8_t)(i % classes);
        d->draw(im.pixels + (size_t)i * size, im.label[i], &r);
    }
    save[format](&im, args.at[0]);
    free(im.pixels);
    free(im.label);
    return TV_DONE;
}
