#include "data/choose.h"
#include <math.h>
#include <stdlib.h>
#include "core/mem.h"
#include "core/str.h"
#include "data/labels.h"
#include "num/rng.h"

enum { FIRST_STREAM = 2 }; /* of the random numbers: label -1 has FIRST_STREAM - 1, and so on */

static const char *parse_split(const char *text, double *train)
{
    size_t n;
    char **word = tv_split_new(text, ':', &n);
    double a, b;
    bool ok = n == 2 && tv_parse_double(word[0], &a) && tv_parse_double(word[1], &b) && a >= 0 && b >= 0 &&
              a + b > 0 && isfinite(a + b);
    tv_split_free(word);
    if (!ok) return tv_msg("--split %s: want A:B, as 85:15", text);
    *train = a / (a + b);
    return NULL;
}

const char *tv_choice_check(const struct tv_choice *c)
{
    double train;
    return c->split ? parse_split(c->split, &train) : NULL;
}

struct row {
    int32_t label;
    int64_t at;
};

static int by_label(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int by_row(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Of `n` images the first how many are for training. */
static int64_t training(double share, int64_t n) { return (int64_t)floor((double)n * share + 0.5); }

/* One class's rows, in order: cuts them to what is wanted, in place; returns how many.  *before counts the
 * images of the classes before, so that roundings do not add up: all classes together are split as exactly as
 * each. */
static int64_t from_class(const struct tv_choice *c, double share, int32_t label, int64_t *rows, int64_t n,
                          int64_t *before)
{
    struct tv_rng rng;
    if (c->per_class && n > c->per_class) n = c->per_class;
    if (!c->split) return n;
    int64_t first = training(share, *before + n) - training(share, *before);
    *before += n;
    tv_rng_seed(&rng, (uint64_t)c->seed, (uint64_t)(FIRST_STREAM + (int64_t)label));
    tv_rng_shuffle_i64(&rng, rows, n);
    if (c->part == TV_PART_TRAIN) return first;
    for (int64_t i = first; i < n; i++) rows[i - first] = rows[i];
    return n - first;
}

const char *tv_choose(const struct tv_choice *c, const int32_t *label, int64_t n, int64_t *rows,
                      int64_t *chosen)
{
    double train = 1;
    const char *msg = c->split ? parse_split(c->split, &train) : NULL;
    if (msg) return msg;
    struct row *order = TV_ARRAY(struct row, (size_t)n);
    int64_t kept = 0, out = 0, before = 0;
    for (int64_t i = 0; i < n; i++)
        if (!label || label[i] != TV_LABEL_DROPPED) order[kept++] = (struct row){label ? label[i] : -1, i};
    qsort(order, (size_t)kept, sizeof *order, by_label);
    for (int64_t from = 0, to; from < kept; from = to) {
        for (to = from; to < kept && order[to].label == order[from].label; to++)
            rows[out + to - from] = order[to].at;
        out += from_class(c, train, order[from].label, rows + out, to - from, &before);
    }
    free(order);
    qsort(rows, (size_t)out, sizeof *rows, by_row);
    *chosen = c->head && c->head < out ? c->head : out;
    return NULL;
}
