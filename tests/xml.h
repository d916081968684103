/* tests/xml.h - is a document well-formed, as far as our SVG writer goes: tags that nest, quoted attributes
 * each once, known entities, valid UTF-8, ids that are unique.  Returns NULL or what is wrong. */
#ifndef TESTS_XML_H
#define TESTS_XML_H
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/index.h"
#include "core/mem.h"
#include "fig/text.h"

enum { XML_DEPTH = 32 };
struct xml {
    const char *p;
    char *open[XML_DEPTH];
    int depth;
    struct tv_index ids;
    char **id;
    size_t n_ids, cap_ids;
};

static inline const char *xml_text(const char *p, const char *end)
{
    static const char *const entity[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
    for (; p < end; p++) {
        if (*p == '<') return "a bare <";
        if (*p != '&') continue;
        bool known = false;
        for (int i = 0; i < 4; i++) known |= !strncmp(p, entity[i], strlen(entity[i]));
        if (!known) return tv_msg("an unknown entity: %.10s", p);
    }
    return NULL;
}

static inline const char *xml_id(struct xml *x, const char *value, size_t n)
{
    char *id = tv_strndup(value, n);
    x->id = tv_grow(x->id, &x->cap_ids, x->n_ids + 1, sizeof *x->id);
    x->id[x->n_ids++] = id;
    if (!isalpha((unsigned char)id[0])) return tv_msg("a bad id: %s", id);
    if (tv_index_get(&x->ids, id) >= 0) return tv_msg("id %s twice", id);
    tv_index_put(&x->ids, id, 1);
    return NULL;
}

/* Attributes up to '>' or '/>'. */
static inline const char *xml_attributes(struct xml *x)
{
    while (*x->p == ' ') {
        const char *name = ++x->p;
        size_t n = strcspn(x->p, "= >/");
        x->p += n;
        if (n == 0 || strncmp(x->p, "=\"", 2)) return tv_msg("want name=\"value\" at %.20s", name);
        const char *value = x->p += 2, *end = strchr(value, '"');
        if (!end) return "an open attribute";
        const char *wrong = xml_text(value, end);
        if (!wrong && n == 2 && !strncmp(name, "id", 2)) wrong = xml_id(x, value, (size_t)(end - value));
        if (!wrong &&
            (memmem(value, (size_t)(end - value), "nan", 3) ||
             memmem(value, (size_t)(end - value), "inf", 3)) &&
            strncmp(name, "data-", 5) && strncmp(name, "class", 5) && strncmp(name, "id", 2) &&
            strncmp(name, "xlink", 5))
            wrong = tv_msg("no number: %.*s", (int)(end - name), name);
        if (wrong) return wrong;
        x->p = end + 1;
    }
    return NULL;
}

static inline const char *xml_tag(struct xml *x)
{
    bool closes = x->p[1] == '/';
    const char *name = x->p + 1 + closes;
    size_t n = strcspn(name, " >/");
    x->p = name + n;
    if (closes) {
        if (x->depth == 0 || strncmp(x->open[x->depth - 1], name, n) || x->open[x->depth - 1][n])
            return tv_msg("</%.*s> closes nothing", (int)n, name);
        free(x->open[--x->depth]);
        return *x->p++ == '>' ? NULL : "a bad closing tag";
    }
    const char *wrong = xml_attributes(x);
    if (wrong) return wrong;
    if (!strncmp(x->p, "/>", 2)) return x->p += 2, NULL;
    if (*x->p++ != '>') return tv_msg("a bad tag %.*s", (int)n, name);
    if (x->depth == XML_DEPTH) return "nested too deep";
    x->open[x->depth++] = tv_strndup(name, n);
    return NULL;
}

static inline const char *xml_wrong(const char *document)
{
    struct xml x = {.p = document};
    char *clean = tv_text_clean_new(document);
    for (char *s = clean; *s;
         s++) /* the only control characters are our line ends, which cleaning makes spaces */
        if (document[s - clean] == '\n') *s = '\n';
    const char *wrong = strcmp(clean, document) ? "not UTF-8, or control characters" : NULL;
    free(clean);
    while (*x.p && !wrong) {
        size_t n = strcspn(x.p, "<");
        wrong = xml_text(x.p, x.p + n);
        x.p += n;
        if (!wrong && *x.p) wrong = xml_tag(&x);
    }
    if (!wrong && x.depth) wrong = tv_msg("<%s> is never closed", x.open[x.depth - 1]);
    while (x.depth > 0) free(x.open[--x.depth]);
    for (size_t i = 0; i < x.n_ids; i++) free(x.id[i]);
    free(x.id);
    tv_index_release(&x.ids);
    return wrong;
}

#endif
