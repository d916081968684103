/* report/instances.c - the instance view: every row of the map with what is known of it (the paper's section
 * 5.2). */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "fig/figure_parts.h"
#include "report/parts.h"

/* A column of numbers with a row for every instance; nothing when it is absent. */
static const char *put_column(struct tv_str *b, const char *key, const struct tv_set *s, const char *name,
                              int64_t n)
{
    const struct tv_tensor *t = s ? tv_set_find(s, name) : NULL;
    const char *error = t ? tv_figure_shape(t, 1, n, -1) : NULL;
    if (!t || error) return error;
    int64_t *v = tv_tensor_i64_new(t);
    tv_object_i32(b, key, v, n);
    free(v);
    return NULL;
}

static char *const *strings(const struct tv_set *s, const char *name, int64_t n)
{
    const struct tv_tensor *t = tv_set_find(s, name);
    return t && t->dtype == TV_STR && t->rank == 1 && t->dim[0] == n ? t->data : NULL;
}

/* Domain (0 source, 1 target), path and image of every row. */
static void put_origins(struct tv_str *b, const struct tv_set *s, const struct tv_thumbs *t, int64_t n)
{
    char *const *domain = strings(s, "domain", n), *const *path = strings(s, "path", n);
    int64_t *side = TV_ARRAY(int64_t, (size_t)n), *image = TV_ARRAY(int64_t, (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        side[i] = domain && !strcmp(domain[i], "source") ? 0 : 1;
        image[i] = tv_thumbs_find(t, domain ? domain[i] : "", path ? path[i] : NULL);
    }
    tv_object_i32(b, "domain", side, n);
    tv_object_i32(b, "image", image, n);
    if (path) tv_object_texts(b, "path", path, n);
    free(side);
    free(image);
}

const char *tv_report_instances(struct tv_str *b, const struct tv_figure *f, const struct tv_thumbs *t)
{
    const struct tv_tensor *map = NULL;
    const struct tv_set *s = NULL, *part[2] = {f->part[TV_PART_SOURCE_INFER], f->part[TV_PART_TARGET_INFER]};
    for (size_t i = 0; i < f->n && !map; i++) {
        s = &f->stream[i];
        map = tv_set_find(s, "tsne");
    }
    if (!map) return NULL;
    const char *error = tv_figure_shape(map, 2, -1, 2);
    if (error) return error;
    int64_t n = map->dim[0];
    double *at = tv_tensor_f64_new(map);
    tv_object_open(b, "instances", '{');
    tv_object_number(b, "n", (double)n);
    tv_object_f32(b, "at", at, 2 * n);
    free(at);
    error = put_column(b, "label", s, "label", n);
    if (!error) error = put_column(b, "source", part[0], "pred", n);
    if (!error) error = put_column(b, "target", part[1] ? part[1] : s, "pred", n);
    put_origins(b, s, t, n);
    tv_object_close(b, '}');
    return error;
}
