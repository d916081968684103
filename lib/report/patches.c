/* report/patches.c - what neurons respond to, and the classes of the streams; see parts.h. */
#include <stdlib.h>
#include <string.h>
#include "core/mem.h"
#include "core/names.h"
#include "report/parts.h"

char **tv_report_keys_new(const struct tv_figure *f, const char *prefix, size_t *n)
{
    char **key = NULL, class[TV_CLASS_TEXT];
    size_t cap = 0;
    *n = 0;
    for (size_t i = 0; i < f->n; i++)
        for (size_t t = 0; t < f->stream[i].n; t++) {
            const char *rest;
            if (!tv_name_split(f->stream[i].at[t]->name, prefix, class, &rest)) continue;
            bool known = false;
            for (size_t k = 0; k < *n && !known; k++) known = !strcmp(key[k], class);
            if (known) continue;
            key = tv_grow(key, &cap, *n + 2, sizeof *key);
            key[(*n)++] = tv_strdup(class);
            key[*n] = NULL;
        }
    return key;
}

void tv_report_patches_begin(struct tv_report_patches *p, const struct tv_report *r, const char *class)
{
    *p = (struct tv_report_patches){.each = r->patches};
    tv_patches_init(&p->of[TV_SOURCE], &r->source, class);
    tv_patches_init(&p->of[TV_TARGET], &r->all, class);
}

static void put_patch(struct tv_str *b, const struct tv_patch *patch)
{
    struct tv_part field = {0};
    if (!tv_patch_field(&field, patch)) field = (struct tv_part){0};
    double v[] = {(double)patch->image, (double)field.x, (double)field.y,
                  (double)field.w,      (double)field.h, patch->value};
    tv_object_list(b, NULL, v, sizeof v / sizeof *v, 6);
}

void tv_report_patches_add(struct tv_report_patches *p, enum tv_side model, const char *layer, int64_t neuron)
{
    char *key = tv_format_new("%s/%s/%lld", tv_side_name[model], layer, (long long)neuron);
    if (!tv_patches_any(&p->of[model]) || tv_index_get(&p->seen, key) >= 0) {
        free(key);
        return;
    }
    p->key = tv_grow(p->key, &p->cap, p->n + 1, sizeof *p->key);
    p->key[p->n] = key;
    tv_index_put(&p->seen, key, (int)p->n++);
    struct tv_patch *patch = TV_ARRAY(struct tv_patch, (size_t)p->each);
    tv_object_open(&p->out, key, '[');
    for (int side = 0; side < 2; side++) {
        int n = tv_patches_top(patch, (int)p->each, &p->of[model], (enum tv_side)side, layer, neuron);
        tv_object_open(&p->out, NULL, '[');
        for (int k = 0; k < n; k++) put_patch(&p->out, &patch[k]);
        tv_object_close(&p->out, ']');
    }
    tv_object_close(&p->out, ']');
    free(patch);
}

void tv_report_patches_end(struct tv_report_patches *p, struct tv_str *b)
{
    tv_object_open(b, "patches", '{');
    if (p->out.len) tv_str_put(b, p->out.s, p->out.len);
    tv_object_close(b, '}');
    for (size_t k = 0; k < p->n; k++) free(p->key[k]);
    free(p->key);
    tv_index_release(&p->seen);
    tv_str_release(&p->out);
    for (int side = 0; side < 2; side++) tv_patches_release(&p->of[side]);
}
