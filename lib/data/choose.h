/* data/choose.h - which of a source's images are imported: by class, so many a class, a part of a random
 * split, the first ones; in this order. */
#ifndef TV_DATA_CHOOSE_H
#define TV_DATA_CHOOSE_H
#include <stdbool.h>
#include <stdint.h>

enum tv_part { TV_PART_TRAIN, TV_PART_VAL };

struct tv_choice {
    int64_t per_class, head; /* at most; 0: all */
    const char *split;       /* "85:15"; NULL: none */
    enum tv_part part;       /* of the split */
    int64_t seed;
};

/* NULL, or what is wrong with `split`. */
const char *tv_choice_check(const struct tv_choice *c);
/* Rows of `n` images (label NULL: unlabelled) that are wanted, ascending, to rows[0..*chosen).  Those
 * labelled TV_LABEL_DROPPED never are.  A split is made within every class: its images are shuffled, the
 * first A/(A+B) of them are for training, rounded so that the classes up to each have together round(count *
 * A/(A+B)).  NULL or a message. */
const char *tv_choose(const struct tv_choice *c, const int32_t *label, int64_t n, int64_t *rows,
                      int64_t *chosen);

#endif
