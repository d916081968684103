#include "data/labels.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/cmd.h"
#include "core/index.h"
#include "core/mem.h"
#include "core/npy.h"
#include "core/str.h"
#include "data/images.h"

enum { LABELS_MAX = 1 << 30 }; /* bytes of a file of labels or class names */

char **tv_lines_new(const char *text, size_t *n)
{
    char **line = tv_split_new(text, '\n', n);
    for (size_t i = 0; i < *n; i++) {
        size_t len = strlen(line[i]);
        if (len && line[i][len - 1] == '\r') line[i][len - 1] = 0;
    }
    while (*n > 0 && !*line[*n - 1]) {
        free(line[--*n]);
        line[*n] = NULL;
    }
    return line;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The distinct words in byte order, NULL-terminated. */
static char **distinct_new(char *const *word, int64_t n, size_t *count)
{
    char **sorted = tv_alloc((size_t)n + 1, sizeof *sorted);
    size_t k = 0;
    for (int64_t i = 0; i < n; i++)
        if (*word[i]) sorted[k++] = word[i];
    qsort(sorted, k, sizeof *sorted, by_bytes);
    *count = 0;
    for (size_t i = 0; i < k; i++)
        if (*count == 0 || strcmp(sorted[*count - 1], sorted[i])) sorted[(*count)++] = sorted[i];
    for (size_t i = 0; i < *count; i++) sorted[i] = tv_strdup(sorted[i]);
    sorted[*count] = NULL;
    return sorted;
}

const char *tv_labels_parse(int32_t *label, char *const *word, int64_t n, char ***name, size_t *classes)
{
    int64_t v, i = 0;
    *name = NULL, *classes = 0;
    for (; i < n; i++) {
        if (*word[i] && !tv_parse_int(word[i], &v)) break;
        if (!*word[i]) v = -1;
        if (v < -1 || v > INT32_MAX) return tv_msg("label %s: want -1 to %d", word[i], INT32_MAX);
        label[i] = (int32_t)v;
    }
    if (i == n) return NULL;
    struct tv_index at = {0};
    *name = distinct_new(word, n, classes);
    for (size_t k = 0; k < *classes; k++) tv_index_put(&at, (*name)[k], (int)k);
    for (i = 0; i < n; i++) label[i] = *word[i] ? tv_index_get(&at, word[i]) : -1;
    tv_index_release(&at);
    return NULL;
}

/* ---- --labels ---- */

static const char *labels_from_tensor(struct tv_images *s, const struct tv_tensor *t, const char *name)
{
    if (t->rank != 1 || t->dtype == TV_STR || tv_dtype_is_float(t->dtype))
        return tv_msg("%s: want integer labels [N], got %s", name, tv_tensor_text(t));
    if (t->dim[0] != s->n)
        return tv_msg("%s: want %lld labels, one for each image of %s, got %lld", name, (long long)s->n,
                      s->name, (long long)t->dim[0]);
    s->label = TV_ARRAY(int32_t, (size_t)s->n);
    tv_convert(s->label, TV_I32, t->data, t->dtype, (size_t)s->n);
    return NULL;
}

static const char *labels_from_text(struct tv_images *s, const char *text, const char *name)
{
    size_t n;
    char **line = tv_lines_new(text, &n);
    const char *msg = NULL;
    if (n != (size_t)s->n)
        msg = tv_msg("%s: want %lld labels, one for each image of %s, got %zu lines", name, (long long)s->n,
                     s->name, n);
    if (!msg) {
        s->label = TV_ARRAY(int32_t, (size_t)s->n);
        msg = tv_labels_parse(s->label, line, s->n, &s->class_name, &s->classes);
        if (msg) msg = tv_msg("%s: %s", name, msg);
    }
    tv_split_free(line);
    return msg;
}

static const char *read_labels(struct tv_images *s, struct tv_bytes *b)
{
    const uint8_t *head;
    const char *name = tv_bytes_name(b), *msg;
    struct tv_tensor *t;
    size_t n;
    void *bytes;
    if ((msg = tv_bytes_peek(b, &head, 8, &n))) return msg;
    if (tv_idx_is(head, n)) {
        if ((msg = tv_idx_tensor_new(&t, b, "label"))) return msg;
        msg = labels_from_tensor(s, t, name);
        tv_tensor_free(t);
        return msg;
    }
    bool npy = n >= 6 && tv_npy_is(head, n);
    if ((msg = tv_bytes_rest_new(b, LABELS_MAX, &bytes, &n))) return msg;
    if (npy) {
        struct tv_set set = {0};
        if ((msg = tv_npy_parse(&set, bytes, n, "label"))) {
            msg = tv_msg("%s: %s", name, msg);
        } else {
            t = tv_set_find(&set, "label");
            if (!t && set.n == 1) t = set.at[0];
            msg =
                t ? labels_from_tensor(s, t, name) : tv_msg("%s: want an array \"label\", found none", name);
        }
        tv_set_release(&set);
    } else {
        msg = memchr(bytes, 0, n) ? tv_msg("%s: want labels as IDX, NPY or text, found none of them", name)
                                  : labels_from_text(s, bytes, name);
    }
    free(bytes);
    return msg;
}

static void forget_labels(struct tv_images *s)
{
    free(s->label);
    if (s->class_name) tv_split_free(s->class_name);
    s->label = NULL, s->class_name = NULL, s->classes = 0;
}

const char *tv_images_labels(struct tv_images *s, const char *path)
{
    struct tv_bytes *b;
    uint32_t crc;
    forget_labels(s);
    const char *msg = tv_bytes_open(&b, path);
    if (msg) return msg;
    if (!(msg = read_labels(s, b)) && !(msg = tv_bytes_crc(b, &crc))) tv_history_file(path, crc);
    tv_bytes_close(b);
    return msg;
}

/* ---- --classes ---- */

static char **class_list_new(const char *list, size_t *n, bool *is_file, const char **msg)
{
    struct stat st;
    *is_file = stat(list, &st) == 0;
    if (!*is_file) return tv_split_new(list, ',', n);
    uint8_t *text = NULL;
    size_t cap = 0, size;
    char **names = NULL;
    *msg = tv_bytes_slurp(list, &text, &cap, &size);
    if (!*msg) {
        tv_history_file(list, tv_file_crc(list));
        text = tv_grow(text, &cap, size + 1, 1);
        text[size] = 0;
        names = tv_lines_new((char *)text, n);
    }
    free(text);
    return names;
}

/* Number of the entry that a class name means: equal to it, or to its first word. */
static int32_t entry_of(char *const *entry, size_t n, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!strncmp(entry[i], name, len) &&
            (!entry[i][len] || entry[i][len] == ' ' || entry[i][len] == '\t'))
            return (int32_t)i;
    return TV_LABEL_DROPPED;
}

/* Images labelled by name: old index -> entry. */
static const char *renumber(struct tv_images *s, char *const *entry, size_t n, bool all_must_be)
{
    int32_t *to = TV_ARRAY(int32_t, s->classes);
    bool *met = TV_ARRAY(bool, n);
    const char *msg = NULL;
    size_t found = 0;
    for (size_t k = 0; k < s->classes; k++)
        if ((to[k] = entry_of(entry, n, s->class_name[k])) >= 0) met[to[k]] = true, found++;
    for (size_t i = 0; i < n && all_must_be && !msg; i++) {
        const char *near = met[i] ? NULL : tv_nearest(entry[i], (const char *const *)s->class_name);
        if (!met[i])
            msg = tv_msg("%s: class %s: no such class%s%s%s", s->name, entry[i],
                         near ? "; did you mean " : "", near ? near : "",
                         near     ? "?"
                         : n == 1 ? ", and no such file"
                                  : "");
    }
    if (!found && !msg)
        msg = tv_msg("%s: no class of these %zu names is here; the first here is %s", s->name, n,
                     s->class_name[0]);
    for (int64_t i = 0; i < s->n; i++) s->label[i] = s->label[i] >= 0 ? to[s->label[i]] : TV_LABEL_DROPPED;
    free(to);
    free(met);
    return msg;
}

const char *tv_images_classes(struct tv_images *s, const char *list)
{
    size_t n = 0;
    bool is_file;
    const char *msg = NULL;
    char **entry = class_list_new(list, &n, &is_file, &msg);
    if (!msg && n == 0) msg = tv_msg("--classes %s: no names", list);
    if (!msg && s->classes) {
        msg = renumber(s, entry, n, !is_file);
    } else if (!msg) {
        for (int64_t i = 0; i < s->n && s->label && !msg; i++)
            if (s->label[i] >= (int64_t)n)
                msg = tv_msg("%s: label %d of image %lld: --classes gives only %zu names", s->name,
                             s->label[i], (long long)i, n);
    }
    if (msg) {
        if (entry) tv_split_free(entry);
        return msg;
    }
    if (s->class_name) tv_split_free(s->class_name);
    s->class_name = entry, s->classes = n;
    return NULL;
}
