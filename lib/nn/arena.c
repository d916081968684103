#include "nn/arena.h"
#include "core/mem.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Sanitizers learn what is a hole, and find a bit of one behind every piece. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define HIDE(at, size) (a->dry ? (void)0 : __asan_poison_memory_region((void *)(at), (size_t)(size)))
#define SHOW(at, size) (a->dry ? (void)0 : __asan_unpoison_memory_region((void *)(at), (size_t)(size)))
enum { ALIGN = 64, GUARD = ALIGN };
#else
#define HIDE(at, size) ((void)0)
#define SHOW(at, size) ((void)0)
enum { ALIGN = 64, GUARD = 0 };
#endif
#define DRY_SIZE ((int64_t)1 << 46) /* addresses only */

struct range {
    uintptr_t at;
    int64_t size;
};
struct tv_arena {
    struct range *slab, *hole; /* holes by address */
    size_t slabs, cap_slabs, holes, cap_holes;
    int64_t bytes, taken;
    bool dry;
};

static int64_t whole(int64_t bytes) { return (bytes + ALIGN - 1) / ALIGN * ALIGN; }

/* What a piece takes. */
static int64_t room(int64_t bytes) { return (bytes > 0 ? whole(bytes) : ALIGN) + GUARD; }

static uintptr_t end(const struct range *r) { return r->at + (uintptr_t)r->size; }

/* The slab that holds an address. */
static const struct range *slab_of(const struct tv_arena *a, uintptr_t at)
{
    const struct range *s = a->slab;
    while (at < s->at || at >= end(s)) s++;
    return s;
}

static void insert_hole(struct tv_arena *a, size_t i, struct range r)
{
    a->hole = tv_grow(a->hole, &a->cap_holes, a->holes + 1, sizeof *a->hole);
    memmove(a->hole + i + 1, a->hole + i, (a->holes++ - i) * sizeof *a->hole);
    a->hole[i] = r;
}

static void remove_hole(struct tv_arena *a, size_t i)
{
    memmove(a->hole + i, a->hole + i + 1, (--a->holes - i) * sizeof *a->hole);
}

/* Makes `r` a hole, one with its neighbours of the same slab. */
static void add_hole(struct tv_arena *a, struct range r)
{
    size_t i = 0;
    while (i < a->holes && a->hole[i].at < r.at) i++;
    const struct range *s = slab_of(a, r.at);
    if (i < a->holes && a->hole[i].at == end(&r) && end(&r) < end(s)) {
        r.size += a->hole[i].size;
        remove_hole(a, i);
    }
    if (i > 0 && end(&a->hole[i - 1]) == r.at && r.at > s->at)
        a->hole[i - 1].size += r.size;
    else
        insert_hole(a, i, r);
}

static void add_slab(struct tv_arena *a, int64_t bytes)
{
    struct range r = {ALIGN, DRY_SIZE};
    if (!a->dry) r = (struct range){(uintptr_t)tv_alloc_aligned((size_t)bytes, 1), bytes};
    a->slab = tv_grow(a->slab, &a->cap_slabs, a->slabs + 1, sizeof *a->slab);
    a->slab[a->slabs++] = r;
    if (!a->dry) a->bytes += bytes;
    HIDE(r.at, r.size);
    add_hole(a, r);
}

static void free_slabs(struct tv_arena *a)
{
    for (size_t i = 0; !a->dry && i < a->slabs; i++) {
        SHOW(a->slab[i].at, a->slab[i].size);
        free((void *)a->slab[i].at);
    }
    a->slabs = a->holes = 0;
    a->bytes = 0;
}

struct tv_arena *tv_arena_new(bool dry)
{
    struct tv_arena *a = TV_NEW(struct tv_arena);
    a->dry = dry;
    return a;
}

void tv_arena_free(struct tv_arena *a)
{
    if (!a) return;
    free_slabs(a);
    free(a->slab), free(a->hole);
    free(a);
}

/* The hole to cut from, or `holes`. */
static size_t best_hole(const struct tv_arena *a, int64_t bytes)
{
    size_t best = a->holes;
    bool best_last = true;
    for (size_t i = 0; i < a->holes; i++) {
        const struct range *h = &a->hole[i];
        if (h->size < bytes) continue;
        bool last = end(h) == end(slab_of(a, h->at));
        if (best == a->holes || last < best_last || (last == best_last && h->size < a->hole[best].size))
            best = i, best_last = last;
    }
    return best;
}

void *tv_arena_take(struct tv_arena *a, int64_t bytes)
{
    bytes = room(bytes);
    size_t i = best_hole(a, bytes);
    if (i == a->holes) {
        add_slab(a, bytes);
        i = best_hole(a, bytes);
    }
    struct range *h = &a->hole[i];
    uintptr_t at = h->at;
    h->at += (uintptr_t)bytes, h->size -= bytes;
    if (!h->size) remove_hole(a, i);
    a->taken += bytes;
    int64_t far = (int64_t)(at - ALIGN) + bytes;
    if (a->dry && far > a->bytes) a->bytes = far;
    SHOW(at, bytes - GUARD);
    return (void *)at;
}

void tv_arena_give(struct tv_arena *a, void *piece, int64_t bytes)
{
    bytes = room(bytes);
    a->taken -= bytes;
    assert(a->taken >= 0);
    HIDE(piece, bytes);
    add_hole(a, (struct range){(uintptr_t)piece, bytes});
}

void tv_arena_reserve(struct tv_arena *a, int64_t bytes)
{
    if (a->dry || a->taken || (a->slabs == 1 && a->bytes >= bytes)) return;
    if (bytes < a->bytes) bytes = a->bytes;
    free_slabs(a);
    if (bytes > 0) add_slab(a, whole(bytes));
}

int64_t tv_arena_bytes(const struct tv_arena *a) { return a->bytes; }
