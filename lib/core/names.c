/* core/names.c - see names.h. */
#include "core/names.h"
#include "core/mem.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

static const char *unknown(const struct tv_names *names, const char *word)
{
    const char **all = TV_ARRAY(const char *, 2 * names->n + 1);
    struct tv_str list = {0};
    size_t k = 0;
    for (size_t i = 0; i < names->n; i++) {
        all[k++] = names->name[i];
        if (names->alias && names->alias[i]) all[k++] = names->alias[i];
        if (i < 20) tv_str_add(&list, "%s%s", i ? " " : "", names->name[i]);
    }
    if (names->n > 20) tv_str_add(&list, " ...");
    const char *near = tv_nearest(word, all);
    const char *m = near ? tv_msg("no layer %s; did you mean %s?", word, near)
                         : tv_msg("no layer %s; there are: %s", word, list.s ? list.s : "none");
    tv_str_release(&list);
    free(all);
    return m;
}

static bool matches(const struct tv_names *names, size_t i, const char *pattern)
{
    return tv_glob(pattern, names->name[i]) ||
           (names->alias && names->alias[i] && tv_glob(pattern, names->alias[i]));
}

/* Index of the name written out (no pattern), or -1. */
static ptrdiff_t find(const struct tv_names *names, const char *word)
{
    for (size_t i = 0; i < names->n; i++)
        if (!strcmp(names->name[i], word) ||
            (names->alias && names->alias[i] && !strcmp(names->alias[i], word)))
            return (ptrdiff_t)i;
    return -1;
}

static const char *choose_range(bool *chosen, const struct tv_names *names, const char *word,
                                const char *dots)
{
    char *from = tv_strndup(word, (size_t)(dots - word));
    const char *to = dots + 2, *wrong = NULL;
    ptrdiff_t a = find(names, from), b = find(names, to);
    if (a < 0)
        wrong = unknown(names, from);
    else if (b < 0)
        wrong = unknown(names, to);
    else if (a > b)
        wrong = tv_msg("layers %s: %s comes after %s; write %s..%s", word, from, to, to, from);
    for (ptrdiff_t i = a; !wrong && i <= b; i++) chosen[i] = true;
    free(from);
    return wrong;
}

static const char *choose_word(bool *chosen, const struct tv_names *names, const char *word)
{
    ptrdiff_t whole = find(names, word); /* first, for a name may contain what looks like a pattern */
    if (whole >= 0) return chosen[whole] = true, NULL;
    const char *dots = strstr(word, "..");
    if (dots) return choose_range(chosen, names, word, dots);
    bool any = false;
    for (size_t i = 0; i < names->n; i++)
        if (matches(names, i, word)) any = chosen[i] = true;
    return any ? NULL : unknown(names, word);
}

const char *tv_names_choose(bool *chosen, const struct tv_names *names, const char *list)
{
    const char *wrong = NULL;
    for (size_t i = 0; i < names->n; i++) chosen[i] = !list;
    if (!list) return NULL;
    char **words = tv_split_new(list, ',', NULL);
    for (char **w = words; *w && !wrong; w++)
        wrong = **w ? choose_word(chosen, names, *w) : tv_msg("layers '%s': an empty name", list);
    tv_split_free(words);
    return wrong;
}

/* ---- classes ---- */

const char *tv_class_find(int64_t *index, const char *word, const char *classes)
{
    size_t n = 0;
    char **names = classes && *classes ? tv_split_new(classes, '\n', &n) : NULL;
    const char *wrong = NULL;
    if (tv_parse_int(word, index)) {
        if (*index < 0 || (names && (size_t)*index >= n))
            wrong = names ? tv_msg("no class %s; there are %zu, counted from 0", word, n)
                          : tv_msg("no class %s: indices count from 0", word);
    } else {
        *index = -1;
        for (size_t i = 0; i < n; i++)
            if (!strcmp(names[i], word)) *index = (int64_t)i;
        const char *near = names ? tv_nearest(word, (const char *const *)names) : NULL;
        if (*index < 0 && near)
            wrong = tv_msg("no class %s; did you mean %s?", word, near);
        else if (*index < 0 && names)
            wrong = tv_msg("no class %s among the %zu names", word, n);
        else if (*index < 0)
            wrong = tv_msg("no class %s: the data has no class names; give its index", word);
    }
    tv_split_free(names);
    return wrong;
}

char *tv_class_name_new(const char *classes, int64_t index)
{
    if (!classes || !*classes || index < 0) return NULL;
    for (; index > 0; index--) {
        classes = strchr(classes, '\n');
        if (!classes) return NULL;
        classes++;
    }
    return tv_strndup(classes, strcspn(classes, "\n"));
}

bool tv_name_split(const char *name, const char *kind, char class[TV_CLASS_TEXT], const char **rest)
{
    size_t n = strlen(kind);
    if (strncmp(name, kind, n) || name[n] != '/') return false;
    name += n + 1;
    size_t len = strcspn(name, "/");
    if (!name[len] || !name[len + 1] || len == 0 || len >= TV_CLASS_TEXT) return false;
    if (strspn(name, "0123456789") != len && (len != 3 || memcmp(name, "all", 3))) return false;
    memcpy(class, name, len);
    class[len] = 0;
    *rest = name + len + 1;
    return true;
}
