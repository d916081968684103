/* core/index.c - see index.h: open addressing, at most half full. */
#include "core/index.h"
#include "core/mem.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct tv_index_slot *find(const struct tv_index *x, const char *name)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) h = (h ^ *p) * 1099511628211u;
    size_t i = (size_t)(h ^ h >> 32) & (x->cap - 1);
    while (x->slot[i].name && strcmp(x->slot[i].name, name)) i = (i + 1) & (x->cap - 1);
    return &x->slot[i];
}

int tv_index_get(const struct tv_index *x, const char *name)
{
    const struct tv_index_slot *s = x->cap ? find(x, name) : NULL;
    return s && s->name ? s->value : -1;
}

void tv_index_put(struct tv_index *x, const char *name, int value)
{
    if (2 * (x->n + 1) > x->cap) {
        struct tv_index old = *x;
        x->cap = old.cap ? old.cap * 2 : 16;
        x->slot = TV_ARRAY(struct tv_index_slot, x->cap);
        for (size_t i = 0; i < old.cap; i++)
            if (old.slot[i].name) *find(x, old.slot[i].name) = old.slot[i];
        free(old.slot);
    }
    struct tv_index_slot *s = find(x, name);
    x->n += !s->name;
    *s = (struct tv_index_slot){name, value};
}

void tv_index_release(struct tv_index *x)
{
    free(x->slot);
    *x = (struct tv_index){0};
}
