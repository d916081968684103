/* analysis/classes.h - which classes a --class option asks for, and which of them there are. */
#ifndef TV_ANALYSIS_CLASSES_H
#define TV_ANALYSIS_CLASSES_H
#include <stdbool.h>
#include <stdint.h>
#include "core/opt.h"

/* What the data has. */
struct tv_class_census {
    const char *where;        /* for messages: "at.tv" */
    const char *names;        /* the `classes` meta; NULL: indices only */
    int64_t classes;          /* largest index + 1 */
    const int64_t *instances; /* [classes] images of each */
};

struct tv_classes {
    int32_t *at; /* chosen classes, all of them with images, in ascending order */
    int64_t n;
    bool all;   /* `all` was in the list */
    bool every; /* `*` was in the list, or the list was empty */
};

/* `list`: names and indices, each entry one or several separated by commas; `*` is every class that has
 * images, and so is an empty list; `all`, where it is allowed, sets out->all.  NULL or a message: a class
 * that is unknown, or was asked for and has no images.  Release `out` in either case. */
const char *tv_classes_choose(struct tv_classes *out, const struct tv_strings *list,
                              const struct tv_class_census *census, bool allow_all);
void tv_classes_release(struct tv_classes *c);
/* For every class of `census` the index of the same class among `names` (a `classes` meta): of the same name
 * where both have names, -1 when it is not there; else the same index.  New array; the caller frees it. */
int64_t *tv_classes_match_new(const struct tv_class_census *census, const char *names);
/* With -v, says which of the named classes have no images. */
void tv_classes_note_absent(const struct tv_class_census *census);

#endif
