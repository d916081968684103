/* analysis/classes.c - the classes asked for against those that there are. */
#include "analysis/classes.h"
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"
#include "core/str.h"

static bool present(const struct tv_class_census *s, int64_t class)
{
    return class < s->classes && s->instances[class] > 0;
}

static const char *absent(const struct tv_class_census *s, int64_t class)
{
    struct tv_str there = {0};
    char *name = tv_class_name_new(s->names, class);
    int listed = 0;
    for (int64_t c = 0; c < s->classes && listed < 20; c++) {
        if (present(s, c)) tv_str_add(&there, "%s%lld", listed++ ? " " : "", (long long)c);
    }
    const char *message =
        tv_msg("%s: class %lld%s%s%s: want images of it, found none; there are classes %s%s", s->where,
               (long long)class, name ? " (" : "", name ? name : "", name ? ")" : "",
               listed ? there.s : "without any", listed == 20 ? " ..." : "");
    free(name);
    tv_str_release(&there);
    return message;
}

/* One word of the list; wanted[] has s->classes entries. */
static const char *choose_word(struct tv_classes *out, bool *wanted, const char *word,
                               const struct tv_class_census *s, bool allow_all)
{
    int64_t class;
    if (allow_all && !strcmp(word, "all")) return out->all = true, NULL;
    if (!strcmp(word, "*")) {
        out->every = true;
        for (int64_t c = 0; c < s->classes; c++) wanted[c] = wanted[c] || present(s, c);
        return NULL;
    }
    const char *bad = tv_class_find(&class, word, s->names);
    if (bad) return tv_msg("%s: %s", s->where, bad);
    if (!present(s, class)) return absent(s, class);
    wanted[class] = true;
    return NULL;
}

static const char *choose_words(struct tv_classes *out, bool *wanted, const char *list,
                                const struct tv_class_census *s, bool allow_all)
{
    const char *bad = NULL;
    char **word = tv_split_new(list, ',', NULL);
    for (char **w = word; *w && !bad; w++) bad = choose_word(out, wanted, *w, s, allow_all);
    tv_split_free(word);
    return bad;
}

const char *tv_classes_choose(struct tv_classes *out, const struct tv_strings *list,
                              const struct tv_class_census *census, bool allow_all)
{
    bool *wanted = TV_ARRAY(bool, census->classes);
    *out = (struct tv_classes){.at = TV_ARRAY(int32_t, census->classes)};
    const char *bad = list->n ? NULL : choose_words(out, wanted, "*", census, false);
    for (int i = 0; i < list->n && !bad; i++) bad = choose_words(out, wanted, list->at[i], census, allow_all);
    for (int64_t c = 0; c < census->classes; c++) {
        if (wanted[c]) out->at[out->n++] = (int32_t)c;
    }
    free(wanted);
    return bad;
}

void tv_classes_release(struct tv_classes *c)
{
    free(c->at);
    *c = (struct tv_classes){0};
}

/* Index of the name in the list, -1 when it is not there. */
static int64_t find_name(char *const *names, const char *name)
{
    for (int64_t i = 0; names[i]; i++) {
        if (!strcmp(names[i], name)) return i;
    }
    return -1;
}

int64_t *tv_classes_match_new(const struct tv_class_census *census, const char *names)
{
    int64_t *same = TV_ARRAY(int64_t, census->classes);
    char **list = names && *names ? tv_split_new(names, '\n', NULL) : NULL;
    for (int64_t c = 0; c < census->classes; c++) {
        char *name = tv_class_name_new(census->names, c);
        same[c] = list && name ? find_name(list, name) : c;
        free(name);
    }
    tv_split_free(list);
    return same;
}

void tv_classes_note_absent(const struct tv_class_census *census)
{
    size_t n = 0;
    char **names = census->names && *census->names ? tv_split_new(census->names, '\n', &n) : NULL;
    for (size_t c = 0; c < n; c++) {
        if (!present(census, (int64_t)c))
            tv_note("%s: no images of class %zu (%s)", census->where, c, names[c]);
    }
    tv_split_free(names);
}
