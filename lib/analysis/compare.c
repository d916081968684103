/* analysis/compare.c - matching the streams of two models. */
#include "analysis/compare.h"
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "core/names.h"

/* ---- reading ---- */

static const char *read_model(struct tv_compare_model *m, const struct tv_compare_files *f, const char *by)
{
    static const char *const tops[] = {"top/*", NULL}, *const links[] = {"links/*/top", NULL};
    const char *bad = tv_attribs_read(&m->attribs, f->attribs, by, false);
    if (bad) return bad;
    if (f->ranks) {
        tv_set_read(&m->ranks, f->ranks, tops);
        if (m->ranks.n == 0) return tv_msg("%s: want ranks top/<class>/<layer>, found none", m->ranks.name);
    }
    if (f->links) {
        tv_set_read(&m->links, f->links, links);
        if (m->links.n == 0)
            return tv_msg("%s: want links links/<class>/<a>..<b>/top, found none", m->links.name);
    }
    return NULL;
}

/* ---- classes ---- */

/* Leaves out the chosen classes that the source model does not have. */
static void drop_unmatched_classes(struct tv_compare *c)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < c->classes.n; i++) {
        int32_t k = c->classes.at[i];
        if (c->source_class[k] >= 0) {
            c->classes.at[kept++] = k;
            continue;
        }
        char *name = tv_class_name_new(c->target.attribs.census.names, k);
        tv_warn("class %d (%s): %s has no class of that name: left out", k, name, c->source.attribs.name);
        free(name);
    }
    c->classes.n = kept;
}

static const char *choose_classes(struct tv_compare *c)
{
    const struct tv_class_census *census = &c->target.attribs.census;
    const char *bad = tv_classes_choose(&c->classes, &c->o->classes, census, false);
    if (bad) return bad;
    if (c->classes.every) tv_classes_note_absent(census);
    drop_unmatched_classes(c);
    return c->classes.n ? NULL
                        : tv_msg("want classes with images that both %s and %s have, found none",
                                 c->source.attribs.name, c->target.attribs.name);
}

/* ---- images ---- */

static const char *differ(const struct tv_compare *c, int64_t image, const char *what)
{
    return tv_msg(
        "image %lld has another %s in %s than in %s: want attributions of the same images in the same order",
        (long long)image, what, c->source.attribs.name, c->target.attribs.name);
}

/* Are the rows of both streams the same images?  By number, class and path, as far as they have them. */
static const char *check_images(const struct tv_compare *c)
{
    const struct tv_attribs *s = &c->source.attribs, *t = &c->target.attribs;
    if (s->images != t->images)
        return tv_msg("want attributions of the same images, got %lld in %s and %lld in %s",
                      (long long)s->images, s->name, (long long)t->images, t->name);
    for (int64_t i = 0; i < t->images; i++) {
        int64_t want = t->label[i] < 0 ? -1 : c->source_class[t->label[i]];
        bool unnamed = t->label[i] >= 0 && want < 0; /* the source has no such class to agree with */
        if (!unnamed && (s->label[i] < 0 ? -1 : s->label[i]) != want) return differ(c, i, "class");
    }
    const struct tv_tensor *a = tv_set_find(&s->set, "path"), *b = tv_set_find(&t->set, "path");
    if (!a || !b || a->dtype != TV_STR || b->dtype != TV_STR) return NULL;
    for (int64_t i = 0; i < t->images && i < tv_tensor_count(a) && i < tv_tensor_count(b); i++) {
        if (strcmp(((char **)a->data)[i], ((char **)b->data)[i])) return differ(c, i, "path");
    }
    return NULL;
}

/* ---- layers ---- */

/* Adds target layer `l` when the source has its like, warns otherwise. */
static void match_layer(struct tv_compare *c, int l)
{
    const struct tv_attribs *s = &c->source.attribs, *t = &c->target.attribs;
    const char *name = t->layer[l];
    int same = tv_attribs_layer(s, name);
    if (same < 0) {
        tv_warn("layer %s: not in %s: left out", name, s->name);
    } else if (tv_attribs_neurons(s, same) != tv_attribs_neurons(t, l)) {
        tv_warn("layer %s: %lld neurons in %s, %lld in %s: left out", name,
                (long long)tv_attribs_neurons(s, same), s->name, (long long)tv_attribs_neurons(t, l),
                t->name);
    } else {
        int64_t neurons = tv_attribs_neurons(t, l);
        c->layer[c->layers++] = (struct tv_compare_layer){.name = name,
                                                          .source = same,
                                                          .target = l,
                                                          .neurons = neurons,
                                                          .best = TV_ARRAY(int32_t, neurons)};
    }
}

static const char *match_layers(struct tv_compare *c)
{
    const struct tv_attribs *s = &c->source.attribs, *t = &c->target.attribs;
    bool *chosen = TV_ARRAY(bool, t->layers);
    c->layer = TV_ARRAY(struct tv_compare_layer, t->layers);
    const char *bad = tv_attrib_choose(chosen, t->value, (size_t)t->layers, c->o->layers);
    for (int l = 0; l < t->layers && !bad; l++) {
        if (chosen[l]) match_layer(c, l);
    }
    free(chosen);
    if (bad) return tv_msg("%s: %s", t->name, bad);
    for (int l = 0; l < s->layers && !c->o->layers; l++) {
        if (tv_attribs_layer(t, s->layer[l]) < 0)
            tv_warn("layer %s: not in %s: left out", s->layer[l], t->name);
    }
    return c->layers ? NULL
                     : tv_msg("want layers that both %s and %s have, found none: is one a fine-tuned copy of "
                              "the other?",
                              s->name, t->name);
}

/* ---- */

const char *tv_compare_open(struct tv_compare *c, const struct tv_compare_options *o)
{
    *c = (struct tv_compare){.o = o};
    const char *bad = read_model(&c->source, &o->source, o->by);
    if (!bad) bad = read_model(&c->target, &o->target, o->by);
    if (bad) return bad;
    c->source_class = tv_classes_match_new(&c->target.attribs.census, c->source.attribs.census.names);
    if (!(bad = check_images(c)) && !(bad = choose_classes(c))) bad = match_layers(c);
    return bad;
}

static void close_model(struct tv_compare_model *m)
{
    tv_attribs_release(&m->attribs);
    tv_set_release(&m->ranks);
    tv_set_release(&m->links);
    free(m->missing_ranks.first);
    free(m->missing_links.first);
}

void tv_compare_close(struct tv_compare *c)
{
    for (int l = 0; l < c->layers; l++) free(c->layer[l].best);
    free(c->layer);
    free(c->source_class);
    tv_classes_release(&c->classes);
    close_model(&c->source);
    close_model(&c->target);
    *c = (struct tv_compare){0};
}
