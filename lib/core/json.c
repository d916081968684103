/* core/json.c - see json.h. */
#include "core/json.h"
#include "core/mem.h"
#include "core/str.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 256 };

static void skip(const char **s)
{
    while (**s == ' ' || **s == '\t' || **s == '\n' || **s == '\r') ++*s;
}

static bool eat(const char **s, char c)
{
    skip(s);
    if (**s != c) return false;
    ++*s;
    return true;
}

static bool word(const char **s, const char *w)
{
    size_t n = strlen(w);
    if (strncmp(*s, w, n)) return false;
    *s += n;
    return true;
}

static bool hex4(const char **s, unsigned *code)
{
    static const char digits[] = "0123456789abcdef";
    *code = 0;
    for (int i = 0; i < 4; i++, ++*s) {
        const char *h = **s ? strchr(digits, **s >= 'A' && **s <= 'F' ? **s | 0x20 : **s) : NULL;
        if (!h) return false;
        *code = *code * 16 + (unsigned)(h - digits);
    }
    return true;
}

/* What follows a backslash. */
static bool escape(const char **s, struct tv_str *b)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (!**s) return false; /* the text ends in a backslash */
    char c = *(*s)++;
    const char *p = strchr(from, c);
    if (p) return tv_str_put(b, to + (p - from), 1), true;
    unsigned code, low;
    if (c != 'u' || !hex4(s, &code) || !code) return false;
    if (code >> 10 == 0xd800 >> 10) { /* the first of a pair that stands for one character */
        if ((*s)[0] != '\\' || (*s)[1] != 'u') return false;
        *s += 2;
        if (!hex4(s, &low) || low >> 10 != 0xdc00 >> 10) return false;
        code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
    }
    tv_str_utf8(b, code);
    return true;
}

static char *string_new(const char **s)
{
    struct tv_str b = {0};
    tv_str_put(&b, "", 0);
    if (!eat(s, '"')) goto bad;
    while (**s != '"') {
        if ((unsigned char)**s < 0x20) goto bad;
        if (**s == '\\') {
            ++*s;
            if (!escape(s, &b)) goto bad;
        } else {
            tv_str_put(&b, (*s)++, 1);
        }
    }
    ++*s;
    return b.s;
bad:
    tv_str_release(&b);
    return NULL;
}

static bool value(const char **s, struct tv_json *j, int depth);

static bool members(const char **s, struct tv_json *j, char close, int depth)
{
    ++*s;
    if (eat(s, close)) return true;
    do {
        j->at = tv_grow(j->at, &j->cap, j->n + 1, sizeof *j->at);
        struct tv_json *m = &j->at[j->n++];
        *m = (struct tv_json){0};
        if (j->type == TV_JSON_OBJECT && (!(m->key = string_new(s)) || !eat(s, ':'))) return false;
        if (!value(s, m, depth + 1)) return false;
    } while (eat(s, ','));
    return eat(s, close);
}

static bool number(const char **s, struct tv_json *j)
{
    char *end;
    if (**s != '-' && (**s < '0' || **s > '9')) return false;
    j->type = TV_JSON_NUMBER;
    j->number = strtod(*s, &end);
    bool ok = end != *s;
    *s = end;
    return ok;
}

static bool value(const char **s, struct tv_json *j, int depth)
{
    if (depth > MAX_DEPTH) return false;
    skip(s);
    switch (**s) {
    case '{': j->type = TV_JSON_OBJECT; return members(s, j, '}', depth);
    case '[': j->type = TV_JSON_ARRAY; return members(s, j, ']', depth);
    case '"': j->type = TV_JSON_STRING; return (j->text = string_new(s)) != NULL;
    case 't':
        j->type = TV_JSON_BOOL;
        j->number = 1;
        return word(s, "true");
    case 'f': j->type = TV_JSON_BOOL; return word(s, "false");
    case 'n': return word(s, "null");
    default: return number(s, j);
    }
}

static void release(struct tv_json *j)
{
    for (size_t i = 0; i < j->n; i++) release(&j->at[i]);
    free(j->at);
    free(j->text);
    free(j->key);
}

void tv_json_free(struct tv_json *j)
{
    if (j) release(j);
    free(j);
}

struct tv_json *tv_json_parse_new(const char *text)
{
    struct tv_json *j = TV_NEW(struct tv_json);
    bool ok = value(&text, j, 0);
    skip(&text);
    if (ok && !*text) return j;
    tv_json_free(j);
    return NULL;
}

bool tv_json_valid(const char *text)
{
    struct tv_json *j = tv_json_parse_new(text);
    tv_json_free(j);
    return j != NULL;
}

const struct tv_json *tv_json_get(const struct tv_json *j, const char *key)
{
    for (size_t i = 0; j && j->type == TV_JSON_OBJECT && i < j->n; i++)
        if (!strcmp(j->at[i].key, key)) return &j->at[i];
    return NULL;
}

const char *tv_json_text(const struct tv_json *j, const char *key)
{
    const struct tv_json *m = tv_json_get(j, key);
    return m && m->type == TV_JSON_STRING ? m->text : "";
}
