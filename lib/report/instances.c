/* report/instances.c - the instance view: every row of the maps with what is known of it (the paper's section
 * 5.2). */
#include <stdlib.h>
#include "core/mem.h"
#include "fig/map.h"
#include "report/parts.h"

static void put_map(struct tv_str *b, const struct tv_map *m, const struct tv_thumbs *t)
{
    static const char *const key[2] = {"source", "target"};
    int64_t *side = TV_ARRAY(int64_t, (size_t)m->n), *image = TV_ARRAY(int64_t, (size_t)m->n);
    for (int64_t i = 0; i < m->n; i++) {
        side[i] = m->side[i];
        image[i] = tv_thumbs_find(t, m->side[i], m->path ? m->path[i] : NULL);
    }
    tv_object_open(b, NULL, '{');
    tv_object_text(b, "name", m->name);
    tv_object_number(b, "n", (double)m->n);
    tv_object_number(b, "all", (double)m->all);
    tv_object_f32(b, "at", m->at, 2 * m->n);
    if (m->label) tv_object_i32(b, "label", m->label, m->n);
    for (int model = 0; model < 2; model++)
        if (m->pred[model]) tv_object_i32(b, key[model], m->pred[model], m->n);
    tv_object_i32(b, "domain", side, m->n);
    tv_object_i32(b, "image", image, m->n);
    if (m->path) tv_object_texts(b, "path", m->path, m->n);
    tv_object_close(b, '}');
    free(side);
    free(image);
}

const char *tv_report_instances(struct tv_str *b, const struct tv_figure *f, const struct tv_thumbs *t)
{
    int n = tv_map_count(f);
    const char *error = NULL;
    if (n) tv_object_open(b, "maps", '[');
    for (int k = 0; k < n && !error; k++) {
        struct tv_map m;
        error = tv_map_load(&m, f, k);
        if (!error) put_map(b, &m, t);
        tv_map_release(&m);
    }
    if (n) tv_object_close(b, ']');
    return error;
}
