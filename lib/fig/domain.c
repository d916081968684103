/* fig/domain.c - see domain.h. */
#include "fig/domain.h"

#include <string.h>

/* A name that is not known yet takes the first free side. */
static void meet(struct tv_figure *f, const char *name)
{
    if (!name || !*name) return;
    for (int s = 0; s < 2; s++)
        if (!strcmp(name, tv_side_name[s]) || (f->domain[s] && !strcmp(name, f->domain[s]))) return;
    if (!f->domain[TV_SOURCE])
        f->domain[TV_SOURCE] = name;
    else if (!f->domain[TV_TARGET])
        f->domain[TV_TARGET] = name;
}

static void meet_all(struct tv_figure *f, char *const *name, int64_t n)
{
    for (int64_t i = 0; name && i < n; i++)
        if (i == 0 || strcmp(name[i], name[i - 1])) meet(f, name[i]);
}

static void meet_set(struct tv_figure *f, const struct tv_set *s)
{
    const struct tv_tensor *t = tv_set_find(s, "domain");
    if (t && t->dtype == TV_STR && t->rank == 1) meet_all(f, t->data, t->dim[0]);
}

void tv_figure_find_domains(struct tv_figure *f)
{
    f->domain[TV_SOURCE] = f->domain[TV_TARGET] = NULL;
    for (size_t d = 0; d < f->n_images; d++) {
        struct tv_batch all = tv_dataset_all(&f->images[d]);
        meet_all(f, all.domain, all.n);
    }
    for (int others = 0; others < 2; others++)
        for (size_t i = 0; i < f->n; i++)
            if ((tv_set_find(&f->stream[i], "tsne") == NULL) == others) meet_set(f, &f->stream[i]);
}

enum tv_side tv_figure_side(const struct tv_figure *f, const char *name)
{
    if (!name || !strcmp(name, tv_side_name[TV_TARGET])) return TV_TARGET;
    if (!strcmp(name, tv_side_name[TV_SOURCE])) return TV_SOURCE;
    return f->domain[TV_SOURCE] && !strcmp(name, f->domain[TV_SOURCE]) ? TV_SOURCE : TV_TARGET;
}

const char *tv_figure_domain(const struct tv_figure *f, enum tv_side side)
{
    return f->domain[side] ? f->domain[side] : tv_side_name[side];
}
