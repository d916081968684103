/* core/options.c - values of options from text and back, see options.h. */
#include "core/options.h"
#include "core/mem.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *out_of_bounds(const struct tv_opt *o, double v, const char *text)
{
    if (!(o->min < o->max) || (v >= o->min && v <= o->max)) return NULL;
    if (o->max >= 1e15) return tv_msg("want at least %.15g, got %s", o->min, text);
    return tv_msg("want a number from %.15g to %.15g, got %s", o->min, o->max, text);
}

static const char *set_int(const struct tv_opt *o, const char *text)
{
    int64_t v;
    if (!tv_parse_int(text, &v)) return tv_msg("want an integer, got '%s'", text);
    const char *wrong = out_of_bounds(o, (double)v, text);
    if (!wrong) *(int64_t *)o->value = v;
    return wrong;
}

static const char *set_double(const struct tv_opt *o, const char *text)
{
    double v;
    if (!tv_parse_double(text, &v) || isnan(v)) return tv_msg("want a number, got '%s'", text);
    const char *wrong = out_of_bounds(o, v, text);
    if (!wrong) *(double *)o->value = v;
    return wrong;
}

/* "10%" or "0.1". */
static const char *set_share(const struct tv_opt *o, const char *text)
{
    size_t n = strlen(text);
    bool percent = n && text[n - 1] == '%';
    char *number = tv_strndup(text, percent ? n - 1 : n);
    double v;
    bool ok = tv_parse_double(number, &v);
    free(number);
    if (!ok || isnan(v)) return tv_msg("want a share such as 10%% or 0.1, got '%s'", text);
    if (percent) v /= 100;
    if (v < 0 || v > 1) return tv_msg("want a share from 0 to 1 or 0%% to 100%%, got '%s'", text);
    const char *wrong = out_of_bounds(o, v, text);
    if (!wrong) *(double *)o->value = v;
    return wrong;
}

static const char *set_choice(const struct tv_opt *o, const char *text)
{
    struct tv_str all = {0};
    for (int i = 0; o->choices[i]; i++) {
        if (!strcmp(o->choices[i], text)) {
            *(int *)o->value = i;
            tv_str_release(&all);
            return NULL;
        }
        tv_str_add(&all, "%s%s", i ? ", " : "", o->choices[i]);
    }
    const char *near = tv_nearest(text, o->choices);
    const char *wrong = near ? tv_msg("unknown value '%s'; did you mean %s? (one of %s)", text, near, all.s)
                             : tv_msg("unknown value '%s'; want one of %s", text, all.s);
    tv_str_release(&all);
    return wrong;
}

static void append_string(struct tv_strings *list, const char *text)
{
    /* the default is a constant array of the program's: never grown in place */
    const char **at = TV_ARRAY(const char *, (size_t)list->n + 2);
    if (list->n) memcpy(at, list->at, (size_t)list->n * sizeof *at);
    at[list->n++] = text;
    list->at = at;
}

const char *tv_opt_set(const struct tv_opt *o, const char *text)
{
    switch (o->type) {
    case TV_OPT_FLAG: *(bool *)o->value = true; return NULL;
    case TV_OPT_INT: return set_int(o, text);
    case TV_OPT_DOUBLE: return set_double(o, text);
    case TV_OPT_SHARE: return set_share(o, text);
    case TV_OPT_SIZE:
        if (tv_parse_size(text, o->value)) return NULL;
        return tv_msg("want a size such as 512M or 1.5G, got '%s'", text);
    case TV_OPT_STRING: *(const char **)o->value = text; return NULL;
    case TV_OPT_CHOICE: return set_choice(o, text);
    case TV_OPT_STRINGS: append_string(o->value, text); return NULL;
    case TV_OPT_GROUP: break;
    }
    return NULL;
}

bool tv_opt_has_default(const struct tv_opt *o)
{
    switch (o->type) {
    case TV_OPT_INT: return o->min >= o->max || (double)*(int64_t *)o->value >= o->min; /* below: not given */
    case TV_OPT_SHARE:
    case TV_OPT_CHOICE: return true;
    case TV_OPT_DOUBLE: return !isnan(*(double *)o->value);
    case TV_OPT_SIZE: return *(uint64_t *)o->value != 0;
    case TV_OPT_STRING: return *(const char **)o->value != NULL;
    default: return false;
    }
}

/* A file name's directories are a fact of the machine: "val=/data/x.tv" -> "val=x.tv". */
static void add_string(struct tv_str *b, const struct tv_opt *o, const char *s, bool canonical)
{
    bool file =
        o->metavar && (strstr(o->metavar, "FILE") || strstr(o->metavar, "DIR") || strstr(o->metavar, "ONNX"));
    if (canonical && file) {
        const char *equals = strchr(o->metavar, '=') ? strchr(s, '=') : NULL;
        if (equals) tv_str_put(b, s, (size_t)(equals + 1 - s));
        s = tv_basename(equals ? equals + 1 : s);
    }
    tv_str_add(b, "%s", s);
}

char *tv_opt_text_new(const struct tv_opt *o, bool canonical)
{
    struct tv_str b = {0};
    tv_str_put(&b, "", 0);
    switch (o->type) {
    case TV_OPT_INT: tv_str_add(&b, "%lld", (long long)*(int64_t *)o->value); break;
    case TV_OPT_DOUBLE:
    case TV_OPT_SHARE: tv_str_double(&b, *(double *)o->value); break;
    case TV_OPT_SIZE: tv_str_add(&b, "%llu", (unsigned long long)*(uint64_t *)o->value); break;
    case TV_OPT_CHOICE: tv_str_add(&b, "%s", o->choices[*(int *)o->value]); break;
    case TV_OPT_STRING:
        if (*(const char **)o->value) add_string(&b, o, *(const char **)o->value, canonical);
        break;
    case TV_OPT_STRINGS: {
        const struct tv_strings *list = o->value;
        for (int i = 0; i < list->n; i++) {
            if (i) tv_str_put(&b, "\n", 1);
            add_string(&b, o, list->at[i], canonical);
        }
        break;
    }
    case TV_OPT_FLAG: tv_str_add(&b, *(bool *)o->value ? "1" : ""); break;
    case TV_OPT_GROUP: break;
    }
    return b.s;
}
