/* data/labels.h - labels written as text: indices, or class names that are numbered in byte order. */
#ifndef TV_DATA_LABELS_H
#define TV_DATA_LABELS_H
#include <stddef.h>
#include <stdint.h>

/* A label that tv_images_classes() took out of the data set. */
#define TV_LABEL_DROPPED (-2)

/* One label a word.  When all are integers (-1, or an empty word: unknown) they are indices and *classes is
 * 0; otherwise they are names.  `name` receives a new array (tv_split_free) of the distinct ones, or NULL.
 * NULL or a message. */
const char *tv_labels_parse(int32_t *label, char *const *word, int64_t n, char ***name, size_t *classes);
/* The lines of a text as new strings, NULL-terminated (tv_split_free), without line ends; empty ones at the
 * end do not count. */
char **tv_lines_new(const char *text, size_t *n);

#endif
