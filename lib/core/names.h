/* core/names.h - lists of layers, classes by index or name, and the parts of tensor names
 * (share/doc/tensors.md). Functions return NULL or a message (tv_msg) that names what is unknown and what is
 * nearest. */
#ifndef TV_CORE_NAMES_H
#define TV_CORE_NAMES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names in order, conv1 conv2 fc3; each may have a second one (its ONNX node's). */
struct tv_names {
    size_t n;
    const char *const *name;
    const char *const *alias; /* NULL: no second names; an entry may be NULL */
};
/* Sets chosen[i] for the names that `list` selects: a comma-separated list of names, globs (* ? [..]) and
 * ranges first..last, counted in the order of `names`.  The others are set to false.  A list that is NULL
 * selects all. */
const char *tv_names_choose(bool *chosen, const struct tv_names *names, const char *list);

/* A class as the user writes it, an index or a name, looked up in the `classes` meta (newline-separated names
 * in index order; NULL: only indices are known).  A name that looks like a number is taken for an index. */
const char *tv_class_find(int64_t *index, const char *word, const char *classes);
/* New string: the class's name, or NULL when there is none. */
char *tv_class_name_new(const char *classes, int64_t index);

enum { TV_CLASS_TEXT = 24 };
/* Is `name` kind/<class>/<rest>?  The class is an index or "all"; `rest`, borrowed, may contain slashes. */
bool tv_name_split(const char *name, const char *kind, char class[TV_CLASS_TEXT], const char **rest);

#endif
