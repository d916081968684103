/* Option tables: values of every type from random text, and back. */
#include "core/names.h"
#include "core/options.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char *const choices[] = {"one", "two", "three", NULL};
static int64_t integer;
static double number, share;
static uint64_t size;
static int choice;
static const struct tv_opt opts[] = {
    {"integer", 0, TV_OPT_INT, &integer, "N", "an integer", .min = -5, .max = 1e6},
    {"number", 0, TV_OPT_DOUBLE, &number, "X", "a number"},
    {"share", 0, TV_OPT_SHARE, &share, "SHARE", "a share"},
    {"size", 0, TV_OPT_SIZE, &size, "SIZE", "a size"},
    {"choice", 0, TV_OPT_CHOICE, &choice, "NAME", "a choice", .choices = choices},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const layer[] = {"conv1", "conv2", "fc3"};
    static const struct tv_names names = {3, layer, NULL};
    char *text = malloc(n + 1);
    bool flags[3];
    int64_t class;
    memcpy(text, bytes, n);
    text[n] = 0;
    for (size_t i = 0; i < sizeof opts / sizeof *opts; i++) {
        if (tv_opt_set(&opts[i], text)) continue;
        char *back = tv_opt_text_new(&opts[i], true); /* what is written for the history reads back */
        if (tv_opt_set(&opts[i], back)) abort();
        free(back);
    }
    tv_names_choose(flags, &names, text);
    tv_class_find(&class, text, "cat\ndog");
    free(tv_glob_star_new(text, text));
    tv_glob(text, text);
    free(text);
    return 0;
}
